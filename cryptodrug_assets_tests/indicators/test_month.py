"""Activity, shares and coverage: hand-worked values, the same by separate SQL, the three states, determinism."""

from math import exp, log, sqrt

import duckdb
import polars as pl
import pytest

from cryptodrug_assets.indicators.families.concentration import concentration
from cryptodrug_assets.indicators.registry import compute_month
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.indicators.world import CELL, NOTHING, PAGES, captures, clean_world, computed, values


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
    summed = duckdb.sql(f"SELECT indicator, drug_class, country, sum(v) AS value FROM ({query}) GROUP BY ALL")
    assert summed is not None
    expected = summed.pl()
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


def test_intervals_need_ten_vendors_of_the_market() -> None:
    """Three vendors cannot tell how vendors differ: shares by vendor count alone have one (Wilson), levels bounds."""
    shares = computed(clean_world())["shares"].filter(pl.col("indicator").str.contains("^SH0[134](_full|_observed)?$"))
    assert shares.height > 0
    assert shares["lower"].null_count() == shares["upper"].null_count() == shares.height
    alone = concentration(clean_world(), **CELL)
    assert alone["lower"].null_count() == alone.height


def test_counts_are_never_below_what_was_seen() -> None:
    """Of ten pages nine were fetched. Belgium: 2.5 offers, one of unknown origin: 3.5 / 0.9 + 1.96 √(3.5 × 0.1) / 0.9.
    All: 5 offers of the world. Of Belgian vendors there may be three."""
    activity = computed(clean_world())["activity"].filter(pl.col("drug_class") == "all")
    bounds = {
        (row["indicator"], row["country"]): (row["lower"], row["upper"]) for row in activity.iter_rows(named=True)
    }

    def most(seen: float, uneven: float = 1.0) -> float:
        return float(seen / 0.9 + 1.959964 * (seen * uneven * 0.1) ** 0.5 / 0.9)

    assert bounds["LV01", "BE"] == pytest.approx((2.5, most(3.5)))
    assert bounds["LV01", "W"] == pytest.approx((5, most(5)))
    assert bounds["LV02", "BE"] == pytest.approx((2, most(3)))
    # Sales lie on offers as 3, 2, 2, 1, 2: Σx² / Σx = 22 / 10, rounded up to a quarter of an octave: 2^1.25.
    assert bounds["LV03", "BE"] == pytest.approx((6, most(8, 2**1.25)))
    known = activity.drop_nulls("value")
    assert (known["lower"] == known["value"]).all()


def test_none_seen_of_a_part_leaves_some_open() -> None:
    """A tenth of the pages and no sale: up to 3.69 × 9 of them (exact Poisson bound of none); of all pages none."""
    clean = clean_world()
    clean["transactions"] = clean["transactions"].clear()
    for pages, most in ((captures(1, 9), 3.6889 * 9), (captures(10, 0), 0)):
        row = computed(clean, pages)["activity"].filter(indicator="LV03", country="W", drug_class="all")
        assert row.select("value", "lower", "upper").row(0) == pytest.approx((0, 0, most))


def test_where_the_coverage_is_unknown_so_is_what_was_not_seen() -> None:
    """Pages that were imported: nobody knows how many there were. Low status, no upper bound, no share of 100 %."""
    imported = captures().with_columns(mode=pl.lit("import"))
    frames = computed(clean_world(), imported)
    assert values(frames["coverage"], indicator="COV01") == {"W": None}
    activity = frames["activity"]
    assert activity["coverage"].null_count() == activity["upper"].null_count() == activity.height
    assert set(activity["obs_status"]) == {"L"}
    # Among what was captured the bounds of shares still hold.
    bound = frames["shares"].filter(indicator="SH01_bound", country="BE", drug_class="all")
    assert bound.select("lower", "upper").row(0) == pytest.approx((0.5, 0.7))
    assert "coverage unknown" in bound["method"].item()


def test_sales_without_their_offer_are_unknown_and_not_none() -> None:
    """Four of ten sales (three of a1, one of b2) whose offer was not captured: 6 are known, 6 + 4 there may be. Belgium
    has 3 of the 6; with the unknown origin's 2 and the four: 9 of 10; without: 3 of 10."""
    clean = clean_world()
    lost = pl.col("transaction_key").is_in(["t0", "t1", "t2", "t7"])
    clean["transactions"] = clean["transactions"].with_columns(
        is_drug=pl.when(~lost).then("is_drug"),
        drug_class=pl.when(~lost).then("drug_class"),
        origins=pl.when(lost).then(pl.lit([], pl.List(pl.String))).otherwise("origins"),
    )
    frames = computed(clean, captures(10, 0))
    assert values(frames["activity"], indicator="LV03") == {"BE": 3, "NL": 1, "_U": 2, "W": 6}
    world = frames["activity"].filter(indicator="LV03", country="W", drug_class="all")
    assert world.select("lower", "upper").row(0) == (6, 10)
    assert values(frames["coverage"], indicator="COV05") == {"W": 0.6}
    assert world["coverage"].item() == 0.6
    share = frames["shares"].filter(country="BE", drug_class="all")
    assert share.filter(indicator="SH03")["value"].item() == pytest.approx(3 / 6)
    assert share.filter(indicator="SH03_bound").select("lower", "upper").row(0) == pytest.approx((3 / 10, 9 / 10))


