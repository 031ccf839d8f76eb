"""Indicators of one market-month: activity (LV), shares (SH) and coverage (COV).

Definitions. LV01: live drug offers. LV02: vendors with at least one. LV03: transactions (de-duplicated feedback dated
in the month) of drug offers. LV04: their revenue in euros where prices of sales are exact. Fractional counting weighs
an offer or transaction with n origins 1/n in each; `_full` counts it wholly in each; vendors are always counted wholly.
W is the world, _U an unknown origin, which stays in every denominator. SH01–SH04 are the shares of W; SH0x_bound what
they would be if no, or every, unknown origin were the country's. LV03 holds sales that were imputed where feedback was
lost; LV03_observed counts without them.
"""

from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from cryptodrug_assets.indicators.coverage import coverage_rows
from cryptodrug_assets.indicators.intervals import cluster_bootstrap, wilson
from cryptodrug_assets.indicators.rows import (
    ALL,
    UNKNOWN,
    WORLD,
    Clean,
    IndicatorOptions,
    add_up,
    by_country,
    drugs,
    indicator_frame,
)
from cryptodrug_assets.indicators.tally import tallied

__all__ = ["IndicatorOptions", "contributions", "contributions_of", "indicators_month"]

_UNITS = {"LV01": "listings", "LV02": "vendors", "LV03": "transactions", "LV04": "EUR"}
# Always stated for the world, so that nothing at all is a zero and not an absence.
_STATED = ("LV01", "LV01_full", "LV02", "LV03", "LV03_full")


def indicators_month(
    clean: Clean,
    captures: pl.DataFrame,
    pages: pl.DataFrame,
    counters: pl.DataFrame,
    *,
    market: str,
    month: str,
    options: IndicatorOptions,
) -> dict[str, pl.DataFrame]:
    """activity, shares and coverage of a market-month, in contract form."""
    coverage = coverage_rows(clean, captures, counters)
    fetched = next((row["value"] for row in coverage if row["indicator"] == "COV01"), None)
    estimates = _estimates(clean, options)
    levels, shares = [], []
    for row in estimates.iter_rows(named=True):
        levels.append(_level(row))
        if row["country"] != WORLD:
            shares.append(_share(row))
    shares += _bounds(clean, estimates)
    levels += _missing_revenue(levels, "LV")
    shares += _missing_revenue(shares, "SH")
    frames = {}
    for table, rows in (("activity", levels), ("shares", shares), ("coverage", coverage)):
        frames[table] = indicator_frame(table, rows, market=market, month=month, options=options, coverage=fetched)
    return frames


def contributions(clean: Clean) -> pl.DataFrame:
    """What each vendor adds to each cell: vendor_key, indicator, country, drug_class, value, n.

    The long form behind all point estimates: a cell's value is the sum over vendors.
    """
    listings, sales = drugs(clean["listings"]).with_columns(n=pl.lit(1, pl.Int64)), tallied(clean)
    parts = [*_counted(listings, "LV01", "n"), *_counted(sales, "LV03", "n")]
    observed = sales.filter(pl.col("status") == "observed").with_columns(drug_class=pl.lit(ALL))
    parts += list(_counted(observed, "LV03_observed", "n", whole=False))
    exact = sales.filter("exact")
    if exact.height:
        # Whole cents: sums of them are exact.
        parts += _counted(exact, "LV04", "cents")
    vendors = listings.select("vendor_key", "drug_class", "origins")
    for frame in (vendors, vendors.with_columns(drug_class=pl.lit(ALL))):
        each = by_country(frame).unique(["vendor_key", "drug_class", "country"])
        world = each.with_columns(country=pl.lit(WORLD)).unique(["vendor_key", "drug_class", "country"])
        parts.append(pl.concat([each, world]).select(_cell("LV02", pl.lit(1.0), pl.lit(1, pl.Int64))))
    long = pl.concat(parts)
    keys = ["vendor_key", "indicator", "country", "drug_class"]
    return add_up(long, keys, "value", n=pl.col("n").sum())


def contributions_of(clean: Clean) -> pl.DataFrame:
    """The contributions of a market-month, taken from `clean` where a caller has them already."""
    found = clean.get("contributions")
    return contributions(clean) if found is None else found


