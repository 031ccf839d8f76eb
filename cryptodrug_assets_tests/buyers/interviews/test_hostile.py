"""Files made to do harm, torn files, and mutants of good ones: one line, nothing escapes, nothing is invented."""

import io
import random
import zipfile
from collections.abc import Callable

import pytest

from cryptodrug_assets.buyers.interviews import containers
from cryptodrug_assets.buyers.interviews.files import InterviewFile, read_bytes
from cryptodrug_assets.buyers.interviews.refi_writer import write_qdpx
from cryptodrug_assets.buyers.interviews.synthetic import synthetic_project
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.replica.interviews import synthetic_interviews
from cryptodrug_assets_tests.buyers.interviews.coded_files import (
    NVIVO,
    QUALCODER,
    TAGUETTE,
    TEXT,
    archive_of,
    database,
    members,
)

GOOD = write_qdpx(synthetic_project(synthetic_interviews([f"R{n}" for n in range(10)])))
QDE = NVIVO.replace(' plainTextPath="FILE">', f"><PlainTextContent>{TEXT}</PlainTextContent>").encode()
HIGHLIGHTS = b'id,document,tag,content\r\n1,Talk,use.mdma,"a, b"\r\n1,Talk,price,"a, b"\r\n2,Other,price,c\r\n'
LAUGHS = """<!DOCTYPE Project [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
OUTSIDE = """<!DOCTYPE Project [<!ENTITY x SYSTEM "file:///etc/passwd">]>"""


def with_doctype(doctype: str, use: str = "") -> str:
    return NVIVO.replace("<Project", f"{doctype}<Project", 1).replace('name="p"', f'name="{use}"')


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", b" " * 60_000_000)
    return buffer.getvalue()


def lying_bomb() -> bytes:
    """A member that says it is small and is not."""
    data = bytearray(bomb())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.index(signature)
        data[at + offset : at + offset + 4] = (1000).to_bytes(4, "little")
    return bytes(data)


def locked() -> bytes:
    data = bytearray(archive_of({"project.qde": QDE}))
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.index(signature) + offset] |= 1
    return bytes(data)


def twice() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("project.qde", QDE)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("project.qde", QDE)
    return buffer.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a zip bomb": (bomb, "x.qdpx", "zip bomb"),
    "a zip bomb that lies": (lying_bomb, "x.qdpx", "damaged|larger"),
    "laughs": (lambda: archive_of({"project.qde": with_doctype(LAUGHS, "&b;").encode()}), "x.qdpx", "entities"),
    "laughs in UTF-16": (
        lambda: with_doctype(LAUGHS, "&b;").replace('encoding="utf-8"', 'encoding="utf-16"').encode("utf-16"),
        "x.qde", "entities",
    ),
    "a file of the machine": (lambda: with_doctype(OUTSIDE, "&x;").encode(), "x.qde", "entities"),
    "hidden in UTF-7": (lambda: QDE.replace(b"utf-8", b"UTF-7"), "x.qde", "encoding"),
    "a way up": (lambda: archive_of({"project.qde": QDE, "../../x.txt": b""}), "x.qdpx", "leads out"),
    "a way up, backwards": (lambda: archive_of({"project.qde": QDE, "..\\x.txt": b""}), "x.qdpx", "leads out"),
    "an absolute name": (lambda: archive_of({"/etc/passwd": b"", "project.qde": QDE}), "x.qdpx", "leads out"),
    "locked": (locked, "x.qdpx", "password"),
    "two of a name": (twice, "x.qdpx", "two files of one name"),
    "torn": (lambda: GOOD[: len(GOOD) // 2], "x.qdpx", "torn"),
    "no project": (lambda: archive_of({"a.txt": b"x"}), "x.qdpx", "no project"),
    "two projects": (lambda: archive_of({"a.qde": QDE, "b.qde": QDE}), "x.qdpx", "several projects"),
    "other XML": (lambda: b"<html></html>", "x.qde", "XML is a html"),
    "no end": (lambda: QDE[:-40], "x.qde", "XML is damaged"),
    "deep": (lambda: b"<a>" * 5000, "x.qde", "XML is damaged"),
    "codes of one GUID": (lambda: QDE.replace(b'guid="bb"', b'guid="AA"'), "x.qde", "share one GUID"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_in_one_line(case: str) -> None:
    make, name, said = BAD[case]
    with pytest.raises(UserError, match=said) as raised:
        read_bytes(make(), name)
    text = str(raised.value)
    assert text.startswith(name) and text.isprintable() and len(text) < 400


def test_xml_of_100_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cap is lowered, so that the test is small; the bytes are never given to the parser."""
    monkeypatch.setattr(containers, "LARGEST_XML", 10_000)
    padded = QDE.replace(b"</Project>", b"<!-- -->" * 2_000 + b"</Project>")
    for data, name in ((padded, "x.qde"), (archive_of({"project.qde": padded}), "x.qdpx")):
        with pytest.raises(UserError, match="larger than"):
            read_bytes(data, name)