def test_when_no_sale_can_be_attributed_nothing_is_zero() -> None:
    """58 of 58 sales of unknown offers are not a market without drugs: no value, and bounds of nothing and all."""
    clean = clean_world()
    clean["transactions"] = clean["transactions"].with_columns(
        is_drug=pl.lit(None, pl.Boolean),
        drug_class=pl.lit(None, pl.String),
        origins=pl.lit([], pl.List(pl.String)),
        n_origins=pl.lit(0, pl.Int64),
    )
    frames = computed(clean, captures(10, 0))
    world = frames["activity"].filter(indicator="LV03", country="W", drug_class="all")
    assert world.select("value", "obs_status", "upper").row(0) == (None, "M", 10)
    bound = frames["shares"].filter(indicator="SH03_bound", country="BE")
    assert bound.select("value", "lower", "upper").rows() in ([], [(None, 0.0, 1.0)])


def test_none_seen_where_most_origins_are_unknown_is_not_none() -> None:
    """Of five offers three name no origin, none is Belgian: no share, and at most three in five."""
    clean = clean_world()
    stated = pl.when(pl.col("listing_key").is_in(["b1", "b2"])).then(pl.lit(["NL"]))
    clean["listings"] = clean["listings"].with_columns(
        origins=stated.otherwise(pl.lit([], pl.List(pl.String)))
    ).with_columns(n_origins=pl.col("origins").list.len().cast(pl.Int64))  # fmt: skip
    shares = computed(clean, captures(10, 0))["shares"].filter(country="BE", drug_class="all")
    assert shares.filter(indicator="SH01").select("value", "lower", "upper", "obs_status").row(0) == (
        None, None, None, "M",
    )  # fmt: skip
    assert shares.filter(indicator="SH01_bound").select("lower", "upper").row(0) == pytest.approx((0, 0.6))


def test_regions_that_contain_the_country_are_in_its_upper_bound() -> None:
    """b2 ships from "EU", c1 from unknown: Belgium has 2.5 of 5, at most 4.5; China has none, at most one."""
    clean = clean_world()
    clean["listings"] = clean["listings"].with_columns(
        origins=pl.when(pl.col("listing_key") == "b2").then(pl.lit(["EU"])).otherwise("origins")
    )
    shares = computed(clean, captures(10, 0))["shares"].filter(indicator="SH01_bound", drug_class="all")
    bounds = {row["country"]: (row["lower"], row["upper"]) for row in shares.iter_rows(named=True)}
    assert bounds["BE"] == pytest.approx((0.5, 0.9))
    assert bounds["NL"] == pytest.approx((0.1, 0.5))
    assert bounds["EU"] == pytest.approx((0.2, 0.4))


def test_no_page_that_shows_offers_or_feedback_is_no_zero() -> None:
    """Walls alone were captured: nothing is known of offers and sales."""
    nothing = {name: frame.clear() for name, frame in clean_world().items()}
    walls = captures(3, 0).with_columns(page_kind=pl.lit("login"))
    activity = computed(nothing, walls)["activity"]
    assert activity.height > 0
    assert activity["value"].null_count() == activity.height
    seen = computed(nothing, captures(3, 0))["activity"]
    assert seen.filter(indicator="LV01", country="W")["value"].to_list() == [0]


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
    # Log-normal of the unseen: variance 21 × 19 × 5 × 3 / (16² × 17), 0.9375 of them.
    spread = exp(1.959964 * sqrt(log(1 + 21 * 19 * 5 * 3 / (256 * 17) / 0.9375**2)))
    bounds = coverage.filter(indicator="COV02").select("lower", "upper").row(0)
    assert bounds == pytest.approx((23 / (23 + 0.9375 * spread), 23 / (23 + 0.9375 / spread)))


def test_bootstrap_can_be_switched_off() -> None:
    frames = compute_month(
        clean_world(),
        captures(),
        pl.DataFrame(schema=PAGES),
        pl.DataFrame(schema=NOTHING),
        market="dream",
        month="2018-11",
        options=IndicatorOptions(bootstrap=0),
    )
    assert values(frames["activity"], indicator="LV03")["W"] == 10


def test_offers_of_unknown_class_may_be_drugs() -> None:
    """a3 is of no known class: at most six offers, and Belgium 3.5 + 1 of 6, at least 2.5 of 6."""
    clean = clean_world()
    undecided = pl.when(pl.col("listing_key") != "a3").then("drug_class")
    clean["listings"] = clean["listings"].with_columns(drug_class=undecided)
    frames = computed(clean, captures(10, 0))
    world = frames["activity"].filter(indicator="LV01", country="W", drug_class="all")
    assert world.select("value", "lower", "upper").row(0) == (5, 5, 6)
    bound = frames["shares"].filter(indicator="SH01_bound", country="BE", drug_class="all")
    assert bound.select("lower", "upper").row(0) == pytest.approx((2.5 / 6, 4.5 / 6))
