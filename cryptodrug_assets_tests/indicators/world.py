"""A world worked out by hand: 3 vendors, 5 offers, 10 sales of one market-month.

vendor a: Belgium, cannabis (a1) and MDMA (a2); vendor b: Belgium and the Netherlands, cannabis (b1), and from the
Netherlands, cocaine (b2); vendor c: unknown origin, cocaine (c1). One offer that is not a drug (a3).
Sales in euros: a1 10, 20, 30 · a2 100, 240 · b1 50, 150 · b2 1000 · c1 200, 200.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.registry import compute_month
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets_tests.frames import rows

OPTIONS = IndicatorOptions(bootstrap=200)
CELL: dict[str, Any] = {"market": "dream", "month": "2018-11", "options": OPTIONS}

_OFFERS: dict[str, tuple[str, str, list[str]]] = {
    "a1": ("a", "cannabis", ["BE"]),
    "a2": ("a", "mdma", ["BE"]),
    "a3": ("a", "not_a_drug", ["BE"]),
    "b1": ("b", "cannabis", ["BE", "NL"]),
    "b2": ("b", "cocaine", ["NL"]),
    "c1": ("c", "cocaine", []),
}
_DESTINATIONS = {"a1": ["BE"], "a2": ["EU"], "b1": ["WW"], "b2": ["EU"], "c1": []}
_EXCLUDED = {"a2": ["US", "NL"]}
_SALES = [
    ("a1", 10), ("a1", 20), ("a1", 30), ("a2", 100), ("a2", 240), ("b1", 50), ("b1", 150), ("b2", 1000), ("c1", 200),
    ("c1", 200),
]  # fmt: skip


def clean_world() -> dict[str, pl.DataFrame]:
    """clean.listings, clean.vendors and clean.transactions of the world."""
    listings = [
        {
            "listing_key": key,
            "vendor_key": vendor,
            "is_drug": drug != "not_a_drug",
            "drug_class": drug,
            "origins": origins,
            "n_origins": len(origins),
            "origin_kind": "list" if len(origins) > 1 else "country" if origins else "unknown",
            "destinations": _DESTINATIONS.get(key, []),
            "excluded": _EXCLUDED.get(key, []),
            "destination_kind": "country",
            "price_basis": "none",
            "capture_id": f"c-{key}",
        }
        for key, (vendor, drug, origins) in _OFFERS.items()
    ]
    sales = [
        {
            "transaction_key": f"t{number}",
            "listing_key": key,
            "vendor_key": _OFFERS[key][0],
            "is_drug": True,
            "drug_class": _OFFERS[key][1],
            "origins": _OFFERS[key][2],
            "n_origins": len(_OFFERS[key][2]),
            "attribution": "listing",
            "price_eur": Decimal(euros),
            "price_source": "exact",
            "status": "observed",
            "dated_at": datetime(2018, 11, 1 + number, tzinfo=UTC),
            "capture_id": f"v-{_OFFERS[key][0]}",
        }
        for number, (key, euros) in enumerate(_SALES)
    ]
    vendors = [
        {"vendor_key": key, "origins": origins, "n_origins": len(origins), "is_active": True, "n_drug_listings": 1}
        for key, origins in (("a", ["BE"]), ("b", ["BE", "NL"]), ("c", []))
    ]
    return {
        "listings": rows("clean", "listings", *listings),
        "vendors": rows("clean", "vendors", *vendors),
        "transactions": rows("clean", "transactions", *sales),
    }


def captures(done: int = 9, failed: int = 1) -> pl.DataFrame:
    """raw.captures with so many pages fetched and failed."""
    outcomes = ["done"] * done + ["failed"] * failed
    return rows("raw", "captures", *({"outcome": outcome, "page_kind": "vendor"} for outcome in outcomes))


def values(frame: pl.DataFrame, **where: str) -> dict[str, float | None]:
    """Values by country, of rows with the given indicator and drug class (default all)."""
    where = {"drug_class": "all"} | where
    chosen = frame.filter(*(pl.col(name) == value for name, value in where.items()))
    return dict(zip(chosen["country"].to_list(), chosen["value"].to_list(), strict=True))


NOTHING = contracts.load("parsed", "market_counters").polars_schema


PAGES = contracts.load("parsed", "pages").polars_schema


def computed(clean: dict[str, pl.DataFrame], pages: pl.DataFrame | None = None) -> dict[str, pl.DataFrame]:
    fetched = captures() if pages is None else pages
    return compute_month(clean, fetched, pl.DataFrame(schema=PAGES), pl.DataFrame(schema=NOTHING), **CELL)
