"""Parsed tables of a month, its next month and its months before → clean tables of the month."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from cryptodrug_assets.cleaning.feedback.sold_titles import TITLE
from cryptodrug_assets.cleaning.month import NEEDED, NEEDED_BEFORE, NEEDED_NEXT, clean_month
from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.months import month_after, month_plus
from cryptodrug_assets.observation import FROM_VENDOR, feedback_source, is_observed
from cryptodrug_assets.pipeline.reading import Read, TableReader
from cryptodrug_assets.pipeline.tables import CleanMonth, PageTables

# Sales of offers that the month lacks are known by the offers of other months: a year back at most, so that what a
# month is made of does not grow without end, and never further ahead than its feedback, so that it can be finished.
MONTHS_BACK = 12
# Feedback of a month is also shown by the next month's capture; the last month of a window has no next one.
_FEEDBACK, _SELLERS = Read("parsed/feedback", (0, 1)), Read("parsed/vendors", (0, 1))
_OFFERS = Read("parsed/listings", (-MONTHS_BACK, 1))
#: Reference tables that cleaning computes with.
REFERENCE = ("exchange_rates", "drug_taxonomy", "category_map", "places")
_REFERENCE = tuple(Read(f"reference/{table}", None) for table in REFERENCE)

READS: dict[str, tuple[Read, ...]] = {
    "listings": (_OFFERS, Read("parsed/pages"), *_REFERENCE),
    "vendors": (_SELLERS, _OFFERS, Read("reference/places", None)),
    "transactions": (_FEEDBACK, _OFFERS, _SELLERS, *_REFERENCE),
    "decisions": (_OFFERS, _FEEDBACK, _SELLERS, *_REFERENCE),
}


class CleaningInput(NamedTuple):
    """What `clean` takes: the month, the next one (None: there is none), and offers of the months before."""

    month: PageTables
    next_month: PageTables | None
    before: Iterable[pl.DataFrame | None]


def read(tables: TableReader, market: str, month: str) -> CleaningInput:
    """What cleaning reads of a market-month; UserError when the month was not parsed."""
    following = month_after(month)
    known = is_observed(market, following) and tables.exists("parsed", "feedback", market, following)
    return CleaningInput(
        page_tables(tables, market, month, NEEDED),
        page_tables(tables, market, following, NEEDED_NEXT) if known else None,
        offers_before(tables, market, month),
    )


def page_tables(tables: TableReader, market: str, month: str, columns: Mapping[str, Sequence[str]]) -> PageTables:
    """The columns (by table) of a month's parsed tables; titles of feedback only where rows name no offer."""
    frames = {name: tables.read("parsed", name, market, month, needed) for name, needed in columns.items()}
    if feedback_source(market) != FROM_VENDOR and frames["feedback"]["listing_id"].null_count():
        titled = (*columns["feedback"], TITLE)
        frames["feedback"] = tables.read("parsed", "feedback", market, month, titled)
    return PageTables(market=market, month=month, **frames)


def offers_before(tables: TableReader, market: str, latest: str) -> Iterator[pl.DataFrame | None]:
    """Parsed offers of the months before, the latest first; None where a month has none. Read only when asked for."""
    for number in range(1, MONTHS_BACK + 1):
        month = month_plus(latest, -number)
        known = is_observed(market, month) and tables.exists("parsed", "listings", market, month)
        yield tables.read("parsed", "listings", market, month, NEEDED_BEFORE) if known else None


def clean(
    month: PageTables,
    next_month: PageTables | None,
    before: Iterable[pl.DataFrame | None] = (),
    *,
    pseudonyms: Pseudonyms,
    options: CleaningOptions,
) -> CleanMonth:
    """Clean tables of the month, in contract form: euros, grams, ISO countries, pseudonyms.

    The next month's pages help to date and complete the month's feedback; offers of the months `before` (the latest
    first, may be lazy) tell of sales whose offer the month lacks.
    """
    frames = clean_month(
        month.by_name(),
        None if next_month is None else next_month.by_name(),
        market=month.market,
        month=month.month,
        pseudonyms=pseudonyms,
        options=options,
        months_before=before,
    )
    return CleanMonth(market=month.market, month=month.month, **frames)
