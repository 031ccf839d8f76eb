"""Files as institutes have them: saved again in a spreadsheet, columns moved, old versions, parts alone, twice."""

import csv
import io
import random
import zipfile
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from cryptodrug_assets.buyers.survey import draft, instrument
from cryptodrug_assets.buyers.survey.formats.door import File, unzip
from cryptodrug_assets.buyers.survey.formats.limesurvey_structure import read_structure
from cryptodrug_assets.buyers.survey.formats.reading import read_export, read_for_draft
from cryptodrug_assets.buyers.survey.importing import canonical
from cryptodrug_assets.errors import UserError
from cryptodrug_assets_tests.buyers.survey.kit import files, form, imported, run

Rows = list[list[str]]
TABLES = (
    "limesurvey_csv_codes", "limesurvey_csv_full", "limesurvey_csv_full_fr", "qualtrics_legacy", "qualtrics_2016",
    "qualtrics_today", "kobo_csv_alone",
)  # fmt: skip
HEADER_LINES = {"qualtrics_legacy": 2, "qualtrics_2016": 3, "qualtrics_today": 3}


def _rows(data: bytes) -> Rows:
    text = data.decode("utf-8-sig")
    head = text.split("\n", 1)[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _saved(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


def _answers(given: list[File]) -> pl.DataFrame:
    return canonical(read_export(given), form()).answers.sort("respondent", "item")


def _expected(name: str) -> pl.DataFrame:
    return imported(name).answers.sort("respondent", "item")


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8"), ("\t", "utf-16"), (",", "utf-8-sig")])
def test_saved_again_by_a_spreadsheet(name: str, delimiter: str, encoding: str) -> None:
    data = _saved(_rows(files(name)[0].data), delimiter, encoding)
    assert _answers([File("again.csv", data)]).equals(_expected(name))


@pytest.mark.parametrize("name", TABLES)
def test_a_line_that_names_the_delimiter(name: str) -> None:
    data = b"sep=;\r\n" + _saved(_rows(files(name)[0].data), ";")
    assert _answers([File("again.csv", data)]).equals(_expected(name))


@pytest.mark.parametrize("name", TABLES)
def test_moved_columns_and_rows(name: str) -> None:
    rows = _rows(files(name)[0].data)
    order = list(range(len(rows[0])))
    random.Random(name).shuffle(order)
    assert order[0] != 0, "the id is no longer first"
    lines = HEADER_LINES.get(name, 1)
    body = rows[lines:]
    random.Random(name).shuffle(body)
    if not rows[0][-1]:  # the trailing empty column stays at the end
        order.remove(len(order) - 1)
        order.append(len(order))
    moved = [[row[at] for at in order] for row in (*rows[:lines], *body)]
    assert _answers([File("moved.csv", _saved(moved))]).equals(_expected(name))


def test_the_legacy_dialect_has_a_mark_and_a_trailing_empty_column() -> None:
    data = files("qualtrics_legacy")[0].data
    assert data.startswith(b"\xef\xbb\xbfV1,")
    assert all(row[-1] == "" for row in _rows(data))
    assert read_export(files("qualtrics_legacy")).dialect == "qualtrics_legacy"


@pytest.mark.parametrize("name", TABLES)
def test_one_wave_twice(name: str) -> None:
    (file,) = files(name)
    with pytest.raises(UserError, match="2 were given"):
        read_export([file, File("again.csv", file.data)])
    rows = _rows(file.data)
    with pytest.raises(UserError, match="stands twice; give one export of the wave, not two"):
        read_export([File("both.csv", _saved([*rows, *rows[HEADER_LINES.get(name, 1) :]]))])


# ---- REDCap ----


def _redcap(change: Rows, **more: str) -> list[File]:
    return [files("redcap")[0], File("data.csv", _saved(change, **more))]


def _with_redcap(names: list[str], values: dict[int, list[str]]) -> Rows:
    rows = _rows(files("redcap")[1].data)
    blank = [""] * len(names)
    return [[row[0], *(values.get(at, blank) if at else names), *row[1:]] for at, row in enumerate(rows)]


def test_redcap_repeats_are_named() -> None:
    names = ["redcap_repeat_instrument", "redcap_repeat_instance"]
    with pytest.raises(UserError, match="holds repeated forms; export one wave's form without repeats"):
        read_export(_redcap(_with_redcap(names, {5: ["use", "1"]})))
    assert _answers(_redcap(_with_redcap(names, {}))).equals(_expected("redcap")), "columns that hold nothing"


def test_redcap_events_are_named() -> None:
    rows = _with_redcap(["redcap_event_name"], {at: ["baseline_arm_1"] for at in range(1, 200)})
    assert _answers(_redcap(rows)).equals(_expected("redcap"))
    later = [[row[0], "later_arm_1", *row[2:]] for row in rows[1:]]
    with pytest.raises(UserError, match="holds several events"):
        read_export(_redcap([*rows, *later]))


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-16")])
def test_redcap_saved_again_with_the_record_moved(delimiter: str, encoding: str) -> None:
    rows = [[*row[1:], row[0]] for row in _rows(files("redcap")[1].data)]
    assert _answers(_redcap(rows, delimiter=delimiter, encoding=encoding)).equals(_expected("redcap"))


# ---- LimeSurvey ----


def _old_structure(data: bytes) -> bytes:
    """The structure as versions before DBVersion 350 have it: a row a language, texts in the row, no table of texts."""
    root = etree.fromstring(data)
    root.find("DBVersion").text = "178"
    for table, texts, key in (
        ("questions", "question_l10ns", "qid"), ("subquestions", "question_l10ns", "qid"),
        ("answers", "answer_l10ns", "aid"), ("groups", "group_l10ns", "gid"),
    ):  # fmt: skip
        said: dict[str, list[dict[str, str]]] = {}
        for row in root.find(texts).iter("row"):
            cells = {cell.tag: cell.text or "" for cell in row if cell.tag != "id"}
            said.setdefault(cells[key], []).append(cells)
        parent = root.find(table).find("rows")
        for row in list(parent):
            parent.remove(row)
            for one in said[row.findtext(key)]:
                again = etree.SubElement(parent, "row")
                cells = {cell.tag: cell.text or "" for cell in row} | one
                if table == "answers":
                    cells.pop("aid")
                for name, text in cells.items():
                    etree.SubElement(again, name).text = text
    for texts in ("question_l10ns", "answer_l10ns", "group_l10ns"):
        root.remove(root.find(texts))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def test_before_dbversion_350_texts_stand_in_the_questions() -> None:
    structure, responses = files("limesurvey_parts")
    old = _old_structure(structure.data)
    assert b"l10ns" not in old
    assert len(old) > len(structure.data) / 2
    first, second = read_structure(old, "old"), read_structure(structure.data, "new")
    assert first.columns == second.columns
    assert first.groups == second.groups
    assert any(column.labels for column in first.columns.values())
    given = [File("old.lss", old), responses]
    assert _answers(given).equals(_expected("limesurvey_parts"))


def test_a_structure_alone_makes_a_draft_and_no_wave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path / "home"))
    structure, responses = (tmp_path / file.name for file in files("limesurvey_parts"))
    structure.write_bytes(files("limesurvey_parts")[0].data)
    responses.write_bytes(files("limesurvey_parts")[1].data)
    assert run(monkeypatch, "survey", "import", str(structure), "--wave", "2019") == 2
    said = capsys.readouterr().err
    assert "0 tables of responses (.lsr)" in said and "cryptodrug survey draft" in said and said.count("\n") == 1
    drafted = tmp_path / "draft.yaml"
    assert run(monkeypatch, "survey", "draft", str(structure), "--wave", "2019", "--out", str(drafted)) == 0
    made = instrument.load_file(drafted)
    kinds = {item.name: item.kind for item in made.items}
    assert (kinds["age"], kinds["gender"], kinds["use12m_mdma"]) == ("number", "single", "multi")
    assert [choice.label["en"] for choice in made.by_name["gender"].values] == ["man", "woman", "other"]
    assert made.by_name["freqcannabis"].universe
    # The draft reads the responses that come later.
    command = ("survey", "import", str(structure), str(responses), "--wave", "2019", "--instrument", str(drafted))
    assert run(monkeypatch, *command, "--dry-run") == 0
    assert "99 respondents" in capsys.readouterr().out


