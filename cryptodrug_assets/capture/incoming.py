"""Pages in files that others made: WARC(.gz), WACZ and folders of saved HTML, read one by one.

What is readable is handed over, the rest is named in the report. Nothing is unpacked to disk: no path of an archive is
ever followed. Where pages go is importer.py's business.
"""

import gzip
import json
import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import cast
from urllib.parse import quote, urlsplit

from cryptodrug_assets.capture.foreign import Damage, foreign_records
from cryptodrug_assets.capture.formats import Kind, files_in, kind_of
from cryptodrug_assets.capture.headers import header_value
from cryptodrug_assets.capture.stamps import NameClock
from cryptodrug_assets.capture.verify import MEMBER_LIMIT
from cryptodrug_assets.capture.warc import Record, sha256
from cryptodrug_assets.markets.base import MAX_BODY

Lookup = Callable[[str], bytes | None]


@dataclass
class ImportReport:
    """How many pages were imported, how many were there already, what was not imported and why, and how many files of
    a folder and records of a WARC are no pages, by ending or content type."""

    imported: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Found:
    origin: str
    url: str
    body: bytes
    content_type: str | None
    status: int
    captured_at: datetime | None
    synthetic: bool = False
    category: str | None = None
    page: int | None = None
    named_at: datetime | None = None


def pages(path: Path, report: ImportReport, lookup: Lookup, names: NameClock) -> Iterator[Found]:
    """The pages of a file or folder, links not followed; `lookup` finds the body of a page taken in before."""
    if not path.is_dir():
        kind, why = kind_of(path)
        if kind in ("refused", "other"):
            report.refused.append(f"{path}: {why}")
        else:
            yield from _file(path, kind, Path(path.name), report, lookup, names)
        return
    root = path.resolve().parent
    files, closed = files_in(path)
    report.refused += closed
    for inside in files:
        if inside.is_symlink():
            report.passed_over["symbolic link"] += 1
            continue
        kind, why = kind_of(inside)
        if kind == "refused":
            report.refused.append(f"{inside}: {why}")
        elif kind == "other":
            report.passed_over[inside.suffix.lower() or "no ending"] += 1
        else:
            yield from _file(inside, kind, inside.resolve().relative_to(root), report, lookup, names)


def _file(
    path: Path, kind: Kind, named: Path, report: ImportReport, lookup: Lookup, names: NameClock
) -> Iterator[Found]:
    """The pages of one file; a file that cannot be read is named."""
    try:
        size = path.stat().st_size
        if kind == "wacz":
            yield from _wacz(path, report, lookup)
            return
        if kind == "warc":
            with path.open("rb") as stream:
                yield from _warc(stream, size, str(path), report, lookup)
            return
        if size > MAX_BODY:
            report.refused.append(f"{path}: larger than {MAX_BODY:,} bytes")
            return
        body, url = path.read_bytes(), f"http://saved.page/{quote(os.fsencode(path.name))}"
        found = Found(str(path), url, body, "text/html", 200, None, named_at=names.read(named))
    except OSError as err:
        report.refused.append(f"{path}: cannot be read ({err.strerror})")
        return
    yield found


