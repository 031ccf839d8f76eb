"""Who was interviewed: the list at the door, and the rules of parsed.interview_links on planted defects."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.interviews.files import InterviewFile
from cryptodrug_assets.buyers.interviews.links import LinkList, links_frame, open_links, read_links
from cryptodrug_assets.buyers.interviews.tables import FOLDER, keep_files, kept_links
from cryptodrug_assets.buyers.synthetic import WAVE, interview_file, interview_links
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.quality.messages import sentence
from cryptodrug_assets.replica.survey.wave import synthetic_wave

NAME = "parsed.interview_links"


@lru_cache
def coded() -> InterviewFile:
    return interview_file()


def survey(respondents: tuple[str, ...], wave: str = WAVE) -> pl.DataFrame:
    """As much of parsed.survey_answers as the rules ask."""
    return pl.DataFrame(
        {"wave": [wave] * len(respondents), "respondent": respondents},
        schema={"wave": pl.String, "respondent": pl.String},
    )


def fired(links: LinkList | None, answers: pl.DataFrame) -> set[tuple[str, str]]:
    frame = links_frame(links, [coded()], WAVE)
    verdicts = judge({NAME: frame}, {"parsed.survey_answers": answers}, "duckdb")[NAME]
    results = [result for verdict in verdicts for result in verdict.failed]
    assert not [result for result in results if result.error]
    contract = contracts.load("parsed", "interview_links")
    # Neither what a rule says nor the keys of its sample name anybody.
    said = [sentence(contract, one) for one in results] + [str(one.samples) for one in verdicts]
    assert not [text for text in said if "R0" in text or "I0" in text]
    return {(result.rule.id, result.severity) for result in results}


def given(*pairs: tuple[str, str]) -> LinkList:
    text = "\n".join(["interview,respondent", *(",".join(pair) for pair in pairs)])
    return read_links(text.encode(), "who.csv")


def test_the_synthetic_interviews_are_of_ten_respondents_of_the_survey() -> None:
    everybody = synthetic_wave().respondents
    frame = links_frame(interview_links(), [coded()], WAVE)
    assert frame.height == frame["interview_name"].n_unique() == frame["respondent"].n_unique() == 10
    assert set(frame["respondent"]) == set(synthetic_wave().interviewees) <= set(everybody)
    assert fired(interview_links(), survey(everybody)) == set()


def test_each_defect_of_a_list_blocks() -> None:
    everybody, pairs = synthetic_wave().respondents, interview_links().pairs
    answers = survey(everybody)
    (first, _), (_, other) = pairs[:2]
    free = next(one for one in everybody if one not in dict(pairs).values())
    cases = {
        "respondents_in_survey": ((first, "R500"), *pairs[1:]),
        "respondents_once": ((first, other), *pairs[1:]),
        "interviews_once": (*pairs, (first, free)),
        "interviews_known": (*pairs, ("I99", free)),
        "respondents_all": pairs[1:],
    }  # fmt: skip
    for rule, changed in cases.items():
        assert fired(given(*changed), answers) == {(rule, "error")}, rule
    # The interviewed answered a survey, of another wave.
    assert fired(given(*pairs), survey(everybody, "2018")) == {("survey_there", "warning")}


def test_without_a_list_or_a_survey_nothing_is_claimed() -> None:
    frame = links_frame(None, [coded()], WAVE)
    assert frame.height == 10 and frame["respondent"].null_count() == 10
    assert fired(None, survey(synthetic_wave().respondents)) == {("list_given", "warning")}
    assert fired(interview_links(), survey(())) == {("survey_there", "warning")}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "must have the columns"),
        (b"interview,respondent,email\nI01,R001,canary@example.org\n", "must have the columns"),
        (b"interview;respondent\nI01;R001\n", "must have the columns"),
        (b"interview,respondent\n", "names no interview"),
        (b"interview,respondent\nI01,\n", "line 2 does not name"),
        (b"interview,respondent\nI01,R001,canary@example.org\n", "line 2 does not name"),
        (b"interview,respondent\n\nI01,\n", "line 3 does not name"),
        (b"interview,respondent\nI01,\xff\n", "no CSV in UTF-8"),
        (b'interview,respondent\nI01,"R001\n', "no CSV in UTF-8"),
        (b"interview,respondent\nI\0,R001\n", "line 2 does not name"),
    ],
)
def test_bad_lists_are_refused_in_one_line_that_names_nobody(data: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        read_links(data, "who.csv")
    text = str(caught.value)
    assert "\n" not in text and "canary" not in text and "R001" not in text


def test_the_kept_list_is_read_though_a_transcript_is_gone(tmp_path: Path) -> None:
    """Whoever imports the files again needs the list alone; when the list is gone, the error says how to give it."""
    now = datetime(2026, 11, 29, tzinfo=UTC)
    keep_files(tmp_path, WAVE, [coded()], now=now, links=interview_links())
    folder = tmp_path / FOLDER / WAVE
    (folder / coded().sha256).unlink()
    again = kept_links(tmp_path, WAVE)
    assert again is not None and again.pairs == interview_links().pairs
    next(folder.glob("*.csv")).write_bytes(b"interview,respondent\nI01,R002\n")
    with pytest.raises(UserError, match="import them again, with --link LIST"):
        kept_links(tmp_path, WAVE)


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="give another --link"):
        open_links(tmp_path / "none.csv")
    big = tmp_path / "big.csv"
    with big.open("wb") as file:
        file.truncate(2_000_000)
    with pytest.raises(UserError, match="larger than 1 MB"):
        open_links(big)
