"""The Dagster partitions: markets × months, from the observation windows (observation.py); waves, from the studies."""

import dagster as dg

from cryptodrug_assets.buyers.survey.study import studies
from cryptodrug_assets.months import month_after, month_before, month_start
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
    "month_before",
    "month_start",
    "months",
    "observed_cells",
    "require_observed",
    "waves",
]

_end = last_month()

# The running month is a partition too: a live market is captured within it.
months = dg.MonthlyPartitionsDefinition(
    start_date=FIRST_MONTH, end_date=month_after(_end) if _end else None, fmt="%Y-%m", end_offset=1
)
market_month = dg.MultiPartitionsDefinition({"market": dg.StaticPartitionsDefinition(MARKETS), "month": months})
# A second wave is one more file in data_contracts/studies.
waves = dg.StaticPartitionsDefinition([study.wave for study in studies()])
