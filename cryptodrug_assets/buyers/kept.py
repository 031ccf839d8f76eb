"""The files of a wave as they were imported, in the restricted zone: bytes under their hash, and a list of the import.

Whoever makes the tables of a wave again reads them from here. The list is written last and swapped in by rename: an
import that was interrupted leaves the one before in force.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.storage.home import private_folder, write_atomically

_LIST = "import.json"


@dataclass(frozen=True)
class KeptFile:
    """A file of an import: what it is called where it is read, its bytes, and the name under which they lie."""

    name: str
    data: bytes
    stored_as: str


@dataclass(frozen=True)
class KeptImport:
    """What was imported for a wave and how: the files, what was given with them by hand, options, and when."""

    files: tuple[KeptFile, ...]
    imported_at: datetime
    options: Mapping[str, int] = field(default_factory=dict)
    # The instrument or the list of codes when another than the project's own was given.
    declared: Path | None = None


def digest(data: bytes) -> str:
    """sha256 of bytes, hex."""
    return hashlib.sha256(data).hexdigest()


def keep(
    folder: Path,
    files: Sequence[KeptFile],
    *,
    now: datetime,
    options: Mapping[str, int] | None = None,
    declared: bytes | None = None,
) -> None:
    """Keep the files of an import, for their owner alone; it takes the place of the wave's earlier import.

    Bytes that are there are left as they are. UserError when the folder cannot be written.
    """
    entries = [{"name": file.name, "stored_as": file.stored_as, "sha256": digest(file.data)} for file in files]
    given = None if declared is None else f"declared-{digest(declared)}.yaml"
    text = json.dumps(
        {"imported_at": now.isoformat(), "files": entries, "options": dict(options or {}), "declared": given}, indent=1
    )
    try:
        private_folder(folder.parent)
        private_folder(folder)
        for file in files:
            _write(folder / file.stored_as, file.data)
        if given is not None and declared is not None:
            _write(folder / given, declared)
        write_atomically(folder / _LIST, text + "\n")
    except OSError as err:
        raise UserError(
            f"cannot write to the home folder: {err.strerror}; set CRYPTODRUG_HOME to one you may write to"
        ) from err


def kept(folder: Path, wave: str, only: Callable[[str], bool] = lambda stored_as: True) -> KeptImport | None:
    """The import that is kept in a folder, or those of its files whose stored name `only` takes; None where nobody
    imported anything.

    UserError when one of these files is gone, or its bytes are not those that were imported.
    """
    path = folder / _LIST
    if not path.is_file():
        return None
    try:
        listed = json.loads(path.read_text("utf-8"))
        files = tuple(
            KeptFile(entry["name"], _checked(folder / entry["stored_as"], entry["sha256"]), entry["stored_as"])
            for entry in listed["files"]
            if only(entry["stored_as"])
        )
        given = listed["declared"]
        when = datetime.fromisoformat(listed["imported_at"])
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise UserError(f"the kept files of wave {wave} are gone or not as they were; import them again") from err
    return KeptImport(files, when, listed["options"], None if given is None else folder / given)


def waves_kept(folder: Path) -> list[str]:
    """The waves of which a folder of imports keeps one."""
    return sorted(path.parent.name for path in folder.glob(f"*/{_LIST}"))


def _checked(path: Path, expected: str) -> bytes:
    data = path.read_bytes()
    if digest(data) != expected:
        raise ValueError(f"{path.name} has other bytes")
    return data


def _write(path: Path, data: bytes) -> None:
    """Write bytes that are never seen half written; the same bytes are written once."""
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return
    aside = path.with_name(f".{path.name}.{os.getpid()}.writing")
    aside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
