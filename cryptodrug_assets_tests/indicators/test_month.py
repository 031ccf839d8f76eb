"""Activity, shares and coverage: hand-worked values, the same by separate SQL, the three states, determinism."""

import duckdb
import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.concentration import concentration
from cryptodrug_assets.indicators.month import indicators_month
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.indicators.world import CELL, captures, clean_world, values

NOTHING = contracts.load("parsed", "market_counters").polars_schema
PAGES = contracts.load("parsed", "pages").polars_schema


def computed(clean: dict[str, pl.DataFrame], pages: pl.DataFrame | None = None) -> dict[str, pl.DataFrame]:
    fetched = captures() if pages is None else pages
    return indicators_month(clean, fetched, pl.DataFrame(schema=PAGES), pl.DataFrame(schema=NOTHING), **CELL)


def test_levels_worked_by_hand() -> None:
    activity = computed(clean_world())["activity"]
    assert values(activity, indicator="LV01") == {"BE": 2.5, "NL": 1.5, "_U": 1, "W": 5}
    assert values(activity, indicator="LV01_full") == {"BE": 3, "NL": 2, "_U": 1, "W": 5}
    assert values(activity, indicator="LV02") == {"BE": 2, "NL": 1, "_U": 1, "W": 3}
    assert values(activity, indicator="LV03") == {"BE": 6, "NL": 2, "_U": 2, "W": 10}
    assert values(activity, indicator="LV03_full") == {"BE": 7, "NL": 3, "_U": 2, "W": 10}
    assert values(activity, indicator="LV04") == {"BE": 500, "NL": 1100, "_U": 400, "W": 2000}
    assert values(activity, indicator="LV04_full") == {"BE": 600, "NL": 1200, "_U": 400, "W": 2000}
    assert values(activity, indicator="LV04", drug_class="cannabis") == {"BE": 160, "NL": 100, "W": 260}


def test_shares_worked_by_hand() -> None:
    shares = computed(clean_world())["shares"]
    assert values(shares, indicator="SH01") == {"BE": 0.5, "NL": 0.3, "_U": 0.2}
    assert values(shares, indicator="SH02") == pytest.approx({"BE": 2 / 3, "NL": 1 / 3, "_U": 1 / 3})
    assert values(shares, indicator="SH03") == {"BE": 0.6, "NL": 0.2, "_U": 0.2}
    assert values(shares, indicator="SH04") == {"BE": 0.25, "NL": 0.55, "_U": 0.2}
    assert values(shares, indicator="SH04_full")["BE"] == 0.3
    # Wilson 95 % of 2 in 3, from the published formula.
    belgium = shares.filter(
        (pl.col("indicator") == "SH02") & (pl.col("country") == "BE") & (pl.col("drug_class") == "all")
    )
    assert belgium["lower"].item() == pytest.approx(0.2077, abs=1e-4)
    assert belgium["upper"].item() == pytest.approx(0.9385, abs=1e-4)


def test_intervals_hold_their_value() -> None:
    for frame in computed(clean_world()).values():
        known = frame.drop_nulls(["value", "lower", "upper"])
        assert (known["lower"] <= known["value"]).all()
        assert (known["value"] <= known["upper"]).all()


def test_levels_equal_separate_sql() -> None:
    clean = clean_world()
    activity = computed(clean)["activity"]
    listings, sales = clean["listings"], clean["transactions"]  # noqa: F841  (read by name from SQL)
    query = """
        WITH l AS (FROM listings WHERE is_drug), s AS (FROM sales WHERE is_drug)
        SELECT 'LV01' AS indicator, drug_class, unnest(origins) AS country, 1.0 / n_origins AS v FROM l
        UNION ALL SELECT 'LV03', drug_class, unnest(origins), 1.0 / n_origins FROM s
        UNION ALL SELECT 'LV04', drug_class, unnest(origins), price_eur::DOUBLE / n_origins FROM s
    """
    expected = duckdb.sql(f"SELECT indicator, drug_class, country, sum(v) AS value FROM ({query}) GROUP BY ALL").pl()
    found = activity.join(expected, on=["indicator", "drug_class", "country"], suffix="_sql")
    assert found.height == expected.height
    assert (found["value"] - found["value_sql"]).abs().max() < 1e-9  # type: ignore[operator]


