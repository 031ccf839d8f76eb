"""The one entry of cleaning: parsed tables of a market-month become clean tables."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

import polars as pl

from cryptodrug_assets.cleaning.decisions import Decisions
from cryptodrug_assets.cleaning.feedback.sold_titles import TITLE, with_offers_of_titles
from cryptodrug_assets.cleaning.feedback.views import NEEDED as OF_FEEDBACK
from cryptodrug_assets.cleaning.listings import NEEDED as OF_LISTINGS
from cryptodrug_assets.cleaning.listings import OFFER_COLUMNS as OF_OTHER_MONTHS
from cryptodrug_assets.cleaning.listings import clean_listings
from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.cleaning.transactions import clean_transactions
from cryptodrug_assets.cleaning.vendors.month_vendors import NEEDED as OF_VENDORS
from cryptodrug_assets.cleaning.vendors.month_vendors import clean_vendors
from cryptodrug_assets.months import month_start

_OFFERS = (
    "listing_id", "vendor_name", "capture_id", "captured_at", "row", pl.col("units_sold").alias("low"),
    pl.col("units_sold_hi").alias("high"),
)  # fmt: skip
_SELLERS = (
    "vendor_name", "captured_at", "rating_buckets", "feedback_not_shown", pl.col("sales").alias("low"),
    pl.col("sales_hi").alias("high"),
)  # fmt: skip
_PAGES = ("capture_id", "captured_at", "exchange_rates")

# Columns of the parsed tables that cleaning reads: of the month, and of the next one.
NEEDED: dict[str, tuple[str, ...]] = {
    "listings": OF_LISTINGS,
    "feedback": OF_FEEDBACK,
    "vendors": (*OF_VENDORS, "rating_buckets", "feedback_not_shown"),
    "pages": _PAGES,
}
NEEDED_NEXT: dict[str, tuple[str, ...]] = {
    "listings": (*OF_OTHER_MONTHS, "units_sold", "units_sold_hi"),
    "feedback": OF_FEEDBACK,
    "vendors": ("vendor_name", "captured_at", "rating_buckets", "feedback_not_shown", "sales", "sales_hi"),
    "pages": _PAGES,
}

# Of the months before only the offers are read, and only where a sale's offer is in no nearer month.
NEEDED_BEFORE = OF_OTHER_MONTHS

__all__ = ["NEEDED", "NEEDED_BEFORE", "NEEDED_NEXT", "CleaningOptions", "clean_month"]


def clean_month(
    parsed: Mapping[str, pl.DataFrame],
    parsed_next: Mapping[str, pl.DataFrame] | None,
    *,
    market: str,
    month: str,
    pseudonyms: Pseudonyms,
    options: CleaningOptions,
    months_before: Iterable[pl.DataFrame | None] = (),
) -> dict[str, pl.DataFrame]:
    """clean.listings, vendors, transactions and decisions of a cell ("YYYY-MM").

    `parsed` and `parsed_next` are parsed tables of the month and of the next one, whose pages also show the month's
    last feedback; None where there is no next month. `months_before` are parsed.listings of the earlier months, the
    latest first, None for a month that was not captured: offers sold in the month may have been captured before. It
    may be lazy, for most months never ask for one. Of the columns those of NEEDED, NEEDED_NEXT and NEEDED_BEFORE are
    read, and listing_title of the feedback where it is there. The frames given back fit their contracts exactly.
    """
    first = month_start(month)
    decisions = Decisions()
    both = [parsed] if parsed_next is None else [parsed, parsed_next]
    feedback_tables = [
        tables["feedback"].select(*OF_FEEDBACK, pl.selectors.by_name(TITLE, require_all=False)) for tables in both
    ]
    feedback = with_offers_of_titles(
        pl.concat(feedback_tables, how="diagonal"), [tables["listings"] for tables in both]
    )
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
        pl.concat([tables["pages"].select(_PAGES) for tables in both]),
        _nearest_first(months_before, parsed_next),
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


def _nearest_first(
    before: Iterable[pl.DataFrame | None], after: Mapping[str, pl.DataFrame] | None
) -> Iterator[pl.DataFrame]:
    """Offers of the other months by distance. At the same distance the month before comes first: as it was bought."""
    earlier = iter(before)
    following = None if after is None else after["listings"]
    for month in chain(islice(earlier, 1), [following], earlier):
        if month is not None:
            yield month
