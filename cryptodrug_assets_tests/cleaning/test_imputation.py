"""Sales lost between captures, worked out by hand; and every parsed row accounted for."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets_tests.cleaning.months import END, Tables, clean, parsed, sale
from cryptodrug_assets_tests.cleaning.site import parsed_month

EARLIER = END - timedelta(days=14)


def two_captures(old: list[dict[str, Any]], new: list[dict[str, Any]], counters: tuple[int, int]) -> Tables:
    """A fortnight apart; Ann's sales counter at either."""
    first = parsed([{}], old, [{"sales": counters[0], "sales_hi": counters[0]}], seen=EARLIER)
    second = parsed([{}], new, [{"sales": counters[1], "sales_hi": counters[1]}])
    return {name: pl.concat([first[name], second[name]]) for name in first}


def named(position: int, days_ago: float, **more: Any) -> dict[str, Any]:
    return sale(position, days_ago, comment=f"sale of day {days_ago}", **more)


def test_a_gap_is_filled_from_the_change_of_the_sales_counter(tmp_path: Path) -> None:
    """Three rows at the first capture, three others at the second: between them the counter rose by eight."""
    tables = two_captures([named(n, 15 + n) for n in range(3)], [named(n, 1 + n) for n in range(3)], (100, 108))
    found = clean(tables, tmp_path)
    sales = found["transactions"]
    assert dict(sales.group_by("status").len().iter_rows()) == {"observed": 6, "imputed": 5}
    guessed = sales.filter(status="imputed")
    # Later than the first capture and not after the oldest row of the second, evenly.
    assert guessed.filter(~(pl.col("dated_at") > EARLIER)).is_empty()
    assert guessed.filter(~(pl.col("dated_at") < END - timedelta(days=3))).is_empty()
    assert guessed["dated_at"].n_unique() == 5
    assert guessed["price_eur"].null_count() == 5
    added = found["decisions"].filter(action="added", rule="imputed_from_counter")
    assert added["n_rows"].sum() == 5
    assert sales["transaction_key"].is_duplicated().sum() == 0
    observed = clean(tables, tmp_path, impute_gaps=False)["transactions"]
    assert observed["status"].to_list() == ["observed"] * 6
    assert set(observed["transaction_key"]) == set(sales.filter(status="observed")["transaction_key"])


@pytest.mark.parametrize(("counters", "imputed"), [((100, 103), 0), ((100, 102), 0), ((100, 90), 0), ((100, 104), 1)])
def test_nothing_is_imputed_beyond_the_counter(counters: tuple[int, int], imputed: int, tmp_path: Path) -> None:
    tables = two_captures([named(n, 15 + n) for n in range(3)], [named(n, 1 + n) for n in range(3)], counters)
    assert clean(tables, tmp_path)["transactions"].filter(status="imputed").height == imputed


def test_a_counter_that_runs_ahead_adds_nothing_while_lists_overlap(tmp_path: Path) -> None:
    old = [named(n, 15 + n) for n in range(3)]
    new = [named(0, 1), *(named(n + 1, 15 + n) for n in range(3))]
    found = clean(two_captures(old, new, (100, 150)), tmp_path)["transactions"]
    assert found["status"].to_list() == ["observed"] * 4


def test_a_coarse_counter_counts_with_its_least_change(tmp_path: Path) -> None:
    """From 100–119 to 120–139: at least one sale, and three are seen; from 100–119 to 140–159: at least 21."""
    for new, imputed in ((120, 0), (140, 18)):
        tables = two_captures([named(n, 15 + n) for n in range(3)], [named(n, 1 + n) for n in range(3)], (100, new))
        tables["vendors"] = tables["vendors"].with_columns(sales_hi=pl.col("sales") + 19)
        assert clean(tables, tmp_path)["transactions"].filter(status="imputed").height == imputed


def test_dreams_table_of_ages_is_exact_where_the_list_is_cut(tmp_path: Path) -> None:
    """Ten rows of four days are shown, 40 ratings are newer than a month: 30 are missing, all older than the shown."""
    rows = [named(n, n * 0.4, listing_id=None, list_name="ratings") for n in range(10)]
    table = {"rating_buckets": json.dumps([[0, 0, 1, 2, 37], [0, 0, 0, 0, 50], [0] * 5]), "feedback_not_shown": 80}
    found = clean(parsed([{}], rows, [table]), tmp_path, market="dream")
    sales = found["transactions"]
    assert dict(sales.group_by("status").len().iter_rows()) == {"observed": 10, "imputed": 30}
    guessed = sales.filter(status="imputed")
    assert guessed.filter(~(pl.col("dated_at") < END - timedelta(days=3.5))).is_empty()
    assert guessed.filter(~(pl.col("dated_at") >= datetime(2019, 6, 1, tzinfo=END.tzinfo))).is_empty()
    assert found["decisions"].filter(rule="imputed_from_age_table")["n_rows"].sum() == 30
    whole = clean(parsed([{}], rows, [table | {"feedback_not_shown": None}]), tmp_path, market="dream")
    assert whole["transactions"].height == 10


@pytest.mark.parametrize("following", [False, True])
@pytest.mark.parametrize(("market", "month"), [("dream", "2018-12"), ("wall_street", "2019-01"), ("empire", "2019-06")])
def test_every_parsed_row_is_kept_or_has_a_reason(market: str, month: str, following: bool, tmp_path: Path) -> None:
    from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
    from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
    from cryptodrug_assets.months import month_after

    tables = parsed_month("tiny", 3, market, month)
    later = parsed_month("tiny", 3, market, month_after(month)) if following else None
    names = Pseudonyms.load(tmp_path / "keys")
    found = clean_month(tables, later, market=market, month=month, pseudonyms=names, options=CleaningOptions())
    gone = found["decisions"].filter(pl.col("action").is_in(["dropped", "merged"]))
    reasons = dict(gone.group_by("table_name").agg(pl.col("n_rows").sum()).iter_rows())
    read = {"listings": tables["listings"].height, "transactions": tables["feedback"].height,
            "vendors": tables["vendors"].height}  # fmt: skip
    if later is not None:
        read["transactions"] += later["feedback"].height
    added = found["decisions"].filter(action="added")
    extra = dict(added.group_by("table_name").agg(pl.col("n_rows").sum()).iter_rows())
    for table, rows in read.items():
        assert rows == found[table].height + reasons.get(table, 0) - extra.get(table, 0), table