def _cell(indicator: str, value: pl.Expr, n: pl.Expr) -> list[pl.Expr]:
    return [
        pl.col("vendor_key"),
        pl.lit(indicator).alias("indicator"),
        pl.col("country"),
        pl.col("drug_class"),
        value.cast(pl.Float64).alias("value"),
        n.cast(pl.Int64).alias("n"),
    ]


def _counted(frame: pl.DataFrame, indicator: str, unit: str, *, whole: bool = True) -> list[pl.DataFrame]:
    """Rows of fractional and full counting, by class and over all classes, by country and for the world.

    `unit` is the whole number to add up; `n` counts. `whole=False`: fractional counting over all classes alone.
    """
    # Summed before it is spread over countries and classes: sales are many, vendors with the same origins few.
    base = (
        frame.select(
            "vendor_key",
            "drug_class",
            "origins",
            "n_origins",
            "n",
            unit=unit,
            _origins=pl.col("origins").list.join(","),
        )
        .group_by("vendor_key", "drug_class", "_origins")
        .agg(pl.col("unit", "n").sum(), pl.col("origins", "n_origins").first())
        # Sums of fractions depend on their order.
        .sort("vendor_key", "drug_class", "_origins")
        .with_columns(pl.col("unit").cast(pl.Float64), share=1.0 / pl.col("n_origins").clip(1))
        .select("vendor_key", "drug_class", "origins", "unit", "share", "n")
    )
    parts = []
    one = pl.col("n")
    for rows in (base, base.with_columns(drug_class=pl.lit(ALL))) if whole else (base,):
        each = by_country(rows)
        world = rows.with_columns(country=pl.lit(WORLD), drug_class=pl.col("drug_class").fill_null("unknown"))
        parts.append(each.select(_cell(indicator, pl.col("unit") * pl.col("share"), one)))
        parts.append(world.select(_cell(indicator, pl.col("unit"), one)))
        if whole:
            parts.append(each.select(_cell(f"{indicator}_full", pl.col("unit"), one)))
            parts.append(world.select(_cell(f"{indicator}_full", pl.col("unit"), one)))
    return parts


def _estimates(clean: Clean, options: IndicatorOptions) -> pl.DataFrame:
    """Value, share and intervals per cell."""
    long = contributions_of(clean)
    cells = (
        add_up(
            long,
            ["indicator", "country", "drug_class"],
            "value",
            n=pl.col("n").sum(),
            n_vendors=pl.col("vendor_key").n_unique(),
        )
        .pipe(_with_stated)
        .pipe(_with_focus, options.focus)
        .sort("indicator", "drug_class", "country")
        .with_row_index("cell")
    )
    world = cells.filter(pl.col("country") == WORLD).select(
        "indicator", "drug_class", denominator="cell", world="value"
    )
    cells = cells.join(world, on=["indicator", "drug_class"], how="left", maintain_order="left")
    vendors = long.select("vendor_key").unique().sort("vendor_key").with_row_index("vendor")
    placed = long.join(vendors, on="vendor_key").join(
        cells.select("indicator", "country", "drug_class", "cell"), on=["indicator", "country", "drug_class"]
    )
    matrix = sparse.csr_array(
        (placed["value"].to_numpy(), (placed["cell"].to_numpy(), placed["vendor"].to_numpy())),
        shape=(cells.height, vendors.height),
    )
    bounds = cluster_bootstrap(
        matrix, cells["denominator"].to_numpy().astype(np.intp), replicates=options.bootstrap, seed=options.seed
    )
    names = ("level_low", "level_high", "share_low", "share_high")
    cells = cells.with_columns(pl.Series(name, values) for name, values in zip(names, bounds, strict=True))
    # Sums of cents are exact; euros are them divided once.
    euros = pl.col("indicator").str.starts_with("LV04")
    return cells.with_columns(
        pl.when(euros).then(pl.col(name) / 100).otherwise(pl.col(name)).alias(name)
        for name in ("value", "world", "level_low", "level_high")
    )


def _with_stated(cells: pl.DataFrame) -> pl.DataFrame:
    """Add a world of zero where nothing was counted."""
    stated = pl.DataFrame({"indicator": list(_STATED), "country": WORLD, "drug_class": ALL})
    absent = stated.join(cells, on=["indicator", "country", "drug_class"], how="anti")
    return pl.concat([cells, _zeros(absent).select(cells.columns)], how="vertical_relaxed")


