"""Which import brought which page of a market-month, and which imports were withdrawn.

Pages and records are never taken away: an import that is withdrawn is noted as such, and the index leaves out what no
other import brought. A page is there when one of the imports that brought it stands.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptodrug_assets.capture.archive.journal import BROUGHT, FILE, Journal, journal, read_only
from cryptodrug_assets.observation import UserError

SOURCE = "archive"
# Pages that were imported before imports were logged.
EARLIER = "earlier"
_STANDS = "NOT EXISTS (SELECT 1 FROM withdrawn w WHERE w.import_id = b.import_id AND coalesce(w.sweep_id, p.sweep_id) = p.sweep_id)"  # noqa: E501


@dataclass(frozen=True)
class Standing:
    """A page that stands: the sweep it was told to be of, what it is about, and the provenance of its first import."""

    sweep: str | None
    subject: str | None
    provenance: str | None


@dataclass(frozen=True)
class ImportEntry:
    """One import of a market-month: pages it brought, how many stand by it alone, and whether it was withdrawn."""

    import_id: str
    market: str
    month: str
    began: str
    said: dict[str, Any]
    pages: int
    alone: int
    withdrawn: bool


def provenance(said: dict[str, Any], origin: str) -> str:
    """Where a page or row comes from, as the index has it: source and licence of its import, and its place there.

    >>> provenance({"source": "a crawl", "licence": "CC BY 4.0", "paths": []}, "offers.csv row 7")
    '{"licence": "CC BY 4.0", "origin": "offers.csv row 7", "source": "a crawl"}'
    """
    return json.dumps({name: said[name] for name in ("source", "licence")} | {"origin": origin}, sort_keys=True)


def standing(db: sqlite3.Connection) -> dict[str, Standing]:
    """The imported pages that stand, by capture id."""
    if not _logged(db):
        rows = db.execute(
            "SELECT capture_id, provenance FROM page JOIN sweep USING (sweep_id) WHERE source = ?", [SOURCE]
        )
        return {key: Standing(None, None, provenance) for key, provenance in rows}
    found: dict[str, Standing] = {}
    rows = db.execute(
        "SELECT p.capture_id, b.sweep, b.subject, coalesce(b.provenance, p.provenance)"
        " FROM page p JOIN sweep s USING (sweep_id) LEFT JOIN brought b USING (capture_id) LEFT JOIN import i USING"
        f" (import_id) WHERE s.source = ? AND (b.import_id IS NULL OR {_STANDS}) ORDER BY i.began, b.import_id",
        [SOURCE],
    )
    for key, sweep, subject, provenance in rows:
        before = found.get(key)
        if before is None:
            found[key] = Standing(sweep, subject, provenance)
            continue
        # Whichever import came first, the sweep is the same.
        names = sorted(name for name in (before.sweep, sweep) if name)
        found[key] = Standing(names[0] if names else None, before.subject or subject, before.provenance)
    return found


def _logged(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'brought'").fetchone() is not None


class ImportLog:
    """One import's notes in the journal of a market-month."""

    def __init__(self, opened: Journal, import_id: str, said: dict[str, Any]) -> None:
        self._journal, self.import_id = opened, import_id
        self._waiting: list[tuple[Any, ...]] = []
        with opened.transaction() as db:
            _adopt(db)
            db.execute(
                "INSERT INTO import VALUES (?, ?, NULL, ?)",
                (import_id, datetime.now(UTC).isoformat(), json.dumps(said, sort_keys=True)),
            )

    def row(self, capture_id: str, sweep: str | None, subject: str | None, provenance: str) -> tuple[Any, ...]:
        """The note that the import brought a page."""
        return (self.import_id, capture_id, sweep, subject, provenance)

    def again(self, row: tuple[Any, ...]) -> None:
        """Note a page that is in the archive already; written some at a time."""
        self._waiting.append(row)
        if len(self._waiting) >= 500:
            self._write()

    def end(self) -> None:
        """Everything of the import is in the archive."""
        self._write()
        with self._journal.transaction() as db:
            db.execute(
                "UPDATE import SET ended = ? WHERE import_id = ?", (datetime.now(UTC).isoformat(), self.import_id)
            )

    def _write(self) -> None:
        with self._journal.transaction() as db:
            db.executemany(BROUGHT, self._waiting)
        self._waiting = []


