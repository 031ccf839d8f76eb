"""Import of existing captures, with their provenance, into the archives of their months.

Contains the entry (`import_paths`) and the decision of each page's month and sweep. Keep out: reading files
(incoming.py), what a page tells of its time (page_times.py), writing into a month (month.py).
"""

import re
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptodrug_assets.capture.archive.headers import Redactor
from cryptodrug_assets.capture.archive.warc import sha256
from cryptodrug_assets.capture.imports.incoming import Reading, folder_name, pages, size_of
from cryptodrug_assets.capture.imports.month import DryMonth, ImportMonth, LiveMonth, Page, Shelf
from cryptodrug_assets.capture.imports.page_times import PageTimes, clocks_agree, page_times, time_doubts
from cryptodrug_assets.capture.imports.report import ImportReport
from cryptodrug_assets.capture.imports.saved_times import NameClock
from cryptodrug_assets.capture.imports.sweeps import DEFAULT_GAP
from cryptodrug_assets.capture.imports.warc_pages import ForeignPage
from cryptodrug_assets.markets.base import Discovery, Market, ParsedPage
from cryptodrug_assets.markets.reading import answers_well, discover, parse, without_content
from cryptodrug_assets.observation import UserError, is_observed, market_configs
from cryptodrug_assets.synthetic import NOTE

__all__ = ["ALL_MONTHS", "ImportReport", "import_paths"]
ALL_MONTHS = "all"
_SYNTHETIC = re.compile(rb"cryptodrug-replica")
_CLOCK_LATER = "{told} differs from the page's own clock by more than a day; the clock was taken"