def _zeros(keys: pl.DataFrame) -> pl.DataFrame:
    return keys.with_columns(value=pl.lit(0.0), n=pl.lit(0, pl.Int64), n_vendors=pl.lit(0, pl.UInt32))


def _with_focus(cells: pl.DataFrame, focus: tuple[str, ...]) -> pl.DataFrame:
    """Add zero rows for the countries that are always stated: zero is a result, not an absence."""
    present = cells.filter(pl.col("country") == WORLD).select("indicator", "drug_class")
    wanted = present.join(pl.DataFrame({"country": list(focus)}), how="cross")
    absent = wanted.join(cells, on=["indicator", "country", "drug_class"], how="anti")
    return pl.concat([cells, _zeros(absent).select(cells.columns)], how="vertical_relaxed")


def _level(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("indicator", "country", "drug_class", "value", "n", "n_vendors")},
        "unit": _UNITS[row["indicator"][:4]],
        "lower": min(_number(row["level_low"], row["value"]), row["value"]),
        "upper": max(_number(row["level_high"], row["value"]), row["value"]),
        "method": "count; vendor-cluster bootstrap, 95 % BCa",
    }


def _share(row: dict[str, Any]) -> dict[str, Any]:
    value = row["value"] / row["world"] if row["world"] else None
    lower: float | None
    upper: float | None
    if row["indicator"] == "LV02" and value is not None:
        lower, upper = wilson(row["value"], row["world"])
        method = "proportion of vendors; Wilson 95 %"
    else:
        lower, upper = row["share_low"], row["share_high"]
        method = "ratio; vendor-cluster bootstrap, 95 % BCa"
    if value is not None:
        # A bound corrected for bias may leave out the estimate it belongs to.
        lower, upper = min(_number(lower, value), value), max(_number(upper, value), value)
    return {
        **{name: row[name] for name in ("country", "drug_class", "n", "n_vendors")},
        "indicator": row["indicator"].replace("LV", "SH"),
        "value": value,
        "unit": "ratio",
        "lower": lower if value is not None else None,
        "upper": upper if value is not None else None,
        "method": method,
    }


def _bounds(clean: Clean, estimates: pl.DataFrame) -> list[dict[str, Any]]:
    """SH0x_bound: the share between no and every unknown origin being the country's."""
    whole = estimates.filter(
        (pl.col("drug_class") == ALL) & pl.col("indicator").is_in(list(_UNITS)) & (pl.col("world") > 0)
    )
    unknown = dict(whole.filter(pl.col("country") == UNKNOWN).select("indicator", "value").iter_rows())
    seen = by_country(drugs(clean["listings"]).select("vendor_key", "drug_class", "origins"))
    pairs = seen.select("vendor_key", "country").unique()
    unsure = pairs.filter(pl.col("country") == UNKNOWN).select("vendor_key")
    # A vendor with offers of unknown origin may already count for the country.
    already = dict(pairs.join(unsure, on="vendor_key").group_by("country").len().iter_rows())
    rows = []
    for row in whole.filter(~pl.col("country").is_in([WORLD, UNKNOWN])).iter_rows(named=True):
        extra = unknown.get(row["indicator"], 0.0)
        if row["indicator"] == "LV02":
            extra -= already.get(row["country"], 0)
        value = row["value"] / row["world"]
        rows.append(
            {
                **{name: row[name] for name in ("country", "drug_class", "n", "n_vendors")},
                "indicator": f"{row['indicator'].replace('LV', 'SH')}_bound",
                "value": value,
                "unit": "ratio",
                "lower": value,
                "upper": min(1.0, value + extra / row["world"]),
                "method": "bounds, not an interval: no, and every, unknown origin is the country's",
            }
        )
    return rows


def _number(value: float | None, default: float) -> float:
    return default if value is None or np.isnan(value) else float(value)


def _missing_revenue(rows: list[dict[str, Any]], prefix: str) -> list[dict[str, Any]]:
    """Where no price of a sale is exact, revenue is missing, which is not zero."""
    if any(row["indicator"].startswith(f"{prefix}04") for row in rows):
        return []
    countries = sorted({row["country"] for row in rows if row["drug_class"] == ALL})
    return [
        {
            "indicator": f"{prefix}04",
            "country": country,
            "drug_class": ALL,
            "unit": "EUR" if prefix == "LV" else "ratio",
            "value": None,
            "n_vendors": None,
            "method": "not computable: the market shows no exact price of sales",
        }
        for country in countries
    ]
