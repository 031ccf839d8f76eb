"""A market's whole observation window, and all markets together: what a single month is too small for.

The history is the clean tables of all cells; market `all` pools the markets, whose vendors are not linked here. No
formula of an indicator belongs here.
"""

from collections.abc import Iterator, Mapping

import polars as pl

from cryptodrug_assets.indicators.contributions import contributions
from cryptodrug_assets.indicators.rows import ALL, Clean, Row
from cryptodrug_assets.indicators.seen import least_coverage

History = Mapping[str, pl.DataFrame]
_CLEAN = ("listings", "vendors", "transactions")


def windows(history: History) -> Iterator[tuple[Row, Clean]]:
    """(market, last month, lowest coverage) and clean tables of every market in the history, and of `all` together.

    Beside the clean tables stand the contributions of their months (`monthly_contributions`) and their coverage.
    """
    listings = history["listings"]
    monthly = history.get("contributions")
    tables = {name: history[name] for name in _CLEAN}
    tables["contributions"] = monthly_contributions(history) if monthly is None else monthly
    if "coverage" in history:
        tables["coverage"] = history["coverage"]
    for market in (*listings["market"].unique().sort().to_list(), ALL):
        clean = {
            name: frame if market == ALL else frame.filter(pl.col("market") == market) for name, frame in tables.items()
        }
        where: Row = {"market": market, "month": clean["listings"]["month"].max()}
        where["coverage"] = least_coverage(history, *([] if market == ALL else [market]))
        yield where, clean


def monthly_contributions(history: History) -> pl.DataFrame:
    """Contributions of all market-months under each other, with market and month."""
    parts = []
    for market, month in history["listings"].select("market", "month").unique().sort("market", "month").iter_rows():
        here = (pl.col("market") == market) & (pl.col("month") == month)
        made = contributions({name: history[name].filter(here) for name in _CLEAN})
        parts.append(made.with_columns(market=pl.lit(market), month=pl.lit(month, pl.Date)))
    return pl.concat(parts)
