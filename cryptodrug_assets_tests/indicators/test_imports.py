"""What may be said of imported archives with the market's own counters, worked out by hand (the world of world.py)."""

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.registry import compute_month
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.indicators.seen import Seen
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.indicators.world import CELL, captures, clean_world

PAGES = pl.DataFrame(schema=contracts.load("parsed", "pages").polars_schema)


def stated(**by_category: int) -> pl.DataFrame:
    """The counters of root categories that have names and no ids, seen twice."""
    made = [
        {"counter": "category_listings", "category": name, "category_id": None, "depth": 0, "value": value}
        for name, value in by_category.items()
    ]
    return rows("parsed", "market_counters", *made, *made)


def computed(counters: pl.DataFrame, mode: str = "import") -> dict[str, pl.DataFrame]:
    clean = clean_world() | {"texts": pl.DataFrame(schema={"capture_id": pl.String, "harm": pl.Boolean})}
    index = captures(done=9, failed=0).with_columns(mode=pl.lit(mode))
    return compute_month(clean, index, PAGES, counters, **CELL)


def row(frame: pl.DataFrame, indicator: str, country: str) -> dict[str, object]:
    return frame.filter(indicator=indicator, country=country, drug_class="all").row(0, named=True)


def test_root_categories_without_ids_are_several() -> None:
    """Six offers of eight and four."""
    coverage = computed(stated(drugs=8, books=4))["coverage"]
    assert row(coverage, "COV01_counter", "W")["value"] == 0.5
    assert row(coverage, "COV01_counter", "W")["n"] == 12


def test_all_that_an_import_lacks_may_be_the_countrys() -> None:
    """Six more offers. Belgium: 2.5 offers and one of unknown origin; vendors a and b, and c of unknown origin; six
    more offers may be of six more vendors. In shares: of the three vendors seen all may be Belgian."""
    found = computed(stated(drugs=8, books=4))
    activity, shares = found["activity"], found["shares"]
    for code, country, value, upper in [("LV01", "BE", 2.5, 9.5), ("LV01", "W", 5, 11), ("LV02", "BE", 2, 9)]:
        told = row(activity, code, country)
        assert (told["value"], told["lower"], told["upper"], told["coverage"]) == (value, value, upper, 0.5)
        assert told["obs_status"] == "L"
    offers, vendors = (row(shares, code, "BE") for code in ("SH01_bound", "SH02_bound"))
    assert (offers["lower"], offers["upper"]) == pytest.approx((2.5 / 11, 9.5 / 11))
    assert (vendors["lower"], vendors["upper"]) == pytest.approx((2 / 9, 1))


def test_a_missed_offer_may_be_another_place_of_a_seen_vendor() -> None:
    """One offer is missing. One vendor of three is Dutch, one of unknown origin, and vendor a may be Dutch as well."""
    bound = row(computed(stated(all=7))["shares"], "SH02_bound", "NL")
    assert (bound["lower"], bound["upper"]) == pytest.approx((1 / 4, 1))


def test_counters_of_offers_say_nothing_of_sales() -> None:
    """Every offer was imported. Of offers all is known, of sales and of what is made of them nothing of the whole."""
    found = computed(stated(all=6))
    sales = row(found["activity"], "LV03", "W")
    assert (sales["value"], sales["upper"], sales["coverage"], sales["obs_status"]) == (10, None, None, "L")
    assert row(found["activity"], "LV01", "W")["obs_status"] == "A"
    whole = found["concentration"].filter(country="W")
    by_measure = {
        measure: set(whole.filter(pl.col("indicator").str.contains(f"_{measure}(:|$)"))["obs_status"])
        for measure in "LTR"
    }
    assert by_measure["L"] <= {"A", "M"}
    assert by_measure["T"] | by_measure["R"] <= {"L", "M"}
    assert set(found["transaction_sizes"].filter(indicator="TS01:200")["obs_status"]) <= {"L", "M"}


def test_a_crawl_that_fetched_all_is_as_before() -> None:
    found = computed(stated(all=6), mode="nav")
    sales = row(found["activity"], "LV03", "W")
    assert (sales["value"], sales["upper"], sales["coverage"], sales["obs_status"]) == (10, 10, 1, "A")
    assert "A" in set(found["concentration"].filter(pl.col("indicator").str.contains("_T"))["obs_status"])


@pytest.mark.parametrize(
    ("market", "kind", "shown"),
    [
        ("dream", "listing", False), ("dream", "vendor", True), ("wall_street", "listing", True),
        ("wall_street", "vendor", False), ("empire", "listing", True), ("empire", "vendor", True),
    ],
)  # fmt: skip
def test_no_sale_is_a_count_only_where_its_feedback_would_show(market: str, kind: str, shown: bool) -> None:
    """By where the market's feedback is counted from: docs/methods/feedback.md."""
    clean = clean_world() | {"texts": pl.DataFrame(schema={"capture_id": pl.String, "harm": pl.Boolean})}
    clean["transactions"] = clean["transactions"].clear()
    index = captures().with_columns(market=pl.lit(market), page_kind=pl.lit(kind))
    options: IndicatorOptions = CELL["options"]
    made = compute_month(clean, index, PAGES, stated().clear(), market=market, month="2018-11", options=options)
    assert row(made["activity"], "LV03", "W")["value"] == (0 if shown else None)


def test_a_codes_coverage_is_of_what_it_counts() -> None:
    known = Seen(offers=0.9, sales=None)
    assert [known.of(code) for code in ("LV01", "SH02_bound", "LV03", "SH04")] == [0.9, 0.9, None, None]
