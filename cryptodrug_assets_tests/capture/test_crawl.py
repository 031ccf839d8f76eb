"""The crawl on a real browser: bytes, scope, retries, budgets, lost logins, secrets, crashes."""

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import psutil
import pytest

from cryptodrug_assets.capture.archive.evidence import ends_session
from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.archive.verify import salvage, verify
from cryptodrug_assets.capture.archive.warc import scan_members, segment_path
from cryptodrug_assets.capture.politeness import retry_after
from cryptodrug_assets.capture.progress import CaptureReport
from cryptodrug_assets.observation import UserError
from cryptodrug_assets_tests.capture.crawling import CELL, capture, fast, gone
from cryptodrug_assets_tests.capture.site import BODIES, Site, running_site

pytestmark = pytest.mark.browser


def _by_path(root: Path) -> dict[str, dict[str, Any]]:
    frame = index_frame(root, *CELL).with_columns(path=pl.col("url").str.replace(r"^https?://[^/]+", ""))
    return {f"{row['method']} {row['path']}": row for row in frame.iter_rows(named=True)}


@pytest.mark.parametrize("mode", ["nav", "render"])
def test_bodies_are_byte_exact_and_headers_verbatim(tmp_path: Path, chromium: Path, mode: str) -> None:
    with running_site(pages=2) as site:
        capture(site, tmp_path, chromium, mode=mode)
    index = _by_path(tmp_path)
    bodies = {page.url.split("/", 3)[3]: page.body for page in read_pages(tmp_path, index_frame(tmp_path, *CELL))}
    for path, (body, _) in BODIES.items():
        assert bodies[path[1:]] == body, path
    assert bodies["form"] == b"<html>posted category=7&csrf_token=FORMSECRET"
    assert index["GET /gone"]["status"] == 404
    assert index["GET /empty"]["payload_bytes"] == 0
    assert index["GET /logout"]["outcome"] == "out_of_scope"
    assert index["GET /"]["outcome"] == "done"
    assert any(row["outcome"] == "out_of_scope" for row in index.values() if "elsewhere" in row["url"])
    assert site.requests["GET /logout"] == 0
    assert site.forms == [{"category": ["7"], "csrf_token": ["FORMSECRET"]}]
    found = verify(tmp_path, *CELL)
    assert found.problems == []
    records = _records(tmp_path)
    assert any(b"X-One: a\r\nX-One: b\r\n" in plain for plain in records)
    assert any(b"WARC-Type: revisit" in plain for plain in records)
    assert any(b"WARC-Type: warcinfo" in plain and b"SYNTHETIC" in plain for plain in records)
    assert (mode == "render") == any(b"urn:view:" in plain for plain in records)


def _records(root: Path) -> list[bytes]:
    folder = root / CELL[0] / CELL[1]
    plains = []
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as file:
            plains += [plain for _, _, plain in scan_members(file)]
    return plains


def test_secrets_are_not_in_the_archive(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=1) as site:
        capture(site, tmp_path, chromium)
    everything = b"".join(_records(tmp_path))
    for secret in (b"TOPSECRET", b"SECRET3", b"ALSOSECRET"):
        assert secret not in everything
    # The form's token went to the site and came back in its answer; the request's record does not hold it.
    assert everything.count(b"FORMSECRET") == everything.count(b"posted category=7&csrf_token=FORMSECRET") == 1
    assert b"redacted-" in everything
    # Nor does the journal, once a page is done; what the bodies of pages say stays evidence.
    for path in (tmp_path / CELL[0] / CELL[1]).iterdir():
        if path.name.startswith("frontier"):
            for secret in (b"TOPSECRET", b"SECRET3", b"ALSOSECRET", b"FORMSECRET"):
                assert secret not in path.read_bytes(), path.name


