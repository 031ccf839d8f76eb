"""What rules may ask besides the tables of the month: expected volumes, reference rates, earlier months.

The relations are `expected.volumes` (name, min, max: the market file), `expected.fill` (records, page_kind, field,
layout, at_least: the market file's floors of fill rates), `expected.cell` (market, month, first_month, last_month),
`reference.ecb_rates` (date, currency, units_per_eur), `reference.rate_bounds` (day, base, currency, low, high: between
which values the rates on a page of the day lie), `history.<table>` (columns that the contract's rules name, up to three
earlier months of the market that hold rows), and published tables that the caller did not bring. The archive's own
relations stand in archive.py.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path

import polars as pl

from cryptodrug_assets.capture.archive.sample import FILES_SCHEMA, RECORDS_SCHEMA
from cryptodrug_assets.contracts import Contract, all_contracts
from cryptodrug_assets.months import month_after, month_start
from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.quality.judge import history_columns
from cryptodrug_assets.reference.files import RATES_FILE
from cryptodrug_assets.reference.rate_bounds import days_with_rates, rate_bounds
from cryptodrug_assets.storage.store import TableStore

HISTORY_MONTHS = 3
_WORD = re.compile(r"\w+")


def cell_context(
    store: TableStore,
    contracts: Sequence[Contract],
    market: str | None,
    month: str | None,
    have: Collection[str] = (),
) -> dict[str, pl.DataFrame]:
    """The relations by name for judging the contracts' tables in a cell; only those that some rule asks.

    `have` names the tables that the caller brings; others that are asked come from the store, as far as they are
    there (a rule that asks one that is not cannot run, which is an error).
    """
    texts = " ".join(rule.query for contract in contracts for rule in contract.quality)
    found: dict[str, pl.DataFrame] = {}
    if market is not None and month is not None:
        found["expected.volumes"] = expected_volumes(market)
        found["expected.fill"] = fill_floors(market)
        found["expected.cell"] = cell(market, month)
        for contract in contracts:
            if columns := history_columns(contract):
                found[f"history.{contract.table}"] = history(store, contract, columns, market, month)
    if "reference.ecb_rates" in texts:
        found["reference.ecb_rates"] = ecb_rates()
    if "reference.rate_bounds" in texts:
        found["reference.rate_bounds"] = bounds_by_day()
    words = set(_WORD.findall(texts))
    for contract in all_contracts():
        if contract.name in have or contract.name not in texts or contract in contracts:
            continue
        at = (market, month) if contract.partition_by == ["market", "month"] else (None, None)
        if store.exists(contract.layer, contract.table, *at):
            columns = [column.name for column in contract.columns if column.name in words]
            found[contract.name] = store.read(contract.layer, contract.table, *at, columns=columns or None)
    return found


def expected_volumes(market: str) -> pl.DataFrame:
    """Bounds of the market file: what is counted (name), min and max."""
    bounds = market_configs()[market].expected
    rows = [(name, bound.min, bound.max) for name, bound in sorted(bounds.items())]
    return pl.DataFrame(rows, schema={"name": pl.String, "min": pl.Int64, "max": pl.Int64}, orient="row")


def fill_floors(market: str) -> pl.DataFrame:
    """Floors of fill rates in the market file: a share of the records of a sort on a kind of page, by field."""
    rows = [(one.records, one.page_kind, one.field, one.layout, one.at_least) for one in market_configs()[market].fill]
    schema = {"records": pl.String, "page_kind": pl.String, "field": pl.String, "layout": pl.String,
              "at_least": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


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
    return store.read_earlier(contract.layer, contract.table, market, month, names, count=HISTORY_MONTHS)


def empty_context(contracts: Sequence[Contract]) -> dict[str, pl.DataFrame]:
    """All relations without rows: enough to see whether the rules' SQL is right."""
    some_market = next(iter(market_configs()))
    found = {
        "expected.volumes": expected_volumes(some_market).clear(),
        "expected.fill": fill_floors(some_market).clear(),
        "expected.cell": cell(some_market, market_configs()[some_market].window.start).clear(),
        "reference.ecb_rates": ecb_rates().clear(),
        "reference.rate_bounds": bounds_by_day().clear(),
        "archive.files": pl.DataFrame(schema=FILES_SCHEMA),
        "archive.records": pl.DataFrame(schema=RECORDS_SCHEMA),
    }
    for contract in contracts:
        if columns := history_columns(contract):
            found[f"history.{contract.table}"] = pl.DataFrame(
                schema={name: contract.polars_schema[name] for name in dict.fromkeys(["month", *columns])}
            )
    return found


def ecb_rates(fetched: Path | None = None) -> pl.DataFrame:
    """ECB reference rates: units of currency per EUR by day; with those of later days that were fetched."""
    schema = {"date": pl.Date, "currency": pl.String, "units_per_eur": pl.Float64}
    return pl.concat([pl.read_csv(path, schema=schema) for path in (RATES_FILE, fetched) if path is not None])


@lru_cache
def bounds_by_day() -> pl.DataFrame:
    """Bounds of the rates that pages of a day show."""
    rows = [(day, one.base, one.currency, one.low, one.high) for day in days_with_rates() for one in rate_bounds(day)]
    schema = {"day": pl.Date, "base": pl.String, "currency": pl.String, "low": pl.Float64, "high": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
