"""One headless browser: launched, its tabs, the bodies they bring, logins. No WARC, no journal here."""
