"""The command import-archive: bring captures in that others made, try it dry, list what was brought, take it back."""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.inert import printable
from cryptodrug_assets.months import runs_of_months
from cryptodrug_assets.observation import UserError, check_market, check_month, market_configs, require_observed
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from cryptodrug_assets.capture.imports.importer import ImportReport

_SWEEPS_SHOWN = 12


def import_archive(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="WARC(.gz) or WACZ files, or folders of saved HTML.")
    ] = None,
    *,
    market: Annotated[str | None, typer.Option("--market", help="Name of the market.")] = None,
    month: Annotated[
        str | None,
        typer.Option("--month", help="Month the captures belong to, YYYY-MM; `all`: each page into that of its time."),
    ] = None,
    source: Annotated[str, typer.Option("--source", help="Where the captures come from.")] = "unnamed",
    licence: Annotated[str, typer.Option("--licence", help="Licence or terms of the source.")] = "not stated",
    captured_at: Annotated[
        str | None,
        typer.Option("--captured-at", help="Capture time, or day, of pages that do not tell it (ISO 8601, UTC)."),
    ] = None,
    name_pattern: Annotated[
        str | None,
        typer.Option("--name-pattern", help="How names of saved files or folders tell it, such as 'dream_%d.%m.%Y'."),
    ] = None,
    sweep: Annotated[
        str | None,
        typer.Option("--sweep", help="All pages are of one pass over the market, of this name; else times tell."),
    ] = None,
    by_folder: Annotated[
        bool, typer.Option("--by-folder", help="Each folder right below PATH is one pass over the market.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read all, say what would come in, write nothing.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="List the imports there are.")] = False,
    undo: Annotated[
        str | None, typer.Option("--undo", metavar="ID", help="Take back what an import brought (see --list).")
    ] = None,
) -> None:
    """Import existing captures into raw/captures with their provenance; the same bytes twice are one capture."""
    if market is not None:
        check_market(market)
    if list_ or undo is not None:
        if paths or (list_ and undo is not None):
            raise UserError("--list and --undo stand alone, with --market at most")
        list_imports(market) if undo is None else undo_import(undo, market)
        return
    if not paths or market is None or month is None:
        raise UserError("an import needs --market, --month and a PATH; `cryptodrug import-archive --help` shows how")
    from cryptodrug_assets.capture.imports.importer import ALL_MONTHS, import_paths, sweep_name
    from cryptodrug_assets.cleaning.pseudonyms import secret_key
    from cryptodrug_assets.markets import get_market

    reader = get_market(market)
    if month != ALL_MONTHS:
        month = check_month(month)
        require_observed(market, month)
    if sweep is not None and by_folder:
        raise UserError("--sweep names one sweep, --by-folder one for each folder; give one of them")
    settings = Settings()
    try:
        # A dry run asks what is there and hides nothing: it needs no key, and makes none.
        key = b"-" if dry_run else secret_key(settings.keys, "capture")
    except OSError as err:
        raise UserError(
            f"cannot write to {settings.home}: {err.strerror}; set CRYPTODRUG_HOME to a folder you may write to"
        ) from err
    with _progress() as progress:
        report = import_paths(
            paths,
            market=reader,
            month=month,
            archive_root=settings.archive,
            source=source,
            licence=licence,
            captured_at=_moment(captured_at),
            name_pattern=name_pattern,
            sweep=None if sweep is None else sweep_name(sweep),
            by_folder=by_folder,
            dry_run=dry_run,
            gap=timedelta(hours=settings.sweep_gap_hours),
            hmac_key=key,
            progress=progress,
        )
    _tell(report, market, dry_run=dry_run)


def _moment(text: str | None) -> datetime | None:
    """A capture time given by hand."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as err:
        raise UserError(f"'{printable(text)}' is not a time; write it as 2018-11-30T23:59:00 or 2018-11-30") from err
    return moment


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar in a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _tell(report: "ImportReport", market: str, *, dry_run: bool) -> None:
    """Say what came in, what not and why, what is doubtful, and what to do next."""
    for line in report.refused:
        print(f"not imported: {printable(line)}", file=sys.stderr)
    if report.passed_over:
        kinds = ", ".join(f"{count:,} {ending}" for ending, count in report.passed_over.most_common(8))
        print(f"passed over: {printable(kinds)}", file=sys.stderr)
    if report.set_aside:
        kinds = ", ".join(f"{count:,} {what}" for what, count in report.set_aside.most_common())
        print(f"kept as evidence, nothing is read from them: {printable(kinds)}", file=sys.stderr)
    for line in report.doubts:
        print(f"doubtful: {printable(line)}", file=sys.stderr)
    for line in _contents(report):
        print(printable(line))
    done = "would be imported" if dry_run else "imported"
    print(f"{report.imported:,} pages {done}, {report.known:,} known already, {report.not_imported:,} not imported")
    if not report.imported and not report.known:
        raise UserError("nothing was imported; the lines above say why" if report.refused else "no page found there")
    if dry_run:
        print("next: the same without --dry-run")
        return
    print(f"import {report.import_id}; `cryptodrug import-archive --undo {report.import_id}` takes it back")
    for first, last in runs_of_months(sorted(report.months)):
        print(f"next: {_backfill(market, first, last)}")


def _backfill(market: str, first: str, last: str) -> str:
    """The command that reads imported months; a market that is captured otherwise must be told to."""
    source = "" if market_configs()[market].source == "archive" else "CRYPTODRUG_SOURCE=archive "
    return f"{source}cryptodrug backfill --market {market} --from {first} --to {last}"


def _contents(report: "ImportReport") -> Iterator[str]:
    """Pages by month, sweep and kind."""
    months: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for (month, sweep, kind), count in report.contents.items():
        months[month][sweep][kind] += count
    for month, sweeps in sorted(months.items()):
        total = sum((kinds for kinds in sweeps.values()), Counter())
        sweeps_text = "1 sweep" if len(sweeps) == 1 else f"{len(sweeps):,} sweeps"
        yield f"{month}: {total.total():,} pages in {sweeps_text} ({_kinds(total)})"
        for sweep, kinds in sorted(sweeps.items())[:_SWEEPS_SHOWN] if len(sweeps) > 1 else ():
            yield f"  {sweep}: {_kinds(kinds)}"
        if len(sweeps) > _SWEEPS_SHOWN:
            yield f"  … and {len(sweeps) - _SWEEPS_SHOWN:,} sweeps more"


def _kinds(kinds: Counter[str]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items(), key=lambda item: (-item[1], item[0])))


def list_imports(market: str | None) -> None:
    """Print the imports there are, of pages and of data sets."""
    from cryptodrug_assets.capture.imports.log import imports

    entries = imports(Settings().archive, market)
    if not entries:
        raise UserError("nothing was imported yet" + (f" of {market}" if market else ""))
    for entry in entries:
        state = "withdrawn" if entry.withdrawn else f"{entry.alone:,} by it alone"
        origin = f"{entry.said.get('source', '-')}, {entry.said.get('licence', '-')}"
        began = entry.began[:16].replace("T", " ") or "-"
        line = f"{entry.import_id}  {began}  {entry.market} {entry.month}  {entry.pages:,} pages, {state}  ({origin})"
        print(printable(line))


def undo_import(import_id: str, market: str | None) -> None:
    """Take back what an import brought, and say what is left and what to run next."""
    from cryptodrug_assets.capture.imports.log import undo

    settings = Settings()
    done = undo(settings.archive, import_id, market)
    for one in done:
        kept = f", {one.kept:,} stay (another import brought them too)" if one.kept else ""
        print(f"{one.market} {one.month}: {one.gone:,} pages withdrawn{kept}, {one.left:,} imported pages left")
    print("the bytes stay in the archive as evidence; importing the same again brings the pages back")
    emptied = [one for one in done if one.gone and not one.left and _emptied(settings, one.market, one.month)]
    for one in emptied:
        print(f"{one.market} {one.month} holds no page any more: its tables are empty now")
    for one in done:
        if one.gone and one.left:
            print(f"next: {_backfill(one.market, one.month, one.month)}")
    if emptied:
        print("next: cryptodrug backfill --select across_months, then --select publication: reports still hold them")


def _emptied(settings: Settings, market: str, month: str) -> bool:
    """Empty the tables of a month of which nothing is left; whether there were any."""
    from cryptodrug_assets import contracts
    from cryptodrug_assets.capture.archive.index import index_rows
    from cryptodrug_assets.storage.store import TableStore

    if index_rows(settings.archive / market / month):
        return False  # what was captured here is not the import's
    store = TableStore(settings.tables)
    found = [
        contract
        for contract in contracts.all_contracts()
        if contract.partition_by == ["market", "month"] and store.exists(contract.layer, contract.table, market, month)
    ]
    for contract in found:
        empty = contracts.empty(contract)
        store.commit(contract.layer, contract.table, empty, market, month, {"withdrawn": "import undone"})
    return bool(found)
