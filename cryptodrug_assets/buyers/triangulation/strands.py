"""The joint display of a wave from the tables of its strands; a table that is not there leaves its strand silent."""

from collections.abc import Mapping

import polars as pl

from cryptodrug_assets.buyers.triangulation.display import evidence_from, joint_display, paired_evidence
from cryptodrug_assets.buyers.triangulation.evidence import SurveyEvidence
from cryptodrug_assets.buyers.triangulation.propositions import JointDisplay


def display_of_strands(
    display: JointDisplay,
    *,
    answers: pl.DataFrame | None,
    estimates: pl.DataFrame | None,
    themes: pl.DataFrame | None,
    markets: Mapping[str, pl.DataFrame],
    synthetic: bool,
    resamples: int = 1000,
) -> pl.DataFrame:
    """indicators.joint_display from clean.answers, survey_estimates, interview_themes of the wave, and market tables.

    Only shares speak for an item: other statistics of it are left out.
    """
    shares = None if estimates is None else estimates.filter(pl.col("statistic") == "share")
    pairs = {} if answers is None else _pairs(display, answers)
    evidence = evidence_from(display, estimates=shares, pairs=pairs, themes=themes, markets=markets)
    return joint_display(display, evidence, synthetic=synthetic, resamples=resamples)


def _pairs(display: JointDisplay, answers: pl.DataFrame) -> dict[str, SurveyEvidence]:
    """Evidence of comparisons of two yes/no items in the same persons, by proposition."""
    valid = answers.filter(pl.col("state") == "valid").select("respondent", "item", "code")
    everyone = answers.select("respondent").unique().sort("respondent")
    found = {}
    for one in display.propositions:
        if one.survey is None or one.survey.against_item is None:
            continue
        first, second = (
            everyone.join(valid.filter(item=name), on="respondent", how="left", maintain_order="left")["code"]
            for name in (one.survey.item, one.survey.against_item)
        )
        found[one.proposition] = paired_evidence(first, second)
    return found
