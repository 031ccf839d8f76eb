"""The Dagster partitions: markets × months, made from the observation windows (observation.py)."""

import dagster as dg

from cryptodrug_assets.observation import (
    CONTRACTS_DIR,
    FIRST_MONTH,
    MARKETS,
    UserError,
    cell_of,
    check_market,
    check_month,
    is_observed,
    last_month,
    market_configs,
    month_after,
    month_start,
    observed_cells,
    require_observed,
)

__all__ = [
    "CONTRACTS_DIR",
    "FIRST_MONTH",
    "MARKETS",
    "UserError",
    "cell_of",
    "check_market",
    "check_month",
    "is_observed",
    "market_configs",
    "market_month",
    "month_after",
    "month_start",
    "months",
    "observed_cells",
    "require_observed",
]

_end = last_month()

# The running month is a partition too: a live market is captured within it.
months = dg.MonthlyPartitionsDefinition(
    start_date=FIRST_MONTH, end_date=month_after(_end) if _end else None, fmt="%Y-%m", end_offset=1
)
market_month = dg.MultiPartitionsDefinition({"market": dg.StaticPartitionsDefinition(MARKETS), "month": months})
