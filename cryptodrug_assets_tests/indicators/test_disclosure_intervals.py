"""An attack on published intervals, on whole releases of several worlds: what do bounds tell beyond the values?

Once each bound held the sum of squares over a cell's vendors: trying all splits of a published total left one in 192 of
193 cells. Nothing here knows how bounds are protected; it reads the public tables alone and compares with the truth.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.optimize import brentq

from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.pipeline.worlds import world_indicators
from cryptodrug_assets.replica.dirt import Dirt
from cryptodrug_assets.replica.partial import PRESETS
from cryptodrug_assets.study.public_tables import public_tables
from cryptodrug_assets_tests.indicators.attack import Attack, world

Tables = dict[str, pl.DataFrame]
WORLDS = [
    "made",
    "demo",
    pytest.param("dirty", marks=pytest.mark.slow),
    pytest.param("archive", marks=pytest.mark.slow),
    pytest.param("study", marks=[pytest.mark.slow, pytest.mark.timeout(3600)]),
]
MEASURES = {"SH01": "LV01", "SH03": "LV03", "SH04": "LV04"}


@lru_cache(maxsize=1)
def release(name: str) -> tuple[Tables, Tables]:
    """Internal and public tables of a world."""
    if name == "made":
        return world(1, varied=True)
    flaws = {"dirty": Dirt(), "archive": PRESETS["archive"]}.get(name)
    internal = world_indicators("study" if name == "study" else "demo", 1, 50, flaws)
    return internal, public_tables(internal, options=IndicatorOptions(bootstrap=50))


def shown(public: Tables, table: str, indicator: str) -> list[dict[str, Any]]:
    frame = public[f"{table}_public"].filter(
        pl.col("indicator") == indicator, pl.col("drug_class") == "all", pl.col("country") != "W",
        pl.col("value").is_not_null(),
    )  # fmt: skip
    return list(frame.iter_rows(named=True))


def spread_told(value: float, bounds: tuple[float, float], vendors: int, of: int) -> float:
    """What an interval of a share tells beside its value: the relative variance per vendor that gives this width.

    The same for all cells of a market if the bounds know nothing of how each total splits."""

    def width(factor: float) -> float:
        observations = (1 - value) / (value * (1 / vendors - 1 / (of + 1)) * factor)
        half = np.sqrt(value * (1 - value) / observations + 1 / (4 * observations**2)) / (1 + 1 / observations)
        return float(2 * half - (bounds[1] - bounds[0]))

    return float(brentq(width, 1e-9, 1e9)) if width(1e-9) * width(1e9) < 0 else np.nan


@pytest.mark.parametrize("name", WORLDS)
def test_a_bound_of_few_vendors_is_a_function_of_its_value_and_their_number(name: str) -> None:
    """Among cells of a market and month with as many vendors the width follows from the value alone: two countries of
    equal value would have equal bounds, however differently they split."""
    internal, public = release(name)
    vendors = {(row["market"], row["month"], row["country"]): row["value"] for row in shown(public, "activity", "LV02")}
    worlds = internal["activity"].filter(indicator="LV02", country="W", drug_class="all")
    world_vendors = {(row["market"], row["month"]): row["value"] for row in worlds.iter_rows(named=True)}
    attacked = 0
    for code in MEASURES:
        by_market: dict[Any, list[tuple[float, int]]] = {}
        for row in shown(public, "shares", code):
            cell = row["market"], row["month"], row["country"]
            if row["lower"] is None:
                continue
            # Where their number is hidden, so are the bounds that it would follow from.
            assert cell in vendors, (code, cell)
            n = int(vendors[cell])
            if n < 10 and 0 < row["value"] < 1:
                bounds = row["lower"], row["upper"]
                factor = spread_told(row["value"], bounds, n, int(world_vendors[cell[:2]]))
                by_market.setdefault(cell[:2], []).append((factor, n))
        for cell, found in by_market.items():
            factors = np.array([factor for factor, _ in found if np.isfinite(factor)])
            attacked += len(factors)
            if len(factors) > 1:
                # One number of the whole market, whatever the cells hold (width is not quite linear in it).
                assert factors.max() / factors.min() < 1.5, (code, cell, factors)
    assert attacked > (0 if name == "demo" else 5)


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("indicator", ["LV01", "LV02", "LV03", "LV04"])
def test_sums_windows_and_rows_that_are_there_tell_nothing(name: str, indicator: str) -> None:
    """For whoever knows that a hidden row stands for at least one: no sensitive count exactly, no value within 15 %."""
    attack = Attack(*release(name), indicator)
    attacked = 0
    for number, (value, vendors) in enumerate(zip(attack.truth, attack.vendors, strict=True)):
        if vendors in (1, 2) and value and value > 0:
            attacked += 1
            low, high = attack.range_of(number)
            room = max(0.15 * value, 0.0 if indicator == "LV04" else 1.0)
            least = max(value - min(value, room), attack.floor(number))
            assert high >= value + room - 1e-3, attack.cells[number]
            assert low <= least + 1e-3, attack.cells[number]
    assert attacked > 3


@pytest.mark.parametrize("name", WORLDS)
def test_no_upper_bound_adds_up_what_is_hidden(name: str) -> None:
    """The most that a country may have is its value, the unknown origin's and its regions': each is shown as well."""
    _, public = release(name)
    levels = public["activity_public"].filter(drug_class="all")
    hidden = set(levels.filter(conf_status="C").select("market", "month", "indicator", "country").iter_rows())
    bounded = levels.filter(pl.col("upper").is_not_null(), pl.col("country") != "W")
    for market, month, indicator in bounded.select("market", "month", "indicator").iter_rows():
        assert (market, month, indicator, "_U") not in hidden
    assert bounded.filter(pl.col("indicator") == "LV02").is_empty()
    for code, level in MEASURES.items():
        for row in shown(public, "shares", f"{code}_bound"):
            assert (row["market"], row["month"], level, "_U") not in hidden
