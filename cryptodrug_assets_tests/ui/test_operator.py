"""An operator's tasks in a real browser, against `cryptodrug ui` with its daemon on a small home.

In the order of a bad day: the evidence was damaged, a blocking check failed; it is seen, repaired, run again, and more
months are asked for. One server and one home for all. `--pictures docs/images` takes the pictures of the guides.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from playwright.sync_api import Page, sync_playwright

from cryptodrug_assets.definitions import defs
from cryptodrug_assets.replica.archive import write_archive
from cryptodrug_assets.runs.backfill import run_cells
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.ui.served import MOST_S, PROGRAM, served, until

pytestmark = pytest.mark.browser
CELL = ("dream", "2018-11")
# Dream's window ends with the first of these: the second is of the calendar and never observed.
LAST, BEYOND = "2019-03", "2019-04"
TOGETHER = ("2018-12", "2019-01")


@dataclass(frozen=True)
class Ui:
    """The UI's address, its home and instance, a page of the browser, and the whole segment that was damaged."""

    address: str
    settings: Settings
    instance: dg.DagsterInstance
    environment: dict[str, str]
    page: Page
    whole: Path
    damaged: Path
    picture: Callable[[str], None]

    def open(self, path: str) -> None:
        """Show a page of the UI."""
        self.page.goto(self.address + path, wait_until="commit")

    def ask_for(self, asset: str, market: str, months: str, button: str, picture: str | None = None) -> None:
        """Launch runs of an asset by its dialog."""
        self.open(f"/assets/{asset}")
        self.page.get_by_role("button", name="Materialize").first.click()
        self.page.get_by_placeholder("ex: 2018-11").wait_for()
        self.page.get_by_text("Select a partition or create one").first.click()
        self.page.get_by_role("menuitem").filter(has_text=market).first.click()
        self.page.keyboard.press("Escape")
        self.page.get_by_placeholder("ex: 2018-11").fill(months)
        self.page.keyboard.press("Tab")
        launch = self.page.get_by_role("button", name=button)
        launch.wait_for()
        if picture is not None:
            self.picture(picture)
        before = self._asked_for()
        launch.click()
        until(lambda: self._asked_for() != before or None, "the launch")
        # An open page asks for everything every few seconds: more work than the runs.
        self.page.goto("about:blank")

    def _asked_for(self) -> tuple[int, int]:
        """How many runs and backfills were handed over so far."""
        runs = [run for run in self.instance.get_runs() if run.status != dg.DagsterRunStatus.NOT_STARTED]
        return len(runs), len(self.instance.get_backfills())

    def runs(self, *partitions: str) -> dict[str, dg.DagsterRun]:
        """The runs of the UI on these partitions, once all of them have ended."""

        def ended() -> dict[str, dg.DagsterRun] | None:
            found = {
                run.tags["dagster/partition"]: run
                for run in self.instance.get_runs()
                if run.tags.get("dagster/partition") in partitions and "cryptodrug/backfill" not in run.tags
            }
            all_there = len(found) == len(partitions) and all(run.is_finished for run in found.values())
            return found if all_there else None

        return until(ended, f"runs of {', '.join(partitions)}")


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory, chromium: Path, request: pytest.FixtureRequest) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("operated")
    environment = {
        "CRYPTODRUG_HOME": str(folder / "data"),
        "CRYPTODRUG_SOURCE": "archive",
        "CRYPTODRUG_ENGINE": "duckdb",
        "CRYPTODRUG_BOOTSTRAP": "0",
        "CRYPTODRUG_PARSE_WORKERS": "1",
        "CRYPTODRUG_CONFIG": "/dev/null",
    }
    pictures = request.config.getoption("--pictures")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        settings = Settings()
        for month in (CELL[1], LAST, *TOGETHER):
            write_archive("tiny", 7, CELL[0], month, archive_root=settings.archive, hmac_key=b"0" * 32)
        with open_instance(settings) as instance, served(environment) as address, sync_playwright() as playwright:
            # While the server starts.
            _make(instance)
            damaged = min((settings.archive / "dream" / "2018-11").glob("*.warc.gz"))
            whole = folder / "whole.warc.gz"
            shutil.copy2(damaged, whole)
            _damage(damaged)
            [run] = run_cells(instance, [CELL], select="raw", tag="t", on_run=lambda *_: None)
            assert "check archive" in str(run.error)
            browser = playwright.chromium.launch(executable_path=str(chromium))
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.set_default_timeout(MOST_S * 1000)

            def picture(name: str) -> None:
                if pictures is not None:
                    page.screenshot(path=str(pictures / f"{name}.png"))

            address.wait()
            yield Ui(address.url, settings, instance, environment, page, whole, damaged, picture)
            browser.close()


