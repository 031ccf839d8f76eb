"""An import's way into one market-month: into archive and journal, or, in a dry run, only counted.

The same bytes with the same time are one page, however often they are imported. Synthetic and real pages are kept
apart: a month holds one or the other.
"""

import contextlib
import os
import tempfile
import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from cryptodrug_assets.capture.archive.evidence import capture_id
from cryptodrug_assets.capture.archive.headers import Redactor
from cryptodrug_assets.capture.archive.index import CUT, NO_END, assign_sweeps, index_rows
from cryptodrug_assets.capture.archive.journal import FILE, PAGE_FIELDS, journal, read_only
from cryptodrug_assets.capture.archive.pages import read_payload
from cryptodrug_assets.capture.archive.records import Entry, warcinfo
from cryptodrug_assets.capture.archive.segments import Segments
from cryptodrug_assets.capture.archive.warc import Record, make_record
from cryptodrug_assets.capture.imports.log import SOURCE, ImportLog, imports, provenance, withdraw
from cryptodrug_assets.capture.imports.report import ImportReport
from cryptodrug_assets.capture.imports.warc_pages import ForeignPage
from cryptodrug_assets.markets.base import CONTENT_KINDS, Discovery
from cryptodrug_assets.markets.data_sets.rows import mapping_of

_SWEEPS = {False: "import", True: "import-synthetic"}
_SHELF_LIMIT = 1 << 30
WALLS = ("login", "challenge", "maintenance")


@dataclass(frozen=True)
class Page:
    """A page with what was found out about it."""

    item: ForeignPage
    found: Discovery
    moment: datetime
    digest: str
    sweep: str | None
    subject: str | None
    synthetic: bool

    @property
    def reason(self) -> str | None:
        """Why it may not be whole."""
        if self.item.cut:
            return CUT
        has_end = b"</html" in self.item.body.lower()
        return NO_END if self.found.page_kind in CONTENT_KINDS and not has_end else None


class ImportMonth(Protocol):
    """A market-month that pages are imported into."""

    def __enter__(self) -> "ImportMonth":
        """Ready to take pages in."""
        ...

    def __exit__(self, *_: object) -> None:
        """Nothing is open any more."""
        ...

    def take(self, page: Page) -> bool:
        """Take a page in, unless it is there or not of the month's world; whether the month has it."""
        ...

    def payload(self, digest: str) -> bytes | None:
        """The body of a page by its digest."""
        ...

    def finish(self, gap: timedelta) -> None:
        """End the import, and count what came in by sweep and kind."""
        ...


