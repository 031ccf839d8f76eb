"""HTML pages in WARCs that others made: responses, revisits with the body they refer to, and pages kept as files.

Whatever a record holds, reading goes on behind it: what cannot be used is named in the report.
"""

import gzip
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BufferedReader, BytesIO
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from cryptodrug_assets.capture.archive.headers import header_value
from cryptodrug_assets.capture.archive.verify import MEMBER_LIMIT
from cryptodrug_assets.capture.archive.warc import Record, sha256
from cryptodrug_assets.capture.imports.foreign_warc import Damage, foreign_records
from cryptodrug_assets.capture.imports.report import ImportReport
from cryptodrug_assets.markets.base import MAX_BODY

Lookup = Callable[[str], bytes | None]
# No market of this kind was there before, and no clock of a machine is right beyond.
_YEARS = range(1990, 2101)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DIGITS = re.compile(r"[0-9]{1,12}")
_OWN = (b"software: cryptodrug-assets/", b"\ndescription: SYNTHETIC (")
_ODD = (ValueError, KeyError, TypeError, EOFError, OverflowError, RecursionError, zlib.error, gzip.BadGzipFile)


@dataclass(frozen=True)
class ForeignPage:
    """A page as it was found. `cut`: the answer ended before its end; `synthetic`: its archive calls it made up;
    `folder`: the crawl that its place suggests; `sweep`: the one its archive names; `named_at`: the time in its name.
    """

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
    folder: str = ""
    sweep: str | None = None
    cut: bool = False
    digest_stated: bool = False


class _Note(BaseModel):
    """What a metadata record of one of our own archives says of its page."""

    model_config = ConfigDict(strict=True)
    captured_at: AwareDatetime
    synthetic: bool
    sweep_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,40}$")
    context_category: str | None = Field(max_length=2000)
    context_page: int | None = Field(ge=0, lt=2**31)


def warc_pages(
    stream: BufferedReader,
    size: int,
    origin: str,
    folder: str,
    report: ImportReport,
    lookup: Lookup,
    advance: Callable[[int], None] = lambda _: None,
) -> Iterator[ForeignPage]:
    """HTML pages of a WARC; what is no whole record, and what cannot be used, is named. `lookup` finds the body of a
    page read before, `advance` is told how many bytes of the file are done."""
    synthetic = False
    held: ForeignPage | None = None
    held_id: str | None = None
    digests: dict[str, str] = {}
    done = 0
    try:
        for offset, record in foreign_records(stream, MEMBER_LIMIT):
            advance(max(offset - done, 0))
            done = max(offset, done)
            if isinstance(record, Damage):
                _report_damage(record, origin, size, report)
                continue
            try:
                if record.type == "warcinfo":
                    synthetic = all(mark in record.block for mark in _OWN)
                if record.type == "metadata" and held is not None and record.get("WARC-Concurrent-To") == held_id:
                    held = _with_note(held, record)
                page = None
                if record.type in ("response", "revisit", "resource"):
                    if held is not None:  # before a revisit of it is looked up
                        yield held
                        held = None
                    if record.type == "resource":
                        page = _resource(record, origin)
                    else:
                        page = _response(record, origin, digests, lookup)
                    if page is None:
                        report.passed_over[_label(record)] += 1
            except _ODD as err:
                report.refuse(str(err) or type(err).__name__, f"{origin} at {offset}")
                continue
            if page is not None:
                held, held_id = replace(page, synthetic=synthetic, folder=folder), record.get("WARC-Record-ID")
    except (zipfile.BadZipFile, EOFError, zlib.error) as err:  # the zip's own packing around the WARC
        report.refuse("damaged packing; what came before was imported", origin, f"{err}; what came before was imported")
    advance(max(size - done, 0))
    if held is not None:
        yield held


def _report_damage(damage: Damage, origin: str, size: int, report: ImportReport) -> None:
    if damage.torn:
        detail = f"torn after {damage.offset:,} of {size:,} bytes; what came before was imported"
        report.refuse("torn; what came before was imported", origin, detail)
    else:
        report.refuse(damage.what, f"{origin} at {damage.offset}")


def _response(record: Record, origin: str, digests: dict[str, str], lookup: Lookup) -> ForeignPage | None:
    """The page in a response or revisit record; None for what is no HTML page. ValueError when it cannot be used.

    `digests` leads from the digests that the file's records state to our own of the same body.
    """
    if not (record.get("Content-Type") or "").startswith("application/http"):
        return None
    http = record.http_head.decode("latin-1")
    status = http.split(" ", 2)[1][:3] if " " in http else "200"
    kind = header_value(http, "content-type")
    stated = record.get("WARC-Payload-Digest")
    if (kind and "html" not in kind.lower()) or not _DIGITS.fullmatch(status) or status[0] == "3":
        return None
    cut = False
    if record.type == "revisit":
        body = (lookup(digests[stated]) if stated in digests else None) or b""
        if not body:
            raise ValueError("revisit of a page that is not imported")
    else:
        body, cut = _decoded(record.payload, http)
        if not body:
            return None
        if stated is not None:
            digests[stated] = sha256(body)
    kind = _CONTROL.sub(" ", kind) if kind else None
    return ForeignPage(
        origin, _address(record), body, kind, int(status), _date(record),
        cut=cut or bool(record.get("WARC-Truncated")), digest_stated=stated is not None,
    )  # fmt: skip


