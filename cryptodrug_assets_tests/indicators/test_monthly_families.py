"""Monthly families on the world worked out by hand: every number below was computed on paper."""

import polars as pl
import pytest

from cryptodrug_assets.indicators.families.composition import drug_mix, specialisation
from cryptodrug_assets.indicators.families.concentration import concentration
from cryptodrug_assets.indicators.families.shipping import multi_origin, shipping
from cryptodrug_assets.indicators.families.transaction_sizes import transaction_sizes
from cryptodrug_assets_tests.indicators.world import CELL, clean_world, values


def test_concentration() -> None:
    """World revenue by vendor: a 400, b 1200, c 400 of 2000: s = .2, .6, .2."""
    frame = concentration(clean_world(), **CELL)
    assert values(frame, indicator="CN01_R")["W"] == pytest.approx(0.04 + 0.36 + 0.04)
    # Gini of 400, 400, 1200: 2 × (1×400 + 2×400 + 3×1200) / (3 × 2000) − 4/3 = 0.26667.
    assert values(frame, indicator="CN02_R")["W"] == pytest.approx(2 * 4800 / 6000 - 4 / 3)
    assert values(frame, indicator="CN03_R:10")["W"] == pytest.approx(0.6)
    # The smallest half of three vendors is one and a half: (400 + 200) / 2000.
    assert values(frame, indicator="CN04_R:50")["W"] == pytest.approx(0.3)
    # Belgian transactions: a 5, b 1 (half of two).
    assert values(frame, indicator="CN01_T")["BE"] == pytest.approx((25 + 1) / 36)
    assert frame.filter(pl.col("value") < 0).is_empty()
    assert frame.filter(pl.col("value") > 1 + 1e-12).is_empty()


def test_drug_mix() -> None:
    """Belgian offers: cannabis 1 + 1/2, MDMA 1. World: cannabis 2, MDMA 1, cocaine 2."""
    frame = drug_mix(clean_world(), **CELL)
    assert values(frame, indicator="DM01_L", drug_class="cannabis") == {
        "BE": 0.6,
        "NL": pytest.approx(1 / 3),
        "W": 0.4,
        "_U": 0,
    }
    assert values(frame, indicator="DM01_L", drug_class="mdma")["BE"] == 0.4
    # (1.5 × 2 + 1 × 1) / (√(1.5² + 1²) × √(2² + 1² + 2²))
    assert values(frame, indicator="DM02_L")["BE"] == pytest.approx(4 / (3.25**0.5 * 3))


def test_specialisation() -> None:
    """Belgium offers 2 of the market's 3 classes; with under 10 observations there is no location quotient."""
    clean = clean_world()
    frame = specialisation(clean, **CELL)
    assert values(frame, indicator="SP01_L")["BE"] == pytest.approx(2 / 3)
    assert values(frame, indicator="SP03_L")["BE"] == pytest.approx(0.36 + 0.16)
    assert set(frame.filter(pl.col("indicator") == "SP02_T")["obs_status"]) == {"M"}
    again = clean["transactions"].with_columns(transaction_key=pl.col("transaction_key") + "b")
    clean["transactions"] = pl.concat([clean["transactions"], again])
    quotients = values(specialisation(clean, **CELL), indicator="SP02_T", drug_class="mdma")
    # Belgium: 2 of 6 weighed sales are MDMA; the world: 2 of 10.
    assert quotients["BE"] == pytest.approx((2 / 6) / (2 / 10))


def test_transaction_sizes() -> None:
    """World: 10, 20, 30, 50, 100, 150, 200, 200, 240, 1000. Belgium: all but 200, 200, 1000."""
    frame = transaction_sizes(clean_world(), **CELL)
    assert values(frame, indicator="TS01:200") == pytest.approx({"W": 0.2, "BE": 1 / 7, "NL": 1 / 3, "_U": 0})
    assert values(frame, indicator="TS01:1000")["W"] == 0
    assert values(frame, indicator="TS02") == {"W": 1000, "BE": 240, "NL": 1000, "_U": 200}
    assert values(frame, indicator="TS03")["W"] == 200
    assert values(frame, indicator="TS03")["BE"] == pytest.approx(600 / 7)
    assert values(frame, indicator="TS03_q:50")["W"] == 125
    assert values(frame, indicator="TS04:200")["W"] == pytest.approx(1640 / 2000)
    assert values(frame, indicator="TS04:500")["W"] == 0.5
    assert values(frame, indicator="TS04_top:10")["W"] == 0.5
    # The sale of 1,000 euros is worth over 1,100 dollars, that of 240 is not wholesale.
    assert values(frame, indicator="TS05_price") == pytest.approx({"W": 0.1, "BE": 0, "NL": 1 / 3, "_U": 0})


def test_sizes_without_exact_prices_are_missing() -> None:
    clean = clean_world()
    clean["transactions"] = clean["transactions"].with_columns(price_source=pl.lit("rounded"))
    frame = transaction_sizes(clean, **CELL)
    assert set(frame["obs_status"]) == {"M"}
    assert frame["value"].null_count() == frame.height


def test_shipping() -> None:
    """Belgian offers: a1 to Belgium, a2 to the EU, b1 (half) to the world."""
    frame = shipping(clean_world(), **CELL)
    assert values(frame, indicator="RT02")["BE"] == 1
    assert values(frame, indicator="RT04:domestic")["BE"] == pytest.approx(0.4)
    assert values(frame, indicator="RT04:eu")["BE"] == pytest.approx(0.4)
    assert values(frame, indicator="RT04:world")["BE"] == pytest.approx(0.2)
    assert values(frame, indicator="RT03_n:ANGLO")["BE"] == 1
    assert values(frame, indicator="RT03:NL")["BE"] == 0.5
    assert values(frame, indicator="RT03:NL")["NL"] == 0
    assert values(frame, indicator="RT01_L:WW") == {"BE": 0.5, "NL": 0.5}
    routes = frame.filter(pl.col("indicator").str.starts_with("RT01_L:") & (pl.col("country") != "W"))
    # One destination each: the routes of all origins add up to the offers.
    assert routes["value"].sum() == 5


def test_multi_origin() -> None:
    frame = multi_origin(clean_world(), **CELL)
    assert values(frame, indicator="MO01") == {"BE": 1, "NL": 1, "W": 1}
    assert values(frame, indicator="MO01_share")["BE"] == 0.5
    assert values(frame, indicator="MO01_share")["W"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("family", [concentration, drug_mix, specialisation, transaction_sizes, shipping, multi_origin])
def test_families_are_deterministic_and_hold_their_value(family) -> None:  # type: ignore[no-untyped-def]
    frame = family(clean_world(), coverage=0.5, **CELL)
    assert frame.equals(family({name: table.reverse() for name, table in clean_world().items()}, coverage=0.5, **CELL))
    known = frame.drop_nulls(["value", "lower"])
    assert (known["lower"] <= known["value"]).all()
    assert (known["value"] <= known["upper"]).all()
    assert set(frame["obs_status"]) <= {"L", "M"}
    keys = ["market", "month", "indicator", "country", "drug_class"]
    assert frame.select(keys).is_duplicated().sum() == 0
