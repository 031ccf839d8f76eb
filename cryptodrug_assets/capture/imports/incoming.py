"""Pages in files that others made: WARC(.gz), WACZ and folders of saved HTML, read one by one.

What is readable is handed over, the rest is named in the report. Nothing is unpacked to disk, so no path inside an
archive is ever followed. Keep out: records of WARCs (warc_pages.py), where pages go (importer.py).
"""

import os
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import cast
from urllib.parse import quote

from cryptodrug_assets.capture.archive.verify import MEMBER_LIMIT
from cryptodrug_assets.capture.imports.formats import Kind, files_in, kind_of
from cryptodrug_assets.capture.imports.report import ImportReport
from cryptodrug_assets.capture.imports.saved_times import NameClock
from cryptodrug_assets.capture.imports.warc_pages import ForeignPage, Lookup, warc_pages
from cryptodrug_assets.markets.base import MAX_BODY

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Reading:
    """What reading needs besides the files: where findings are noted, the bodies taken in before, the names' times, and
    who is told how many bytes of the files are read."""

    report: ImportReport
    lookup: Lookup
    names: NameClock
    advance: Callable[[int], None] = lambda _: None


def size_of(path: Path) -> int:
    """Bytes of a file, or of the files of a folder; what cannot be asked counts nothing."""
    files = files_in(path)[0] if path.is_dir() else [path]
    total = 0
    for file in files:
        try:
            total += file.lstat().st_size
        except OSError:  # named when it is read
            continue
    return total


def pages(path: Path, reading: Reading) -> Iterator[ForeignPage]:
    """The pages of a file or folder, links not followed. `folder` of a page is the crawl that its place suggests: the
    folder right below the one that is named, else that one itself."""
    report = reading.report
    if not path.is_dir():
        kind, why = kind_of(path)
        if kind in ("refused", "other"):
            report.refuse(why, str(path))
        else:
            yield from _file(path, kind, Path(path.name), folder_name(path.resolve().parent.name), reading)
        return
    root = path.resolve()
    files, closed = files_in(path)
    for where, why in closed:
        report.refuse(why, where)
    for inside in files:
        if inside.is_symlink():
            report.passed_over["symbolic link"] += 1
            continue
        kind, why = kind_of(inside)
        if kind == "refused":
            report.refuse(why, str(inside))
        elif kind == "other":
            report.passed_over[inside.suffix.lower() or "no ending"] += 1
        else:
            named = inside.resolve().relative_to(root.parent)
            yield from _file(inside, kind, named, folder_name(named.parts[1 if len(named.parts) > 2 else 0]), reading)


def folder_name(name: str) -> str:
    """A folder's name as the name of a sweep."""
    return _UNFIT.sub("-", name)[:40].strip("-.") or "folder"


def _file(path: Path, kind: Kind, named: Path, folder: str, reading: Reading) -> Iterator[ForeignPage]:
    """The pages of one file; a file that cannot be read is named."""
    report = reading.report
    try:
        size = path.stat().st_size
        if kind == "wacz":
            yield from _wacz(path, folder, reading)
            reading.advance(size)
            return
        if kind == "warc":
            with path.open("rb") as stream:
                yield from warc_pages(stream, size, str(path), folder, report, reading.lookup, reading.advance)
            return
        reading.advance(size)
        if size > MAX_BODY:
            report.refuse(f"larger than {MAX_BODY:,} bytes", str(path))
            return
        body, url = path.read_bytes(), f"http://saved.page/{quote(os.fsencode(path.name))}"
        page = ForeignPage(
            str(path), url, body, "text/html", 200, None, folder=folder, named_at=reading.names.read(named)
        )
    except OSError as err:
        report.refuse(f"cannot be read ({err.strerror})", str(path))
        return
    yield page


def _wacz(path: Path, folder: str, reading: Reading) -> Iterator[ForeignPage]:
    """WARC members of a WACZ, read in place; members that leave the archive or unpack to too much are refused."""
    report = reading.report
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as err:
        report.refuse("not a whole WACZ", str(path), f"not a whole WACZ ({err})")
        return
    with archive:
        members = [member for member in archive.infolist() if member.filename.lower().endswith((".warc", ".warc.gz"))]
        if not members:
            report.refuse("holds no WARC; if there are pages in it, unpack it and give the folder", str(path))
        for member in members:
            if member.filename.startswith(("/", "\\")) or ".." in member.filename.replace("\\", "/").split("/"):
                report.refuse("member with a path out of the archive", str(path))
                continue
            origin = f"{path}!{member.filename}"
            if member.flag_bits & 1:
                report.refuse("encrypted", origin)
                continue
            if member.file_size > 100 * max(member.compress_size, 1) + MEMBER_LIMIT:
                told = f"unpacks to {member.file_size:,} bytes from {member.compress_size:,}"
                report.refuse("unpacks to far more than it holds", origin, told)
                continue
            try:
                inner = archive.open(member)
            except (zipfile.BadZipFile, NotImplementedError) as err:
                report.refuse("a member that cannot be unpacked", origin, str(err))
                continue
            with inner:
                stream = cast("BufferedReader", inner)
                yield from warc_pages(stream, member.file_size, origin, folder, report, reading.lookup)
