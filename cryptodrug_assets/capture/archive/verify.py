"""Proof that an archive is whole: every record read again, every digest checked, index and files compared.

Contains salvage as well: the whole records of a torn file are copied to a new one.
"""

import hashlib
import itertools
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptodrug_assets.capture.archive.journal import FILE, read_only
from cryptodrug_assets.capture.archive.warc import (
    OPEN_SUFFIX,
    DamagedRecordError,
    check_digests,
    decode,
    read_record,
    scan_members,
    segment_path,
)

# No record of ours comes near this; more is a bomb or damage.
MEMBER_LIMIT = 256 * 1024**2
_SEGMENTS = "[0-9]*.warc.gz*"
# File, offset, length, type and payload digest of a record, as the index has them.
_Row = tuple[str, int, int, str, str | None]


@dataclass
class Findings:
    """What a check of one market-month found: records that are whole, everything that is wrong, and the segments
    concerned."""

    market: str
    month: str
    records: int = 0
    pages: int = 0
    problems: list[str] = field(default_factory=list)
    damaged: set[str] = field(default_factory=set)

    def note(self, segment: str, what: str, offset: int | None = None) -> None:
        """Something wrong with a segment, at an offset in it where that is known."""
        self.damaged.add(segment)
        self.problems.append(f"{segment}: {what}" if offset is None else f"{segment} at {offset}: {what}")


def archives(root: Path) -> list[tuple[str, str]]:
    """(market, month) of every archive under the root, those whose journal is lost included."""
    folders = {path.parent for pattern in (FILE, _SEGMENTS) for path in root.glob(f"*/*/{pattern}")}
    return sorted((folder.parent.name, folder.name) for folder in folders)


def verify(root: Path, market: str, month: str, progress: Callable[[int], None] = lambda _: None) -> Findings:
    """Re-read all of a market-month's archive; names truncation, altered bytes, missing files, unindexed records, and a
    journal that is lost or damaged."""
    folder = root / market / month
    findings = Findings(market, month)
    try:
        segments, records, places = _index(folder)
    except (sqlite3.DatabaseError, OSError) as err:
        lost = "is damaged" if (folder / FILE).exists() else "is missing"
        findings.problems.append(
            f"{FILE}: the journal {lost} ({err}); --salvage copies the whole records of the segments"
        )
        findings.damaged = {path.name.removesuffix(OPEN_SUFFIX) for path in folder.glob(_SEGMENTS)}
        return findings
    findings.pages = len(places)
    indexed = {row[:2] for row in records}
    for name, offset in sorted(places - indexed):
        findings.note(name, "a captured page has no record in the index", offset)
    digests = {digest for *_, kind, digest in records if kind == "response"}
    for name, offset, _, kind, digest in records:
        if kind == "revisit" and digest not in digests:
            findings.note(name, "revisit of a response that is not in the index", offset)
    rows = {name: list(group) for name, group in itertools.groupby(records, key=lambda row: row[0])}
    for name, committed, digest in segments:
        path = segment_path(folder, name)
        if not path.exists():
            findings.note(name, "missing")
            continue
        _one_to_one(name, committed, rows.get(name, []), findings)
        try:
            _file(path, name, committed, digest, findings)
            _records(path, name, rows.get(name, []), findings, progress)
        except OSError as err:  # a failing disk, a closed file, a folder in its place
            findings.note(name, f"cannot be read ({err.strerror})")
    names = {name for name, *_ in segments}
    for name in sorted(rows.keys() - names):
        findings.note(name, "indexed records of a segment that was never begun")
    for path in sorted(folder.glob(_SEGMENTS)):
        name = path.name.removesuffix(OPEN_SUFFIX)
        if name not in names:
            findings.note(name, "not in the index")
    return findings


def _index(folder: Path) -> tuple[list[tuple[str, int, str | None]], list[_Row], set[tuple[str, int]]]:
    """Segments (name, committed bytes, sha256), records in order, and where the captured pages lie."""
    with read_only(folder) as connection:
        segments = connection.execute("SELECT name, committed, sha256 FROM segment ORDER BY name").fetchall()
        records = connection.execute(
            "SELECT warc_file, warc_offset, warc_length, type, payload_digest FROM record"
            " ORDER BY warc_file, warc_offset"
        ).fetchall()
        places = set(connection.execute("SELECT warc_file, warc_offset FROM page WHERE state = 'done'").fetchall())
    return segments, records, places


def _file(path: Path, name: str, committed: int, digest: str | None, findings: Findings) -> None:
    """A segment's size and, once sealed, its bytes are as they were committed."""
    size = path.stat().st_size
    if size < committed:
        findings.note(name, f"truncated, {size:,} of {committed:,} bytes")
    elif size > committed and digest is not None:
        findings.note(name, f"{size - committed:,} bytes that are not in the index")
    if digest is not None and size == committed and _sha256(path) != digest:
        findings.note(name, "altered since it was sealed")


def _one_to_one(name: str, committed: int, rows: list[_Row], findings: Findings) -> None:
    """Every committed byte of a segment belongs to exactly one record of the index."""
    end = 0
    for _, offset, length, _, _ in [*rows, (name, committed, 0, "", None)]:
        if offset > end:
            findings.note(name, f"{offset - end:,} bytes that are in no record of the index", end)
        elif offset < end:
            findings.note(name, "records of the index overlap", offset)
        end = max(end, offset + length)


def _records(path: Path, name: str, rows: list[_Row], findings: Findings, progress: Callable[[int], None]) -> None:
    with path.open("rb") as file:
        for _, offset, length, _, digest in rows:
            progress(1)
            try:
                record = read_record(file, offset, length)
                check_digests(record)
            except DamagedRecordError as err:
                findings.note(name, str(err), offset)
                continue
            if digest is not None and record.get("WARC-Payload-Digest") not in (None, digest):
                findings.note(name, "another payload than the index says", offset)
                continue
            findings.records += 1


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def whole_records(path: Path) -> Iterator[tuple[int, bytes]]:
    """(offset, gzip member) of every whole record of a file that may be torn or damaged in places.

    DamagedRecordError when the file cannot be read (on); what was handed over before is whole.
    """
    try:
        yield from _whole_records(path)
    except OSError as err:
        raise DamagedRecordError(f"{path.name} cannot be read ({err.strerror})") from err


def _whole_records(path: Path) -> Iterator[tuple[int, bytes]]:
    size = path.stat().st_size
    start = 0
    with path.open("rb") as file:
        while start < size:
            file.seek(start)
            end = start
            for offset, length, plain in scan_members(file, MEMBER_LIMIT):
                try:
                    check_digests(decode(plain))
                except DamagedRecordError:
                    end = start + offset + length
                    continue
                end = start + offset + length
                place = file.tell()
                file.seek(start + offset)
                yield start + offset, file.read(length)
                file.seek(place)
            if end >= size:
                return
            start = _next_member(path, end + 1)
            if start < 0:
                return


def _next_member(path: Path, start: int) -> int:
    """Where the next gzip member may begin after damage; -1 when there is none."""
    with path.open("rb") as file:
        file.seek(start)
        rest = file.read()
    found = rest.find(b"\x1f\x8b\x08")
    return start + found if found >= 0 else -1


def salvage(path: Path, out: Path) -> int:
    """Copy the whole records of a damaged file to a new one (never over an existing one); returns their number."""
    count = 0
    with out.open("xb") as target:
        for _, member in whole_records(path):
            target.write(member)
            count += 1
    return count
