"""Every indicator code on three vendors and ten sales a month, with the value worked out on paper.

What each vendor adds, by month (offers · sales · euros; an offer with two origins is half each country's):
November, January, February: Belgium 2.5 offers, 6 sales, 500 euros of 5, 10, 2000; vendors 2 of 3.
December: Belgium 1.5 offers, 2.5 sales, 110 euros of 2, 3, 140; vendors 2 of 2.
In all months together 9, 20.5, 1610 of 17, 33, 6140.
"""

import ast
import re
from functools import lru_cache
from math import sqrt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cryptodrug_assets.indicators.families.shocks import interrupted, shocks
from cryptodrug_assets.indicators.families.survival import survival
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.pipeline.worlds import world_indicators
from cryptodrug_assets_tests.indicators import hand
from cryptodrug_assets_tests.indicators.small_histories import daily, value, vendors
from cryptodrug_assets_tests.indicators.world import OPTIONS

NOVEMBER, DECEMBER, WINDOW = "2018-11-01", "2018-12-01", "2019-02-01"
_MIX_T, _MIX_R = (4, 2, 0), (160, 340, 0)
_WORLD_T, _WORLD_R = (5, 2, 3), (260, 340, 1400)


def cosine(own: tuple[int, ...], world: tuple[int, ...]) -> float:
    return sum(a * b for a, b in zip(own, world, strict=True)) / sqrt(
        sum(a * a for a in own) * sum(b * b for b in world)
    )


