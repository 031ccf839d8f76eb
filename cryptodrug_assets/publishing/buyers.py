"""The buyers' part of the report: survey, interviews, joint display and the statements on buyers, in words.

From the public tables alone: what few respondents stand behind is not in them (marked c). n of N stands on every figure
and in every row. Nothing is told by colour: figures are grey, with their numbers beside them.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import polars as pl

from cryptodrug_assets.buyers.survey.estimates import SENTENCE
from cryptodrug_assets.buyers.triangulation.propositions import JointDisplay, declared_joint_display
from cryptodrug_assets.indicators.catalogue import text_of
from cryptodrug_assets.publishing.joint_figure import (
    HIDDEN,
    SAYS,
    counted,
    joint_figure,
    of_interviews,
    of_market,
    together,
)

Row = dict[str, Any]
_STRANDS = {"survey": "Survey", "interviews": "Interviews", "market": "Markets"}
_VERDICTS = {
    "reproduced": "reproduced",
    "not_reproduced": "not reproduced",
    "conditional": "holds only for some numbers of respondents",
    "contradictory_in_source": "contradictory as printed",
    "not_computable": "not computable",
    "literature": "figure of the literature",
    "design_duty": "duty of the system",
    "caveat": "caveat",
}
_ROW, _LEFT, _BAR, _RIGHT = 13, 300, 260, 150
_DARK, _LIGHT = "#4a4a4a", "#d9d9d9"


def buyers_section(tables: Mapping[str, pl.DataFrame], markets: Mapping[str, pl.DataFrame] | None = None) -> str:
    """HTML of the buyers' part from the public tables of waves (by plain name); empty where there is no wave.

    `markets` are the public tables of the markets, for the joint display.
    """
    waves = sorted({wave for frame in tables.values() if frame.height for wave in frame["wave"]})
    of_wave = {wave: {name: frame.filter(wave=wave) for name, frame in tables.items()} for wave in waves}
    return "\n".join(_wave(wave, frames, markets or {}) for wave, frames in of_wave.items())


def _wave(wave: str, tables: Mapping[str, pl.DataFrame], markets: Mapping[str, pl.DataFrame]) -> str:
    parts = [f"<h2>Buyers: wave {escape(wave)}</h2>"]
    if any("synthetic" in frame.columns and frame["synthetic"].any() for frame in tables.values()):
        parts.append(
            '<p class="synthetic">SYNTHETIC: answers and interviews of this wave, or the markets beside them, are made'
            " up. They say nothing about any real buyer.</p>"
        )
    estimates, missing = tables["survey_estimates"], tables["survey_missing"]
    if estimates.height:
        parts += [
            f'<p class="note">{escape(SENTENCE)} What few respondents stand behind is hidden ({HIDDEN}), and with it'
            " what would give it away. Quoted figures are those that the study prints.</p>",
            missing_strip(missing),
            shares_figure(estimates, missing),
            answers_table(estimates),
        ]
    if tables["interview_themes"].height:
        parts.append(themes_table(tables["interview_themes"]))
    if tables["joint_display"].height:
        number = _interviews(tables["interview_themes"])
        parts.append(joint_section(tables["joint_display"], declared_joint_display(wave), number, markets))
    if tables["study_scorecard_buyers"].height:
        parts.append(statements_table(tables["study_scorecard_buyers"]))
    return "\n".join(parts)


def _figure(title: str, rows: list[tuple[str, float | None, str]], *, legend: str) -> str:
    """Bars from 0 to 1 with a label before and a text behind them; a hidden value has no bar, but its text."""
    height = 44 + _ROW * len(rows)
    width = _LEFT + _BAR + _RIGHT
    parts = [
        f'<figure><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" font-family="sans-serif" font-size="10" role="img" aria-label="{escape(title)}">'
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="6" y="14" font-size="12" font-weight="bold" fill="#222">{escape(title)}</text>'
        f'<text x="6" y="29" fill="#444">{escape(legend)}</text>'
    ]
    for number, (label, value, text) in enumerate(rows):
        y = 44 + _ROW * number
        short = label if len(label) < 52 else f"{label[:50]}…"
        parts.append(
            f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end" fill="#222">{escape(short)}</text>'
            f'<rect x="{_LEFT}" y="{y - 4}" width="{_BAR}" height="{_ROW - 4}" fill="none" stroke="{_LIGHT}"/>'
            f'<text x="{_LEFT + _BAR + 6}" y="{y + 4}" fill="#222">{escape(text)}</text>'
        )
        if value is not None:
            parts.append(
                f'<rect x="{_LEFT}" y="{y - 4}" width="{round(_BAR * value, 1)}" height="{_ROW - 4}" fill="{_DARK}"/>'
            )
    return "".join(parts) + "</svg></figure>"


def missing_strip(missing: pl.DataFrame) -> str:
    """How many answered each item: a bar an item, n of N behind it."""
    rows: list[tuple[str, float | None, str]] = []
    for row in missing.sort("position").iter_rows(named=True):
        n, everybody = row["n_valid"], row["n_all"]
        asked = " (routed)" if row["routed"] else ""
        text = f"{HIDDEN} of {everybody}" if n is None else f"{n} of {everybody}"
        label = f"{row['block']}: {row['label_en'] or row['item']}"
        rows.append((label, None if n is None else n / everybody, text + asked))
    return _figure("Who answered", rows, legend="valid answers to each item, of all respondents; any could be skipped")


def shares_figure(estimates: pl.DataFrame, missing: pl.DataFrame) -> str:
    """Shares of answers to questions with one answer or several, as far as they are public."""
    items = missing.sort("position")["item"].to_list()
    shown = estimates.filter((pl.col("statistic") == "share") & pl.col("value").is_not_null())
    rows = [
        (f"{row['question']}: {row['answer']}", row["value"], f"{_counts(row)} ({_percent(row['value'])})")
        for row in sorted(shown.iter_rows(named=True), key=lambda row: _place(row["item"], items))
        if not row["item"].startswith("freq_")
    ]
    return _figure("What they answered", rows, legend="share of those who gave an answer; n of N behind the bar")


def _place(question: str, items: Sequence[str]) -> tuple[int, str]:
    """Where a question stands: its item, or the first of its set."""
    places = [at for at, item in enumerate(items) if item == question or item.startswith(f"{question}_")]
    return min(places, default=len(items)), question


def answers_table(estimates: pl.DataFrame) -> str:
    """Every public estimate with its interval, and its bounds if all without an answer had said one thing."""
    head = ("question", "answer", "figure", "n of N", "value", "95 % interval", "if all missing: no – yes")
    rows = []
    for row in estimates.sort("item", "option", "statistic").iter_rows(named=True):
        pair = row["statistic"] == "paired_difference"
        if row["conf_status"] == "C" or (row["value"] is None and not pair):
            continue
        share = row["statistic"] in ("share", "at_least", "cross_share")
        mark = " (quoted)" if row["quoted"] else ""
        question = row["question"] or row["item"].replace("_", " ")
        answer = row["answer"] or row["option"].replace("_", " ")
        rows.append(
            (
                question,
                answer,
                row["statistic"].replace("_", " "),
                _counts(row),
                (row["method"] if pair else _percent(row["value"]) if share else f"{row['value']:.2f}") + mark,
                _range(row["lower"], row["upper"], share=share),
                _range(row["bound_low"], row["bound_high"], share=True),
            )
        )
    hidden = estimates.filter(conf_status="C").height
    note = f"{hidden} of {estimates.height} figures are confidential and left out."
    return f"<details><summary>All public figures of the survey</summary>{_table(head, rows)}</details>" + _note(note)


def themes_table(themes: pl.DataFrame) -> str:
    """The themes of the interviews, in words."""
    number = _interviews(themes)
    rows = [
        (row["code"].replace("_", " "), row["statement"] or "", f"{row['wording'] or 'not asked'}{_quoted(row)}")
        for row in themes.sort("code").iter_rows(named=True)
        if not row["code"].startswith("code_")
    ]
    note = f"N = {number} interviews: most is more than half, some more than a fifth. A number is the study's own."
    return f"<h3>Interviews</h3>{_table(('theme', 'statement', f'how many of {number}'), rows)}{_note(note)}"


def _interviews(themes: pl.DataFrame) -> int:
    return int(themes["interviews_n"].max() or 0)  # type: ignore[arg-type]


def joint_section(
    joint: pl.DataFrame, display: JointDisplay | None, interviews: int, markets: Mapping[str, pl.DataFrame]
) -> str:
    """What the strands say of each proposition by their rules, and together: a figure, and its numbers as a table."""
    rules = {} if display is None else {one.proposition: one.market for one in display.propositions}
    head = ("proposition", *_STRANDS.values(), "together", "how stable")
    rows = []
    for row in joint.iter_rows(named=True):
        verdict = together(row | {"stability": None})
        if row["author_verdict"]:
            verdict += f"; {row['author']}: {row['author_verdict']}, because {row['author_reason']}"
        found, _ = of_market(row, rules.get(row["proposition"]), markets)
        cells = (_survey_cell(row), _interviews_cell(row, interviews), _market_cell(row, found))
        rows.append((row["label_en"], *cells, verdict, row["stability"] or ""))
    note = (
        "Propositions and rules were declared beforehand; each strand is judged by its own. Open: its interval holds"
        " the threshold, or too few spoke of it. Stable: how often resamples of respondents, interviews and market"
        f" values give the same verdict. Interviews are told as words, markets by their public values; {HIDDEN}:"
        " confidential. From a number to the bytes it rests on: cryptodrug explain survey_estimates --wave WAVE"
        " --item ITEM."
    )
    figure = joint_figure(joint, display, interviews, markets)
    return f"<h3>What survey, interviews and markets say together</h3>{figure}{_table(head, rows)}{_note(note)}"


def statements_table(card: pl.DataFrame) -> str:
    """The study's statements on buyers, and those that are met elsewhere."""
    rows = [
        (row["statement"], row["says"], row["strand"].replace("_", " "), _VERDICTS[row["verdict"]], row["why"] or "")
        for row in sorted(card.iter_rows(named=True), key=lambda row: (_number(row["statement"]), row["strand"]))
    ]
    computed = card.filter(pl.col("strand").is_in(["survey", "interviews"]))
    done = computed.filter(verdict="reproduced").height
    note = f"{done} of {computed.height} tests of statements by survey and interviews reproduced."
    head = ("no.", "statement", "by", "verdict", "what to know, or where it is met")
    return f"<h3>The study's statements on buyers</h3>{_table(head, rows)}{_note(note)}"


