"""Records that are odd in every way: they are named and left out, reading goes on behind them, and it takes no longer
than for whole ones."""

import gzip
import json
import random
import time
from io import BufferedReader, BytesIO
from pathlib import Path

import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.archive.verify import MEMBER_LIMIT, verify
from cryptodrug_assets.capture.imports.foreign_warc import foreign_records
from cryptodrug_assets_tests.capture.importing import CELL, import_pages

GOOD = b"<html>good %d " + b"x" * 300 + b"</html>"
NOTE = {
    "capture_id": "1", "captured_at": "2018-11-05T10:00:00+00:00", "synthetic": False, "context_category": "a",
    "context_page": 1,
}  # fmt: skip


def response(number: int, *, uri: str = "http://m.onion/1", fields: bytes = b"", length: bytes = b"", http: bytes = b"",
             end: bytes = b"\r\n") -> bytes:  # fmt: skip
    """A response record by hand."""
    body = GOOD % number
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + http + b"\r\n" + body
    head = [
        b"WARC/1.0", b"WARC-Type: response", b"WARC-Record-ID: <urn:uuid:%d>" % number,
        b"WARC-Date: 2018-11-05T10:00:%02dZ" % (number % 60), b"WARC-Target-URI: " + uri.encode(),
        b"Content-Type: application/http; msgtype=response", *([fields] if fields else []),
        b"Content-Length: " + (length or b"%d" % len(block)),
    ]  # fmt: skip
    return end.join(head) + end + end + block + b"\r\n\r\n"


