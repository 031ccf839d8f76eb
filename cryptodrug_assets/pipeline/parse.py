"""Captured pages → parsed tables."""

from collections.abc import Iterable
from pathlib import Path

from cryptodrug_assets.markets.tables import TABLES, PageInput, parse_captures
from cryptodrug_assets.pipeline.reading import Read
from cryptodrug_assets.pipeline.tables import ParsedMonth

READS: dict[str, tuple[Read, ...]] = {table: (Read("raw/captures"),) for table in TABLES}


def parse(
    market: str, month: str, pages: Iterable[PageInput], *, workers: int = 1, folder: Path | None = None
) -> ParsedMonth:
    """The parsed tables of a market-month ("YYYY-MM"), in contract form; what cannot be read is among the rejects.

    `workers` processes read pages; rows lie in files under `folder` meanwhile (markets/tables.py). UserError when the
    folder has no room.
    """
    return ParsedMonth(market=market, month=month, **parse_captures(market, month, pages, workers, folder=folder))
