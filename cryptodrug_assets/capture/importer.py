"""Import of existing captures: WARC(.gz), WACZ and folders of saved HTML, with provenance, into a month's archive.

What is readable is imported, the rest is named. Nothing is unpacked to disk: no path of an archive is ever followed.
"""

import gzip
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from cryptodrug_assets.capture.evidence import capture_id
from cryptodrug_assets.capture.headers import Redactor, header_value
from cryptodrug_assets.capture.journal import PAGE_FIELDS, Journal, journal
from cryptodrug_assets.capture.records import Entry, warcinfo
from cryptodrug_assets.capture.segments import Segments
from cryptodrug_assets.capture.verify import MEMBER_LIMIT
from cryptodrug_assets.capture.warc import (
    DamagedRecordError,
    Record,
    check_digests,
    decode,
    make_record,
    scan_members,
    sha256,
)
from cryptodrug_assets.markets.base import MAX_BODY, Link, Market
from cryptodrug_assets.observation import UserError

# Synthetic pages stay marked, whatever way they come in: they are a sweep of their own.
_SWEEPS = {False: "import", True: "import-synthetic"}
_SYNTHETIC_PAGE = b'name="cryptodrug-replica"'
_MAX_FILES = 1_000_000


@dataclass
class ImportReport:
    """How many pages were imported, how many were there already, and what was not imported and why."""

    imported: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Found:
    origin: str
    url: str
    body: bytes
    content_type: str | None
    status: int
    captured_at: datetime | None
    synthetic: bool = False
    category: str | None = None
    page: int | None = None


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
) -> ImportReport:
    """Import files and folders. Capture time: the WARC's date, the page's own clock, `captured_at`, in this order.

    Pages outside the month, pages without any time, and bodies that were imported before are not added. Raises
    UserError when a path does not exist.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise UserError(f"no such file or folder: {missing[0]}")
    report = ImportReport()
    redactor = Redactor(hmac_key)
    with journal(archive_root / market.name / month) as opened:
        writer = _Writer(opened, market, month, redactor, {"source": source, "licence": licence})
        try:
            for path in paths:
                for item in _pages(path, report):
                    writer.add(item, captured_at, report)
        finally:
            writer.close()
    return report


class _Writer:
    def __init__(
        self, opened: Journal, market: Market, month: str, redactor: Redactor, provenance: dict[str, str]
    ) -> None:
        self._journal, self._market, self._month, self._redactor = opened, market, month, redactor
        self._provenance = provenance
        self._known: dict[str, set[str]] = {}
        self._segments = Segments(opened, self._info)

    def add(self, item: _Found, captured_at: datetime | None, report: ImportReport) -> None:
        found = self._market.discover(item.body, url=item.url, context_category=item.category, context_page=item.page)
        synthetic = item.synthetic or _SYNTHETIC_PAGE in item.body
        sweep = _SWEEPS[synthetic]
        if sweep not in self._known:
            self._journal.begin(sweep, "archive", synthetic=synthetic)
            self._known[sweep] = self._journal.known(sweep)
        known = self._known[sweep]
        moment = item.captured_at or found.page_clock or captured_at
        if moment is None:
            report.refused.append(f"{item.origin}: no capture time; give --captured-at")
            return
        if moment.strftime("%Y-%m") != self._month:
            report.refused.append(f"{item.origin}: captured {moment:%Y-%m-%d}, not in {self._month}")
            return
        digest = sha256(item.body)
        identity = capture_id(self._market.name, self._month, sweep, f"{digest}|{moment.astimezone(UTC).isoformat()}")
        if identity in known:
            report.known += 1
            return
        link = Link(item.url, found.page_kind)
        record = make_record(
            "response",
            block=_head(item) + item.body,
            content_type="application/http; msgtype=response",
            date=moment,
            uri=self._redactor.url(item.url),
            payload_digest=digest,
        )
        uri = self._redactor.url(item.url)
        entry = Entry(record, "response", uri, item.status, item.content_type, digest, link.method)
        rows, segment = self._segments.write([entry])
        page: dict[str, Any] = dict.fromkeys(PAGE_FIELDS)
        page |= {
            "capture_id": identity,
            "sweep_id": sweep,
            "state": "queued",
            "method": link.method,
            "url": uri,
            "url_kind": found.page_kind,
            "context_category": item.category,
            "context_page": item.page,
            "depth": 0,
            "attempts": 1,
            "target": json.dumps({"import": True}),
        }
        self._journal.add([page])
        number = self._journal.next(sweep, 0)
        if number is None:
            raise UserError("the journal did not take the imported page; run the import again")
        changes = {
            "mode": "import",
            "status": item.status,
            "page_kind": found.page_kind,
            "content_type": item.content_type,
            "captured_at": moment.astimezone(UTC).isoformat(),
            "fetched_at": datetime.now(UTC).isoformat(),
            "warc_file": rows[0].warc_file,
            "warc_offset": rows[0].warc_offset,
            "warc_length": rows[0].warc_length,
            "payload_digest": digest,
            "payload_bytes": len(item.body),
            "provenance": json.dumps(self._provenance | {"origin": Path(item.origin).name}, sort_keys=True),
        }
        self._journal.commit(number.id, "done", changes, records=rows, segment=segment)
        known.add(identity)
        report.imported += 1

    def _info(self, file: str) -> Record:
        return warcinfo(
            browser="none (import)", source="archive", synthetic=False, settings=dict(self._provenance), file=file
        )

    def close(self) -> None:
        """Seal what was written; the sweeps are complete until the next import."""
        for sweep in self._known:
            self._journal.end(sweep)
        self._segments.seal()


def _head(item: _Found) -> bytes:
    lines = [
        f"HTTP/1.1 {item.status} ",
        f"Content-Type: {item.content_type or 'text/html'}",
        f"Content-Length: {len(item.body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _pages(path: Path, report: ImportReport) -> Iterator[_Found]:
    if path.is_dir():
        files = sorted(
            file for file in path.rglob("*") if file.suffix.lower() in (".html", ".htm", ".warc", ".gz", ".wacz")
        )
        for inside in files[:_MAX_FILES]:
            if not inside.is_symlink():
                yield from _pages(inside, report)
        return
    name = path.name.lower()
    if name.endswith((".html", ".htm")):
        yield from _saved_page(path, report)
    elif name.endswith(".wacz"):
        yield from _wacz(path, report)
    elif name.endswith((".warc", ".warc.gz")):
        with path.open("rb") as stream:
            yield from _warc(stream, path.stat().st_size, str(path), report)
    else:
        report.refused.append(f"{path}: neither HTML, WARC nor WACZ")


def _saved_page(path: Path, report: ImportReport) -> Iterator[_Found]:
    if path.stat().st_size > MAX_BODY:
        report.refused.append(f"{path}: larger than {MAX_BODY:,} bytes")
        return
    yield _Found(str(path), f"http://saved.page/{path.name}", path.read_bytes(), "text/html", 200, None)


def _wacz(path: Path, report: ImportReport) -> Iterator[_Found]:
    """WARC members of a WACZ, read in place; members that leave the archive or unpack to too much are refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if not member.filename.lower().endswith((".warc", ".warc.gz")):
                    continue
                if member.filename.startswith(("/", "\\")) or ".." in Path(member.filename).parts:
                    report.refused.append(f"{path}: member with a path out of the archive")
                    continue
                if member.file_size > 100 * max(member.compress_size, 1) + MEMBER_LIMIT:
                    report.refused.append(
                        f"{path}: member {Path(member.filename).name} unpacks to {member.file_size:,} bytes"
                    )
                    continue
                with archive.open(member) as inner:
                    stream = cast("BufferedReader", inner)  # it reads ahead (peek) like one
                    yield from _warc(stream, member.file_size, f"{path}!{member.filename}", report)
    except (zipfile.BadZipFile, OSError) as err:
        report.refused.append(f"{path}: not a whole WACZ ({err})")


