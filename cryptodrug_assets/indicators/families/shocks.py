"""What an event did to a market (SK), from daily and weekly series of observed sales.

SK01_level_x:e, SK01_slope_x:e: interrupted time series at the known date of event e (negative binomial regression, log
link): ratio of the level after to the level expected, and of the weekly growth after to that before.
SK02_x:e: days from the event to the nearest change point (PELT on the logarithm, detrended on the time before).
SK03_x:e: weeks until the level before the event is reached again. x is T (sales a day) or V (vendors selling a week).
An event `e` is market_type as in data_contracts/markets. Months cannot show any of this.
"""

import warnings
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cryptodrug_assets.indicators.code import Code
from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import LEAST_FOR_PROPORTION, vendors_of
from cryptodrug_assets.indicators.disclosure.few_vendors import Row as Published
from cryptodrug_assets.indicators.disclosure.shared_rules import focused
from cryptodrug_assets.indicators.family import Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.rows import (
    WORLD,
    IndicatorOptions,
    Row,
    drugs,
    indicator_frame,
    missing,
    places_of,
    row,
)
from cryptodrug_assets.indicators.seen import least_coverage
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.windows import History
from cryptodrug_assets.months import month_after, month_start
from cryptodrug_assets.observation import market_configs

_BEFORE, _AFTER, _LEAST_SALES = 28, 14, 30
_WEEK = 7


