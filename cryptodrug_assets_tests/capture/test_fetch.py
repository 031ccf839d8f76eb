"""One tab: what it asks the site, compared with what the browser asks by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cryptodrug_assets.capture.browser.exchange import Fetched, FetchError, PageRequest
from cryptodrug_assets.capture.browser.launch import launch_args
from cryptodrug_assets.capture.browser.tab import Tab
from cryptodrug_assets_tests.capture.site import QuietHandler, serving

pytestmark = pytest.mark.browser
_RULES = "MAP *.localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@contextmanager
def _listening() -> Iterator[tuple[str, list[tuple[str, list[tuple[str, str]]]]]]:
    """A site that notes (path, headers) of what it is asked; its address and the notes."""
    asked: list[tuple[str, list[tuple[str, str]]]] = []

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name that http.server asks for
            asked.append((self.path, list(self.headers.items())))
            body = b"<html>page"
            self.send_response_only(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Set-Cookie", "strict=1; SameSite=Strict; Path=/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as port:
        yield f"http://site.localhost:{port}", asked


@asynccontextmanager
async def _context(chromium: Path, **options: Any) -> AsyncIterator[Any]:
    """The context of a browser as the capture sets it up."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium), args=launch_args(_RULES), **options)
        yield await browser.new_context(
            java_script_enabled=False,
            service_workers="block",
            accept_downloads=False,
            viewport={"width": 1280, "height": 1024},
        )
        await browser.close()


async def _asked_by_both(chromium: Path, site: str) -> list[Fetched]:
    """The same two pages, first by the browser's own goto, then by a tab in nav mode."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium), args=launch_args(_RULES))
        own = await browser.new_context(java_script_enabled=False)
        page = await own.new_page()
        await page.goto(f"{site}/one")
        await page.goto(f"{site}/two", referer=f"{site}/one")
        tab = Tab(await browser.new_context(java_script_enabled=False), max_bytes=1000)
        await tab.open()
        requests = [PageRequest(f"{site}/one"), PageRequest(f"{site}/two", referrer=f"{site}/one")]
        got = [await tab.fetch(request, render=False, timeout_s=60) for request in requests]
        await browser.close()
    return got


def test_a_page_in_nav_mode_is_asked_for_as_the_browser_asks(chromium: Path) -> None:
    with _listening() as (site, asked):
        got = asyncio.run(_asked_by_both(chromium, site))
        pages = [entry for entry in asked if "favicon" not in entry[0]]
    assert [fetched.page.body for fetched in got] == [b"<html>page"] * 2
    # Nothing but the pages is asked for: the empty page the tab rests on is made in the browser.
    assert [path for path, _ in pages] == ["/one", "/two", "/one", "/two"]
    assert pages[2:] == pages[:2]
    sent = dict(pages[3][1])
    assert (sent["Sec-Fetch-Site"], sent["Referer"], sent["Cookie"]) == ("none", f"{site}/one", "strict=1")


async def _mixed(chromium: Path, site: str) -> list[Fetched]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium), args=launch_args(_RULES))
        tab = Tab(await browser.new_context(java_script_enabled=False), max_bytes=1000)
        await tab.open()
        got = [
            await tab.fetch(PageRequest(f"{site}/{n}"), render=render, timeout_s=60)
            for n, render in enumerate((False, True, False, False, True, True, False))
        ]
        await browser.close()
    return got


def test_painted_and_unpainted_pages_take_turns_in_one_tab(chromium: Path) -> None:
    with _listening() as (site, asked):
        got = asyncio.run(_mixed(chromium, site))
        paths = [path for path, _ in asked if "favicon" not in path]
    assert paths == [f"/{n}" for n in range(7)]
    assert [fetched.page.body for fetched in got] == [b"<html>page"] * 7
    assert [fetched.screenshot is not None for fetched in got] == [False, True, False, False, True, True, False]


_SCRIPT = b"""<html><title>x</title><style>body {background: url(/js-off.png)}</style>
<script>document.cookie = 'script=ran'; fetch('/script-ran'); navigator.serviceWorker.register('/worker.js')</script>
<noscript><img src="/noscript.png"></noscript><p style="height:3000px">tall"""


@contextmanager
def _site() -> Iterator[tuple[str, list[str]]]:
    """A site with a page full of script and a download; its address, and the paths it was asked for."""
    asked: list[str] = []

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name that http.server asks for
            asked.append(self.path)
            download = self.path == "/download"
            body = b"PK to be saved" if download else _SCRIPT
            self.send_response_only(200)
            self.send_header("Content-Type", "application/zip" if download else "text/html")
            if download:
                self.send_header("Content-Disposition", "attachment; filename=saved.zip")
            self.send_header("Set-Cookie", f"seen={self.path[1:]}; Path=/")
            self.send_header("X-Agent", self.headers["User-Agent"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as port:
        yield f"http://site.localhost:{port}", asked


def _size(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a JPEG, from its frame header."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC2):
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return int.from_bytes(jpeg[at + 7 : at + 9]), int.from_bytes(jpeg[at + 5 : at + 7])


def test_a_tab_runs_no_script_saves_no_file_and_has_agent_viewport_and_cookies(tmp_path: Path, chromium: Path) -> None:
    async def run(site: str) -> None:
        async with _context(chromium, downloads_path=str(tmp_path)) as context:
            tab = Tab(context, max_bytes=100_000, user_agent="Agent/1")
            await tab.open()
            painted = await tab.fetch(PageRequest(f"{site}/page"), render=True, timeout_s=60)
            assert painted.screenshot is not None
            assert _size(painted.screenshot) == (1280, 1024)
            assert painted.page.body == _SCRIPT
            assert {part.url.rpartition("/")[2] for part in painted.subresources} == {"js-off.png", "noscript.png"}
            sent = {name.lower(): value for name, value in painted.page.request_headers}
            assert sent["user-agent"] == "Agent/1"
            # A browser that says it is another must not be contradicted by what Chromium calls itself beside.
            assert "Chrom" not in str(painted.page.request_headers)
            for render in (False, True):
                with pytest.raises(FetchError, match="download"):
                    await tab.fetch(PageRequest(f"{site}/download"), render=render, timeout_s=60)
            assert [(c["name"], c["value"]) for c in await context.cookies()] == [("seen", "download")]
            await context.add_cookies([{"name": "login", "value": "1", "url": site}])
            again = await tab.fetch(PageRequest(f"{site}/again"), render=False, timeout_s=60)
            assert "login=1" in dict(again.page.request_headers)["Cookie"]
            await tab.close()

    with _site() as (site, asked):
        asyncio.run(run(site))
    assert not {"/script-ran", "/worker.js"} & set(asked)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
