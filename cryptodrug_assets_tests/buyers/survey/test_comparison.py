"""Two exports of one wave beside each other: counted by hand, and on the command line."""

from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.buyers.survey.comparison import compare
from cryptodrug_assets.buyers.synthetic import OTHER_EXPORT, is_brought_in
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.replica.survey.files import write_export
from cryptodrug_assets.replica.survey.wave import synthetic_wave
from cryptodrug_assets_tests.buyers.survey.kit import run, wave

Said = pytest.CaptureFixture[str]


def answers(*rows: tuple[str, str, str, int | None]) -> pl.DataFrame:
    schema = {"respondent": pl.String, "item": pl.String, "state": pl.String, "code": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(number=pl.lit(None, pl.Float64))


def test_answers_counted_by_hand() -> None:
    first = answers(
        ("a", "x", "valid", 1), ("a", "y", "valid", 0), ("a", "z", "broken_off", None),
        ("b", "x", "valid", 1), ("b", "y", "no_answer", None), ("b", "z", "not_shown", None),
        ("c", "x", "valid", 1), ("c", "y", "valid", 1), ("c", "z", "valid", 1),
    )  # fmt: skip
    second = answers(
        # The same; a zero that became silence; a reason that the second cannot say.
        ("a", "x", "valid", 1), ("a", "y", "unknown_missing", None), ("a", "z", "unknown_missing", None),
        # Another code; another reason; a value where there was none.
        ("b", "x", "valid", 2), ("b", "y", "not_shown", None), ("b", "z", "valid", 0),
        ("d", "x", "valid", 1),
    )  # fmt: skip
    found = compare(first, second)
    assert (found.respondents, found.only_first, found.only_second, found.answers) == (2, 1, 1, 6)
    assert (found.same, found.one_cannot_say, found.different) == (1, 1, 4)
    assert found.differences == {"y": 2, "x": 1, "z": 1}
    assert compare(second, first).differences == found.differences
    with pytest.raises(UserError, match="no respondent is in both"):
        compare(first, answers(("e", "x", "valid", 1)))


def test_the_wave_as_qualtrics_writes_it_says_the_same(
    wave_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    """The truth is known: 168 not answered and 779 not shown are told by routing, 1,712 break-offs are not."""
    paths = [str(path) for path in write_export(wave(), OTHER_EXPORT, tmp_path / "same")]
    before = {path: path.stat().st_mtime_ns for path in wave_home.rglob("*")}
    assert run(monkeypatch, "survey", "compare", *paths, "--wave", "2019") in (0, None)
    said = capsys.readouterr().out
    assert "stored from limesurvey lsa, beside qualtrics: 99 respondents in both" in said
    assert "7,920 answers: 6,208 the same, 1,712 missing of which one export cannot say why, 0 different" in said
    others = [str(path) for path in write_export(synthetic_wave(5), OTHER_EXPORT, tmp_path / "other")]
    assert run(monkeypatch, "survey", "compare", *others, "--wave", "2019") == 1
    assert "different: age," in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in wave_home.rglob("*")} == before
    assert run(monkeypatch, "survey", "compare", paths[0], "--wave", "2019") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_made_up_wave_is_known_by_its_bytes(wave_home: Path, tmp_path: Path) -> None:
    assert is_brought_in(wave_home)
    assert not is_brought_in(tmp_path)
    (kept,) = (wave_home / "surveys" / "2019").glob("*.lsa")
    kept.write_bytes(kept.read_bytes() + b"x")
    with pytest.raises(UserError, match="import them again"):
        is_brought_in(wave_home)