def import_paths(
    paths: list[Path],
    *,
    market: Market,
    month: str,
    archive_root: Path,
    source: str,
    licence: str,
    captured_at: datetime | None,
    hmac_key: bytes,
    name_pattern: str | None = None,
    sweep: str | None = None,
    by_folder: bool = False,
    dry_run: bool = False,
    gap: timedelta = DEFAULT_GAP,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ImportReport:
    """Import files and folders into a month, or each page into the month of its time (`month` "all").

    Capture time: the WARC's date, the name of a saved file or its folder (by `name_pattern`, or a date written in a
    common form), `captured_at`, in this order, as long as the page's own clock does not speak against it; else that
    clock. Pages of another month, pages without any time, and bodies that were imported before are not added.
    `sweep` names the sweep of all pages, `by_folder` takes it from their folders, else it is told from their times,
    parted by `gap`. With `dry_run` nothing is written. `progress` is told how many bytes of how many are read.

    Raises UserError when a path does not exist, a pattern gives no day, or the archive cannot be written.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise UserError(f"no such file or folder: {missing[0]}")
    report = ImportReport(import_id=f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}")
    names = NameClock(name_pattern)
    said = {"source": source, "licence": licence, "paths": [path.name for path in paths]}
    total, done = sum(size_of(path) for path in paths), 0

    def advance(size: int) -> None:
        nonlocal done
        done += size
        progress(done, total)

    with ExitStack() as stack:
        shelf = stack.enter_context(Shelf())
        make = DryMonth if dry_run else LiveMonth
        months = _Months(
            lambda name: make(archive_root, market.name, name, report, Redactor(hmac_key), said), stack, shelf
        )
        task = _Import(market, month, captured_at, sweep, by_folder, report, months)
        try:
            reading = Reading(report, months.payload, names, advance)
            for path in paths:
                for item in pages(path, reading):
                    task.take(item)
            months.close(gap)
        except (OSError, sqlite3.OperationalError) as err:
            what = err.strerror if isinstance(err, OSError) else None
            raise UserError(
                f"the archive of {market.name} {months.last or month} cannot be written: {what or err}; what was"
                " imported is kept, make room or give the right to write, and run again"
            ) from err
    return report


class _Months:
    """The months that pages go to, opened when the first page comes."""

    def __init__(self, make: Callable[[str], ImportMonth], stack: ExitStack, shelf: Shelf) -> None:
        self._make, self._stack, self.shelf = make, stack, shelf
        self._open: dict[str, ImportMonth] = {}
        self.last: str | None = None

    def of(self, month: str) -> ImportMonth:
        """The month, ready to take pages in."""
        self.last = month
        if month not in self._open:
            self._open[month] = self._stack.enter_context(self._make(month))
        return self._open[month]

    def payload(self, digest: str) -> bytes | None:
        """The body of a page that this import saw before."""
        found = (opened.payload(digest) for opened in self._open.values())
        return self.shelf.get(digest) or next((body for body in found if body is not None), None)

    def close(self, gap: timedelta) -> None:
        """End the import of every month."""
        for opened in self._open.values():
            opened.finish(gap)


@dataclass
class _Import:
    """One import: which page goes where, and what is said of those that go nowhere."""

    market: Market
    month: str
    captured_at: datetime | None
    sweep: str | None
    by_folder: bool
    report: ImportReport
    months: _Months

    def take(self, item: ForeignPage) -> None:
        """Take a page into the month of its time, or say why not."""
        found, seen = self._look(item)
        claim, told = self._claim(item)
        moment = claim
        contradicted = seen.clock is not None and (claim is None or not clocks_agree(claim, seen.clock))
        if contradicted:
            moment = seen.clock
        if moment is None:
            self.report.refuse("no capture time; give --captured-at or --name-pattern", item.origin)
            return
        moment = moment.astimezone(UTC)
        month = moment.strftime("%Y-%m")
        digest = sha256(item.body)
        if not self._wanted(month, claim if contradicted else None, told):
            if item.digest_stated:  # a later page may be a revisit of it
                self.months.shelf.put(digest, item.body)
            return
        page = Page(item, found, moment, digest, self._sweep_of(item), seen.subject, is_synthetic(item))
        taken = self.months.of(month).take(page)
        if item.digest_stated and not taken:
            self.months.shelf.put(digest, item.body)
        if taken and not page.synthetic:
            if contradicted and claim is not None:
                self.report.doubt(_CLOCK_LATER.format(told=told), item.origin)
            for cause, detail in time_doubts(seen, moment):
                self.report.doubt(cause, item.origin, detail)

    def _claim(self, item: ForeignPage) -> tuple[datetime | None, str]:
        """The time that the page is said to have been captured at, and what says so."""
        if item.captured_at is not None:
            return item.captured_at, "the WARC's date"
        if item.named_at is not None:
            return item.named_at, "the date in the name"
        return self.captured_at, "--captured-at"

    def _wanted(self, month: str, denied: datetime | None, detail: str) -> bool:
        """Whether pages of the month are imported; those that are not are counted. `denied` is a time claimed that the
        page's own clock contradicts."""
        observed = is_observed(self.market.name, month)
        if self.month == ALL_MONTHS and observed:
            return True
        if month == self.month:
            return True
        if not observed:
            window = market_configs()[self.market.name].window
            cause = (
                f"of months in which {self.market.name} was not observed ({{months}}; its window is {window.start} to"
                f" {window.end or 'now'}, data_contracts/markets/{self.market.name}.yaml)"
            )
        elif denied is not None and denied.strftime("%Y-%m") == self.month:
            cause = (
                f"not in {self.month}, as {detail} says: by their own clock they belong to other months ({{months}});"
                " import them with the --month they belong to, or with --month all"
            )
        else:
            cause = (
                f"captured in other months, not in {self.month} ({{months}}); import them with the --month they"
                " belong to, or with --month all"
            )
        self.report.refuse_month(cause, month)
        return False

    def _sweep_of(self, item: ForeignPage) -> str | None:
        return self.sweep or (item.folder if self.by_folder else item.sweep)

    def _look(self, item: ForeignPage) -> tuple[Discovery, PageTimes]:
        """Kind and clock of a page, and what it tells of its time."""
        discovery, page = Discovery("unknown", [], None), ParsedPage(self.market.name, "unknown", "")
        try:
            discovery = discover(
                self.market, item.body, url=item.url, context_category=item.category, context_page=item.page
            )
            if not answers_well(item.status):
                discovery = without_content(discovery, item.status)
            page = parse(
                self.market, item.body, url=item.url, captured_at=None, status=item.status,
                content_type=item.content_type,
            )  # fmt: skip
        except Exception as err:  # noqa: BLE001 - the bytes are evidence even where the market module fails on them
            self.report.set_aside[f"unreadable ({type(err).__name__})"] += 1
        return replace(discovery, links=[]), page_times(page, discovery.page_clock)


def is_synthetic(item: ForeignPage) -> bool:
    """Whether a page is of the replica: by its archive's own mark, else by the mark in its head together with the note
    that every such page shows. Text that merely holds the mark proves nothing."""
    if item.synthetic:
        return True
    if _SYNTHETIC.search(item.body) is None:
        return False
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(item.body)
    mark = tree.css_first('head > meta[name="cryptodrug-replica"]')
    if mark is None or not (mark.attributes.get("content") or "").startswith("SYNTHETIC: "):
        return False
    # The note stands at a page's end, which a page that was cut has not.
    return b"</html" not in item.body.lower() or (tree.body is not None and NOTE in tree.body.text())


def sweep_name(name: str) -> str:
    """A name for a sweep; UserError where it cannot be one.

    >>> sweep_name("2018-11-first")
    '2018-11-first'
    """
    if not name or folder_name(name) != name:
        raise UserError(f"'{name}' cannot name a sweep; use up to 40 letters, digits and . _ -")
    return name
