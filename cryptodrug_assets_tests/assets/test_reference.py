"""reference/* as a user runs it: one group, published after its checks, queried in the warehouse; damage stays out."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from cryptodrug_assets.assets import reference
from cryptodrug_assets.definitions import defs
from cryptodrug_assets.reference.tables import reference_tables
from cryptodrug_assets.runs.backfill import CellRun, run_cells
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets.storage.warehouse import publish

ROWS = {"exchange_rates": 4088, "drug_taxonomy": 75, "category_map": 287, "places": 1234, "events": 4, "benchmarks": 5}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TableStore:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path))
    return TableStore(Settings().tables)


def _run(instance: dg.DagsterInstance) -> CellRun:
    (run,) = run_cells(instance, [], select="reference", tag="test", on_run=lambda *_: None)
    return run


def test_the_group_is_published_checked_and_in_the_warehouse(store: TableStore, tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = _run(instance)
        assert run.success, run.error
        made = {
            tuple(key.path): instance.get_latest_materialization_event(key)
            for key in defs.resolve_asset_graph().materializable_asset_keys
        }
        graph = defs.resolve_asset_graph()
        checks = [key for key in graph.asset_check_keys if key.asset_key.path[0] == "reference"]
        found = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks)
    assert {path for path, event in made.items() if event} == {("reference", table) for table in ROWS}
    assert len(checks) >= 3 * len(ROWS)
    assert {record.status.value for record in found.values()} == {"SUCCEEDED"}
    assert len(found) == len(checks)
    with duckdb.connect(":memory:") as connection:
        counts = publish(connection, store, tmp_path / "warehouse.duckdb")
    assert counts == {f"reference.{table}": count for table, count in ROWS.items()}
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        query = "SELECT units_per_eur FROM reference.exchange_rates WHERE currency = 'USD' AND date = '2018-11-01'"
        assert connection.execute(query).fetchall() == [(Decimal("1.139300"),)]
        query = "SELECT code FROM reference.places WHERE name = 'benelux' ORDER BY code"
        assert connection.execute(query).fetchall() == [("BE",), ("LU",), ("NL",)]


def test_a_damaged_table_is_not_published_and_the_earlier_one_stays(
    store: TableStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRYPTODRUG_ENGINE", "duckdb")
    with dg.DagsterInstance.ephemeral() as instance:
        assert _run(instance).success
        before = store.versions()
        frames = reference_tables()
        hole = pl.col("date").is_between(date(2018, 11, 5), date(2018, 11, 13))
        frames["exchange_rates"] = frames["exchange_rates"].filter(~hole)
        monkeypatch.setattr(reference, "reference_tables", lambda: frames)
        run = _run(instance)
    assert not run.success
    assert run.error is not None
    assert "reference.exchange_rates, check gaps: no_gap: found 12, must be at most 7" in run.error
    assert store.versions() == before
    assert store.read("reference", "exchange_rates").height == ROWS["exchange_rates"]


def test_the_warehouse_waits_for_it() -> None:
    graph = defs.resolve_asset_graph()
    keys = {dg.AssetKey(["reference", table]) for table in ROWS}
    assert {key for key in graph.materializable_asset_keys if graph.get(key).group_name == "reference"} == keys
    assert keys <= graph.get(dg.AssetKey(["publication", "warehouse"])).parent_keys
    assert keys <= defs.resolve_job_def("publish").asset_layer.selected_asset_keys
    assert all(graph.get(key).partitions_def is None for key in keys)


def test_what_computes_with_a_damaged_table_does_not_run(store: TableStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calculations read the tables' sources: a source that its checks keep out stops them, too."""
    good = reference_tables()
    wrong = good | {"places": good["places"].with_columns(name=pl.lit("Küste"))}
    monkeypatch.setattr(reference, "reference_tables", lambda: wrong)
    reference._faults.cache_clear()
    try:
        with pytest.raises(dg.Failure, match="not computed, what was published stays.*reference.places bounds") as err:
            reference.require_sound("exchange_rates", "places")
        assert "reference.exchange_rates" not in str(err.value.description)
        reference.require_sound("exchange_rates")  # what rests on a sound table runs
        with dg.DagsterInstance.ephemeral() as instance:
            (run,) = run_cells(instance, [("dream", "2018-11")], select="clean", tag="test", on_run=lambda *_: None)
        assert "reference.places" in (run.error or "")
    finally:
        reference._faults.cache_clear()
    assert not store.exists("clean", "listings", "dream", "2018-11")


def test_lineage_leads_to_the_reference_tables() -> None:
    graph = defs.resolve_asset_graph()
    parents = graph.get(dg.AssetKey(["clean", "listings"])).parent_keys
    wanted = {"exchange_rates", "drug_taxonomy", "category_map", "places"}
    assert {key.path[1] for key in parents if key.path[0] == "reference"} == wanted
    assert dg.AssetKey(["reference", "events"]) in graph.get(dg.AssetKey(["indicators", "shocks"])).parent_keys
