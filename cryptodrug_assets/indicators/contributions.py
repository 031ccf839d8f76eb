"""What each vendor adds to each level: the long form behind all point estimates, and behind what disclosure protects.

Fractional counting weighs an offer or transaction with n origins 1/n in each; `_full` counts it wholly in each; vendors
are always counted wholly. W is the world, _U an unknown origin, which stays in every denominator.
"""

import polars as pl

from cryptodrug_assets.indicators.rows import ALL, WORLD, Clean, add_up, by_country, drugs
from cryptodrug_assets.indicators.tally import tallied


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