class _Month:
    """What both ways share: which pages the month has, and of which world it is."""

    def __init__(
        self, root: Path, market: str, month: str, report: ImportReport, redactor: Redactor, said: dict[str, Any]
    ) -> None:
        self._root, self._market, self._month = root, market, month
        self._report, self._redactor, self._said = report, redactor, said
        self.folder = root / market / month
        self._stored: set[str] = set()
        self._rows: dict[str, dict[str, Any]] = {}
        self._world: bool | None = None
        self._of_data_sets = False
        self._touched: set[str] = set()
        self._new: Counter[bool] = Counter()

    def _load(self) -> None:
        rows = index_rows(self.folder)
        self._rows = {row["capture_id"]: row for row in rows}
        if (self.folder / FILE).exists():
            with read_only(self.folder) as db:
                self._stored = {key for (key,) in db.execute("SELECT capture_id FROM page")}
        self._of_data_sets = any(mapping_of(row["content_type"]) is not None for row in rows)
        worlds = {row["synthetic"] for row in rows if row["outcome"] == "done"}
        self._world = worlds.pop() if len(worlds) == 1 else None

    def take(self, page: Page) -> bool:
        """Take a page in, unless it is there or not of the month's world; whether the month has it."""
        if self._of_data_sets:
            self._report.refuse(
                f"{self._market} {self._month} holds rows of a data set, and sales on pages would count a second time;"
                " import into a CRYPTODRUG_HOME of its own",
                page.item.origin,
            )
            return False
        if self._world is not None and page.synthetic is not self._world:
            self._report.refuse(self._other_world(page.synthetic), page.item.origin)
            return False
        key = capture_id(self._market, self._month, _SWEEPS[page.synthetic], f"{page.digest}|{page.moment.isoformat()}")
        is_there = key in self._rows
        try:
            self._keep(key, page, self._provenance(page.item))
        except (ValueError, OverflowError) as err:  # whatever a record may hold, reading goes on behind it
            self._report.refuse(f"cannot be kept ({type(err).__name__})", page.item.origin)
            return False
        if key not in self._touched:
            self._touched.add(key)
            self._report.months[self._month] += 1
        if is_there:
            self._report.known += 1
        else:
            self._report.imported += 1
            self._new[page.synthetic] += 1
        return True

    def _keep(self, key: str, page: Page, provenance: str) -> None:
        raise NotImplementedError

    def _other_world(self, synthetic: bool) -> str:
        cell = f"{self._market} {self._month}"
        if synthetic:
            return f"a page of the synthetic markets, which are never mixed with real captures, as {cell} holds them"
        return (
            f"a real page, and {cell} holds captures of the synthetic markets (a demo, a replica), which are never"
            " mixed with real ones; import into a CRYPTODRUG_HOME of its own"
        )

    def _provenance(self, item: ForeignPage) -> str:
        return provenance(self._said, _readable(Path(item.origin).name))

    def _row(self, key: str, page: Page) -> dict[str, Any]:
        """What the index will say of a page, as far as setting apart needs it."""
        return {
            "capture_id": key, "source": SOURCE, "synthetic": page.synthetic, "captured_at": page.moment,
            "page_kind": page.found.page_kind, "reason": page.reason, "outcome": "done", "subject": page.subject,
            "sweep": page.sweep,
        }  # fmt: skip

    def _count(self, rows: list[dict[str, Any]], gap: timedelta) -> None:
        assign_sweeps((row for row in rows if row["source"] == SOURCE), gap)
        for row in rows:
            if row["capture_id"] in self._touched:
                kind = row["page_kind"] or "unknown"
                self._report.contents[(self._month, row["sweep_id"], kind)] += 1
                if row["outcome"] != "done":
                    self._report.set_aside[CUT] += 1
                elif kind in WALLS:
                    self._report.set_aside[kind] += 1