def _warc(file: BufferedReader, size: int, origin: str, report: ImportReport) -> Iterator[_Found]:
    """HTML responses of a WARC; a torn end or a damaged record is named, what comes before it is imported."""
    stream: BinaryIO = file
    if file.peek(2)[:2] != b"\x1f\x8b":
        if size > MEMBER_LIMIT:
            report.refused.append(f"{origin}: uncompressed WARC larger than {MEMBER_LIMIT:,} bytes; gzip it per record")
            return
        plain = file.read()
        packed, left = _packed(plain)
        if left:
            report.refused.append(f"{origin}: torn after {size - left:,} of {size:,} bytes; what came before is read")
        stream, size = BytesIO(packed), len(packed)
    end, synthetic = 0, False
    held: _Found | None = None
    held_id: str | None = None
    try:
        for offset, length, plain in scan_members(stream, MEMBER_LIMIT):
            end = offset + length
            try:
                record = decode(plain)
                check_digests(record)
                if record.type == "warcinfo":
                    synthetic = b"SYNTHETIC" in record.block
                if record.type == "metadata" and held is not None and record.get("WARC-Concurrent-To") == held_id:
                    held = _noted(held, record)
                found = _response(record, origin, synthetic) if record.type == "response" else None
            except (DamagedRecordError, ValueError, KeyError, OSError, EOFError, zlib.error) as err:
                report.refused.append(f"{origin} at {offset}: {err}")
                continue
            if found is not None:
                if held is not None:
                    yield held
                held, held_id = found, record.get("WARC-Record-ID")
    except ValueError as err:
        report.refused.append(f"{origin} after {end:,} bytes: {err}")
        end = size
    if held is not None:
        yield held
    if end < size:
        report.refused.append(f"{origin}: torn after {end:,} of {size:,} bytes; what came before was imported")


