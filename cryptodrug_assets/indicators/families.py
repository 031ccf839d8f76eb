"""The registry of indicator families: table → function. Assets are made from it; the order is that of computation.

MONTHLY: f(clean, market=, month=, options=, coverage=) for one market-month. ACROSS: f(history, options=) over all
cells; the history holds clean listings, vendors, transactions and the indicator tables computed before.
"""

from collections.abc import Callable

import polars as pl

from cryptodrug_assets.indicators.composition import drug_mix, specialisation
from cryptodrug_assets.indicators.concentration import concentration
from cryptodrug_assets.indicators.conduct import conduct
from cryptodrug_assets.indicators.counted_sales import counted_sales
from cryptodrug_assets.indicators.literature import literature_comparison
from cryptodrug_assets.indicators.migration import migration
from cryptodrug_assets.indicators.month import contributions, indicators_month
from cryptodrug_assets.indicators.rows import Clean, IndicatorOptions
from cryptodrug_assets.indicators.shipping import multi_origin, shipping
from cryptodrug_assets.indicators.shipping_window import shipping_window
from cryptodrug_assets.indicators.shocks import shocks
from cryptodrug_assets.indicators.survival import survival
from cryptodrug_assets.indicators.tally import tally
from cryptodrug_assets.indicators.transaction_sizes import transaction_sizes
from cryptodrug_assets.indicators.trends import trends
from cryptodrug_assets.indicators.windows import (
    monthly_contributions,
    multi_origin_window,
    shares_window,
    specialisation_window,
    transaction_sizes_window,
)

MONTHLY: dict[str, Callable[..., pl.DataFrame]] = {
    "concentration": concentration,
    "drug_mix": drug_mix,
    "specialisation": specialisation,
    "shipping": shipping,
    "multi_origin": multi_origin,
    "transaction_sizes": transaction_sizes,
    "conduct": conduct,
}
ACROSS: dict[str, Callable[..., pl.DataFrame]] = {
    "shares_window": shares_window,
    "specialisation_window": specialisation_window,
    "transaction_sizes_window": transaction_sizes_window,
    "multi_origin_window": multi_origin_window,
    "shipping_window": shipping_window,
    "counted_sales": counted_sales,
    "trends": trends,
    "shocks": shocks,
    "migration": migration,
    "survival": survival,
    "literature_comparison": literature_comparison,
}
# The columns of clean tables that monthly families ask for: a month may have millions of sales.
CLEAN_COLUMNS: dict[str, tuple[str, ...]] = {
    "listings": (
        "month", "listing_key", "vendor_key", "is_drug", "drug_class", "origins", "n_origins", "destinations",
        "excluded", "price_amount", "price_currency", "is_holding_price", "quantity", "quantity_unit",
        "quantity_confidence", "capture_id",
    ),
    "transactions": (
        "month", "vendor_key", "listing_key", "is_drug", "drug_class", "origins", "n_origins",
        "destinations", "rating", "dated_at", "price_amount", "price_currency", "price_eur", "price_source", "status",
        "gap",
    ),
}  # fmt: skip
# What each family across months reads besides itself: clean tables, then indicator tables.
ACROSS_INPUTS: dict[str, list[str]] = {
    "shares_window": ["clean/listings", "clean/vendors", "clean/transactions", "indicators/coverage"],
    "specialisation_window": ["clean/listings", "clean/vendors", "clean/transactions", "indicators/coverage"],
    "transaction_sizes_window": ["clean/listings", "clean/vendors", "clean/transactions", "indicators/coverage"],
    "multi_origin_window": ["clean/listings", "clean/vendors", "clean/transactions", "indicators/coverage"],
    "shipping_window": [
        "clean/listings",
        "clean/vendors",
        "clean/transactions",
        "indicators/coverage",
        "indicators/shipping",
    ],
    "counted_sales": ["clean/vendors", "clean/transactions", "indicators/coverage"],
    "trends": ["clean/listings", "clean/transactions", "indicators/activity", "indicators/coverage"],
    "shocks": ["clean/transactions", "indicators/coverage"],
    "migration": ["clean/vendors", "clean/transactions", "clean/vendor_links", "indicators/coverage"],
    "survival": ["clean/vendors", "indicators/coverage"],
    "literature_comparison": [
        "clean/listings",
        "clean/vendors",
        "clean/transactions",
        "indicators/activity",
        "indicators/shares_window",
        "indicators/coverage",
    ],
}


def compute_month(
    clean: Clean,
    captures: pl.DataFrame,
    pages: pl.DataFrame,
    counters: pl.DataFrame,
    *,
    market: str,
    month: str,
    options: IndicatorOptions,
) -> dict[str, pl.DataFrame]:
    """Every indicator table of a market-month. Sales are counted once for all families, and what each vendor adds."""
    clean = {**clean, "tally": tally(clean["transactions"])}
    clean["contributions"] = contributions(clean)
    made = indicators_month(clean, captures, pages, counters, market=market, month=month, options=options)
    fetched = made["coverage"].filter(pl.col("indicator") == "COV01")["value"].first()
    for table, family in MONTHLY.items():
        made[table] = family(clean, market=market, month=month, options=options, coverage=fetched)
    return made


def compute_across(history: dict[str, pl.DataFrame], *, options: object) -> dict[str, pl.DataFrame]:
    """Every family across months, each with the tables made before it added to the history."""
    given = history | {"contributions": monthly_contributions(history)}
    made: dict[str, pl.DataFrame] = {}
    for table, family in ACROSS.items():
        made[table] = family(given | made, options=options)
    return made