def shocks(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """SK01–SK03 for every market and every event inside its window, for the world and every country of origin."""
    # Imputed sales lie evenly by construction: they would fill the very break that is looked for.
    observed = drugs(history["transactions"]).filter(pl.col("status") == "observed")
    sales = observed.select("market", "month", "vendor_key", "origins", "dated_at")
    rows: list[Row] = []
    for market in sales["market"].unique().sort().to_list():
        own = sales.filter(pl.col("market") == market)
        by_origin = own.explode("origins", empty_as_null=True).partition_by("origins", as_dict=True)
        coverage = least_coverage(history, market)
        first = own["month"].min()
        last = own["month"].max()
        end = month_start(month_after(last.strftime("%Y-%m")))  # type: ignore[union-attr]
        for name, day in _events():
            stop = min([other for source, other in _events(market) if other > day] + [end])
            if day - first < timedelta(_BEFORE) or stop - day < timedelta(_AFTER):  # type: ignore[operator]
                continue
            for country in places_of(own, options):
                part = own if country == WORLD else by_origin.get((country,), own.clear())
                where = {"market": market, "month": last, "n": part.height, "coverage": coverage}
                where["n_vendors"] = part["vendor_key"].n_unique()
                rows += _event(part, name, country, (first, day, stop), where)  # type: ignore[arg-type]
    return indicator_frame("shocks", rows, options=options)


def _events(market: str | None = None) -> list[tuple[str, date]]:
    return [
        (f"{name}_{event.type}", event.date)
        for name, config in market_configs().items()
        if market in (None, name)
        for event in config.events
    ]


def _event(sales: pl.DataFrame, name: str, country: str, span: tuple[date, date, date], where: Row) -> Iterator[Row]:
    first, day, stop = span
    for measure, step in (("T", 1), ("V", _WEEK)):
        if sales.height < _LEAST_SALES:
            yield missing(f"SK01_level_{measure}:{name}", country, "ratio", f"fewer than {_LEAST_SALES} sales", **where)
            continue
        counts, offset = series(sales, first, day, stop, step)
        yield from _interrupted(counts, offset, step, measure, name, country, where)
        yield from _change_points(counts, offset, step, measure, name, country, where)
        yield _recovery(counts, offset, step, measure, name, country, where)


def series(sales: pl.DataFrame, first: date, day: date, stop: date, step: int) -> tuple[NDArray[np.float64], int]:
    """Sales per day (step 1) or vendors with a sale per week (step 7), whole steps counted from the event; and the
    number of steps before it."""
    age = (pl.col("dated_at").dt.date() - pl.lit(day)).dt.total_days()
    before, after = (day - first).days // step, (stop - day).days // step
    placed = sales.with_columns(step=(age / step).floor().cast(pl.Int64)).filter(
        pl.col("step").is_between(-before, after - 1)
    )
    what = pl.len() if step == 1 else pl.col("vendor_key").n_unique()
    counts = dict(placed.group_by("step").agg(what).iter_rows())
    return np.array([counts.get(k, 0) for k in range(-before, after)], dtype=np.float64), before


def interrupted(counts: NDArray[np.float64], before: int, step: int) -> dict[str, tuple[float, float, float]]:
    """Ratio with 95 % interval of `level` and (per week) `slope` after the event.

    The dispersion of the negative binomial is estimated from the Pearson residuals of a Poisson fit (moments). With the
    few weeks there are after an event HAC errors alone are too small (simulated: 17 % false alarms at nominal 5 %), so
    the larger of them and of the model's own is taken (4 % on independent days, 11 % at an autocorrelation of 0.4).
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    time = (np.arange(len(counts)) - before) * step / _WEEK
    after = (time >= 0) * 1.0
    design = np.column_stack([np.ones(len(counts)), time, after, time * after])
    with warnings.catch_warnings():
        # A series that a curve meets exactly: bounds that are not finite are stated as such, others hold.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fitted = sm.GLM(counts, design, family=sm.families.Poisson()).fit().mu
        dispersion = float((((counts - fitted) ** 2 - fitted) / fitted**2).sum() / (len(counts) - design.shape[1]))
        model = sm.GLM(counts, design, family=sm.families.NegativeBinomial(alpha=max(dispersion, 1e-6)))
        plain = model.fit()
        robust = model.fit(cov_type="HAC", cov_kwds={"maxlags": 7 if step == 1 else 2, "use_correction": True})
    errors = np.fmax(plain.bse, robust.bse)
    found = {}
    for position, part in ((2, "level"), (3, "slope")):
        bounds = plain.params[position] + np.array([0.0, -1.96, 1.96]) * errors[position]
        with np.errstate(over="ignore"):
            value, low, high = (float(bound) for bound in np.exp(bounds))
        found[part] = (value, low, high)
    return found


def _interrupted(
    counts: NDArray[np.float64], before: int, step: int, measure: str, name: str, country: str, where: Row
) -> Iterator[Row]:
    if counts[:before].sum() == 0 or counts[before:].sum() == 0:
        why = "nothing sold before or after the event"
        yield missing(f"SK01_level_{measure}:{name}", country, "ratio", why, **where)
        return
    grain = "day" if step == 1 else "week"
    method = f"negative binomial regression per {grain}; 95 %, the larger of HAC and model errors"
    for part, (value, low, high) in interrupted(counts, before, step).items():
        code = f"SK01_{part}_{measure}:{name}"
        if not np.isfinite([value, low, high]).all():
            yield missing(code, country, "ratio", "too few days with sales to fit", **where)
            continue
        yield row(code, country, "ratio", value, method=method, interval=(low, high), **where)


def change_points(counts: NDArray[np.float64], before: int) -> list[int]:
    """Where the detrended logarithm changes its mean, as steps from the event (PELT, Killick et al. 2012).

    The trend is fitted on the time before the event only; the penalty is 3 log(n) times the variance there.
    """
    import ruptures

    logs = np.log(counts + 0.5)
    time = np.arange(len(counts))
    slope, level = np.polyfit(time[:before], logs[:before], 1)
    detrended = logs - (level + slope * time)
    noise = float(np.var(detrended[:before], ddof=2)) or 1e-9
    found = ruptures.Pelt(model="l2", min_size=3, jump=1).fit(detrended).predict(pen=3 * np.log(len(counts)) * noise)
    return [int(point) - before for point in found[:-1]]


def _change_points(
    counts: NDArray[np.float64], before: int, step: int, measure: str, name: str, country: str, where: Row
) -> Iterator[Row]:
    points = change_points(counts, before)
    code = f"SK02_{measure}:{name}"
    if points:
        nearest = min(points, key=abs) * step
        yield row(code, country, "days", nearest, method=f"nearest of {len(points)} change points (PELT)", **where)
    else:
        yield missing(code, country, "days", "no change point found", **where)


def _recovery(
    counts: NDArray[np.float64], before: int, step: int, measure: str, name: str, country: str, where: Row
) -> Row:
    """First week whose mean is at least that of the four weeks before the event."""
    per_week = _WEEK // step
    level = counts[max(0, before - 4 * per_week) : before].mean()
    after = counts[before:]
    weeks = [after[k : k + per_week].mean() for k in range(0, len(after) - per_week + 1, per_week)]
    code = f"SK03_{measure}:{name}"
    reached = next((number for number, mean in enumerate(weeks) if mean >= level), None)
    if reached is None:
        return missing(code, country, "weeks", f"not reached again in the {len(weeks)} weeks observed", **where)
    return row(code, country, "weeks", reached, method="weeks until the mean of the four weeks before", **where)


def _hide(row: Published, _: Disclosure) -> bool:
    return row["country"] != WORLD and vendors_of(row) < LEAST_FOR_PROPORTION


FAMILY = Family(
    table="shocks",
    grain="across",
    codes=(
        Code("SK01_level", "ratio", measures="TV", parameter="event"),
        Code("SK01_slope", "ratio", measures="TV", parameter="event"),
        Code("SK02", "days", measures="TV", parameter="event"),
        Code("SK03", "weeks", measures="TV", parameter="event"),
    ),
    compute=shocks,
    rows=rules.sold,
    reads=("clean/transactions", "indicators/coverage", "reference/events"),
    publish=Publish(keep=focused, hide=_hide, remainders=no_remainders, missing_tells=True),
    lead=Lead("SK01_level"),
)