def _wacz(path: Path, report: ImportReport, lookup: Lookup) -> Iterator[Found]:
    """WARC members of a WACZ, read in place; members that leave the archive or unpack to too much are refused."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as err:
        report.refused.append(f"{path}: not a whole WACZ ({err})")
        return
    with archive:
        members = [member for member in archive.infolist() if member.filename.lower().endswith((".warc", ".warc.gz"))]
        if not members:
            report.refused.append(f"{path}: holds no WARC; if there are pages in it, unpack it and give the folder")
        for member in members:
            if member.filename.startswith(("/", "\\")) or ".." in member.filename.replace("\\", "/").split("/"):
                report.refused.append(f"{path}: member with a path out of the archive")
                continue
            origin = f"{path}!{member.filename}"
            if member.flag_bits & 1:
                report.refused.append(f"{origin}: encrypted")
                continue
            if member.file_size > 100 * max(member.compress_size, 1) + MEMBER_LIMIT:
                report.refused.append(f"{origin}: unpacks to {member.file_size:,} bytes from {member.compress_size:,}")
                continue
            try:
                inner = archive.open(member)
            except (zipfile.BadZipFile, NotImplementedError) as err:
                report.refused.append(f"{origin}: {err}")
                continue
            with inner:  # it reads ahead (peek) like a BufferedReader
                yield from _warc(cast("BufferedReader", inner), member.file_size, origin, report, lookup)


def _warc(stream: BufferedReader, size: int, origin: str, report: ImportReport, lookup: Lookup) -> Iterator[Found]:
    """HTML pages of a WARC, revisits with the body they refer to; what is no whole record is named."""
    synthetic = False
    held: Found | None = None
    held_id: str | None = None
    digests: dict[str, str] = {}
    try:
        for offset, record in foreign_records(stream, MEMBER_LIMIT):
            if isinstance(record, Damage):
                report.refused.append(_damage(origin, record, size))
                continue
            try:
                if record.type == "warcinfo":
                    synthetic = b"SYNTHETIC" in record.block
                if record.type == "metadata" and held is not None and record.get("WARC-Concurrent-To") == held_id:
                    held = _noted(held, record)
                found = None
                if record.type in ("response", "revisit", "resource"):
                    if held is not None:  # before a revisit of it is looked up
                        yield held
                        held = None
                    if record.type == "resource":
                        found = _resource(record, origin, synthetic)
                    else:
                        found = _response(record, origin, synthetic, digests, lookup)
                    if found is None:
                        report.passed_over[_label(record)] += 1
            except (ValueError, KeyError, EOFError, OverflowError, zlib.error, gzip.BadGzipFile) as err:
                report.refused.append(f"{origin} at {offset}: {err}")
                continue
            if found is not None:
                held, held_id = found, record.get("WARC-Record-ID")
    except (zipfile.BadZipFile, EOFError, zlib.error) as err:  # the zip's own packing around the WARC
        report.refused.append(f"{origin}: {err}; what came before was imported")
    if held is not None:
        yield held


def _damage(origin: str, damage: Damage, size: int) -> str:
    if damage.torn:
        return f"{origin}: torn after {damage.offset:,} of {size:,} bytes; what came before was imported"
    return f"{origin} at {damage.offset}: {damage.what}"


def _response(record: Record, origin: str, synthetic: bool, digests: dict[str, str], lookup: Lookup) -> Found | None:
    """The page in a response or revisit record; None for what is no HTML page. ValueError when it cannot be used.

    `digests` leads from the digests that the file's records state to our own of the same body.
    """
    if not (record.get("Content-Type") or "").startswith("application/http"):
        return None
    http = record.http_head.decode("latin-1")
    status = http.split(" ", 2)[1][:3] if " " in http else "200"
    kind = header_value(http, "content-type")
    stated = record.get("WARC-Payload-Digest")
    if (kind and "html" not in kind.lower()) or not status.isdigit() or status[0] == "3":
        return None
    if record.type == "revisit":
        body = (lookup(digests[stated]) if stated in digests else None) or b""
        if not body:
            raise ValueError("revisit of a page that is not imported")
    else:
        body = _decoded(record.payload, http)
        if not body:
            return None
        if stated is not None:
            digests[stated] = sha256(body)
    return Found(origin, _address(record), body, kind, int(status), _date(record), synthetic)


def _resource(record: Record, origin: str, synthetic: bool) -> Found | None:
    """A page that was put into a WARC as a file, without the exchange it came by; None for what is no HTML page."""
    kind, url = record.get("Content-Type"), _address(record)
    if "html" not in (kind or "").lower() or not url.startswith(("http://", "https://", "file://")) or not record.block:
        return None
    if len(record.block) > MAX_BODY:
        raise ValueError(f"page larger than {MAX_BODY:,} bytes")
    return Found(origin, url, record.block, kind, 200, _date(record), synthetic)


def _label(record: Record) -> str:
    """What a record is that is no page: the content type of what it holds, or that it is a redirect or empty."""
    kind = record.get("Content-Type") or "no content type"
    if kind.startswith("application/http"):
        http = record.http_head.decode("latin-1")
        kind = header_value(http, "content-type") or "no content type"
        if "html" in kind.lower():
            return "redirect" if http.partition(" ")[2][:1] == "3" else "empty answer"
    return kind.partition(";")[0].strip().lower()[:40]


def _date(record: Record) -> datetime | None:
    """WARC-Date in UTC, None without one; ValueError when it is no time."""
    date = record.get("WARC-Date") or ""
    if not date:
        return None
    try:
        moment = datetime.fromisoformat(date.replace("Z", "+00:00"))
    except ValueError as err:
        raise ValueError(f"WARC-Date {date[:40]!r} is no time") from err
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _address(record: Record) -> str:
    """WARC-Target-URI; ValueError when it is no address."""
    url = (record.get("WARC-Target-URI") or "http://unknown/").strip("<>")
    try:
        urlsplit(url)
    except ValueError as err:
        raise ValueError("WARC-Target-URI is no address") from err
    return url


def _decoded(body: bytes, http: str) -> bytes:
    """The page of an HTTP body, its transfer and content encodings undone; ValueError where that is not possible."""
    if (header_value(http, "transfer-encoding") or "").lower() == "chunked":
        body = _dechunked(body)
    encoding = (header_value(http, "content-encoding") or "").lower()
    if encoding in ("gzip", "x-gzip"):
        # Some writers undo the encoding and leave the header.
        body = _unzipped(body) if body[:2] == b"\x1f\x8b" else body
    elif encoding == "deflate":
        body = zlib.decompressobj(zlib.MAX_WBITS if body[:1] == b"\x78" else -zlib.MAX_WBITS).decompress(
            body, MAX_BODY + 1
        )
    elif encoding not in ("", "identity"):
        raise ValueError(f"content encoding {encoding} is not read")
    if len(body) > MAX_BODY:
        raise ValueError(f"page larger than {MAX_BODY:,} bytes")
    return body


def _noted(found: Found, record: Record) -> Found:
    """A page of one of our own archives, with what its metadata record says of it."""
    if not (record.get("WARC-Target-URI") or "").startswith("urn:capture:"):
        return found
    note = json.loads(record.block)
    return replace(
        found,
        captured_at=datetime.fromisoformat(note["captured_at"]),
        synthetic=found.synthetic or bool(note["synthetic"]),
        category=note["context_category"],
        page=note["context_page"],
    )


def _dechunked(body: bytes) -> bytes:
    """The body of a chunked transfer; as it is when it was stored without the chunks' lengths."""
    parts: list[bytes] = []
    start = 0
    while True:
        line, separator, _ = body[start : start + 20].partition(b"\r\n")
        size = line.split(b";")[0].strip()
        if not separator or not size or any(char not in b"0123456789abcdefABCDEF" for char in size):
            return body
        if int(size, 16) == 0:
            return b"".join(parts)
        start += len(line) + 2
        parts.append(body[start : start + int(size, 16)])
        start += int(size, 16) + 2


def _unzipped(body: bytes) -> bytes:
    with gzip.GzipFile(fileobj=BytesIO(body)) as file:
        return file.read(MAX_BODY + 1)
