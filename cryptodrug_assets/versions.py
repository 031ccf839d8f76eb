"""Versions by content: of the code that makes a table, and of everything a release names.

A table's code version is the package's version and a hash of the files that compute it, so that a changed method shows
in the UI as outdated and an unchanged one does not. Comments count as well: cheaper than telling them apart.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from cryptodrug_assets.installation import PACKAGE as PACKAGE  # noqa: PLC0414 - those who hash take it from here

_KINDS = (".py", ".csv", ".yaml", ".json", ".html", ".jinja", ".po", ".js", ".css", ".sql", ".ipynb", ".R")
_SHORT = 12


def package_version() -> str:
    """Version of the installed package."""
    return metadata.version("cryptodrug-assets")


@lru_cache
def content_of(part: str) -> str:
    """Hash of a module or a folder of the package ("cleaning", "assets/clean.py"), whatever the order of its files.

    Raises FileNotFoundError when there is no such part.
    """
    root = PACKAGE / part
    files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.suffix in _KINDS)
    if not files:
        raise FileNotFoundError(part)
    return _hashed((path.relative_to(PACKAGE).as_posix(), file_hash(path)) for path in files)


def code_version(*parts: str, stated: Iterable[str] = ()) -> str:
    """Package version and a short hash of the parts, and of what files outside the package state of the method.

    >>> code_version("cleaning/titles") == code_version("cleaning/titles")
    True
    """
    contents = [(part, content_of(part)) for part in parts] + [("stated", text) for text in stated]
    return f"{package_version()}+{_hashed(contents)[:_SHORT]}"


def file_hash(path: Path) -> str:
    """sha256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(texts: Iterable[str]) -> str:
    """One hash of several texts, in their order."""
    return _hashed(("", text) for text in texts)


def _hashed(pairs: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for name, value in pairs:
        digest.update(f"{name}\0{value}\n".encode())
    return digest.hexdigest()
