"""What recommendations rest on: contains supply and demand of each beside each other, and which indicators serve it.

Supply and demand are parts of one policy (statement 69a). Which figures lead is declared in
data_contracts/statements/recommendations.yaml; which indicators serve a recommendation stands with them.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from cryptodrug_assets.indicators.catalogue import serves
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.publishing.exchange import codes
from cryptodrug_assets.publishing.exchange.codes import TOTAL
from cryptodrug_assets.publishing.exchange.codes import WORLD_AREA as WORLD
from cryptodrug_assets.publishing.pages.asked import asked
from cryptodrug_assets.publishing.pages.buyers import counts, wording
from cryptodrug_assets.publishing.pages.finding import Finding, Question, Table
from cryptodrug_assets.publishing.pages.joint_rows import Number, together
from cryptodrug_assets.publishing.pages.observed import Observed, Row, listed, named
from cryptodrug_assets.publishing.words import LANGUAGES
from cryptodrug_assets.study.recommendations import DemandFigure, Recommendation, SupplyFigure, recommendations

# Quotients and other figures that are no parts of a whole are written as numbers.
_NUMBERS = ("GR01_tau", "CMP02", "SP02", "SK")


def recommended(at: Observed) -> Question:
    """Every recommendation with what supply and demand say for it."""
    words = at.words
    found = [_finding(at, one) for one in recommendations()]
    said = words.say(
        "Supply and demand are parts of one policy: each recommendation of the study stands here with both."
    )
    findings = (Finding([said]), *found, _served(at))
    return Question("recommendations", words.say("What do the recommendations rest on?"), findings)


def _finding(at: Observed, one: Recommendation) -> Finding:
    words = at.words
    supply = [(figure, line) for figure in one.supply if (line := _supply(at, figure)) is not None]
    demand = [line for figure in one.demand for line in _demand(at, figure)]
    none = words.say("no figure here")
    told = listed(words, (named(words, name, ", ".join(values)) for _, (name, _, values) in supply))
    sentences = [
        words.say("Supply: {figures}.", figures=told or none),
        words.say(
            "Demand: {figures}.",
            figures=listed(words, (named(words, name, value) for _, name, value in demand)) or none,
        ),
    ]
    head = [words.say("Side"), words.say("Where"), words.say("Figure"), words.say("Value")]
    rows = [[words.say("supply"), where, name, value] for _, (name, cells, _) in supply for where, value in cells]
    rows += [[words.say("demand"), *line] for line in demand]
    title = words.say("{title} (statement {id})", title=words.of(one.title), id=one.id)
    return Finding(sentences, None, Table(head, rows, told=True), heading=title)


Cells = list[tuple[str, str]]


def _supply(at: Observed, figure: SupplyFigure) -> tuple[str, Cells, list[str]] | None:
    """A figure: its name with the place, its value by market, and those that a sentence tells: of all markets together,
    else of each; None where no market has it."""
    words = at.words
    indicator, param = codes.indicator(figure.table, figure.text)
    place = WORLD if figure.of == "world" else at.country
    where = {"param": param, "ref_area": place, "drug_class": codes.drug_class(figure.drug_class)}
    rows = [(market, at.last(figure.table, indicator, market=market, **where)) for market in (TOTAL, *at.markets)]
    there = [(market, row) for market, row in rows if row is not None]
    if not there:
        return None
    shown = [(market, row) for market, row in there if row["obs_value"] is not None]
    name = words.indicator(indicator, param)
    if figure.drug_class != "all":
        name += f" ({words.label('drug_class', where['drug_class'])})"
    name += f", {at.name(place)}"
    whole = [pair for pair in shown if pair[0] == TOTAL]
    told = [f"{_value(at, row)} ({at.market(market)})" for market, row in whole or shown]
    return (
        name,
        [(at.market(market), _value(at, row)) for market, row in there],
        told or ["c" if _hidden(there) else "–"],
    )


def _hidden(rows: Sequence[tuple[str, Row]]) -> bool:
    return any(row["obs_status"] == "Q" for _, row in rows)


def _value(at: Observed, row: Row) -> str:
    if row["obs_value"] is None or not row["indicator"].startswith(_NUMBERS) or row["unit_measure"] != "RATIO":
        return at.cell(row)
    number, low, high = Number(at.words), row["lower_bound"], row["upper_bound"]
    text = number.short(row["obs_value"])
    return text if low is None or high is None else f"{text} ({number.short(low)} – {number.short(high)})"


def _demand(at: Observed, figure: DemandFigure) -> Iterator[tuple[str, str, str]]:
    """In which strand, which figure, and its value, of every wave that has it: n of N first."""
    words = at.words
    for wave in at.waves:
        texts = asked(words, wave)
        if figure.item:
            rows = _rows(
                at.of_wave("survey_estimates", wave), item=figure.item, option=figure.option, statistic="share"
            )
            for row in rows:
                answer = texts.answer(figure.item, figure.option, row["answer"])
                name = named(words, texts.question(figure.item, row["question"]), answer)
                yield words.say("Survey, wave {wave}", wave=wave), name, _answered(at, row)
        elif figure.theme:
            for row in _rows(at.of_wave("interview_themes", wave), code=figure.theme):
                n = words.number(row["interviews_n"])
                told = wording(words, row)
                if not row["quoted"]:
                    told = words.say("{word} of those asked, N = {n}", word=told, n=n)
                yield words.say("Interviews, wave {wave}", wave=wave), texts.theme(figure.theme), told
        else:
            for row in _rows(at.of_wave("joint_display", wave), proposition=figure.proposition):
                name = words.of({language: row.get(f"label_{language}") for language in LANGUAGES})
                yield words.say("All strands together, wave {wave}", wave=wave), name, together(words, row)


def _answered(at: Observed, row: Row) -> str:
    words = at.words
    if row["value"] is None:
        return "c"
    text = f"{counts(words, row)} ({words.percent(row['value'], 0)}"
    return text + (f"; {at.span(row['lower'], row['upper'])})" if row["lower"] is not None else ")")


def _rows(frame: pl.DataFrame, **where: str) -> list[Row]:
    return list(frame.filter(**where).iter_rows(named=True)) if frame.height else []


def _served(at: Observed) -> Finding:
    """Every published indicator with the recommendations it serves."""
    words = at.words
    rows = []
    for family in families().values():
        for code in family.codes if family.publish is not None else ():
            if code.internal:
                continue
            text = f"{code.id}_{code.measures[0]}" if code.measures else code.id
            base = codes.indicator(family.table, f"{text}:…" if code.parameter else text)[0]
            rows.append([base, words.any_parameter(base), ", ".join(serves(family.table, code.key))])
    head = [words.say("Code"), words.say("Indicator"), words.say("Statements of the recommendations it serves")]
    said = words.say("Every indicator lists the recommendations that it serves.")
    return Finding(
        [said], None, Table(head, rows, told=True), heading=words.say("Which indicator serves which recommendation")
    )
