"""Projects of QualCoder and Taguette as their programs store them."""

import json
import sqlite3
from pathlib import Path

import pytest

from cryptodrug_assets.buyers.interviews import offsets
from cryptodrug_assets.buyers.interviews.files import open_file, read_bytes
from cryptodrug_assets.errors import UserError
from cryptodrug_assets_tests.buyers.interviews.coded_files import QUALCODER, TAGUETTE, database


def test_qualcoder() -> None:
    project = read_bytes(database(QUALCODER), "data.qda").project
    assert project.codes == (("Top", "Middle", "Leaf"), ("Alone",))
    assert project.coders == ("Ann", "Bob")
    said = [(name, coding.code[-1], coding.coder, source.passage(coding)) for name, source, coding in project.codings()]
    assert said == [
        ("Case one", "Leaf", "Ann", "wel."), ("Case one", "Alone", "Bob", "één"), ("Case two", "Leaf", "Ann", None),
    ]  # fmt: skip
    assert project.sources[0].convention == str(offsets.QUALCODER) and project.sources[0].score == 1.0
    assert project.cases[0].variables == (("mode", "voice"),)
    assert project.problems == (("", "a coding names a code that is not in the code book"),)


def test_codes_below_codes_of_newer_versions() -> None:
    script = QUALCODER.replace("color text);", "color text, supercid integer);").replace(
        "2, '', ''), (2, 'Alone', '', NULL, '', '')", "2, '', '', NULL), (2, 'Alone', '', NULL, '', '', 1)"
    )
    assert read_bytes(database(script), "data.qda").project.codes[1] == ("Top", "Middle", "Leaf", "Alone")


def test_positions_that_its_own_text_denies_ask_for_review() -> None:
    shifted = QUALCODER.replace("5, 9, 'Ann'", "2, 6, 'Ann'").replace("15, 18, 'Bob'", "12, 15, 'Bob'")
    source = read_bytes(database(shifted), "data.qda").project.sources[0]
    assert source.review and all(coding.start is None for coding in source.codings)


def test_categories_that_contain_each_other() -> None:
    data = database(QUALCODER, ("UPDATE code_cat SET supercatid = ? WHERE catid = 1", (2,)))
    with pytest.raises(UserError, match="contain each other"):
        read_bytes(data, "data.qda")


def test_a_folder_is_given_and_an_open_project_refused(tmp_path: Path) -> None:
    folder = tmp_path / "Study.qda"
    folder.mkdir()
    (folder / "data.qda").write_bytes(database(QUALCODER))
    assert open_file(folder).format == "qualcoder"
    (folder / "data.qda-wal").write_bytes(b"x")
    with pytest.raises(UserError, match="close it first"):
        open_file(folder)


def test_a_database_in_write_ahead_mode_is_read(tmp_path: Path) -> None:
    path = tmp_path / "data.qda"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(QUALCODER)
    connection.close()
    assert path.read_bytes()[18:20] == b"\x02\x02"
    assert open_file(path).project.coders == ("Ann", "Bob")


def test_taguette() -> None:
    add = "INSERT INTO commands (user_login, payload) VALUES (?, ?)"
    logged = [
        (add, ("ann", json.dumps({"type": "highlight_add", "highlight_id": 1}))),
        (add, ("bob", json.dumps({"type": "highlight_add", "highlight_id": 2}))),
        (add, ("ann", json.dumps({"type": "highlight_add", "highlight_id": 2}))),
        (add, ("ann", json.dumps({"type": "tag_add", "highlight_id": 2}))),
        (add, ("ann", "torn {")),
    ]
    project = read_bytes(database(TAGUETTE, *logged), "project.sqlite3").project
    said = [(coding.code, coding.coder, source.passage(coding)) for _, source, coding in project.codings()]
    assert said == [(("use", "mdma"), "ann", "slot"), (("use", "mdma"), "bob", "drie"), (("price",), "bob", "drie")]
    assert project.sources[0].convention == str(offsets.TAGUETTE)
    assert project.sources[0].text == "Één slot.Twee & drie"
    assert len(project.problems) == 1 and "log of commands" in project.problems[0].what


def test_highlights_have_neither_coder_nor_place() -> None:
    data = b'id,document,tag,content\r\n1,Talk,use.mdma,"a, b"\r\n1,Talk,price,"a, b"\r\n2,Other,price,c\r\n'
    project = read_bytes(data, "highlights.csv").project
    assert [(name, coding.code) for name, _, coding in project.codings()] == [
        ("Talk", ("use", "mdma")), ("Talk", ("price",)), ("Other", ("price",)),
    ]  # fmt: skip
    assert all(coding.coder is None and coding.start is None for _, _, coding in project.codings())


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"id,document,tag\n1,a,b\n", "highlights.csv", "has not the columns"),
        (b"id,document,tag,content\n1,a\n", "highlights.csv", "row 2"),
        (b'id,document,tag,content\n1,a,b,"torn\n', "highlights.csv", "no list of highlights"),
        (database("CREATE TABLE x (a)"), "a.db", "another program"),
        (database(QUALCODER)[:1500], "data.qda", "damaged database"),
        (b"SQLite format 3\0", "data.qda", "not an SQLite"),
        (b"", "x.qdpx", "empty"),
        (b"PK\x03\x04torn", "x.qdpx", "torn"),
        (b"%PDF-1.7", "x.pdf", "none of the files"),
    ],
)
def test_what_cannot_be_read_is_one_line(data: bytes, name: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as raised:
        read_bytes(data, name)
    assert "\n" not in str(raised.value)
