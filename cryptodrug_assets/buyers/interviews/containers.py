"""Files of coding programs opened safely, in memory: zip archives, XML, SQLite. Nothing is unpacked to disk.

Everything that is read is bounded, no entity is resolved, no name leads out of an archive. UserError names cause and
next step; `place` is how the file is called in it.
"""

import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import one_line

if TYPE_CHECKING:
    from lxml.etree import _Element

MEGABYTE = 1 << 20
LARGEST_FILE = 256 * MEGABYTE
LARGEST_XML = 64 * MEGABYTE
LARGEST_TEXT = 16 * MEGABYTE
LARGEST_ARCHIVE = 512 * MEGABYTE
MOST_MEMBERS = 20_000
# Deflate packs ordinary XML 10 to 40 times; what goes beyond this was made to burst.
_MOST_PACKED = 200
_PACKED_FROM = MEGABYTE
_ENCODINGS = ("utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "cp1252")
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class Archive:
    """A zip archive whose members are read one by one, each under a cap."""

    def __init__(self, data: bytes, place: str) -> None:
        self.place = place
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            members = self._zip.infolist()
        except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError) as err:
            raise UserError(f"{place} is torn or no zip archive ({_why(err)}); export it again") from err
        if len(members) > MOST_MEMBERS:
            raise UserError(f"{place} holds {len(members):,} files, more than {MOST_MEMBERS:,}; is it the right file?")
        files = [member for member in members if not member.is_dir()]
        for member in files:
            _refuse_name(member.filename, place)
            if member.flag_bits & 0x1:
                raise UserError(f"{place} is locked with a password; export it again without one")
            if member.file_size > _PACKED_FROM and member.file_size > _MOST_PACKED * max(member.compress_size, 1):
                raise UserError(
                    f"{place}: a file in it would grow {member.file_size // max(member.compress_size, 1):,} times when"
                    " unpacked (a zip bomb); it is not opened"
                )
        if sum(member.file_size for member in files) > LARGEST_ARCHIVE:
            raise UserError(
                f"{place} would be larger than {LARGEST_ARCHIVE // MEGABYTE} MB when unpacked; export it without media"
            )
        self.members: Mapping[str, zipfile.ZipInfo] = {member.filename: member for member in files}
        if len(self.members) != len(files):
            raise UserError(f"{place} holds two files of one name; export it again")

    def read(self, name: str, largest: int) -> bytes:
        """Bytes of a member of the archive; UserError when it is larger than `largest` or damaged."""
        member = self.members[name]
        try:
            with self._zip.open(member) as file:
                data = file.read(largest + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            ValueError,
            NotImplementedError,
            EOFError,
            RuntimeError,
        ) as err:
            raise UserError(f"{self.place}: a file in it is damaged ({_why(err)}); export it again") from err
        if len(data) > largest:
            raise UserError(
                f"{self.place}: a file in it is larger than {largest // MEGABYTE} MB; export the project without media"
            )
        return data


def _refuse_name(name: str, place: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name:
        raise UserError(f"{place} holds a file whose name leads out of the archive; it is not opened")


def parse_xml(data: bytes, place: str) -> "_Element":
    """The root element of an XML document; UserError for what is damaged, too large or declares entities."""
    from lxml import etree

    if len(data) > LARGEST_XML:
        raise UserError(f"{place}: its XML is larger than {LARGEST_XML // MEGABYTE} MB; export the project in parts")
    plain = data.replace(b"\0", b"") if b"\0" in data[:64] else data
    declared = _DECLARED.search(plain[:400])
    if declared and declared[1].decode().lower() not in _ENCODINGS:
        raise UserError(f"{place}: its XML is in an encoding other than UTF-8 or UTF-16; save it as UTF-8")
    if _DOCTYPE.search(plain):
        raise UserError(f"{place}: its XML declares a document type or entities; no coding program does, not opened")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as err:
        raise UserError(f"{place}: its XML is damaged ({_why(err)}); export it again") from err
    if root is None:
        raise UserError(f"{place}: its XML is empty; export it again")
    return root


class Database:
    """An SQLite file read from memory: only named columns of tables that are there, nothing of it is run."""

    def __init__(self, data: bytes, place: str) -> None:
        self.place = place
        if not data.startswith(b"SQLite format 3\0") or len(data) < 512:
            raise UserError(f"{place} is not an SQLite database; is it the right file?")
        # A file in write-ahead mode cannot be opened from memory; bytes 18 and 19 say the mode.
        data = data[:18] + b"\x01\x01" + data[20:]
        self._connection = sqlite3.connect(":memory:")
        try:
            self._connection.deserialize(data)
            for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_TEXT * 4)
            listed = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            self._connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        except (sqlite3.Error, OverflowError, UnicodeDecodeError) as err:
            raise self._damaged(err) from err
        self.tables = {str(name) for (name,) in listed}

    def rows(self, table: str, columns: Iterable[str]) -> list[dict[str, Any]]:
        """The table's rows; a column that it lacks is null. No rows where there is no such table."""
        if table not in self.tables:
            return []
        try:
            there = {str(row[1]) for row in self._connection.execute(f'PRAGMA table_info("{table}")')}
            wanted = list(columns)
            parts = ", ".join(f'"{name}"' if name in there else f'NULL AS "{name}"' for name in wanted)
            found = self._connection.execute(f'SELECT {parts} FROM "{table}" ORDER BY rowid').fetchall()
        except (sqlite3.Error, OverflowError) as err:
            raise self._damaged(err) from err
        return [dict(zip(wanted, row, strict=True)) for row in found]

    def _damaged(self, err: Exception) -> UserError:
        return UserError(f"{self.place} is a damaged database ({_why(err)}); make a fresh copy with the program closed")


def whole_number(value: object, largest: int = 10**9) -> int | None:
    """The value as a number of 0 to `largest`; null for anything else.

    >>> whole_number("12"), whole_number("-1"), whole_number("twelve"), whole_number(None)
    (12, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, str):
        text = value.strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 10):
            return None
        value = int(text)
    return value if 0 <= value <= largest else None


def decoded(data: bytes) -> str:
    """The text of bytes: UTF-8, UTF-16 with its mark, else Windows-1252 (which some programs still write).

    >>> decoded("Ja, één".encode("utf-16")) == decoded("Ja, één".encode("cp1252")) == "Ja, één"
    True
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _why(err: BaseException) -> str:
    return one_line(str(err).splitlines()[0] if str(err) else type(err).__name__)[:160]
