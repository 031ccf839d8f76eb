"""The home folder and who may read it.

Raw pages, names and secret keys lie in it, and internal tables beside what may be published. So the home and each of
its folders are readable by their owner alone, whatever the umask says. What is published is copied out of it.
"""

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Not the keys: that others could read them has to be told, not mended in silence (pseudonyms.secret_key).
_FOLDERS = ("archive", "tables", "dagster", "reports", "releases", "damaged", "incoming", "restricted", "rates")
_FILES = ("warehouse.duckdb", "warehouse_restricted.duckdb")
_OTHERS = 0o077


def private_home(home: Path) -> None:
    """Make the home where there is none, and close it and what it holds to others; OSError where that cannot be."""
    missing = [folder for folder in (home, *home.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
    if missing:
        home.chmod(0o700)
    for path in (home, *(home / name for name in _FOLDERS), *(home / name for name in _FILES)):
        _close(path)


def private_folder(path: Path) -> None:
    """A folder for its owner alone."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    _close(path)


def write_atomically(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Write a file that is never seen half written, and with rights of its own from its first moment on."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.writing")
    aside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(mode)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def append_line(path: Path, entry: Mapping[str, Any]) -> None:
    """Add an entry to a log of JSON lines, for its owner alone.

    One write of a short line: two writers cannot mix theirs, and neither loses the other's.
    """
    line = json.dumps(entry, ensure_ascii=False) + "\n"
    path.touch(mode=0o600)
    path.chmod(0o600)
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _close(path: Path) -> None:
    """Take others' rights away; folders that are everybody's (/tmp) or somebody else's are left as they are."""
    if not path.exists():
        return
    found = path.stat()
    if found.st_mode & _OTHERS and found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
        path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
