"""From a value to the bytes it rests on: tables of the cells → rows (indicators.trace) → index → archive.

Reads the table store and the archive; writes and prints nothing. What it hands out are counts, and places of records
with their digests; the pages' frames hold URLs and stay inside.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.indicators.family import COVERAGE, Extract
from cryptodrug_assets.indicators.trace import (
    Cell,
    cells_behind,
    counts,
    extracts_behind,
    pages_behind,
    rows_behind,
)
from cryptodrug_assets.indicators.tracing.target import Target
from cryptodrug_assets.months import month_after
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets.study.statements import CHECKS, Check

Row = Mapping[str, Any]
CLEAN = ("listings", "vendors", "transactions")
PLACE = ("capture_id", "page_kind", "market", "month", "warc_file", "warc_offset", "warc_length", "payload_digest")
SCORECARD = "study_scorecard"


@dataclass(frozen=True)
class Explained:
    """A value with what is behind it: counts of rows, and the index rows of the pages they were read from.

    `counted` and `compared` are numbers of entities; `pages` the captures of the counted rows, `further` those that
    only the compared rows rest on (`month` is that of the archive a page lies in); `elsewhere` says how many of all of
    them lie in the archive of the month after that of their row.
    """

    table: str
    row: Row
    counted: dict[str, int]
    compared: dict[str, int]
    note: str
    cells: list[Cell]
    pages: pl.DataFrame
    further: pl.DataFrame
    elsewhere: int


class Provenance:
    """Explains rows of indicator tables from one store."""

    def __init__(self, store: TableStore) -> None:
        self.store = store
        self._indexes: dict[Cell, pl.DataFrame] = {}
        self._tables: dict[tuple[Cell, ...], dict[str, pl.DataFrame]] = {}

    @cached_property
    def cells(self) -> list[Cell]:
        """Market-months with clean tables."""
        return self.store.partitions("clean", "listings")

    def explain(self, table: str, row: Row) -> Explained:
        """What is behind a row; UserError when a table it needs is gone or a page is not in the index."""
        target = Target.of(table, row)
        contract = contracts.load("indicators", target.table)
        monthly = contract.partitioned or table == SCORECARD
        cells = cells_behind(target, self.cells, monthly=monthly)
        tables = self._tables_of(cells, coverage=target.table == COVERAGE, extracts=extracts_behind(target))
        behind = rows_behind(target, tables)
        pages, late = self._indexed(pages_behind(behind.counted, tables))
        others, late_others = self._indexed(pages_behind(behind.compared, tables))
        further = others.join(pages, on=["market", "month", "capture_id"], how="anti")
        elsewhere = pl.concat([late, late_others]).unique().height
        return Explained(
            table, row, counts(behind.counted), counts(behind.compared), behind.note, cells, pages, further, elsewhere
        )

    def of_statement(self, row: Row) -> list[tuple[str, Row]]:
        """The indicator rows that a row of the scorecard was computed from: (table, row), none where there are none."""
        check = next((c for c in CHECKS if _tests(c, row)), None)
        if check is None:
            return []
        if check.table == "listings":
            return [(SCORECARD, dict(row) | {"month": self._lowest(row["market"])})]
        if not self.store.exists("indicators", check.table):
            return []
        rows = self.store.read("indicators", check.table).filter(
            (pl.col("indicator") == check.indicator.removeprefix("rank of "))
            & (pl.col("country") == check.country)
            & (pl.col("drug_class") == check.drug_class)
            & ((pl.col("market") == row["market"]) | pl.lit(row["market"] == "all" and check.reduce != "last"))
            & pl.col("value").is_not_null()
        )
        order = ["value", "month"] if check.reduce in ("min", "max") else ["month", "market"]
        rows = rows.sort(order, descending=[check.reduce == "min", False])
        chosen = rows if check.reduce == "months" else rows.tail(1)
        return [(check.table, made) for made in chosen.iter_rows(named=True)]

    def _lowest(self, market: str) -> object:
        offers = self.store.read("clean", "listings", market, columns=["month", "is_drug"])
        shares = offers.group_by("month").agg(pl.col("is_drug").mean()).sort("is_drug", "month")
        return shares["month"].first()

    def _tables_of(self, cells: list[Cell], *, coverage: bool, extracts: Sequence[Extract]) -> dict[str, pl.DataFrame]:
        """The clean tables of the cells under each other (and, for coverage, their captures and counters)."""
        key = tuple(cells)
        if key not in self._tables:
            self._tables[key] = {name: self._read("clean", name, cells) for name in CLEAN}
            if self.store.exists("clean", "vendor_links"):
                self._tables[key]["vendor_links"] = self.store.read("clean", "vendor_links")
        tables = self._tables[key]
        if coverage and "captures" not in tables:
            tables["captures"] = self._read("raw", "captures", cells)
            tables["market_counters"] = self._read("parsed", "market_counters", cells)
        for extract in extracts:
            if extract.name not in tables:
                tables[extract.name] = extract.make(self._read("parsed", extract.table, cells))
        return tables

    def _read(self, layer: str, table: str, cells: list[Cell]) -> pl.DataFrame:
        empty = contracts.empty(contracts.load(layer, table))
        return pl.concat([empty, *(self.store.read(layer, table, *cell) for cell in cells)])

    def _indexed(self, pages: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Index rows of the pages, each in the archive of its own month or of the next one; and which lie in the next.

        Raises UserError when a page is in neither index.
        """
        found: list[pl.DataFrame] = []
        late: list[pl.DataFrame] = [contracts.empty(contracts.load("raw", "captures"))]
        for (market, first), wanted in pages.partition_by("market", "month", as_dict=True).items():
            month = first.strftime("%Y-%m")
            here = self._index((market, month)).join(wanted.select("capture_id"), on="capture_id", how="semi")
            rest = wanted.join(here, on="capture_id", how="anti")
            found.append(here)
            if rest.height:
                after = self._index((market, month_after(month)))
                there = after.join(rest.select("capture_id"), on="capture_id", how="semi")
                found.append(there)
                late.append(there)
                if there.height < rest.height:
                    raise UserError(
                        f"{rest.height - there.height} pages behind {market} {month} are not in raw/captures: the"
                        f" tables rest on another archive; run `cryptodrug backfill --market {market} --from {month}"
                        f" --to {month}`"
                    )
        key = ["market", "month", "capture_id"]
        both = pl.concat([late[0], *found]).unique(key, maintain_order=True).sort(*key)
        return both, pl.concat(late).select(key)

    def _index(self, cell: Cell) -> pl.DataFrame:
        if cell not in self._indexes:
            there = self.store.exists("raw", "captures", *cell)
            empty = contracts.empty(contracts.load("raw", "captures"))
            self._indexes[cell] = self.store.read("raw", "captures", *cell) if there else empty
        return self._indexes[cell]


