"""What survey, interviews and markets say of each proposition, and together: contains the finding and its table.

Its picture is joint_picture.py, its rows joint_rows.py; what strands mean stands in buyers/triangulation.
"""

from collections.abc import Sequence

from cryptodrug_assets.publishing.exchange import codes
from cryptodrug_assets.publishing.exchange.observations import datasets
from cryptodrug_assets.publishing.pages.finding import Finding, Question, Table
from cryptodrug_assets.publishing.pages.joint_picture import joint_picture
from cryptodrug_assets.publishing.pages.joint_rows import (
    HIDDEN,
    Judged,
    Number,
    counted,
    judged,
    of_interviews,
    of_market,
    says,
    together,
)
from cryptodrug_assets.publishing.pages.observed import Observed, Row, listed, named
from cryptodrug_assets.publishing.words import Words


def joint_question(at: Observed, wave: str) -> Question:
    """The joint display of a wave as figure and table; without findings where there is none."""
    words = at.words
    title = words.say("What survey, interviews and markets say together")
    joint = at.of_wave("joint_display", wave)
    if joint.is_empty():
        return Question(f"joint-{wave}", title)
    interviews = at.interviews(wave)
    rows = judged(at, joint)
    counts = joint["verdict"].value_counts(sort=True).sort("count", "verdict", descending=[True, False])
    told = ", ".join(f"{words.label('joint_verdict', verdict)} ({n})" for verdict, n in counts.iter_rows())
    sentences = [
        words.say("Of {n} propositions that were declared beforehand: {verdicts}.", n=joint.height, verdicts=told),
        words.say(
            "Each strand is judged by its own rule: open means that its interval holds the threshold, or that too few"
            " spoke of it; silent, that it was not asked or has no value."
        ),
    ]
    caveat = words.say(
        "Stability: how often resamples of respondents, interviews and market values give the same verdict. Interviews"
        " are told as words, markets by their public values; {mark}: confidential.", mark=HIDDEN,
    )  # fmt: skip
    name = words.say("What survey, interviews and markets say of each proposition, with N of each")
    figure = (name, joint_picture(at, rows, interviews))
    return Question(f"joint-{wave}", title, (Finding(sentences, figure, _table(at, rows, interviews), caveat),))


def _table(at: Observed, rows: Sequence[Judged], interviews: int) -> Table:
    words = at.words
    head = [words.say("Proposition"), words.say("Survey"), words.say("Interviews"), words.say("Markets"),
            words.say("Together")]  # fmt: skip
    return Table(head, [
        [one.label(words), _survey_cell(at, one.row), _interviews_cell(at, one.row, interviews), _market_cell(at, one),
         _verdict(words, one.row)]
        for one in rows
    ], told=True)  # fmt: skip


def _verdict(words: Words, row: Row) -> str:
    text = together(words, row)
    if row["author_verdict"]:
        text = listed(words, (text, words.say(
            "{author}: {verdict}, because {reason}", author=row["author"], reason=words.declared(row["author_reason"]),
            verdict=words.label("joint_verdict", row["author_verdict"]),
        )))  # fmt: skip
    return text


def _said(words: Words, row: Row, strand: str) -> str:
    facet = row[f"{strand}_facet"]
    text = says(words, row, strand)
    if not facet or row[f"{strand}_verdict"] == "silent":
        return text
    return listed(words, (text, words.say("about: {facet}", facet=words.declared(facet))))


def _survey_cell(at: Observed, row: Row) -> str:
    words = at.words
    text = _said(words, row, "survey")
    if row["survey_verdict"] == "silent":
        return text
    text = named(words, text, counted(words, row))
    if row["survey_lower"] is not None:
        text += ", " + words.say("95% interval {interval}", interval=at.span(row["survey_lower"], row["survey_upper"]))
    if row["survey_bound_low"] is not None:
        bounds = at.span(row["survey_bound_low"], row["survey_bound_high"])
        text += ", " + words.say("with the missing {interval}", interval=bounds)
    return text


def _interviews_cell(at: Observed, row: Row, interviews: int) -> str:
    text = _said(at.words, row, "interviews")
    if row["interviews_verdict"] == "silent":
        return text
    return named(at.words, text, of_interviews(at.words, row, interviews))


def _market_cell(at: Observed, one: Judged) -> str:
    words, row = at.words, one.row
    text = _said(words, row, "market")
    if row["market_verdict"] == "silent":
        return text
    table, _, code = (row["market_indicator"] or "").partition(".")
    if table in datasets():
        text = named(words, text, words.indicator(*codes.indicator(table, code)))
    if one.market is None:
        return f"{text}, {of_market(at, None)}"
    number = Number(words)
    low, high = (number.short(one.market[name]) for name in ("lower_bound", "upper_bound"))
    value, _, count = of_market(at, one.market).partition(", ")
    return f"{text}, {value} ({low} – {high}), {count}"
