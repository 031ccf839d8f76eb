"""The rows behind a value: known by hand in the small world, and recounted for every code on a world of 19 months.

The rules that choose rows are written apart from the formulas, so what follows from the chosen rows by counting must be
the value the formulas gave.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.month import CleaningOptions
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.indicators.families.migration import migration
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.indicators.trace import cells_behind, counts, pages_behind, rows_behind, rule
from cryptodrug_assets.indicators.tracing.rules import everything
from cryptodrug_assets.indicators.tracing.target import Behind, Target
from cryptodrug_assets.observation import observed_cells
from cryptodrug_assets.pipeline import clean, measure, window, worlds
from cryptodrug_assets.pipeline.tables import History
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.indicators.world import captures, clean_world

PLAIN = IndicatorOptions(bootstrap=0)
CLEAN = ("listings", "vendors", "transactions")


def target(indicator: str, country: str = "BE", drug_class: str = "all", table: str = "shares") -> Target:
    key = {"market": "dream", "month": "2018-11-01", "indicator": indicator, "country": country}
    return Target.of(table, key | {"drug_class": drug_class})


def keys(frame: pl.DataFrame | None, column: str) -> set[str]:
    return set() if frame is None else set(frame[column])


@pytest.mark.parametrize(
    ("indicator", "country", "drug_class", "counted", "compared"),
    [
        ("LV01", "BE", "all", {"a1", "a2", "b1"}, set()),
        ("LV01", "_U", "all", {"c1"}, set()),
        ("SH01", "BE", "cannabis", {"a1", "b1"}, {"a1", "b1"}),
        ("SH02", "NL", "all", {"b1", "b2"}, {"a1", "a2", "b1", "b2", "c1"}),
        ("DM01_L", "BE", "mdma", {"a2"}, {"a1", "a2", "b1"}),
        ("SP02_L", "BE", "mdma", {"a2"}, {"a1", "a2", "b1", "b2", "c1"}),
        ("RT01_L:EU", "NL", "all", {"b2"}, set()),
        ("RT02", "BE", "all", {"a2", "b1"}, {"a1", "a2", "b1"}),
        ("RT03:NL", "BE", "all", {"a2"}, {"a1", "a2", "b1"}),
        ("RT03_n:ANGLO", "BE", "all", {"a2"}, set()),
        ("RT04:domestic", "BE", "all", {"a1"}, {"a1", "a2", "b1"}),
        ("RT04:eu", "BE", "all", {"a2"}, {"a1", "a2", "b1"}),
        ("RT04:world", "BE", "all", {"b1"}, {"a1", "a2", "b1"}),
        ("MO01", "BE", "all", {"b1", "b2"}, {"a1", "a2", "b1", "b2"}),
        ("MO04:NL", "BE", "all", {"b1", "b2"}, {"b1", "b2"}),
    ],
)
def test_offers_behind_a_value(
    indicator: str, country: str, drug_class: str, counted: set[str], compared: set[str]
) -> None:
    found = rows_behind(target(indicator, country, drug_class), clean_world())
    assert keys(found.counted.get("listings"), "listing_key") == counted
    assert keys(found.compared.get("listings"), "listing_key") == compared


@pytest.mark.parametrize(
    ("indicator", "country", "counted", "compared"),
    [
        ("SH03", "BE", {0, 1, 2, 3, 4, 5, 6}, set(range(10))),
        ("LV04", "NL", {5, 6, 7}, set()),
        ("TS01:200", "BE", {4}, {0, 1, 2, 3, 4, 5, 6}),
        ("TS02", "BE", {4}, {0, 1, 2, 3, 4, 5, 6}),
        ("TS03", "NL", {5, 6, 7}, set()),
        ("TS04:100", "BE", {3, 4, 6}, {0, 1, 2, 3, 4, 5, 6}),
        ("TS04_top:10", "W", {7}, set(range(10))),
        ("RT01_T:EU", "BE", set(), set()),
        ("CN01_R", "BE", {0, 1, 2, 3, 4, 5, 6}, set()),
    ],
)
def test_sales_behind_a_value(indicator: str, country: str, counted: set[int], compared: set[int]) -> None:
    found = rows_behind(target(indicator, country), clean_world())
    assert keys(found.counted.get("transactions"), "transaction_key") == {f"t{number}" for number in counted}
    assert keys(found.compared.get("transactions"), "transaction_key") == {f"t{number}" for number in compared}


def test_pages_behind_belgiums_sales() -> None:
    """The vendors' feedback pages, and those of the offers that give the sales their origin and class."""
    clean = clean_world()
    found = rows_behind(target("SH03"), clean)
    assert pages_behind(found.counted, clean)["capture_id"].to_list() == ["c-a1", "c-a2", "c-b1", "v-a", "v-b"]
    assert counts(found.counted) == {"transactions": 7, "offers": 3, "vendors": 2}


