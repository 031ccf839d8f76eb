"""The frontier journal of a market-month: which URLs are known, what became of each, and where its records lie.

SQLite in WAL mode with synchronous=FULL. A page counts as captured when its transaction is committed, which happens
after its records are on disk: append, fdatasync, commit. What follows the committed size of a segment never happened.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cryptodrug_assets.capture.archive.warc import OPEN_SUFFIX, seal_segment
from cryptodrug_assets.observation import UserError

FILE = "frontier.sqlite"
State = Literal["queued", "done", "given_up", "out_of_scope", "over_budget"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sweep (
  sweep_id TEXT PRIMARY KEY, source TEXT NOT NULL, synthetic INTEGER NOT NULL, began TEXT NOT NULL, ended TEXT
);
CREATE TABLE IF NOT EXISTS page (
  id INTEGER PRIMARY KEY, capture_id TEXT NOT NULL UNIQUE, sweep_id TEXT NOT NULL, state TEXT NOT NULL, reason TEXT,
  target TEXT, method TEXT NOT NULL, url TEXT NOT NULL, url_kind TEXT, context_category TEXT, context_page INTEGER,
  depth INTEGER NOT NULL, referrer TEXT, attempts INTEGER NOT NULL DEFAULT 0, mode TEXT, status INTEGER, page_kind TEXT,
  content_type TEXT, captured_at TEXT, fetched_at TEXT, warc_file TEXT, warc_offset INTEGER, warc_length INTEGER,
  payload_digest TEXT, payload_bytes INTEGER, duration_ms INTEGER, provenance TEXT
);
CREATE INDEX IF NOT EXISTS page_state ON page (sweep_id, state, id);
CREATE TABLE IF NOT EXISTS record (
  warc_file TEXT NOT NULL, warc_offset INTEGER NOT NULL, warc_length INTEGER NOT NULL, type TEXT NOT NULL, uri TEXT,
  date TEXT NOT NULL, status INTEGER, content_type TEXT, payload_digest TEXT, method TEXT, form TEXT, page_id INTEGER,
  PRIMARY KEY (warc_file, warc_offset)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_payload ON record (payload_digest) WHERE type = 'response';
CREATE TABLE IF NOT EXISTS segment (name TEXT PRIMARY KEY, committed INTEGER NOT NULL, sha256 TEXT);
CREATE TABLE IF NOT EXISTS late (page_id INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS event (at TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS import (import_id TEXT PRIMARY KEY, began TEXT NOT NULL, ended TEXT, said TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS brought (
  import_id TEXT NOT NULL, capture_id TEXT NOT NULL, sweep TEXT, subject TEXT, provenance TEXT,
  PRIMARY KEY (import_id, capture_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS brought_capture ON brought (capture_id);
CREATE TABLE IF NOT EXISTS withdrawn (import_id TEXT NOT NULL, sweep_id TEXT, at TEXT NOT NULL, why TEXT NOT NULL);
"""
PAGE_FIELDS = (
    "capture_id", "sweep_id", "state", "reason", "target", "method", "url", "url_kind", "context_category",
    "context_page", "depth", "referrer", "attempts", "mode", "status", "page_kind", "content_type", "captured_at",
    "fetched_at", "warc_file", "warc_offset", "warc_length", "payload_digest", "payload_bytes", "duration_ms",
    "provenance",
)  # fmt: skip
_INSERT = (
    f"INSERT OR IGNORE INTO page ({', '.join(PAGE_FIELDS)}) VALUES ({', '.join(f':{name}' for name in PAGE_FIELDS)})"
)

# The import, the page, the sweep it was told to be of, what the page is about, and where it comes from.
BROUGHT = "INSERT OR IGNORE INTO brought VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class Queued:
    """A URL waiting to be captured. `target` holds the link as the market gave it, secrets included."""

    id: int
    capture_id: str
    target: dict[str, Any]
    depth: int
    attempts: int
    referrer: str | None


