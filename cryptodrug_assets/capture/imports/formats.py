"""What kind of file a capture made by others is.

Both its name and its first bytes are asked, since names are missing or lie. Keep out: reading the pages (incoming.py).
"""

import os
import stat
import zlib
from pathlib import Path
from typing import Literal

_PAGES = (".html", ".htm", ".xhtml")
_PACKED = (".zip", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst")
_SNIFFED = 2048
_HTML_MARKS = (b"<html", b"<!doctype html", b"<head")

Kind = Literal["page", "warc", "wacz", "refused", "other"]


def kind_of(path: Path) -> tuple[Kind, str]:
    """Kind of a file, links followed, and why it cannot be used: `refused` is a capture in another form, or one that
    cannot be read; `other` is no capture at all."""
    name = path.name.lower()
    try:
        # Asked first: opening a pipe would wait for whoever writes to it.
        if not stat.S_ISREG(path.stat().st_mode):
            return "refused", "no regular file"
        with path.open("rb") as file:
            begin = file.read(_SNIFFED)
    except OSError as err:
        return "refused", f"cannot be read ({err.strerror})"
    archived: Kind | None = (
        "wacz" if name.endswith(".wacz") else "warc" if name.endswith((".warc", ".warc.gz")) else None
    )
    page = path.suffix.lower() in _PAGES
    if not begin:
        return ("refused" if archived or page else "other"), "an empty file"
    if archived is not None:
        return archived, ""
    return _by_bytes(begin, name, page=page)


def _by_bytes(begin: bytes, name: str, *, page: bool) -> tuple[Kind, str]:
    plain = _unpacked(begin)
    if plain.startswith(b"WARC/"):
        return "warc", ""
    if plain.startswith(b"filedesc://"):
        return "refused", "ARC, the form before WARC; `warcio recompress OLD.arc.gz NEW.warc.gz` makes a WARC of it"
    if begin.startswith(b"PK\x03\x04") and name.endswith(".zip"):
        return "wacz", ""
    if name.endswith(_PACKED):
        return "refused", "packed; unpack it and give the folder"
    if b"multipart/related" in begin.lower() and b"mime-version:" in begin.lower():
        return "refused", "MHTML, a page and its pictures in one file; save the page as HTML alone"
    if page or any(mark in begin.lower() for mark in _HTML_MARKS):
        return "page", ""
    return "other", "neither HTML, WARC nor WACZ"


def _unpacked(begin: bytes) -> bytes:
    """What a file begins with, gzip undone."""
    if not begin.startswith(b"\x1f\x8b"):
        return begin
    try:
        return zlib.decompressobj(31).decompress(begin, 64)
    except zlib.error:
        return b""


def files_in(folder: Path) -> tuple[list[Path], list[tuple[str, str]]]:
    """Every file of a folder in order, links included and not followed, and each folder that is closed, with why."""
    closed: list[tuple[str, str]] = []

    def note(err: OSError) -> None:
        closed.append((str(err.filename), f"cannot be read ({err.strerror})"))

    found: list[Path] = []
    for where, folders, names in os.walk(folder, onerror=note):
        found += [Path(where, name) for name in names]
        found += [path for path in (Path(where, name) for name in folders) if path.is_symlink()]
    return sorted(found), closed
