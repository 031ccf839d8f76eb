"""Growth of activity over a market's observation window (GR), per country.

GR01:x Theil–Sen slope of the logarithm of x per month, with Sen's interval; GR01_p:x exact p of Kendall's τ;
GR01_tau:x τ itself, with the bounds that missed pages leave open; GR02:x change from the month before; GR03:x compound
monthly rate from first to last month.
x is LV01–LV04. Windows are of 5 to 8 months: a trend says no more than that. A month of zero has no logarithm.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from cryptodrug_assets.indicators.missed import order_bounds, variance_of_levels
from cryptodrug_assets.indicators.rows import ALL, IndicatorOptions, Row, indicator_frame, missing, row
from cryptodrug_assets.indicators.windows import History

_LEAST_MONTHS = 4
_SALES = ("LV03", "LV04")


def trends(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """GR01–GR03 from indicators.activity of all cells; clean offers and sales tell what missed pages leave open."""
    levels = history["activity"].filter(
        (pl.col("drug_class") == ALL) & pl.col("indicator").str.contains("^LV0[1-4]$") & pl.col("value").is_not_null()
    )
    missed = variance_of_levels(history)
    levels = levels.join(missed, on=["market", "month", "country", "indicator"], how="left", maintain_order="left")
    rows: list[Row] = []
    for (market, country, indicator), part in sorted(
        levels.partition_by("market", "country", "indicator", as_dict=True).items()
    ):
        months = levels.filter(pl.col("market") == market)["month"].unique().sort()
        # A country without offers in a month has no row there: a zero of an observed month.
        full = months.to_frame().join(part, on="month", how="left", maintain_order="left").sort("month")
        coverage = full["coverage"].min()
        vendors = full["n_vendors"].min() if not full["n_vendors"].null_count() else 0
        common = {"n": len(months), "n_vendors": vendors, "market": market, "coverage": coverage}
        values = full["value"].fill_null(0.0).to_numpy()
        seen, variance = full["coverage"].fill_null(1.0).to_numpy(), full["variance"].fill_null(0.0).to_numpy()
        once = ~full["month"].is_in(months.dt.offset_by("-1mo").implode()).to_numpy() & (indicator in _SALES)
        bounds = order_bounds(values, seen, variance, once)
        rows += _of(str(indicator), str(country), values, bounds, months.to_list(), common)
    return indicator_frame("trends", rows, options=options)


def _of(
    indicator: str,
    country: str,
    values: np.ndarray,
    order: tuple[float, float] | None,
    months: list[Any],
    common: Row,
) -> Iterator[Row]:
    last = common | {"month": months[-1]}
    for number in range(1, len(months)):
        if values[number - 1] > 0:
            change = values[number] / values[number - 1] - 1
            where = common | {"month": months[number]}
            yield row(f"GR02:{indicator}", country, "ratio", change, method="x / x of the month before - 1", **where)
    if (values <= 0).any() or len(values) < _LEAST_MONTHS:
        why = "a month of zero" if (values <= 0).any() else f"fewer than {_LEAST_MONTHS} months"
        yield missing(f"GR01:{indicator}", country, "ratio", why, **last)
        return
    time, logs = np.arange(len(values)), np.log(values)
    slope, _, low, high = stats.theilslopes(logs, time, alpha=0.95)
    tau, p = stats.kendalltau(time, logs, method="auto" if len(set(logs)) < len(logs) else "exact")
    window = f"{months[0]:%Y-%m} to {months[-1]:%Y-%m}"
    interval = (float(low), float(high))
    method = f"Theil–Sen slope of the logarithm per month, {window}; Sen interval 95 %"
    yield row(f"GR01:{indicator}", country, "ratio", float(slope), method=method, interval=interval, **last)
    kendall = f"Kendall, {window}"
    if not np.isnan(tau):
        method = kendall if order is None else f"{kendall}; bounds: the order that missed pages leave open"
        yield row(f"GR01_tau:{indicator}", country, "ratio", float(tau), method=method, interval=order, **last)
        yield row(f"GR01_p:{indicator}", country, "probability", float(p), method=f"{kendall}, two-sided", **last)
    compound = (values[-1] / values[0]) ** (1 / (len(values) - 1)) - 1
    yield row(f"GR03:{indicator}", country, "ratio", compound, method=f"compound monthly rate, {window}", **last)