@dataclass(frozen=True)
class RecordRow:
    """Where a record lies: one line of the CDX."""

    warc_file: str
    warc_offset: int
    warc_length: int
    type: str
    uri: str | None
    date: str
    status: int | None = None
    content_type: str | None = None
    payload_digest: str | None = None
    method: str | None = None
    form: str | None = None


@dataclass(frozen=True)
class Payload:
    """An earlier response with the same payload, to which a revisit record refers."""

    warc_file: str
    warc_offset: int
    warc_length: int
    uri: str
    date: str


@contextmanager
def journal(folder: Path) -> Iterator["Journal"]:
    """The folder's journal, for one process at a time; repairs what a killed process left.

    Raises UserError when another process has it, when the folder cannot be written or the file is not a journal.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / "frontier.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as err:
        raise UserError(f"cannot write the archive of {_name(folder)}: {err.strerror}; check CRYPTODRUG_HOME") from err
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as err:
            raise UserError(f"another process is writing the archive of {_name(folder)}; wait until it ends") from err
        try:
            opened = Journal(folder)
        except (sqlite3.DatabaseError, OSError) as err:
            raise UserError(
                f"cannot open the journal of {_name(folder)}: {err}; check disk and permissions,"
                " `cryptodrug verify` shows what is readable"
            ) from err
        try:
            yield opened
        finally:
            opened.close()
    finally:
        os.close(lock)


def _name(folder: Path) -> str:
    return f"{folder.parent.name} {folder.name}"


def sweeps(folder: Path) -> list[tuple[str, bool]]:
    """(sweep_id, complete) of the captures in a folder's journal in order, without imports; empty without any."""
    if not (folder / FILE).exists():
        return []
    with read_only(folder) as connection:
        rows = connection.execute(
            "SELECT sweep_id, ended IS NOT NULL FROM sweep WHERE source <> 'archive' ORDER BY sweep_id"
        ).fetchall()
    return [(sweep_id, bool(complete)) for sweep_id, complete in rows]


def sweep_times(folder: Path) -> list[tuple[datetime, bool]]:
    """(when it began, whether it is complete) of the captures in a folder's journal in order, without imports."""
    if not (folder / FILE).exists():
        return []
    with read_only(folder) as connection:
        rows = connection.execute(
            "SELECT began, ended IS NOT NULL FROM sweep WHERE source <> 'archive' ORDER BY began"
        ).fetchall()
    return [(datetime.fromisoformat(began).astimezone(UTC), bool(complete)) for began, complete in rows]


