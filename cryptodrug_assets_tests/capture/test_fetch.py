"""One tab: what it asks the site, compared with what the browser asks by itself."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cryptodrug_assets.capture.browser import launch_args
from cryptodrug_assets.capture.channel import launch
from cryptodrug_assets.capture.fetch import Fetched, PageRequest, Tab
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


async def _asked_by_both(chromium: Path, site: str) -> list[Fetched]:
    """The same two pages, first by the browser's own goto, then by a tab in nav mode."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium), args=launch_args(_RULES))
        own = await browser.new_context(java_script_enabled=False)
        page = await own.new_page()
        await page.goto(f"{site}/one")
        await page.goto(f"{site}/two", referer=f"{site}/one")
        await browser.close()
        browser, channel = await launch(playwright, chromium, args=launch_args(_RULES))
        await browser.new_context()
        tab = Tab(channel, max_bytes=1000)
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
        browser, channel = await launch(playwright, chromium, args=launch_args(_RULES))
        await browser.new_context()
        tab = Tab(channel, max_bytes=1000)
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
