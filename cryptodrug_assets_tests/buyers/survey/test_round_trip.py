"""The wave in every format comes back the same, but for states that a format cannot hold: these are unknown."""

import polars as pl
import pytest

from cryptodrug_assets.buyers.survey import losses
from cryptodrug_assets.buyers.survey.formats.reading import read_export
from cryptodrug_assets.buyers.survey.importing import canonical
from cryptodrug_assets.replica.survey.files import EXPORTS
from cryptodrug_assets.replica.survey.wave import synthetic_wave
from cryptodrug_assets_tests.buyers.survey.kit import File, files, form, imported, wave

#: Formats that say nothing of who broke off where.
NO_BREAK_OFF = [name for name in EXPORTS if name.startswith("qualtrics")]
#: Formats that hold finished submissions alone.
FINISHED_ONLY = [name for name in EXPORTS if name.startswith("kobo")]


@pytest.mark.parametrize("name", EXPORTS)
def test_answers_come_back(name: str) -> None:
    compared = losses.read_back(wave(), form(), name)
    there = compared.filter(pl.col("state").is_not_null())
    wrong = there.filter((pl.col("truth") != pl.col("state")) & (pl.col("state") != "unknown_missing"))
    assert wrong.height == 0, wrong.head(3)
    valid = there.filter(pl.col("truth") == "valid")
    assert valid.filter(pl.col("value").ne_missing(pl.col("read"))).height == 0
    unknown = set(there.filter(pl.col("state") == "unknown_missing")["truth"])
    assert unknown == ({"broken_off"} if name in NO_BREAK_OFF else set())
    gone = compared.filter(pl.col("state").is_null())["respondent"].n_unique()
    assert gone == (37 if name in FINISHED_ONLY else 0)
    assert imported(name).report.synthetic


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ["limesurvey_lsa", "limesurvey_csv_codes", "qualtrics_today", "redcap"])
def test_other_made_up_people_come_back_too(name: str, seed: int) -> None:
    compared = losses.read_back(synthetic_wave(seed), form(), name).filter(pl.col("state").is_not_null())
    assert compared.filter((pl.col("truth") != pl.col("state")) & (pl.col("state") != "unknown_missing")).height == 0


def test_only_the_archive_says_itself_what_was_not_shown() -> None:
    def by_platform(name: str) -> int:
        answers = imported(name).answers
        return answers.filter((pl.col("state") == "not_shown") & (pl.col("state_source") == "platform")).height

    assert by_platform("limesurvey_lsa") == 779 == by_platform("spss_sav")
    assert by_platform("limesurvey_csv_codes") == 0


@pytest.mark.slow
def test_the_documented_table_is_the_computed_one() -> None:
    from cryptodrug_assets_tests.conftest import REPOSITORY

    text = (REPOSITORY / "docs" / "add-a-survey.md").read_text("utf-8")
    assert losses.loss_markdown(losses.loss_table(wave(), form())) in text


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_and_encodings_do_not_matter(delimiter: str) -> None:
    from cryptodrug_assets.replica.survey.limesurvey import csv_codes

    data = csv_codes(wave(), delimiter)
    wanted = imported("limesurvey_csv_codes").answers
    for encoded in (data, b"\xef\xbb\xbf" + data, data.decode().encode("utf-16"), data.replace(b"\n", b"\r\n")):
        done = canonical(read_export([File("a.csv", encoded)]), form())
        assert done.answers.equals(wanted)


def test_a_moved_column_is_found_by_its_key() -> None:
    lines = [line.split(b",") for line in files("limesurvey_csv_codes")[0].data.splitlines()]
    moved = b"\n".join(b",".join([*line[:4], *line[4:][::-1]]) for line in lines)
    assert canonical(read_export([File("a.csv", moved)]), form()).answers.equals(
        imported("limesurvey_csv_codes").answers
    )


def test_the_same_bytes_each_time() -> None:
    for name in ("limesurvey_lsa", "spss_sav", "qualtrics_qsf", "redcap"):
        assert EXPORTS[name](wave()) == EXPORTS[name](synthetic_wave())


def test_every_file_says_synthetic() -> None:
    import io
    import zipfile

    for name in EXPORTS:
        for file in files(name):
            data = file.data
            if data[:2] == b"PK":
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    data = b"".join(archive.read(one) for one in archive.namelist())
            assert b"SYNTHETIC" in data, (name, file.name)
