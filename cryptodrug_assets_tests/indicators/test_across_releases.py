"""Two releases side by side: what the later one hides and the earlier one gives away, worked by hand."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets.indicators.disclosure.across_releases import told_beside
from cryptodrug_assets.indicators.disclosure.suppression import Hidden, hidden_cells
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.indicators.windows import monthly_contributions
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.indicators.attack import world

OPTIONS = IndicatorOptions(bootstrap=0)
NOVEMBER, DECEMBER, JANUARY = date(2018, 11, 1), date(2018, 12, 1), date(2019, 1, 1)
# Offers of two vendors of Luxembourg by month; the Netherlands have forty of eight vendors in each.
LUXEMBOURG = {NOVEMBER: 4, DECEMBER: 6, JANUARY: 5}


def contributions() -> pl.DataFrame:
    made = []
    for month, offers in LUXEMBOURG.items():
        for country, vendors, value in (("LU", 2, offers / 2), ("NL", 8, 5.0), ("DE", 8, 5.0)):
            for place in (country, "W"):
                made += [
                    {
                        "vendor_key": f"{country}{number}", "indicator": "LV01", "country": place, "drug_class": "all",
                        "value": value, "n": int(value), "market": "dream", "month": month,
                    }
                    for number in range(vendors)
                ]  # fmt: skip
    return pl.DataFrame(made)


def earlier(months: list[date], *, window: bool, shown: tuple[date, ...] = ()) -> dict[str, pl.DataFrame]:
    """Public tables of a release of some months: the world, months of Luxembourg that are shown, its window."""

    def level(month: date, country: str, value: float | None) -> dict[str, Any]:
        return {
            "market": "dream", "month": month, "indicator": "LV01", "country": country, "drug_class": "all",
            "value": value,
        }  # fmt: skip

    levels = [level(month, "W", 80.0 + LUXEMBOURG[month]) for month in months]
    levels += [level(month, "LU", LUXEMBOURG[month] if month in shown else None) for month in months]
    share = 0.05 if window else None
    pooled = {"market": "dream", "month": months[-1], "indicator": "SH01_pooled", "country": "LU", "value": share}
    return {
        "activity_public": rows("indicators", "activity_public", *levels),
        "shares_window_public": rows("indicators", "shares_window_public", pooled),
        "specialisation_window_public": rows("indicators", "specialisation_window_public"),
    }


def hidden(*cells: tuple[Any, ...]) -> Hidden:
    every: set[tuple[Any, ...]] = {("c", "dream", month, name) for month in LUXEMBOURG for name in ("LU", "NL")}
    every |= {("C", where, "NL") for where in ("dream", "all")}
    return Hidden({"L": frozenset({*every, *cells}), "V": frozenset(), "T": frozenset(), "R": frozenset()})


@pytest.mark.parametrize(
    ("before", "closed", "told"),
    [
        # Both windows are shown: the sum of three months less that of two is January, and the mean of monthly shares,
        # which weighs months differently, parts the other two.
        (earlier([NOVEMBER, DECEMBER], window=True), (), [NOVEMBER, DECEMBER, JANUARY]),
        # The window of two months alone tells no month.
        (earlier([NOVEMBER, DECEMBER], window=True), (("C", "dream", "LU"), ("C", "all", "LU")), []),
        (earlier([NOVEMBER, DECEMBER], window=False), (), []),
        # A month that was shown is known, and with the windows the others.
        (earlier([NOVEMBER, DECEMBER], window=True, shown=(NOVEMBER,)), (), [NOVEMBER, DECEMBER, JANUARY]),
        # The same months once more: nothing new.
        (earlier(list(LUXEMBOURG), window=True), (), []),
    ],
)
def test_differences_between_windows(
    before: dict[str, pl.DataFrame], closed: tuple[tuple[Any, ...], ...], told: list[date]
) -> None:
    found = told_beside(contributions(), hidden(*closed), before, OPTIONS)
    # The window itself is as sensitive as its months; here what is asked is which months are told.
    months = [cell for cell in found.get("L", []) if cell[0] == "c"]
    assert months == [("c", "dream", month, "LU") for month in told]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_release_tells_nothing_beside_itself(seed: int) -> None:
    internal, public = world(seed)
    long = monthly_contributions(internal)
    assert told_beside(long, hidden_cells(long, OPTIONS), public, OPTIONS) == {}