@pytest.mark.slow
def test_warcio_accepts_the_segments(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=3) as site:
        capture(site, tmp_path, chromium)
    for path in (tmp_path / "dream" / "2018-11").glob("*.warc.gz"):
        command = [str(Path(sys.executable).with_name("warcio")), "check", "-v", str(path)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "digest failed" not in result.stdout


def test_a_complete_sweep_is_not_captured_again(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=2) as site:
        capture(site, tmp_path, chromium)
        asked = site.requests.total()
        report = capture(site, tmp_path, chromium)
        assert report.reused
        assert site.requests.total() == asked


@pytest.mark.slow
def test_busy_answers_are_retried_and_what_stays_busy_is_given_up(tmp_path: Path, chromium: Path) -> None:
    with running_site(failing={"/flaky": 2, "/latin": 99}) as site:
        report = capture(site, tmp_path, chromium)
    index = _by_path(tmp_path)
    assert (index["GET /flaky"]["outcome"], index["GET /flaky"]["attempts"]) == ("done", 3)
    assert (index["GET /latin"]["outcome"], index["GET /latin"]["reason"]) == ("given_up", "status 503")
    assert report.retries >= 5


def test_a_budget_stops_and_the_next_run_goes_on(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=10) as site:
        report = capture(site, tmp_path, chromium, max_pages=5)
        assert report.stopped is not None
        assert "over_budget" in {row["outcome"] for row in _by_path(tmp_path).values()}
        capture(site, tmp_path, chromium)
    assert {row["outcome"] for row in _by_path(tmp_path).values()} == {"done", "out_of_scope"}


def test_a_lost_login_pauses_and_the_next_run_continues(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=12, login_after=6) as site:
        with pytest.raises(
            UserError, match=r"login lost at page \d+ of \d+; renew .* `cryptodrug login --market dream`"
        ):
            capture(site, tmp_path, chromium)
        before = {name for name, row in _by_path(tmp_path).items() if row["outcome"] == "done"}
        assert 0 < len(before) < 12
        site.login_after = None
        asked = dict(site.requests)
        capture(site, tmp_path, chromium)
    index = _by_path(tmp_path)
    assert {row["outcome"] for row in index.values()} == {"done", "out_of_scope"}
    for name in before:
        assert site.requests[name] == asked[name], name
    assert verify(tmp_path, *CELL).problems == []


def test_maintenance_pauses_and_the_next_run_continues(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=12, login_after=6, wall="maintenance") as site:
        with pytest.raises(UserError, match=r"being maintained at page \d+ of \d+; .* run again when") as caught:
            capture(site, tmp_path, chromium)
        assert "login" not in str(caught.value)
        assert sum(site.requests.values()) < 20
        done = {name for name, row in _by_path(tmp_path).items() if row["outcome"] == "done"}
        assert 0 < len(done) < 12
        site.login_after = None
        capture(site, tmp_path, chromium)
    index = _by_path(tmp_path)
    assert {row["outcome"] for row in index.values()} == {"done", "out_of_scope"}
    assert "maintenance" not in {row["page_kind"] for row in index.values()}


def test_a_page_of_maintenance_by_mistake_is_asked_for_again(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=6, walls={"/page/1": 1}, wall="maintenance") as site:
        assert capture(site, tmp_path, chromium).outcomes.get("given_up", 0) == 0
        assert site.requests["GET /page/1"] == 2


def test_a_site_that_is_down_is_one_clear_error(tmp_path: Path, chromium: Path) -> None:
    with running_site() as site:
        source = site.source()
    with pytest.raises(UserError, match="the first page of dream could not be fetched"):
        capture(site, tmp_path, chromium, source=source)


_KILLED = """
import sys
from pathlib import Path
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets_tests.capture.site import Site, SiteMarket
site = Site(port=int(sys.argv[1]))
source = site.source()
capture_month(market=SiteMarket(), config=CaptureConfig(render_sample=0.0), month="2018-11",
              source=source, sweep_id=source.sweep_id, archive_root=Path(sys.argv[2]), browser_path=Path(sys.argv[3]),
              hmac_key=b"k" * 32)
"""


def _killed_runs(site: Site, root: Path, chromium: Path, kills: int, seed: int) -> list[psutil.Process]:
    """Runs killed after a random number of requests (none included); the drivers and browsers they had started."""
    import random

    started: list[psutil.Process] = []
    chosen = random.Random(seed)
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(site.port), str(root), str(chromium)], start_new_session=True
        )
        # Counted in requests, not in seconds: a slow machine is killed as far on as a fast one.
        asked = site.requests.total() + chosen.randrange(12)
        while site.requests.total() < asked and process.poll() is None:
            time.sleep(0.01)
        time.sleep(chosen.uniform(0, 0.2))
        if process.poll() is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                started += psutil.Process(process.pid).children(recursive=True)
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    return started


