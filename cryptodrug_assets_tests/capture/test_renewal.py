"""Tabs and browsers are renewed on the way: the login goes on, and memory is never that of two browsers."""

import itertools
import os
import threading
from pathlib import Path

import psutil
import pytest

from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.capture.browser import session
from cryptodrug_assets_tests.capture.crawling import CELL, capture, fast
from cryptodrug_assets_tests.capture.site import BODIES, running_site

pytestmark = pytest.mark.browser


def _browsers() -> set[str]:
    """Marks of the browsers that run now."""
    marks = set()
    for child in psutil.Process().children(recursive=True):
        try:
            marks |= {word for word in child.cmdline() if word.startswith("--capture-run=")}
        except psutil.Error:
            continue
    return marks


@pytest.mark.parametrize("concurrency", [1, 3])
def test_browsers_follow_each_other_and_the_login_goes_on(tmp_path: Path, chromium: Path, concurrency: int) -> None:
    seen: list[set[str]] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            seen.append(_browsers())

    watcher = threading.Thread(target=watch)
    with running_site(pages=40, delay=0.02, greeting="logged_in=yes; Path=/") as site:
        watcher.start()
        try:
            report = capture(
                site, tmp_path, chromium, concurrency=concurrency, limits=fast(tab_pages=4, browser_pages=12)
            )
        finally:
            stop.set()
            watcher.join()
    assert report.outcomes["done"] == 40 + len(BODIES) + 5 + 1
    assert len(set().union(*seen)) >= 4
    # Looking takes a moment, in which one may end and the next begin: two are two when they are seen again.
    assert not any(len(before) > 1 and len(after) > 1 for before, after in itertools.pairwise(seen))
    assert {path for path, cookie in site.cookies.items() if path != "/" and "logged_in=yes" not in cookie} == set()
    assert verify(tmp_path, *CELL).problems == []
    assert "max-old-space-size" not in os.environ.get("NODE_OPTIONS", "")


def test_a_browser_that_does_not_end_in_time_is_not_waited_for(
    tmp_path: Path, chromium: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_DRAIN_S", 0.05)
    with running_site(pages=30, delay=0.05, greeting="logged_in=yes; Path=/") as site:
        report = capture(site, tmp_path, chromium, concurrency=3, limits=fast(tab_pages=4, browser_pages=8))
    assert report.outcomes["done"] == 30 + len(BODIES) + 5 + 1
    assert _browsers() == set()
    assert verify(tmp_path, *CELL).problems == []
