"""The channel between driver and browser: nothing of the driver's is touched, nothing of ours reaches it."""

import asyncio
import contextlib
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from cryptodrug_assets.capture import channel as room
from cryptodrug_assets.capture.browser import launch_args
from cryptodrug_assets.capture.channel import Channel, ChannelError, launch
from cryptodrug_assets.capture.fetch import FetchError, PageRequest, Tab
from cryptodrug_assets_tests.capture.site import QuietHandler, serving

_RULES = "MAP *.localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
_PAGE_ID, _OTHER_ID, _ROOT_ID = "A" * 32, "B" * 32, "C" * 32


class _Peer:
    """The far end of a pipe pair, as driver or browser hold it; reads and writes whole messages."""

    def __init__(self, reads: socket.socket, writes: socket.socket) -> None:
        for end in (reads, writes):
            end.setblocking(False)
        self._reads, self._writes = reads, writes
        self._rest = b""

    async def raw(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._writes, data)

    async def say(self, message: dict[str, Any]) -> None:
        await self.raw(json.dumps(message, separators=(",", ":")).encode() + b"\0")

    async def hear(self) -> bytes:
        """The next message; b"" at the end of the pipe."""
        while b"\0" not in self._rest:
            data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self._reads, 1 << 16), 10)
            if not data:
                return b""
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        return message

    def hang_up(self) -> None:
        self._reads.close()
        self._writes.close()


@asynccontextmanager
async def _relaying() -> AsyncIterator[tuple[Channel, _Peer, _Peer]]:
    """A channel that has its session with the browser, the driver and the browser."""
    (commands, far_commands), (events, far_events) = socket.socketpair(), socket.socketpair()
    (ours, far_ours), (theirs, far_theirs) = socket.socketpair(), socket.socketpair()
    channel = Channel()
    await channel.start([commands, events], [ours, theirs])
    driver, browser = _Peer(far_events, far_commands), _Peer(far_ours, far_theirs)
    attaching = asyncio.create_task(channel.attach())
    asked = json.loads(await browser.hear())
    await browser.say({"id": asked["id"], "result": {"sessionId": _ROOT_ID}})
    await attaching
    try:
        yield channel, driver, browser
    finally:
        channel.close()
        driver.hang_up()
        browser.hang_up()


def _attached(target: str, session: str) -> dict[str, Any]:
    info = {"targetId": target, "type": "page", "title": "", "url": "", "browserContextId": "ctx"}
    params = {"sessionId": session, "targetInfo": info, "waitingForDebugger": True}
    return {"method": "Target.attachedToTarget", "params": params}


