"""Ratings, currencies, harm reduction, counters, changes and bounds, worked out by hand on the world of ten sales."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets.indicators.families.conduct import conduct, speaks_of_harm
from cryptodrug_assets.indicators.families.counted_sales import counted_sales
from cryptodrug_assets.indicators.families.shipping import shipping
from cryptodrug_assets.indicators.families.shipping_window import shipping_window
from cryptodrug_assets.indicators.statistics.intervals import mover
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.indicators.world import CELL, OPTIONS, captures, clean_world, computed, values


def test_ratings_of_ten_sales() -> None:
    """Stars by sale 5 5 5 | 1 5 | 3 5 | 5 | none 5: nine rated, seven good; of Belgium's seven all rated, five good."""
    clean = clean_world()
    stars = [5.0, 5.0, 5.0, 1.0, 5.0, 3.0, 5.0, 5.0, None, 5.0]
    clean["transactions"] = clean["transactions"].sort("dated_at").with_columns(rating=pl.Series(stars))
    frame = conduct(clean, **CELL)
    assert values(frame, indicator="RD02") == pytest.approx({"W": 0.9, "BE": 1, "NL": 1, "_U": 0.5})
    assert values(frame, indicator="RD01:positive")["W"] == pytest.approx(7 / 9)
    assert values(frame, indicator="RD01:positive")["BE"] == pytest.approx(5 / 7)
    assert values(frame, indicator="RD01:negative")["W"] == pytest.approx(1 / 9)
    assert values(frame, indicator="RD01:neutral")["NL"] == pytest.approx(1 / 3)


def test_imputed_sales_are_in_no_rating() -> None:
    clean = clean_world()
    clean["transactions"] = clean["transactions"].with_columns(
        status=pl.when(pl.col("vendor_key") == "c").then(pl.lit("imputed")).otherwise(pl.lit("observed")),
        rating=pl.lit(5.0),
    )
    assert "_U" not in values(conduct(clean, **CELL), indicator="RD02")


def test_currencies_of_offers() -> None:
    """Offers a1 and a2 in euros, b1 in dollars, the others without a price."""
    clean = clean_world()
    currency = {"a1": "EUR", "a2": "EUR", "b1": "USD"}
    clean["listings"] = clean["listings"].with_columns(
        price_currency=pl.col("listing_key").replace_strict(currency, default=None)
    )
    frame = conduct(clean, **CELL)
    assert values(frame, indicator="CU01_L:EUR") == pytest.approx({"W": 2 / 3, "BE": 2 / 3, "NL": 0})
    assert values(frame, indicator="CU01_L:USD")["W"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Start low and go slow", True), ("Gebruik een reagent test kit", True), ("Begin laag, niet mengen", True),
        ("ne mélangez pas avec l'alcool", True), ("Bitte nicht mischen!", True), ("Tested batch, packed twice", False),
        ("fast shipping, best quality", False), ("", False),
    ],
)  # fmt: skip
def test_words_of_harm_reduction(text: str, found: bool) -> None:
    listing = rows("parsed", "listings", {"capture_id": "c1", "description": text})
    assert speaks_of_harm(listing)["harm"].to_list() == [found]


def test_offers_that_speak_of_harm() -> None:
    """a1 does, a2 and b1 do not, of b2 and c1 no text was read: one in three, of Belgium's offers one in three."""
    texts = pl.DataFrame({"capture_id": ["c-a1", "c-a2", "c-b1", "c-b2"], "harm": [True, False, False, None]})
    frame = conduct(clean_world() | {"texts": texts}, **CELL)
    assert values(frame, indicator="HR01") == pytest.approx({"W": 1 / 3, "BE": 1 / 3, "NL": 0})
    assert values(conduct(clean_world(), **CELL), indicator="HR01") == {"W": None, "BE": None}