@contextmanager
def read_only(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection for reading, beside a writer or on a read-only folder."""
    path = folder / FILE
    # A WAL database in a folder without write permission opens only as immutable, which is right when nobody writes.
    immutable = "" if os.access(folder, os.W_OK) else "&immutable=1"
    connection = sqlite3.connect(f"file:{path.resolve()}?mode=ro{immutable}", uri=True)
    try:
        yield connection
    finally:
        connection.close()


class Journal:
    """Read and write access to the frontier; every method that changes something is one durable transaction."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._db = sqlite3.connect(folder / FILE, isolation_level=None, check_same_thread=False)
        (folder / FILE).chmod(0o600)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA secure_delete=ON")  # links may hold tokens: what is cleared is overwritten
        self._db.executescript(_SCHEMA)
        self._recover()

    def close(self) -> None:
        """Fold the write-ahead log into the file and close."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is done with the connection meanwhile."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a full disk has ended it already
                self._db.execute("ROLLBACK")
            raise

    def _recover(self) -> None:
        """Cut open segments back to what was committed (the rest is kept as .tail-N) and seal them."""
        known = dict(self._db.execute("SELECT name, committed FROM segment WHERE sha256 IS NULL").fetchall())
        for path in sorted(self.folder.glob("[0-9]*.warc.gz" + OPEN_SUFFIX)):
            name = path.name.removesuffix(OPEN_SUFFIX)
            committed = known.get(name, 0)
            size = path.stat().st_size
            if size > committed:
                self._keep_tail(path, committed)
                os.truncate(path, committed)
                self.event("recovered", f"{name}: {size - committed} uncommitted bytes set aside")
            if committed == 0:
                path.unlink()
                self._db.execute("DELETE FROM segment WHERE name = ?", (name,))
        for name, committed in known.items():
            if committed and (self.folder / (name + OPEN_SUFFIX)).exists():
                self.sealed(name, seal_segment(self.folder, name))
            elif committed and (self.folder / name).exists():  # killed between renaming and noting it
                import hashlib

                with (self.folder / name).open("rb") as file:
                    self.sealed(name, hashlib.file_digest(file, "sha256").hexdigest())

    def _keep_tail(self, path: Path, start: int) -> None:
        number = len(list(self.folder.glob(f".tail-*-{path.name}")))
        with path.open("rb") as source, (self.folder / f".tail-{number}-{path.name}").open("wb") as tail:
            source.seek(start)
            while chunk := source.read(1 << 20):
                tail.write(chunk)

    def event(self, kind: str, detail: str) -> None:
        """Note something that happened to the capture (no URLs)."""
        self._db.execute("INSERT INTO event VALUES (?, ?, ?)", (datetime.now(UTC).isoformat(), kind, detail))

    # Sweeps

    def begin(self, sweep_id: str, source: str, synthetic: bool) -> None:
        """Open a sweep, or open it again: what earlier runs gave up or had no budget for is queued once more.

        What was given up queues last: no page that fails each time keeps the others from being captured.
        """
        with self.transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO sweep VALUES (?, ?, ?, ?, NULL)",
                (sweep_id, source, int(synthetic), datetime.now(UTC).isoformat()),
            )
            db.execute(
                "INSERT OR IGNORE INTO late SELECT id FROM page WHERE sweep_id = ? AND"
                " (state = 'given_up' OR (state IN ('queued', 'over_budget') AND attempts > 0))",
                (sweep_id,),
            )
            db.execute(
                "UPDATE page SET state = 'queued', reason = NULL"
                " WHERE sweep_id = ? AND state IN ('given_up', 'over_budget') AND target IS NOT NULL",
                (sweep_id,),
            )

    def complete(self, sweep_id: str) -> bool:
        """Whether the sweep was finished with nothing left to try."""
        row = self._db.execute("SELECT ended FROM sweep WHERE sweep_id = ?", (sweep_id,)).fetchone()
        if row is None or row[0] is None:
            return False
        counts = self.counts(sweep_id)
        return not (counts.get("queued") or counts.get("over_budget") or counts.get("given_up"))

    def end(self, sweep_id: str) -> None:
        """Note that the sweep's queue is empty."""
        self._db.execute("UPDATE sweep SET ended = ? WHERE sweep_id = ?", (datetime.now(UTC).isoformat(), sweep_id))

    def counts(self, sweep_id: str) -> dict[str, int]:
        """Pages of the sweep by state."""
        rows = self._db.execute("SELECT state, count(*) FROM page WHERE sweep_id = ? GROUP BY state", (sweep_id,))
        return dict(rows.fetchall())

    # Pages

    def known(self, sweep_id: str) -> set[str]:
        """Capture ids the sweep already has."""
        rows = self._db.execute("SELECT capture_id FROM page WHERE sweep_id = ?", (sweep_id,))
        return {row[0] for row in rows}

    def next(self, sweep_id: str, after: int, *, late: bool = False) -> Queued | None:
        """The oldest queued page with an id above `after` (ids grow in the order of discovery), among those that no
        run has failed at, or among the others (`late`)."""
        row = self._db.execute(
            "SELECT id, capture_id, target, depth, attempts, referrer FROM page"
            " WHERE sweep_id = ? AND state = 'queued' AND id > ?"
            f" AND id {'' if late else 'NOT '}IN (SELECT page_id FROM late) ORDER BY id LIMIT 1",
            (sweep_id, after),
        ).fetchone()
        return None if row is None else Queued(row[0], row[1], json.loads(row[2]), *row[3:])

    def add(self, pages: Iterable[dict[str, Any]]) -> None:
        """Add pages; those known already are left alone."""
        with self.transaction() as db:
            db.executemany(_INSERT, pages)

    def commit(
        self,
        page: int,
        state: State,
        changes: dict[str, Any],
        *,
        records: Sequence[RecordRow] = (),
        links: Sequence[dict[str, Any]] = (),
        segment: tuple[str, int] | None = None,
    ) -> None:
        """One page's outcome with its records, the links found on it and the segment's size now known to be durable."""
        values = {"state": state, **changes}
        if state in ("done", "out_of_scope"):
            values |= {"target": None, "referrer": None}  # the secrets in the links are no longer needed
        with self.transaction() as db:
            names = ", ".join(f"{name} = ?" for name in values)
            db.execute(f"UPDATE page SET {names} WHERE id = ?", (*values.values(), page))
            db.executemany(_INSERT, links)
            self._add_records(db, records, page)
            if segment is not None:
                self._set_committed(db, segment)

    def take_in(
        self, page: dict[str, Any], records: Sequence[RecordRow], segment: tuple[str, int], brought: tuple[Any, ...]
    ) -> None:
        """A page that is captured already, with its records and the import that brought it, in one step."""
        with self.transaction() as db:
            number = db.execute(_INSERT, page).lastrowid
            db.execute(BROUGHT, brought)
            self._add_records(db, records, number)
            self._set_committed(db, segment)

    def take_in_rows(
        self,
        pages: Sequence[dict[str, Any]],
        records: Sequence[RecordRow],
        segment: tuple[str, int],
        brought: Sequence[tuple[Any, ...]],
    ) -> None:
        """Rows of a data set, each with its one record and the import that brought it, in one step."""
        with self.transaction() as db:
            for page, record in zip(pages, records, strict=True):
                self._add_records(db, [record], db.execute(_INSERT, page).lastrowid)
            db.executemany(BROUGHT, brought)
            self._set_committed(db, segment)

    def retry(self, page: int, attempts: int) -> None:
        """Note a failed attempt; the page stays queued."""
        self._db.execute("UPDATE page SET attempts = ? WHERE id = ?", (attempts, page))

    def over_budget(self, sweep_id: str, reason: str) -> None:
        """Set aside what is still queued; the next run takes it up."""
        self._db.execute(
            "UPDATE page SET state = 'over_budget', reason = ? WHERE sweep_id = ? AND state = 'queued'",
            (reason, sweep_id),
        )

    # Records and segments

    def payload(self, digest: str) -> Payload | None:
        """An earlier response with this payload."""
        row = self._db.execute(
            "SELECT warc_file, warc_offset, warc_length, uri, date FROM record"
            " WHERE payload_digest = ? AND type = 'response' LIMIT 1",
            (digest,),
        ).fetchone()
        return None if row is None else Payload(*row)

    def new_segment(self) -> str:
        """The next free segment name."""
        names = [row[0] for row in self._db.execute("SELECT name FROM segment").fetchall()]
        names += [path.name.removesuffix(OPEN_SUFFIX) for path in self.folder.glob("[0-9]*.warc.gz*")]
        return f"{max((int(name[:5]) for name in names if name[:5].isdigit()), default=0) + 1:05d}.warc.gz"

    def opened(self, name: str, committed: int, records: Sequence[RecordRow]) -> None:
        """A new segment with its warcinfo record."""
        with self.transaction() as db:
            self._set_committed(db, (name, committed))
            self._add_records(db, records, None)

    def sealed(self, name: str, digest: str) -> None:
        """A segment that nothing will be added to."""
        self._db.execute("UPDATE segment SET sha256 = ? WHERE name = ?", (digest, name))

    def _set_committed(self, db: sqlite3.Connection, segment: tuple[str, int]) -> None:
        db.execute(
            "INSERT INTO segment VALUES (?, ?, NULL) ON CONFLICT (name) DO UPDATE SET committed = excluded.committed",
            segment,
        )

    def _add_records(self, db: sqlite3.Connection, records: Sequence[RecordRow], page: int | None) -> None:
        db.executemany(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*(getattr(row, name) for name in RecordRow.__dataclass_fields__), page) for row in records],
        )
