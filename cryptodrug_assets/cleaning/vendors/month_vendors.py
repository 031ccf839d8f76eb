"""clean.vendors: the vendors of a month, from their own pages and from their offers."""

import json
import re
from datetime import date

import polars as pl

from cryptodrug_assets.cleaning.decisions import Decisions, to_contract
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms

_TABLE = "vendors"
# A market's name; a page could write anything in its place.
_NAME = re.compile(r"[a-z0-9][a-z0-9 .&'-]{0,29}")
_LAST = [
    "vendor_id", "rating", "rating_count", "vendor_level", "trust_level", "member_since", "is_banned",
    "finalize_early", "pgp_fingerprint",
]  # fmt: skip
NEEDED = (
    "capture_id", "captured_at", "row", "page_kind", "vendor_name", "sales", "sales_hi", "external_ratings", *_LAST,
)  # fmt: skip


def clean_vendors(
    parsed: pl.DataFrame,
    listings: pl.DataFrame,
    *,
    market: str,
    month: date,
    pseudonyms: Pseudonyms,
    decisions: Decisions,
) -> pl.DataFrame:
    """clean.vendors of a month from parsed.vendors and clean.listings.

    A vendor known from offers only has no capture and no counters. is_active: at least one drug offer in the month.
    """
    rows = (
        parsed.select(NEEDED)
        .with_columns(own=pl.col("page_kind") == "vendor")
        .sort("own", "captured_at", "capture_id", "row")
    )
    sold = pl.col("sales").is_not_null()
    vendors = rows.group_by("vendor_name", maintain_order=True).agg(
        *(pl.col(name).drop_nulls().last() for name in _LAST),
        pl.col("external_ratings").drop_nulls(),
        sales_lo=pl.col("sales").filter(sold).last(),
        sales_hi=pl.col("sales_hi").filter(sold).last(),
        capture_id=pl.col("capture_id").filter(pl.col("own")).last(),
        n_fingerprints=pl.col("pgp_fingerprint").drop_nulls().n_unique(),
    )
    decisions.mass(_TABLE, "merged", "repeated_rows", rows.height - vendors.height)
    decisions.mass(_TABLE, "altered", "latest_of_several_keys", vendors.filter(pl.col("n_fingerprints") > 1).height)
    account = market + "|" + vendors["vendor_id"]
    print_text = vendors["pgp_fingerprint"].str.to_uppercase().str.replace_all(r"\s", "")
    vendors = vendors.with_columns(
        vendor_key=pseudonyms.column("vendor", market + "|" + vendors["vendor_name"]),
        account_key=pseudonyms.column("account", account),
        pgp_key=pseudonyms.column("fingerprint", print_text),
        external_markets=pl.Series(
            [_markets(texts) for texts in vendors["external_ratings"]], dtype=pl.List(pl.String)
        ),
        member_since=pl.col("member_since").dt.truncate("1mo"),
    )
    offers = listings.group_by("vendor_key").agg(
        n_listings=pl.len().cast(pl.Int64),
        n_drug_listings=pl.col("is_drug").sum().cast(pl.Int64),
        origins=pl.col("origins").filter("is_drug").list.explode(keep_nulls=False, empty_as_null=False).unique().sort(),
        drug_classes=pl.col("drug_class").filter("is_drug").drop_nulls().unique().sort(),
    )
    empty = pl.lit([], pl.List(pl.String))
    beside = offers.join(vendors, on="vendor_key", how="anti")
    decisions.mass(_TABLE, "added", "from_offers_only", beside.height)
    vendors = vendors.join(offers, on="vendor_key", how="full", coalesce=True).with_columns(
        pl.col("n_listings", "n_drug_listings").fill_null(0),
        origins=pl.coalesce("origins", empty),
        drug_classes=pl.coalesce("drug_classes", empty),
        external_markets=pl.coalesce("external_markets", empty),
        is_banned=pl.col("is_banned").fill_null(False),
    )
    vendors = vendors.with_columns(
        n_origins=pl.col("origins").list.len().cast(pl.Int64), is_active=pl.col("n_drug_listings") > 0
    )
    return to_contract(vendors, _TABLE, market, month).sort("vendor_key")


def _markets(texts: list[str]) -> list[str]:
    """Names of the other markets in the external ratings of all pages of a vendor; "other" for what is no name."""
    names = {str(rating["market"]).lower() for text in texts for rating in json.loads(text) if rating.get("market")}
    return sorted({name if _NAME.fullmatch(name) else "other" for name in names})
