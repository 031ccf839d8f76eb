"""What rules may ask besides the tables of the month: expected volumes, reference rates, earlier months.

The relations are `expected.volumes` (name, min, max: the market file), `expected.cell` (market, month, first_month,
last_month), `reference.ecb_rates` (date, currency, units_per_eur) and `history.<table>` (columns that the contract's
rules name, up to three earlier months of the market that hold rows).
"""

from collections.abc import Sequence
from functools import lru_cache

import polars as pl

from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.observation import CONTRACTS_DIR, market_configs, month_after, month_start
from cryptodrug_assets.quality.judge import history_columns
from cryptodrug_assets.resources.store import TableStore

HISTORY_MONTHS = 3
_RATES = CONTRACTS_DIR.parent / "cryptodrug_assets" / "reference" / "ecb_rates.csv"


def cell_context(
    store: TableStore, contracts: Sequence[Contract], market: str | None, month: str | None
) -> dict[str, pl.DataFrame]:
    """The relations by name for judging the contracts' tables in a cell; only those that some rule asks."""
    texts = " ".join(rule.query for contract in contracts for rule in contract.quality)
    found: dict[str, pl.DataFrame] = {}
    if market is not None and month is not None:
        found["expected.volumes"] = expected_volumes(market)
        found["expected.cell"] = cell(market, month)
        for contract in contracts:
            if columns := history_columns(contract):
                found[f"history.{contract.table}"] = history(store, contract, columns, market, month)
    if "reference.ecb_rates" in texts:
        found["reference.ecb_rates"] = ecb_rates()
    return found


def expected_volumes(market: str) -> pl.DataFrame:
    """Bounds of the market file: what is counted (name), min and max."""
    bounds = market_configs()[market].expected
    rows = [(name, bound.min, bound.max) for name, bound in sorted(bounds.items())]
    return pl.DataFrame(rows, schema={"name": pl.String, "min": pl.Int64, "max": pl.Int64}, orient="row")


def cell(market: str, month: str) -> pl.DataFrame:
    """One row: the cell, and whether it opens or closes the market's window."""
    window = market_configs()[market].window
    return pl.DataFrame(
        {
            "market": [market],
            "month": [month_start(month)],
            "next_month": [month_start(month_after(month))],
            "first_month": [month == window.start],
            "last_month": [month == window.end],
        }
    )


def history(store: TableStore, contract: Contract, columns: Sequence[str], market: str, month: str) -> pl.DataFrame:
    """Month and columns of up to three earlier months of the market; no rows when there are none."""
    names = ["month", *(name for name in columns if name != "month")]
    empty = pl.DataFrame(schema={name: contract.polars_schema[name] for name in names})
    if not store.exists(contract.layer, contract.table):
        return empty
    earlier = [
        part for part in store.partitions(contract.layer, contract.table) if part[0] == market and part[1] < month
    ]
    frames = [
        store.read(contract.layer, contract.table, *part, columns=names) for part in sorted(earlier)[-HISTORY_MONTHS:]
    ]
    return pl.concat([empty, *frames])


def empty_context(contracts: Sequence[Contract]) -> dict[str, pl.DataFrame]:
    """All relations without rows: enough to see whether the rules' SQL is right."""
    some_market = next(iter(market_configs()))
    found = {
        "expected.volumes": expected_volumes(some_market).clear(),
        "expected.cell": cell(some_market, market_configs()[some_market].window.start).clear(),
        "reference.ecb_rates": ecb_rates().clear(),
    }
    for contract in contracts:
        if columns := history_columns(contract):
            found[f"history.{contract.table}"] = pl.DataFrame(
                schema={name: contract.polars_schema[name] for name in dict.fromkeys(["month", *columns])}
            )
    return found


@lru_cache
def ecb_rates() -> pl.DataFrame:
    """ECB reference rates: units of currency per EUR by day."""
    return pl.read_csv(_RATES, schema={"date": pl.Date, "currency": pl.String, "units_per_eur": pl.Float64})