def test_pages_behind_sales_that_name_no_offer() -> None:
    """Their origin comes from all drug offers of the vendor; what is not a drug (a3) says nothing of it."""
    clean = clean_world()
    unnamed = {"attribution": pl.lit("vendor"), "listing_key": pl.lit(None, pl.String)}
    clean["transactions"] = clean["transactions"].with_columns(**unnamed)
    found = rows_behind(target("TS01:200"), clean)
    assert pages_behind(found.counted, clean)["capture_id"].to_list() == ["c-a1", "c-a2", "v-a"]


def test_coverage_rests_on_what_was_fetched_and_what_was_not() -> None:
    clean = clean_world() | {"captures": captures(done=9, failed=1)}
    found = rows_behind(target("COV01", "W", table="coverage"), clean)
    assert (counts(found.counted), counts(found.compared)) == ({"pages": 9}, {"pages": 10})


def test_an_unknown_code_says_that_it_has_no_rule() -> None:
    found = rows_behind(target("XX99:new"), clean_world())
    assert "no rule says" in found.note
    assert keys(found.counted["listings"], "listing_key") == {"a1", "a2", "b1"}


def test_cells_of_windows_pairs_and_changes() -> None:
    cells = observed_cells()
    assert cells_behind(target("SH03"), cells, monthly=True) == [("dream", "2018-11")]
    assert len(cells_behind(target("SH03_mean"), cells, monthly=False)) == 5
    pooled = Target.of("x", {"market": "all", "month": "2019-11-01", "indicator": "SH03_mean", "country": "BE",
                             "drug_class": "all"})  # fmt: skip
    assert cells_behind(pooled, cells, monthly=False) == cells
    both = cells_behind(target("MG01_A:wall_street"), cells, monthly=False)
    assert {market for market, _ in both} == {"dream", "wall_street"}
    change = Target.of("trends", {"market": "dream", "month": "2019-01-01", "indicator": "GR02:LV01", "country": "BE",
                                  "drug_class": "all"})  # fmt: skip
    assert cells_behind(change, cells, monthly=False) == [("dream", "2018-12"), ("dream", "2019-01")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, pl.DataFrame]]:
    """The tiny world's 19 months: clean tables and every indicator table."""
    pseudonyms = Pseudonyms.load(tmp_path_factory.mktemp("keys") / "keys")
    tables = worlds.world("tiny", 5)
    months = []
    texts: list[pl.DataFrame] = []
    for market, month in observed_cells():
        cleaned = clean.clean(*clean.read(tables, market, month), pseudonyms=pseudonyms, options=CleaningOptions())
        evidence = measure.read_evidence(tables, market, month)
        evidence = replace(evidence, captures=evidence.captures.clear())
        months.append((cleaned, measure.measure(cleaned, evidence, options=PLAIN)))
        where = {"market": pl.lit(market), "month": pl.lit(f"{month}-01").str.to_date()}
        texts.append(evidence.extracts["texts"].with_columns(**where))
    history = History.of_months(months)
    across = window.measure_window(history, options=PLAIN)
    return {
        "clean": history.clean_tables() | {"texts": pl.concat(texts)},
        "indicators": {**history.monthly, **across},
    }


def of_cells(clean: dict[str, pl.DataFrame], target: Target, *, monthly: bool) -> dict[str, pl.DataFrame]:
    cells = cells_behind(target, observed_cells(), monthly=monthly)
    wanted = pl.struct(pl.col("market"), pl.col("month").dt.strftime("%Y-%m").alias("cell")).is_in(
        [{"market": market, "cell": month} for market, month in cells]
    )
    chosen = {name: frame.filter(wanted) for name, frame in clean.items()}
    return chosen | {"texts": chosen["texts"].drop("market", "month")}


# What the chosen rows must count to: vendors, rows, or a quotient of either.
_VENDORS = ("LV02", "MO01", "MO02", "MO03", "MO04_n", "RT03_n", "SV02", "SV03")
_VENDOR_SHARES = ("SH02", "MO01_share", "MO04", "RT02", "RT03")
_ROWS = ("LV01_full", "LV03_full")
_ROW_SHARES = (
    "SH01_full", "SH03_full", "RD01", "RD02", "CU01_L", "CU01_T", "HR01", "TS01", "TS05_price", "TS05_mass",
    "TS05_offer",
)  # fmt: skip
_EURO_SHARES = ("SH04_full", "TS04", "TS04_top")


