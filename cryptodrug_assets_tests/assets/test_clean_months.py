"""Which months a cleaned month is made of, in the store and in Dagster's graph."""

from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from cryptodrug_assets.assets.partitions import month_after, month_before, month_start
from cryptodrug_assets.cleaning.month import NEEDED
from cryptodrug_assets.definitions import defs
from cryptodrug_assets.pipeline.clean import MONTHS_BACK, offers_before, page_tables
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.frames import rows


def test_a_month_before_and_after() -> None:
    assert (month_before("2019-01"), month_before("2018-12")) == ("2018-12", "2018-11")
    assert all(month_before(month_after(month)) == month for month in ("2018-11", "2018-12", "2019-06"))


def _listings(month: str) -> pl.DataFrame:
    return rows("parsed", "listings", {"market": "dream", "month": month_start(month), "listing_id": month})


def test_months_before_come_latest_first_and_lazily(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """2018-11 and 2019-01 of Dream are there, 2018-12 is not; before November nothing was observed."""
    store = TableStore(tmp_path)
    for month in ("2018-11", "2019-01"):
        store.commit("parsed", "listings", _listings(month), "dream", month)
    found = list(offers_before(store, "dream", "2019-02"))
    assert [None if month is None else month["listing_id"].to_list() for month in found] == [
        ["2019-01"], None, ["2018-11"], *[None] * (MONTHS_BACK - 3)
    ]  # fmt: skip
    read: list[str] = []
    whole = store.read

    def noting(*arguments: Any, **options: Any) -> pl.DataFrame:
        read.append(arguments[3])
        return whole(*arguments, **options)

    monkeypatch.setattr(store, "read", noting)
    next(offers_before(store, "dream", "2019-02"))
    assert read == ["2019-01"]


def test_titles_of_feedback_are_read_only_where_rows_name_no_offer(tmp_path: Path) -> None:
    store = TableStore(tmp_path)
    for name in ("listings", "vendors", "pages"):
        store.commit("parsed", name, rows("parsed", name), "empire", "2019-06")
    for offer, expected in (("1", False), (None, True)):
        row = {"market": "empire", "month": date(2019, 6, 1), "listing_id": offer, "listing_title": "t"}
        store.commit("parsed", "feedback", rows("parsed", "feedback", row), "empire", "2019-06")
        found = page_tables(store, "empire", "2019-06", NEEDED).feedback
        assert ("listing_title" in found.columns) == expected


def test_dagster_knows_the_months_a_cleaned_month_is_made_of() -> None:
    graph = defs.resolve_asset_graph()
    node = graph.get(dg.AssetKey(["clean", "transactions"]))
    mapping = node.partition_mappings[dg.AssetKey(["parsed", "listings"])]
    assert isinstance(mapping, dg.MultiPartitionMapping)
    months = mapping.downstream_mappings_by_upstream_dimension["month"].partition_mapping
    assert isinstance(months, dg.TimeWindowPartitionMapping)
    assert (months.start_offset, months.end_offset) == (-MONTHS_BACK, 1)
