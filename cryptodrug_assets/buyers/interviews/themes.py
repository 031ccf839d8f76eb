"""Themes: in how many of the interviews, with counter-cases; and agreement of coders on them. Frames in, frames out.

k of n is of interviews, never of passages. Where coders differ, the reference coder's coding counts when one is
declared; else only what all coders found. `present_low` and `present_high` say how far it could be otherwise.
"""

from collections.abc import Iterable
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.interviews.agreement import Unit, agreement
from cryptodrug_assets.buyers.interviews.code_list import CodeList

ALL = "all"
# Of interviews: above the first it is most, above the second some.
_MOST, _SOME = 1 / 2, 1 / 5


def public_wording(present: int, asked: int) -> str | None:
    """What is said in public instead of a number: most (above half), some (above a fifth), few or none.

    >>> [public_wording(k, 10) for k in (9, 5, 3, 2, 0)], public_wording(0, 0)
    (['most', 'some', 'some', 'few or none', 'few or none'], None)
    """
    if asked == 0:
        return None
    share = present / asked
    return "most" if share > _MOST else "some" if share > _SOME else "few or none"


def themes(matrix: pl.DataFrame, codes: CodeList | None) -> pl.DataFrame:
    """indicators.interview_themes from clean.interview_codes."""
    declared = {item.code: item for item in codes.codes} if codes else {}
    rows = []
    for (wave, code), group in sorted(matrix.group_by("wave", "code"), key=lambda item: str(item[0])):
        counts = _counts(group)
        item = declared.get(str(code))
        wording = public_wording(counts["present_n"], counts["asked_n"])
        rows.append(
            {
                "wave": wave,
                "code": code,
                "statement": item.statement if item else None,
                "interviews_n": group["interview_key"].n_unique(),
                **counts,
                "counted_by": "reference coder" if bool(group["reference_coder"].any()) else "coders who agree",
                "wording": item.printed if item and item.printed and wording else wording,
                "synthetic": bool(group["synthetic"].all()),
            }
        )
    return pl.DataFrame(rows, schema=contracts.load("indicators", "interview_themes").polars_schema)


def _counts(group: pl.DataFrame) -> dict[str, Any]:
    """Counts over the interviews of one code."""
    counts = dict.fromkeys(("asked_n", "present_n", "present_low", "present_high", "disputed_n"), 0)
    counter: int | None = None
    for _, interview in group.group_by("interview_key"):
        rows = list(interview.filter(pl.col("state") != "not_coded").iter_rows(named=True))
        chosen = [row for row in rows if row["reference_coder"]] or rows
        states, chosen_states = {row["state"] for row in rows}, {row["state"] for row in chosen}
        counts["disputed_n"] += len(states) > 1
        if not rows or chosen_states == {"not_asked"}:
            continue
        counts["asked_n"] += 1
        counts["present_n"] += chosen_states == {"present"}
        counts["present_low"] += states == {"present"}
        counts["present_high"] += "present" in states
        marks = [row["counter_case"] for row in chosen if row["counter_case"] is not None]
        if marks:
            counter = (counter or 0) + all(marks)
    return {**counts, "counter_n": counter}


def agreement_frame(matrix: pl.DataFrame, *, resamples: int = 2000, seed: int = 7) -> pl.DataFrame:
    """indicators.coding_agreement from clean.interview_codes: each code, and all of them together.

    Coders judge present or not present where the subject came up; who coded nothing in an interview did not judge it.
    """
    rows: list[dict[str, Any]] = []
    for (wave,), of_wave in sorted(matrix.group_by("wave"), key=lambda item: str(item[0])):
        synthetic = bool(of_wave["synthetic"].all())
        judged = of_wave.filter(pl.col("state").is_in(["present", "absent"]))
        groups: Iterable[tuple[str, pl.DataFrame]] = (
            (ALL, judged),
            *((code, judged.filter(code=code)) for code in sorted(of_wave["code"].unique())),
        )
        for code, group in groups:
            for item in agreement(_units(group), resamples=resamples, seed=seed):
                rows.append(
                    {
                        "wave": wave,
                        "code": code,
                        "measure": item.measure,
                        "value": item.value,
                        "lower": item.lower,
                        "upper": item.upper,
                        "interviews_n": item.interviews,
                        "units_n": item.units,
                        "coders_n": item.coders,
                        "reason": item.reason,
                        "synthetic": synthetic,
                    }
                )
    return pl.DataFrame(rows, schema=contracts.load("indicators", "coding_agreement").polars_schema)


def _units(judged: pl.DataFrame) -> dict[str, list[Unit]]:
    """By interview: what each coder said of each code."""
    units: dict[str, dict[str, dict[str, bool]]] = {}
    for row in judged.sort("interview_key", "code", "coder").iter_rows(named=True):
        unit = units.setdefault(row["interview_key"], {}).setdefault(row["code"], {})
        unit[row["coder"]] = row["state"] == "present"
    return {interview: list(by_code.values()) for interview, by_code in units.items()}