def _response(record: Record, origin: str, synthetic: bool) -> _Found | None:
    """The page in a response record; None for what is no HTML page. ValueError when it cannot be used."""
    if not (record.get("Content-Type") or "").startswith("application/http"):
        return None
    http = record.http_head.decode("latin-1")
    status = http.split(" ", 2)[1][:3] if " " in http else "200"
    kind = header_value(http, "content-type")
    body = record.payload
    if (kind and "html" not in kind.lower()) or not body or not status.isdigit() or status[0] == "3":
        return None
    if (header_value(http, "transfer-encoding") or "").lower() == "chunked":
        body = _dechunked(body)
    encoding = (header_value(http, "content-encoding") or "").lower()
    if encoding == "gzip":
        body = _unzipped(body)
    elif encoding not in ("", "identity"):
        raise ValueError(f"content encoding {encoding} is not read")
    if len(body) > MAX_BODY:
        raise ValueError(f"page larger than {MAX_BODY:,} bytes")
    date = record.get("WARC-Date") or ""
    moment = datetime.fromisoformat(date.replace("Z", "+00:00")) if date else None
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    url = (record.get("WARC-Target-URI") or "http://unknown/").strip("<>")
    return _Found(origin, url, body, kind, int(status), moment, synthetic)


def _noted(found: _Found, record: Record) -> _Found:
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


def _packed(plain: bytes) -> tuple[bytes, int]:
    """An uncompressed WARC as one gzip member per record, to be read like the others, and how many bytes are left."""
    members = []
    start = 0
    while start < len(plain):
        stop = plain.find(b"\r\n\r\n", start)
        head = plain[start:stop] if stop >= 0 else b""
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        if not lengths or not lengths[0].strip().isdigit():
            break
        end = stop + 4 + int(lengths[0]) + 4
        if end > len(plain):
            break
        members.append(gzip.compress(plain[start:end], 1, mtime=0))
        start = end
    return b"".join(members), len(plain) - start