def _survey_cell(row: Row) -> str:
    text = _said(row, "survey")
    if row["survey_verdict"] == "silent":
        return text
    text += f": {counted(row)}"
    for name, low, high in (
        ("95 % interval", row["survey_lower"], row["survey_upper"]),
        ("if all missing", row["survey_bound_low"], row["survey_bound_high"]),
    ):
        text += f", {name} {_range(low, high, share=True)}" if low is not None and high is not None else ""
    return text


def _interviews_cell(row: Row, interviews: int) -> str:
    text = _said(row, "interviews")
    return text if row["interviews_verdict"] == "silent" else f"{text}: {of_interviews(row, interviews)}"


def _market_cell(row: Row, found: Row | None) -> str:
    text = _said(row, "market")
    if row["market_verdict"] == "silent":
        return text
    table, _, code = (row["market_indicator"] or "").partition(".")
    text += f": {text_of(table, code).label}" if code else ""
    if found is None:
        return f"{text}, N and value hidden ({HIDDEN})"
    number = f"N = {found['n']:,}" if found["n"] is not None else f"N hidden ({HIDDEN})"
    return f"{text}, {found['value']:.3g} ({found['lower']:.3g} – {found['upper']:.3g}), {number}"


def _said(row: Row, strand: str) -> str:
    facet = f", on {row[f'{strand}_facet']}" if row[f"{strand}_facet"] else ""
    said = SAYS[row[f"{strand}_verdict"]]
    return said if row[f"{strand}_verdict"] == "silent" else said + facet


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first cell of a row names the row; all cells are words."""
    top = "".join(f'<th scope="col" class="told">{escape(cell)}</th>' for cell in head)
    return f'<div class="wide"><table><tr>{top}</tr>\n' + "".join(_lines(rows)) + "</table></div>"


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for first, *rest in rows:
        cells = "".join(f'<td class="told">{escape(cell)}</td>' for cell in rest)
        yield f'<tr><th scope="row" class="told">{escape(first)}</th>{cells}</tr>\n'


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def _counts(row: Row) -> str:
    if row["n"] is None:
        return f"base {HIDDEN}"
    if row["k"] is None:
        return f"N = {row['n']}"
    return f"{row['k']} of {row['n']}{' asked' if row['base'] == 'all asked' else ''}"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _range(low: float | None, high: float | None, *, share: bool) -> str:
    if low is None or high is None:
        return ""
    return f"{100 * low:.0f} – {100 * high:.0f} %" if share else f"{low:.2f} – {high:.2f}"


def _quoted(row: Row) -> str:
    return " (quoted)" if row["quoted"] else ""


def _number(statement: str) -> tuple[int, str]:
    digits = "".join(sign for sign in statement if sign.isdigit())
    return int(digits), statement