async def _answer(browser: _Peer, result: dict[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(await browser.hear())
    await browser.say({"id": asked["id"], "result": result, "sessionId": asked["sessionId"]})
    return asked


async def _open(channel: Channel, browser: _Peer) -> Any:
    opening = asyncio.create_task(channel.new_page())
    await _answer(browser, {"browserContextIds": ["ctx"]})
    asked = json.loads(await browser.hear())
    assert asked["params"] == {"url": "about:blank", "browserContextId": "ctx"}
    # A page the driver has asked for meanwhile: of that it hears all, in order.
    await browser.say(_attached("other", _OTHER_ID))
    await browser.say({"id": 5, "result": {"targetId": "other"}})
    await browser.say(_attached("page", _PAGE_ID))
    await browser.say({"id": asked["id"], "result": {"targetId": "page"}, "sessionId": asked["sessionId"]})
    return await opening


def test_messages_split_over_reads_are_put_together_and_kept_apart() -> None:
    async def run() -> None:
        async with _relaying() as (channel, driver, browser):
            message = b'{"id":1,"method":"Browser.getVersion"}'
            for byte in message[:20]:
                await driver.raw(bytes([byte]))
            await asyncio.sleep(0.05)
            opening = asyncio.create_task(channel.new_page())  # ours comes while the driver's is half there
            assert b"Target.getBrowserContexts" in await browser.hear()
            await driver.raw(message[20:] + b"\0" + b'{"id":2}' + b"\0")
            assert [await browser.hear(), await browser.hear()] == [message, b'{"id":2}']
            for byte in b'{"id":1,"result":{}}\0':
                await browser.raw(bytes([byte]))
            assert await driver.hear() == b'{"id":1,"result":{}}'
            opening.cancel()

    asyncio.run(run())


def test_large_messages_pass_both_ways_byte_for_byte() -> None:
    large = b'{"id":7,"result":{"data":"' + bytes(range(32, 127)).replace(b'"', b"") * 100_000 + b'"}}'

    async def run() -> None:
        async with _relaying() as (channel, driver, browser):
            sending = asyncio.create_task(browser.raw(large + b"\0"))
            assert await driver.hear() == large
            await sending
            sending = asyncio.create_task(driver.raw(large + b"\0"))
            assert await browser.hear() == large
            await sending
            page = await _open(channel, browser)
            asking = asyncio.create_task(page.send("Fetch.getResponseBody"))
            asked = json.loads(await browser.hear())
            answering = asyncio.create_task(
                browser.say({"id": asked["id"], "result": {"body": "x" * 9_000_000}, "sessionId": _PAGE_ID})
            )
            assert len((await asking)["body"]) == 9_000_000
            await answering

    asyncio.run(run())


def test_a_page_of_ours_is_hidden_from_the_driver_and_one_of_the_drivers_is_not() -> None:
    async def run() -> None:
        async with _relaying() as (channel, driver, browser):
            page = await _open(channel, browser)
            heard = [json.loads(await driver.hear()) for _ in range(2)]
            assert heard == [_attached("other", _OTHER_ID), {"id": 5, "result": {"targetId": "other"}}]
            seen: list[dict[str, Any]] = []
            page.on("Fetch.requestPaused", seen.append)
            await browser.say({"method": "Fetch.requestPaused", "params": {"n": 1}, "sessionId": _PAGE_ID})
            await browser.say({"method": "Fetch.requestPaused", "params": {"n": 2}, "sessionId": _OTHER_ID})
            # What only looks like it, deep inside a message of the driver's, is the driver's.
            odd = {"method": "Log.entryAdded", "params": {"text": f'"sessionId":"{_PAGE_ID}"}}', "sessionId": _PAGE_ID}}
            await browser.say(odd)
            gone = {"method": "Target.detachedFromTarget", "params": {"sessionId": _PAGE_ID, "targetId": "page"}}
            await browser.say(gone)
            other = {"method": "Target.detachedFromTarget", "params": {"sessionId": _OTHER_ID, "targetId": "other"}}
            await browser.say(other)
            heard = [json.loads(await driver.hear()) for _ in range(3)]
            assert [message.get("params", {}).get("n") for message in heard] == [2, None, None]
            assert heard[1:] == [odd, other]
            assert seen == [{"n": 1}]
            with pytest.raises(ChannelError, match="closed"):
                await page.send("Page.navigate")

    asyncio.run(run())


def test_what_the_browser_refuses_and_a_crash_are_told_to_who_waits() -> None:
    async def run() -> None:
        async with _relaying() as (channel, _, browser):
            page = await _open(channel, browser)
            ended: list[bool] = []
            page.on_end(lambda: ended.append(True))
            asking = asyncio.create_task(page.send("Page.nothing"))
            asked = json.loads(await browser.hear())
            error = {"code": -32601, "message": "no such method"}
            await browser.say({"id": asked["id"], "error": error, "sessionId": _PAGE_ID})
            with pytest.raises(ChannelError, match="no such method"):
                await asking
            asking = asyncio.create_task(page.send("Page.navigate"))
            await browser.hear()
            await browser.say({"method": "Inspector.targetCrashed", "params": {}, "sessionId": _PAGE_ID})
            with pytest.raises(ChannelError, match="crashed"):
                await asking
            assert ended == [True]

    asyncio.run(run())


@pytest.mark.parametrize("who", ["driver", "browser"])
def test_the_end_of_one_is_told_to_the_other_and_to_who_waits(who: str) -> None:
    async def run() -> None:
        async with _relaying() as (channel, driver, browser):
            page = await _open(channel, browser)
            await driver.hear()
            await driver.hear()
            asking = asyncio.create_task(page.send("Page.navigate"))
            await browser.hear()
            dies, other = (driver, browser) if who == "driver" else (browser, driver)
            if dies is browser:
                await browser.say({"id": 9, "result": {}})  # its last words arrive
            dies.hang_up()
            if dies is browser:
                assert await driver.hear() == b'{"id":9,"result":{}}'
            assert await other.hear() == b""
            with pytest.raises(ChannelError, match="gone"):
                await asking
            with pytest.raises(ChannelError, match="gone"):
                await page.send("Page.navigate")

    asyncio.run(run())


@asynccontextmanager
async def _browser(chromium: Path, **options: Any) -> AsyncIterator[tuple[Any, Any, Channel]]:
    """A browser with a channel: (browser, its context, channel)."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser, channel = await launch(playwright, chromium, args=launch_args(_RULES), **options)
        try:
            yield browser, await browser.new_context(accept_downloads=False), channel
        finally:
            with contextlib.suppress(Exception):  # some tests kill it
                await asyncio.wait_for(browser.close(), 5)


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


@pytest.mark.browser
def test_a_tab_runs_no_script_saves_no_file_and_has_agent_viewport_and_cookies(tmp_path: Path, chromium: Path) -> None:
    async def run(site: str) -> None:
        async with _browser(chromium, downloads_path=str(tmp_path)) as (_, context, channel):
            tab = Tab(channel, max_bytes=100_000, user_agent="Agent/1")
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


@pytest.mark.browser
def test_pages_of_the_driver_and_of_ours_live_side_by_side(chromium: Path) -> None:
    async def run(site: str) -> None:
        async with _browser(chromium) as (_, context, channel):
            tabs = [Tab(channel, max_bytes=100_000) for _ in range(3)]
            page, *_ = await asyncio.gather(context.new_page(), *(tab.open() for tab in tabs))
            got = await asyncio.gather(
                page.goto(f"{site}/driver"),
                *(tab.fetch(PageRequest(f"{site}/{n}"), render=n == 1, timeout_s=60) for n, tab in enumerate(tabs)),
            )
            assert got[0].status == 200
            assert [fetched.page.body for fetched in got[1:]] == [_SCRIPT] * 3
            assert context.pages == [page]
            for tab in tabs:
                await tab.close()
            assert await page.title() == "x"
            state = await context.storage_state()
            assert [cookie["name"] for cookie in state["cookies"]] == ["script", "seen"]

    with _site() as (site, _):
        asyncio.run(run(site))


def _children(word: str) -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if word in " ".join(child.cmdline()):
                found.append(child)
    return found


async def _until_refused(channel: Channel) -> None:
    for _ in range(200):
        await channel.new_page()
        await asyncio.sleep(0.05)


@pytest.mark.browser
@pytest.mark.parametrize("victim", ["package/cli.js", "--user-data-dir"])
def test_driver_and_browser_die_together_and_the_tab_knows(chromium: Path, victim: str) -> None:
    async def run() -> list[psutil.Process]:
        async with _browser(chromium) as (_, _, channel):
            tab = Tab(channel, max_bytes=1000)
            await tab.open()
            browsers = _children("--remote-debugging-pipe")
            # Nothing listens: the channel is no port.
            assert [c for b in browsers for c in b.net_connections("inet") if c.status == psutil.CONN_LISTEN] == []
            for process in _children(victim):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            with pytest.raises(ChannelError, match="gone"):
                await _until_refused(channel)
            return browsers

    browsers = asyncio.run(run())
    assert browsers
    deadline = time.monotonic() + 30
    while any(b.is_running() and b.status() != psutil.STATUS_ZOMBIE for b in browsers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(b.is_running() and b.status() != psutil.STATUS_ZOMBIE for b in browsers)


_DIES = "#!/bin/sh\nexit 1\n"
_DIES_HALFWAY = """#!{python}
import os, socket
s = socket.socket(socket.AF_UNIX)
s.connect(os.environ["HANDOVER_SOCKET"])
{more}
os.kill(os.getpid(), 9)
"""


@pytest.mark.browser
@pytest.mark.parametrize("more", [None, "", "socket.send_fds(s, [b'pipes'], [3, 4])"])
def test_a_handover_that_dies_at_any_step_is_an_error_at_once(
    tmp_path: Path, chromium: Path, monkeypatch: pytest.MonkeyPatch, more: str | None
) -> None:
    fake = tmp_path / "handover"
    fake.write_text(_DIES if more is None else _DIES_HALFWAY.format(python=sys.executable, more=more))
    fake.chmod(0o755)
    monkeypatch.setattr(room, "_HANDOVER", fake)
    own = tempfile.mkdtemp()  # short, as the address of a socket must be; nobody else's folders in it
    monkeypatch.setattr(tempfile, "tempdir", own)

    async def run() -> None:
        from playwright.async_api import Error

        began = time.monotonic()
        with pytest.raises(Error):
            async with _browser(chromium):
                pass
        assert time.monotonic() - began < 20

    asyncio.run(run())
    Path(own).rmdir()  # nothing was left in it


def test_the_handover_can_be_run() -> None:
    assert os.access(room._HANDOVER, os.X_OK)
