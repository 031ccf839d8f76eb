"""The crawl with archive and journal against the bare browser loop fetching the same pages."""

import asyncio
import tempfile
import time
from pathlib import Path

import psutil

from cryptodrug_assets.capture.browser import find_browser, launch_args
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.capture.fetch import PageRequest, Tab
from cryptodrug_assets.capture.index import index_frame
from cryptodrug_assets.capture.sources import Source, replica_source, replica_sweeps
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets.replica.server import running

_CELL = ("dream", "2018-11")
_WORKERS = 2


def _cpu() -> float:
    """CPU seconds of this process and all that it started, those that have ended included."""
    me = psutil.Process()
    own = me.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in me.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


async def _bare(source: Source, urls: list[str]) -> None:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_browser()), args=launch_args(source.host_rules)
        )
        context = await browser.new_context(storage_state=source.storage_state, java_script_enabled=False)  # type: ignore[arg-type]
        queue = list(urls)

        async def worker() -> None:
            tab = Tab(context, max_bytes=5_000_000)
            await tab.open()
            while queue:
                await tab.fetch(PageRequest(queue.pop()), render=False, timeout_s=30)
            await tab.close()

        await asyncio.gather(*(worker() for _ in range(_WORKERS)))
        await browser.close()


def main() -> None:
    """Print CPU per page of both, and their ratio."""
    market, month = _CELL
    with running("demo", 7) as server, tempfile.TemporaryDirectory() as folder:
        source = replica_source(market, replica_sweeps(month, 1)[0], server.port)
        cpu, wall = _cpu(), time.monotonic()
        capture_month(
            market=get_market(market), config=CaptureConfig(render_sample=0, concurrency=_WORKERS), month=month,
            source=source, sweep_id=source.sweep_id, archive_root=Path(folder), browser_path=find_browser(),
            hmac_key=b"bench" * 8,
        )  # fmt: skip
        ours, seconds = _cpu() - cpu, time.monotonic() - wall
        urls = index_frame(Path(folder), market, month)["url"].to_list()
        cpu, wall = _cpu(), time.monotonic()
        asyncio.run(_bare(source, urls))
        bare, bare_seconds = _cpu() - cpu, time.monotonic() - wall
    count = len(urls)
    for name, cpu_s, wall_s in (("ours", ours, seconds), ("bare loop of the same mode", bare, bare_seconds)):
        print(f"{name}: {1000 * cpu_s / count:.1f} ms CPU a page (site included), {count / wall_s:.0f} pages/s")
    print(f"{count} pages in nav mode; ratio of CPU {ours / bare:.2f}")