def noted(number: int, note: object) -> bytes:
    """A response with a note of ours on it, which holds anything."""
    block = note if isinstance(note, bytes) else json.dumps(note).encode()
    head = (
        "WARC/1.0\r\nWARC-Type: metadata\r\nWARC-Target-URI: urn:capture:1\r\nWARC-Date: 2018-11-05T10:00:00Z\r\n"
        f"WARC-Concurrent-To: <urn:uuid:{number}>\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return response(number) + head.encode() + block + b"\r\n\r\n"


ODD_RECORDS = {
    "lone LF in the address": response(1, uri="http://m.onion/a\nb"),
    "lone CR in the address": response(1, uri="http://m.onion/a\rb"),
    "a length that is a superscript": response(1, length="²".encode()),
    "a length of five thousand digits": response(1, length=b"9" * 5000),
    "a negative length": response(1, length=b"-5"),
    "no length": response(1, length=b" "),
    "a record without end of its head": b"WARC/1.0\r\n" + b"X: y\r\n" * 20_000,
    "a date of year 1": response(1).replace(b"2018-11-05T10:00:01Z", b"0001-01-01T00:00:00Z"),
    "a date of year 9999": response(1).replace(b"2018-11-05T10:00:01Z", b"9999-12-31T23:59:59Z"),
    "a status that is no number": response(1).replace(b"200 OK", b"\xb2\xb2\xb2 OK"),
    "a host that is no address": response(1, uri="http://[::1/"),
    "an encoding nobody knows": response(1, http=b"Content-Encoding: \x1b[31mzstd\r\n"),
    "a body that is no gzip": response(1, http=b"Content-Encoding: deflate\r\n"),
}
ODD_NOTES: dict[str, object] = {
    "page is a list": NOTE | {"context_page": []},
    "page is an object": NOTE | {"context_page": {}},
    "page is 10**30": NOTE | {"context_page": 10**30},
    "page is negative": NOTE | {"context_page": -1},
    "page is a number with a point": NOTE | {"context_page": 1.5},
    "category is a list": NOTE | {"context_category": ["a"]},
    "category is half a character": json.dumps(NOTE).replace('"a"', '"\\ud800"').encode(),
    "category is a novel": NOTE | {"context_category": "a" * 100_000},
    "time is a number": NOTE | {"captured_at": 5},
    "time is null": NOTE | {"captured_at": None},
    "time of year 1": NOTE | {"captured_at": "0001-01-01T00:00:00+14:00"},
    "time of year 9999": NOTE | {"captured_at": "9999-12-31T23:59:59-12:00"},
    "time without a zone": NOTE | {"captured_at": "2018-11-05T10:00:00"},
    "sweep is a path": NOTE | {"sweep_id": "../../x"},
    "sweep is a number": NOTE | {"sweep_id": 7},
    "synthetic is a word": NOTE | {"synthetic": "no"},
    "a list": [],
    "a string": "x",
    "nested without end": b"[" * 200_000,
    "no JSON": b"\xff\xfe",
    "nothing": b"",
}


@pytest.mark.parametrize("packing", ["plain", "by record", "as a whole"])
@pytest.mark.parametrize("name", ODD_RECORDS)
def test_behind_an_odd_record_reading_goes_on(tmp_path: Path, name: str, packing: str) -> None:
    records = [response(10), ODD_RECORDS[name], response(11), response(12)]
    path = tmp_path / "a.warc.gz"
    if packing == "by record":
        path.write_bytes(b"".join(gzip.compress(record) for record in records))
    else:
        path.write_bytes(b"".join(records) if packing == "plain" else gzip.compress(b"".join(records)))
    report = import_pages(tmp_path / "archive", path)
    bodies = {page.body for page in read_pages(tmp_path / "archive", index_frame(tmp_path / "archive", *CELL))}
    assert {GOOD % 10, GOOD % 11, GOOD % 12} <= bodies
    assert GOOD % 1 not in bodies or name.startswith("a status")
    assert report.imported == 3
    assert len(report.refused) + report.passed_over.total() == 1
    assert verify(tmp_path / "archive", *CELL).problems == []


@pytest.mark.parametrize("name", ODD_NOTES)
def test_an_odd_note_is_named_and_the_page_kept_without_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(response(10) + noted(20, ODD_NOTES[name]) + response(11))
    report = import_pages(tmp_path / "archive", path)
    assert report.imported == 3
    assert len(report.refused) == 1
    assert "note on a page is odd" in report.refused[0]
    frame = index_frame(tmp_path / "archive", *CELL)
    assert frame["context_page"].null_count() == 3
    assert frame["context_category"].null_count() == 3


def test_a_right_note_is_used(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(noted(20, NOTE))
    assert import_pages(tmp_path / "archive", path).refused == []
    assert index_frame(tmp_path / "archive", *CELL).select("context_category", "context_page").row(0) == ("a", 1)


def test_bare_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(response(10, end=b"\n") + response(11, end=b"\n"))
    report = import_pages(tmp_path / "archive", path)
    assert (report.imported, report.refused) == (2, [])


@pytest.mark.parametrize("packed", [False, True])
def test_no_mutation_of_a_file_ends_an_import(tmp_path: Path, packed: bool) -> None:
    """Three hundred files, each damaged in a way of its own: no exception, and no page that was not in the file."""
    draw = random.Random(20261128)
    whole = [response(n) for n in range(4)] + [noted(4, NOTE), response(5)]
    original = {GOOD % n for n in range(6)}
    tokens = (
        b"\r\n\r\n",
        b"\n",
        b"\r",
        b"WARC/1.0\r\n",
        b"Content-Length: 99\r\n",
        b"\x00",
        b"\xff",
        "²".encode(),
        b"{",
        b"[" * 999,
    )
    for number in range(300):
        data = bytearray(b"".join(map(gzip.compress, whole)) if packed else b"".join(whole))
        for _ in range(draw.randint(1, 6)):
            at, size = draw.randrange(len(data)), draw.randint(0, 40)
            kind = draw.randrange(4)
            if kind == 0:
                data[at] = draw.randrange(256)
            elif kind == 1:
                del data[at : at + size]
            elif kind == 2:
                data[at:at] = draw.choice(tokens)
            else:
                other = draw.randrange(len(data))
                data[at:at] = data[other : other + size]
        path = tmp_path / "files" / f"{number:03d}.warc{'.gz' if packed else ''}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(data))
    # All in one archive: a page that is known is not written again, so that this is quick.
    import_pages(tmp_path / "archive", tmp_path / "files")
    assert verify(tmp_path / "archive", *CELL).problems == []
    bodies = {page.body for page in read_pages(tmp_path / "archive", index_frame(tmp_path / "archive", *CELL))}
    assert original <= bodies
    if packed:  # every member has a checksum
        assert bodies == original


def _seconds(data: bytes) -> float:
    began = time.process_time()
    for _ in foreign_records(BufferedReader(BytesIO(data)), MEMBER_LIMIT):
        pass
    return time.process_time() - began


@pytest.mark.parametrize(
    "piece",
    [
        b"WARC/1.",
        b"WARC/1.0\n",
        b"WARC/1.0\r\nA: b\r\n",
        b"WARC/1.0\nContent-Length: 99999999\n\n",
        b"WARC/1.0\nContent-Length: 9999999999\n\n",
        b"\x1f\x8b\x08",
        b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
        b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x00\x20\x00\xdf\xff" + b"x" * 32,
    ],
)
def test_time_is_linear_in_what_is_damaged_everywhere(piece: bytes) -> None:
    """Eight times as much takes not much more than eight times as long: quadratic would be 64 times."""
    small = piece * ((1 << 16) // len(piece))
    assert _seconds(small * 8) < 20 * max(_seconds(small), 0.02)
    assert _seconds(gzip.compress(small * 8)) < 20 * max(_seconds(gzip.compress(small)), 0.02)
