"""How long vendors stay (SV), in months of one market.

SV01:k share of vendors still active k months after their first (Kaplan & Meier 1958; interval by Greenwood's variance
on the log-log scale, Clopper–Pearson where all or none have left); vendors active in the market's last observed month
are censored. Only vendors first seen after the first observed month enter: of the others the beginning is unknown. SV02
vendors that entered, SV03 vendors last seen in the month (exits), each for its own month. A vendor absent for a month
and back again counts as staying.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from cryptodrug_assets.indicators.code import Code
from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.few_vendors import Row as Published
from cryptodrug_assets.indicators.disclosure.few_vendors import is_few
from cryptodrug_assets.indicators.family import Family, Lead, Publish, no_remainders
from cryptodrug_assets.indicators.rows import (
    WORLD,
    IndicatorOptions,
    Row,
    indicator_frame,
    missing,
    places_of,
    row,
)
from cryptodrug_assets.indicators.seen import least_coverage
from cryptodrug_assets.indicators.statistics.intervals import Z95, clopper_pearson
from cryptodrug_assets.indicators.tracing import rules
from cryptodrug_assets.indicators.windows import History

_LEAST = 5


def survival(history: History, *, options: IndicatorOptions) -> pl.DataFrame:
    """SV01–SV03 per market, for the world and every country of origin."""
    rows: list[Row] = []
    active = history["vendors"].filter(pl.col("is_active"))
    for market in active["market"].unique().sort().to_list():
        own = active.filter(pl.col("market") == market)
        months = own["month"].unique().sort().to_list()
        coverage = least_coverage(history, market)
        for country in places_of(own, options):
            # Where a vendor is from is what it ever says: else moving away would be counted as leaving.
            ever = own.filter(pl.lit(country == WORLD) | pl.col("origins").list.contains(country))
            mine = own.join(ever, on="vendor_key", how="semi")
            place = pl.col("month").replace_strict(months, range(len(months)), return_dtype=pl.Int64)
            spells = mine.group_by("vendor_key").agg(first=place.min(), last=place.max()).sort("vendor_key")
            rows += [{"coverage": coverage} | made for made in _of(spells, months, country, market)]
    return indicator_frame("survival", rows, options=options)


def kaplan_meier(durations: Sequence[int], left: Sequence[bool]) -> list[tuple[int, float, float, float, int]]:
    """(time, survival, lower, upper, at risk) at each time someone left; `left` is False where censored."""
    times, gone = np.asarray(durations), np.asarray(left)
    result: list[tuple[int, float, float, float, int]] = []
    alive, greenwood = 1.0, 0.0
    for time in sorted(set(times[gone].tolist())):
        risk, deaths = int((times >= time).sum()), int(((times == time) & gone).sum())
        alive *= 1 - deaths / risk
        if deaths < risk:
            greenwood += deaths / (risk * (risk - deaths))
        if 0 < alive < 1:
            spread = Z95 * np.sqrt(greenwood) / abs(np.log(alive))
            low, high = alive ** np.exp(spread), alive ** np.exp(-spread)
        else:
            # All have left: as many as were at risk, exactly.
            low, high = clopper_pearson(0, risk)
        result.append((int(time), float(alive), float(low), float(high), risk))
    return result


def _of(spells: pl.DataFrame, months: list[object], country: str, market: str) -> Iterator[Row]:
    final = len(months) - 1
    for number, month in enumerate(months):
        where: Row = {"market": market, "month": month}
        came = spells.filter(pl.col("first") == number).height
        went = spells.filter(pl.col("last") == number).height
        if number > 0:
            yield row("SV02", country, "vendors", came, method="count", n_vendors=came, **where)
        if number < final:
            yield row("SV03", country, "vendors", went, method="count", n_vendors=went, **where)
    where = {"market": market, "month": months[-1]}
    cohort = spells.filter(pl.col("first") > 0)
    if cohort.height < _LEAST:
        yield missing("SV01:1", country, "ratio", f"fewer than {_LEAST} vendors entered", **where)
        return
    durations = (cohort["last"] - cohort["first"] + 1).to_list()
    curve = kaplan_meier(durations, (cohort["last"] < final).to_list())
    for k in range(1, final):
        # The step function: the last estimate at or before k; nobody left yet means all are there.
        reached = [point for point in curve if point[0] <= k]
        risk = sum(duration >= k for duration in durations)
        stayed = (0, 1.0, *clopper_pearson(risk, risk), risk)
        _, value, low, high, _ = reached[-1] if reached else stayed
        method = "Kaplan–Meier, Greenwood 95 % on the log-log scale; Clopper–Pearson where all or none have left"
        known = where | {"n": risk, "n_vendors": cohort.height}
        yield row(f"SV01:{k}", country, "ratio", value, method=method, interval=(low, high), **known)


def _keep(row: Published, _: Disclosure) -> bool:
    return row["country"] == WORLD


def _hide(row: Published, _: Disclosure) -> bool:
    return row["unit"] == "vendors" and is_few(int(row["value"] or 0))  # type: ignore[call-overload]


FAMILY = Family(
    table="survival",
    grain="across",
    codes=(Code("SV01", "ratio", parameter="months"), Code("SV02", "vendors"), Code("SV03", "vendors")),
    compute=survival,
    rows=rules.stayed,
    reads=("clean/vendors", "indicators/coverage"),
    publish=Publish(keep=_keep, hide=_hide, remainders=no_remainders),
    lead=Lead("SV01", in_order=True),
)
