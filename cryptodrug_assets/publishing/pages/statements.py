"""The study's statements beside what came out here: contains the strip of verdicts and their tables.

Statements on supply are tested by market data (study_scorecard), those on buyers by survey and interviews
(study_scorecard_buyers); the rest are figures of the literature, duties of the system and caveats.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import polars as pl

from cryptodrug_assets.indicators.catalogue import text_of
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.indicators.rows import ALL
from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.publishing.exchange import codes
from cryptodrug_assets.publishing.exchange.observations import datasets
from cryptodrug_assets.publishing.pages import more_charts
from cryptodrug_assets.publishing.pages.finding import Finding, Question, Table
from cryptodrug_assets.publishing.pages.joint_rows import Number
from cryptodrug_assets.publishing.pages.observed import Observed, Row
from cryptodrug_assets.publishing.words import LANGUAGES, Words
from cryptodrug_assets.publishing.words.labels import markets
from cryptodrug_assets.study.statements import CHECKS

#: Verdicts of tests, in the order of the strip; other rows are no tests.
TESTED = ("reproduced", "not_reproduced", "conditional", "contradictory_in_source", "not_enough_seen", "not_computable",
          "confidential")  # fmt: skip
_LAST_OF_SUPPLY, _LAST_OF_BUYERS = 35, 65
_TINY = 1e-300
_RANK = "rank of "


def statements(at: Observed) -> Question:
    """Every statement that is tested here, and those that nothing computes."""
    words = at.words
    title = words.say("What of the study's statements comes out here?")
    market = at.others.get("study_scorecard", pl.DataFrame())
    tests = list(market.iter_rows(named=True))
    buyers = list(at.others.get("study_scorecard_buyers", pl.DataFrame()).iter_rows(named=True))
    if not tests and not buyers:
        return Question("statements", title)
    findings = [_strip(words, [*tests, *buyers])]
    if tests:
        findings.append(_supply(at, sorted(tests, key=_order)))
    findings += _buyers(words, sorted(buyers, key=lambda row: (_number(row["statement"]), row["strand"])))
    return Question("statements", title, tuple(findings))


def _strip(words: Words, rows: Sequence[Row]) -> Finding:
    parts = {words.say("Supply (statements 1 to 35)"): (0, _LAST_OF_SUPPLY),
             words.say("Buyers (statements 36 to 65)"): (_LAST_OF_SUPPLY, _LAST_OF_BUYERS),
             words.say("What is to come, and duties (from 66)"): (_LAST_OF_BUYERS, 999)}  # fmt: skip
    count = Counter((row["statement"], row["verdict"]) for row in rows if row["verdict"] in TESTED)
    drawn = [
        {"panel": part, "x": statement, "y": words.label("verdict", verdict), "n": str(n)}
        for part, (above, last) in parts.items()
        for (statement, verdict), n in sorted(
            count.items(), key=lambda one: (_number(one[0][0]), TESTED.index(one[0][1]))
        )
        if above < _number(statement)[0] <= last
    ]
    there = Counter(row["verdict"] for row in rows if row["verdict"] in TESTED)
    order = [words.label("verdict", verdict) for verdict in TESTED if there[verdict]]
    told = ", ".join(
        f"{words.label('verdict', verdict)} {words.number(there[verdict])}" for verdict in TESTED if there[verdict]
    )
    sentence = words.say("{n} tests of {statements} statements: {verdicts}.", n=words.number(there.total()),
                         statements=words.number(len({name for name, _ in count})), verdicts=told)  # fmt: skip
    name = words.say("Tests of each statement by verdict; the number is how many tests")
    panels = [part for part in parts if any(row["panel"] == part for row in drawn)]
    table = Table(
        [words.say("Statement"), *order],
        [
            [statement, *(words.number(count[statement, verdict]) for verdict in TESTED if there[verdict])]
            for statement in sorted({name for name, _ in count}, key=_number)
        ],
    )
    figure = (name, more_charts.tally(drawn, order=order, panels=panels)) if drawn else None
    return Finding([sentence], figure, table)


def _supply(at: Observed, rows: Sequence[Row]) -> Finding:
    words = at.words
    head = [words.say("No."), words.say("Statement"), words.say("Market"), words.say("Indicator"), words.say("Expected"),
            words.say("Value"), words.say("Verdict")]  # fmt: skip
    table = [
        [row["statement"], words.declared(row["says"]), _market(at, row["market"]), _indicator(words, row),
         _range(words, row["expected_low"], row["expected_high"]), _value(words, row),
         words.label("verdict", row["verdict"])]
        for row in rows
    ]  # fmt: skip
    sentence = words.say(
        "Statements on supply: what the study found, the range that counts as reproduced, the value here."
    )
    caveat = words.say(
        "A statement is tested as far as the observed markets and months allow. Of made-up data it says whether the"
        " instrument measures what it should."
    )
    return Finding([sentence], None, Table(head, table, told=True), caveat)


def _buyers(words: Words, rows: Sequence[Row]) -> Iterator[Finding]:
    head = [words.say("No."), words.say("Statement"), words.say("By"), words.say("Verdict")]
    tested = [row for row in rows if row["strand"] in ("survey", "interviews")]
    others = [row for row in rows if row not in tested]
    for part, sentence in (
        (tested, words.say("Statements on buyers: by survey and interviews.")),
        (
            others,
            words.say("Statements that nothing computes: figures of the literature, duties of the system, caveats."),
        ),
    ):
        if part:
            table = [[row["statement"], words.declared(row["says"]), words.label("strand", row["strand"]),
                      words.label("verdict", row["verdict"])] for row in part]  # fmt: skip
            yield Finding([sentence], None, Table(head, table, told=True))


def _market(at: Observed, market: str) -> str:
    return at.market(codes.TOTAL) if market == ALL else _named(at.words, market)


def _named(words: Words, market: str) -> str:
    # The study's statements name its own markets, whether or not they are among those here.
    return words.label("market", market) if market in markets() else market.replace("_", " ").title()


def _indicator(words: Words, row: Row) -> str:
    """The indicator in words, with its class."""
    of_check = {(check.statement, check.indicator): check.table for check in CHECKS}
    table, name = of_check[row["statement"], row["indicator"]], row["indicator"]
    base = name.removeprefix(_RANK)
    if table in datasets():
        indicator, param = codes.indicator(table, base)
        absent = param in {market for check in CHECKS for market in check.markets} - set(markets())
        text = words.indicator(indicator, param) if not absent else words.any_parameter(indicator)
        text += f" ({_named(words, param)})" if absent else ""
    elif table in families():
        text = words.of({language: text_of(table, base, language).label for language in LANGUAGES})
    else:
        text = words.declared(base)
    if base != name:
        text = words.say("rank of “{indicator}”", indicator=text)
    if row["drug_class"] != ALL:
        text += f" ({words.label('drug_class', codes.drug_class(row['drug_class']))})"
    return text


def _value(words: Words, row: Row) -> str:
    if row["verdict"] == "confidential":
        return "c"
    return "–" if row["value"] is None else Number(words).short(row["value"])


def _range(words: Words, low: float | None, high: float | None) -> str:
    """The range that counts as reproduced, as a reader would write it.

    >>> words = Words("nl")
    >>> _range(words, 0.445, 0.455), _range(words, 5e-324, None), _range(words, 0, 0.01), _range(words, 2, None)
    ('0,445 – 0,455', '> 0', '< 0,01', '≥ 2')
    """
    number = Number(words)
    above_zero = low is not None and 0 < low < _TINY
    if low is not None and low == high:
        return number.short(low)
    if high is None:
        return "–" if low is None else "> 0" if above_zero else f"≥ {number.short(low)}"
    if low is None or low == 0:
        return f"{'≤' if low is None else '<'} {number.short(high)}"
    return f"> 0 – {number.short(high)}" if above_zero else f"{number.short(low)} – {number.short(high)}"


def _number(statement: str) -> tuple[int, str]:
    digits = "".join(sign for sign in statement if sign.isdigit())
    return int(digits), statement


def _order(row: Row) -> tuple[tuple[int, str], str, int]:
    """Rows of the scorecard in the order of the study's statements."""
    names = [*market_configs(), ALL]
    return (
        _number(row["statement"]),
        row["indicator"],
        names.index(row["market"]) if row["market"] in names else len(names),
    )
