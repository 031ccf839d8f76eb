"""The store: atomic partitions, contract types, committed-empty apart from never committed, many writers at once."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import deltalake
import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.storage.store import TableStore, content_hash
from cryptodrug_assets_tests.storage.frames import vendors


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    return TableStore(tmp_path / "tables")


NOVEMBER, DECEMBER = date(2018, 11, 1), date(2018, 12, 1)


def test_round_trip_keeps_types_and_key_order(store: TableStore) -> None:
    store.commit("clean", "vendors", vendors(NOVEMBER, "b", "a", "c"), "dream", "2018-11")
    got = store.read("clean", "vendors", "dream", "2018-11")
    assert got["vendor_key"].to_list() == ["a", "b", "c"]
    assert got.schema == contracts.load("clean", "vendors").polars_schema
    assert got["origins"].to_list() == [["BE", "NL"]] * 3
    assert store.read("clean", "vendors", "dream", "2018-11", columns=["n_listings"]).columns == ["n_listings"]


def test_replacing_a_partition_leaves_the_others(store: TableStore) -> None:
    store.commit("clean", "vendors", vendors(NOVEMBER, "a", "b"), "dream", "2018-11")
    store.commit("clean", "vendors", vendors(DECEMBER, "c"), "dream", "2018-12")
    store.commit("clean", "vendors", vendors(NOVEMBER, "z"), "dream", "2018-11")
    assert store.read("clean", "vendors", "dream", "2018-11")["vendor_key"].to_list() == ["z"]
    assert store.read("clean", "vendors")["vendor_key"].to_list() == ["z", "c"]
    assert store.read("clean", "vendors", "dream")["vendor_key"].to_list() == ["z", "c"]
    assert store.partitions("clean", "vendors") == [("dream", "2018-11"), ("dream", "2018-12")]


def test_committed_empty_is_not_never_committed(store: TableStore) -> None:
    empty = vendors(NOVEMBER, "a").head(0)
    assert not store.exists("clean", "vendors", "dream", "2018-11")
    store.commit("clean", "vendors", empty, "dream", "2018-11")
    assert store.exists("clean", "vendors", "dream", "2018-11")
    assert store.read("clean", "vendors", "dream", "2018-11").is_empty()
    assert not store.exists("clean", "vendors", "dream", "2018-12")
    with pytest.raises(
        UserError, match=r"clean/vendors of dream 2018-12 has not been materialised; run .*--market dream"
    ):
        store.read("clean", "vendors", "dream", "2018-12")


def test_an_emptied_partition_is_empty(store: TableStore) -> None:
    store.commit("clean", "vendors", vendors(NOVEMBER, "a"), "dream", "2018-11")
    store.commit("clean", "vendors", vendors(NOVEMBER, "a").head(0), "dream", "2018-11")
    assert store.read("clean", "vendors", "dream", "2018-11").is_empty()


def test_an_old_version_can_be_read_again(store: TableStore) -> None:
    first = store.commit("clean", "vendors", vendors(NOVEMBER, "a"), "dream", "2018-11")
    store.commit("clean", "vendors", vendors(NOVEMBER, "b"), "dream", "2018-11")
    assert store.read("clean", "vendors", "dream", "2018-11", version=first)["vendor_key"].to_list() == ["a"]
    assert store.versions() == {"clean.vendors": first + 1}


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (vendors(NOVEMBER, "a").drop("rating"), "columns missing: rating"),
        (vendors(NOVEMBER, "a").with_columns(surprise=1), "extra: surprise"),
        (
            vendors(NOVEMBER, "a").with_columns(rating=pl.lit("5")),
            r"clean.vendors.rating is String but the contract says Float64",
        ),
        (vendors(DECEMBER, "a"), "1 rows do not belong to dream 2018-11"),
        (vendors(NOVEMBER, "a", market="empire"), "1 rows do not belong to dream 2018-11"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused_and_nothing_written(
    store: TableStore, frame: pl.DataFrame, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        store.commit("clean", "vendors", frame, "dream", "2018-11")
    assert not store.exists("clean", "vendors", "dream", "2018-11")


def test_swapped_columns_are_put_in_place_by_name(store: TableStore) -> None:
    frame = vendors(NOVEMBER, "a").with_columns(sales_lo=pl.lit(3, pl.Int64), sales_hi=pl.lit(9, pl.Int64))
    store.commit("clean", "vendors", frame.select(reversed(frame.columns)), "dream", "2018-11")
    got = store.read("clean", "vendors", "dream", "2018-11")
    assert got.select("sales_lo", "sales_hi").row(0) == (3, 9)


def test_content_hash_sees_content_only() -> None:
    frame = vendors(NOVEMBER, "a", "b", "c")
    assert content_hash(frame) == content_hash(frame.reverse())
    assert content_hash(frame) != content_hash(frame.head(2))
    assert content_hash(frame) != content_hash(frame.with_columns(rating=pl.lit(float("nan"))))
    null, nan = frame.with_columns(rating=pl.lit(None, pl.Float64)), frame.with_columns(rating=pl.lit(float("nan")))
    assert content_hash(null) != content_hash(nan)
    assert content_hash(frame) != content_hash(frame.with_columns(origins=pl.lit(["NL", "BE"])))
    # Written once by hand from this definition: changes of it would change every data version.
    assert content_hash(pl.DataFrame({"a": [1, None], "b": ["x", "y"]})) == content_hash(
        pl.DataFrame({"a": [None, 1], "b": ["y", "x"]})
    )


def test_four_processes_replace_different_partitions_at_once(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from datetime import date\n"
        "from cryptodrug_assets.storage.store import TableStore\n"
        "from cryptodrug_assets_tests.storage.frames import vendors\n"
        "number = int(sys.argv[2])\n"
        "for step in range(4):\n"
        "    month = date(2018, 11, 1) if step % 2 else date(2018, 12, 1)\n"
        "    market = ['dream', 'wall_street'][number % 2]\n"
        "    frame = vendors(month, *(f'{number}-{step}-{i}' for i in range(50)), market=market)\n"
        "    TableStore(sys.argv[1]).commit('clean', 'vendors', frame, market, month.strftime('%Y-%m'))\n"
    )
    folder = str(tmp_path / "tables")
    running = [subprocess.Popen([sys.executable, "-c", code, folder, str(number)]) for number in range(4)]
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    store = TableStore(folder)
    for market in ("dream", "wall_street"):
        for month in ("2018-11", "2018-12"):
            assert store.read("clean", "vendors", market, month).height == 50


def test_facts_are_those_of_the_latest_commits_and_the_log_is_read_once(
    store: TableStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int | None] = []
    history = deltalake.DeltaTable.history

    def counted(table: deltalake.DeltaTable, limit: int | None = None) -> list[dict[str, Any]]:
        asked.append(limit)
        return history(table, limit)

    monkeypatch.setattr(deltalake.DeltaTable, "history", counted)

    def facts() -> dict[str, tuple[str, str]]:
        # As each tick does: a store of its own.
        found = TableStore(store.root).facts("clean", "vendors")
        return {name: (entry["run"], entry["rows"]) for name, entry in found.items()}

    def commit(month: date, run: str, *keys: str) -> None:
        store.commit("clean", "vendors", vendors(month, *keys), "dream", f"{month:%Y-%m}", {"run": run})

    assert facts() == {}
    commit(NOVEMBER, "1", "a", "b")
    assert (facts(), facts()) == ({"dream|2018-11": ("1", "2")},) * 2
    commit(DECEMBER, "2", "c")
    commit(NOVEMBER, "3", "z")
    assert facts() == {"dream|2018-11": ("3", "1"), "dream|2018-12": ("2", "1")}
    assert asked == [None, 2]
    # A table written anew, as an erasure does, has as many versions and other facts.
    shutil.rmtree(store.uri("clean", "vendors"))
    for run in ("4", "5", "6"):
        commit(DECEMBER, run, "y")
    assert facts() == {"dream|2018-12": ("6", "1")}