def _adopt(db: sqlite3.Connection) -> None:
    """Give pages of earlier versions, which logged no imports, to one import."""
    lost = (
        "FROM page p JOIN sweep s USING (sweep_id) WHERE s.source = ?"
        " AND NOT EXISTS (SELECT 1 FROM brought b WHERE b.capture_id = p.capture_id)"
    )
    first = db.execute(f"SELECT min(p.fetched_at) {lost}", [SOURCE]).fetchone()[0]
    if first is None:
        return
    db.execute("INSERT OR IGNORE INTO import VALUES (?, ?, ?, '{}')", (EARLIER, first, first))
    db.execute(f"INSERT INTO brought SELECT ?, p.capture_id, NULL, NULL, p.provenance {lost}", [EARLIER, SOURCE])


def withdraw(opened: Journal, import_ids: Iterable[str], why: str, sweep_id: str | None = None) -> None:
    """Note that imports, or what they brought to a sweep, do not count any more."""
    now = datetime.now(UTC).isoformat()
    with opened.transaction() as db:
        _adopt(db)
        db.executemany("INSERT INTO withdrawn VALUES (?, ?, ?, ?)", [(key, sweep_id, now, why) for key in import_ids])


def imports(archive_root: Path, market: str | None = None) -> list[ImportEntry]:
    """All imports, in the order they began."""
    found: list[ImportEntry] = []
    for path in sorted(archive_root.glob(f"{market or '*'}/*/{FILE}")):
        with read_only(path.parent) as db:
            found += _entries(db, path.parent.parent.name, path.parent.name)
    return sorted(found, key=lambda entry: (entry.began, entry.import_id, entry.market, entry.month))


def _entries(db: sqlite3.Connection, market: str, month: str) -> list[ImportEntry]:
    brought: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    imports_by_id: dict[str, tuple[str, str]] = {}
    gone: set[str] = set()
    unlogged = standing(db)
    if _logged(db):
        imports_by_id = {
            key: (began, said) for key, began, said in db.execute("SELECT import_id, began, said FROM import")
        }
        gone = {key for (key,) in db.execute("SELECT import_id FROM withdrawn WHERE sweep_id IS NULL")}
        brought.update(dict(db.execute("SELECT import_id, count(*) FROM brought GROUP BY import_id").fetchall()))
        rows = db.execute(
            "SELECT min(b.import_id) FROM brought b JOIN page p USING (capture_id)"
            f" WHERE {_STANDS} GROUP BY b.capture_id HAVING count(*) = 1"
        )
        alone.update(key for (key,) in rows)
        for (key,) in db.execute("SELECT DISTINCT capture_id FROM brought"):
            unlogged.pop(key, None)
    if unlogged:
        imports_by_id.setdefault(EARLIER, ("", "{}"))
        brought[EARLIER] += len(unlogged)
        alone[EARLIER] += len(unlogged)
    return [
        ImportEntry(key, market, month, began, json.loads(said), brought[key], alone[key], key in gone)
        for key, (began, said) in imports_by_id.items()
    ]


@dataclass(frozen=True)
class Undone:
    """What was withdrawn of a market-month: pages that are gone, pages that another import brought too, pages left."""

    market: str
    month: str
    gone: int
    kept: int
    left: int


def undo(archive_root: Path, import_id: str, market: str | None = None) -> list[Undone]:
    """Withdraw an import everywhere; UserError when there is none of this id, or it was withdrawn already.

    The evidence stays where it is. Importing the same again brings the pages back.
    """
    entries = [entry for entry in imports(archive_root, market) if entry.import_id == import_id]
    if not entries:
        raise UserError(f"no import '{import_id}'; `cryptodrug import-archive --list` shows those there are")
    entries = [entry for entry in entries if not entry.withdrawn]
    if not entries:
        raise UserError(f"import {import_id} was withdrawn already; importing the same again brings its pages back")
    undone = []
    for entry in entries:
        folder = archive_root / entry.market / entry.month
        with journal(folder) as opened:
            with read_only(folder) as db:
                before = len(standing(db))
            withdraw(opened, [import_id], "undo")
            with read_only(folder) as db:
                left = len(standing(db))
        gone = before - left
        undone.append(Undone(entry.market, entry.month, gone, entry.pages - gone, left))
    return undone
