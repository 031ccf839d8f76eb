"""A home of a world that was not captured: real runs, true figures, plainly marked, and coherent for whoever goes on.

A few cells of the tiny world always; the study world with all its statements in the slow suite.
"""

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from cryptodrug_assets.commands import study
from cryptodrug_assets.commands.app import app
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import observed_cells
from cryptodrug_assets.replica.truth import true_indicators
from cryptodrug_assets.runs.backfill import run_cells
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.runs.overview import matrix
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore

CELLS = [("dream", "2018-11"), ("wall_street", "2018-11"), ("empire", "2019-04"), ("empire", "2019-05")]
SEED = 11


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `cryptodrug study --profile tiny` makes, of four market-months."""
    folder = tmp_path_factory.mktemp("study") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "observed_cells", lambda: CELLS)
        patch.setenv("CRYPTODRUG_BOOTSTRAP", "50")
        done = CliRunner().invoke(
            app, ["study", "--home", str(folder), "--profile", "tiny", "--seed", str(SEED)], catch_exceptions=False
        )
    assert done.exit_code == 0, done.output
    assert "13 runs succeeded, 0 failed" in done.output
    return folder


def test_the_home_says_which_world_it_is_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(home))
    settings = Settings()
    assert (settings.source, settings.profile, settings.seed) == ("world", "tiny", SEED)
    monkeypatch.setenv("CRYPTODRUG_SEED", "3")
    assert Settings().seed == 3


def test_raw_captures_say_that_nothing_was_captured(home: Path) -> None:
    captures = TableStore(home / "tables").read("raw", "captures")
    assert captures["source"].unique().to_list() == ["world"]
    assert captures["synthetic"].all()
    assert captures.select(pl.col("warc_file", "payload_digest", "mode", "fetched_at").is_null().all()).row(0) == (
        (True,) * 4
    )
    # Of the markets; the interviews of the wave keep their bytes there.
    assert [path.name for path in (home / "archive").iterdir()] == ["interviews"]


def test_every_cell_is_there_with_its_checks_and_the_truth_comes_out(home: Path) -> None:
    with open_instance(Settings(home=home)) as instance:
        states = matrix(instance)
    done = {state for (market, _, month), state in states.items() if (market, month) in CELLS}
    assert done <= {"ok", "warn"}
    truth = true_indicators("tiny", SEED).filter(pl.col("indicator").is_in(["LV01", "LV02", "LV03", "SH03"]))
    keys = ["market", "month", "indicator", "country"]
    store = TableStore(home / "tables")
    found = pl.concat([store.read("indicators", table) for table in ("activity", "shares")])
    found = found.filter(drug_class="all").select(*keys, found="value")
    cells = found.select("market", "month").unique()
    both = truth.join(cells, on=["market", "month"], how="semi").join(found, on=keys, how="left")
    assert both.height > 30
    assert both.filter((pl.col("value") - pl.col("found")).abs().fill_null(1) > 1e-9).is_empty()


def test_report_and_warehouse_are_made(home: Path) -> None:
    assert "SYNTHETIC" in (home / "reports" / "report.en.html").read_text("utf-8")
    assert (home / "warehouse.duckdb").exists()


def test_a_run_of_the_home_goes_on_with_its_world_and_refuses_another(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the UI runs it: nothing but the home is known."""
    monkeypatch.setenv("CRYPTODRUG_HOME", str(home))
    with open_instance(Settings()) as instance:
        (run,) = run_cells(instance, CELLS[:1], select="parsed", tag="again", on_run=lambda *_: None)
        assert run.error is None
        monkeypatch.setenv("CRYPTODRUG_SEED", "3")
        (run,) = run_cells(instance, CELLS[:1], select="parsed", tag="other", on_run=lambda *_: None)
    assert run.error is not None and "is of another world than 'tiny' with seed 3" in run.error


def test_a_value_is_explained_down_to_pages_without_bytes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(home))
    found = CliRunner().invoke(app, ["explain", "shares", "--market", "empire", "--month", "2019-04", "--pages", "1"])
    assert found.exit_code == 0, found.output
    assert "of a synthetic world that was not captured: no bytes" in found.output
    assert "digests of 0 pages re-verified" in found.output


def test_a_home_of_something_else_is_left_alone(home: Path, tmp_path: Path) -> None:
    for folder, seed in ((home, 3), (tmp_path, SEED)):
        (folder / "tables").mkdir(exist_ok=True)
        before = sorted(folder.iterdir())
        with pytest.raises(UserError, match="holds tables of something else; give another folder"):
            study.study(folder, "tiny", seed)
        assert sorted(folder.iterdir()) == before


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_statement_of_the_study_is_reproduced(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["study", "--home", str(tmp_path / "home")], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    store = TableStore(tmp_path / "home" / "tables")
    assert store.partitions("indicators", "shares") == sorted(observed_cells())
    card = store.read("indicators", "study_scorecard")
    assert card.filter(pl.col("verdict") != "reproduced").is_empty()
    assert f"{card.height} of {card.height} tests" in done.output