# (table, code, month, country, drug class) → value; Belgium and all classes unless stated.
CASES: list[tuple[str, str, str, str, str, float]] = [
    ("activity", "LV01", NOVEMBER, "BE", "all", 2.5),
    ("activity", "LV01_full", NOVEMBER, "BE", "all", 3),
    ("activity", "LV02", NOVEMBER, "BE", "all", 2),
    ("activity", "LV03", NOVEMBER, "BE", "all", 6),
    ("activity", "LV03_full", NOVEMBER, "BE", "all", 7),
    ("activity", "LV03_observed", NOVEMBER, "BE", "all", 6),
    ("activity", "LV04", NOVEMBER, "BE", "all", 500),
    ("activity", "LV04_full", NOVEMBER, "BE", "all", 600),
    ("activity", "LV04", DECEMBER, "NL", "all", 30),
    ("shares", "SH01", NOVEMBER, "BE", "all", 0.5),
    ("shares", "SH01_full", NOVEMBER, "BE", "all", 0.6),
    ("shares", "SH01_bound", NOVEMBER, "BE", "all", 0.5),
    ("shares", "SH02", NOVEMBER, "BE", "all", 2 / 3),
    ("shares", "SH02_bound", NOVEMBER, "BE", "all", 2 / 3),
    ("shares", "SH03", NOVEMBER, "BE", "all", 0.6),
    ("shares", "SH03_full", NOVEMBER, "BE", "all", 0.7),
    ("shares", "SH03_observed", NOVEMBER, "BE", "all", 0.6),
    ("shares", "SH03_bound", NOVEMBER, "BE", "all", 0.6),
    ("shares", "SH04", NOVEMBER, "BE", "all", 0.25),
    ("shares", "SH04_full", NOVEMBER, "BE", "all", 0.3),
    ("shares", "SH04_bound", NOVEMBER, "BE", "all", 0.25),
    ("coverage", "COV01", NOVEMBER, "W", "all", 0.9),
    # Six offers, one of them no drug, of the eight that the market says it has.
    ("coverage", "COV01_counter", NOVEMBER, "W", "all", 0.75),
    ("coverage", "COV03", NOVEMBER, "W", "all", 0.9),
    # Of every sale it is known whether it is of a drug.
    ("coverage", "COV05", NOVEMBER, "W", "all", 1),
    # Shares of the vendors a, b, c: offers .4 .4 .2, sales .5 .3 .2, revenue .2 .6 .2.
    ("concentration", "CN01_L", NOVEMBER, "W", "all", 0.36),
    ("concentration", "CN01_T", NOVEMBER, "W", "all", 0.38),
    ("concentration", "CN01_R", NOVEMBER, "W", "all", 0.44),
    # Gini: twice the sum of rank times size over n times the total, less (n + 1) / n.
    ("concentration", "CN02_L", NOVEMBER, "W", "all", 2 * (1 + 4 + 6) / 15 - 4 / 3),
    ("concentration", "CN02_T", NOVEMBER, "W", "all", 2 * (2 + 6 + 15) / 30 - 4 / 3),
    ("concentration", "CN02_R", NOVEMBER, "W", "all", 2 * 4800 / 6000 - 4 / 3),
    ("concentration", "CN03_L:10", NOVEMBER, "W", "all", 0.4),
    ("concentration", "CN03_T:10", NOVEMBER, "W", "all", 0.5),
    ("concentration", "CN03_R:10", NOVEMBER, "W", "all", 0.6),
    # The smaller half of three vendors is one and a half.
    ("concentration", "CN04_L:50", NOVEMBER, "W", "all", (1 + 1) / 5),
    ("concentration", "CN04_T:50", NOVEMBER, "W", "all", (2 + 1.5) / 10),
    ("concentration", "CN04_R:50", NOVEMBER, "W", "all", (400 + 200) / 2000),
    ("drug_mix", "DM01_L", NOVEMBER, "BE", "cannabis", 1.5 / 2.5),
    ("drug_mix", "DM01_T", NOVEMBER, "BE", "cannabis", 4 / 6),
    ("drug_mix", "DM01_R", NOVEMBER, "BE", "cannabis", 160 / 500),
    ("drug_mix", "DM02_L", NOVEMBER, "BE", "all", 4 / (sqrt(3.25) * 3)),
    ("drug_mix", "DM02_T", NOVEMBER, "BE", "all", cosine(_MIX_T, _WORLD_T)),
    ("drug_mix", "DM02_R", NOVEMBER, "BE", "all", cosine(_MIX_R, _WORLD_R)),
    ("specialisation", "SP01_L", NOVEMBER, "BE", "all", 2 / 3),
    ("specialisation", "SP01_T", NOVEMBER, "BE", "all", 2 / 3),
    ("specialisation", "SP01_R", NOVEMBER, "BE", "all", 2 / 3),
    ("specialisation", "SP03_L", NOVEMBER, "BE", "all", 0.36 + 0.16),
    ("specialisation", "SP03_T", NOVEMBER, "BE", "all", 4 / 9 + 1 / 9),
    ("specialisation", "SP03_R", NOVEMBER, "BE", "all", 0.32**2 + 0.68**2),
    # Over the four months Belgium has the ten observations that a quotient needs: 11 offers, 24 sales.
    ("specialisation_window", "SP02_L", WINDOW, "BE", "cannabis", (6 / 9) / (8 / 17)),
    ("specialisation_window", "SP02_T", WINDOW, "BE", "cannabis", (14.5 / 20.5) / (18 / 33)),
    ("specialisation_window", "SP02_R", WINDOW, "BE", "cannabis", (590 / 1610) / (920 / 6140)),
    # Cannabis by month .6 1 .6 .6 of the offers: deviation .2, mean .7. Of the sales 2/3 1 2/3 2/3: 1/6, 3/4.
    ("specialisation_window", "SP04_L", WINDOW, "BE", "cannabis", 0.2 / 0.7),
    ("specialisation_window", "SP04_T", WINDOW, "BE", "cannabis", (1 / 6) / (3 / 4)),
    # Half of b1's offer, and of its two sales, goes from Belgium to the world.
    ("shipping", "RT01_L:WW", NOVEMBER, "BE", "all", 0.5),
    ("shipping", "RT01_T:WW", NOVEMBER, "BE", "all", 1),
    ("shipping", "RT01_T:EU", NOVEMBER, "BE", "all", 2),
    ("shipping", "RT02", DECEMBER, "BE", "all", 0.5),
    ("shipping", "RT03:NL", NOVEMBER, "BE", "all", 0.5),
    ("shipping", "RT03_n:ANGLO", NOVEMBER, "BE", "all", 1),
    ("shipping", "RT04:world", NOVEMBER, "BE", "all", 0.2),
    ("shipping", "RT04_n:eu", NOVEMBER, "BE", "all", 1),
    ("shipping_window", "RT02", WINDOW, "BE", "all", 1),
    # Both vendors ship abroad in November; in December only b.
    ("shipping_window", "RT05:RT02", DECEMBER, "BE", "all", -0.5),
    ("multi_origin", "MO01", NOVEMBER, "BE", "all", 1),
    ("multi_origin", "MO01_share", NOVEMBER, "BE", "all", 0.5),
    ("transaction_sizes", "TS01:100", NOVEMBER, "BE", "all", 2 / 7),
    ("transaction_sizes", "TS02", NOVEMBER, "BE", "all", 240),
    ("transaction_sizes", "TS03", NOVEMBER, "BE", "all", 600 / 7),
    # 10 20 30 50 100 150 240: the fourth.
    ("transaction_sizes", "TS03_q:50", NOVEMBER, "BE", "all", 50),
    # A quarter of the way is between the second and the third.
    ("transaction_sizes", "TS03_q:25", NOVEMBER, "BE", "all", 25),
    ("transaction_sizes", "TS04:100", NOVEMBER, "BE", "all", 490 / 600),
    ("transaction_sizes", "TS04_top:10", NOVEMBER, "BE", "all", 240 / 600),
    # 1,000 euros are more than 1,000 dollars.
    ("transaction_sizes", "TS05_price", NOVEMBER, "NL", "all", 1 / 3),
    # Of five sales the grams are known; the two of 100 grams of MDMA are wholesale.
    ("transaction_sizes", "TS05_mass", NOVEMBER, "BE", "all", 0.4),
    # Of 600 and 100 dollars and 50 euros one.
    ("transaction_sizes", "TS05_offer", NOVEMBER, "BE", "all", 1 / 3),
    ("transaction_sizes_window", "TS03", WINDOW, "BE", "all", (3 * 600 + 140) / 24),
    ("conduct", "RD01:positive", NOVEMBER, "BE", "all", 5 / 7),
    ("conduct", "RD01:negative", NOVEMBER, "W", "all", 1 / 9),
    ("conduct", "RD02", NOVEMBER, "W", "all", 0.9),
    ("conduct", "CU01_L:USD", NOVEMBER, "W", "all", 2 / 3),
    ("conduct", "CU01_T:USD", NOVEMBER, "BE", "all", 2 / 7),
    ("conduct", "HR01", NOVEMBER, "BE", "all", 1 / 3),
    ("shares_window", "SH01_mean", WINDOW, "BE", "all", (0.5 + 0.75 + 0.5 + 0.5) / 4),
    ("shares_window", "SH01_pooled", WINDOW, "BE", "all", 9 / 17),
    ("shares_window", "SH02_mean", WINDOW, "BE", "all", (3 * 2 / 3 + 1) / 4),
    ("shares_window", "SH02_pooled", WINDOW, "BE", "all", 8 / 11),
    ("shares_window", "SH03_mean", WINDOW, "BE", "all", (3 * 0.6 + 2.5 / 3) / 4),
    ("shares_window", "SH03_pooled", WINDOW, "BE", "all", 20.5 / 33),
    ("shares_window", "SH04_mean", WINDOW, "BE", "all", (3 * 0.25 + 110 / 140) / 4),
    ("shares_window", "SH04_pooled", WINDOW, "BE", "all", 1610 / 6140),
    # Offers 2.5 1.5 2.5 2.5: of six slopes three are zero, the middle ones; two pairs rise, one falls, three are equal.
    ("trends", "GR01:LV01", WINDOW, "BE", "all", 0),
    ("trends", "GR01_tau:LV01", WINDOW, "BE", "all", 1 / sqrt(6 * 3)),
    ("trends", "GR02:LV01", DECEMBER, "BE", "all", -0.4),
    ("trends", "GR03:LV01", WINDOW, "BE", "all", 0),
    ("literature_comparison", "CMP01_L", WINDOW, "BE", "all", 2.25 / 4),
    ("literature_comparison", "CMP01_V", WINDOW, "BE", "all", 0.75),
    ("literature_comparison", "CMP01_T", WINDOW, "BE", "all", (3 * 0.6 + 2.5 / 3) / 4),
    ("literature_comparison", "CMP01_R", WINDOW, "BE", "all", (3 * 0.25 + 110 / 140) / 4),
    ("literature_comparison", "CMP02", WINDOW, "BE", "all", 12 * 1610 / 4),
    # Nine tenths of the pages were fetched in every month.
    ("literature_comparison", "CMP02_cov", WINDOW, "BE", "all", 12 * (3 * 500 / 0.75 + 110 / 0.25) / 4),
    ("literature_comparison", "CMP02:NL", WINDOW, "BE", "all", 1610 / 3330),
    ("literature_comparison", "LIT_SHARE", WINDOW, "BE", "all", (0.004 + 0.013) / 2),
    ("literature_comparison", "LIT_REVENUE", WINDOW, "BE", "all", 1_000_000),
]

