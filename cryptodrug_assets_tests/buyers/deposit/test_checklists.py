"""Checklists as data: as many items as the standards have, and nothing counts as answered that is not."""

from pathlib import Path

import pytest
import yaml

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.deposit.checklists import ITEMS, lines, load_checklists, unanswered
from cryptodrug_assets.errors import UserError

WAVE = "2019"


def test_as_many_items_as_the_standards_have() -> None:
    """CROSS 40, COREQ 32, SRQR 21, GRAMMS 6, as their authors say."""
    counts = {name: len(checklist.items) for name, checklist in load_checklists().items()}
    assert counts == {"cross": 40, "coreq": 32, "srqr": 21, "gramms": 6}


def test_what_is_not_listed_is_open() -> None:
    rows = lines(WAVE)
    assert len(rows) == 99 and {row.status for row in rows} == {"answered", "not_applicable", "open"}
    assert all((row.where is None) == (row.status == "open") for row in rows)
    still = unanswered(rows)
    assert "9a" in still["cross"] and "24" not in still["coreq"], "ethics approval is not known here, coders are"
    nobody = lines("another_wave")
    assert sum(map(len, unanswered(nobody).values())) == 99


def test_answers_name_tables_that_exist() -> None:
    tables = {contract.name for contract in contracts.all_contracts()}
    named = {
        word.strip(":,;")
        for row in lines(WAVE)
        for word in (row.where or "").split()
        if word.startswith(("indicators.", "raw.", "clean.", "parsed."))
    }
    survey = {"indicators.survey_missing", "indicators.survey_estimates"}  # of the survey's own room
    assert named - survey and named - survey <= tables


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cross": {"99": {"status": "answered", "where": "here"}}}, "cross 99"),
        ({"other": {"1": {"status": "answered", "where": "here"}}}, "other 1"),
        ({"cross": {"1a": {"status": "answered"}}}, "where"),
        ({"cross": {"1a": {"status": "answered", "where": ""}}}, "where"),
        ({"cross": {"1a": {"status": "done", "where": "here"}}}, "status"),
    ],
)
def test_answers_without_a_place_or_an_item_are_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    (tmp_path / "answers").mkdir()
    document = {"wave": WAVE, "checklists": change}
    (tmp_path / "answers" / f"{WAVE}.yaml").write_text(yaml.safe_dump(document), "utf-8")
    with pytest.raises(UserError, match=said):
        lines(WAVE, items=ITEMS, answers=tmp_path / "answers")
