"""The leak scan: what is planted in any form is found, what is shown anyway is not, and nothing found is repeated."""

import gzip
import json
import zipfile
import zlib
from io import BytesIO

import polars as pl
import pytest

from cryptodrug_assets.publishing.dissemination.leaks import Needles, leaks

NAME, KEY, HOME, HIDDEN = "Planted_Vendor", "0123456789abcdef01234567", "/srv/monitor/home-7", 0.123456789012345
ONION = "a" * 16 + ".onion"
NEEDLES = Needles(
    names=frozenset({NAME, "Two Words"}),
    texts=frozenset({KEY, HOME}),
    hidden=frozenset({HIDDEN, 2 / 3}),
    shown=frozenset({2 / 3}),
)
PLANTED = {
    NAME.lower(): "a name of the restricted zone",
    f"sold by {NAME}.": "a name of the restricted zone",
    "two words": "a name of the restricted zone",
    KEY: "a key, pseudonym or path of the restricted zone",
    HOME: "a key, pseudonym or path of the restricted zone",
    "/home/somebody/data": "a path of a machine",
    f"http://{ONION}/x": "an address of a hidden service",
    "0.123457": "a suppressed value",
    "0.123456789012345": "a suppressed value",
}


def workbook(text: str) -> bytes:
    import openpyxl

    book, out = openpyxl.Workbook(), BytesIO()
    book.active["A1"] = text
    book.save(out)
    return out.getvalue()


def zipped(text: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/a.txt", text)
    return out.getvalue()


def parquet(text: str, *, in_metadata: bool) -> bytes:
    out = BytesIO()
    frame = pl.DataFrame({"a": ["x" if in_metadata else text]})
    frame.write_parquet(out, metadata={"note": text} if in_metadata else {})
    return out.getvalue()


def pdf(text: str, kind: bytes = b"/Type /EmbeddedFile") -> bytes:
    head = b"%PDF-1.7\n1 0 obj\n<< " + kind + b" /Filter /FlateDecode >>\nstream\n"
    return head + zlib.compress(text.encode()) + b"\nendstream\nendobj\n"


def drawn_in_pdf(text: str) -> bytes:
    return pdf(f"BT 20.5 0.125 Td ({text}) Tj ET", kind=b"/Length 99")


FORMS = {
    "a.csv": lambda text: f"x,{text}\n".encode(),
    "a.xlsx": workbook,
    "a.zip": zipped,
    "nested.zip": lambda text: zip_of(workbook(text)),
    "data.parquet": lambda text: parquet(text, in_metadata=False),
    "metadata.parquet": lambda text: parquet(text, in_metadata=True),
    "attached.pdf": pdf,
    "drawn.pdf": drawn_in_pdf,
    "a.json": lambda text: json.dumps({"a": text}).encode(),
    "escaped.json": lambda text: ('{"a": "' + "".join(f"\\u{ord(c):04x}" for c in text) + '"}').encode(),
    "a.svg": lambda text: f'<svg aria-label="{text}"/>'.encode(),
    "escaped.svg": lambda text: ("<svg><desc>" + "".join(f"&#{ord(c)};" for c in text) + "</desc></svg>").encode(),
    "utf16.txt": lambda text: text.encode("utf-16-le"),
    "a.svgz": lambda text: gzip.compress(f"<svg>{text}</svg>".encode()),
}


def zip_of(data: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("book.xlsx", data)
    return out.getvalue()


@pytest.mark.parametrize("form", FORMS)
def test_what_is_planted_is_found_in_every_form(form: str) -> None:
    for text, kind in PLANTED.items():
        found = leaks({form: FORMS[form](text)}, NEEDLES)  # type: ignore[no-untyped-call]
        assert any(line.endswith(kind) for line in found), (form, text)
        assert all(text not in line for line in found)


def test_the_name_of_a_file_is_read_too() -> None:
    assert leaks({f"report/{NAME}.svg": b"<svg/>"}, NEEDLES) == ["a file's name: a name of the restricted zone"]


@pytest.mark.parametrize(
    "text",
    [
        "0.666667", "0.6666666666666666", "0.12346", "0.123456", "1.123457", "12345", "20.12345699999",
        "Planted_Vendor_8", "https://example.org/home/x", "0.123456789012346",
    ],
)  # fmt: skip
def test_what_is_shown_anyway_or_is_another_is_not(text: str) -> None:
    assert leaks({"a.csv": f"x,{text},y\n".encode()}, NEEDLES) == []


def test_places_on_a_page_are_no_numbers() -> None:
    """Where a drawing puts its lines may be any number; what it writes is looked at."""
    assert leaks({"a.pdf": pdf("0.123456 1.234567 m 9.87654 1.234567 l S", kind=b"/Length 99")}, NEEDLES) == []


def test_nothing_is_looked_for_and_nothing_found() -> None:
    assert leaks({"a.csv": b"x,1.234567\n"}, Needles()) == []
