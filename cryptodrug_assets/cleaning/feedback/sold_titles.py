"""Feedback that states the title of what was sold, but not the offer: it is assigned to the vendor's offer of that
title."""

from collections.abc import Iterable

import polars as pl

from cryptodrug_assets.cleaning.listings import identity, plain_title

TITLE = "listing_title"


def with_offers_of_titles(feedback: pl.DataFrame, listings: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The feedback without its titles, with listing_id filled in where the title leads to one offer of the vendor.

    Rows of vendors' pages alone: those of an offer's page are of that offer. A title that several offers share leads to
    none. `listings` are parsed.listings in which the offers may stand; offers without an id are known by what
    clean.listings knows them by. Without a column of titles nothing is done.
    """
    if TITLE not in feedback.columns:
        return feedback
    open_rows = (
        pl.col("listing_id").is_null()
        & pl.col(TITLE).is_not_null()
        & pl.col("vendor_name").is_not_null()
        & (pl.col("page_kind") == "vendor")
    )
    if not feedback.select(open_rows.any()).item():
        return feedback.drop(TITLE)
    sellers = feedback.filter(open_rows)["vendor_name"].unique().implode()
    offers = pl.concat(
        [
            rows.filter(pl.col("vendor_name").is_in(sellers)).select(
                "vendor_name", offer=identity(), title=plain_title("title")
            )
            for rows in listings
        ]
    )
    unique_titles = (
        offers.drop_nulls()
        .group_by("vendor_name", "title")
        .agg(pl.col("offer").first(), several=pl.col("offer").n_unique() > 1)
        .filter(~pl.col("several"))
        .drop("several")
    )
    matched = feedback.with_columns(title=pl.when(open_rows).then(plain_title(TITLE))).join(
        unique_titles, on=["vendor_name", "title"], how="left", maintain_order="left"
    )
    return matched.with_columns(listing_id=pl.coalesce("listing_id", "offer")).drop("title", "offer", TITLE)