def _tests(check: Check, row: Row) -> bool:
    """Whether a row of the scorecard is that of the statement's check."""
    same = (check.statement, check.indicator, check.country, check.drug_class)
    names = ("statement", "indicator", "country", "drug_class")
    return same == tuple(row[name] for name in names) and row["market"] in check.markets


class Reader:
    """Reads pages' records from the archive again and checks their digests; a page is read once, whoever asks."""

    def __init__(self, archive: Path) -> None:
        self.archive = archive
        self._read: set[str] = set()

    def reread(self, pages: pl.DataFrame, *, most: int = 0) -> Iterator[int]:
        """Yields the number of pages checked so far.

        `most` > 0 reads that many, evenly spread, when there are more. Raises UserError naming archive, file and offset
        of the first record that is damaged, missing or differs from its digest.
        """
        # Of a world that was not captured there are no bytes to read.
        held = (pl.col("outcome") == "done") & pl.col("warc_file").is_not_null()
        done = pages.filter(held).sort("market", "month", "warc_file", "warc_offset")
        if most and done.height > most:
            done = done.gather([k * done.height // most for k in range(most)])
        known = done["capture_id"].is_in(list(self._read))
        number = int(known.sum())
        yield number
        for page in read_pages(self.archive, done.filter(~known)):
            self._read.add(page.capture_id)
            number += 1
            yield number
