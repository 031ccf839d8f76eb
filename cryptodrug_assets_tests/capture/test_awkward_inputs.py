"""Imports as people try them: other formats, odd names, closed folders, empty files. Each is one line."""

import gzip
import io
import json
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.markets.base import Discovery
from cryptodrug_assets_tests.capture.command import run
from cryptodrug_assets_tests.capture.importing import CELL, import_pages
from cryptodrug_assets_tests.capture.site import SiteMarket

DAY = datetime(2018, 11, 5, 10, tzinfo=UTC)
BODY = b"<html><title>old</title>page %d</html>"
_INFO = (
    b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Type: application/warc-fields\r\nWARC-Date: 2018-11-05T10:00:00Z\r\n"
    b"WARC-Record-ID: <urn:uuid:a>\r\nContent-Length: 26\r\n\r\nsoftware: Wget/1.21 (gnu)\n\r\n\r\n"
)


def _record(number: int, *, kind: str = "response", date: str = "2018-11-05T10:00:00Z", uri: str = "") -> bytes:
    """A record as wget 1.21 writes it: WARC 1.0, the target in angle brackets."""
    body = BODY % number
    block = body if kind == "resource" else b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    media = "text/html" if kind == "resource" else "application/http;msgtype=response"
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
        f"WARC-Target-URI: <{uri or f'http://m.onion/{number}'}>\r\nWARC-Date: {date}\r\nContent-Type: {media}\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


WGET = _INFO + b"".join(_record(number) for number in range(3))


