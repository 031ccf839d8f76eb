"""Write–audit–publish as a run sees it: results per partition, all tables or none, the old partition left alone."""

from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.checks.published import CELL, TAKEN, asset_over, clean_frames
from cryptodrug_assets_tests.frames import rows


def run(
    store: TableStore,
    frames: dict[str, pl.DataFrame],
    instance: dg.DagsterInstance | None = None,
    selection: list[dg.AssetKey] | None = None,
) -> dg.ExecuteInProcessResult:
    asset = asset_over(store, frames)
    return dg.materialize(
        [asset],
        instance=instance,
        partition_key=dg.MultiPartitionKey({"market": CELL[0], "month": CELL[1]}),
        selection=selection,
        raise_on_error=False,
    )


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    return TableStore(tmp_path / "tables")


@pytest.fixture(params=["duckdb", "gx"])
def _engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYPTODRUG_ENGINE", request.param)


@pytest.mark.usefixtures("_engine")
def test_good_frames_are_published_with_their_checks(store: TableStore) -> None:
    result = run(store, clean_frames())
    assert result.success
    assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())
    assert {evaluation.partition for evaluation in result.get_asset_check_evaluations()} == {"dream|2018-11"}
    made = {event.asset_key.path[-1]: event for event in result.asset_materializations_for_node("clean_tables")}
    assert made["vendors"].metadata["dagster/row_count"].value == 2
    assert made["vendors"].metadata["pages"].value == 3
    assert "vendor_key" not in str(made["vendors"].metadata["preview"].value)
    tags = made["vendors"].tags
    assert tags is not None
    assert tags["dagster/data_version"] == store.content_hash(store.read("clean", "vendors", *CELL))


@pytest.mark.usefixtures("_engine")
def test_a_bad_frame_stops_all_and_leaves_the_old_partition(store: TableStore) -> None:
    instance = dg.DagsterInstance.ephemeral()
    assert run(store, clean_frames(), instance).success
    frames = clean_frames()
    frames["vendors"] = pl.concat([frames["vendors"], frames["vendors"].head(1)])
    frames["decisions"] = rows("clean", "decisions", {**TAKEN, "decision_id": 0}, {**TAKEN, "decision_id": 1})
    result = run(store, frames, instance)
    assert not result.success
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert [(check.asset_key.path[-1], check.check_name) for check in failed] == [("vendors", "keys")]
    assert failed[0].severity == dg.AssetCheckSeverity.ERROR
    assert not result.asset_materializations_for_node("clean_tables")
    assert store.read("clean", "vendors", *CELL).height == 2
    assert store.read("clean", "decisions", *CELL).height == 1


@pytest.mark.usefixtures("_engine")
def test_a_repaired_frame_is_published(store: TableStore) -> None:
    bad = clean_frames()
    bad["vendors"] = bad["vendors"].with_columns(vendor_key=pl.lit(None, pl.String))
    assert not run(store, bad).success
    assert not store.exists("clean", "vendors", *CELL)
    assert run(store, clean_frames()).success
    assert store.read("clean", "vendors", *CELL).height == 2


def test_only_selected_tables_are_judged_and_published(store: TableStore) -> None:
    frames = clean_frames()
    frames["decisions"] = frames["decisions"].with_columns(rule=pl.lit(None, pl.String))
    result = run(store, frames, selection=[dg.AssetKey(["clean", "vendors"])])
    assert result.success
    assert store.exists("clean", "vendors", *CELL)
    assert not store.exists("clean", "decisions", *CELL)


def test_a_misfit_is_told_in_one_line(store: TableStore) -> None:
    frames = clean_frames()
    frames["vendors"] = frames["vendors"].drop("is_active")
    result = run(store, frames)
    failure = next(event for event in result.all_events if event.is_step_failure)
    of_user = failure.step_failure_data.user_failure_data
    assert of_user is not None
    assert "columns missing: is_active" in str(of_user.description)
    assert not store.exists("clean", "decisions", *CELL)


def test_rows_of_another_month_are_refused(store: TableStore) -> None:
    frames = clean_frames()
    frames["vendors"] = frames["vendors"].with_columns(month=pl.lit(date(2018, 12, 1)))
    assert not run(store, frames).success
    assert not store.exists("clean", "vendors", *CELL)
    assert not store.exists("clean", "decisions", *CELL)
