"""Two exports of one wave, answer by answer: what both say, what one alone cannot say, where they differ.

They are never put together (one of them is the wave); the other one shows whether a platform's export kept what it
should. Keep out: how files are read (formats).
"""

from dataclasses import dataclass

import polars as pl

from cryptodrug_assets.errors import UserError

_KEY = ["respondent", "item"]
_UNKNOWN = "unknown_missing"


@dataclass(frozen=True)
class Comparison:
    """Counts of respondents and of the answers of those in both; `differences` counts by item, most first."""

    respondents: int
    only_first: int
    only_second: int
    answers: int
    same: int
    one_cannot_say: int
    differences: dict[str, int]

    @property
    def different(self) -> int:
        """Answers of which the two say different things."""
        return sum(self.differences.values())


def compare(first: pl.DataFrame, second: pl.DataFrame) -> Comparison:
    """Compare two frames of answers (parsed.survey_answers) of one wave by respondent and item.

    The same is the same state with the same code and number. An answer that is missing in both, where one cannot say
    why, is no difference; an answer that is valid in one alone is. UserError where no respondent is in both.
    """
    ours, theirs = (set(frame["respondent"].unique()) for frame in (first, second))
    both = ours & theirs
    if not both:
        raise UserError("no respondent is in both exports; compare exports of one survey, with the same response ids")
    columns = [*_KEY, "state", "code", "number"]
    joined = first.select(columns).join(second.select(columns), on=_KEY, suffix="_second")
    equal = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_second")) for name in ("state", "code", "number"))
    states = pl.concat_list("state", "state_second")
    unsaid = states.list.contains(_UNKNOWN) & ~states.list.contains("valid")
    judged = joined.with_columns(equal=equal).with_columns(unsaid=unsaid & ~pl.col("equal"))
    differ = judged.filter(~pl.col("equal") & ~pl.col("unsaid"))
    counts = differ.group_by("item").len().sort(["len", "item"], descending=[True, False])
    return Comparison(
        respondents=len(both),
        only_first=len(ours - theirs),
        only_second=len(theirs - ours),
        answers=judged.height,
        same=int(judged["equal"].sum()),
        one_cannot_say=int(judged["unsaid"].sum()),
        differences=dict(counts.iter_rows()),
    )