def test_fractional_shares_sum_to_one() -> None:
    shares = computed(clean_world())["shares"].filter(pl.col("indicator").is_in(["SH01", "SH03", "SH04"]))
    for total in shares.group_by("indicator", "drug_class").agg(pl.col("value").sum())["value"]:
        assert total == pytest.approx(1)


def test_revenue_without_exact_prices_is_missing_not_zero() -> None:
    clean = clean_world()
    clean["transactions"] = clean["transactions"].with_columns(price_source=pl.lit("rounded"), price_eur=None)
    frames = computed(clean)
    for table, indicator in (("activity", "LV04"), ("shares", "SH04")):
        revenue = frames[table].filter(pl.col("indicator") == indicator)
        assert revenue.height > 0
        assert revenue["value"].null_count() == revenue.height
        assert set(revenue["obs_status"]) == {"M"}


def test_nothing_sold_is_zero() -> None:
    clean = clean_world()
    clean["transactions"] = clean["transactions"].clear()
    frames = computed(clean)
    assert values(frames["activity"], indicator="LV03") == {"BE": 0, "W": 0}
    share = frames["shares"].filter((pl.col("indicator") == "SH03") & (pl.col("country") == "BE"))
    assert share["value"].to_list() == [None]


def test_a_focus_country_without_offers_is_zero() -> None:
    clean = clean_world()
    clean["listings"] = clean["listings"].with_columns(origins=pl.lit(["DE"]), n_origins=pl.lit(1, pl.Int64))
    assert values(computed(clean)["activity"], indicator="LV01")["BE"] == 0


def test_low_coverage_is_flagged_on_every_value() -> None:
    frames = computed(clean_world(), captures(done=8, failed=2))
    assert values(frames["coverage"], indicator="COV01") == {"W": 0.8}
    assert set(frames["activity"]["obs_status"]) == {"L"}
    assert set(computed(clean_world())["activity"]["obs_status"]) == {"A"}


def test_intervals_of_few_vendors_say_so() -> None:
    """Those by resampling alone; levels and shares have Student's t beside, and need no warning."""
    warned = pl.col("method").str.contains("fewer than 10 vendors")
    alone = concentration(clean_world(), **CELL).filter(pl.col("lower").is_not_null())
    assert alone.height > 0
    assert alone.select(warned.all()).item()
    activity = computed(clean_world())["activity"]
    assert activity["lower"].drop_nulls().len() > 0
    assert not activity.select(warned.any()).item()


def test_few_vendors_are_confidential() -> None:
    activity = computed(clean_world())["activity"].filter(
        (pl.col("indicator") == "LV01") & (pl.col("drug_class") == "all")
    )
    assert dict(activity.select("country", "conf_status").iter_rows()) == {"BE": "C", "NL": "C", "_U": "C", "W": "F"}


def test_same_input_same_table() -> None:
    first, second = computed(clean_world()), computed({k: v.reverse() for k, v in clean_world().items()})
    for name, frame in first.items():
        assert frame.equals(second[name])


def test_two_sweeps_give_chapman() -> None:
    """20 offers seen first, 18 then, 15 in both: (21 × 19) / 16 − 1 = 23.9375; 23 seen."""
    seen = [("s1", number) for number in range(20)] + [("s2", number) for number in range(5, 23)]
    pages = rows(
        "raw",
        "captures",
        *(
            {
                "sweep_id": sweep,
                "url": f"http://{sweep}.example/offer/{number}",
                "outcome": "done",
                "page_kind": "listing",
            }
            for sweep, number in seen
        ),
    )
    coverage = computed(clean_world(), pages)["coverage"]
    assert values(coverage, indicator="COV02")["W"] == pytest.approx(23 / 23.9375)


def test_bootstrap_can_be_switched_off() -> None:
    frames = indicators_month(
        clean_world(),
        captures(),
        pl.DataFrame(schema=PAGES),
        pl.DataFrame(schema=NOTHING),
        market="dream",
        month="2018-11",
        options=IndicatorOptions(bootstrap=0),
    )
    assert values(frames["activity"], indicator="LV03")["W"] == 10
