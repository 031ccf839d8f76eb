"""Any process of a capture dies or hangs while it runs: the capture goes on, and no page is lost."""

import contextlib
import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.capture.politeness import Limits
from cryptodrug_assets_tests.capture.crawling import CELL, capture, fast, gone
from cryptodrug_assets_tests.capture.site import BODIES, Site, running_site

pytestmark = pytest.mark.browser


def kind(process: psutil.Process) -> str:
    """driver, shell, browser, or what Chromium calls the process (renderer, zygote, gpu-process, utility)."""
    words = process.cmdline()
    types = [word.removeprefix("--type=") for word in words if word.startswith("--type=")]
    if types:
        return types[0]
    if any(word.startswith("--capture-run=") for word in words):
        return "browser"
    if "playwright" in " ".join(words):
        return "driver"
    return "other"


def _victims(wanted: str) -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if kind(child) == wanted:
                found.append(child)
    return found


@contextmanager
def _happening(site: Site, act: Callable[[], object], after: tuple[int, ...]) -> Iterator[None]:
    """`act` is done each time the site has been asked for so many pages, however fast or slow that goes."""
    stop = threading.Event()

    def watch() -> None:
        for count in after:
            while site.requests.total() < count:
                if stop.wait(0.02):
                    return
            act()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


_ALL = ["driver", "browser", "zygote", "renderer", "gpu-process", "utility"]


@pytest.mark.parametrize(
    "victim", [name if name in ("driver", "browser") else pytest.param(name, marks=pytest.mark.slow) for name in _ALL]
)
def test_whichever_process_dies_the_capture_goes_on(tmp_path: Path, chromium: Path, victim: str) -> None:
    killed: list[psutil.Process] = []

    def kill() -> None:
        for process in _victims(victim):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
                killed.append(process)

    with running_site(pages=60, delay=0.02) as site, _happening(site, kill, (15, 45)):
        # A page whose process is gone may never answer; a page time-out short enough for a test, long for a page.
        report = capture(site, tmp_path, chromium, limits=fast(page_timeout_s=15.0, site_down_s=300.0))
    assert killed
    assert set(report.outcomes) == {"done", "out_of_scope"}
    assert report.outcomes["done"] == 60 + len(BODIES) + 5 + 1
    assert verify(tmp_path, *CELL).problems == []


@pytest.mark.slow
def test_a_dead_network_process_is_noticed_at_once(tmp_path: Path, chromium: Path) -> None:
    killed: list[psutil.Process] = []

    def kill() -> None:
        for process in _victims("utility"):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
                killed.append(process)

    # At half a second a page all tabs wait for the site when its connections go. A page time-out longer than the test's
    # own: who waited for it would not be done.
    with running_site(pages=20, delay=0.5) as site, _happening(site, kill, (10,)):
        report = capture(site, tmp_path, chromium, concurrency=8, limits=Limits(backoff_s=0.05, page_timeout_s=900.0))
    assert killed
    assert report.outcomes["done"] == 20 + len(BODIES) + 5 + 1
    assert report.retries > 0
    assert verify(tmp_path, *CELL).problems == []


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_driver_that_dies_leaves_no_message(tmp_path: Path, chromium: Path, caplog: pytest.LogCaptureFixture) -> None:
    def kill() -> None:
        for process in _victims("driver"):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    with running_site(pages=20, delay=0.02) as site, _happening(site, kill, (10,)):
        report = capture(site, tmp_path, chromium, limits=fast(site_down_s=300.0))
    gc.collect()
    assert report.outcomes["done"] == 20 + len(BODIES) + 5 + 1
    assert [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


@pytest.mark.slow
def test_a_browser_that_hangs_is_replaced(tmp_path: Path, chromium: Path) -> None:
    stopped: list[psutil.Process] = []

    def stop() -> None:
        for process in _victims("browser"):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
                stopped.append(process)

    with running_site(pages=60, delay=0.02) as site, _happening(site, stop, (20,)):
        report = capture(site, tmp_path, chromium, limits=fast(page_timeout_s=8.0, site_down_s=300.0))
    assert stopped
    assert gone(lambda: [p for p in stopped if p.is_running() and p.status() != psutil.STATUS_ZOMBIE])
    assert report.outcomes["done"] == 60 + len(BODIES) + 5 + 1
    assert verify(tmp_path, *CELL).problems == []
