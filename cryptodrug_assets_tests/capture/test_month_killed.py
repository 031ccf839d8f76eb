"""A month of the synthetic markets, killed twenty times: page for page what an undisturbed capture gives."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.journal import read_only
from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.replica.server import running
from cryptodrug_assets_tests.capture.replica_month import capture

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_KILLS = 20
_RUN = """
import sys
from pathlib import Path
from cryptodrug_assets_tests.capture.replica_month import capture
capture(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), Path(sys.argv[5]))
"""


def _done(folder: Path) -> int:
    try:
        with read_only(folder) as db:
            return int(db.execute("SELECT count(*) FROM page WHERE state = 'done'").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0


def _pages(root: Path, market: str, month: str) -> pl.DataFrame:
    facts = [
        "capture_id",
        "url",
        "method",
        "outcome",
        "status",
        "page_kind",
        "payload_digest",
        "payload_bytes",
        "depth",
    ]
    return index_frame(root, market, month).select(facts).sort("capture_id")


@pytest.mark.parametrize(("market", "month"), [("dream", "2018-11"), ("wall_street", "2019-01"), ("empire", "2019-06")])
def test_a_month_killed_twenty_times_ends_as_if_undisturbed(
    tmp_path: Path, chromium: Path, market: str, month: str
) -> None:
    folder = tmp_path / "killed" / market / month
    kills, tries = 0, 0
    chosen = random.Random(market)
    with running("demo", 7) as server:
        capture(market, month, server.port, tmp_path / "calm", chromium)
        calm = _pages(tmp_path / "calm", market, month)
        step = calm.height // (2 * _KILLS)  # or it would be whole before the last kill
        command = [sys.executable, "-c", _RUN, market, month, str(server.port), str(tmp_path / "killed"), str(chromium)]
        while kills < _KILLS and tries < 3 * _KILLS:
            tries += 1
            process = subprocess.Popen(command, start_new_session=True)
            # Counted in pages, not in seconds: a slow machine is killed as far on as a fast one.
            wanted = _done(folder) + chosen.randrange(step)
            while process.poll() is None and _done(folder) < wanted:
                time.sleep(0.01)
            time.sleep(chosen.uniform(0, 0.1))
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            process.wait()
        capture(market, month, server.port, tmp_path / "killed", chromium)
    assert kills == _KILLS
    killed = _pages(tmp_path / "killed", market, month)
    assert calm.height > 100
    assert set(calm["outcome"]) <= {"done", "out_of_scope"}
    assert killed.equals(calm)
    assert verify(tmp_path / "killed", market, month).problems == []