# Codes whose hand-worked case needs a world of its own, and the test that works it out.
ELSEWHERE: dict[str, str] = {
    "COV02": "test_month.py::test_two_sweeps_give_chapman",
    "COV04": "test_conduct.py::test_sales_by_coarse_counters",
    "LV03_counter": "test_conduct.py::test_sales_by_coarse_counters",
    "MO02": "test_across_families.py::test_origins_over_the_window",
    "MO03": "test_across_families.py::test_origins_over_the_window",
    "MO04": "test_across_families.py::test_origins_over_the_window",
    "MO04_n": "test_across_families.py::test_origins_over_the_window",
    "LIT_CRYPTO_SHARE": "test_across_families.py::test_registry_computes_every_family",
    **dict.fromkeys(
        (
            "MG01_A", "MG01_AB", "MG01_ABC", "MG01_share_A", "MG01_share_AB", "MG01_share_ABC", "MG01_sum_p", "MG02_A",
            "MG02_AB", "MG02_ABC", "MG03_T_A", "MG03_T_AB", "MG03_T_ABC",
        ),
        "test_across_families.py::test_migration_by_class",
    ),
    "SV02": "test_across_families.py::test_survival_counts_entry_and_exit",
    "SV03": "test_across_families.py::test_survival_counts_entry_and_exit",
}  # fmt: skip


