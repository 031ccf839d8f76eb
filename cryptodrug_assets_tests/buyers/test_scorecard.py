"""The scorecard on buyers: verdicts that flip with the numbers, and places that exist."""

import re

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.synthetic import WAVE, tables_in_memory
from cryptodrug_assets.observation import CONTRACTS_DIR
from cryptodrug_assets.study.buyers_scorecard import InterviewTest, buyers_scorecard, judged, others, public_scorecard

REPOSITORY = CONTRACTS_DIR.parent


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    return tables_in_memory()


def verdicts(card: pl.DataFrame) -> dict[tuple[str, str, str], str]:
    return {(row["statement"], row["strand"], row["says"]): row["verdict"] for row in card.iter_rows(named=True)}


def test_where_a_statement_is_met_exists() -> None:
    tables = {contract.name for contract in contracts.all_contracts()}
    for one in others().others:
        for path in re.findall(r"(?:docs|data_contracts)/[\w/.-]+|LICENSE", one.where):
            assert (REPOSITORY / path.rstrip(".;")).exists(), (one.id, path)
        for name in re.findall(r"(?:indicators|reference)\.\w+", one.where):
            assert name in tables, (one.id, name)


def test_a_changed_answer_flips_the_verdict(frames: dict[str, pl.DataFrame]) -> None:
    answers, themes = frames["clean.answers"], frames["indicators.interview_themes"]
    before = verdicts(buyers_scorecard(WAVE, answers=answers, themes=themes, synthetic=True))
    men = (pl.col("item") == "gender") & (pl.col("state") == "valid")
    woman = men & (pl.col("respondent") == answers.filter(men)["respondent"][0])
    changed = answers.with_columns(code=pl.when(woman).then(2).otherwise(pl.col("code")))
    other = themes.with_columns(
        present_n=pl.when(pl.col("code") == "not_inclined_to_resell").then(8).otherwise(pl.col("present_n"))
    )
    after = verdicts(buyers_scorecard(WAVE, answers=changed, themes=other, synthetic=True))
    assert {key[0] for key, verdict in after.items() if verdict != before[key]} == {"37", "51"}
    assert after["37", "survey", "Only men"] == "not_reproduced"


def test_what_was_not_imported_is_not_computable(frames: dict[str, pl.DataFrame]) -> None:
    card = buyers_scorecard(WAVE, answers=None, themes=None, synthetic=False)
    computed = card.filter(pl.col("strand").is_in(["survey", "interviews"]))
    assert set(computed["verdict"]) == {"not_computable"}
    assert computed["why"].null_count() == 0


@pytest.mark.parametrize(
    ("test", "present", "asked", "holds"),
    [
        ({"exactly": (9, 10)}, 9, 10, True),
        ({"exactly": (9, 10)}, 9, 9, False),
        ({"at_least": 2}, 1, 10, False),
        ({"at_least": 2}, 2, 10, True),
        ({"more_than_half": True}, 5, 10, False),
        ({"more_than_half": True}, 6, 10, True),
        ({"more_than": "b"}, 5, 10, False),
        ({"more_than": "b"}, 5, 9, True),
        ({"at_least": 2}, 0, 0, None),
    ],
)
def test_interviews_are_judged_by_their_numbers(
    test: dict[str, object], present: int, asked: int, holds: bool | None
) -> None:
    counts = {"a": {"present_n": present, "asked_n": asked}, "b": {"present_n": 5, "asked_n": 10}}
    declared = InterviewTest.model_validate({"id": "1", "says": "x", "code": "a", **test})
    assert judged(declared, counts, 10)[0] is holds


def test_the_public_card_has_no_counts(frames: dict[str, pl.DataFrame]) -> None:
    card = buyers_scorecard(WAVE, answers=frames["clean.answers"], themes=None, synthetic=True)
    assert "observed" in card.columns
    assert "observed" not in public_scorecard(card).columns
