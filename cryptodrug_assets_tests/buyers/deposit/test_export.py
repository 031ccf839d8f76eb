"""`cryptodrug export ddi|sav|deposit` on the synthetic wave: what is written, what is refused, what comes back."""

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat
import pytest
import yaml
from lxml import etree

from cryptodrug_assets.buyers.deposit import checklists, description, microdata, package
from cryptodrug_assets.buyers.deposit.ddi import Version
from cryptodrug_assets.buyers.deposit.sav import write_sav
from cryptodrug_assets.buyers.survey.formats.reading import read_export
from cryptodrug_assets.buyers.survey.importing import canonical
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.buyers.deposit.schemas import FOLDERS, SCHEMAS
from cryptodrug_assets_tests.buyers.survey.kit import File, form, lime, run, small, wave

Said = pytest.CaptureFixture[str]


def _answers(home: Path) -> pl.DataFrame:
    return TableStore(home / "tables").read("clean", "answers")


def _rows(table: bytes, names: list[str]) -> list[tuple[str, ...]]:
    return sorted(tuple(row[name] for name in names) for row in csv.DictReader(io.StringIO(table.decode())))


def test_the_table_is_the_wave_that_was_made(wave_home: Path) -> None:
    master = wave().master_csv().encode()
    names = [item.name for item in form().items if item.kind != "text"]
    assert len(names) == 80
    assert _rows(microdata.csv_bytes(microdata.wide(_answers(wave_home), form())), names) == _rows(master, names)


