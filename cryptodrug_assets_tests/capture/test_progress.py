"""What is seen of a capture while it runs and afterwards: progress, log lines, metadata."""

import time
from pathlib import Path
from typing import Any

import pytest

from cryptodrug_assets.capture import sweep
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.capture.progress import Progress, duration, megabytes
from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets_tests.capture.crawling import CELL, fast
from cryptodrug_assets_tests.capture.site import SiteMarket, running_site


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (5000, "83 min"), (12_000, "3 h 20 min")]
)
def test_durations(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_sizes() -> None:
    assert (megabytes(2_400_000), megabytes(3_456_000_000)) == ("2.4 MB", "3.46 GB")


def test_a_line_says_how_far_it_is() -> None:
    progress = Progress(done=200, queued=300, failed=1, started=time.monotonic() - 10, fetched=100, bytes=2_400_000)
    assert str(progress) == "200 done, 300 queued, 1 failed, 10.0 pages/s, 2.4 MB, at least 30 s left"
    progress.silent_s = 40
    assert str(progress).endswith("2.4 MB; the site has not answered for 40 s")


@pytest.mark.browser
def test_a_silent_site_is_seen(tmp_path: Path, chromium: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_BEAT_S", 0.1)
    silences: list[float] = []
    with running_site(pages=5, away_after=4, away_for=2.0) as site:
        source = site.source()
        capture_month(
            market=SiteMarket(), config=CaptureConfig(render_sample=0.0), month=CELL[1], source=source,
            sweep_id=source.sweep_id, archive_root=tmp_path, browser_path=chromium, hmac_key=b"k" * 32,
            limits=fast(attempts=2), progress=lambda progress: silences.append(progress.silent_s),
        )  # fmt: skip
    assert max(silences) > 1
    assert silences[-1] == 0


@pytest.mark.browser
def test_log_lines_and_metadata_of_a_capture(tmp_path: Path, chromium: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fails = {"/page/3": 99, "/page/4": 99}
    with running_site(pages=8, failing=fails) as site:
        platform = Platform(home=str(tmp_path))
        monkeypatch.setattr(Platform, "source_kind", lambda *_: "replica")
        monkeypatch.setattr(Platform, "_sources", _one(site.source()))
        monkeypatch.setattr("cryptodrug_assets.markets.get_market", lambda _: SiteMarket())
        lines: list[str] = []
        frame, metadata = platform.capture(*CELL, log=lines.append)
    done = int((frame["outcome"] == "done").sum())
    assert lines[0] == "dream 2018-11 sweep 2018-11-30T2359: capture begins (replica)"
    assert "6 retries" in lines[-1] and f"{done} done" in lines[-1] and "2 given_up" in lines[-1]
    assert (metadata["pages"], metadata["pages_fetched"], metadata["pages_given_up"]) == (done, done + 2, 2)
    assert (metadata["retries"], metadata["synthetic"]) == (6, True)
    assert "| status 503 | 2 |" in metadata["given_up_why"].md_str
    assert "| listing | done |" in metadata["pages_by_kind"].md_str
    assert metadata["bytes_fetched"] == int(frame["payload_bytes"].sum())
    segment = tmp_path / "archive" / "dream" / "2018-11" / "00001.warc.gz"
    assert metadata["archive_bytes"] == segment.stat().st_size
    assert metadata["pages_per_second"] > 0 and metadata["seconds"] > 0


def _one(source: Source) -> Any:
    from contextlib import nullcontext

    return lambda *_: nullcontext([source])