@lru_cache(maxsize=1)
def computed() -> dict[str, pl.DataFrame]:
    return hand.tables()


@pytest.mark.parametrize(("table", "code", "month", "country", "drug_class", "expected"), CASES)
def test_hand_case(table: str, code: str, month: str, country: str, drug_class: str, expected: float) -> None:
    here = {"indicator": code, "country": country, "drug_class": drug_class}
    frame = computed()[table].filter(
        pl.col("month") == pl.lit(month).str.to_date(), *(pl.col(name) == text for name, text in here.items())
    )
    # Over a window of one market the market and all of them are the same.
    assert frame.height in (1, 2)
    assert frame["value"].to_list() == pytest.approx([expected] * frame.height)


def test_bounds_of_unknown_origins_by_hand() -> None:
    """Vendor c of unknown origin has 1 offer, 2 sales and 400 euros: all of it may be Belgium's, or nothing. The market
    has 8 offers and 6 were captured: as much of the world, a third of 5, 10 and 3 vendors, was not seen. Of c's sales
    one stands at a gap: how many more there were is unknown."""
    shares = computed()["shares"].filter(
        (pl.col("country") == "BE") & (pl.col("drug_class") == "all") & (pl.col("month") == pl.date(2018, 11, 1))
    )
    upper = dict(shares.filter(pl.col("indicator").str.ends_with("_bound")).select("indicator", "upper").iter_rows())
    of_offers = (3.5 + 5 / 3) / (5 + 5 / 3)
    assert upper == {"SH01_bound": pytest.approx(of_offers), "SH02_bound": 1, "SH03_bound": None, "SH04_bound": None}


