"""Counting sales once: hand-worked tallies, shares of ties, and sums that no number of threads changes."""

import os
import subprocess
import sys
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from cryptodrug_assets.indicators.families.transaction_sizes import of_largest
from cryptodrug_assets.indicators.registry import CLEAN_COLUMNS, MONTHLY, compute_month
from cryptodrug_assets.indicators.tally import tally
from cryptodrug_assets_tests.indicators.world import CELL, NOTHING, PAGES, captures, clean_world

_SUMS = """
import hashlib
import numpy as np
import polars as pl
from cryptodrug_assets.indicators.rows import add_up
rng = np.random.default_rng(3)
frame = pl.DataFrame({"k": rng.integers(0, 5, 300_000), "v": 1 / rng.integers(1, 8, 300_000)})
print(hashlib.sha256(add_up(frame, ["k"], "v")["v"].to_numpy().tobytes()).hexdigest())
"""


def test_the_ten_sales_make_five_kinds() -> None:
    """Per offer one row: a1 3 sales of 60 euros, a2 2 of 340, b1 2 of 200, b2 1 of 1,000, c1 2 of 400."""
    rows = tally(clean_world()["transactions"]).select("vendor_key", "drug_class", "n", "cents", "exact", "rated")
    assert rows.rows() == [
        ("a", "cannabis", 3, 6_000, True, None),
        ("a", "mdma", 2, 34_000, True, None),
        ("b", "cannabis", 2, 20_000, True, None),
        ("b", "cocaine", 1, 100_000, True, None),
        ("c", "cocaine", 2, 40_000, True, None),
    ]


def test_what_differs_in_status_price_or_rating_is_counted_apart() -> None:
    """Of a1's three sales one is imputed, one has no exact price, one four stars: three rows, 10 euros exact cents."""
    sales = clean_world()["transactions"].filter(pl.col("listing_key") == "a1").sort("transaction_key")
    sales = sales.with_columns(
        status=pl.Series(["imputed", "observed", "observed"]),
        price_source=pl.Series(["exact", "rounded", None], dtype=pl.String),
        price_eur=pl.Series([Decimal(10), Decimal(20), Decimal(30)], dtype=pl.Decimal(18, 2)),
        rating=pl.Series([None, 1.0, 4.0]),
    )
    rows = tally(sales).select("status", "exact", "rated", "n", "cents").rows()
    assert sorted(rows, key=str) == [
        ("imputed", True, None, 1, 1000),
        ("observed", False, "negative", 1, 0),
        ("observed", False, "positive", 1, 0),
    ]


def test_equal_sales_share_the_places_that_are_left() -> None:
    """The 3 largest of 5, 9, 7, 7, 7: the 9 and two thirds of each 7."""
    assert of_largest(np.array([5, 9, 7, 7, 7]), 3) == pytest.approx([0, 1, 2 / 3, 2 / 3, 2 / 3])
    assert of_largest(np.array([4]), 1).tolist() == [1]


def test_monthly_families_need_the_columns_they_name_and_no_other() -> None:
    clean = {name: clean_world()[name].select(columns) for name, columns in CLEAN_COLUMNS.items()}
    empty = pl.DataFrame(schema=PAGES), pl.DataFrame(schema=NOTHING)
    whole = compute_month(clean_world(), captures(), *empty, **CELL)
    made = compute_month(clean, captures(), *empty, **CELL)
    assert set(made) == set(MONTHLY)
    for name, frame in made.items():
        assert frame.equals(whole[name]), name


def test_sums_of_fractions_do_not_depend_on_threads() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", _SUMS], check=True, capture_output=True, env=os.environ | {"POLARS_MAX_THREADS": n}
        ).stdout
        for n in ("1", "2", "4")
    }
    assert len(found) == 1
