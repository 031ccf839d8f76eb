"""Interviews and joint display in public: words instead of numbers, unless the study prints the number itself.

Ten people are few: most, some, few or none. A count stands only where it is the printed one (`quoted`). Of a row of the
joint display the survey's numbers are those of survey_estimates_public; how stable a verdict is stands as a word, since
it could be computed back from a count.
"""

from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.interviews.themes import public_wording
from cryptodrug_assets.buyers.triangulation.propositions import JointDisplay, SurveyRule

Row = dict[str, Any]
_HIGH, _MIDDLE = 0.8, 0.5
_AS_IS = (
    "wave", "proposition", "statement", "label_en", "label_nl", "label_fr", "rules_dated", "verdict", "direction",
    "survey_verdict", "survey_facet", "survey_period", "interviews_verdict", "interviews_facet", "market_verdict",
    "market_facet", "market_indicator", "market_period", "author_verdict", "author", "author_reason", "synthetic",
)  # fmt: skip
_SURVEY = ("k", "n", "value", "lower", "upper", "bound_low", "bound_high")


def public_themes(themes: pl.DataFrame) -> pl.DataFrame:
    """indicators.interview_themes_public from indicators.interview_themes."""
    rows = []
    for row in themes.iter_rows(named=True):
        word = public_wording(row["present_n"], row["asked_n"])
        quoted = row["wording"] is not None and row["wording"] == f"{row['present_n']} of {row['asked_n']}"
        rows.append(
            {name: row[name] for name in ("wave", "code", "statement", "interviews_n", "synthetic")}
            | {"wording": row["wording"] if quoted else word, "quoted": quoted}
        )
    contract = contracts.load("indicators", "interview_themes_public")
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)


def stability_word(stability: float | None) -> str | None:
    """How often the verdict survives resampling, as a word.

    >>> [stability_word(share) for share in (0.97, 0.66, 0.2, None)]
    ['high', 'middle', 'low', None]
    """
    if stability is None:
        return None
    return "high" if stability >= _HIGH else "middle" if stability >= _MIDDLE else "low"


def public_joint_display(joint: pl.DataFrame, display: JointDisplay, estimates: pl.DataFrame | None) -> pl.DataFrame:
    """indicators.joint_display_public; `estimates` are survey_estimates_public of the wave, None without a survey."""
    rules = {one.proposition: one.survey for one in display.propositions}
    rows = []
    for row in joint.iter_rows(named=True):
        public: Row = {name: row[name] for name in _AS_IS}
        public |= {
            f"survey_{name}": value for name, value in _survey(row, rules[row["proposition"]], estimates).items()
        }
        counted = row["interviews_k"] is not None
        public["interviews_wording"] = public_wording(row["interviews_k"], row["interviews_n"]) if counted else None
        # A market's number stands in the public tables of the markets, with their own disclosure control.
        public["stability"] = stability_word(row["stability"])
        rows.append(public)
    contract = contracts.load("indicators", "joint_display_public")
    return contracts.conform(pl.DataFrame(rows, schema=contract.polars_schema), contract)


def _survey(row: Row, rule: SurveyRule | None, estimates: pl.DataFrame | None) -> Row:
    """The survey's numbers as survey_estimates_public has them; null where it has none for the same share."""
    blank: Row = dict.fromkeys(_SURVEY)
    if rule is None or rule.against_item is not None or estimates is None or row["survey_k"] is None:
        return blank
    named = "+".join(str(option) for option in rule.options)
    for public in estimates.filter(statistic="share").iter_rows(named=True):
        same = (public["item"], public["option"]) == (rule.item, named)
        # An option of a set goes by the set's name there, and by its item's here.
        ticked = named == "1" and f"{public['item']}_{public['option']}" == rule.item
        if (same or ticked) and public["conf_status"] == "F":
            return {name: public[name] for name in _SURVEY}
    codes = [str(option) for option in rule.options]
    open_cells = estimates.filter(
        pl.col("option").is_in(codes), statistic="share", item=rule.item, base="valid answers", conf_status="F"
    )
    if open_cells.height < len(codes) or open_cells["k"].null_count():
        return blank
    # What anybody can add up; an interval of the sum is not among the public figures.
    k, n = int(open_cells["k"].sum()), int(open_cells["n"][0])
    return blank | {"k": k, "n": n, "value": k / n}
