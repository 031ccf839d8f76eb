"""WARC 1.1: records, segments written one gzip member per record, and reading by offset.

Only the file format lives here. Which records a page gives is records.py's business, which bytes count as committed
is the journal's.
"""

import hashlib
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

OPEN_SUFFIX = ".open"
REVISIT_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_LENGTH = re.compile(r"[0-9]{1,18}")
_GZIP = 31
_LEVEL = 6


class DamagedRecordError(Exception):
    """Bytes at this place are not a whole, unaltered WARC record; the message says what is wrong."""


def sha256(data: bytes) -> str:
    """Digest as written in WARC fields and in the index: sha256:<hex>.

    >>> sha256(b"")[:19]
    'sha256:e3b0c44298fc'
    """
    return "sha256:" + hashlib.sha256(data).hexdigest()


def warc_date(moment: datetime) -> str:
    """UTC time as WARC 1.1 writes it, to the microsecond.

    >>> from datetime import UTC
    >>> warc_date(datetime(2019, 11, 1, 12, 30, tzinfo=UTC))
    '2019-11-01T12:30:00.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class Record:
    """A WARC record: named fields in their order, and the block."""

    fields: list[tuple[str, str]]
    block: bytes = b""

    def get(self, name: str) -> str | None:
        """First value of a field, names compared without case; None when absent."""
        wanted = name.lower()
        return next((value for key, value in self.fields if key.lower() == wanted), None)

    @property
    def type(self) -> str:
        """WARC-Type."""
        return self.get("WARC-Type") or ""

    @property
    def http_head(self) -> bytes:
        """The HTTP start line and headers of a request, response or revisit block, without the empty line."""
        return self.block.partition(b"\r\n\r\n")[0]

    @property
    def payload(self) -> bytes:
        """The entity body of an HTTP block; the whole block of other records."""
        if (self.get("Content-Type") or "").startswith("application/http"):
            return self.block.partition(b"\r\n\r\n")[2]
        return self.block


def make_record(
    kind: str,
    *,
    block: bytes,
    content_type: str,
    date: datetime,
    uri: str | None = None,
    payload_digest: str | None = None,
    extra: list[tuple[str, str]] | None = None,
) -> Record:
    """A record of WARC-Type `kind` with its own id, dates and digests. Field values must hold no line breaks.

    >>> from datetime import UTC
    >>> noon = datetime(2019, 11, 1, 12, tzinfo=UTC)
    >>> record = make_record("resource", block=b"<html>", content_type="text/html", date=noon)
    >>> record.type, record.get("content-length"), record.payload
    ('resource', '6', b'<html>')
    >>> import gzip
    >>> decode(gzip.decompress(encode(record))) == record
    True
    """
    fields = [("WARC-Type", kind), ("WARC-Record-ID", f"<urn:uuid:{uuid4()}>"), ("WARC-Date", warc_date(date))]
    if uri is not None:
        fields.append(("WARC-Target-URI", uri))
    if payload_digest is not None:
        fields.append(("WARC-Payload-Digest", payload_digest))
    fields += [("WARC-Block-Digest", sha256(block)), *(extra or [])]
    fields += [("Content-Type", content_type), ("Content-Length", str(len(block)))]
    if any("\n" in value or "\r" in value for _, value in fields):
        raise ValueError("a WARC field holds a line break")
    return Record(fields, block)


def encode(record: Record) -> bytes:
    """The record as one gzip member."""
    head = "".join(f"{name}: {value}\r\n" for name, value in record.fields)
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    plain = b"WARC/1.1\r\n" + head.encode() + b"\r\n" + record.block + b"\r\n\r\n"
    return packer.compress(plain) + packer.flush()


def decode(plain: bytes, *, whole: bool = True) -> Record:
    """The record in the bytes of one unpacked member; DamagedRecordError when it is not exactly one record.

    With `whole` off only its fields: the block may still be on its way.
    """
    head, separator, rest = plain.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if not separator or not lines[0].startswith(b"WARC/1."):
        raise DamagedRecordError("no WARC header")
    fields: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line[:1] in (b" ", b"\t") and fields:  # folded lines: allowed by the format, not written here
            fields[-1] = (fields[-1][0], fields[-1][1] + " " + line.strip().decode("utf-8", "replace"))
            continue
        name, _, value = line.decode("utf-8", "replace").partition(":")
        fields.append((name.strip(), value.strip()))
    record = Record(fields)
    if not whole:
        return record
    length = stated_length(record)
    if length is None or len(rest) < length:
        raise DamagedRecordError("block shorter than its Content-Length")
    if rest[length:].strip(b"\r\n"):
        raise DamagedRecordError("more than one record in a gzip member")
    record.block = rest[:length]
    return record


def stated_length(record: Record) -> int | None:
    """A record's Content-Length; None without one, or with one that is no number of bytes."""
    text = record.get("Content-Length") or ""
    return int(text) if _LENGTH.fullmatch(text) else None


