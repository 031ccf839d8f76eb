"""The crawl with archive and journal against the bare browser loop fetching the same pages."""

import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks import tree
from cryptodrug_assets.capture.browser import find_browser, launch_args
from cryptodrug_assets.capture.channel import launch
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.capture.fetch import PageRequest, Tab
from cryptodrug_assets.capture.index import index_frame
from cryptodrug_assets.capture.sources import Source, replica_source, replica_sweeps
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets.replica.server import running

_CELL = ("dream", "2018-11")
_WORKERS = 2
_ROUNDS = 3


async def _bare(source: Source, urls: list[str]) -> None:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser, channel = await launch(playwright, find_browser(), args=launch_args(source.host_rules))
        await browser.new_context(storage_state=source.storage_state)  # type: ignore[arg-type]
        queue = list(urls)

        async def worker() -> None:
            tab = Tab(channel, max_bytes=5_000_000)
            await tab.open()
            while queue:
                await tab.fetch(PageRequest(queue.pop()), render=False, timeout_s=30)
            await tab.close()

        await asyncio.gather(*(worker() for _ in range(_WORKERS)))
        await browser.close()


def _ours(source: Source) -> tuple[float, float, list[str]]:
    """CPU seconds, seconds, and the URLs captured."""
    market, month = _CELL
    with tempfile.TemporaryDirectory() as folder:
        cpu, wall = tree.cpu(), time.monotonic()
        capture_month(
            market=get_market(market), config=CaptureConfig(render_sample=0, concurrency=_WORKERS), month=month,
            source=source, sweep_id=source.sweep_id, archive_root=Path(folder), browser_path=find_browser(),
            hmac_key=b"bench" * 8,
        )  # fmt: skip
        spent, seconds = tree.cpu() - cpu, time.monotonic() - wall
        return spent, seconds, index_frame(Path(folder), market, month)["url"].to_list()


def main() -> None:
    """Print CPU per page of both, and their ratio; they take turns, for a machine is not equally fast all the time."""
    import playwright.async_api  # noqa: F401 - whoever came first would pay for it

    market, month = _CELL
    spent = {"ours": [0.0, 0.0], "bare loop of the same mode": [0.0, 0.0]}
    count = 0
    with running("demo", 7) as server:
        source = replica_source(market, replica_sweeps(month, 1)[0], server.port)
        for _ in range(_ROUNDS):
            ours, seconds, urls = _ours(source)
            cpu, wall = tree.cpu(), time.monotonic()
            asyncio.run(_bare(source, urls))
            bare = (tree.cpu() - cpu, time.monotonic() - wall)
            for name, (cpu_s, wall_s) in zip(spent, ((ours, seconds), bare), strict=True):
                spent[name][0] += cpu_s
                spent[name][1] += wall_s
            count += len(urls)
    for name, (cpu_s, wall_s) in spent.items():
        print(f"{name}: {1000 * cpu_s / count:.1f} ms CPU a page (site included), {count / wall_s:.0f} pages/s")
    (ours, _), (bare_cpu, _) = spent.values()
    print(f"{count // _ROUNDS} pages in nav mode, {_ROUNDS} times; ratio of CPU {ours / bare_cpu:.2f}")
