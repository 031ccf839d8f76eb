"""Fetch the URLs of a file with scrapy-playwright; prints CPU seconds and pages. Args: file, browser, tabs."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess

from benchmarks.tree import cpu

_URLS, _BROWSER, _TABS = Path(sys.argv[1]).read_text("utf-8").split(), sys.argv[2], int(sys.argv[3])
_SPENT = {"count": 0, "cpu": 0.0}


class _Pages(scrapy.Spider):
    name = "pages"

    async def start(self) -> AsyncIterator[Any]:
        for url in _URLS:
            yield scrapy.Request(url, meta={"playwright": True})

    def parse(self, response: Any) -> None:
        _SPENT["count"] += len(response.body) > 100
        if _SPENT["count"] % 50 == 0 or _SPENT["count"] == len(_URLS):
            _SPENT["cpu"] = cpu() - _BEGAN


_HANDLER = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
_BEGAN = cpu()
process = CrawlerProcess(
    {
        "DOWNLOAD_HANDLERS": {"http": _HANDLER, "https": _HANDLER},
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {"executable_path": _BROWSER, "args": ["--no-sandbox"]},
        "PLAYWRIGHT_CONTEXTS": {"default": {"java_script_enabled": False}},
        "CONCURRENT_REQUESTS": _TABS,
        "CONCURRENT_REQUESTS_PER_DOMAIN": _TABS,
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": False,
        "LOG_ENABLED": False,
    }
)
process.crawl(_Pages)
process.start()
print(f"RESULT {_SPENT['cpu']:.3f} {_SPENT['count']}")
