"""The command import-table: bring a data set in that others made, try it dry, list what was brought, take it back."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.commands.importing import list_imports, undo_import
from cryptodrug_assets.inert import printable
from cryptodrug_assets.months import runs_of_months
from cryptodrug_assets.observation import TABLE, UserError, check_market, market_configs
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from cryptodrug_assets.capture.imports.data_sets import TableReport

_CAUSES_SHOWN = 20


def import_table(
    path: Annotated[
        Path | None, typer.Argument(help="File of the data set: CSV, JSON, JSON lines, Parquet or SQLite.")
    ] = None,
    *,
    market: Annotated[str | None, typer.Option("--market", help="Market that the rows are of.")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="YAML file that says which column is what, and how it is written.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read all, say what would come in, write nothing.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="List the imports there are.")] = False,
    undo: Annotated[
        str | None, typer.Option("--undo", metavar="ID", help="Take back what an import brought (see --list).")
    ] = None,
) -> None:
    """Import a data set, one row an offer or a review, through a mapping file; the same file twice is one import.

    The file and its mapping are kept as evidence, each row goes into the month of its date, and what cannot be read is
    counted and named. See docs/import-a-data-set.md.
    """
    if market is not None:
        check_market(market)
    if list_ or undo is not None:
        if path is not None or mapping is not None or (list_ and undo is not None):
            raise UserError("--list and --undo stand alone, with --market at most")
        list_imports(market) if undo is None else undo_import(undo, market)
        return
    if path is None or market is None or mapping is None:
        raise UserError("an import needs --market, --mapping and a PATH; `cryptodrug import-table --help` shows how")
    from cryptodrug_assets.capture.imports.data_set_month import DataSet
    from cryptodrug_assets.capture.imports.data_sets import import_table as take_in

    data = DataSet.of(path, mapping)
    with _progress() as progress:
        report = take_in(data, market=market, archive_root=Settings().archive, dry_run=dry_run, progress=progress)
    _tell(report, market, dry_run=dry_run)


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """A count of rows in a terminal, nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("reading rows") if sys.stderr.isatty() else _Silent() as status:
        yield lambda rows: status.update(f"{rows:,} rows")


class _Silent:
    def __enter__(self) -> "_Silent":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def update(self, status: str) -> None:
        """Nobody looks."""


def _tell(report: "TableReport", market: str, *, dry_run: bool) -> None:
    """Say what came in, what not and why, what could not be read, and what to do next."""
    for line in report.refused:
        print(f"not imported: {printable(line)}", file=sys.stderr)
    causes = sorted(report.unread.items(), key=lambda item: (-item[1], item[0]))
    for (name, why), count in causes[:_CAUSES_SHOWN]:
        line = f"{name}: {count:,} times {why} (first: {report.first_unread[(name, why)]}); stays unknown"
        print(f"not read: {printable(line)}", file=sys.stderr)
    if len(causes) > _CAUSES_SHOWN:
        print(f"not read: {len(causes) - _CAUSES_SHOWN:,} causes more", file=sys.stderr)
    if report.unused:
        print(f"columns not asked for: {printable(', '.join(report.unused))}", file=sys.stderr)
    if report.passed_by:
        print(f"{report.passed_by:,} rows are of what `only` leaves out", file=sys.stderr)
    if report.without_offers:
        months = ", ".join(report.without_offers)
        say = (
            f"no offer is there of {months}: import a data set of offers as well, or map `offer` from what reviews say"
        )
        print(f"doubtful: {say}; a month without any offer is not published", file=sys.stderr)
    for month, count in sorted(report.months.items()):
        print(f"{month}: {count:,} rows")
    records = ", ".join(f"{count:,} {kind}" for kind, count in report.records.items() if count)
    done = "would be imported" if dry_run else "imported"
    print(
        f"{report.imported:,} rows {done} ({records or 'nothing'}), {report.known:,} known already,"
        f" {report.not_imported:,} not imported"
    )
    if not report.imported and not report.known:
        raise UserError("nothing was imported; the lines above say why")
    if dry_run:
        print("next: the same without --dry-run")
        return
    if report.imported:
        print(f"import {report.import_id}; `cryptodrug import-table --undo {report.import_id}` takes it back")
    # A market of data sets alone has no other source.
    source = "" if market_configs()[market].source == TABLE else "CRYPTODRUG_SOURCE=archive "
    for first, last in runs_of_months(sorted(report.months)):
        print(f"next: {source}cryptodrug backfill --market {market} --from {first} --to {last}")
