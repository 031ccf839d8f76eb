"""A machine's clock that is set during a capture changes no stamp's order and no month."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.journal import read_only
from cryptodrug_assets.capture.clock import SteadyClock
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets_tests.capture.site import SiteMarket, running_site

START = datetime(2018, 11, 15, 12, 0, tzinfo=UTC)


def test_it_counts_on_from_the_start_whatever_the_wall_says() -> None:
    wall, counted = [START], [100.0]
    clock = SteadyClock(lambda: wall[0], lambda: counted[0])
    counted[0], wall[0] = 160.0, START - timedelta(days=3)
    assert clock.now() == START + timedelta(seconds=60)
    assert clock.drift_s() == -3 * 86_400 - 60


@pytest.mark.browser
@pytest.mark.parametrize("jump", [timedelta(days=-40), timedelta(days=40), timedelta(hours=-5)])
def test_a_clock_set_in_the_middle_keeps_order_and_month(tmp_path: Path, chromium: Path, jump: timedelta) -> None:
    calls, ticks = [0], [0.0]

    def wall() -> datetime:
        calls[0] += 1
        return START + (jump if calls[0] > 5 else timedelta(0)) + timedelta(seconds=ticks[0])

    def counting() -> float:
        ticks[0] += 0.01
        return ticks[0]

    clock = SteadyClock(wall, counting)
    with running_site(pages=12) as site:
        source = site.source(clock=clock.now)
        capture_month(
            market=SiteMarket(), config=CaptureConfig(render_sample=0), month="2018-11", source=source,
            sweep_id=source.sweep_id, archive_root=tmp_path, browser_path=chromium, hmac_key=b"k" * 32, clock=clock,
        )  # fmt: skip
    done = index_frame(tmp_path, "dream", "2018-11").filter(outcome="done").sort("warc_file", "warc_offset")
    assert done.height > 20
    assert done["captured_at"].is_sorted()
    assert done.filter(pl.col("captured_at").dt.strftime("%Y-%m") != "2018-11").is_empty()
    assert done["fetched_at"].max() - done["fetched_at"].min() < timedelta(minutes=1)  # type: ignore[operator]
    with read_only(tmp_path / "dream" / "2018-11") as db:
        assert db.execute("SELECT count(*) FROM event WHERE kind = 'clock'").fetchone() == (1,)
