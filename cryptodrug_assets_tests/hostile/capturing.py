"""Capture the hostile site, and look at what was kept."""

from pathlib import Path
from typing import Any

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.capture.politeness import Limits
from cryptodrug_assets.capture.progress import CaptureReport
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets_tests.capture.site import SiteMarket
from cryptodrug_assets_tests.hostile.site import Hostile

MARKET, MONTH = "dream", "2018-11"


def capture(
    site: Hostile, root: Path, chromium: Path, *, limits: Limits | None = None, **settings: Any
) -> CaptureReport:
    """One run of the sweep, with short waits."""
    source = site.source()
    market = settings.pop("market", None) or SiteMarket()
    return capture_month(
        market=market,
        config=CaptureConfig(**({"render_sample": 0.0, "screenshot": False} | settings)),
        month=MONTH,
        source=source,
        sweep_id=source.sweep_id,
        archive_root=root,
        browser_path=chromium,
        hmac_key=b"k" * 32,
        limits=limits or Limits(backoff_s=0.02, page_timeout_s=8.0, site_down_s=30.0),
    )


def rows(root: Path) -> dict[str, dict[str, Any]]:
    """The index by path."""
    return {row["url"].split("/", 3)[3]: row for row in index_frame(root, MARKET, MONTH).iter_rows(named=True)}
