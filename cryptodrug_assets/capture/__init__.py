"""From a market's pages to an archive of evidence: browser, crawl loop, journal, WARC, import and verification.

Here belongs what is true of any market. What a page means, which links to follow and which never, is the market
module's business (markets/); Dagster is unknown here.
"""
