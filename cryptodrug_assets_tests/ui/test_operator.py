"""An operator's tasks in a real browser, against `cryptodrug ui` with its daemon on a small home.

In the order of a bad day: the evidence was damaged, a blocking check failed; it is seen, repaired, run again.
`--pictures docs/images` takes the pictures of the guides.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from playwright.sync_api import Page, sync_playwright

from cryptodrug_assets.replica.archive import write_archive
from cryptodrug_assets.runs.backfill import run_cells
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.browser]
CELL = ("dream", "2018-11")
_MOST_S = 180


@dataclass(frozen=True)
class Ui:
    """The UI's address, its home, a page of the browser, and the whole segment that was damaged."""

    address: str
    settings: Settings
    page: Page
    whole: Path
    damaged: Path
    picture: Callable[[str], None]

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory, chromium: Path, request: pytest.FixtureRequest) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("operated")
    environment = {
        "CRYPTODRUG_HOME": str(folder / "data"),
        "CRYPTODRUG_SOURCE": "archive",
        "CRYPTODRUG_ENGINE": "duckdb",
        "CRYPTODRUG_BOOTSTRAP": "0",
        "CRYPTODRUG_CONFIG": os.devnull,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        settings = Settings()
        write_archive("tiny", 7, *CELL, archive_root=settings.archive, hmac_key=b"0" * 32)
        with open_instance(settings) as instance:
            for group in ("raw", "parsed", "clean", "indicators"):
                [run] = run_cells(instance, [CELL], select=group, tag="t", on_run=lambda *_: None)
                assert run.error is None, run.error
            damaged = min((settings.archive / "dream" / "2018-11").glob("*.warc.gz"))
            whole = folder / "whole.warc.gz"
            shutil.copy2(damaged, whole)
            _damage(damaged)
            [run] = run_cells(instance, [CELL], select="raw", tag="t", on_run=lambda *_: None)
            assert "check archive" in str(run.error)
    pictures = request.config.getoption("--pictures")
    with _serving(environment) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium))
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(60_000)

        def picture(name: str) -> None:
            page.screenshot(path=str((pictures or folder) / f"{name}.png"))

        yield Ui(address, settings, page, whole, damaged, picture)
        browser.close()


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 4, len(data), 997):
        data[place] ^= 0xFF
    path.chmod(0o600)
    path.write_bytes(data)


class _serving:  # noqa: N801
    """`cryptodrug ui` in a process group of its own, until the block ends."""

    def __init__(self, environment: dict[str, str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = probe.getsockname()[1]
        self._environment = os.environ | environment

    def __enter__(self) -> str:
        command = [str(Path(sys.executable).with_name("cryptodrug")), "ui", "--port", str(self._port)]
        self._process = subprocess.Popen(command, env=self._environment, start_new_session=True)
        address = f"http://127.0.0.1:{self._port}"
        until = time.monotonic() + _MOST_S
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{address}/server_info", timeout=5).read()
            except OSError:
                assert self._process.poll() is None, "the UI ended by itself"
                time.sleep(1)
            else:
                return address
        self.__exit__()
        raise AssertionError(f"the UI did not answer within {_MOST_S} s")

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def test_a_number_is_followed_upstream(ui: Ui) -> None:
    ui.open("/assets/indicators/shares?view=lineage")
    for table in ("transactions", "vendors", "shares_public"):
        ui.page.get_by_text(table, exact=True).first.wait_for()
    ui.picture("lineage-of-shares")
    ui.page.get_by_text("transactions", exact=True).first.dblclick()
    ui.page.wait_for_url("**/clean/transactions**")


def test_a_failing_check_shows_what_it_found_and_the_next_step(ui: Ui) -> None:
    ui.open("/assets/raw/captures?view=checks&checkDetail=archive")
    ui.page.get_by_text("records_whole: found", exact=False).first.wait_for()
    text = ui.page.inner_text("body")
    assert "This is a blocking asset check" in text
    assert "cryptodrug verify --market dream --month 2018-11" in text
    assert "dream|2018-11" in text
    ui.picture("failing-check")


def test_a_tick_of_the_schedule_is_tried_at_another_time(ui: Ui) -> None:
    ui.open("/automation")
    for name in ("alerts", "calculations", "captures", "weekly_health"):
        ui.page.get_by_text(name, exact=True).first.wait_for()
    ui.page.get_by_text("Standard sensor", exact=True).first.wait_for()
    ui.picture("automation")
    ui.open("/locations/cryptodrug/schedules/captures")
    ui.page.get_by_role("button", name="Preview tick result").click()
    ui.page.get_by_role("button", name="Continue").click()
    ui.page.get_by_text("no market is made without hands", exact=False).first.wait_for()
    ui.picture("tick")


def test_it_is_repaired_and_one_partition_is_run_again(ui: Ui) -> None:
    shutil.copy2(ui.whole, ui.damaged)
    ui.open("/assets/raw/captures")
    ui.page.get_by_role("button", name="Materialize").first.click()
    ui.page.get_by_placeholder("ex: 2018-11").wait_for()
    ui.page.get_by_text("Select a partition or create one").first.click()
    ui.page.get_by_role("menuitem").filter(has_text="dream").first.click()
    ui.page.keyboard.press("Escape")
    ui.page.get_by_placeholder("ex: 2018-11").fill("2018-11")
    ui.page.keyboard.press("Tab")
    launch = ui.page.get_by_role("button", name="Launch 1 run")
    launch.wait_for()
    ui.picture("one-partition")
    launch.click()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRYPTODRUG_HOME", str(ui.settings.home))
        with open_instance(ui.settings) as instance:
            until = time.monotonic() + _MOST_S
            while time.monotonic() < until:
                record = instance.get_run_records(limit=1)[0]
                if record.dagster_run.is_finished and "cryptodrug/backfill" not in record.dagster_run.tags:
                    break
                time.sleep(1)
    assert record.dagster_run.tags["dagster/partition"] == "dream|2018-11"
    assert record.dagster_run.status == dg.DagsterRunStatus.SUCCESS
    ui.open("/assets/raw/captures?view=checks&checkDetail=archive")
    ui.page.get_by_text("Passed", exact=False).first.wait_for()
    ui.picture("check-repaired")
