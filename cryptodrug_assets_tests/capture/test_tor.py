"""A live capture of an onion service through Tor itself, in a private network on loopback (opt-in)."""

import os
import shutil
from pathlib import Path

import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets_tests.capture.site import BODIES, MOMENT, SiteMarket, running_site
from cryptodrug_assets_tests.capture.tor import running_tor

# Read at import: tests run without the user's settings.
_ASKED_FOR = bool(os.environ.get("CRYPTODRUG_TEST_TOR"))


@pytest.mark.slow
@pytest.mark.browser
def test_an_onion_service_is_captured_through_tor(tmp_path: Path, chromium: Path) -> None:
    if not _ASKED_FOR:
        pytest.skip("set CRYPTODRUG_TEST_TOR=1 to start a private Tor network (a minute)")
    if shutil.which("tor") is None or shutil.which("tor-gencert") is None:
        pytest.skip("tor is not installed (apt-get install tor)")
    with running_site(pages=3) as site, running_tor(tmp_path / "tor", site.port, seconds=240) as onion:
        proxy = f"socks5://127.0.0.1:{onion.socks_port}"
        source = Source(
            "dream", "2018-11", "2018-11-30T2359", "live", f"http://{onion.host}", clock=lambda: MOMENT, proxy=proxy,
            )  # fmt: skip
        report = capture_month(
            market=SiteMarket(), config=CaptureConfig(render_sample=0.3), month="2018-11", source=source,
            sweep_id=source.sweep_id, archive_root=tmp_path, browser_path=chromium, hmac_key=b"k" * 32,
        )  # fmt: skip
    assert report.outcomes["done"] == 3 + len(BODIES) + 5 + 1
    assert set(report.outcomes) == {"done", "out_of_scope"}
    hosts = index_frame(tmp_path, "dream", "2018-11").filter(outcome="done")["url"].str.split("/").list.get(2).unique()
    assert hosts.to_list() == [onion.host]
    assert verify(tmp_path, "dream", "2018-11").problems == []
