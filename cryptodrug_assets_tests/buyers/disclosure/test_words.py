"""Interviews and joint display in public: words, quoted numbers, and numbers of the survey that are public anyway."""

import polars as pl
import pytest

from cryptodrug_assets.buyers.disclosure.survey import public_survey
from cryptodrug_assets.buyers.disclosure.words import public_joint_display, public_themes
from cryptodrug_assets.buyers.survey import statements
from cryptodrug_assets.buyers.synthetic import WAVE, tables_in_memory
from cryptodrug_assets.buyers.triangulation.propositions import load_joint_display
from cryptodrug_assets.buyers.triangulation.strands import display_of_strands
from cryptodrug_assets.publishing.pages.joint import joint_question
from cryptodrug_assets.publishing.pages.observed import Observed
from cryptodrug_assets.publishing.words import Words
from cryptodrug_assets_tests.publishing.pages.world import observed


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    made = tables_in_memory()
    return made | public_survey(made, statements.of_wave(WAVE))


@pytest.fixture(scope="module")
def public(frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    display = load_joint_display(WAVE)
    joint = display_of_strands(
        display,
        answers=frames["clean.answers"],
        estimates=frames["indicators.survey_estimates"],
        themes=frames["indicators.interview_themes"],
        markets={},
        synthetic=True,
    )
    return public_joint_display(joint, display, frames["indicators.survey_estimates_public"])


def test_a_count_of_interviews_stands_only_as_printed(frames: dict[str, pl.DataFrame]) -> None:
    themes = frames["indicators.interview_themes"]
    words = {row["code"]: row for row in public_themes(themes).iter_rows(named=True)}
    assert words["not_inclined_to_resell"]["wording"] == "9 of 10" and words["not_inclined_to_resell"]["quoted"]
    assert {row["wording"] for row in words.values() if not row["quoted"]} <= {"most", "some", "few or none"}
    other = themes.with_columns(present_n=pl.lit(8, dtype=pl.Int64))
    changed = {row["code"]: row for row in public_themes(other).iter_rows(named=True)}
    assert changed["not_inclined_to_resell"]["wording"] == "most"
    assert not any(row["quoted"] for row in changed.values())


def test_numbers_of_the_survey_are_those_that_are_public(frames: dict[str, pl.DataFrame], public: pl.DataFrame) -> None:
    rows = {row["proposition"]: row for row in public.iter_rows(named=True)}
    assert (rows["range_draws_buyers"]["survey_k"], rows["range_draws_buyers"]["survey_n"]) == (37, 62)
    # Open cells may be added up: 17 + 49 of 86.
    assert (rows["use_does_not_rise"]["survey_k"], rows["use_does_not_rise"]["survey_n"]) == (66, 86)
    # A hidden cell, and a comparison of two items in the same persons.
    for name in ("price_of_mdma_counts", "ecstasy_is_the_main_drug"):
        assert rows[name]["survey_k"] is None and rows[name]["survey_value"] is None
        assert rows[name]["survey_verdict"] != "silent"
    assert "interviews_k" not in public.columns and "interviews_counter" not in public.columns


def test_the_table_tells_markets_in_words(public: pl.DataFrame) -> None:
    told = public.with_columns(
        market_verdict=pl.lit("open"),
        market_indicator=pl.lit("shipping_window.RT04:world"),
        market_facet=pl.lit("reach"),
    )
    at = Observed(observed().clear(), "BE", Words("en"), {"joint_display": told})
    (finding,) = joint_question(at, WAVE).findings
    assert finding.table is not None
    text = " ".join(cell for row in finding.table.rows for cell in row)
    assert "RT04" not in text and "37 of 62" in text and "N and value hidden (c)" in text
