"""Clean tables of a month and what they rest on → the month's indicators."""

from typing import NamedTuple

import polars as pl

from cryptodrug_assets.indicators.registry import CLEAN_COLUMNS, MONTHLY, compute_month, extracted
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.pipeline.reading import Read, TableReader
from cryptodrug_assets.pipeline.tables import Evidence, OffersAndSales

#: What the table of each family reads of the market-month.
READS: dict[str, tuple[Read, ...]] = {table: tuple(map(Read, names)) for table, names in MONTHLY.items()}


class MeasuringInput(NamedTuple):
    """What `measure` takes."""

    month: OffersAndSales
    evidence: Evidence


def read(tables: TableReader, market: str, month: str) -> MeasuringInput:
    """What the indicators of a market-month read; UserError when the month was not cleaned."""
    clean = {name: tables.read("clean", name, market, month, columns) for name, columns in CLEAN_COLUMNS.items()}
    month_tables = OffersAndSales(market=market, month=month, **clean)
    return MeasuringInput(month_tables, read_evidence(tables, market, month))


def read_evidence(tables: TableReader, market: str, month: str) -> Evidence:
    """What the indicators of a market-month read besides its clean tables; UserError when it was not parsed."""
    cell = market, month
    return Evidence(
        captures=tables.read("raw", "captures", *cell),
        pages=tables.read("parsed", "pages", *cell),
        market_counters=tables.read("parsed", "market_counters", *cell),
        extracts=extracted(lambda table, columns: tables.read("parsed", table, *cell, columns)),
    )


def measure(month: OffersAndSales, evidence: Evidence, *, options: IndicatorOptions) -> dict[str, pl.DataFrame]:
    """Every indicator table of the month, in contract form, with uncertainty and coverage."""
    counted = {"tally": month.tally, "contributions": month.contributions}
    return compute_month(
        month.by_name() | counted | dict(evidence.extracts),
        evidence.captures,
        evidence.pages,
        evidence.market_counters,
        market=month.market,
        month=month.month,
        options=options,
    )
