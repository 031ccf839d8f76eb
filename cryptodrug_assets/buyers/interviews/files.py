"""A file of coded interviews, whatever program wrote it: told by its content, read by its reader."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptodrug_assets.buyers.interviews.containers import LARGEST_FILE, MEGABYTE, Database
from cryptodrug_assets.buyers.interviews.model import Project
from cryptodrug_assets.buyers.interviews.qualcoder import is_qualcoder, read_qualcoder
from cryptodrug_assets.buyers.interviews.refi import read_qde, read_qdpx
from cryptodrug_assets.buyers.interviews.taguette import is_taguette, read_highlights, read_taguette
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import printable

_ZIP, _SQLITE = b"PK", b"SQLite format 3\0"
_KNOWN = "a REFI-QDA project (.qdpx, .qde), QualCoder's data.qda, Taguette's .sqlite3 or highlights.csv"


@dataclass(frozen=True)
class InterviewFile:
    """The bytes of a file, what it is called, and what it says."""

    name: str
    data: bytes
    format: str
    project: Project

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


def open_file(path: Path) -> InterviewFile:
    """Read a file, or the folder of a QualCoder project; UserError in one line for whatever cannot be read."""
    if path.is_dir():
        path = path / "data.qda"
    place = printable(path.name)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UserError(f"{place} is larger than {LARGEST_FILE // MEGABYTE} MB; export the project without media")
        data = path.read_bytes()
        unsaved = path.with_name(f"{path.name}-wal")
        if data.startswith(_SQLITE) and unsaved.is_file() and unsaved.stat().st_size:
            raise UserError(f"{place} is open in its program (there is a {printable(unsaved.name)}); close it first")
    except OSError as err:
        raise UserError(f"{printable(str(path))} cannot be read: {err.strerror}; give one of {_KNOWN}") from err
    return read_bytes(data, place)


def read_bytes(data: bytes, place: str) -> InterviewFile:
    """What the bytes of a file say; `place` is its name in errors."""
    format_, project = _read(data, place)
    return InterviewFile(place, data, format_, project)


def _read(data: bytes, place: str) -> tuple[str, Project]:
    if data.startswith(_ZIP):
        return "qdpx", read_qdpx(data, place)
    if data.startswith(_SQLITE):
        database = Database(data, place)
        if is_qualcoder(database):
            return "qualcoder", read_qualcoder(database)
        if is_taguette(database):
            return "taguette", read_taguette(database)
        raise UserError(f"{place} is a database of another program; give {_KNOWN}")
    plain = data[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if plain.startswith(b"<"):
        return "qde", read_qde(data, place)
    if b"," in plain and place.lower().endswith(".csv"):
        return "highlights", read_highlights(data, place)
    if not data:
        raise UserError(f"{place} is empty; export it again")
    raise UserError(f"{place} is none of the files that are read here; give {_KNOWN}")
