"""From a market's pages to an archive of evidence.

Contains what is true of any market: browser, crawl, journal, WARC, import, verification. Keep out: what a page means
and which links to follow (the market's module), parsing, Dagster.
"""
