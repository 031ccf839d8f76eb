"""Import of a data set: its file and mapping into the archive, each row into the month of its time.

All rows are looked at before the first is written, so that a data set that cannot be read leaves nothing behind. The
same file with the same mapping is imported once. Keep out: files (data_files.py), what a row says (markets/data_sets),
writing (data_set_month.py).
"""

import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from cryptodrug_assets.capture.archive.data_sets import keep
from cryptodrug_assets.capture.archive.index import index_rows
from cryptodrug_assets.capture.imports.data_files import FileRow, rows_of
from cryptodrug_assets.capture.imports.data_set_month import DataSet, Placed, RowsMonth, row_key
from cryptodrug_assets.capture.imports.log import imports, undo
from cryptodrug_assets.capture.imports.report import ImportReport
from cryptodrug_assets.markets.data_sets.rows import (
    RowOfDataSet,
    is_wanted,
    mapping_of,
    moment_of,
    read_row,
)
from cryptodrug_assets.observation import UserError, feedback_source, is_observed, market_configs

_BATCH = 500
# Nested values lead somewhere as well, but not for ever.
_DEEPEST = 4


@dataclass
class TableReport(ImportReport):
    """What an import of a data set took in: as of pages, and what of its rows could not be read, by field and cause,
    records by kind, columns that the mapping does not ask for, rows that `only` leaves out, and months that hold
    reviews and no offer."""

    unread: Counter[tuple[str, str]] = field(default_factory=Counter)
    first_unread: dict[tuple[str, str], str] = field(default_factory=dict)
    records: Counter[str] = field(default_factory=Counter)
    unused: list[str] = field(default_factory=list)
    passed_by: int = 0
    without_offers: list[str] = field(default_factory=list)


def import_table(
    data: DataSet,
    *,
    market: str,
    archive_root: Path,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _rows: None,
) -> TableReport:
    """Import a data set's rows into the months of their times; with `dry_run` nothing is written.

    `progress` is told how many rows were looked at or written. Raises UserError, with nothing written, when the file
    cannot be read as the mapping says, when the mapping asks for columns that are not there, when a month holds
    captured pages, or when the file was imported with another mapping before.
    """
    report = TableReport(import_id=f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}")
    _refuse_other_mapping(data, market, archive_root)
    look = _Look(data, market, report)
    there: dict[str, list[Any]] = {}
    known: dict[str, set[str]] = {}
    for number, placed in enumerate(look.placed(), start=1):
        month = placed.moment.strftime("%Y-%m")
        report.months[month] += 1
        if month not in known:
            there[month] = index_rows(archive_root / market / month)
            known[month] = {row["capture_id"] for row in there[month]}
        is_there = row_key(data, market, month, placed.row) in known[month]
        report.known += is_there
        report.imported += not is_there
        if number % _BATCH == 0:
            progress(number)
    look.check_columns()
    for month in sorted(there):
        _refuse_mixed(there[month], f"{market} {month}", synthetic=data.mapping.synthetic)
    if data.mapping.offer is None:
        without = (month for month, rows in there.items() if all(row["page_kind"] != "listing" for row in rows))
        report.without_offers = sorted(without)
    if dry_run or not report.imported:
        return report
    try:
        _write(data, market, archive_root, report, look.again(), progress)
    except (OSError, sqlite3.OperationalError) as err:
        # What is written of it does not count.
        if any(entry.import_id == report.import_id for entry in imports(archive_root, market)):
            undo(archive_root, report.import_id, market)
        what = err.strerror if isinstance(err, OSError) else None
        raise UserError(
            f"the archive of {market} cannot be written: {what or err}; nothing of the data set counts, make room or"
            " give"
            " the right to write, and run again"
        ) from err
    return report


