"""How a step says what it reads, and what it reads from: the read half of a table store, or recorded tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from cryptodrug_assets.months import month_start
from cryptodrug_assets.observation import UserError

OWN_MONTH = (0, 0)


@dataclass(frozen=True)
class Read:
    """A table ("layer/table") that a step reads.

    `months`: first and last month, counted from the step's own, of the same market; None: all months of all markets, or
    a table that has no months.
    """

    table: str
    months: tuple[int, int] | None = OWN_MONTH


class TableReader(Protocol):
    """The read half of a table store (storage.store.TableStore)."""

    def exists(self, layer: str, table: str, market: str | None = None, month: str | None = None) -> bool:
        """Whether the table, or its market-month ("YYYY-MM"), was ever made."""
        ...

    def read(
        self,
        layer: str,
        table: str,
        market: str | None = None,
        month: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Rows of a market-month, or of all; UserError when it was never made."""
        ...


@dataclass(frozen=True)
class RecordedTables:
    """Tables by "layer.table" in memory, read as a store is.

    >>> offers = pl.DataFrame({"market": ["dream", "empire"], "listing_id": ["1", "2"]})
    >>> RecordedTables({"parsed.listings": offers}).read("parsed", "listings", "empire")["listing_id"].to_list()
    ['2']
    """

    frames: Mapping[str, pl.DataFrame]

    def exists(self, layer: str, table: str, market: str | None = None, month: str | None = None) -> bool:
        """Whether the table was recorded; of a market-month, whether it has rows."""
        if f"{layer}.{table}" not in self.frames:
            return False
        return market is None or month is None or self._rows(layer, table, market, month).height > 0

    def read(
        self,
        layer: str,
        table: str,
        market: str | None = None,
        month: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Rows of a market-month, or of all; UserError for a table that was not recorded."""
        if f"{layer}.{table}" not in self.frames:
            raise UserError(f"{layer}/{table} was not recorded")
        frame = self._rows(layer, table, market, month)
        return frame if columns is None else frame.select(columns)

    def _rows(self, layer: str, table: str, market: str | None, month: str | None) -> pl.DataFrame:
        frame = self.frames[f"{layer}.{table}"]
        if market is not None and "market" in frame.columns:
            frame = frame.filter(pl.col("market") == market)
        if month is not None and "month" in frame.columns:
            frame = frame.filter(pl.col("month") == month_start(month))
        return frame
