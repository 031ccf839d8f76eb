"""One module or folder per market: URLs, page kinds, links, parser, clock, counters. No other room names a market.

A new market is a module here with a `MARKET` that fits markets.base.Market, a YAML in data_contracts/markets and its
categories in reference/categories (docs/add-a-market.md). A market with `source: table` has no module: data sets of
it are read through mappings (data_sets).
"""

import importlib
from typing import cast

from cryptodrug_assets.markets.base import Market
from cryptodrug_assets.observation import (
    MORE_MARKETS_DIR,
    TABLE,
    UserError,
    check_market,
    market_configs,
    unobserved_markets,
)


def get_market(name: str) -> Market:
    """The market's module object, observed here or not; UserError for an unknown market or one without a module."""
    if name not in unobserved_markets():
        check_market(name)
    try:
        module = importlib.import_module(f"cryptodrug_assets.markets.{name}")
    except ModuleNotFoundError as err:
        if err.name != f"cryptodrug_assets.markets.{name}":
            raise
        if (market_configs() | market_configs(MORE_MARKETS_DIR))[name].source == TABLE:
            from cryptodrug_assets.markets.data_sets.market import MarketOfTables

            return MarketOfTables(name)
        raise UserError(f"market '{name}' has no parser; write cryptodrug_assets/markets/{name}.py") from err
    if getattr(getattr(module, "MARKET", None), "name", None) != name:
        raise UserError(f"cryptodrug_assets/markets/{name}.py has no MARKET of that name; end it in `MARKET = ...`")
    return cast("Market", module.MARKET)