def check_digests(record: Record) -> None:
    """Raise DamagedRecordError when a sha256 or sha1 digest in the record does not fit its bytes."""
    for name, data in (("WARC-Block-Digest", record.block), ("WARC-Payload-Digest", record.payload)):
        value = record.get(name)
        # A revisit's payload digest is that of the record it refers to.
        if value is None or (name == "WARC-Payload-Digest" and record.type == "revisit"):
            continue
        if not digest_fits(value, data):
            raise DamagedRecordError(f"{name} differs")


def digest_fits(value: str, data: bytes) -> bool:
    """Whether a WARC digest (sha256 or sha1, hex or base32) is that of the data; unknown algorithms pass.

    >>> digest_fits(sha256(b"page"), b"page"), digest_fits(sha256(b"page"), b"other")
    (True, False)
    """
    import base64

    algorithm, _, text = value.partition(":")
    if algorithm.lower() not in ("sha256", "sha1"):
        return True
    digest = hashlib.new(algorithm.lower(), data, usedforsecurity=False)
    return text.lower() == digest.hexdigest() or text.upper() == base64.b32encode(digest.digest()).decode()


@dataclass
class SegmentWriter:
    """Append-only segment `NNNNN.warc.gz.open` of a folder; sealing renames it to `NNNNN.warc.gz`."""

    folder: Path
    name: str
    size: int = field(default=0, init=False)
    _file: BinaryIO = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._file = (self.folder / (self.name + OPEN_SUFFIX)).open("xb", buffering=0)
        sync_folder(self.folder)

    def append(self, data: bytes) -> tuple[int, int]:
        """Write one member; returns its (offset, length). Not durable before `sync`."""
        offset = self.size
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self.size += len(data)
        return offset, len(data)

    def rollback(self, size: int) -> None:
        """Forget what was appended beyond `size` (a commit that failed, such as on a full disk)."""
        self._file.truncate(size)
        self._file.seek(size)
        self.size = size

    def sync(self) -> None:
        """Make everything appended durable."""
        os.fdatasync(self._file.fileno())

    def seal(self) -> str:
        """Close and rename; returns the sha256 of the whole file (hex)."""
        self.sync()
        self._file.close()
        return seal_segment(self.folder, self.name)


def seal_segment(folder: Path, name: str) -> str:
    """Rename an open segment to its final name; returns its sha256 (hex)."""
    path = folder / name
    (folder / (name + OPEN_SUFFIX)).rename(path)
    path.chmod(0o440)
    sync_folder(folder)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make a folder's names durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def segment_path(folder: Path, name: str) -> Path:
    """The segment's file, sealed or still open; the sealed name when neither exists."""
    path = folder / name
    unsealed = folder / (name + OPEN_SUFFIX)
    return unsealed if not path.exists() and unsealed.exists() else path


def read_record(file: BinaryIO, offset: int, length: int) -> Record:
    """The record in the gzip member at [offset, offset + length); DamagedRecordError when it is not whole."""
    file.seek(offset)
    data = file.read(length)
    unpacker = zlib.decompressobj(_GZIP)
    try:
        plain = unpacker.decompress(data)
    except zlib.error as err:
        raise DamagedRecordError("not a gzip member, or altered") from err
    if not unpacker.eof:
        raise DamagedRecordError("gzip member cut short")
    if unpacker.unused_data:
        raise DamagedRecordError("gzip member shorter than indexed")
    return decode(plain)


def scan_members(file: BinaryIO, limit: int | None = None) -> Iterator[tuple[int, int, bytes]]:
    """Whole gzip members from the start of the file: (offset, length, unpacked bytes).

    Stops silently at the first byte that does not begin or complete a member; compare the last end with the file's
    size to see whether anything is left. `limit` bounds the unpacked size of one member (ValueError beyond it).
    """
    offset, buffer = 0, b""
    while True:
        unpacker = zlib.decompressobj(_GZIP)
        parts: list[bytes] = []
        size, consumed = 0, 0
        while not unpacker.eof:
            chunk = buffer or file.read(1 << 18)
            if not chunk:
                return
            buffer = b""
            try:
                part = unpacker.decompress(chunk, (limit - size + 1) if limit else 0)
                while unpacker.unconsumed_tail and not unpacker.eof:
                    if limit and size + len(part) > limit:
                        raise ValueError("member unpacks beyond the limit")
                    part += unpacker.decompress(unpacker.unconsumed_tail, limit - size + 1 if limit else 0)
            except zlib.error:
                return
            size += len(part)
            if limit and size > limit:
                raise ValueError("member unpacks beyond the limit")
            parts.append(part)
            consumed += len(chunk) - len(unpacker.unused_data)
        buffer = unpacker.unused_data
        yield offset, consumed, b"".join(parts)
        offset += consumed