def _zipped(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as bundle:
        for name, content in members.items():
            bundle.writestr(name, content)
    return data.getvalue()


def _tarred() -> bytes:
    data = io.BytesIO()
    # Without the time of day: the bytes are part of the tests' names.
    with gzip.GzipFile(fileobj=data, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as bundle:
        bundle.addfile(tarfile.TarInfo("2018-11-06/a.html"), io.BytesIO(b""))
    return data.getvalue()


_BUNDLE = _zipped({"archive/data.warc.gz": gzip.compress(WGET, mtime=0)})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("wget.warc", WGET),
        ("named like nothing", WGET),
        ("packed as a whole.warc.gz", gzip.compress(WGET, mtime=0)),
        ("named like nothing, packed", gzip.compress(WGET, mtime=0)),
        ("not packed.warc.gz", WGET),
        ("packed.warc", gzip.compress(WGET, mtime=0)),
        ("UPPER.WARC.GZ", gzip.compress(WGET, mtime=0)),
        ("no index.wacz", _BUNDLE),
        ("plain.zip", _BUNDLE),
    ],
)
def test_a_warc_by_any_name_is_imported(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    report = import_pages(tmp_path / "archive", path)
    assert (report.imported, report.refused) == (3, [])
    found = {page.body for page in read_pages(tmp_path / "archive", index_frame(tmp_path / "archive", *CELL))}
    assert found == {BODY % number for number in range(3)}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.html", b"", "an empty file"),
        ("a.warc.gz", b"", "an empty file"),
        ("a.wacz", b"", "an empty file"),
        ("a", b"", "an empty file"),
        ("a.arc", b"filedesc://x.arc 0.0.0.0 20181105100000 text/plain 77\n<html>", "ARC, the form before WARC"),
        ("a.arc.gz", gzip.compress(b"filedesc://x.arc 0.0.0.0", mtime=0), "ARC, the form before WARC"),
        ("a.mhtml", b"MIME-Version: 1.0\nContent-Type: multipart/related;\n\n<html>x</html>", "MHTML"),
        ("a.zip", _zipped({"2018-11-06.html": b"<html>x</html>"}), "holds no WARC; if there are pages in it, unpack"),
        ("a.wacz", _zipped({"inner.wacz": _BUNDLE}), "holds no WARC; if there are pages in it, unpack"),
        ("a.tar.gz", _tarred(), "packed; unpack it and give the folder"),
        ("a.html.gz", gzip.compress(b"<html>x</html>", mtime=0), "packed; unpack it and give the folder"),
        ("a.txt", b"no markup", "neither HTML, WARC nor WACZ"),
        ("a.warc", _INFO + _record(1, date="yesterday"), "WARC-Date 'yesterday' is no time"),
        ("a.warc", _INFO + _record(1, uri="http://[m.onion/"), "WARC-Target-URI is no address"),
        ("a.warc", _INFO + _record(1, date="0001-01-01T00:00:00+14:00"), "out of range"),
    ],
)
def test_what_cannot_be_imported_is_one_line(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    # A time is given: not even then is a file taken for a page that it is not.
    report = import_pages(tmp_path / "archive", path, captured_at=DAY)
    assert report.imported == 0
    assert len(report.refused) == 1
    assert why in report.refused[0]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.html")
    assert import_pages(tmp_path / "archive", tmp_path / "pipe.html").refused == [
        f"{tmp_path}/pipe.html: no regular file"
    ]


def test_names_of_any_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "saved é" / "2018-11-07"
    folder.mkdir(parents=True)
    names = [b"caf\xe9 latin.html", "страница 1.html".encode(), b"two words%20.html", b"line\nbreak.html"]
    for number, name in enumerate(names):
        (folder / os.fsdecode(name)).write_bytes(BODY % number)
    report = import_pages(tmp_path / "archive", tmp_path / "saved é")
    assert (report.imported, report.refused) == (4, [])
    frame = index_frame(tmp_path / "archive", *CELL)
    assert set(frame["url"]) == {
        "http://saved.page/caf%E9%20latin.html",
        "http://saved.page/%D1%81%D1%82%D1%80%D0%B0%D0%BD%D0%B8%D1%86%D0%B0%201.html",
        "http://saved.page/two%20words%2520.html",
        "http://saved.page/line%0Abreak.html",
    }
    origins = {json.loads(text)["origin"] for text in frame["provenance"]}
    assert r"caf\xe9 latin.html" in origins
    assert all(origin.encode() for origin in origins)
    assert {page.body for page in read_pages(tmp_path / "archive", frame)} == {BODY % n for n in range(4)}
    assert verify(tmp_path / "archive", *CELL).problems == []


def test_links_are_not_followed_and_counted(tmp_path: Path) -> None:
    folder = tmp_path / "loop" / "2018-11-09"
    folder.mkdir(parents=True)
    (folder / "a.html").write_bytes(BODY % 1)
    (folder / "up").symlink_to("..")
    (folder / "self.html").symlink_to("self.html")
    (folder / "dead.html").symlink_to("nowhere")
    (folder / "again.html").symlink_to("a.html")
    report = import_pages(tmp_path / "archive", tmp_path / "loop")
    assert (report.imported, report.refused) == (1, [])
    assert report.passed_over == {"symbolic link": 4}


def test_closed_folders_and_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "2018-11-09"
    for name in ("open/a.html", "closed/b.html", "open/c.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(BODY % 1)
    if os.geteuid() != 0:
        (folder / "closed").chmod(0)
        (folder / "open" / "c.html").chmod(0)
    else:  # nothing is closed to root: the system's answer is put in its place

        def refuse(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(path: Any, *args: Any, **kwargs: Any) -> Any:
                if Path(path).name in ("closed", "c.html"):
                    raise PermissionError(13, "Permission denied", str(path))
                return real(path, *args, **kwargs)

            return call

        monkeypatch.setattr(os, "scandir", refuse(os.scandir))
        monkeypatch.setattr(Path, "open", refuse(Path.open))
    report = import_pages(tmp_path / "archive", folder)
    (folder / "closed").chmod(stat.S_IRWXU)
    assert report.imported == 1
    assert report.refused == [f"2 times: cannot be read (Permission denied) (first: {folder}/closed)"]


def test_pages_kept_as_files_in_a_warc_are_imported_and_what_is_no_page_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    shot = _record(2, kind="resource", uri="urn:view:http://m.onion/2")
    picture = _record(3).replace(b"text/html; charset=utf-8", b"image/png; charset=utf-8")
    path.write_bytes(_INFO + _record(1, kind="resource") + shot + picture)
    report = import_pages(tmp_path / "archive", path)
    assert (report.imported, report.refused) == (1, [])
    assert report.passed_over == {"text/html": 1, "image/png": 1}
    pages = list(read_pages(tmp_path / "archive", index_frame(tmp_path / "archive", *CELL)))
    assert [page.body for page in pages] == [BODY % 1]


def test_a_refused_file_is_one_line_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"two\nlines \x1b[31m caf\xe9.html")).write_bytes(b"")
    done = run(tmp_path, "import-archive", "--market", CELL[0], "--month", CELL[1], str(tmp_path))
    assert done.returncode == 2
    assert r"two\nlines \x1b[31m caf\udce9.html: an empty file" in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[-1].startswith("error: nothing was imported")


class _Fails(SiteMarket):
    def discover(self, body: bytes, **_: Any) -> Discovery:
        """A market module with a fault."""
        raise RecursionError


def test_a_page_its_market_module_fails_on_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cryptodrug_assets_tests.capture.importing.SiteMarket", _Fails)
    (tmp_path / "2018-11-09.html").write_bytes(BODY % 1)
    report = import_pages(tmp_path / "archive", tmp_path / "2018-11-09.html")
    assert report.imported == 1
    assert index_frame(tmp_path / "archive", *CELL)["page_kind"].to_list() == ["unknown"]
