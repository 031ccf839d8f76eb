"""The joint display: a row per proposition with evidence, verdicts, stability, and an author's other opinion beside it.

Evidence is looked up in frames by the rules; the frames are those of the contracts indicators.survey_estimates (or any
frame with item, option, k, n_valid, n_shown), indicators.interview_themes and the indicator tables of the markets.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.triangulation.evidence import (
    Evidence,
    InterviewEvidence,
    MarketEvidence,
    SurveyEvidence,
)
from cryptodrug_assets.buyers.triangulation.propositions import JointDisplay, MarketRule, Overrule, Proposition
from cryptodrug_assets.buyers.triangulation.verdicts import STRANDS, judged, robust_to_missing, stability
from cryptodrug_assets.errors import UserError


def joint_display(
    display: JointDisplay,
    evidence: Mapping[str, Evidence],
    *,
    synthetic: bool,
    resamples: int = 1000,
    seed: int = 7,
) -> pl.DataFrame:
    """indicators.joint_display; `evidence` by proposition, none for those of which nothing is known."""
    overruled = {item.proposition: item for item in display.overrules}
    rows = [
        _row(
            display, item, evidence.get(item.proposition, Evidence()), overruled.get(item.proposition), resamples, seed
        )
        | {"synthetic": synthetic}
        for item in display.propositions
    ]
    return pl.DataFrame(rows, schema=contracts.load("indicators", "joint_display").polars_schema)


def _row(
    display: JointDisplay, item: Proposition, evidence: Evidence, overrule: Overrule | None, resamples: int, seed: int
) -> dict[str, Any]:
    found = judged(item, evidence)
    stable = stability(item, evidence, resamples=resamples, seed=seed)
    row: dict[str, Any] = {
        "wave": display.wave,
        "proposition": item.proposition,
        "statement": item.statement,
        **{f"label_{language}": text for language, text in item.label.items()},
        "rules_dated": display.dated,
        "verdict": found.verdict,
        "direction": found.direction,
        "stability": stable,
        "resamples_n": resamples if stable is not None else 0,
        **{f"{strand}_verdict": found.strands[strand] for strand in STRANDS},
        **{f"{strand}_facet": found.facets.get(strand) for strand in STRANDS},
        "author_verdict": overrule.verdict if overrule else None,
        "author": overrule.author if overrule else None,
        "author_reason": overrule.reason if overrule else None,
    }
    # A silent strand has no number, whatever was given.
    row |= _survey(item, evidence.survey if found.strands["survey"] != "silent" else None)
    row |= _interviews(evidence.interviews if found.strands["interviews"] != "silent" else None)
    return row | _market(evidence.market if found.strands["market"] != "silent" else None)


def _survey(item: Proposition, evidence: SurveyEvidence | None) -> dict[str, Any]:
    if evidence is None or item.survey is None:
        names = ("k", "n", "value", "lower", "upper", "bound_low", "bound_high", "robust", "period")
        return {f"survey_{name}": None for name in names}
    low, high = evidence.bounds or (None, None)
    return {
        "survey_k": evidence.k,
        "survey_n": evidence.n,
        "survey_value": evidence.value,
        "survey_lower": evidence.interval[0],
        "survey_upper": evidence.interval[1],
        "survey_bound_low": low,
        "survey_bound_high": high,
        "survey_robust": robust_to_missing(item.survey, evidence),
        "survey_period": evidence.period or item.survey.period,
    }


def _interviews(evidence: InterviewEvidence | None) -> dict[str, Any]:
    return {
        "interviews_k": evidence.k if evidence else None,
        "interviews_n": evidence.n if evidence else None,
        "interviews_counter": evidence.counter if evidence else None,
    }


def _market(evidence: MarketEvidence | None) -> dict[str, Any]:
    return {
        "market_indicator": evidence.indicator if evidence else None,
        "market_value": evidence.value if evidence else None,
        "market_lower": evidence.lower if evidence else None,
        "market_upper": evidence.upper if evidence else None,
        "market_period": evidence.period if evidence else None,
    }


def evidence_from(
    display: JointDisplay,
    *,
    estimates: pl.DataFrame | None = None,
    pairs: Mapping[str, SurveyEvidence] | None = None,
    themes: pl.DataFrame | None = None,
    markets: Mapping[str, pl.DataFrame] | None = None,
) -> dict[str, Evidence]:
    """Evidence by proposition, looked up by its rules; what is not given leaves its strand silent.

    `estimates` and `themes` are rows of one wave, `markets` indicator tables by name. Comparisons of two items need
    answers of persons, which estimates do not hold: the caller brings them in `pairs`, by proposition.
    """
    found = {}
    for item in display.propositions:
        survey = (pairs or {}).get(item.proposition)
        if survey is None and item.survey is not None and item.survey.options and estimates is not None:
            survey = share_evidence(estimates, item.survey.item, item.survey.options)
        interviews = theme_evidence(themes, item.interviews.code) if item.interviews and themes is not None else None
        table = (markets or {}).get(item.market.table) if item.market else None
        market = market_evidence(table, item.market) if item.market and table is not None else None
        found[item.proposition] = Evidence(survey, interviews, market)
    return found


def share_evidence(estimates: pl.DataFrame, item: str, options: Sequence[int | str]) -> SurveyEvidence | None:
    """Evidence of a share from rows (item, option, k, n_valid, n_shown): the options' counts added; null without rows.

    Where rows have missing bounds (bound_low, bound_high), who did not answer is told from them; else those who were
    shown the question and gave no answer. Raises UserError where counts cannot be added: options with different bases,
    or of which one person may give several.
    """
    rows = estimates.filter(
        (pl.col("item") == item) & pl.col("option").cast(pl.String).is_in([str(option) for option in options])
    )
    if "statistic" in rows.columns:
        rows = rows.filter(statistic="share")
    if rows.is_empty():
        return None
    bases = rows.select("n_valid", "n_shown").unique()
    if bases.height > 1:
        raise UserError(f"the options of {item} have different bases; a share of them together is of nothing")
    valid, shown = bases.row(0)
    k = int(rows["k"].sum())
    if k > valid:
        raise UserError(f"the options of {item} are of a set of several answers; name one of them in the rule")
    return SurveyEvidence(k, valid, _missing(rows, valid, shown))


def _missing(rows: pl.DataFrame, valid: int, shown: int | None) -> int:
    """Persons who might have answered: the bounds lie their share apart."""
    if {"bound_low", "bound_high"} <= set(rows.columns):
        low, high = rows.select("bound_low", "bound_high").row(0)
        if low is not None and high is not None and high - low < 1:
            apart = float(high - low)
            return round(valid * apart / (1 - apart))
    return max(0, (shown or valid) - valid)


def paired_evidence(first: pl.Series, second: pl.Series) -> SurveyEvidence:
    """Evidence of two yes/no items in the same persons: those with the first alone against those with the second alone.

    `missing` are the persons of whom one answer is not known: they may be on either side.
    """
    known = first.is_not_null() & second.is_not_null()
    one, other = first.filter(known).cast(pl.Boolean), second.filter(known).cast(pl.Boolean)
    only_first, only_second = int((one & ~other).sum()), int((~one & other).sum())
    return SurveyEvidence(only_first, only_first + only_second, missing=int((~known).sum()))


def theme_evidence(themes: pl.DataFrame, code: str) -> InterviewEvidence | None:
    """Evidence of a theme from indicators.interview_themes; null for a code that no interview was asked about."""
    rows = themes.filter(code=code)
    if rows.is_empty() or not rows["asked_n"].item():
        return None
    row = rows.row(0, named=True)
    return InterviewEvidence(row["present_n"], row["asked_n"], row["counter_n"])


def market_evidence(frame: pl.DataFrame, rule: MarketRule) -> MarketEvidence | None:
    """Evidence of an indicator table; null where the value or its interval is not known."""
    row = market_row(frame, rule)
    if row is None:
        return None
    period = str(row["month"])[:7] if row.get("month") else None
    return MarketEvidence(row["value"], row["lower"], row["upper"], f"{rule.table}.{rule.indicator}", period)


def market_row(frame: pl.DataFrame, rule: MarketRule) -> dict[str, Any] | None:
    """The row that a rule asks, of its latest month; null where the value or its interval is not known.

    Raises UserError where the rule leaves several values, as of several markets.
    """
    rows = frame.filter(indicator=rule.indicator, country=rule.country, drug_class=rule.drug_class)
    if rule.market is not None and "market" in rows.columns:
        rows = rows.filter(market=rule.market)
    rows = rows.filter(pl.all_horizontal(pl.col("value", "lower", "upper").is_not_null()))
    if rows.is_empty():
        return None
    if "month" in rows.columns:
        rows = rows.filter(pl.col("month") == pl.col("month").max())
    if rows.height > 1:
        raise UserError(f"{rule.table} has {rows.height} values of {rule.indicator}; the rule has to name one market")
    return rows.row(0, named=True)