@pytest.mark.parametrize("kills", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_random_it_ends_equal_to_an_undisturbed_run(tmp_path: Path, chromium: Path, kills: int) -> None:
    with running_site(pages=60 if kills < 10 else 160, delay=0.04) as site:
        capture(site, tmp_path / "calm", chromium)
        site.requests.clear()
        started = _killed_runs(site, tmp_path / "killed", chromium, kills, seed=kills)
        capture(site, tmp_path / "killed", chromium)
        calm, killed = _by_path(tmp_path / "calm"), _by_path(tmp_path / "killed")
        facts = ("outcome", "status", "page_kind", "payload_digest", "payload_bytes", "depth")
        assert calm.keys() == killed.keys()
        for name, row in calm.items():
            assert [row[fact] for fact in facts] == [killed[name][fact] for fact in facts], name
        # Only what was in flight at a kill is fetched again: at most one page per worker.
        again = sum(count - 1 for name, count in site.requests.items() if count > 1 and "favicon" not in name)
        assert again <= kills * 2 * 2
    assert verify(tmp_path / "killed", *CELL).problems == []
    assert started
    # Nobody may be there to bury the dead: a zombie runs no more.
    assert gone(lambda: [p for p in started if p.is_running() and p.status() != psutil.STATUS_ZOMBIE])


def test_truncation_flips_and_lost_files_are_named_and_salvaged(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=8) as site:
        capture(site, tmp_path, chromium)
    folder = tmp_path / CELL[0] / CELL[1]
    path = segment_path(folder, "00001.warc.gz")
    whole = path.read_bytes()
    total = len(_records(tmp_path))
    path.chmod(0o600)
    path.write_bytes(whole[:-30])
    assert any("truncated" in line for line in verify(tmp_path, *CELL).problems)
    assert salvage(path, tmp_path / "rescued.warc.gz") == total - 1
    flipped = bytearray(whole)
    page = _by_path(tmp_path)["GET /page/3"]
    flipped[page["warc_offset"] + page["warc_length"] // 2] ^= 0x40
    path.write_bytes(bytes(flipped))
    problems = verify(tmp_path, *CELL).problems
    assert any("altered" in line for line in problems)
    assert salvage(path, tmp_path / "rescued2.warc.gz") >= total - 2
    with pytest.raises(UserError, match="00001.warc.gz at"):
        list(read_pages(tmp_path, index_frame(tmp_path, *CELL)))
    path.unlink()
    assert any("00001.warc.gz: missing" in line for line in verify(tmp_path, *CELL).problems)


def test_a_second_writer_is_refused(tmp_path: Path, chromium: Path) -> None:
    from cryptodrug_assets.capture.archive.journal import journal

    refused = pytest.raises(UserError, match="another process is writing the archive of dream 2018-11")
    with running_site(pages=1) as site, journal(tmp_path / CELL[0] / CELL[1]), refused:
        capture(site, tmp_path, chromium)


def test_without_screenshots_a_rendered_page_is_painted_but_not_photographed(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=2) as site:
        capture(site, tmp_path, chromium, mode="render", screenshot=False)
    assert _by_path(tmp_path)["GET /page/1"]["outcome"] == "done"
    assert not any(b"urn:view:" in plain for plain in _records(tmp_path))


@pytest.mark.slow
def test_a_site_that_goes_away_for_a_while_loses_nothing(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=40, away_after=12, away_for=2.5) as site:
        report = capture(site, tmp_path, chromium, limits=fast(attempts=2))
    assert set(report.outcomes) == {"done", "out_of_scope"}
    assert report.retries > 0


def test_a_site_that_stays_away_pauses_the_capture(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=40, away_after=12, away_for=999) as site:
        with pytest.raises(UserError, match="dream has not answered for .* what was captured is kept"):
            capture(site, tmp_path, chromium, limits=fast(attempts=2, site_down_s=1.0))
        site.away_after = None
        report = capture(site, tmp_path, chromium, limits=fast())
    assert set(report.outcomes) == {"done", "out_of_scope"}


def test_a_wall_shown_by_mistake_is_tried_again_and_kept_as_such(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=4, walls={"/page/1": 1, "/page/2": 99}) as site:
        capture(site, tmp_path, chromium, limits=fast())
    index = _by_path(tmp_path)
    assert index["GET /page/1"]["outcome"] == "done"
    assert (index["GET /page/2"]["outcome"], index["GET /page/2"]["reason"]) == ("given_up", "login page")
    assert index["GET /page/3"]["outcome"] == "done"


def test_a_capture_runs_inside_a_running_loop(tmp_path: Path, chromium: Path) -> None:
    async def outer(site: Site) -> CaptureReport:
        return capture(site, tmp_path, chromium)

    with running_site(pages=1) as site:
        assert asyncio.run(outer(site)).outcomes["done"] > 10


@pytest.mark.parametrize(
    ("path", "leaves"),
    [("/logout", True), ("/user/Log-Out.php", True), ("/?action=logout", True), ("/%6cogout/", True),
     ("/login", False), ("/listing/blogout-special", False), ("/?page=2", False)],
)  # fmt: skip
def test_the_end_of_the_session_is_recognised(path: str, leaves: bool) -> None:
    assert ends_session(f"http://site.onion{path}") is leaves


def test_retry_after_is_read_as_seconds_or_date() -> None:
    now = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    assert retry_after("7", now) == 7
    assert retry_after("Thu, 01 Jan 2026 12:00:30 GMT", now) == 30
    assert retry_after("Thu, 01 Jan 2026 11:00:00 GMT", now) == 0
    assert retry_after("soon", now) == 0
    assert retry_after(None, now) == 0


def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=60, delay=0.05) as site:
        process = subprocess.Popen(
            # What is started in the background ignores SIGINT, and so does all that is started from there.
            [
                sys.executable, "-c",
                "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n" + _KILLED,
                str(site.port), str(tmp_path), str(chromium),
            ],
            start_new_session=True, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 120
        while site.requests.total() < 10 and time.monotonic() < deadline:
            time.sleep(0.05)
        browsers = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=120)
        assert process.returncode != 0
        assert errors.rstrip().endswith("KeyboardInterrupt")
        # Nobody may be there to bury the dead: a zombie runs no more.
        assert gone(lambda: [p for p in browsers if p.is_running() and p.status() != psutil.STATUS_ZOMBIE])
        assert not list((tmp_path / CELL[0] / CELL[1]).glob("*.open"))
        report = capture(site, tmp_path, chromium)
    assert set(report.outcomes) == {"done", "out_of_scope"}


def test_a_full_disk_is_one_line_and_leaves_whole_pages(tmp_path: Path, chromium: Path, monkeypatch: Any) -> None:
    from cryptodrug_assets.capture.archive.warc import SegmentWriter

    append = SegmentWriter.append

    def full(self: SegmentWriter, data: bytes) -> tuple[int, int]:
        if self.size > 20_000:
            append(self, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return append(self, data)

    with running_site(pages=40) as site:
        monkeypatch.setattr(SegmentWriter, "append", full)
        with pytest.raises(UserError, match="No space left on device"):
            capture(site, tmp_path, chromium)
        monkeypatch.undo()
        assert verify(tmp_path, *CELL).problems == []
        assert set(capture(site, tmp_path, chromium).outcomes) == {"done", "out_of_scope"}
    assert verify(tmp_path, *CELL).problems == []


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, chromium: Path) -> None:
    (tmp_path / "dream").write_text("a file where the folder should be")
    with running_site() as site, pytest.raises(UserError, match="cannot write the archive of dream 2018-11"):
        capture(site, tmp_path, chromium)


def test_a_browser_that_does_not_start_is_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with running_site() as site, pytest.raises(UserError, match="the browser chromium does not start"):
        capture(site, tmp_path / "archive", broken)
