"""Proof that an archive is whole: every record re-read, every digest checked, index and files one to one.

And salvage: the whole records of a torn file, copied to a new one.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptodrug_assets.capture.journal import FILE, read_only
from cryptodrug_assets.capture.warc import (
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


@dataclass
class Findings:
    """What a check of one market-month found: records that are whole, and everything that is wrong."""

    market: str
    month: str
    records: int = 0
    pages: int = 0
    problems: list[str] = field(default_factory=list)


def archives(root: Path) -> list[tuple[str, str]]:
    """(market, month) of every archive under the root."""
    return sorted((path.parent.parent.name, path.parent.name) for path in root.glob(f"*/*/{FILE}"))


def verify(root: Path, market: str, month: str, progress: Callable[[int], None] = lambda _: None) -> Findings:
    """Re-read all of a market-month's archive; names truncation, altered bytes, missing files, unindexed records."""
    folder = root / market / month
    found = Findings(market, month)
    with read_only(folder) as connection:
        segments = connection.execute("SELECT name, committed, sha256 FROM segment ORDER BY name").fetchall()
        records = connection.execute(
            "SELECT warc_file, warc_offset, warc_length, payload_digest FROM record ORDER BY warc_file, warc_offset"
        ).fetchall()
        places = {
            row[:2]
            for row in connection.execute("SELECT warc_file, warc_offset FROM page WHERE state = 'done'").fetchall()
        }
    found.pages = len(places)
    indexed = {(name, offset): (length, digest) for name, offset, length, digest in records}
    for place in sorted(places - indexed.keys()):
        found.problems.append(f"{place[0]} at {place[1]}: a captured page has no record in the index")
    for name, committed, digest in segments:
        path = segment_path(folder, name)
        if not path.exists():
            found.problems.append(f"{name}: missing")
            continue
        size = path.stat().st_size
        if size < committed:
            found.problems.append(f"{name}: truncated, {size:,} of {committed:,} bytes")
        elif size > committed and digest is not None:
            found.problems.append(f"{name}: {size - committed:,} bytes that are not in the index")
        if digest is not None and size == committed and _sha256(path) != digest:
            found.problems.append(f"{name}: altered since it was sealed")
        _records(path, name, indexed, found, progress)
    known = {name for name, *_ in segments}
    for path in sorted(folder.glob("[0-9]*.warc.gz*")):
        if path.name.removesuffix(OPEN_SUFFIX) not in known:
            found.problems.append(f"{path.name}: not in the index")
    return found


def _records(
    path: Path,
    name: str,
    indexed: dict[tuple[str, int], tuple[int, str | None]],
    found: Findings,
    progress: Callable[[int], None],
) -> None:
    with path.open("rb") as file:
        for (segment, offset), (length, digest) in indexed.items():
            if segment != name:
                continue
            try:
                record = read_record(file, offset, length)
                check_digests(record)
            except DamagedRecordError as err:
                found.problems.append(f"{name} at {offset}: {err}")
                continue
            if digest is not None and record.get("WARC-Payload-Digest") not in (None, digest):
                found.problems.append(f"{name} at {offset}: another payload than the index says")
                continue
            found.records += 1
            progress(1)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def whole_records(path: Path) -> Iterator[tuple[int, bytes]]:
    """(offset, gzip member) of every whole record of a file that may be torn or damaged in places."""
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
