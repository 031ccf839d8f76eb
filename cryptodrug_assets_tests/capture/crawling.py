"""Captures of the test site, with limits that do not wait."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.capture.politeness import Limits
from cryptodrug_assets.capture.progress import CaptureReport
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets_tests.capture.site import Site, SiteMarket

CELL = ("dream", "2018-11")


def capture(site: Site, root: Path, chromium: Path, **changes: Any) -> CaptureReport:
    """Capture the site into an archive; `changes` are of the market's capture settings, `source` or `limits`."""
    source = changes.pop("source", None) or site.source()
    limits = changes.pop("limits", None)
    return capture_month(
        market=SiteMarket(),
        config=CaptureConfig(**({"render_sample": 0.0} | changes)),
        month=CELL[1],
        source=source,
        sweep_id=source.sweep_id,
        archive_root=root,
        browser_path=chromium,
        hmac_key=b"k" * 32,
        limits=limits,
    )


def fast(**changes: Any) -> Limits:
    """Limits that hardly wait between tries."""
    return Limits(**({"backoff_s": 0.05, "site_down_s": 20.0, "page_timeout_s": 10.0} | changes))


def gone(left: Callable[[], list[Any]], seconds: float = 120) -> bool:
    """Whether nothing is left within the time."""
    deadline = time.monotonic() + seconds
    while left():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