def test_a_name_that_leads_out_of_the_archive_is_never_followed() -> None:
    xml = NVIVO.replace("FILE", "absolute:///etc/passwd").encode()
    source = read_bytes(archive_of({"project.qde": xml}), "x.qdpx").project.sources[0]
    assert source.text is None and source.review == "the text is not in the file"


def mutant_of(data: bytes, rng: random.Random) -> bytes:
    """The bytes changed: roughly, or gently (a letter or digit for another), of an archive as a whole or a member."""
    change = words_changed if rng.random() < 0.5 else bytes_changed
    if data.startswith(b"PK") and rng.random() < 0.7:
        inside = members(data)
        name = rng.choice(sorted(inside))
        return archive_of(inside | {name: change(inside[name], rng)})
    return change(data, rng)


def words_changed(data: bytes, rng: random.Random) -> bytes:
    made = bytearray(data)
    places = [at for at, byte in enumerate(made) if chr(byte).isascii() and chr(byte).isalnum()]
    for at in rng.sample(places, min(len(places), rng.choice((1, 1, 2, 5)))):
        kind = b"0123456789" if chr(made[at]).isdigit() else b"abcdefABCDEF"
        made[at] = rng.choice(kind)
    return bytes(made)


def bytes_changed(data: bytes, rng: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at = rng.randrange(len(made) or 1)
        how = rng.random()
        if how < 0.4:
            made[at : at + 1] = bytes([rng.randrange(256)])
        elif how < 0.6:
            del made[at : at + rng.choice((1, 3, 50))]
        elif how < 0.8:
            made[at:at] = rng.choice(
                (b"<", b">", b'"', b"&#0;", b"&lt;", b"\xff", b"\xed\xa0\x80", b"-", b"99999999999")
            )
        else:
            other = rng.randrange(len(made) or 1)
            made[at : at + 20] = made[other : other + 20]
    return bytes(made)


ZIPPED = archive_of({"project.qde": NVIVO.replace("FILE", "internal://t.txt").encode(), "sources/t.txt": TEXT.encode()})
SOURCES: dict[str, tuple[bytes, str]] = {
    "qde": (QDE, "x.qde"),
    "project.qde of the ten": (members(GOOD)["project.qde"], "x.qde"),
    "qdpx": (ZIPPED, "x.qdpx"),
    "qualcoder": (database(QUALCODER), "data.qda"),
    "taguette": (database(TAGUETTE), "x.sqlite3"),
    "highlights": (HIGHLIGHTS, "highlights.csv"),
}  # fmt: skip


def check_nothing_invented(file: InterviewFile, most: int) -> None:
    """Every coding has a code of the file's own book and a passage of its own text; there are no more than before."""
    project = file.project
    codings = list(project.codings())
    assert len(codings) <= most
    for _, source, coding in codings:
        assert coding.code in project.codes
        assert (coding.start is None) == (coding.end is None)
        if coding.start is not None and coding.end is not None:
            assert source.text is not None and source.review is None
            assert 0 <= coding.start < coding.end <= len(source.text)
        assert source.score is None or 0 <= source.score <= 1


def mutants(times: int, seed: int) -> None:
    rng = random.Random(seed)
    # A mutant may repeat up to twenty bytes, and so a tag here and there.
    most = {name: 2 * len(list(read_bytes(*source).project.codings())) + 20 for name, source in SOURCES.items()}
    said: set[str] = set()
    outcomes = {name: [0, 0] for name in SOURCES}
    for turn in range(times):
        name = list(SOURCES)[turn % len(SOURCES)]
        data, place = SOURCES[name]
        mutant = mutant_of(data, rng)
        try:
            file = read_bytes(mutant, place)
        except UserError as err:
            said.add(str(err))
            outcomes[name][1] += 1
        else:
            check_nothing_invented(file, most[name])
            outcomes[name][0] += 1
    assert all(line.isprintable() for line in said)
    if times > 500:
        assert all(read and refused for name, (read, refused) in outcomes.items()), outcomes


def test_mutants() -> None:
    mutants(900, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_mutants() -> None:
    mutants(20_000, seed=2)