def test_arrays_of_a_structure_alone_are_no_boxes() -> None:
    data = b"""<document><LimeSurveyDocType>Survey</LimeSurveyDocType><languages><language>en</language></languages>
<answers><rows><row><qid>2</qid><code>1</code><answer>low</answer><language>en</language></row></rows></answers>
<questions><rows><row><qid>2</qid><sid>1</sid><gid>1</gid><type>F</type><title>risk</title><question>Risk</question>
<language>en</language></row></rows></questions><subquestions><rows><row><qid>3</qid><parent_qid>2</parent_qid>
<title>law</title><question>Law</question><language>en</language></row></rows></subquestions></document>"""
    made = draft.draft(read_for_draft([File("a.lss", data)]), name="d", wave="2020")
    assert "kind: single" in made
    assert "kind: multi" not in made


def _archive(change: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (unzip(files("limesurvey_lsa")[0]) | change).items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("name", ["survey_1_tokens.lst", "export/SURVEY_1_TOKENS.LST", "survey_1_people.xml"])
def test_the_table_of_participants_is_refused_by_name(name: str) -> None:
    row = b"<row><tid>1</tid><firstname>CANARY</firstname><email>canary@example.org</email></row>"
    table = b"<document><LimeSurveyDocType>Tokens</LimeSurveyDocType><tokens><rows>%s</rows></tokens></document>"
    with pytest.raises(UserError) as caught:
        read_export([File("a.lsa", _archive({name: table % row}))])
    assert name in str(caught.value) and "persons are refused" in str(caught.value)
    assert "anary" not in str(caught.value)
    assert _answers([File("a.lsa", _archive({name: table % b""}))]).equals(_expected("limesurvey_lsa")), "an empty one"


@pytest.mark.parametrize("cut", [10, 100, 5_000, -5])
def test_a_broken_archive(cut: int) -> None:
    with pytest.raises(UserError, match="torn archive"):
        read_export([File("a.lsa", files("limesurvey_lsa")[0].data[:cut])])


def test_an_archive_whose_checksum_is_wrong() -> None:
    data = bytearray(files("limesurvey_lsa")[0].data)
    data[len(data) // 3] ^= 0xFF
    with pytest.raises(UserError, match="torn archive"):
        read_export([File("a.lsa", bytes(data))])
