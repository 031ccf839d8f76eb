"""Who is who among the vendors of all months and markets, and how long offers were live: before the indicators."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from cryptodrug_assets.cleaning.corrections import Correction
from cryptodrug_assets.cleaning.listing_history import listing_history
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.cleaning.vendors.links import CLEAN_COLUMNS, PARSED_COLUMNS, vendor_links
from cryptodrug_assets.pipeline.reading import Read, TableReader

_LINKED = (Read("raw/captures", None), Read("parsed/vendors", None), Read("clean/vendors", None))
READS: dict[str, tuple[Read, ...]] = {
    "vendor_links": _LINKED,
    "vendor_link_totals": _LINKED,
    "listing_history": (Read("clean/listings", None),),
}
_OFFERS = (
    "market", "month", "listing_key", "vendor_key", "first_seen", "last_seen", "price_eur", "is_holding_price",
)  # fmt: skip


class EntityInput(NamedTuple):
    """What tells who is who: vendors as parsed and as cleaned, the index of captures (market, mode), clean offers."""

    accounts: pl.DataFrame
    vendors: pl.DataFrame
    captures: pl.DataFrame
    offers: pl.DataFrame


def read(tables: TableReader) -> EntityInput:
    """What linking reads of all months; UserError when there are none."""
    return EntityInput(
        tables.read("parsed", "vendors", columns=PARSED_COLUMNS),
        tables.read("clean", "vendors", columns=CLEAN_COLUMNS),
        tables.read("raw", "captures", columns=("market", "mode")),
        tables.read("clean", "listings", columns=_OFFERS),
    )


def link(
    accounts: pl.DataFrame,
    vendors: pl.DataFrame,
    captures: pl.DataFrame,
    *,
    pseudonyms: Pseudonyms,
    corrections: Sequence[Correction] = (),
) -> dict[str, pl.DataFrame]:
    """clean.vendor_links and clean.vendor_link_totals, as people corrected them. Markets with imports are known in part
    alone."""
    partial = captures.filter(pl.col("mode") == "import")["market"].unique().to_list()
    return vendor_links(accounts, vendors, pseudonyms=pseudonyms, partial=partial, corrections=corrections)


def follow(offers: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """clean.listing_history: the months of each offer."""
    return {"listing_history": listing_history(offers)}