def test_unknown_origins_bound_every_measure() -> None:
    """Belgium has 2.5 of 5 offers, 2 of 3 vendors, 6 of 10 sales; the unknown origin 1, 1 and 2."""
    shares = computed(clean_world(), captures(10, 0))["shares"]
    belgium = shares.filter((pl.col("country") == "BE") & (pl.col("drug_class") == "all"))
    bounds = {
        row["indicator"]: (row["lower"], row["upper"])
        for row in belgium.iter_rows(named=True)
        if row["indicator"].endswith("_bound")
    }
    assert bounds["SH01_bound"] == pytest.approx((0.5, 0.7))
    assert bounds["SH02_bound"] == pytest.approx((2 / 3, 1))
    assert bounds["SH03_bound"] == pytest.approx((0.6, 0.8))


def test_observed_sales_leave_imputed_ones_out() -> None:
    clean = clean_world()
    clean["transactions"] = clean["transactions"].with_columns(
        status=pl.when(pl.col("transaction_key") == "t0").then(pl.lit("imputed")).otherwise(pl.lit("observed"))
    )
    activity = computed(clean)["activity"]
    assert values(activity, indicator="LV03")["W"] == 10
    assert values(activity, indicator="LV03_observed")["W"] == 9
    assert values(activity, indicator="LV03_observed")["BE"] == 5


def counter(vendor: str, month: int, low: int, high: int | None, joined: date | None = None) -> dict[str, Any]:
    return {
        "month": date(2018, month, 1), "vendor_key": vendor, "sales_lo": low, "sales_hi": high, "origins": ["BE"],
        "n_origins": 1, "member_since": joined, "is_active": True,
    }  # fmt: skip


def test_sales_by_coarse_counters() -> None:
    """v: 100–149 then 200–249 sales: between 51 and 149 more. w registered in December: 10. x was not seen before."""
    vendors = rows(
        "clean", "vendors", counter("v", 11, 100, 149), counter("v", 12, 200, 249),
        counter("w", 12, 10, 10, date(2018, 12, 1)), counter("x", 12, 500, 500, date(2018, 1, 1)),
    )  # fmt: skip
    sold = [{"vendor_key": v, "month": date(2018, 12, 1), "transaction_key": f"{v}{n}", "status": "observed"}
            for v, count in (("v", 50), ("w", 5), ("x", 9)) for n in range(count)]  # fmt: skip
    frame = counted_sales({"vendors": vendors, "transactions": rows("clean", "transactions", *sold)}, options=OPTIONS)
    row = frame.filter((pl.col("indicator") == "LV03_counter") & (pl.col("country") == "W")).row(0, named=True)
    assert (row["lower"], row["value"], row["upper"]) == (61, 110, 159)
    ratio = frame.filter((pl.col("indicator") == "COV04") & (pl.col("country") == "W")).row(0, named=True)
    assert (ratio["lower"], ratio["value"], ratio["upper"]) == pytest.approx((55 / 159, 0.5, 55 / 61))


def test_change_of_reach_from_month_to_month() -> None:
    """All of Belgium's vendors ship abroad in November; in December b is gone and a ships at home alone: 1 to 0."""
    november = clean_world()
    december = {name: frame.with_columns(month=pl.date(2018, 12, 1)) for name, frame in clean_world().items()}
    december["listings"] = december["listings"].filter(pl.col("listing_key") == "a1")
    monthly = [shipping(november, **CELL), shipping(december, **(CELL | {"month": "2018-12"}))]
    history = {name: pl.concat([november[name], december[name]]) for name in november}
    frame = shipping_window(history | {"shipping": pl.concat(monthly)}, options=OPTIONS)
    change = frame.filter((pl.col("indicator") == "RT05:RT02") & (pl.col("country") == "BE"))
    assert change["value"].to_list() == [-1.0]
    assert change["month"].to_list() == [date(2018, 12, 1)]
    # Over both months every vendor shipped abroad at least once.
    assert values(frame.filter(pl.col("market") == "dream"), indicator="RT02")["BE"] == 1


def test_interval_of_a_difference() -> None:
    """Zou & Donner: .5 (.4–.6) to .7 (.6–.8): .2 ± √(.1² + .1²)."""
    assert mover((0.5, 0.4, 0.6), (0.7, 0.6, 0.8)) == pytest.approx((0.2 - 0.02**0.5, 0.2 + 0.02**0.5))
