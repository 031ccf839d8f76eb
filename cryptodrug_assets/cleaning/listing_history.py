"""clean.listing_history: how long offers were live across months, and how their prices changed.

An offer is live in the months in which it was captured. A month without a capture counts as live when two sightings
around it are at most 35 days apart. Works on clean.listings alone: pseudonyms, no titles.
"""

from datetime import timedelta

import polars as pl

from cryptodrug_assets import contracts

BRIDGED = timedelta(days=35)


def listing_history(listings: pl.DataFrame) -> pl.DataFrame:
    """One row per offer and spell of being live, from clean.listings of all months.

    A spell goes on while months follow each other, or over a month in which the offer was not captured when it was seen
    again within 35 days; otherwise it ends, and a later return is another spell. Prices are those of the months without
    holding prices; in euros, so that a change below 1 % may be the exchange rate and is none.

    Columns as in the contract of clean.listing_history; method: docs/methods/README.md.
    """
    rows = listings.sort("market", "listing_key", "month")
    before = pl.col("month", "last_seen").shift(1).over("market", "listing_key").name.prefix("before_")
    rows = rows.with_columns(before)
    next_month = pl.col("before_month").dt.offset_by("1mo")
    near = (pl.col("first_seen") - pl.col("before_last_seen")) <= BRIDGED
    goes_on = ((pl.col("month") == next_month) | near).fill_null(value=False)
    rows = rows.with_columns(
        spell=(~goes_on).cast(pl.Int64).cum_sum().over("market", "listing_key"),
        price=pl.when(~pl.col("is_holding_price")).then("price_eur"),
    )
    euros = pl.col("price").drop_nulls().cast(pl.Float64)
    found = rows.group_by("market", "listing_key", "spell", maintain_order=True).agg(
        vendor_key=pl.col("vendor_key").last(),
        month=pl.col("month").last(),
        first_month=pl.col("month").first(),
        first_seen=pl.col("first_seen").min(),
        last_seen=pl.col("last_seen").max(),
        months_seen=pl.len().cast(pl.Int64),
        price_changes=((euros / euros.shift(1) - 1).abs() > 0.01).sum().cast(pl.Int64),
        first_price_eur=pl.col("price").drop_nulls().first(),
        last_price_eur=pl.col("price").drop_nulls().last(),
        low_price_eur=pl.col("price").min(),
        high_price_eur=pl.col("price").max(),
        months_held=pl.col("is_holding_price").sum().cast(pl.Int64),
    )
    found = found.with_columns(months_live=pl.date_ranges("first_month", "month", interval="1mo"))
    found = found.with_columns(months_bridged=pl.col("months_live").list.len().cast(pl.Int64) - pl.col("months_seen"))
    schema = contracts.load("clean", "listing_history").polars_schema
    return found.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
