"""Readings of printed figures: for which valid N they can hold, and what that makes of a statement.

`consistent`: they can hold for the N that the study states; `conditional`: for other N alone; `impossible`: for none.
A statement whose literal reading is impossible is contradictory in the source, whatever another reading gives; one
whose literal reading is conditional is conditional. A reading that only pins N, such as "4 respondents, 6 %", is not.
"""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.survey import grim
from cryptodrug_assets.buyers.survey.statements import Reading, Statement, Statements, Status

Verdict = Literal["consistent", "conditional", "contradictory_in_source"]


@dataclass(frozen=True)
class Judged:
    """A reading with the N that it admits and its status."""

    reading: Reading
    admissible: tuple[int, ...]
    status: Status


def judge(reading: Reading, respondents: int) -> Judged:
    """The admissible N of a reading, from 1 to the number of respondents."""
    admitted = _admitted(reading, respondents)
    if reading.status is not None:
        return Judged(reading, admitted, reading.status)
    status: Status = "impossible" if not admitted else "consistent" if respondents in admitted else "conditional"
    return Judged(reading, admitted, status)


def _admitted(reading: Reading, most: int) -> tuple[int, ...]:
    if reading.kind == "shares":
        return tuple(grim.admit_shares(reading.figures, most))
    if reading.kind == "single_choice":
        return tuple(grim.admit_single_choice(reading.figures, most))
    if reading.kind == "mean":
        return tuple(grim.admit_mean(reading.figures[0], most))
    if reading.kind == "count":
        return tuple(grim.admit_count(reading.figures[0], reading.count, most))
    if reading.kind == "declared":
        return tuple(range(1, most + 1))
    if reading.above_low is None or reading.above_high is None or reading.band is None:
        raise ValueError(f"{reading.name} lacks its bands")
    claim = grim.BandClaim(reading.above_low, reading.above_high, reading.band)
    admit = {
        "band_mean": grim.admit_band_mean,
        "band_median": grim.admit_band_median,
        "band_mode": grim.admit_band_mode,
    }
    return tuple(admit[reading.kind](claim, most))


def verdict(statement: Statement, respondents: int) -> Verdict:
    """What the readings make of a statement; consistent where none is declared."""
    judged = [judge(reading, respondents) for reading in statement.readings]
    if any(one.reading.literal and one.status == "impossible" for one in judged):
        return "contradictory_in_source"
    if any(one.reading.literal and one.status == "conditional" for one in judged):
        return "conditional"
    return "consistent"


def survey_consistency(statements: Statements) -> pl.DataFrame:
    """indicators.survey_consistency: one row a reading."""
    contract = contracts.load("indicators", "survey_consistency")
    rows = [
        {
            "wave": statements.wave, "statement": statement.id, "reading": one.reading.name, "status": one.status,
            "admissible_n": spans(one.admissible) or None, "n_admissible": len(one.admissible),
            "chosen": one.reading.chosen, "reason": one.reading.reason,
        }
        for statement in statements.statements
        for one in (judge(reading, statements.respondents) for reading in statement.readings)
    ]  # fmt: skip
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)


def spans(numbers: tuple[int, ...]) -> str:
    """Numbers as runs.

    >>> spans((62, 63, 64, 66))
    '62-64, 66'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][-1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
