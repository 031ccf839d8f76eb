"""The crawl with archive and journal against a bare loop that fetches the same pages and keeps nothing."""

import asyncio
import base64
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import tree
from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.browser.launch import find_browser, launch_args
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets.replica.server import running
from cryptodrug_assets.replica.source import replica_source, replica_sweeps

_CELL = ("dream", "2018-11")
_WORKERS = 2
_ROUNDS = 3


async def _by_playwright(source: Source, urls: list[str]) -> None:
    """The unpainted mode in Playwright's own means: the body taken while the response is held, which then is a 204."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_browser()), args=launch_args(source.host_rules)
        )
        context = await browser.new_context(storage_state=source.storage_state, java_script_enabled=False)  # type: ignore[arg-type]
        queue = list(urls)

        async def worker() -> None:
            session = await context.new_cdp_session(await context.new_page())
            done: asyncio.Queue[bytes] = asyncio.Queue()

            async def take(event: dict[str, Any]) -> None:
                held = {"requestId": event["requestId"]}
                if event["responseStatusCode"] in (301, 302, 303, 307, 308):
                    await session.send("Fetch.continueResponse", held)
                    return
                found = await session.send("Fetch.getResponseBody", held)
                await session.send("Fetch.fulfillRequest", {**held, "responseCode": 204})
                done.put_nowait(base64.b64decode(found["body"]) if found["base64Encoded"] else found["body"].encode())

            session.on("Fetch.requestPaused", take)
            await session.send("Network.enable")
            documents = {"urlPattern": "*", "requestStage": "Response", "resourceType": "Document"}
            await session.send("Fetch.enable", {"patterns": [documents]})
            while queue:
                await session.send("Page.navigate", {"url": queue.pop()})
                await asyncio.wait_for(done.get(), 30)

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
    spent = {"ours": [0.0, 0.0], **{name: [0.0, 0.0] for name in _BARE}}
    count = 0
    with running("demo", 7) as server:
        source = replica_source(market, replica_sweeps(month, 1)[0], server.port)
        for _ in range(_ROUNDS):
            ours, seconds, urls = _ours(source)
            turn = {"ours": (ours, seconds)}
            for name, loop in _BARE.items():
                cpu, wall = tree.cpu(), time.monotonic()
                asyncio.run(loop(source, urls))
                turn[name] = (tree.cpu() - cpu, time.monotonic() - wall)
            for name, (cpu_s, wall_s) in turn.items():
                spent[name][0] += cpu_s
                spent[name][1] += wall_s
            count += len(urls)
    for name, (cpu_s, wall_s) in spent.items():
        print(f"{name}: {1000 * cpu_s / count:.1f} ms CPU a page (site included), {count / wall_s:.0f} pages/s")
    ratios = ", ".join(f"{spent['ours'][0] / spent[name][0]:.2f} times the {name}" for name in _BARE)
    print(f"{count // _ROUNDS} pages in nav mode, {_ROUNDS} times; CPU of ours {ratios}")


_BARE = {"bare loop by Playwright's session": _by_playwright}