def _resource(record: Record, origin: str) -> ForeignPage | None:
    """A page that was put into a WARC as a file, without the exchange it came by; None for what is no HTML page."""
    kind, url = record.get("Content-Type"), _address(record)
    if "html" not in (kind or "").lower() or not url.startswith(("http://", "https://", "file://")) or not record.block:
        return None
    if len(record.block) > MAX_BODY:
        raise ValueError(f"page larger than {MAX_BODY:,} bytes")
    kind = _CONTROL.sub(" ", kind or "")
    return ForeignPage(origin, url, record.block, kind, 200, _date(record), cut=bool(record.get("WARC-Truncated")))


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
    """WARC-Date in UTC, None without one; ValueError when it is no time, or one when no market was there."""
    date = record.get("WARC-Date") or ""
    if not date:
        return None
    try:
        moment = datetime.fromisoformat(date.replace("Z", "+00:00"))
    except ValueError as err:
        raise ValueError(f"WARC-Date {date[:40]!r} is no time") from err
    if moment.year not in _YEARS:
        raise ValueError(f"WARC-Date {date[:40]!r} is out of range")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _address(record: Record) -> str:
    """WARC-Target-URI; ValueError when it is no address."""
    url = (record.get("WARC-Target-URI") or "http://unknown/").strip("<>")
    try:
        urlsplit(url)
    except ValueError as err:
        raise ValueError("WARC-Target-URI is no address") from err
    if _CONTROL.search(url):
        raise ValueError("WARC-Target-URI is no address")
    return url


def _decoded(body: bytes, http: str) -> tuple[bytes, bool]:
    """The page of an HTTP body, its transfer and content encodings undone, and whether it ends before its end;
    ValueError where that is not possible."""
    cut = False
    encoding = (header_value(http, "content-encoding") or "").lower()
    if (header_value(http, "transfer-encoding") or "").lower() == "chunked":
        body, cut = _dechunked(body)
    elif encoding in ("", "identity"):
        length = header_value(http, "content-length") or ""
        cut = _DIGITS.fullmatch(length) is not None and len(body) < int(length)
    if encoding in ("gzip", "x-gzip"):
        # Some writers undo the encoding and leave the header.
        if body[:2] == b"\x1f\x8b":
            body, torn = _unzipped(body)
            cut = cut or torn
    elif encoding == "deflate":
        unpacker = zlib.decompressobj(zlib.MAX_WBITS if body[:1] == b"\x78" else -zlib.MAX_WBITS)
        body = unpacker.decompress(body, MAX_BODY + 1)
        cut = cut or not unpacker.eof
    elif encoding not in ("", "identity"):
        raise ValueError(f"content encoding {encoding[:40]!r} is not read")
    if len(body) > MAX_BODY:
        raise ValueError(f"page larger than {MAX_BODY:,} bytes")
    return body, cut


def _with_note(page: ForeignPage, record: Record) -> ForeignPage:
    """A page of one of our own archives, with what its metadata record says of it; ValueError for an odd note."""
    if not (record.get("WARC-Target-URI") or "").startswith("urn:capture:"):
        return page
    try:
        note = _Note.model_validate_json(record.block)
    except ValidationError as err:
        place = next((str(part) for part in err.errors(include_input=False)[0]["loc"]), "no JSON object")
        raise ValueError(f"the archive's note on a page is odd ({place}) and is not used") from err
    if note.captured_at.year not in _YEARS:
        raise ValueError("the archive's note on a page is odd (captured_at) and is not used")
    return replace(
        page,
        captured_at=note.captured_at.astimezone(UTC),
        synthetic=page.synthetic or note.synthetic,
        category=note.context_category,
        page=note.context_page,
        sweep=note.sweep_id,
    )


def _dechunked(body: bytes) -> tuple[bytes, bool]:
    """The body of a chunked transfer, and whether its end is missing; as it is where it was stored without the chunks'
    lengths."""
    parts: list[bytes] = []
    start = 0
    while True:
        line, separator, _ = body[start : start + 20].partition(b"\r\n")
        size = line.split(b";")[0].strip()
        if not separator or not size or any(char not in b"0123456789abcdefABCDEF" for char in size):
            return (b"".join(parts), True) if parts and start >= len(body) else (body, False)
        length = int(size, 16)
        if length == 0:
            return b"".join(parts), False
        start += len(line) + 2
        parts.append(body[start : start + length])
        start += length + 2


def _unzipped(body: bytes) -> tuple[bytes, bool]:
    """The gzipped body unpacked, and whether its end is missing."""
    try:
        with gzip.GzipFile(fileobj=BytesIO(body)) as file:
            return file.read(MAX_BODY + 1), False
    except EOFError:
        return zlib.decompressobj(31).decompress(body, MAX_BODY + 1), True
