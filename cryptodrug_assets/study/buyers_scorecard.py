"""The scorecard on buyers: statements that market data cannot test, each with a verdict or with where it is met.

Survey and interviews are held against the study's words on the wave (reproduced, not_reproduced, conditional on an
unprinted base, contradictory_in_source); figures of the literature, duties of the system and caveats are declared in
data_contracts/statements/others.yaml. What was not asked or not imported is not_computable, never reproduced.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.declared import read_declared
from cryptodrug_assets.observation import CONTRACTS_DIR

Row = dict[str, Any]
OTHERS_FILE = CONTRACTS_DIR / "statements" / "others.yaml"
TABLE = "study_scorecard_buyers"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Other(_Strict):
    """A statement that nothing computes: `where` says in which file, table or page it is met or told."""

    id: str = Field(pattern=r"^\d{1,2}[a-z]?$")
    says: str
    kind: Literal["literature", "design_duty", "caveat"]
    where: str


class InterviewTest(_Strict):
    """What the study says of its interviews: a theme in at least or exactly so many, or more often than another."""

    id: str = Field(pattern=r"^\d{1,2}[a-z]?$")
    says: str
    code: str = ""
    at_least: int | None = None
    more_than_half: bool = False
    exactly: tuple[int, int] | None = None
    more_than: str = ""
    interviews: int | None = None

    @model_validator(mode="after")
    def _one(self) -> "InterviewTest":
        given = (self.at_least is not None, self.more_than_half, self.exactly is not None, bool(self.more_than),
                 self.interviews is not None)  # fmt: skip
        if sum(given) != 1 or (not self.code and self.interviews is None):
            raise ValueError("a test of interviews has one condition, and a code unless it counts interviews")
        return self


class _Others(_Strict):
    others: tuple[Other, ...]
    interviews: tuple[InterviewTest, ...]


@lru_cache(maxsize=4)
def others(path: Path = OTHERS_FILE) -> _Others:
    """The declared statements; UserError naming what is wrong in the file."""
    return read_declared(path, _Others, f"statements/{path.name}")


def buyers_scorecard(
    wave: str, *, answers: pl.DataFrame | None, themes: pl.DataFrame | None, synthetic: bool
) -> pl.DataFrame:
    """indicators.study_scorecard_buyers from clean.answers and interview_themes of a wave (None: not imported)."""
    rows = [*_survey_rows(wave, answers), *_interview_rows(themes), *_other_rows()]
    contract = contracts.load("indicators", TABLE)
    frame = pl.DataFrame([{**row, "wave": wave, "synthetic": synthetic} for row in rows], schema=contract.polars_schema)
    return contracts.conform(frame, contract)


def public_scorecard(card: pl.DataFrame) -> pl.DataFrame:
    """indicators.study_scorecard_buyers_public: without what was observed, which holds counts of few."""
    contract = contracts.load("indicators", f"{TABLE}_public")
    return contracts.conform(card.select(contract.polars_schema.names()), contract)


def _survey_rows(wave: str, answers: pl.DataFrame | None) -> list[Row]:
    from cryptodrug_assets.buyers.survey import instrument, statements
    from cryptodrug_assets.buyers.survey.verification import verify

    declared = statements.of_wave(wave)
    if answers is None:
        return [_row(one.id, "survey", one.topic, "not_computable", None, _not_imported("survey", wave))
                for one in declared.statements]  # fmt: skip
    readings = {one.id: one.readings for one in declared.statements}
    rows = []
    for one in verify(answers, instrument.for_wave(wave), declared):
        why = "; ".join(f"{reading.name}: {reading.reason}" for reading in readings[one.id]) or None
        rows.append(_row(one.id, "survey", one.topic, one.verdict, "; ".join(one.observed), why))
    return rows


def _interview_rows(themes: pl.DataFrame | None) -> list[Row]:
    counts = {} if themes is None else {row["code"]: row for row in themes.iter_rows(named=True)}
    number = 0 if themes is None or themes.is_empty() else int(themes["interviews_n"].max())  # type: ignore[arg-type]
    rows = []
    for test in others().interviews:
        if themes is None:
            rows.append(_row(test.id, "interviews", test.says, "not_computable", None, "no interviews were imported"))
            continue
        holds, observed = judged(test, counts, number)
        verdict = "not_computable" if holds is None else "reproduced" if holds else "not_reproduced"
        why = "the theme was not asked about" if holds is None else None
        rows.append(_row(test.id, "interviews", test.says, verdict, observed, why))
    return rows


def judged(test: InterviewTest, counts: dict[str, Row], interviews: int) -> tuple[bool | None, str]:
    """Whether a test holds, and what was observed; None where its theme came up in no interview.

    >>> test = InterviewTest(id="51", says="nine of ten", code="resell", exactly=(9, 10))
    >>> judged(test, {"resell": {"present_n": 9, "asked_n": 10}}, 10)
    (True, 'resell: 9 of 10')
    >>> judged(test, {}, 10)
    (None, 'resell: not asked')
    """
    if test.interviews is not None:
        return interviews == test.interviews, f"{interviews} interviews"
    row = counts.get(test.code)
    if row is None or not row["asked_n"]:
        return None, f"{test.code}: not asked"
    present, asked = row["present_n"], row["asked_n"]
    text = f"{test.code}: {present} of {asked}"
    if test.exactly is not None:
        return (present, asked) == test.exactly, text
    if test.more_than:
        other = counts.get(test.more_than)
        if other is None or not other["asked_n"]:
            return None, f"{test.more_than}: not asked"
        rest = f"{test.more_than}: {other['present_n']} of {other['asked_n']}"
        return present * other["asked_n"] > other["present_n"] * asked, f"{text}; {rest}"
    return (2 * present > asked if test.more_than_half else present >= (test.at_least or 0)), text


def _other_rows() -> list[Row]:
    return [_row(one.id, one.kind, one.says, one.kind, None, one.where) for one in others().others]


def _row(statement: str, strand: str, says: str, verdict: str, observed: str | None, why: str | None) -> Row:
    return {
        "statement": statement, "strand": strand, "says": says, "verdict": verdict, "observed": observed, "why": why,
    }  # fmt: skip


def _not_imported(what: str, wave: str) -> str:
    return f"the {what} of wave {wave} was not imported"


def synthetic_scorecard() -> pl.DataFrame:
    """The scorecard on buyers of the synthetic wave, in memory: rendered as files, read by the importers."""
    from cryptodrug_assets.buyers.synthetic import WAVE, tables_in_memory

    frames = tables_in_memory()
    return buyers_scorecard(
        WAVE, answers=frames["clean.answers"], themes=frames["indicators.interview_themes"], synthetic=True
    )
