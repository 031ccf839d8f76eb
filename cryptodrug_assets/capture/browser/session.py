"""The browser process of a capture: start, tabs, recycling, restart after a crash, and an end without orphans.

Playwright's driver and the browser are child processes; both end with this process, killed or not. Nothing here knows
of pages or queues.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import psutil

from cryptodrug_assets.capture.browser.exchange import FetchError
from cryptodrug_assets.capture.browser.launch import launch_args
from cryptodrug_assets.capture.browser.private_playwright import is_driver, quiet_about_dead_drivers, start_driver
from cryptodrug_assets.capture.browser.tab import Tab
from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.observation import UserError

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Playwright

_CLOSE_S = 5.0
_FOLDER = "cryptodrug-browser-"
_OPEN_S = 20.0
_LAUNCH_MS = 30_000
_DRAIN_S = 10.0


@dataclass
class _Instance:
    """One browser process with its context, and how many tabs still use it."""

    browser: "Browser"
    context: "BrowserContext"
    mark: str
    tabs: int = 0
    pages: int = 0
    ending: bool = False
    failed: bool = False


class Session:
    """Async context manager around Playwright; `tab()` gives tabs of the current browser."""

    def __init__(
        self,
        source: Source,
        browser_path: Path,
        *,
        max_bytes: int,
        may_follow: Callable[[str], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._source = source
        self._path = browser_path
        self._max_bytes = max_bytes
        self._may_follow = may_follow
        self._now = now
        self._state = source.storage_state
        self._current: _Instance | None = None
        self._owner: dict[Tab, _Instance] = {}
        self._worn: dict[str, _Instance] = {}
        self._lock = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._before: set[int] = set()
        self._folder = tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-", ignore_cleanup_errors=True)
        self.version = ""

    async def __aenter__(self) -> "Session":
        self._before = {child.pid for child in psutil.Process().children()}
        _remove_folders_of_the_dead()
        quiet_about_dead_drivers(asyncio.get_running_loop())
        await self._start_driver()
        try:
            self._current = await self._launch()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def _start_driver(self) -> None:
        self._playwright = await start_driver(Path(self._folder.name))

    async def _driver_answers(self) -> bool:
        """Whether Playwright's driver, a process of its own, still lives: it is asked for something small."""
        if self._playwright is None:
            return False
        try:
            context = await asyncio.wait_for(self._playwright.request.new_context(), _CLOSE_S)
            await asyncio.wait_for(context.dispose(), _CLOSE_S)
        except Exception:  # noqa: BLE001 - whatever it is, this driver does not do its work
            self._kill_driver()
            return False
        return True

    async def tab(self) -> Tab:
        """A new tab in the current browser, or in a new one when that is gone; FetchError when it will not open."""
        async with self._lock:
            if self._current is None or not self._current.browser.is_connected():
                await self._drain()
                for instance in {id(owner): owner for owner in self._owner.values()}.values():
                    await self._keep_cookies(instance)
                if not await self._driver_answers():
                    await self._start_driver()
                self._current = await self._launch()
            instance = self._current
            instance.tabs += 1  # now, or the last of the others would end the browser while this one opens
        tab = Tab(
            instance.context,
            max_bytes=self._max_bytes,
            user_agent=self._source.user_agent,
            may_follow=self._may_follow,
            now=self._now,
        )
        try:
            await asyncio.wait_for(tab.open(), _OPEN_S)
        except Exception as err:
            instance.tabs -= 1
            if self._current is instance:
                self._current = None
            reason = "browser opens no tab" if self._end_now(instance) else "no answer, the browser was ended"
            raise FetchError(reason, network=True) from err
        self._owner[tab] = instance
        return tab

    async def _drain(self) -> None:
        """Have worn browsers end, for two at once take twice the memory; a slow page is not waited for long."""
        try:
            async with asyncio.timeout(_DRAIN_S):
                while self._worn:
                    for tab in [tab for tab, owner in self._owner.items() if owner.mark in self._worn and not tab.busy]:
                        await self.release(tab)
                    await asyncio.sleep(0.01)
        except TimeoutError:
            for mark in [mark for mark, instance in self._worn.items() if instance.tabs == 0]:
                kill_marked(mark)  # it hangs at its end
            self._worn.clear()

    async def _keep_cookies(self, instance: _Instance) -> None:
        """A new browser goes on with the cookies of the one before, where that can still tell them."""
        if instance.browser.is_connected():
            with contextlib.suppress(Exception):  # hung: the cookies known so far must do
                self._state = dict(await asyncio.wait_for(instance.context.storage_state(), _CLOSE_S))

    async def release(self, tab: Tab) -> None:
        """Close a tab, and its browser if it is no longer the current one and this was the last; once is enough."""
        instance = self._owner.pop(tab, None)
        if instance is None:
            return
        instance.tabs -= 1
        instance.pages += tab.fetched
        with contextlib.suppress(Exception):  # a crashed browser has no tab left to close
            await asyncio.wait_for(tab.close(), _CLOSE_S)
        if instance is not self._current and instance.tabs == 0 and not instance.ending:
            instance.ending = True
            if instance.mark in self._worn:
                await self._keep_cookies(instance)
            await self._stop(instance)
            self._worn.pop(instance.mark, None)

    def retire(self, tab: Tab) -> None:
        """Have later tabs come from a new browser; this tab's browser ends with its last page."""
        instance = self._owner[tab]
        self._worn[instance.mark] = instance
        if self._current is instance:
            self._current = None

    def abandon(self, tab: Tab) -> bool:
        """End this tab's browser at once, for it failed; whether this is the first that is seen of its failure.

        Nothing is left to end, and nothing failed, where the tab was closed meanwhile, since its browser was worn.
        """
        instance = self._owner.get(tab)
        if instance is None:
            return False
        if self._current is instance:
            self._current = None
        return self._end_now(instance)

    def _end_now(self, instance: _Instance) -> bool:
        self._worn.pop(instance.mark, None)
        kill_marked(instance.mark)
        first, instance.failed = not instance.failed, True
        return first

    def kept(self, tab: Tab | None) -> Tab | None:
        """The tab, or None when it was closed, since its browser was to end and it was idle."""
        return tab if tab in self._owner else None

    def pages(self, tab: Tab) -> int:
        """Pages fetched so far by the tab's browser."""
        return self._owner[tab].pages + tab.fetched

    async def _launch(self) -> _Instance:
        if self._playwright is None:
            raise RuntimeError("session not started")
        source, mark = self._source, f"--capture-run={uuid.uuid4().hex}"
        options: dict[str, Any] = {}
        if source.proxy is not None:
            options["proxy"] = {"server": source.proxy}
        try:
            browser = await self._playwright.chromium.launch(
                executable_path=str(self._path),
                args=[*launch_args(source.host_rules), mark],
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
                timeout=_LAUNCH_MS,
                **options,
            )
        except Exception as err:
            kill_marked(mark)
            raise UserError(
                f"the browser {self._path.name} does not start: {str(err).splitlines()[0][:160]};"
                " `cryptodrug browser --install` gets a working one"
            ) from err
        context = await browser.new_context(
            java_script_enabled=False,
            service_workers="block",
            accept_downloads=False,
            viewport={"width": 1280, "height": 1024},
            storage_state=self._state,  # type: ignore[arg-type]  # Playwright's own TypedDict, read from JSON
        )
        self.version = browser.version
        return _Instance(browser, context, mark)

    async def _stop(self, instance: _Instance) -> None:
        try:
            await asyncio.wait_for(instance.browser.close(), _CLOSE_S)
        except Exception:  # noqa: BLE001 - hung, crashed or gone: what remains of it is killed
            kill_marked(instance.mark)

    async def _end(self) -> None:
        instances = {id(i): i for i in [*self._owner.values(), *([self._current] if self._current else [])]}
        for instance in instances.values():
            await self._stop(instance)
        try:
            if self._playwright is not None:
                await asyncio.wait_for(self._playwright.stop(), _CLOSE_S)
        except Exception:  # noqa: BLE001 - the driver was interrupted (Ctrl-C reaches it too) or hangs
            self._kill_driver()
        self._folder.cleanup()

    def _kill_driver(self) -> None:
        for child in psutil.Process().children():
            if child.pid not in self._before and is_driver(_cmdline(child)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()


def _remove_folders_of_the_dead() -> None:
    """Profiles and artifacts of browsers whose capture was killed: nobody else removes them."""
    for path in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        owner = path.name.removeprefix(_FOLDER).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(path, ignore_errors=True)


def kill_marked(mark: str) -> None:
    """Kill the browser process started with this mark on its command line, among our own descendants."""
    for child in psutil.Process().children(recursive=True):
        if mark in _cmdline(child):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


def _cmdline(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []
