"""`cryptodrug explain survey_estimates`: counts made again, cells read again, bytes where they are said to be."""

import json
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.buyers.survey.formats.door import File, unzip
from cryptodrug_assets.buyers.survey.tracing import items_behind, line_offsets, recount
from cryptodrug_assets.replica.survey.files import write_export
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.buyers.survey.kit import files, run, wave

Said = pytest.CaptureFixture[str]
WAVE = ("--wave", "2019")


def _explain(monkeypatch: pytest.MonkeyPatch, item: str, *more: str) -> int | str | None:
    return run(monkeypatch, "explain", "survey_estimates", "--item", item, *WAVE, *more)


def test_every_estimate_of_the_wave_is_recounted(wave_home: Path) -> None:
    store = TableStore(wave_home / "tables")
    estimates = store.read("indicators", "survey_estimates")
    answers, items = store.read("clean", "answers"), store.read("parsed", "survey_items")
    counted = {"k": 0, "n_valid": 0}
    for row in estimates.iter_rows(named=True):
        again = recount(row, answers, items)
        assert items_behind(row, items), row
        assert not again.differs(row), (row, again)
        assert again.k is not None or row["k"] is None, row
        counted = {name: n + (getattr(again, name) is not None) for name, n in counted.items()}
    assert counted["k"] > 200
    assert counted["n_valid"] > 250


def test_from_an_estimate_to_the_bytes(wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    assert _explain(monkeypatch, "source", "--pages", "3") == 0
    said = capsys.readouterr().out
    # The study prints 45, 17, 12, 5 and 21 percent; the synthetic wave has N = 66.
    for counts in ("30 of 66", "11 of 66", "8 of 66", "3 of 66", "14 of 66"):
        assert counts in said
    assert "valid 66, broken_off 30, no_answer 3; column source" in said
    assert "bytes, digest re-verified" in said
    assert "99 cells read again from the file, all as they were parsed" in said
    assert said.count("begins at byte") == 3


def test_the_bytes_are_those_of_the_response(wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    assert _explain(monkeypatch, "source", "--pages", "70", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    (kept,) = (wave_home / "surveys" / "2019").glob("*.lsa")
    members = unzip(File("a.lsa", kept.read_bytes()))
    parsed = TableStore(wave_home / "tables").read("parsed", "survey_answers")
    valid = parsed.filter(pl.col("item") == "source", pl.col("state") == "valid")["respondent"].to_list()
    places = document["file"]["answers"]
    assert len(places) == 66
    seen = set()
    for place in places:
        data = members[place["in"]]
        row = data[place["byte"] : data.index(b"</row>", place["byte"])]
        assert row.startswith(b"<row>")
        seen |= {who for who in valid if f"<id><![CDATA[{who}]]>".encode() in row or f"[{who}]".encode() in row}
    assert seen == set(valid)


@pytest.mark.parametrize(
    "name", ["limesurvey_csv_full_fr", "limesurvey_r", "qualtrics_2016", "spss_sav", "kobo_xlsx", "redcap"]
)
def test_waves_of_every_platform(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path / "home"))
    paths = write_export(wave(), name, tmp_path / "files")
    assert run(monkeypatch, "survey", "import", *map(str, paths), *WAVE) == 0
    capsys.readouterr()
    assert _explain(monkeypatch, "gender") == 0
    said = capsys.readouterr().out
    assert "gender" in said and "cells read again from the file" in said
    assert said.count("digest re-verified") == len(paths)


def test_a_set_a_pair_and_a_ranking(wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    assert _explain(monkeypatch, "purpose") == 0
    assert "purpose customers share: 4 of 68" in capsys.readouterr().out
    assert _explain(monkeypatch, "eval_offline") == 0
    said = capsys.readouterr().out
    assert "answers to eval_offline" in said and "answers to eval_crypto" in said
    assert _explain(monkeypatch, "rank") == 0
    assert "not compared cell by cell" in capsys.readouterr().out


def test_a_changed_file_is_told(wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    (kept,) = (wave_home / "surveys" / "2019").glob("*.lsa")
    data = bytearray(kept.read_bytes())
    data[1000] ^= 1
    kept.write_bytes(data)
    assert _explain(monkeypatch, "source") == 2
    assert "differs from its digest" in capsys.readouterr().err
    kept.unlink()
    assert _explain(monkeypatch, "source") == 2
    assert "is gone from the home" in capsys.readouterr().err


def test_counts_that_are_not_the_answers_are_told(
    wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    read = TableStore.read

    def one_more(store: TableStore, layer: str, table: str, *args: object, **options: object) -> pl.DataFrame:
        frame = read(store, layer, table, *args, **options)  # type: ignore[arg-type]
        if table == "survey_estimates":
            return frame.with_columns(pl.col("k") + (pl.col("item") == "source").cast(pl.Int64))
        if table == "survey_answers":
            return frame.with_columns(code=pl.when(pl.col("item") == "age").then(1).otherwise("code"))
        return frame

    monkeypatch.setattr(TableStore, "read", one_more)
    assert _explain(monkeypatch, "source") == 2
    assert "the tables are of different imports" in capsys.readouterr().err
    assert _explain(monkeypatch, "age") == 2
    assert "are not those of parsed.survey_answers" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("survey_estimates", *WAVE), "give --wave and --item"),
        (("survey_estimates", "--item", "source"), "give --wave and --item"),
        (("survey_estimates", "--item", "nothing", *WAVE), "has no nothing; there are"),
        (("survey_estimates", "--item", "source", "--wave", "2018"), "has not been imported"),
        (("survey_estimates", "--item", "source", *WAVE, "--country", "BE"), "has no country"),
        (("shares", "--item", "source"), "go with survey_estimates only"),
    ],
)
def test_one_line(
    arguments: tuple[str, ...], said: str, wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    assert run(monkeypatch, "explain", *arguments) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1


def test_no_answer_of_a_person_is_printed(wave_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    assert _explain(monkeypatch, "age", "--json", "--pages", "99") == 0
    said = capsys.readouterr().out
    people = TableStore(wave_home / "tables").read("clean", "respondents")["respondent"].to_list()
    assert not [who for who in (*people, *wave().respondents) if who in said]


def test_lines_of_a_csv_are_where_they_are_said_to_be() -> None:
    data = files("limesurvey_csv_full")[0].data
    begins = line_offsets(data)
    assert begins is not None and len(begins) == 100
    assert all(data[at : at + 2] == b'"R' for at in begins[1:])
    assert line_offsets("é".encode("cp1252")) is None
