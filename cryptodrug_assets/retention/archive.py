"""Pages erased from the archive of a market-month: the whole of it, or single pages with all of their records."""

import os
import re
import shutil
import sqlite3
from pathlib import Path

from cryptodrug_assets.capture.archive import wacz
from cryptodrug_assets.capture.archive.journal import FILE, Journal, journal, read_only
from cryptodrug_assets.capture.archive.warc import OPEN_SUFFIX, read_record, seal_segment, segment_path
from cryptodrug_assets.errors import UserError

_SEGMENTS = "[0-9]*.warc.gz*"
# Columns of the journal that may hold a name: of a link that waits, or of a page that is known.
_PAGE_TEXTS = ("target", "url", "referrer", "context_category", "reason", "provenance")


def require_erasable(root: Path, market: str, month: str) -> None:
    """UserError when nothing can be erased of an archive now: another process writes it, or its journal is lost."""
    folder = root / market / month
    if not folder.exists():
        return
    if not (folder / FILE).exists() and any(folder.glob(_SEGMENTS)):
        raise UserError(
            f"the journal of {market} {month} is gone ({FILE}), so nothing says which pages lie where; restore it from"
            " its backup, or remove the folder by hand"
        )
    with journal(folder):
        return


def erase_archive(root: Path, market: str, month: str) -> int:
    """Remove the archive of a market-month; returns how many pages it held. UserError while another process writes
    it."""
    folder = root / market / month
    if not folder.exists():
        return 0
    with journal(folder):
        pages = 0
        if (folder / FILE).exists():
            with read_only(folder) as connection:
                (pages,) = connection.execute("SELECT count(*) FROM page WHERE warc_file IS NOT NULL").fetchone()
        shutil.rmtree(folder)
    return int(pages)


def erase_pages(root: Path, market: str, month: str, names: frozenset[str]) -> int:
    """Remove every page that holds one of the names, in its bytes or in what the journal says of it; how many there
    were.

    A page goes with all of its records: request, response, headers, photograph. Pages with the same payload go, too,
    and so do links to such pages that wait. Segments are written anew without them, the journal with the new places.
    """
    folder = root / market / month
    if not (folder / FILE).exists():
        return 0
    # Opening it seals what a killed process left open.
    with journal(folder) as opened:
        found = _pages_with(folder, names)
        if found:
            moved = _rewrite(opened, found)
            with opened.transaction() as db:
                _forget(db, found, moved)
        _remove_unknown(folder)
        _compact(folder)
        if found and (folder / wacz.FILE).exists():
            (folder / wacz.FILE).unlink()
            wacz.write_wacz(root, market, month)
        for tail in folder.glob(".tail-*"):
            tail.unlink()
    return len(found)


def pattern_of(names: frozenset[str]) -> re.Pattern[bytes]:
    """The names as whole words, as pages write them: plain, with HTML's or a URL's escapes."""
    import html
    from urllib.parse import quote, quote_plus

    forms = {form for name in names for form in (name, html.escape(name), quote(name, safe=""), quote_plus(name))}
    words = b"|".join(re.escape(form.encode()) for form in sorted(forms, key=len, reverse=True))
    return re.compile(rb"(?<![0-9A-Za-z_])(?:" + words + rb")(?![0-9A-Za-z_])", re.IGNORECASE)


def _pages_with(folder: Path, names: frozenset[str]) -> set[int]:
    """Ids of the journal's pages that hold a name, and of those whose payload is the same as one of theirs."""
    pattern = pattern_of(names)
    with read_only(folder) as connection:
        records = connection.execute(
            "SELECT page_id, warc_file, warc_offset, warc_length, payload_digest, uri, form FROM record"
            " WHERE page_id IS NOT NULL ORDER BY warc_file, warc_offset"
        ).fetchall()
        texts = connection.execute(f"SELECT id, {', '.join(_PAGE_TEXTS)} FROM page").fetchall()
    found = {row[0] for row in texts if any(text and pattern.search(str(text).encode()) for text in row[1:])}
    for page, name, offset, length, _, uri, form in records:
        if page in found:
            continue
        with segment_path(folder, name).open("rb") as file:
            record = read_record(file, offset, length)
        head = "\n".join(value for _, value in record.fields)
        if any(pattern.search(part) for part in (record.block, head.encode(), f"{uri} {form}".encode())):
            found.add(page)
    digests = {row[4] for row in records if row[0] in found and row[4] is not None}
    return found | {row[0] for row in records if row[4] in digests}


def _rewrite(opened: Journal, pages: set[int]) -> dict[str, tuple[str, str, int, dict[int, int]]]:
    """New segments for those that hold records of the pages: old name → new name, sha256, size, and old → new
    offsets."""
    moved, folder = {}, opened.folder
    with read_only(folder) as connection:
        rows = connection.execute(
            "SELECT warc_file, warc_offset, warc_length, page_id FROM record ORDER BY warc_file, warc_offset"
        ).fetchall()
    for name in sorted({row[0] for row in rows if row[3] in pages}):
        new = opened.new_segment()
        places: dict[int, int] = {}
        with segment_path(folder, name).open("rb") as source, (folder / (new + OPEN_SUFFIX)).open("xb") as target:
            for _, offset, length, page in (row for row in rows if row[0] == name):
                if page in pages:
                    continue
                source.seek(offset)
                places[offset] = target.tell()
                target.write(source.read(length))
            size = target.tell()
            target.flush()
            os.fsync(target.fileno())
        moved[name] = (new, seal_segment(folder, new), size, places)
    return moved


def _forget(db: sqlite3.Connection, pages: set[int], moved: dict[str, tuple[str, str, int, dict[int, int]]]) -> None:
    """The pages out of the journal, and the others to their new places."""
    gone = [(page,) for page in sorted(pages)]
    db.executemany("DELETE FROM brought WHERE capture_id = (SELECT capture_id FROM page WHERE id = ?)", gone)
    for table, column in (("record", "page_id"), ("late", "page_id"), ("page", "id")):
        db.executemany(f"DELETE FROM {table} WHERE {column} = ?", gone)
    for old, (new, digest, size, places) in moved.items():
        rows = [(new, after, old, before) for before, after in places.items()]
        for table in ("record", "page"):
            db.executemany(
                f"UPDATE {table} SET warc_file = ?, warc_offset = ? WHERE warc_file = ? AND warc_offset = ?", rows
            )
        db.execute("DELETE FROM segment WHERE name = ?", (old,))
        db.execute("INSERT INTO segment VALUES (?, ?, ?)", (new, size, digest))


def _remove_unknown(folder: Path) -> None:
    """Segments that the journal does not know: those that were replaced, and copies that a death left unfinished."""
    with read_only(folder) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM segment")}
    for path in folder.glob(_SEGMENTS):
        if path.name.removesuffix(OPEN_SUFFIX) not in known:
            path.unlink()


def _compact(folder: Path) -> None:
    """Leave nothing of deleted rows in the journal's file or in its write-ahead log."""
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    try:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
