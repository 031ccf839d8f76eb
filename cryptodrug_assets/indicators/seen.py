"""How much of a month was seen, as all other families ask for it: from rows of indicators.coverage to one number.

The coverage of a value is the least of those that are known; of sales in imports it is unknown: what counters state is
offers, and offers say nothing of the feedback that was not saved. How coverage is measured is in families/coverage.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from cryptodrug_assets.indicators.code import OF_SALES, parse_code
from cryptodrug_assets.observation import FROM_LISTING, FROM_VENDOR, FeedbackSource, feedback_source

_OFFER_PAGES = ("listing", "listing_index", "vendor")
# Pages whose feedback is counted, where it is not on all of these.
_FEEDBACK_PAGES: dict[FeedbackSource, tuple[str, ...]] = {FROM_VENDOR: ("vendor",), FROM_LISTING: ("listing",)}
_OF_OFFERS = ("COV01", "COV01_counter", "COV02")


@dataclass(frozen=True)
class Seen:
    """What a month's captures allow to say: coverage of offers and of sales (None: unknown), whether any page was
    captured that shows offers, or feedback, at all, and how many of the offers that the market states an import lacks
    (None: not known, or pages were looked for, and missed by chance)."""

    offers: float | None
    sales: float | None
    shows_offers: bool = True
    shows_feedback: bool = True
    not_imported: float | None = None

    def of(self, indicator: str) -> float | None:
        """Coverage of a level's or share's value, by the measure its code names."""
        return self.sales if parse_code(indicator).measure in OF_SALES else self.offers


def seen(rows: Iterable[Mapping[str, Any]], captures: pl.DataFrame, offers_captured: int) -> Seen:
    """From the rows of the coverage table, the month's captures and the number of offers among them."""
    rows = list(rows)
    known = {row["indicator"]: row["value"] for row in rows if row["value"] is not None}
    offers = min((known[code] for code in _OF_OFFERS if code in known), default=None)
    sales = min(known["COV01"], offers or 0.0, known.get("COV05", 1.0)) if "COV01" in known else None
    announced = {row["indicator"]: row["n"] for row in rows}.get("COV01_counter")
    left = None if "COV01" in known or announced is None else float(max(0, announced - offers_captured))
    done = captures.filter(pl.col("outcome") == "done")
    kinds = set(done["page_kind"].drop_nulls())
    sources = {feedback_source(market) for market in done["market"].unique()}
    of_feedback = {kind for source in sources for kind in _FEEDBACK_PAGES.get(source, ("listing", "vendor"))}
    return Seen(offers, sales, bool(kinds & set(_OFFER_PAGES)), bool(kinds & of_feedback), left)


def covered_months(coverage: pl.DataFrame, *, sales: bool = False) -> pl.DataFrame:
    """market, month, `covered`: the coverage of offers (or of `sales`) by indicators.coverage; null where unknown."""
    of_pages = pl.col("value").filter(pl.col("indicator").is_in(list(_OF_OFFERS))).min()
    known = pl.col("value").filter(pl.col("indicator") == "COV05").min().fill_null(1.0)
    looked_for = pl.col("value").filter(pl.col("indicator") == "COV01").min().is_not_null()
    covered = pl.when(looked_for).then(pl.min_horizontal(of_pages, known)) if sales else of_pages
    return coverage.group_by("market", "month").agg(covered=covered).sort("market", "month")


def least_coverage(history: Mapping[str, pl.DataFrame], *markets: str, sales: bool = False) -> float | None:
    """The lowest coverage of any month of the markets (of all without any); None where that of a month is unknown."""
    if "coverage" not in history:
        return None
    months = covered_months(history["coverage"], sales=sales)
    found = months.filter(pl.col("market").is_in(markets) if markets else pl.lit(value=True))["covered"]
    return None if found.null_count() else found.min()  # type: ignore[return-value]
