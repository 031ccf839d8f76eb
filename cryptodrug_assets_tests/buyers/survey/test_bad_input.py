"""Hostile and torn files: one line with cause and next step, nothing written, no entity resolved, no person let in."""

import io
import random
import zipfile
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.buyers.survey.formats.door import File, unzip
from cryptodrug_assets.buyers.survey.formats.reading import read_export
from cryptodrug_assets.buyers.survey.importing import canonical
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.replica.survey.files import EXPORTS, write_export
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.buyers.survey.kit import few, files, form, run, wave


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _lsa() -> dict[str, bytes]:
    return unzip(files("limesurvey_lsa")[0])


def _with_entity(body: bytes) -> dict[str, bytes]:
    members = _lsa()
    name = next(one for one in members if one.endswith(".lsr"))
    members[name] = members[name].replace(b"<document>", body + b"<document>", 1)
    return members


BOMB = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(8)
) + b"]>"  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([File("a.lsa", _zip({"../../x.lss": b"x"}))], "names a file outside itself"),
        ([File("a.lsa", _zip({"/etc/x.lss": b"x"}))], "names a file outside itself"),
        ([File("a.lsa", _zip({"C:\\x.lss": b"x"}))], "names a file outside itself"),
        ([File("a.lsa", _zip({"x.lss": b"\0" * 70_000_000}))], "unpacks to more than 64 MB"),
        ([File("a.lsa", _zip({f"{at}.txt": b"" for at in range(2_100)}))], "which no survey archive does"),
        ([File("a.lsa", _zip(_with_entity(BOMB)))], "declares a document type or entities"),
        (
            [File("a.lsa", _zip(_with_entity(b'<!DOCTYPE d SYSTEM "http://192.0.2.1/x.dtd">')))],
            "document type or entities",
        ),
        ([File("a.lsa", _zip(_with_entity(b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>')))], "refused"),
        ([File("a.lsa", files("limesurvey_lsa")[0].data[:4000])], "is a torn archive"),
        ([File("a.lsa", _zip({"note.txt": b"hello"}))], "holds 0 structures"),
        ([File("a.lsa", _zip({**_lsa(), "b.lsr": _lsa()["survey_201911_responses.lsr"]}))], "2 tables of responses"),
        ([File("a.lsr", files("limesurvey_parts")[1].data[:9000]), files("limesurvey_parts")[0]], "torn or no XML"),
        ([files("limesurvey_parts")[0]], "0 tables of responses"),
        ([File("a.csv", b"")], "is empty"),
        ([File("a.csv", b"\x00\x01\x02\x03")], "bytes that are no text"),
        ([File("a.csv", b"hello\nworld\n")], "is no survey export that is known"),
        ([File("a.csv", b"id,lastpage,q\n1,2\n")], "row 2 has 2 cells and the header 3"),
        ([File("a.csv", b"id,lastpage,q,q\n1,2,3,4\n")], "two columns are called q"),
        ([File("a.csv", b"id,lastpage,q,q2\n")], "holds no response"),
        ([File("a.csv", b"\xff\xfei\x00d\x00,")], "is torn"),
        ([File("a.csv", b'ResponseId,q\nid,text\n"{""ImportId"":""x""}"\n1,2\n')], "header lines differ in width"),
        ([File("a.sav", b"$FL2" + b"\0" * 300)], "is torn"),
        ([File("a.sav", files("spss_sav")[0].data[:5000])], "is torn"),
        ([File("a.qsf", b'{"SurveyElements": ['), files("qualtrics_today")[0]], "torn JSON"),
        ([File("a.qsf", b'{"SurveyElements": []}'), files("qualtrics_today")[0]], "holds no question"),
        ([File("a.xlsx", _zip({"xl/workbook.xml": b"<x/>"}))], "torn workbook"),
        ([File("a.xlsx", _zip({"xl/workbook.xml": BOMB + b"<x/>"}))], "declares entities"),
        ([files("redcap")[1]], "give the data dictionary with it"),
        ([files("limesurvey_r")[0]], "its data file is needed and 0 were given"),
        ([files("limesurvey_r")[0], files("limesurvey_spss")[1]], "does not fit"),
        ([files("limesurvey_lsa")[0], files("limesurvey_lsa")[0]], "one archive at a time"),
        ([files("limesurvey_csv_codes")[0], files("qualtrics_today")[0]], "2 were given"),
        ([], "no file given"),
    ],
)
def test_one_line_with_cause_and_next_step(given: list[File], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        canonical(read_export(given), form())
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


# ---- persons ----


def _with_column(name: str, value: str) -> File:
    lines = files("limesurvey_csv_codes")[0].data.decode().splitlines()
    return File("a.csv", "\n".join([f'{lines[0]},"{name}"', *(f'{line},"{value}"' for line in lines[1:])]).encode())


@pytest.mark.parametrize(
    "name",
    [
        "ipaddr",
        "IP address",
        "IP-adres",
        "Adresse IP",
        "token",
        "email",
        "E-mailadres",
        "refurl",
        "Referrer URL",
        "attribute_1",
        "firstname",
        "Naam",
        "LocationLatitude",
        "_geolocation",
        "gps_latitude",
        "User agent",
        "username",
        "deviceid",
    ],
)
def test_columns_of_persons_are_refused_by_name(name: str) -> None:
    with pytest.raises(UserError, match="columns of persons are refused") as caught:
        read_export([_with_column(name, "CANARY")])
    assert name in str(caught.value)
    assert "CANARY" not in str(caught.value)
    assert "export again without them" in str(caught.value)
    assert read_export([_with_column(name, "")]).emptied == (name,)


def test_the_participant_table_of_an_archive_is_refused() -> None:
    rows = b"<tokens><rows><row><email>CANARY</email></row></rows></tokens>"
    tokens = b"<document><LimeSurveyDocType>Tokens</LimeSurveyDocType>" + rows + b"</document>"
    with pytest.raises(UserError, match="table of participants") as caught:
        read_export([File("a.lsa", _zip({**_lsa(), "survey_1_tokens.lst": tokens}))])
    assert "CANARY" not in str(caught.value)


def test_identifiers_of_redcap_are_refused() -> None:
    dictionary, data = files("redcap")
    lines = dictionary.data.decode().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("age,"))
    cells = lines[at].split(",")
    cells[10] = "y"
    lines[at] = ",".join(cells)
    with pytest.raises(UserError, match="columns of persons are refused: age"):
        read_export([File("d.csv", "\n".join(lines).encode()), data])


def test_qualtrics_persons_are_refused_and_previews_set_aside() -> None:
    lines = files("qualtrics_legacy")[0].data.decode("utf-8-sig").splitlines()
    cells = lines[2].split(",")
    cells[5] = "192.0.2.7"
    with pytest.raises(UserError, match="IPAddress"):
        read_export([File("a.csv", "\n".join([*lines[:2], ",".join(cells), *lines[3:]]).encode())])
    cells[5], cells[6] = "", "1"
    done = canonical(
        read_export([File("a.csv", "\n".join([*lines[:2], ",".join(cells), *lines[3:]]).encode())]), form()
    )
    assert (done.report.respondents, done.report.set_aside) == (98, 1)
    assert done.rejects["reason"].to_list() == ["preview, test or spam"]


# ---- mutants ----


def _mutant(data: bytes, rng: random.Random) -> bytes:
    """One to three small harms: a byte, a piece gone, a piece twice, a line moved, the end missing."""
    text = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        if not text:
            break
        at = rng.randrange(len(text))
        length = rng.randint(1, 40)
        harm = rng.randrange(7)
        if harm == 0:
            text[at] = rng.randrange(256)
        elif harm == 1:
            del text[at : at + length]
        elif harm == 2:
            text[at:at] = text[at : at + length]
        elif harm == 3:
            text[at:at] = bytes(rng.choice(b"\"',;\t\n<>&]-0159YN/\\{}[]") for _ in range(rng.randint(1, 4)))
        elif harm == 4 and rng.random() < 0.3:
            del text[at:]
        elif harm == 5:
            lines = bytes(text).split(b"\n")
            one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            text = bytearray(b"\n".join(lines))
        else:
            text[at : at + length] = bytes(rng.randrange(256) for _ in range(length))
    return bytes(text)


def _rezipped(data: bytes, rng: random.Random) -> bytes:
    """An archive with one member harmed, so that the harm reaches the readers behind the archive's checksums."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(members))
    members[name] = _mutant(members[name], rng)
    return _zip(members)


def _invented(answers: pl.DataFrame) -> pl.DataFrame:
    """Valid answers that no text of the file stands behind: a zero of a set needs a tick of the set beside it."""
    valid = answers.filter(pl.col("state") == "valid")
    ticked = (
        valid.filter(pl.col("code") > 0).select("respondent", "item_set").unique().with_columns(tick=pl.lit(value=True))
    )
    zeros = valid.filter(pl.col("item_set").is_not_null() & (pl.col("code") == 0)).join(
        ticked, on=["respondent", "item_set"], how="left"
    )
    others = valid.filter(pl.col("item_set").is_null() | (pl.col("code") != 0))
    return pl.concat(
        [zeros.filter(pl.col("tick").is_null()).drop("tick"), others.filter(pl.col("verbatim").fill_null("") == "")]
    )


def _try(name: str, count: int, seed: int) -> int:
    """Mutants of an export through the importer; how many were still read."""
    small, instrument = few()
    originals = [File(file, data) for file, data in EXPORTS[name](small).items()]
    rng = random.Random(f"{name}{seed}")
    read, said = 0, set()
    for _ in range(count):
        victim = rng.randrange(len(originals))
        data = originals[victim].data
        harmed = _rezipped(data, rng) if data[:2] == b"PK" and rng.random() < 0.7 else _mutant(data, rng)
        given = [File(one.name, harmed) if at == victim else one for at, one in enumerate(originals)]
        try:
            done = canonical(read_export(given), instrument, keep_rejects=rng.random() < 0.5)
        except UserError as err:
            said.add("\n" in str(err))
            continue
        read += 1
        invented = _invented(done.answers)
        assert not invented.height, (name, invented.head(3), harmed[:2000])
        missing = done.answers.filter(
            (pl.col("state") != "valid") & (pl.col("code").is_not_null() | pl.col("number").is_not_null())
        )
        assert not missing.height
    assert True not in said, "an error of more than one line"
    return read


@pytest.mark.parametrize("name", EXPORTS)
def test_the_small_wave_is_read(name: str) -> None:
    assert _try(name, 0, 0) == 0
    small, instrument = few()
    done = canonical(read_export([File(file, data) for file, data in EXPORTS[name](small).items()]), instrument)
    assert not _invented(done.answers).height


@pytest.mark.parametrize("name", EXPORTS)
def test_mutants(name: str) -> None:
    _try(name, 25, 1)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", EXPORTS)
def test_many_mutants(name: str) -> None:
    """20,000 over all exports: no exception but the user's, no invented answer."""
    read = _try(name, 1_200, 2)
    assert read > 0


# ---- the command ----


def _outside_its_list() -> bytes:
    rows = files("limesurvey_csv_codes")[0].data.decode().splitlines()
    at = next(at for at, name in enumerate(rows[0].split(",")) if "occupation" in name)
    cells = rows[1].split(",")
    cells[at] = '"CANARY"'
    return "\n".join([rows[0], ",".join(cells), *rows[2:]]).encode()


_TODAY = files("qualtrics_today")[0].data.split(b"\n")
REFUSED: dict[str, tuple[str, bytes]] = {
    "a person": ("a.csv", _with_column("email", "CANARY").data),
    "a way out": ("b.lsa", _zip({"../x": b"x"})),
    "no survey": ("c.csv", b"hello\n"),
    "a zip bomb": ("d.lsa", _zip({"x.lss": b"\0" * 70_000_000})),
    "entities": ("e.lsa", _zip(_with_entity(BOMB))),
    "100 MB of XML": ("f.lsr", b"<document>" + b" " * 100_000_000),
    # Two header lines of today's three: neither the old dialect nor the new one.
    "a wrong dialect": ("g.csv", b"\n".join(_TODAY[:2] + _TODAY[3:])),
    "a torn archive": ("h.lsa", files("limesurvey_lsa")[0].data[:9000]),
    "a code outside its list": ("i.csv", _outside_its_list()),
    "a column nobody knows": ("j.csv", _with_column("CANARIES", "CANARY").data),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_file_leaves_nothing_behind(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with a next step, exit 2, and a home without a file of it."""
    home = tmp_path / "home"
    monkeypatch.setenv("CRYPTODRUG_HOME", str(home))
    name, data = REFUSED[case]
    (tmp_path / name).write_bytes(data)
    assert run(monkeypatch, "survey", "import", str(tmp_path / name), "--wave", "2019") == 2
    out = capsys.readouterr()
    assert out.err.startswith("error: ") and out.err.count("\n") == 1 and len(out.err) < 700
    # What is wrong, and what to do: a cause and a step, parted.
    assert ";" in out.err or "," in out.err
    assert "CANARY" not in (out.err + out.out).replace("'CANARY'", "")
    kept = [path for path in home.rglob("*") if path.is_file() and path.suffix != ".key"]
    assert kept == []


def test_import_show_missing_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("CRYPTODRUG_HOME", str(home))
    (path,) = write_export(wave(), "limesurvey_lsa", tmp_path)
    assert run(monkeypatch, "survey", "show", "--wave", "2019") == 2
    assert "has not been imported" in capsys.readouterr().err
    assert run(monkeypatch, "survey", "import", str(path), "--wave", "2019", "--dry-run") == 0
    assert not (home / "tables").exists() and not (home / "keys").exists()
    assert run(monkeypatch, "survey", "import", str(path), "--wave", "2019") == 0
    out = capsys.readouterr().out
    assert "99 respondents, 80 items from limesurvey lsa (SYNTHETIC)" in out
    assert run(monkeypatch, "survey", "import", str(path), "--wave", "2019") == 0  # the same again changes nothing
    other = write_export(wave(), "spss_sav", tmp_path)[0]
    capsys.readouterr()
    assert run(monkeypatch, "survey", "import", str(other), "--wave", "2019") == 2
    assert "two exports of one wave are not put together" in capsys.readouterr().err
    assert run(monkeypatch, "survey", "show", "--wave", "2019") == 0
    assert "66 of 99  First knowledge of cryptomarkets" in capsys.readouterr().out
    assert run(monkeypatch, "survey", "show", "--wave", "2019", "--item", "reason") == 0
    assert "37 of 62" in capsys.readouterr().out
    assert run(monkeypatch, "survey", "missing", "--wave", "2019") == 0
    assert "no_answer 168, not_shown 779, broken_off 1,712" in capsys.readouterr().out
    assert run(monkeypatch, "survey", "check", "--wave", "2019") == 0
    out = capsys.readouterr().out
    assert "47 contradictory_in_source" in out and "53 conditional" in out
    stored = {path.name for path in (home / "surveys" / "2019").iterdir()}
    assert len(stored - {"import.json"}) == 1 and all(
        path.stat().st_mode & 0o077 == 0 for path in (home / "surveys").rglob("*")
    )
    texts = list((home / "tables" / "clean").rglob("*.parquet"))
    assert texts and not any("R001" in pl.read_parquet(path)["respondent"].to_list() for path in texts)


def test_grim_on_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "survey", "grim", "45", "17", "12", "5", "21", "--sum") == 0
    assert "42, 58, 66, 76-77, 82, 84, 86, 92, 94-96" in capsys.readouterr().out
    assert run(monkeypatch, "survey", "grim", "5.19", "--mean", "--n", "28") == 1
    assert "impossible" in capsys.readouterr().out
    assert run(monkeypatch, "survey", "grim", "62", "80", "--n", "60") == 0
    assert run(monkeypatch, "survey", "grim", "six") == 2
    assert run(monkeypatch, "survey", "grim", "6", "7", "--mean") == 2


def test_a_second_wave_is_one_file_and_an_instrument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Draft, read, import: as a newcomer would, beside the wave that is there."""
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path / "home"))
    (path,) = write_export(wave(), "limesurvey_lsa", tmp_path)
    assert run(monkeypatch, "survey", "import", str(path), "--wave", "2019") == 0
    draft = tmp_path / "wave-2027.yaml"
    assert run(monkeypatch, "survey", "draft", str(path), "--wave", "2027", "--name", "mine", "--out", str(draft)) == 0
    capsys.readouterr()
    code = run(monkeypatch, "survey", "import", str(path), "--wave", "2027", "--instrument", str(draft))
    said = capsys.readouterr()
    assert code == 0, said.err
    assert "wave 2027: 99 respondents" in said.out
    for one in ("2019", "2027"):
        assert run(monkeypatch, "survey", "missing", "--wave", one) == 0


_LARGE = """
import resource, sys, time
from pathlib import Path
from cryptodrug_assets.buyers.survey import instrument, statements
from cryptodrug_assets.buyers.survey.formats.door import read_file
from cryptodrug_assets.buyers.survey.tables import wave_tables
path, form = map(Path, sys.argv[1:])
made = wave_tables([read_file(path)], instrument.load_file(form), statements.of_wave("2030"), lambda who: who)
print(made.frames["clean.answers"].height, time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("ending", ["csv", "sav"])
def test_ten_thousand_respondents_and_three_hundred_items(tmp_path: Path, ending: str) -> None:
    """Import and estimates within a gigabyte, with rules and store within two and a half; times are printed."""
    import subprocess
    import sys

    from benchmarks.buyers import WAVE, measured_import, write_large

    took, spent, megabytes, said = measured_import(tmp_path, ending)
    print(f"with the store: {took:.1f} s, {spent:.1f} s of processor, {megabytes:.0f} MB")
    assert "10,000 respondents, 300 items" in said
    answers = TableStore(tmp_path / f"home-{ending}" / "tables").read("clean", "answers", partition={"wave": WAVE})
    assert answers.height == 3_000_000 and 0.74 < (answers["state"] == "valid").mean() < 0.76  # type: ignore[operator]
    assert megabytes < 2_500
    paths = [str(path) for path in write_large(tmp_path, ending)]
    done = subprocess.run([sys.executable, "-c", _LARGE, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count, seconds, kilobytes = done.stdout.split()
    print(f"without: {float(seconds):.1f} s of processor, {int(kilobytes) / 1000:.0f} MB")
    assert int(count) == 3_000_000 and int(kilobytes) < 1_000_000
