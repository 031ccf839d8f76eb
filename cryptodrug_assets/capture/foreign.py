"""Records of WARC files that others made: gzipped record by record or as a whole, or plain; torn or damaged in places.

Reads forward only (a member of a zip cannot be rewound) and holds one record at a time. What cannot be read is named
where it stands, and reading goes on at the next record that begins.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader

from cryptodrug_assets.capture.warc import DamagedRecordError, Record, check_digests, decode

_GZIP = 31
_MAGIC = b"\x1f\x8b\x08"
_CHUNK = 1 << 18
_HEAD_LIMIT = 1 << 16
_KEPT_LIMIT = 1 << 23


@dataclass(frozen=True)
class Damage:
    """Something in a file that is no whole record: where it begins (offset in the file), what is wrong, and whether
    the file ends in it."""

    offset: int
    what: str
    torn: bool = False


class _TornError(DamagedRecordError):
    """The file ends inside a record."""


class _Plain:
    """A file as it is. `buffer` holds what was read and not yet taken; `offset` is where it begins in the file."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self.buffer = bytearray()
        self.offset = 0

    def fill(self) -> bool:
        """Read on; False at the end of the file."""
        chunk = self._file.read(_CHUNK)
        self.buffer += chunk
        return bool(chunk)

    def take(self, size: int) -> bytes:
        """The next bytes, all of them read before."""
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        self.offset += size
        return data

    def settle(self) -> None:
        """Nothing is left to be checked after a record."""

    def resume(self) -> bool:
        """Go to where the next record may begin; False when there is none."""
        self.take(min(1, len(self.buffer)))
        while (found := self.buffer.find(b"WARC/1.")) < 0:
            self.take(max(len(self.buffer) - 6, 0))
            if not self.fill():
                return False
        self.take(found)
        return True


class _Packed(_Plain):
    """A gzipped file, unpacked as it is read; `offset` is where the member begins that holds the next bytes."""

    def __init__(self, file: BufferedReader) -> None:
        super().__init__(file)
        self._packed = b""
        self._position = 0
        self._kept = bytearray()
        self._unpacker: zlib._Decompress | None = None

    def fill(self) -> bool:
        if not self._packed:
            self._packed = self._file.read(_CHUNK)
        if self._unpacker is None:
            if not self._packed:
                return False
            if not self.buffer.strip(b"\r\n"):
                self.offset = self._position
            self._unpacker = zlib.decompressobj(_GZIP)
            self._kept.clear()
        elif not self._packed:
            raise _TornError("torn")
        try:
            self.buffer += self._unpacker.decompress(self._packed, _CHUNK)
        except zlib.error as err:
            raise DamagedRecordError("not a gzip member, or altered") from err
        rest = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail
        used = len(self._packed) - len(rest)
        self._kept += self._packed[:used] if len(self._kept) < _KEPT_LIMIT else b""
        self._position += used
        self._packed = rest
        if self._unpacker.eof:
            self._unpacker = None
        return True

    def take(self, size: int) -> bytes:
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def settle(self) -> None:
        """Unpack a member that holds one record to its end, where its checksum stands."""
        while self._unpacker is not None and len(self.buffer) <= len(b"\r\n\r\n"):
            self.fill()

    def resume(self) -> bool:
        self.buffer.clear()
        # The damage may have hidden the beginning of later members: look again from just after where this one began.
        begun, self._unpacker = self._unpacker is not None, None
        again = bytes(self._kept[1:]) if begun and len(self._kept) < _KEPT_LIMIT else b""
        skip = 0 if again or not begun else 1
        data, start = again + self._packed[skip:], self._position - len(again) + skip
        while (found := data.find(_MAGIC)) < 0:
            start += max(len(data) - 2, 0)
            data = data[-2:]
            chunk = self._file.read(_CHUNK)
            if not chunk:
                self._packed = b""
                return False
            data += chunk
        self._packed, self._position = data[found:], start + found
        return True


def foreign_records(file: BufferedReader, limit: int) -> Iterator[tuple[int, Record | Damage]]:
    """(offset, record or what is wrong there) from the start of a file to its end.

    `limit` bounds a record's size in bytes. Digests are checked: an altered record is a Damage. Several pieces of
    damage without a whole record between them are one.
    """
    source = _Packed(file) if file.peek(2)[:2] == _MAGIC[:2] else _Plain(file)
    after_damage = False
    while True:
        try:
            head = _head(source)
            if head is None:
                return
            offset = source.offset
            record = _record(source, head, limit)
        except DamagedRecordError as err:
            if not after_damage:
                yield source.offset, Damage(source.offset, str(err), torn=isinstance(err, _TornError))
            after_damage = True
            if not source.resume():
                return
            continue
        after_damage = False
        try:
            check_digests(record)
        except DamagedRecordError as err:
            yield offset, Damage(offset, str(err))
            continue
        yield offset, record


def _head(source: _Plain) -> bytes | None:
    """The fields of the next record up to the empty line, its line ends made CRLF; None at the end of the file."""
    while True:
        blank = len(source.buffer) - len(source.buffer.lstrip(b"\r\n"))
        source.take(blank)
        if source.buffer[:5] != b"WARC/"[: len(source.buffer)]:
            raise DamagedRecordError("no WARC header")
        for end in (b"\r\n\r\n", b"\n\n"):
            found = source.buffer.find(end, 0, _HEAD_LIMIT)
            if found >= 0:
                head = source.take(found + len(end))[:found]
                return head if end != b"\n\n" else head.replace(b"\n", b"\r\n")
        if len(source.buffer) >= _HEAD_LIMIT:
            raise DamagedRecordError("no WARC header")
        if not source.fill():
            if source.buffer:
                raise _TornError("torn")
            return None


def _record(source: _Plain, head: bytes, limit: int) -> Record:
    record = decode(head + b"\r\n\r\n", whole=False)
    length = record.get("Content-Length") or ""
    if not length.isdigit():
        raise DamagedRecordError("no Content-Length")
    if int(length) > limit:
        raise DamagedRecordError(f"record unpacks to {int(length):,} bytes, beyond the limit of {limit:,}")
    while len(source.buffer) < int(length):
        if not source.fill():
            raise _TornError("torn")
    record.block = source.take(int(length))
    source.settle()
    return record
