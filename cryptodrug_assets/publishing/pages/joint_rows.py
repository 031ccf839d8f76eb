"""The rows of the joint display with their public numbers, each looked up once, and the words they are told in."""

import math
from dataclasses import dataclass

import polars as pl

from cryptodrug_assets.buyers.triangulation.propositions import MarketRule, Proposition, declared_joint_display
from cryptodrug_assets.publishing.exchange import codes
from cryptodrug_assets.publishing.exchange.observations import datasets
from cryptodrug_assets.publishing.pages.observed import Observed, Row
from cryptodrug_assets.publishing.words import LANGUAGES, Words

HIDDEN = "c"
_STRANDS = ("survey", "interviews", "market")
_DIGITS = 3


@dataclass(frozen=True)
class Judged:
    """A row of the joint display, its declared rules, and the market's public row of the month that was judged."""

    row: Row
    rule: Proposition | None
    market: Row | None

    def label(self, words: Words) -> str:
        """The proposition in the language."""
        return words.of({language: self.row.get(f"label_{language}") for language in LANGUAGES})


@dataclass(frozen=True)
class Number:
    """Numbers whose size is not known beforehand, in the language."""

    words: Words

    def short(self, value: float) -> str:
        """Three digits of a number, trailing zeros left out.

        >>> [Number(Words("nl")).short(value) for value in (0.9124, 1.5, 1234.5, 0)]
        ['0,912', '1,5', '1.234', '0']
        """
        if value == 0:
            return "0"
        digits = min(6, max(0, _DIGITS - 1 - math.floor(math.log10(abs(value)))))
        least = f"{value:.{digits}f}".rstrip("0") if digits else ""
        return self.words.number(value, len(least.partition(".")[2]))


def judged(at: Observed, joint: pl.DataFrame) -> list[Judged]:
    """The rows of one wave with their rules and the public values of markets, each looked up once."""
    display = declared_joint_display(str(joint["wave"][0]))
    rules = {} if display is None else {one.proposition: one for one in display.propositions}
    rows = []
    for row in joint.iter_rows(named=True):
        rule = rules.get(row["proposition"])
        asked = rule.market if rule is not None and row["market_verdict"] != "silent" else None
        market = _market_row(at, asked, row["market_period"]) if asked is not None else None
        rows.append(Judged(row, rule, market))
    return rows


def _market_row(at: Observed, rule: MarketRule, period: str | None) -> Row | None:
    """The public row of the month that was judged; None where it, or its interval, is not public."""
    if rule.table not in datasets():
        return None
    indicator, param = codes.indicator(rule.table, rule.indicator)
    frame = at.rows(
        rule.table, indicator, param=param, ref_area=codes.ref_area(rule.country),
        drug_class=codes.drug_class(rule.drug_class), market=None if rule.market is None else codes.market(rule.market),
    ).filter(conf_status="F")  # fmt: skip
    frame = frame.drop_nulls(["obs_value", "lower_bound", "upper_bound"])
    month = period or (max(frame["time_period"]) if frame.height else "")
    frame = frame.filter(time_period=month)
    return frame.row(0, named=True) if frame.height == 1 else None


def together(words: Words, row: Row) -> str:
    """What the strands say together: verdict, side, how stable."""
    text = words.label("joint_verdict", row["verdict"])
    if row["direction"] in ("for", "against") and row["verdict"] != "silent":
        text += f" ({words.label('direction', row['direction'])})"
    if row["stability"]:
        text += ", " + words.say("stability {word}", word=words.label("stability", row["stability"]))
    return text


def says(words: Words, row: Row, strand: str) -> str:
    """What a strand says."""
    return words.label("strand_verdict", row[f"{strand}_verdict"])


def counted(words: Words, row: Row) -> str:
    """The survey's n of N with its share; its base where only that is open."""
    if row["survey_k"] is not None and row["survey_value"] is not None:
        of = words.say("{k} of {n}", k=words.number(row["survey_k"]), n=words.number(row["survey_n"]))
        return f"{of} ({words.percent(row['survey_value'], 0)})"
    if row["survey_n"] is not None:
        return f"N = {words.number(row['survey_n'])}"
    return words.say("N and value hidden ({mark})", mark=HIDDEN)


def of_interviews(words: Words, row: Row, interviews: int) -> str:
    """How common the theme was, of how many interviews."""
    wording = row["interviews_wording"]
    word = words.label("wording", wording) if wording else HIDDEN
    return words.say("{word} of those asked, N = {n}", word=word, n=words.number(interviews))


def of_market(at: Observed, public: Row | None) -> str:
    """The market's public value with its N; that both are hidden where it is not public."""
    words = at.words
    if public is None:
        return words.say("N and value hidden ({mark})", mark=HIDDEN)
    value, count = Number(words).short(public["obs_value"]), public["obs_count"]
    number = f"N = {words.number(count)}" if count is not None else words.say("N hidden ({mark})", mark=HIDDEN)
    return f"{value}, {number}"