class DryMonth(_Month):
    """A month that is only asked: nothing is written."""

    def __enter__(self) -> "DryMonth":
        self._load()
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was opened."""

    def _keep(self, key: str, page: Page, provenance: str) -> None:
        self._rows.setdefault(key, self._row(key, page))

    def payload(self, digest: str) -> bytes | None:
        """The body of a page of earlier imports; those of this one are nowhere."""
        if not (self.folder / FILE).exists():
            return None
        with read_only(self.folder) as db:
            at = db.execute(
                "SELECT warc_file, warc_offset, warc_length FROM record WHERE payload_digest = ? AND type = 'response'",
                (digest,),
            ).fetchone()
        return None if at is None else read_payload(self.folder, at[0], at[1], at[2], digest)

    def finish(self, gap: timedelta) -> None:
        """Count what would come in."""
        if self._world is None and len(self._new) > 1:
            less = min(self._new, key=lambda world: (self._new[world], not world))
            gone = [key for key, row in self._rows.items() if row["synthetic"] is less]
            self._report.retract(self._new[less], self._other_world(less), self._market)
            self._rows = {key: row for key, row in self._rows.items() if key not in gone}
        self._count(list(self._rows.values()), gap)


class LiveMonth(_Month):
    """A month that pages are written into."""

    def __enter__(self) -> "LiveMonth":
        self._stack = contextlib.ExitStack()
        self._journal = self._stack.enter_context(journal(self.folder))
        self._load()
        self._rows = {key: {} for key in self._rows}
        self._segments = Segments(self._journal, self._info)
        self._stack.callback(self._segments.seal)
        self._log = ImportLog(self._journal, self._report.import_id, self._said)
        self._begun: set[bool] = set()
        return self

    def __exit__(self, *given: object) -> None:
        """Seal what was written; the sweeps are complete until the next import."""
        try:
            for synthetic in self._begun:
                self._journal.end(_SWEEPS[synthetic])
        finally:
            self._stack.close()

    def _keep(self, key: str, page: Page, provenance: str) -> None:
        brought = self._log.row(key, page.sweep, page.subject, provenance)
        if key in self._stored:
            self._log.again(brought)
            self._rows.setdefault(key, {})
            return
        if page.synthetic not in self._begun:
            self._journal.begin(_SWEEPS[page.synthetic], SOURCE, synthetic=page.synthetic)
            self._begun.add(page.synthetic)
        self._write(key, page, provenance, brought)
        self._stored.add(key)
        self._rows[key] = {}

    def _write(self, key: str, page: Page, provenance: str, brought: tuple[Any, ...]) -> None:
        item = page.item
        uri = self._redactor.url(item.url)
        record = make_record(
            "response",
            block=_head(item) + item.body,
            content_type="application/http; msgtype=response",
            date=page.moment,
            uri=uri,
            payload_digest=page.digest,
            extra=[("WARC-Truncated", "unspecified")] if item.cut else None,
        )
        entry = Entry(record, "response", uri, item.status, item.content_type, page.digest, "GET")
        rows, segment = self._segments.write([entry])
        fields: dict[str, Any] = dict.fromkeys(PAGE_FIELDS)
        fields |= {
            "capture_id": key,
            "sweep_id": _SWEEPS[page.synthetic],
            "state": "done",
            "reason": page.reason,
            "method": "GET",
            "url": uri,
            "url_kind": page.found.page_kind,
            "context_category": item.category,
            "context_page": item.page,
            "depth": 0,
            "attempts": 1,
            "mode": "import",
            "status": item.status,
            "page_kind": page.found.page_kind,
            "content_type": item.content_type,
            "captured_at": page.moment.isoformat(),
            "fetched_at": datetime.now(UTC).isoformat(),
            "warc_file": rows[0].warc_file,
            "warc_offset": rows[0].warc_offset,
            "warc_length": rows[0].warc_length,
            "payload_digest": page.digest,
            "payload_bytes": len(item.body),
            "provenance": provenance,
        }
        try:
            self._journal.take_in(fields, rows, segment, brought)
        except BaseException:
            self._segments.roll_back(segment[1] - rows[0].warc_length)
            raise

    def payload(self, digest: str) -> bytes | None:
        """The body of an imported page by its digest."""
        at = self._journal.payload(digest)
        if at is None:
            return None
        return read_payload(self.folder, at.warc_file, at.warc_offset, at.warc_length, digest)

    def finish(self, gap: timedelta) -> None:
        """Everything is in: leave out the smaller world where two came, and count."""
        self._log.end()
        rows = index_rows(self.folder)
        worlds = Counter(row["synthetic"] for row in rows if row["source"] == SOURCE)
        others = {row["synthetic"] for row in rows if row["source"] != SOURCE}
        if len(worlds) > 1:
            # What was captured here cannot be withdrawn, and so decides.
            less = min(worlds, key=lambda world: (world in others, worlds[world], not world))
            logged = [entry.import_id for entry in imports(self._root, self._market) if entry.month == self._month]
            withdraw(self._journal, logged, "two worlds", _SWEEPS[less])
            self._report.retract(self._new[less], self._other_world(less), self._market)
            rows = index_rows(self.folder)
        self._count(rows, gap)

    def _info(self, file: str) -> Record:
        settings: dict[str, object] = {name: self._said[name] for name in ("source", "licence")}
        return warcinfo(browser="none (import)", source=SOURCE, synthetic=False, settings=settings, file=file)


class Shelf:
    """Bodies that may be asked for again though they are not imported, in a file without a name, up to a size."""

    def __enter__(self) -> "Shelf":
        self._file = tempfile.TemporaryFile(prefix="import-")
        self._places: dict[str, tuple[int, int]] = {}
        self._size = 0
        return self

    def __exit__(self, *_: object) -> None:
        """The file is gone."""
        self._file.close()

    def put(self, digest: str, body: bytes) -> None:
        """Keep a body, as long as there is room."""
        if digest in self._places or self._size > _SHELF_LIMIT:
            return
        packed = zlib.compress(body, 1)
        self._file.seek(self._size)
        self._file.write(packed)
        self._places[digest] = (self._size, len(packed))
        self._size += len(packed)

    def get(self, digest: str) -> bytes | None:
        """The body, None when it was not kept."""
        if digest not in self._places:
            return None
        offset, length = self._places[digest]
        self._file.seek(offset)
        return zlib.decompress(self._file.read(length))


def _readable(name: str) -> str:
    """A file's name as text, whatever bytes it is made of."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _head(item: ForeignPage) -> bytes:
    lines = [
        f"HTTP/1.1 {item.status} ",
        f"Content-Type: {item.content_type or 'text/html'}",
        f"Content-Length: {len(item.body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
