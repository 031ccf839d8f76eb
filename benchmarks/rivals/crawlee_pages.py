"""Pages by crawlee's PlaywrightCrawler; prints CPU seconds and pages. Args: file of URLs, browser, tabs, handling.

`read` asks for a page's body and drops it: the least one can do. `save` is what crawlee's own introduction does with
a page: its content goes into the data set, its links into the queue.
"""

import asyncio
import logging
import sys
from datetime import timedelta
from pathlib import Path

from crawlee import ConcurrencySettings
from crawlee.crawlers import PlaywrightCrawler, PlaywrightCrawlingContext

from benchmarks.tree import cpu


async def _main(urls: list[str], browser: str, tabs: int, handling: str) -> None:
    count, spent = 0, 0.0
    began = cpu()
    crawler = PlaywrightCrawler(
        headless=True,
        browser_launch_options={"executable_path": browser, "args": ["--no-sandbox"]},
        browser_new_context_options={"java_script_enabled": False},
        concurrency_settings=ConcurrencySettings(min_concurrency=tabs, max_concurrency=tabs, desired_concurrency=tabs),
        request_handler_timeout=timedelta(seconds=60),
        configure_logging=False,
    )

    @crawler.router.default_handler
    async def handle(context: PlaywrightCrawlingContext) -> None:
        nonlocal count, spent
        if handling == "save":
            content = await context.page.content()
            await context.push_data({"url": context.request.url, "content": content})
            await context.enqueue_links()
            count += len(content) > 100
        elif context.response is not None and len(await context.response.body()) > 100:
            count += 1
        if count % 50 == 0 or count == len(urls):
            spent = cpu() - began

    await crawler.run(urls)
    print(f"RESULT {spent:.3f} {count}")


logging.disable(logging.CRITICAL)
asyncio.run(_main(Path(sys.argv[1]).read_text("utf-8").split(), sys.argv[2], int(sys.argv[3]), sys.argv[4]))
