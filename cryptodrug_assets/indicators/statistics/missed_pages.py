"""How far a value may be off because pages were missed, as if each page had been missed by chance.

A page shows an offer, or the sales of an offer or vendor, so these are missed whole. Of a sum over such units of which
each was seen with probability c, the variance is estimated by (1 − c) Σ z² over the units that were seen (Horvitz &
Thompson 1952, Poisson sampling), z what a unit adds; for a share θ of a total, z is x − θy. Sales are taken together by
offer, or by vendor where the market does not say of which offer a sale was; on several pages they would be missed less
often together, so that is too much rather than too little. Limits: pages missed for a reason (new offers, one category)
bias a value, and no variance tells. Nothing is missing where the coverage is 1 or unknown.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cryptodrug_assets.indicators.rows import Clean, drugs, exact_sales, with_world
from cryptodrug_assets.indicators.seen import covered_months
from cryptodrug_assets.indicators.statistics.intervals import Z95

_CELL = ("market", "month", "country")


def missed_pages(history: Clean) -> pl.DataFrame:
    """market, month and `missed`, the share of the month's pages that was not fetched (0 where that is unknown)."""
    cells = history["listings"].select("market", "month").unique()
    if "coverage" not in history:
        return cells.with_columns(missed=pl.lit(0.0))
    found = cells.join(covered_months(history["coverage"]), on=["market", "month"], how="left")
    return found.select("market", "month", missed=(1.0 - pl.col("covered")).fill_null(0.0))


def units(history: Clean, indicator: str) -> pl.DataFrame:
    """What each unit adds to LV01 (offers), LV03 (sales) or LV04 (euros): market, month, country, drug_class, unit, x.

    Countries by fractional counting, and W for the world. Only of months with pages missed.
    """
    missing = missed_pages(history).filter(pl.col("missed") > 0)
    if indicator == "LV01":
        rows, unit, one = drugs(history["listings"]), pl.col("listing_key"), pl.lit(1.0)
    else:
        rows = drugs(history["transactions"]) if indicator == "LV03" else exact_sales(history)
        unit = pl.coalesce("listing_key", "vendor_key")
        one = pl.lit(1.0) if indicator == "LV03" else pl.col("euros")
    seen = (
        rows.select("market", "month", "drug_class", "origins", "n_origins", unit=unit, one=one)
        .join(missing, on=["market", "month"])
        # An offer has its places and class; a vendor without offers named may have several.
        .group_by("market", "month", "unit", "drug_class", "origins")
        .agg(pl.col("one").sum(), pl.col("n_origins", "missed").first())
    )
    spread = with_world(seen)
    return spread.select(*_CELL, "drug_class", "unit", "missed", x=pl.col("one") * pl.col("weight"))


def variance_of_levels(history: Clean) -> pl.DataFrame:
    """Variance of LV01–LV04 by what was missed: market, month, country, indicator, variance (of the value observed).

    A vendor is missed when all its offers are: with k of them seen, as likely as (1 − c)^k.
    """
    parts = []
    for indicator in ("LV01", "LV03", "LV04"):
        whole = units(history, indicator).group_by(*_CELL, "unit", "missed").agg(pl.col("x").sum())
        parts.append(_by_cell(whole, indicator, pl.col("missed") * pl.col("x") ** 2))
    missing = missed_pages(history).filter(pl.col("missed") > 0)
    offers = drugs(history["listings"]).join(missing, on=["market", "month"])
    each = with_world(offers).group_by(*_CELL, "vendor_key", "missed").agg(pl.len())
    gone = pl.col("missed") ** pl.col("len")
    parts.append(_by_cell(each, "LV02", gone * (1 - gone)))
    return pl.concat(parts)


def _by_cell(rows: pl.DataFrame, indicator: str, variance: pl.Expr) -> pl.DataFrame:
    return rows.group_by(_CELL).agg(variance=variance.sort().sum()).with_columns(indicator=pl.lit(indicator))


def variance_of_class_shares(history: Clean, indicator: str, countries: Sequence[str]) -> pl.DataFrame:
    """Variance of a class's share in a country's month: month, country, drug_class, variance; markets pooled."""
    seen = units(history, indicator).filter(
        pl.col("country").is_in(list(countries)) & (pl.col("drug_class") != "unknown")
    )
    place = ["month", "country"]
    classes = seen.group_by(*place, "drug_class").agg(pl.col("x").sum())
    classes = classes.with_columns(
        share=pl.col("x") / pl.col("x").sum().over(place), total=pl.col("x").sum().over(place)
    )
    whole = seen.group_by(*place, "unit", "missed").agg(y=pl.col("x").sum())
    own = seen.group_by(*place, "unit", "drug_class").agg(pl.col("x").sum())
    # Σ (x − θy)² over all units of the month, also those with nothing of the class.
    crossed = own.join(whole, on=[*place, "unit"])
    sums = crossed.group_by(*place, "drug_class").agg(
        xx=(pl.col("missed") * pl.col("x") ** 2).sort().sum(),
        xy=(pl.col("missed") * pl.col("x") * pl.col("y")).sort().sum(),
    )
    squares = whole.group_by(place).agg(yy=(pl.col("missed") * pl.col("y") ** 2).sort().sum())
    both = classes.join(sums, on=[*place, "drug_class"]).join(squares, on=place)
    theta = pl.col("share")
    variance = (pl.col("xx") - 2 * theta * pl.col("xy") + theta**2 * pl.col("yy")) / pl.col("total") ** 2
    return both.select(*place, "drug_class", variance=variance)


def order_bounds(
    levels: NDArray[np.float64],
    coverage: NDArray[np.float64],
    variance: NDArray[np.float64],
    once: NDArray[np.bool_],
) -> tuple[float, float] | None:
    """Bounds of Kendall's τ: pairs of months whose order the missed pages leave open all fall, or all rise.

    A pair is open where the difference of the levels, each divided by its coverage c, is within 1.96 of its standard
    errors. Sales are found in the capture of their month or of the next; those of a month without a next (`once`) are
    fewer by up to 1 / (2 − c), and a pair is open unless its order is the same with and without that. None where
    nothing was missed, and of a single month. A coverage of 0 stands for one that is unknown as well.
    """
    if len(levels) < 2:
        return None
    if (coverage <= 0).any():  # a month of which no page was fetched may have been anything
        return -1.0, 1.0
    if not (variance > 0).any():
        return None
    least, error = levels / coverage, variance / coverage**2
    most = least * np.where(once, 2 - coverage, 1.0)
    first, second = np.triu_indices(len(levels), 1)
    reach = Z95 * np.sqrt(error[first] + error[second])
    rising = int((least[second] - most[first] > reach).sum())
    falling = int((most[second] - least[first] < -reach).sum())
    pairs = len(first)
    return (2 * rising - pairs) / pairs, (pairs - 2 * falling) / pairs
