"""One module per market: URLs, page kinds, links, parser, clock, counters. Nothing market-specific stands elsewhere.

A new market is a module here with a `MARKET` that fits markets.base.Market, and a file in data_contracts/markets.
"""

import importlib
from typing import cast

from cryptodrug_assets.markets.base import Market
from cryptodrug_assets.observation import UserError, check_market


def get_market(name: str) -> Market:
    """The market's module object; raises UserError for an unknown market or one without a module."""
    check_market(name)
    try:
        module = importlib.import_module(f"cryptodrug_assets.markets.{name}")
    except ModuleNotFoundError as err:
        raise UserError(f"market '{name}' has no parser; write cryptodrug_assets/markets/{name}.py") from err
    return cast("Market", module.MARKET)
