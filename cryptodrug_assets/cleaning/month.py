"""Parsed tables of a market-month → clean tables: the one entry of the cleaning package."""

from collections.abc import Mapping

import polars as pl

from cryptodrug_assets.cleaning.decisions import Decisions
from cryptodrug_assets.cleaning.feedback_lists import NEEDED as OF_FEEDBACK
from cryptodrug_assets.cleaning.listings import NEEDED as OF_LISTINGS
from cryptodrug_assets.cleaning.listings import clean_listings
from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.cleaning.transactions import clean_transactions
from cryptodrug_assets.cleaning.vendors import NEEDED as OF_VENDORS
from cryptodrug_assets.cleaning.vendors import clean_vendors
from cryptodrug_assets.observation import month_start

_OFFERS = (
    "listing_id", "vendor_name", "capture_id", "captured_at", "row", pl.col("units_sold").alias("low"),
    pl.col("units_sold_hi").alias("high"),
)  # fmt: skip
_SELLERS = (
    "vendor_name", "captured_at", "rating_buckets", "feedback_not_shown", pl.col("sales").alias("low"),
    pl.col("sales_hi").alias("high"),
)  # fmt: skip

# Columns of the parsed tables that cleaning reads: of the month, and of the next one.
NEEDED: dict[str, tuple[str, ...]] = {
    "listings": OF_LISTINGS,
    "feedback": OF_FEEDBACK,
    "vendors": (*OF_VENDORS, "rating_buckets", "feedback_not_shown"),
    "pages": ("capture_id", "exchange_rates"),
}
NEEDED_NEXT: dict[str, tuple[str, ...]] = {
    "listings": ("listing_id", "vendor_name", "capture_id", "captured_at", "row", "units_sold", "units_sold_hi"),
    "feedback": OF_FEEDBACK,
    "vendors": ("vendor_name", "captured_at", "rating_buckets", "feedback_not_shown", "sales", "sales_hi"),
}

__all__ = ["NEEDED", "NEEDED_NEXT", "CleaningOptions", "clean_month"]


def clean_month(
    parsed: Mapping[str, pl.DataFrame],
    parsed_next: Mapping[str, pl.DataFrame] | None,
    *,
    market: str,
    month: str,
    pseudonyms: Pseudonyms,
    options: CleaningOptions,
) -> dict[str, pl.DataFrame]:
    """clean.listings, vendors, transactions and decisions of a cell ("YYYY-MM").

    `parsed` and `parsed_next` are parsed tables of the month and of the next one, whose pages also show the month's
    last feedback; None where there is no next month. Of their columns those of NEEDED and NEEDED_NEXT are read. The
    frames given back fit their contracts exactly.
    """
    first = month_start(month)
    decisions = Decisions()
    both = [parsed] if parsed_next is None else [parsed, parsed_next]
    feedback = pl.concat([tables["feedback"].select(OF_FEEDBACK) for tables in both])
    listings, prices = clean_listings(
        parsed["listings"], parsed["pages"], feedback, market=market, month=first, pseudonyms=pseudonyms,
        options=options, decisions=decisions,
    )  # fmt: skip
    vendors = clean_vendors(
        parsed["vendors"], listings, market=market, month=first, pseudonyms=pseudonyms, decisions=decisions
    )
    transactions = clean_transactions(
        feedback,
        pl.concat([tables["listings"].select(_OFFERS) for tables in both]),
        pl.concat([tables["vendors"].select(_SELLERS) for tables in both]),
        listings,
        prices,
        market=market,
        month=first,
        pseudonyms=pseudonyms,
        options=options,
        decisions=decisions,
    )
    return {
        "listings": listings,
        "vendors": vendors,
        "transactions": transactions,
        "decisions": decisions.frame(market, first),
    }