def _make(instance: dg.DagsterInstance) -> None:
    """The month from its archive to its coverage, as one run."""
    graph = defs.resolve_asset_graph()
    keys = [key for key in graph.materializable_asset_keys if graph.get(key).group_name in ("raw", "parsed", "clean")]
    result = defs.resolve_job_def("market_month").execute_in_process(
        instance=instance,
        partition_key=dg.MultiPartitionKey({"market": CELL[0], "month": CELL[1]}),
        asset_selection=[*keys, dg.AssetKey(["indicators", "coverage"])],
        tags={"cryptodrug/backfill": "made before"},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    assert result.success


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 4, len(data), 997):
        data[place] ^= 0xFF
    path.chmod(0o600)
    path.write_bytes(data)


def test_a_number_is_followed_upstream(ui: Ui) -> None:
    ui.open("/assets/indicators/shares?view=lineage")
    for table in ("transactions", "vendors", "shares_public"):
        ui.page.get_by_text(table, exact=True).first.wait_for()
    ui.picture("lineage-of-shares")
    ui.page.get_by_text("transactions", exact=True).first.dblclick()
    ui.page.wait_for_url("**/clean/transactions**")


def test_a_month_shows_its_plot_and_from_where_its_columns_are(ui: Ui) -> None:
    ui.open("/assets/indicators/coverage?view=partitions&partition=dream%7C2018-11")
    ui.page.get_by_text("COV01_counter", exact=True).first.wait_for()
    text = ui.page.inner_text("body")
    # A share of all: one dot, at the right end of its strip.
    assert re.search(r"COV01\s+1\s+·{23}●", text)
    assert re.search(r"value\s+clean/transactions: gap; parsed/market_counters: value; raw/captures: outcome", text)
    ui.page.get_by_text("Show Markdown").first.click()
    ui.page.locator("img[src^='data:image/svg']").first.wait_for()
    ui.picture("plot")


def test_a_failing_check_shows_what_it_found_and_the_next_step(ui: Ui) -> None:
    ui.open("/assets/raw/captures?view=checks&checkDetail=archive")
    ui.page.get_by_text("records_whole: found", exact=False).first.wait_for()
    text = ui.page.inner_text("body")
    assert "This is a blocking asset check" in text
    assert "cryptodrug verify --market dream --month 2018-11" in text
    assert "dream|2018-11" in text
    # The sample of what was found, with the rule that each row broke.
    assert re.search(r"\bsample\b", text) and "failed_rules" in text
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
    ui.ask_for("raw/captures", "dream", "2018-11", "Launch 1 run", "one-partition")
    [run] = ui.runs("dream|2018-11").values()
    assert run.status == dg.DagsterRunStatus.SUCCESS
    ui.open("/assets/raw/captures?view=checks&checkDetail=archive")
    ui.page.get_by_text("Passed", exact=False).first.wait_for()
    ui.picture("check-repaired")


def test_a_backfill_of_a_range_makes_exactly_its_observed_cells(ui: Ui) -> None:
    """The range reaches a month beyond the window: that cell is asked for, does nothing, and stays missing."""
    ui.ask_for("raw/captures", "dream", f"[{LAST}...{BEYOND}]", "Launch backfill", "backfill-of-a-range")
    runs = ui.runs(f"dream|{LAST}", f"dream|{BEYOND}")
    assert {run.status for run in runs.values()} == {dg.DagsterRunStatus.SUCCESS}
    made = ui.instance.get_materialized_partitions(dg.AssetKey(["raw", "captures"]))
    assert made == {"dream|2018-11", f"dream|{LAST}"}
    store = TableStore(ui.settings.tables)
    assert store.exists("raw", "captures", "dream", LAST) and not store.exists("raw", "captures", "dream", BEYOND)


@pytest.mark.slow
def test_a_backfill_of_the_ui_and_one_of_the_command_line_at_once_end_right(ui: Ui) -> None:
    ui.ask_for("raw/captures", "dream", f"[{TOGETHER[0]}...{TOGETHER[1]}]", "Launch backfill")
    months = ["--from", TOGETHER[0], "--to", TOGETHER[1]]
    command = [PROGRAM, "backfill", "--market", "dream", *months, "--select", "raw"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=ui.environment, timeout=MOST_S)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    runs = ui.runs(*(f"dream|{month}" for month in TOGETHER))
    assert {run.status for run in runs.values()} == {dg.DagsterRunStatus.SUCCESS}
    store = TableStore(ui.settings.tables)
    for month in TOGETHER:
        rows = store.read("raw", "captures", "dream", month)
        journal = len(list((ui.settings.archive / "dream" / month).glob("*.warc.gz")))
        assert journal and rows.height and rows["capture_id"].is_unique().all()
    assert not [run for run in ui.instance.get_runs() if not run.is_finished]
