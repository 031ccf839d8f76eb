"""Verdicts by rule: what each strand says of a proposition, and what they say together. Nothing is typed in by hand.

A strand supports, is open, contradicts, or is silent. Survey and market support when their interval lies wholly on the
declared side of the threshold and contradict when it lies wholly on the other. Interviews support from `least` mentions
on that are `times` the counter-cases, contradict the other way round; where no counter-case was defined, they cannot
contradict: that nobody spoke of something is no contradiction.

Together (after the triangulation protocol of Farmer et al. 2006: agreement, partial agreement, silence, dissonance):

- silent: no strand was asked; one strand only: one was;
- contradicts: a strand contradicts while another supports it, or all contradict the proposition;
- converges: all support it and speak of the same facet; complements: all support it, of different facets;
- partial: anything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cryptodrug_assets.buyers.triangulation.evidence import (
    Evidence,
    InterviewEvidence,
    MarketEvidence,
    SurveyEvidence,
)
from cryptodrug_assets.buyers.triangulation.propositions import (
    InterviewRule,
    MarketRule,
    Proposition,
    RowVerdict,
    SurveyRule,
)

StrandVerdict = Literal["supports", "open", "contradicts", "silent"]
Direction = Literal["for", "against", "mixed", "none"]
STRANDS = ("survey", "interviews", "market")


def survey_verdict(rule: SurveyRule | None, evidence: SurveyEvidence | None) -> StrandVerdict:
    """By the interval of the share; without answers the survey is silent."""
    if rule is None or evidence is None or evidence.n == 0:
        return "silent"
    return _by_interval(*evidence.interval, rule.side, rule.threshold)


def interviews_verdict(rule: InterviewRule | None, evidence: InterviewEvidence | None) -> StrandVerdict:
    """By mentions and counter-cases; a theme that came up in no interview is silent."""
    if rule is None or evidence is None or evidence.n == 0:
        return "silent"
    counter = evidence.counter or 0
    if evidence.k >= rule.least and evidence.k >= rule.times * counter:
        return "supports"
    if counter >= rule.least and counter >= rule.times * evidence.k:
        return "contradicts"
    return "open"


def market_verdict(rule: MarketRule | None, evidence: MarketEvidence | None) -> StrandVerdict:
    """By the interval of the indicator."""
    if rule is None or evidence is None:
        return "silent"
    return _by_interval(evidence.lower, evidence.upper, rule.side, rule.threshold)


def _by_interval(lower: float, upper: float, side: str, threshold: float) -> StrandVerdict:
    above, below = lower > threshold, upper < threshold
    if side == "below":
        above, below = below, above
    return "supports" if above else "contradicts" if below else "open"


def robust_to_missing(rule: SurveyRule, evidence: SurveyEvidence) -> bool | None:
    """Whether the survey's verdict would hold whatever those who did not answer had said; null for an open verdict."""
    verdict = survey_verdict(rule, evidence)
    bounds = evidence.bounds
    if verdict not in ("supports", "contradicts") or bounds is None:
        return None
    low, high = bounds
    on_side = low > rule.threshold if rule.side == "above" else high < rule.threshold
    off_side = high < rule.threshold if rule.side == "above" else low > rule.threshold
    return on_side if verdict == "supports" else off_side


def together(verdicts: Mapping[str, StrandVerdict], facets: Mapping[str, str]) -> RowVerdict:
    """What the strands say together.

    >>> together({"survey": "supports", "interviews": "supports"}, {"survey": "motive", "interviews": "motive"})
    'converges'
    >>> together({"survey": "supports", "interviews": "contradicts"}, {"survey": "motive", "interviews": "motive"})
    'contradicts'
    """
    voices = {strand: verdict for strand, verdict in verdicts.items() if verdict != "silent"}
    said = set(voices.values())
    if len(voices) < 2:
        return "one strand only" if voices else "silent"
    if {"supports", "contradicts"} <= said or said == {"contradicts"}:
        return "contradicts"
    if said == {"supports"}:
        return "converges" if len({facets[strand] for strand in voices}) == 1 else "complements"
    return "partial"


def direction(verdicts: Mapping[str, StrandVerdict]) -> Direction:
    """Where the strands that take a side stand."""
    sides = {"supports", "contradicts"} & set(verdicts.values())
    return "mixed" if len(sides) == 2 else "for" if "supports" in sides else "against" if sides else "none"


@dataclass(frozen=True)
class Judged:
    """The verdicts of one proposition."""

    strands: Mapping[str, StrandVerdict]
    facets: Mapping[str, str]
    verdict: RowVerdict
    direction: Direction


def judged(proposition: Proposition, evidence: Evidence) -> Judged:
    """All verdicts of a proposition from its rules and evidence."""
    strands: dict[str, StrandVerdict] = {
        "survey": survey_verdict(proposition.survey, evidence.survey),
        "interviews": interviews_verdict(proposition.interviews, evidence.interviews),
        "market": market_verdict(proposition.market, evidence.market),
    }
    rules = {"survey": proposition.survey, "interviews": proposition.interviews, "market": proposition.market}
    facets = {strand: rule.facet for strand, rule in rules.items() if rule is not None}
    return Judged(strands, facets, together(strands, facets), direction(strands))


def stability(proposition: Proposition, evidence: Evidence, *, resamples: int = 1000, seed: int = 7) -> float | None:
    """Share of resamples with the same verdict and direction; null without resamples, and where all is silent."""
    computed = judged(proposition, evidence)
    if resamples < 1 or computed.verdict == "silent":
        return None
    # Each proposition by its own name: adding one changes no other.
    rng = np.random.default_rng([seed, *proposition.proposition.encode()])
    same = 0
    for _ in range(resamples):
        drawn = judged(proposition, evidence.resampled(rng))
        same += (drawn.verdict, drawn.direction) == (computed.verdict, computed.direction)
    return same / resamples