def test_survival_by_hand() -> None:
    """SV01: five vendors enter in December: two stay one month, one two, two to the end: 3/5, then 3/5 × 2/3."""
    stays = {"p": [1], "q": [1], "r": [1, 2], "s": [1, 2, 3], "t": [1, 2, 3], "z": [0, 1, 2, 3]}
    seen = vendors(*(("dream", name, month, None) for name, months in stays.items() for month in months))
    frame = survival({"vendors": seen}, options=OPTIONS)
    assert value(frame, "SV01:1", "W") == pytest.approx(3 / 5)
    assert value(frame, "SV01:2", "W") == pytest.approx(2 / 5)


def test_shock_by_hand() -> None:
    """Ten sales a day of ten vendors until Dream's notice on 26 March, from then on twenty of twenty.

    SK01: the level doubles and does not grow; SK02: the change is at the notice; SK03: the old level is reached at
    once, and after one week where only half is sold in the first.
    """
    doubled = shocks({"transactions": daily(lambda age: 10 if age < 0 else 20)}, options=OPTIONS)
    for measure in "TV":
        for code, expected in (("SK01_level", 2), ("SK01_slope", 1), ("SK02", 0), ("SK03", 0)):
            found = value(doubled, f"{code}_{measure}:dream_closure_notice", "W", "wall_street")
            assert found == pytest.approx(expected, abs=1e-3), (code, measure)
    halved = shocks({"transactions": daily(lambda age: 5 if 0 <= age < 7 else 10)}, options=OPTIONS)
    for measure in "TV":
        assert value(halved, f"SK03_{measure}:dream_closure_notice", "W", "wall_street") == 1


def test_slope_of_a_shock_by_hand() -> None:
    """SK01_slope: ten a day before, then doubling every week from ten on: the level ratio is 1, the weekly one 2."""
    days = np.r_[np.full(28, 10.0), 10 * 2 ** (np.arange(28) / 7)]
    found = interrupted(days, 28, 1)
    assert found["level"][0] == pytest.approx(1, rel=1e-6)
    assert found["slope"][0] == pytest.approx(2, rel=1e-6)


def codes(tables: dict[str, pl.DataFrame]) -> set[str]:
    return {
        code.partition(":")[0]
        for name, frame in tables.items()
        if "indicator" in frame.columns and name != "study_scorecard"
        for code in frame["indicator"].unique()
    }


def test_every_code_has_a_hand_worked_case() -> None:
    """The catalogue: whatever a world of three markets and nineteen months has, and this one."""
    catalogue = codes(world_indicators("tiny", 11, 2)) | codes(computed())
    assert len(catalogue) > 100
    here = {code.partition(":")[0] for _, code, *_ in CASES}
    shock = {f"{code}_{measure}" for code in ("SK01_level", "SK01_slope", "SK02", "SK03") for measure in "TV"}
    below = {"SV01", *shock}
    assert catalogue - here - set(ELSEWHERE) - below - own_cases() == set()


def own_cases() -> set[str]:
    """Codes of families that have a test module of their own name, which works them out."""
    worked_out = set()
    for table, family in families().items():
        module = Path(__file__).with_name(f"test_{table}.py")
        text = module.read_text("utf-8") if module.is_file() else ""
        worked_out |= {code.id for code in family.codes if re.search(rf"\b{code.id}\b", text)}
    return worked_out


@pytest.mark.parametrize("code", ELSEWHERE)
def test_cases_elsewhere_name_their_code(code: str) -> None:
    file, _, name = ELSEWHERE[code].partition("::")
    text = Path(__file__).with_name(file).read_text("utf-8")
    [test] = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == name]
    source = ast.get_source_segment(text, test) or ""
    assert re.search(rf"\b{code}\b", source) or "chapman" in source.lower()
