"""The shape all indicator tables share: options, the fifteen columns, status of observation and of confidentiality.

Three states differ everywhere: a value of zero is a result, a null value (status M) could not be computed, and what was
not observed has no row at all. No formula of an indicator belongs here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.months import month_start

WORLD, UNKNOWN, ALL = "W", "_U", "all"
# Fewer vendors than this are named in no published row.
LEAST_VENDORS = 3

Row = dict[str, Any]
Clean = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class IndicatorOptions:
    """Replicates and seed of the bootstrap, the coverage below which values are flagged, countries always stated."""

    bootstrap: int = 1000
    min_coverage: float = 0.9
    seed: int = 20181101
    focus: tuple[str, ...] = ("BE",)


def row(
    indicator: str,
    country: str,
    unit: str,
    value: float | None,
    *,
    method: str,
    interval: tuple[float, float] | None = None,
    n: int | None = None,
    n_vendors: int | None = None,
    drug_class: str = ALL,
    **more: Any,
) -> Row:
    """One row without the columns that `indicator_frame` fills; an interval always holds the value it belongs to."""
    lower, upper = (None, None) if value is None or interval is None else around(value, interval)
    return {
        "indicator": indicator,
        "country": country,
        "drug_class": drug_class,
        "unit": unit,
        "value": None if value is None else float(value),
        "lower": lower,
        "upper": upper,
        "n": n,
        "n_vendors": n_vendors,
        "method": method,
        **more,
    }


def around(value: float, interval: tuple[float, float]) -> tuple[float | None, float | None]:
    """The interval, widened to hold the value it belongs to; None for both where a bound is not a number."""
    low, high = interval
    if np.isnan(low) or np.isnan(high):
        return None, None
    return min(float(low), float(value)), max(float(high), float(value))


def missing(indicator: str, country: str, unit: str, why: str, **more: Any) -> Row:
    """A row whose value could not be computed, and why."""
    return row(indicator, country, unit, None, method=f"not computable: {why}", **more)


def indicator_frame(
    table: str,
    rows: Iterable[Row],
    *,
    market: str | None = None,
    month: str | None = None,
    options: IndicatorOptions,
    coverage: float | None = None,
) -> pl.DataFrame:
    """Rows in contract form; market and month are those of the cell unless a row brings its own.

    obs_status: M without a value, L when coverage is unknown or below the option, else A, unless the row says so
    itself. conf_status: C when one or two vendors stand behind the value, else F.
    """
    first: date | None = month_start(month) if month else None
    filled: list[Row] = []
    for source in rows:
        made: Row = {"market": market, "month": first, "coverage": coverage} | source
        known = made["coverage"]
        low = known is None or known < options.min_coverage
        made.setdefault("obs_status", "M" if made["value"] is None else "L" if low else "A")
        vendors = made.get("n_vendors")
        made.setdefault("conf_status", "C" if vendors is not None and 0 < vendors < LEAST_VENDORS else "F")
        filled.append(made)
    contract = contracts.load("indicators", table)
    schema = contract.polars_schema
    frame = pl.DataFrame({name: [made.get(name) for made in filled] for name in schema}, schema=schema)
    return contracts.conform(frame, contract)


def by_country(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per origin in column `country`; an empty set of origins is the unknown origin."""
    return frame.explode("origins", empty_as_null=True).with_columns(
        country=pl.col("origins").fill_null(UNKNOWN), drug_class=pl.col("drug_class").fill_null("unknown")
    )


def places_of(frame: pl.DataFrame, options: IndicatorOptions) -> list[str]:
    """The world, the focus countries, and every other country that is an origin in the frame, by name."""
    known = frame["origins"].explode(empty_as_null=True).drop_nulls().unique().sort().to_list()
    return list(dict.fromkeys([WORLD, *options.focus, *known]))


def with_world(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows by country followed by the same rows once more for the world, with `weight` 1/n of n origins (1 for W)."""
    each = by_country(frame).with_columns(weight=1.0 / pl.col("n_origins").clip(1))
    world = frame.with_columns(
        country=pl.lit(WORLD), weight=pl.lit(1.0), drug_class=pl.col("drug_class").fill_null("unknown")
    )
    return pl.concat([each.drop("origins"), world.drop("origins").select(each.drop("origins").columns)])


def add_up(frame: pl.DataFrame, keys: Sequence[str], *values: str, **more: pl.Expr) -> pl.DataFrame:
    """Sums of `values` per group, and the aggregates `more`; sorted by the keys.

    Fractions are added in the order of the rows: a plain sum differs in its last bits by the number of threads.
    """
    grouped = frame.group_by(keys).agg(pl.col(*values), **more)
    return grouped.with_columns(pl.col(*values).list.sum()).sort(keys)


def drugs(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that concern drugs."""
    return frame.filter(pl.col("is_drug"))


def is_exact() -> pl.Expr:
    """Whether the price of a sale is exact."""
    return (pl.col("price_source") == "exact").fill_null(value=False) & pl.col("price_eur").is_not_null()


def exact_sales(clean: Clean) -> pl.DataFrame:
    """Drug sales whose price is exact, with `euros`."""
    exact = clean["transactions"].filter(pl.col("is_drug") & is_exact())
    return exact.with_columns(euros=pl.col("price_eur").cast(pl.Float64))