def recounted(code: str, behind: Behind) -> float | None:
    """The value of codes that are a count or a quotient of counts of the chosen rows; None for other codes."""

    def size(rows: dict[str, pl.DataFrame]) -> int:
        return sum(frame.height for frame in rows.values())

    def euros(rows: dict[str, pl.DataFrame]) -> float:
        return float(rows["transactions"]["price_eur"].sum()) if rows else 0.0

    vendors = counts(behind.counted).get("vendors", 0)
    if code in _VENDORS:
        return vendors
    if code in _ROWS:
        return size(behind.counted)
    measure = vendors, counts(behind.compared).get("vendors", 0)
    if code in _ROW_SHARES:
        measure = size(behind.counted), size(behind.compared)
    elif code in _EURO_SHARES:
        return euros(behind.counted) / euros(behind.compared) if behind.compared else None
    elif code not in _VENDOR_SHARES:
        return None
    return measure[0] / measure[1] if measure[1] else None


@pytest.mark.slow
def test_every_value_follows_from_its_rows(world: dict[str, dict[str, pl.DataFrame]]) -> None:
    codes: set[str] = set()
    # Coverage counts captures, which this world has none of; the scorecard has no values of its own.
    left_out = ("coverage", "study_scorecard")
    tables = [(table, frame) for table, frame in world["indicators"].items() if table not in left_out]
    for table, frame in tables:
        monthly = contracts.load("indicators", table).partitioned
        sample = frame.filter(pl.col("country").is_in(["BE", "W"])) if monthly else frame
        cache: dict[Any, dict[str, pl.DataFrame]] = {}
        for row in sample.iter_rows(named=True):
            asked = Target.of(table, row)
            assert rule(asked) is not everything, f"{table}: no rule for {row['indicator']}"
            key = (asked.market, asked.month if monthly or asked.base == "GR02" else "", asked.parameter)
            if key not in cache:
                cache[key] = of_cells(world["clean"], asked, monthly=monthly)
            behind = rows_behind(asked, cache[key])
            code = row["indicator"].partition(":")[0]
            expected = recounted(code, behind)
            if expected is not None and row["value"] is not None:
                assert row["value"] == pytest.approx(expected), row
                codes.add(code)
    missing = {*_VENDORS, *_VENDOR_SHARES, *_ROWS, *_ROW_SHARES, *_EURO_SHARES} - codes
    assert missing <= {"TS05_mass", "TS05_price"}, f"never seen with a value: {missing}"


def test_vendors_behind_migration() -> None:
    """d1 (Belgium) and d2 have the keys of w1, new on Wall Street in April, and w2, there before; w3 is new."""
    seen = [
        ("dream", 2, "d1", ["BE"], "k1"), ("dream", 2, "d2", ["DE"], "k2"), ("wall_street", 2, "w2", ["DE"], "k2"),
        ("wall_street", 4, "w1", ["BE"], "k1"), ("wall_street", 4, "w2", ["DE"], "k2"),
        ("wall_street", 4, "w3", ["BE"], None),
    ]  # fmt: skip
    vendors = rows(
        "clean",
        "vendors",
        *(
            {"market": market, "month": date(2019, month, 1), "vendor_key": vendor, "origins": origins,
             "pgp_key": key, "is_active": True}
            for market, month, vendor, origins, key in seen
        ),
    )  # fmt: skip
    sales = rows(
        "clean",
        "transactions",
        *(
            {"market": "wall_street", "month": date(2019, 4, 1), "transaction_key": f"t{number}", "vendor_key": vendor,
             "is_drug": True}
            for number, vendor in enumerate(["w1", "w1", "w2", "w3"])
        ),
    )  # fmt: skip
    history = {"vendors": vendors, "transactions": sales}
    values = dict(
        migration(history, options=PLAIN).filter(pl.col("country") == "BE").select("indicator", "value").iter_rows()
    )

    def behind(indicator: str, country: str) -> Behind:
        return rows_behind(target(indicator, country, table="migration"), history)

    came = behind("MG01_A:wall_street", "BE")
    assert keys(came.counted["vendors"], "vendor_key") == {"d1", "w1"}
    assert values["MG01_A:wall_street"] == 1
    assert keys(behind("MG02_A:wall_street", "W").counted["vendors"], "vendor_key") == {"d1", "d2", "w1", "w2"}
    share = behind("MG01_share_A:wall_street", "BE")
    assert keys(share.compared["vendors"], "vendor_key") == {"w1", "w3"}
    assert values["MG01_share_A:wall_street"] == 0.5
    sold = behind("MG03_T_A:wall_street", "BE")
    assert keys(sold.counted["transactions"], "transaction_key") == {"t0", "t1"}
    assert values["MG03_T_A:wall_street"] == 2