class _Look:
    """A pass over the rows of a data set: which are taken, and what of them cannot be read."""

    def __init__(self, data: DataSet, market: str, report: TableReport) -> None:
        self._data, self._market, self._report = data, market, report
        self._paths: set[str] = set()
        self._rows = 0
        self._observed = lru_cache(lambda month: is_observed(market, month))
        # Which rows are taken, in the order of the file.
        self._taken = bytearray()

    def placed(self) -> Iterator[Placed]:
        """The rows that are taken, with their moments; the others are counted in the report."""
        data, mapping, report = self._data, self._data.mapping, self._report
        source = feedback_source(self._market)
        for given in rows_of(data.path, mapping):
            self._rows += 1
            self._taken.append(0)
            self._paths |= _paths(given.cells)
            if given.torn is not None:
                self._torn(given)
                continue
            if not is_wanted(given.cells, mapping):
                report.passed_by += 1
                continue
            row = RowOfDataSet(data.digest, mapping.table, given.row, given.cells)
            where = f"{data.path.name} row {given.row}"
            moment = moment_of(row, mapping)
            if moment is None:
                report.refuse("no date, or none in the ways that the mapping names", where)
                continue
            month = moment.strftime("%Y-%m")
            if not self._observed(month):
                window = market_configs()[self._market].window
                report.refuse_month(
                    f"of months in which {self._market} was not observed ({{months}}; its window is {window.start} to"
                    f" {window.end or 'now'}, data_contracts/markets/{self._market}.yaml)",
                    month,
                )
                continue
            page = read_row(row.encoded(), mapping, self._market, source)
            for problem in page.problems:
                cause = (problem.field, problem.detail or problem.reason)
                report.unread[cause] += 1
                report.first_unread.setdefault(cause, where)
            if not (page.listings or page.feedback or page.vendors):
                report.refuse("neither an offer, a review nor a vendor can be read of it", where)
                continue
            for kind, records in (("offers", page.listings), ("reviews", page.feedback), ("vendors", page.vendors)):
                report.records[kind] += len(records)
            self._taken[-1] = 1
            yield Placed(row, moment)

    def again(self) -> Iterator[Placed]:
        """The rows that were taken, once more, without looking at what they say."""
        mapping = self._data.mapping
        for taken, given in zip(self._taken, rows_of(self._data.path, mapping), strict=True):
            if taken:
                row = RowOfDataSet(self._data.digest, mapping.table, given.row, given.cells)
                moment = moment_of(row, mapping)
                if moment is not None:
                    yield Placed(row, moment)

    def _torn(self, given: FileRow) -> None:
        where = f"{self._data.path.name} row {given.row}"
        if self._data.mapping.torn_rows == "stop":
            raise UserError(
                f"{where} is torn: {given.torn}; mend it, or write `torn_rows: leave_out` in the mapping, and such"
                " rows are"
                " left out and counted"
            )
        self._report.refuse("torn", where, f"torn: {given.torn}")

    def check_columns(self) -> None:
        """UserError when there are no rows, or a column that the mapping asks for is in none of them."""
        data, asked = self._data, self._data.mapping.columns()
        if not self._rows:
            raise UserError(f"{data.path.name} holds no row; see `table` and `each` in the mapping")
        lacking = sorted(column for column in asked if column not in self._paths)
        if lacking:
            there = ", ".join(sorted(path for path in self._paths if "." not in path)[:20])
            raise UserError(
                f"{data.mapping_path.name} asks for columns that are not in {data.path.name}: {', '.join(lacking)}"
                f" ({asked[lacking[0]]}); there are: {there}"
            )
        outer = {path.partition(".")[0] for path in asked}
        self._report.unused = sorted(path for path in self._paths if "." not in path and path not in outer)


def _paths(cells: dict[str, Any], before: str = "", depth: int = 0) -> set[str]:
    """The names of all cells, nested ones as dotted names."""
    found = set()
    for name, value in cells.items():
        found.add(before + name)
        if isinstance(value, dict) and depth < _DEEPEST:
            found |= _paths(value, f"{before}{name}.", depth + 1)
    return found


def _refuse_other_mapping(data: DataSet, market: str, archive_root: Path) -> None:
    """The same rows read in two ways would count twice."""
    for entry in imports(archive_root, market):
        same = (entry.said.get("data_set"), entry.said.get("table")) == (data.digest, data.mapping.table)
        if same and not entry.withdrawn and entry.alone and entry.said.get("mapping") != data.mapping_digest:
            raise UserError(
                f"{data.path.name} was imported with another mapping (import {entry.import_id});"
                f" `cryptodrug import-table --undo {entry.import_id}` takes that back first"
            )


def _refuse_mixed(rows: list[Any], where: str, *, synthetic: bool) -> None:
    """Pages and data sets of one month would count the same sales twice; made-up rows are never mixed with others."""
    done = [row for row in rows if row["outcome"] == "done"]
    if any(mapping_of(row["content_type"]) is None for row in done):
        raise UserError(
            f"{where} holds captured pages, and the sales of a data set would count a second time; import it into a"
            " CRYPTODRUG_HOME of its own"
        )
    if any(row["synthetic"] is not synthetic for row in done):
        raise UserError(
            f"{where} holds {'real' if synthetic else 'made-up'} rows, which are never mixed with"
            f" {'made-up' if synthetic else 'real'} ones; import into a CRYPTODRUG_HOME of its own"
        )


def _write(
    data: DataSet,
    market: str,
    root: Path,
    report: TableReport,
    rows: Iterator[Placed],
    progress: Callable[[int], None],
) -> None:
    mapping = data.mapping
    keep(root / market, data.path, data.digest)
    keep(root / market, data.mapping_path, data.mapping_digest, mapping=True)
    said = {
        "source": mapping.source,
        "licence": mapping.licence,
        "paths": [data.path.name],
        "data_set": data.digest,
        "mapping": data.mapping_digest,
        "table": mapping.table,
    }
    written = 0
    with ExitStack() as stack:
        months = {
            month: stack.enter_context(RowsMonth(data, market, root / market / month, report.import_id, said))
            for month in sorted(report.months)
        }
        while batch := list(islice(rows, _BATCH)):
            for month in sorted({placed.moment.strftime("%Y-%m") for placed in batch}):
                months[month].take([placed for placed in batch if placed.moment.strftime("%Y-%m") == month])
            written += len(batch)
            progress(written)
        for opened in months.values():
            opened.finish()
