"""Records of WARC files that others made: gzipped record by record or as a whole, or plain; torn or damaged in places.

Reads forward only (a member of a zip cannot be rewound) and holds one record at a time. What cannot be read is named
where it stands, and reading goes on at the next record that begins.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader

from cryptodrug_assets.capture.archive.warc import DamagedRecordError, Record, check_digests, decode, stated_length

_GZIP = 31
_MAGIC = b"\x1f\x8b\x08"
_CHUNK = 1 << 18
_STEP = 1 << 14
_HEAD_LIMIT = 1 << 16
_KEPT_LIMIT = 1 << 23
# How far the next record is looked for inside a damaged one's member, and how much is read twice in a whole file:
# what is made to be damaged everywhere must not cost more than what is whole.
_ONWARD_LIMIT = 1 << 24
_AGAIN_LIMIT = 1 << 26
_FIRST_LINE = re.compile(rb"WARC/1\.\d{1,2}[ \t]{0,4}\r?\n")
_LINE_LIMIT = 16
_BLANK = re.compile(rb"[\r\n]*")


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
        # How much of the buffer is known to hold no end of a record's fields: nothing is searched twice.
        self.searched = 0

    def fill(self) -> bool:
        """Read on; False at the end of the file."""
        chunk = self._file.read(_CHUNK)
        self.buffer += chunk
        return bool(chunk)

    def take(self, size: int) -> bytes:
        """The next bytes, all of them read before."""
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        self.searched = max(self.searched - size, 0)
        self.moved(size)
        return data

    def moved(self, size: int) -> None:
        """Bytes of the buffer were taken."""
        self.offset += size

    def settle(self) -> None:
        """Nothing is left to be checked after a record."""

    def resume(self) -> bool:
        """Go to where the next record may begin; False when there is none."""
        return self.onward(None)

    def onward(self, limit: int | None) -> bool:
        """Go on to the next first line of a record, at most `limit` bytes ahead; False when there is none."""
        self.take(min(1, len(self.buffer)))
        ahead = 0
        while (found := _FIRST_LINE.search(self.buffer)) is None:
            passed = max(len(self.buffer) - _LINE_LIMIT, 0)
            self.take(passed)
            ahead += passed
            if (limit is not None and ahead > limit) or not self.fill():
                return False
        self.take(found.start())
        return True


class _Packed(_Plain):
    """A gzipped file, unpacked as it is read; `offset` is where the member begins that holds the next bytes."""

    def __init__(self, file: BufferedReader) -> None:
        super().__init__(file)
        self._packed, self._at, self._base = b"", 0, 0  # packed bytes, how many are used, where they begin in the file
        self._kept = bytearray()
        self._unpacker: zlib._Decompress | None = None
        self._broken = False
        self._again_left = _AGAIN_LIMIT

    def fill(self) -> bool:
        if self._at >= len(self._packed):
            self._more(b"")
        if self._unpacker is None:
            if not self._packed:
                return False
            if not self.buffer.strip(b"\r\n"):
                self.offset = self._base + self._at
            self._unpacker = zlib.decompressobj(_GZIP)
            self._kept.clear()
        elif not self._packed:
            self._broken = True
            raise _TornError("torn")
        window = self._packed[self._at : self._at + _STEP]
        try:
            self.buffer += self._unpacker.decompress(window, _CHUNK)
        except zlib.error as err:
            self._broken = True
            raise DamagedRecordError("not a gzip member, or altered") from err
        rest = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail
        used = len(window) - len(rest)
        self._kept += window[:used] if len(self._kept) < _KEPT_LIMIT else b""
        self._at += used
        if self._unpacker.eof:
            self._unpacker = None
        return True

    def _more(self, tail: bytes) -> bool:
        """The next packed bytes, behind the last of those before; False at the end of the file."""
        self._base += self._at - len(tail)
        chunk = self._file.read(_CHUNK)
        self._packed, self._at = tail + chunk, 0
        return bool(chunk)

    def moved(self, size: int) -> None:
        """The place in the file is the member's."""

    def settle(self) -> None:
        """Unpack a member that holds one record to its end, where its checksum stands."""
        while self._unpacker is not None and len(self.buffer) <= len(b"\r\n\r\n"):
            self.fill()

    def resume(self) -> bool:
        if not self._broken:
            try:
                # What is wrong lies in the record: the next one may stand in the same member.
                if self.onward(_ONWARD_LIMIT):
                    return True
            except DamagedRecordError:
                pass  # the packing is damaged as well: go by the members
        self._broken = False
        self.take(len(self.buffer))
        # The damage may have hidden the beginning of later members: look again from just after where this one began.
        begun, self._unpacker = self._unpacker is not None, None
        rest = self._packed[self._at :]
        if begun and 1 < len(self._kept) < min(_KEPT_LIMIT, self._again_left):
            self._again_left -= len(self._kept) + len(rest)
            again = bytes(self._kept[1:])
            self._base += self._at - len(again)
            self._packed, self._at = again + rest, 0
        elif begun:
            self._at += 1
        while (found := self._packed.find(_MAGIC, self._at)) < 0:
            self._at = max(len(self._packed) - len(_MAGIC) + 1, self._at)
            if not self._more(self._packed[self._at :]):
                self._packed, self._at = b"", 0
                return False
        self._at = found
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
        blank = _BLANK.match(source.buffer)
        source.take(blank.end() if blank else 0)
        if len(source.buffer) >= _LINE_LIMIT and _FIRST_LINE.match(source.buffer) is None:
            raise DamagedRecordError("no WARC header")
        if source.buffer[:7] != b"WARC/1."[: len(source.buffer)]:
            raise DamagedRecordError("no WARC header")
        # Whichever comes first: a record with bare line ends may hold an HTTP head with CRLF.
        since = max(source.searched - 3, 0)
        ends = [(source.buffer.find(end, since, _HEAD_LIMIT), end) for end in (b"\r\n\r\n", b"\n\n")]
        found, end = min((pair for pair in ends if pair[0] >= 0), default=(-1, b""))
        if found >= 0:
            head = source.take(found + len(end))[:found]
            return head if end != b"\n\n" else head.replace(b"\n", b"\r\n")
        source.searched = min(len(source.buffer), _HEAD_LIMIT)
        if len(source.buffer) >= _HEAD_LIMIT:
            raise DamagedRecordError("no WARC header")
        if not source.fill():
            if source.buffer:
                raise _TornError("torn")
            return None


def _record(source: _Plain, head: bytes, limit: int) -> Record:
    record = decode(head + b"\r\n\r\n", whole=False)
    length = stated_length(record)
    if length is None:
        raise DamagedRecordError("no Content-Length")
    if length > limit:
        raise DamagedRecordError(f"record unpacks to {length:,} bytes, beyond the limit of {limit:,}")
    while len(source.buffer) < length:
        if not source.fill():
            raise _TornError("torn")
    record.block = source.take(length)
    source.settle()
    return record
