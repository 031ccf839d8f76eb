"""The main job on the tiny world: real browser, archive and Dagster runs; the result equals the separate SQL's truth.

One cell per market through the whole road, then what users do next: look, re-run, interrupt, break something.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from cryptodrug_assets.checks.outcomes import quality_facts
from cryptodrug_assets.publishing.files import publish_quality_page
from cryptodrug_assets.replica.server import running
from cryptodrug_assets.replica.truth import true_indicators
from cryptodrug_assets.runs.backfill import materialized, run_cells
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.runs.overview import matrix
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.integration.canaries import canaries, looked_at

CELLS = [("dream", "2018-11"), ("wall_street", "2018-11"), ("empire", "2019-04"), ("empire", "2019-05")]
SEED = 11

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, chromium: Path) -> Iterator[Path]:
    """A home folder in which the cells have been run."""
    folder = tmp_path_factory.mktemp("main-job")
    environment = {"CRYPTODRUG_HOME": str(folder), "CRYPTODRUG_PROFILE": "tiny", "CRYPTODRUG_SEED": str(SEED)}
    with pytest.MonkeyPatch.context() as patch, running("tiny", SEED) as server:
        for name, value in (environment | {"CRYPTODRUG_REPLICA_PORT": str(server.port)}).items():
            patch.setenv(name, value)
        with open_instance(Settings()) as instance:
            runs = run_cells(instance, CELLS, tag="test", on_run=lambda *_: None)
        assert [run.error for run in runs if not run.success] == []
        yield folder


@pytest.fixture(autouse=True)
def _use_home(home: Path, monkeypatch: pytest.MonkeyPatch, _clean_environment: None) -> None:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(home))
    monkeypatch.setenv("CRYPTODRUG_PROFILE", "tiny")
    monkeypatch.setenv("CRYPTODRUG_SEED", str(SEED))


def test_activity_and_shares_equal_the_truth_exactly(home: Path) -> None:
    truth = true_indicators("tiny", SEED)
    store = TableStore(home / "tables")
    for market, month in CELLS:
        for table, prefix in (("activity", "LV"), ("shares", "SH")):
            got = store.read("indicators", table, market, month).filter(
                (pl.col("drug_class") == "all") & ~pl.col("indicator").str.ends_with("_bound")
            )
            want = truth.filter(
                (pl.col("market") == market)
                & (pl.col("month").dt.strftime("%Y-%m") == month)
                & pl.col("indicator").str.starts_with(prefix)
            )
            # These pages show every feedback, so nothing is imputed.
            sales = want.filter(pl.col("indicator") == f"{prefix}03")
            want = pl.concat([want, sales.with_columns(indicator=pl.lit(f"{prefix}03_observed"))])
            both = want.join(
                got.select("indicator", "country", got="value"),
                on=["indicator", "country"],
                how="full",
                coalesce=True,
            ).filter(pl.col("value").is_not_null() | pl.col("got").is_not_null())
            assert both.height > 10
            tolerance = 1e-9
            wrong = both.filter(
                pl.col("value").is_null()
                | pl.col("got").is_null()
                | ((pl.col("value") - pl.col("got")).abs() > tolerance)
            )
            assert wrong.is_empty(), (market, month, wrong)


def test_the_quality_page_of_a_run_shows_the_tables_of_that_run(home: Path) -> None:
    page = (home / "reports" / "quality.html").read_text("utf-8")
    for table in ("exchange_rates", "vendor_links", "trends", "shares_public"):
        assert f">{table}<" in page, table


def test_belgium_is_there_and_revenue_only_where_prices_are_exact(home: Path) -> None:
    store = TableStore(home / "tables")
    for market, month in CELLS:
        rows = store.read("indicators", "shares", market, month).filter(
            (pl.col("country") == "BE") & (pl.col("drug_class") == "all")
        )
        values = dict(rows.select("indicator", "value").iter_rows())
        assert values["SH01"] > 0 and values["SH02"] > 0 and values["SH03"] > 0
        assert (values.get("SH04") is not None) == (market == "empire")


def test_all_observed_cells_are_green_and_nothing_else_exists(home: Path) -> None:
    with open_instance(Settings()) as instance:
        states = matrix(instance)
        done = {(market, month) for market, month in CELLS}
        for (market, layer, month), state in states.items():
            expected = {"ok", "warn"} if (market, month) in done else {"missing"}
            assert state in expected, (market, layer, month, state)
        keys = {"|".join(cell) for cell in CELLS}
        assert materialized(instance, ["raw", "captures"]) == keys
        assert materialized(instance, ["indicators", "shares"]) == keys


def test_metadata_carry_row_counts_and_data_versions(home: Path) -> None:
    with open_instance(Settings()) as instance:
        key = dg.AssetKey(["clean", "listings"])
        records = instance.fetch_materializations(key, limit=10).records
        assert records
        for record in records:
            assert record.asset_materialization is not None
            assert int(record.asset_materialization.metadata["dagster/row_count"].value) > 0  # type: ignore[arg-type]


def test_an_unobserved_cell_succeeds_and_stays_empty(home: Path) -> None:
    from cryptodrug_assets.definitions import defs

    with open_instance(Settings()) as instance:
        result = defs.resolve_job_def("market_month").execute_in_process(
            instance=instance, partition_key=dg.MultiPartitionKey({"market": "empire", "month": "2018-12"})
        )
        assert result.success
        assert not result.asset_materializations_for_node("raw_captures")
        assert "empire|2018-12" not in materialized(instance, ["raw", "captures"])


def test_recomputing_gives_the_same_tables(home: Path) -> None:
    store = TableStore(home / "tables")
    tables = [("parsed", "listings"), ("parsed", "feedback"), ("clean", "transactions"), ("indicators", "shares")]
    before = {name: store.content_hash(store.read(*name, "empire", "2019-04")) for name in tables}
    with open_instance(Settings()) as instance:
        runs = []
        for group in ("parsed", "clean", "indicators"):
            runs += run_cells(instance, [("empire", "2019-04")], select=group, tag="again", on_run=lambda *_: None)
        assert all(run.success for run in runs)
    assert {name: store.content_hash(store.read(*name, "empire", "2019-04")) for name in tables} == before


def test_the_warehouse_can_be_open_while_it_is_published_again(home: Path) -> None:
    path = home / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as reader:
        before = reader.execute("select count(*) from indicators.shares").fetchone()
        with open_instance(Settings()) as instance:
            runs = run_cells(instance, CELLS[:1], select="publication", tag="publish", on_run=lambda *_: None)
        assert [run.error for run in runs] == [None]
        assert reader.execute("select count(*) from indicators.shares").fetchone() == before
    schemas = {"clean", "exchange", "indicators", "public", "reference"}
    with duckdb.connect(str(path), read_only=True) as again:
        found = again.execute("select distinct table_schema from information_schema.tables").fetchall()
        assert {name for (name,) in found} == schemas
    restricted = home / "warehouse_restricted.duckdb"
    assert restricted.stat().st_mode & 0o077 == 0


def test_a_bad_month_is_blocked_shown_and_repaired(home: Path) -> None:
    """A parser that misread a month: clean refuses it, the old tables stay, and running it again mends it."""
    cell = ("empire", "2019-05")
    store = TableStore(home / "tables")
    good, before = store.read("parsed", "listings", *cell), store.read("clean", "listings", *cell)
    # Planted behind the checks of parsed, as an error would be that they do not know.
    store.commit("parsed", "listings", good.with_columns(vendor_name=pl.lit(None, pl.String)), *cell)
    with open_instance(Settings()) as instance:

        def run(group: str) -> str | None:
            return run_cells(instance, [cell], select=group, tag="test", on_run=lambda *_: None)[0].error

        assert "not published, what was published before stays" in (run("clean") or "")
        assert store.read("clean", "listings", *cell).equals(before)
        assert matrix(instance)["empire", "clean", "2019-05"] == "failed"
        counts, whole, findings = quality_facts(instance)
        assert counts["empire", "2019-05", "clean"]["failed"] > 0
        failed = [finding for finding in findings if finding.state == "failed"]
        assert {(finding.market, finding.month, finding.layer) for finding in failed} == {(*cell, "clean")}
        page = publish_quality_page(store, home / "reports", counts, whole, findings).read_text("utf-8")
        assert "blocks publication" in page

        assert [run("parsed"), run("clean"), run("indicators")] == [None, None, None]
        assert store.read("parsed", "listings", *cell).equals(good)
        assert store.read("clean", "listings", *cell).equals(before)
        assert matrix(instance)["empire", "clean", "2019-05"] in ("ok", "warn")
        assert not [finding for finding in quality_facts(instance)[-1] if finding.state == "failed"]


def test_no_name_leaves_the_restricted_layers(home: Path) -> None:
    """Vendor names of the world are the canaries: none may show outside raw, parsed and the archive."""
    store = TableStore(home / "tables")
    words = canaries(store, CELLS)
    assert len(words) > 20
    looked = 0
    for name, data in looked_at(home, store):
        looked += 1
        assert [word for word in words if word in data] == [], name
    assert looked > 20


def _cryptodrug(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"CRYPTODRUG_HOME": str(home)}
    command = [str(Path(sys.executable).with_name("cryptodrug")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)


def test_status_and_sql_show_what_there_is(home: Path) -> None:
    status = _cryptodrug(home, "status")
    assert status.returncode == 0, status.stderr
    assert "wall_street" in status.stdout and "ok" in status.stdout
    answer = _cryptodrug(home, "sql", "select count(*) as n from indicators.shares", "--format", "csv")
    assert answer.stdout.splitlines()[0] == "n" and int(answer.stdout.splitlines()[1]) > 0
    refused = _cryptodrug(home, "sql", "create table t as select 1")
    assert refused.returncode == 2 and refused.stderr.startswith("error: query refused")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["backfill", "--market", "silkroad"], "unknown market 'silkroad'"),
        (["backfill", "--market", "dream", "--from", "2019-13"], "'2019-13' is not a month"),
        (["backfill", "--market", "dream", "--from", "2019-05"], "no observed market-month in that range"),
        (["backfill", "--select", "nonsense"], "unknown group 'nonsense'"),
    ],
)
def test_bad_input_is_one_clear_line(home: Path, arguments: list[str], message: str) -> None:
    result = _cryptodrug(home, *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_replica_that_does_not_answer_is_named_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path))
    with socket.socket() as closed:
        # Bound and not listening: nobody else can take the port, and nobody answers on it.
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CRYPTODRUG_REPLICA_PORT", str(closed.getsockname()[1]))
        with open_instance(Settings()) as instance:
            runs = run_cells(instance, CELLS[:1], select="raw", tag="test", on_run=lambda *_: None)
    assert [run.success for run in runs] == [False] * len(runs)
    assert runs[0].error is not None
    assert runs[0].error.startswith("no replica answers on port")
    assert "cryptodrug replica serve" in runs[0].error
