"""Concentration of supply over vendors (CN), per origin.

CN01 Herfindahl–Hirschman index Σs²; CN02 Gini coefficient; CN03:p share of the largest p percent of vendors (at least
one vendor); CN04:p Lorenz curve, share of the smallest p percent. Suffix _L live offers, _T transactions, _R revenue;
an offer or sale with n origins weighs 1/n in each. Intervals: vendors resampled, 95 %, corrected for bias
(repeated vendors make every replicate more concentrated), from ten vendors on.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cryptodrug_assets.indicators.code import Code, levels
from cryptodrug_assets.indicators.contributions import contributions_of
from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import LEAST_FOR_PROPORTION, vendors_of
from cryptodrug_assets.indicators.disclosure.few_vendors import Row as Published
from cryptodrug_assets.indicators.disclosure.shared_rules import plain
from cryptodrug_assets.indicators.family import Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.rows import (
    ALL,
    LEAST_VENDORS,
    WORLD,
    Clean,
    IndicatorOptions,
    Row,
    indicator_frame,
    row,
)
from cryptodrug_assets.indicators.statistics.intervals import LEAST_RESAMPLED, draw_vendors, replicate_interval
from cryptodrug_assets.indicators.tracing import rules

_MEASURES = levels("LTR")
TOP, _LORENZ = (1, 5, 10), (10, 25, 50, 75, 90)
# Replicates at once: few enough for their arrays to stay in the processor's cache.
_ROWS = 25
_METHOD = "over vendors of the origin; vendor bootstrap, 95 % bias-corrected"


def concentration(
    clean: Clean, *, market: str, month: str, options: IndicatorOptions, coverage: float | None = None
) -> pl.DataFrame:
    """CN01–CN04 of a market-month, per origin and for the world."""
    rows = concentration_rows(clean, options)
    return indicator_frame("concentration", rows, market=market, month=month, options=options, coverage=coverage)


def concentration_rows(clean: Clean, options: IndicatorOptions) -> list[Row]:
    """The rows of `concentration` without their cell."""
    long = contributions_of(clean).filter((pl.col("drug_class") == ALL) & (pl.col("value") > 0))
    rows: list[Row] = []
    for (indicator, country), part in sorted(
        long.filter(pl.col("indicator").is_in(list(_MEASURES)))
        .partition_by("indicator", "country", as_dict=True)
        .items()
    ):
        sizes = np.sort(part["value"].to_numpy())
        rows += _of(sizes, _MEASURES[str(indicator)], str(country), int(part["n"].sum()), options)
    return rows


def _of(sizes: NDArray[np.float64], measure: str, country: str, n: int, options: IndicatorOptions) -> list[Row]:
    names = [f"CN01_{measure}", f"CN02_{measure}", *(f"CN03_{measure}:{p}" for p in TOP)]
    detailed = country == WORLD or country in options.focus
    if detailed:
        names += [f"CN04_{measure}:{p}" for p in _LORENZ]
    point = _measures(sizes, np.ones((1, len(sizes))), detailed)[0]
    if options.bootstrap >= 2 and len(sizes) >= LEAST_RESAMPLED:
        draws = draw_vendors(len(sizes), options.bootstrap, options.seed, block=_ROWS)
        replicates = np.vstack([_measures(sizes, block, detailed) for block in draws]).T
        low, high = replicate_interval(point, replicates, np.full(len(names), len(sizes)))
    else:
        low = high = np.full(len(names), np.nan)
    return [
        row(name, country, "ratio", value, method=_METHOD, interval=(lo, hi), n=n, n_vendors=len(sizes))
        for name, value, lo, hi in zip(names, point, low, high, strict=True)
    ]


def _measures(sizes: NDArray[np.float64], weights: NDArray[np.float64], lorenz: bool) -> NDArray[np.float64]:
    """Replicates × measures; `sizes` ascending, `weights` says how often each vendor is in the replicate."""
    count = weights.sum(axis=1)
    total = weights @ sizes
    hhi = (weights @ sizes**2) / total**2
    # Cumulative share of size up to and including each vendor; Gini by the trapezoids under the Lorenz curve.
    drawn = weights * sizes
    cumulated = np.cumsum(drawn, axis=1)
    cumulated /= total[:, None]
    drawn /= total[:, None]
    both = cumulated - drawn
    both += cumulated
    both *= weights
    gini = 1 - both.sum(axis=1) / count
    people = np.cumsum(weights, axis=1)
    columns = [hhi, gini]
    # How many of the smallest vendors: all but the largest p percent, then the smallest p percent.
    wanted = [count - np.maximum(1, np.ceil(count * percent / 100)) for percent in TOP]
    wanted += [count * percent / 100 for percent in _LORENZ] if lorenz else []
    curve = _lorenz(people, cumulated, sizes, total, np.column_stack(wanted))
    curve[:, : len(TOP)] = 1 - curve[:, : len(TOP)]
    return np.column_stack([*columns, curve])


def _lorenz(
    people: NDArray[np.float64],
    cumulated: NDArray[np.float64],
    sizes: NDArray[np.float64],
    total: NDArray[np.float64],
    smallest: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Per replicate the Lorenz curve at so many `smallest` vendors, straight between two vendors."""
    place = np.array([row.searchsorted(at) for row, at in zip(people, smallest - 1e-9, strict=True)])
    place = np.minimum(place, people.shape[1] - 1)
    missing = np.take_along_axis(people, place, axis=1) - smallest
    share = np.take_along_axis(cumulated, place, axis=1) - missing * sizes[place] / total[:, None]
    return np.asarray(np.clip(share, 0.0, 1.0), dtype=np.float64)


def largest_shown(vendors: int) -> list[int]:
    """The percentages p for which the share of the largest p percent may be shown: of three vendors at least, and of
    three more (or of no more) than the one shown before."""
    shown: list[int] = []
    before = 0
    for percent in TOP:
        largest = -(-vendors * percent // 100)
        if largest == before or largest - before >= LEAST_VENDORS:
            shown.append(percent)
            before = largest
    return shown


def _hide(row: Published, disclosure: Disclosure) -> bool:
    """Indices of concentration: ten vendors; the largest p percent are at least three."""
    code, vendors = disclosure.parsed(row), vendors_of(row)
    if vendors < LEAST_FOR_PROPORTION:
        return True
    market, month, country = str(row["market"]), row["month"], str(row["country"])
    few = code.id == "CN03" and int(code.parameter) not in largest_shown(vendors)
    gone = country != WORLD and disclosure.hidden.country(code.measure, market, month, country)
    return few or gone or disclosure.hidden.month(code.measure, market, month)


FAMILY = Family(
    table="concentration",
    grain="month",
    codes=(
        Code("CN01", "ratio", measures="LTR"),
        Code("CN02", "ratio", measures="LTR"),
        Code("CN03", "ratio", measures="LTR", parameter="percent"),
        Code("CN04", "ratio", measures="LTR", parameter="percent", internal=True),
    ),
    compute=concentration,
    rows=rules.level,
    publish=Publish(keep=plain, hide=_hide, remainders=no_remainders),
    lead=Lead("CN01_T"),
)
