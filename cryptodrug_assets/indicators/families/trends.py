"""Growth of activity over a market's observation window (GR), per country.

GR01:x Theil–Sen slope of the logarithm of x per month; GR01_tau:x Kendall's τ of the months, with the bounds that
missed pages leave open; GR02:x change from the month before; GR03:x compound monthly rate from first to last month.
x is LV01–LV04. Windows are of a few months: a trend says no more than that. A month of zero has no logarithm, and a
month that is unknown is not zero: there is no trend over it.

Levels carry over: most vendors and offers of a month are those of the month before, so that months are far from
independent, and Sen's interval and Kendall's p, which take them as such, find a trend in a third of cases of none. The
interval of GR01 is that of a level which goes on from where it was (a random walk with drift): the slope is Σ c Δ of
the months' changes Δ, so its error is that of Δ times √Σc², with Student's t of the changes less one (Durlauf &
Phillips 1988 on trends of random walks). There is no p.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from cryptodrug_assets.indicators.code import OF_SALES, Code, level_code, levels
from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import Row as Published
from cryptodrug_assets.indicators.disclosure.few_vendors import vendors_of
from cryptodrug_assets.indicators.family import Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.rows import (
    ALL,
    LEAST_VENDORS,
    WORLD,
    IndicatorOptions,
    Row,
    indicator_frame,
    missing,
    row,
)
from cryptodrug_assets.indicators.statistics.missed_pages import order_bounds, variance_of_levels
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.windows import History

_LEAST_MONTHS = 4
_SALES = tuple(level_code(measure) for measure in OF_SALES)


def trends(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """GR01–GR03 from indicators.activity of all cells; clean offers and sales tell what missed pages leave open."""
    every = history["activity"].filter((pl.col("drug_class") == ALL) & pl.col("indicator").is_in(list(levels())))
    known = every.filter(pl.col("value").is_not_null())
    unknown = set(every.filter(pl.col("value").is_null()).select("market", "indicator").iter_rows())
    missed = variance_of_levels(history)
    known = known.join(missed, on=["market", "month", "country", "indicator"], how="left", maintain_order="left")
    rows: list[Row] = []
    for (market, country, indicator), part in sorted(
        known.partition_by("market", "country", "indicator", as_dict=True).items()
    ):
        months = known.filter(pl.col("market") == market)["month"].unique().sort()
        # A country without offers in a month has no row there: a zero of an observed month.
        full = months.to_frame().join(part, on="month", how="left", maintain_order="left").sort("month")
        coverage = None if part["coverage"].null_count() else full["coverage"].min()
        vendors = full["n_vendors"].min() if not full["n_vendors"].null_count() else 0
        common = {"n": len(months), "n_vendors": vendors, "market": market, "coverage": coverage}
        values = full["value"].fill_null(0.0).to_numpy()
        # Of a month whose coverage is unknown the order is unknown.
        seen = full["coverage"].fill_null(0.0 if part["coverage"].null_count() else 1.0).to_numpy()
        variance = full["variance"].fill_null(0.0).to_numpy()
        once = ~full["month"].is_in(months.dt.offset_by("-1mo").implode()).to_numpy() & (indicator in _SALES)
        bounds = order_bounds(values, seen, variance, once)
        why = "a month is unknown" if (market, indicator) in unknown else None
        rows += _of(str(indicator), str(country), values, bounds, full["month"].to_list(), common, why)
    return indicator_frame("trends", rows, options=options)


def _of(
    indicator: str,
    country: str,
    values: np.ndarray,
    order: tuple[float, float] | None,
    months: list[Any],
    common: Row,
    why: str | None,
) -> Iterator[Row]:
    last = common | {"month": months[-1]}
    time = np.array([12 * month.year + month.month for month in months]) - 12 * months[0].year - months[0].month
    for number in range(1, len(months)):
        if values[number - 1] > 0 and time[number] - time[number - 1] == 1 and why is None:
            change = values[number] / values[number - 1] - 1
            where = common | {"month": months[number]}
            yield row(f"GR02:{indicator}", country, "ratio", change, method="x / x of the month before - 1", **where)
    if why is None and (values <= 0).any():
        why = "a month of zero"
    if why is None and len(values) < _LEAST_MONTHS:
        why = f"fewer than {_LEAST_MONTHS} months"
    if why is not None:
        yield missing(f"GR01:{indicator}", country, "ratio", why, **last)
        return
    logs = np.log(values)
    from scipy import stats

    slope, *_ = stats.theilslopes(logs, time)
    tau, _ = stats.kendalltau(time, logs)
    window = f"{months[0]:%Y-%m} to {months[-1]:%Y-%m}"
    reach = slope_error(time, logs) * stats.t.ppf(0.975, len(logs) - 2)
    interval = (float(slope - reach), float(slope + reach))
    method = f"Theil–Sen slope of the logarithm per month, {window}; 95 %, levels carry over from month to month"
    yield row(f"GR01:{indicator}", country, "ratio", float(slope), method=method, interval=interval, **last)
    kendall = f"Kendall, {window}"
    if not np.isnan(tau):
        method = kendall if order is None else f"{kendall}; bounds: the order that missed pages leave open"
        yield row(f"GR01_tau:{indicator}", country, "ratio", float(tau), method=method, interval=order, **last)
    compound = (values[-1] / values[0]) ** (1 / int(time[-1])) - 1
    yield row(f"GR03:{indicator}", country, "ratio", compound, method=f"compound monthly rate, {window}", **last)


def slope_error(time: np.ndarray, logs: np.ndarray) -> float:
    """Standard error of the slope of a series whose changes are independent: their deviation times √Σc², where c is the
    weight of each change in the slope of least squares. A change over k months has k times the variance of one month.

    >>> round(slope_error(np.arange(3), np.array([0.0, 1.0, 0.0])), 6)
    1.0
    """
    centred = time - time.mean()
    weights = centred / (centred**2).sum()
    of_changes = np.cumsum(weights[::-1])[::-1][1:]
    gaps = np.diff(time)
    deviation = (np.diff(logs) / np.sqrt(gaps)).std(ddof=1)
    return float(deviation * np.sqrt((of_changes**2 * gaps).sum()))


def _hide(row: Published, disclosure: Disclosure) -> bool:
    """A trend or change tells a hidden month from those that are shown."""
    measure, market, country = disclosure.parsed(row).measure, str(row["market"]), str(row["country"])
    if country == WORLD:
        return disclosure.hidden.month(measure, market)
    return vendors_of(row) < LEAST_VENDORS or disclosure.hidden.any_month(measure, market, country)


FAMILY = Family(
    table="trends",
    grain="across",
    codes=(
        Code("GR01", "ratio", parameter="code"),
        Code("GR01_tau", "ratio", parameter="code"),
        Code("GR02", "ratio", parameter="code", two_months=True),
        Code("GR03", "ratio", parameter="code"),
    ),
    compute=trends,
    rows=rules.level,
    reads=("clean/listings", "clean/transactions", "indicators/activity", "indicators/coverage"),
    publish=Publish(hide=_hide, remainders=no_remainders),
    lead=Lead("GR01:LV03"),
)