def test_sav_has_labels_ranges_measures_and_comes_back(
    wave_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = wave_home / "wave.sav"
    assert run(monkeypatch, "export", "sav", "--wave", "2019", "--out", str(path), "--language", "fr") == 0
    assert path.stat().st_mode & 0o077 == 0
    _, meta = pyreadstat.read_sav(str(path), user_missing=True, output_format="dict")
    assert len(meta.column_names) == 81
    assert meta.variable_value_labels["gender"][2.0] == "femme"
    assert meta.variable_value_labels["gender"][-8.0] == "non montré"
    assert meta.missing_ranges["age"] == [{"lo": -9.0, "hi": -6.0}]
    assert (meta.variable_measure["age"], meta.variable_measure["spend"], meta.variable_measure["gender"]) == (
        "scale", "ordinal", "nominal",
    )  # fmt: skip
    assert str(meta.file_label).startswith("SYNTHETIC")
    # English labels name the states, so the importer gets every answer and every state back.
    table = microdata.wide(_answers(wave_home), form())
    again = canonical(read_export([File("a.sav", write_sav(table, form(), title="SYNTHETIC"))]), form())
    first = _answers(wave_home)
    people = {name: str(at) for at, name in enumerate(sorted(first["respondent"].unique()), start=1)}
    columns = ["respondent", "item", "code", "number", "state"]
    ours = first.with_columns(pl.col("respondent").replace_strict(people)).select(columns)
    back = again.answers.select(columns)
    order = ["respondent", "item"]
    assert back.cast(ours.schema).sort(order).equals(ours.sort(order))


def test_two_builds_have_the_same_bytes_whenever_they_are_made(
    wave_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = microdata.wide(_answers(wave_home), form())
    written = write_sav(table, form(), title="t")
    plain = pyreadstat.write_sav

    def an_hour_later(frame: pl.DataFrame, path: str, **options: Any) -> None:
        plain(frame, path, **options)
        data = bytearray(Path(path).read_bytes())
        data[92:109] = b"31 Dec 2923:59:59"
        Path(path).write_bytes(data)

    monkeypatch.setattr(pyreadstat, "write_sav", an_hour_later)
    assert write_sav(table, form(), title="t") == written
    assert written[92:109] == b"01 Jan 7000:00:00"
    assert written[84:92] == bytes.fromhex("0000000000005940"), "the compression bias, 100.0, is left alone"


@pytest.mark.parametrize("version", FOLDERS)
@pytest.mark.parametrize("counts", [False, True])
def test_ddi_is_valid_and_tells_no_small_count(
    version: Version, counts: bool, wave_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = wave_home / "ddi.xml"
    more = ["--counts"] if counts else []
    assert run(monkeypatch, "export", "ddi", "--wave", "2019", "--out", str(path), "--schema", version, *more) == 0
    document = etree.parse(path)
    assert len(document.findall(".//{*}var")) == 80
    assert len(document.findall(".//{*}varGrp")) == 5
    written = [int(one.text or "") for one in document.iterfind(".//{*}catStat")]
    written += [int(one.text or "") for one in document.iterfind(".//{*}sumStat")]
    assert bool(written) == counts
    assert not [count for count in written if 0 < count < 5]
    folder = SCHEMAS / FOLDERS[version]
    if not folder.is_dir():
        pytest.skip("the schemas are not on this machine")
    schema = etree.XMLSchema(etree.parse(folder / "codebook.xsd"))
    assert schema.validate(document), list(schema.error_log)[:3]


def test_a_hidden_option_hides_its_set(wave_home: Path) -> None:
    described = microdata.variables(microdata.wide(_answers(wave_home), form()), form(), counts=True)
    by_name = {one.name: one for one in described}
    # Four bought for customers: neither they nor the base of the set is told.
    for option in ("own", "friends", "partner_family", "customers"):
        one = by_name[f"purpose_{option}"]
        assert {category.count for category in one.categories} == {None}
        assert (one.valid, one.invalid) == (None, None)


def test_deposit_package(wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    out = wave_home / "deposit"
    command = ("export", "deposit", "--wave", "2019", "--out", str(out))
    assert run(monkeypatch, *command) == 2
    said = capsys.readouterr()
    assert "open: checklist cross: 32 open items" in said.out
    assert "nothing was written" in said.err
    assert not out.exists()
    assert run(monkeypatch, *command, "--draft") == 0
    files = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    sums = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert set(sums) == set(files) - {"SHA256SUMS"}
    assert all(hashlib.sha256(files[name]).hexdigest() == value for name, value in sums.items())
    assert {"data/survey.sav", "data/survey.csv", "ddi.xml", "questionnaire.lss", "codebook.csv"} <= set(files)
    readme = files["README.md"].decode()
    assert "SYNTHETIC" in readme and "DRAFT" in readme and "restricted access only" in readme
    assert all(path.stat().st_mode & 0o077 == 0 for path in out.rglob("*"))
    assert run(monkeypatch, *command, "--draft") == 2, "a folder that exists is not touched"
    assert "exists" in capsys.readouterr().err


def test_metadata_alone_may_go_anywhere_and_holds_no_answer(
    wave_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    out = tmp_path / "outside"
    command = ("export", "deposit", "--wave", "2019", "--out", str(out), "--draft")
    assert run(monkeypatch, *command) == 2
    assert "restricted zone" in capsys.readouterr().err
    assert run(monkeypatch, "export", "sav", "--wave", "2019", "--out", str(tmp_path / "a.sav")) == 2
    assert run(monkeypatch, "export", "ddi", "--counts", "--wave", "2019", "--out", str(tmp_path / "a.xml")) == 2
    assert run(monkeypatch, *command, "--metadata-only") == 0
    assert not (out / "data").exists()
    text = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert not [who for who in _answers(wave_home)["respondent"].unique() if who.encode() in text]
    assert b"catStat" not in text


def test_the_description_for_a_dataverse(wave_home: Path) -> None:
    said = description.load_description("2019")
    whole = said.model_copy(
        update={"authors": ("A. Author",), "contact_email": "data@example.org", "abstract": {"en": "one\ntwo"}}
    )
    made = package.Wave(form(), whole, None, _answers(wave_home), synthetic=True)
    version = json.loads(package.package(made, [], metadata_only=True)["dataset.json"])["datasetVersion"]
    fields = {one["typeName"]: one for one in version["metadataBlocks"]["citation"]["fields"]}
    # What a Dataverse demands of every data set.
    assert {"title", "author", "datasetContact", "dsDescription", "subject"} <= set(fields)
    assert fields["author"]["value"][0]["authorName"]["value"] == "A. Author"
    assert "one<br>two" in fields["dsDescription"]["value"][0]["dsDescriptionValue"]["value"]
    assert all({"typeName", "multiple", "typeClass", "value"} == set(one) for one in fields.values())
    bare = json.loads(package.package(made.__class__(form(), said, None, made.answers, synthetic=True), [],
                                      metadata_only=True)["dataset.json"])  # fmt: skip
    names = {one["typeName"] for one in bare["datasetVersion"]["metadataBlocks"]["citation"]["fields"]}
    assert not names & {"author", "datasetContact"}, "what nobody stated is left out"


def test_nothing_is_open_when_all_is_answered(wave_home: Path) -> None:
    whole = description.load_description("2019").model_copy(
        update={"authors": ("A. Author",), "contact_email": "data@example.org", "licence_name": "CC BY 4.0"}
    )
    answered = [checklists.Line("cross", "1a", "asks", "answered", "page 1")]
    made = package.Wave(form(), whole, None, _answers(wave_home), synthetic=True)
    assert package.open_items(made, answered) == []
    assert "DRAFT" not in package.package(made, answered, metadata_only=True)["README.md"].decode()
    # Real answers need their duties stated, and no title that says SYNTHETIC.
    real = package.Wave(form(), whole, None, made.answers, synthetic=False)
    assert package.open_items(real, answered) == [
        "data_contracts/studies: not stated: approval, legal_basis, retention_until"
    ]
    with pytest.raises(UserError, match="the title says SYNTHETIC"):
        package.package(real, answered, metadata_only=True)


def test_codes_and_numbers_that_mean_missing_are_refused() -> None:
    text = """
instrument: small
wave: "2020"
blocks: [{name: one}]
items:
- {name: place, block: one, kind: single, label: {en: Place}, values: {1: {en: a}, -8: {en: not applicable}}}
"""
    with pytest.raises(UserError, match="item place has the code -8"):
        microdata.columns(small(text))
    numbers = canonical(
        read_export([lime(["1,x,1,en,-7"], "id,submitdate,lastpage,startlanguage,degrees")]),
        small("""
instrument: small
wave: "2020"
blocks: [{name: one}]
items:
- {name: degrees, block: one, kind: number, label: {en: Degrees}}
"""),
    )
    with pytest.raises(UserError, match="degrees has answers of -9 to -6"):
        microdata.wide(numbers.answers, small())


def test_free_text_is_not_deposited_and_the_unknown_stays_empty() -> None:
    rows = ["1,2020-01-01,2,en,1,30,1,0,0,1,CANARY", "2,,,en,,,,,,,"]
    done = canonical(read_export([lime(rows)]), small())
    table = microdata.wide(done.answers, small())
    assert "why" not in table.columns
    written = microdata.csv_bytes(table).decode()
    assert "CANARY" not in written
    states = dict(done.answers.filter(respondent="2").select("item", "state").iter_rows())
    second = table.row(1, named=True)
    unknown = [name for name in table.columns[1:] if states[name] == "unknown_missing"]
    assert unknown
    assert all(second[name] is None for name in unknown)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ddi", "--wave", "2018", "--out", "x.xml"), "wave 2018 has not been imported"),
        (("ddi", "--wave", "2019", "--out", "x.xml", "--schema", "3.3"), "give --schema 2.5 or 2.6"),
        (("ddi", "--wave", "2019", "--out", "nowhere/x.xml"), "cannot write"),
    ],
)
def test_one_line(
    arguments: tuple[str, ...],
    said: str,
    wave_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Said,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "export", *arguments) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("*x.xml*"))


def test_another_instrument_is_refused(
    wave_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    other = tmp_path / "other.yaml"
    document = {
        "instrument": "other", "wave": "2019", "blocks": [{"name": "one"}],
        "items": [{"name": "age", "block": "one", "kind": "number", "label": {"en": "Age"}}],
    }  # fmt: skip
    other.write_text(yaml.safe_dump(document), "utf-8")
    out = ("--out", str(tmp_path / "x.xml"), "--instrument", str(other))
    assert run(monkeypatch, "export", "ddi", "--wave", "2019", *out) == 2
    assert "under another instrument than other" in capsys.readouterr().err
