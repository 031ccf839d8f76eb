"""Verdicts: every one flips when its numbers flip; the row's verdict by a table of all combinations; the display."""

from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.interviews.code_list import load_code_list
from cryptodrug_assets.buyers.triangulation.display import (
    evidence_from,
    joint_display,
    market_evidence,
    paired_evidence,
    share_evidence,
    theme_evidence,
)
from cryptodrug_assets.buyers.triangulation.evidence import (
    Evidence,
    InterviewEvidence,
    MarketEvidence,
    SurveyEvidence,
)
from cryptodrug_assets.buyers.triangulation.propositions import (
    FOLDER,
    InterviewRule,
    JointDisplay,
    MarketRule,
    Proposition,
    SurveyRule,
    load_joint_display,
    read_joint_display,
)
from cryptodrug_assets.buyers.triangulation.verdicts import (
    direction,
    interviews_verdict,
    judged,
    market_verdict,
    robust_to_missing,
    stability,
    survey_verdict,
    together,
)
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.pipeline.triangulate import MARKETS
from cryptodrug_assets.quality.judge import judge

SURVEY = SurveyRule(facet="motive", item="reason", options=[1], threshold=0.5)
INTERVIEWS = InterviewRule(facet="motive", code="reason")
MARKET = MarketRule(facet="motive", table="shares", indicator="SH01", country="BE", threshold=0.1)
CLAIM = Proposition(
    proposition="claim", label={"en": "a", "nl": "b", "fr": "c"}, survey=SURVEY, interviews=INTERVIEWS, market=MARKET
)
FOR, MIDDLE, AGAINST = SurveyEvidence(48, 60, 39), SurveyEvidence(31, 60, 39), SurveyEvidence(12, 60, 39)


@pytest.mark.parametrize(
    ("side", "k", "n", "verdict"),
    [
        ("above", 48, 60, "supports"), ("above", 31, 60, "open"), ("above", 12, 60, "contradicts"),
        ("below", 48, 60, "contradicts"), ("below", 31, 60, "open"), ("below", 12, 60, "supports"),
        ("above", 0, 0, "silent"),
        # Wilson of 37 of 60 is 49.0 to 72.9 %, of 38 of 60 50.7 to 74.4 %: by hand with z 1.96.
        ("above", 37, 60, "open"), ("above", 38, 60, "supports"),
        # Below ten answers exact: 5 of 5 is 47.8 to 100 %, 6 of 6 54.1 to 100 % (0.025 to the power of 1/n).
        ("above", 5, 5, "open"), ("above", 6, 6, "supports"),
    ],
)  # fmt: skip
def test_the_survey_by_its_interval(side: Any, k: int, n: int, verdict: str) -> None:
    assert survey_verdict(SURVEY.model_copy(update={"side": side}), SurveyEvidence(k, n)) == verdict


@pytest.mark.parametrize(
    ("k", "n", "counter", "verdict"),
    [
        (9, 10, 1, "supports"), (4, 10, 2, "supports"), (3, 10, 2, "open"), (2, 10, 0, "open"), (3, 10, 0, "supports"),
        (2, 10, 4, "contradicts"), (0, 10, 3, "contradicts"), (0, 10, 2, "open"), (1, 10, 9, "contradicts"),
        (0, 10, None, "open"), (3, 10, None, "supports"), (0, 0, None, "silent"),
    ],
)  # fmt: skip
def test_interviews_by_mentions_and_counter_cases(k: int, n: int, counter: int | None, verdict: str) -> None:
    assert interviews_verdict(INTERVIEWS, InterviewEvidence(k, n, counter)) == verdict


@pytest.mark.parametrize(
    ("lower", "upper", "above", "below"),
    [(0.11, 0.3, "supports", "contradicts"), (0.05, 0.2, "open", "open"), (0.01, 0.09, "contradicts", "supports")],
)
def test_markets_by_their_interval(lower: float, upper: float, above: str, below: str) -> None:
    evidence = MarketEvidence((lower + upper) / 2, lower, upper)
    assert market_verdict(MARKET, evidence) == above
    assert market_verdict(MARKET.model_copy(update={"side": "below"}), evidence) == below


def test_a_strand_without_rule_or_evidence_is_silent() -> None:
    assert survey_verdict(None, FOR) == interviews_verdict(None, InterviewEvidence(9, 10)) == "silent"
    assert survey_verdict(SURVEY, None) == market_verdict(MARKET, None) == market_verdict(None, None) == "silent"


# Three strands, facets alike → together, and where they stand: S supports, O open, C contradicts, - silent.
TRUTH = {
    "---": ("silent", "none"), "S--": ("one strand only", "for"), "O--": ("one strand only", "none"),
    "C--": ("one strand only", "against"), "SS-": ("converges", "for"), "SO-": ("partial", "for"),
    "SC-": ("contradicts", "mixed"), "OO-": ("partial", "none"), "OC-": ("partial", "against"),
    "CC-": ("contradicts", "against"), "SSS": ("converges", "for"), "SSO": ("partial", "for"),
    "SSC": ("contradicts", "mixed"), "SOO": ("partial", "for"), "SOC": ("contradicts", "mixed"),
    "SCC": ("contradicts", "mixed"), "OOO": ("partial", "none"), "OOC": ("partial", "against"),
    "OCC": ("partial", "against"), "CCC": ("contradicts", "against"),
}  # fmt: skip
WORD: dict[str, Any] = {"S": "supports", "O": "open", "C": "contradicts", "-": "silent"}


def test_every_combination_has_its_verdict_in_any_order() -> None:
    strands = ("survey", "interviews", "market")
    facets = dict.fromkeys(strands, "motive")
    for marks in product("SOC-", repeat=3):
        key = "".join(sorted(marks, key="SOC-".index))
        said = dict(zip(strands, (WORD[mark] for mark in marks), strict=True))
        assert (together(said, facets), direction(said)) == TRUTH[key], marks


@pytest.mark.parametrize("marks", ["SS-", "SSS"])
def test_other_facets_complement(marks: str) -> None:
    said = dict(zip(("survey", "interviews", "market"), (WORD[mark] for mark in marks), strict=True))
    assert together(said, {"survey": "motive", "interviews": "intention", "market": "motive"}) == "complements"
    assert together(said, {"survey": "motive", "interviews": "motive", "market": "motive"}) == "converges"


def test_the_facet_of_a_silent_strand_does_not_count() -> None:
    said: dict[str, Any] = {"survey": "supports", "interviews": "supports", "market": "silent"}
    assert together(said, {"survey": "a", "interviews": "a", "market": "b"}) == "converges"


def test_numbers_flip_the_row() -> None:
    many, few = InterviewEvidence(9, 10, 1), InterviewEvidence(1, 10, 9)
    high, low = MarketEvidence(0.2, 0.15, 0.25), MarketEvidence(0.05, 0.02, 0.08)
    found = {
        (survey.k, interviews.k, market.value): judged(CLAIM, Evidence(survey, interviews, market)).verdict
        for survey, interviews, market in product((FOR, AGAINST), (many, few), (high, low))
    }
    assert found[(48, 9, 0.2)] == "converges"
    assert {verdict for key, verdict in found.items() if key != (48, 9, 0.2)} == {"contradicts"}
    assert judged(CLAIM, Evidence(MIDDLE, many, high)).verdict == "partial"
    assert judged(CLAIM, Evidence(interviews=many)).verdict == "one strand only"
    assert judged(CLAIM, Evidence()).verdict == "silent"


def test_missing_bounds() -> None:
    """By hand: 48 of 60, 39 missing: 48/99 = 48.5 % to 87/99 = 87.9 %: not robust. With 30 missing: 48/90 = 53 %."""
    assert robust_to_missing(SURVEY, FOR) is False
    assert robust_to_missing(SURVEY, replace(FOR, missing=30)) is True
    assert robust_to_missing(SURVEY, AGAINST) is False  # (12 + 39) / 99 = 51.5 %
    assert robust_to_missing(SURVEY, replace(AGAINST, missing=30)) is True  # 42/90
    assert robust_to_missing(SURVEY, MIDDLE) is None
    below = SURVEY.model_copy(update={"side": "below"})
    assert robust_to_missing(below, replace(AGAINST, missing=30)) is True and robust_to_missing(below, AGAINST) is False


def test_stability_of_what_cannot_vary_is_one_and_of_a_coin_is_not() -> None:
    sure = Evidence(SurveyEvidence(60, 60), InterviewEvidence(10, 10, 0))
    assert stability(CLAIM, sure, resamples=200) == 1.0
    edge = Evidence(SurveyEvidence(38, 60), InterviewEvidence(10, 10, 0))
    # The verdict holds when 38 or more of 60 are drawn of a binomial with mean 38: a little over half.
    share = stability(CLAIM, edge, resamples=4000)
    assert share is not None and abs(share - 0.55) < 0.03
    assert stability(CLAIM, edge, resamples=500) == stability(CLAIM, edge, resamples=500)
    assert stability(CLAIM, Evidence(), resamples=500) is None


def test_resamples_keep_means_and_never_leave_what_is_possible() -> None:
    rng = np.random.default_rng(1)
    drawn = [InterviewEvidence(7, 10, 5).resampled(rng) for _ in range(4000)]
    assert np.mean([item.k for item in drawn]) == pytest.approx(7, abs=0.1)
    assert np.mean([item.counter or 0 for item in drawn]) == pytest.approx(5, abs=0.1)
    moved = [MarketEvidence(1.0, 0.5, 1.5).resampled(rng) for _ in range(4000)]
    assert np.std([item.value for item in moved]) == pytest.approx(1 / 3.92, abs=0.01)
    assert all(item.upper - item.lower == pytest.approx(1.0) for item in moved)
    assert InterviewEvidence(3, 10).resampled(rng).counter is None


@pytest.mark.parametrize("wrong", [(5, 4, 0), (-1, 4, 0), (1, 4, -1)])
def test_impossible_counts_are_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no count"):
        SurveyEvidence(*wrong)


def document() -> dict[str, Any]:
    with (FOLDER / "cryptodrug_2019.yaml").open(encoding="utf-8") as file:
        found: dict[str, Any] = yaml.safe_load(file)
    return found


def test_the_declared_propositions_are_sound() -> None:
    display = load_joint_display("2019")
    codes = load_code_list("2019")
    assert codes and len(display.propositions) >= 8
    declared = {item.code for item in codes.codes}
    assert {item.interviews.code for item in display.propositions if item.interviews} <= declared
    for item in display.propositions:
        if item.market:
            assert "indicator" in contracts.load("indicators", item.market.table).polars_schema


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"overrules": [{"proposition": "buys_near_home", "verdict": "converges"}]}, "author"),
        (
            {"overrules": [{"proposition": "buys_near_home", "verdict": "converges", "author": " ", "reason": "x",
                            "dated": date(2027, 1, 1)}]},
            "name and reason",
        ),
        (
            {"overrules": [{"proposition": "nothing", "verdict": "converges", "author": "A", "reason": "x",
                            "dated": date(2027, 1, 1)}]},
            "not declared",
        ),
        ({"dated": None}, "dated"),
        ({"propositions": []}, "propositions"),
        ({"verdict": "converges"}, "verdict"),
    ],
)  # fmt: skip
def test_a_hand_typed_verdict_needs_name_and_reason(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    (tmp_path / "cryptodrug_2019.yaml").write_text(yaml.safe_dump(document() | change), "utf-8")
    with pytest.raises(UserError, match=said):
        load_joint_display("2019", tmp_path)


def test_the_display_shows_both_verdicts_and_keeps_its_contract() -> None:
    overrule = {
        "proposition": "buys_near_home", "verdict": "converges", "author": "A. Author", "reason": "because",
        "dated": "2027-01-01",
    }  # fmt: skip
    display = JointDisplay.model_validate(document() | {"overrules": [overrule]})
    evidence = {
        "buys_near_home": Evidence(
            SurveyEvidence(38, 60, 39), InterviewEvidence(6, 10, 2), MarketEvidence(0.5, 0.4, 0.6)
        ),
        "harm_reduction_from_fora": Evidence(SurveyEvidence(41, 64, 35)),
        # A number for a strand that has no rule is not shown.
        "range_draws_buyers": Evidence(SurveyEvidence(37, 62, 37), None, MarketEvidence(1, 0, 2)),
    }
    frame = joint_display(display, evidence, synthetic=True, resamples=200)
    rows = {row["proposition"]: row for row in frame.iter_rows(named=True)}
    near = rows["buys_near_home"]
    assert (near["verdict"], near["author_verdict"], near["author"]) == ("complements", "converges", "A. Author")
    assert (near["survey_k"], near["survey_n"], near["interviews_counter"], near["market_value"]) == (38, 60, 2, 0.5)
    assert near["survey_bound_low"] == pytest.approx(38 / 99) and near["survey_robust"] is False
    assert rows["harm_reduction_from_fora"]["verdict"] == "one strand only"
    assert rows["range_draws_buyers"]["market_value"] is None
    assert rows["use_does_not_rise"]["verdict"] == "silent" and rows["use_does_not_rise"]["stability"] is None
    for verdicts in judge({"indicators.joint_display": frame}, engine="duckdb").values():
        assert [result.rule.id for verdict in verdicts for result in verdict.failed] == []
    secret = frame.with_columns(author=pl.lit(None, dtype=pl.String))
    found = judge({"indicators.joint_display": secret}, engine="duckdb")["indicators.joint_display"]
    assert {result.rule.id for verdict in found for result in verdict.failed} == {"overruled_openly"}
    typed = frame.with_columns(verdict=pl.lit("converges"))
    found = judge({"indicators.joint_display": typed}, engine="duckdb")["indicators.joint_display"]
    assert "silence_counted" in {result.rule.id for verdict in found for result in verdict.failed}


def test_the_verdicts_of_the_studys_own_figures() -> None:
    """From the counts of the synthetic survey (60 % of 62, 63 % of 60, 4 of 68, 60 against 74 of 88): three that a hand
    would have called converging are not."""
    display = load_joint_display("2019")
    by_key = {item.proposition: item for item in display.propositions}

    def verdict(key: str, survey: SurveyEvidence, interviews: InterviewEvidence) -> str:
        return judged(by_key[key], Evidence(survey, interviews)).verdict

    assert verdict("range_draws_buyers", SurveyEvidence(37, 62), InterviewEvidence(4, 10)) == "partial"
    assert verdict("not_bought_to_sell", SurveyEvidence(4, 68), InterviewEvidence(9, 10, 1)) == "complements"
    assert verdict("ecstasy_is_the_main_drug", SurveyEvidence(9, 32), InterviewEvidence(7, 10)) == "contradicts"
    assert verdict("police_risk_is_small", SurveyEvidence(53, 60), InterviewEvidence(8, 10, 1)) == "converges"


def test_evidence_from_frames() -> None:
    estimates = pl.DataFrame(
        {
            "item": ["law", "law", "law", "own", "own"], "option": ["1", "2", "3", "1", "0"], "k": [33, 20, 7, 5, 5],
            "n_valid": [60, 60, 60, 10, 11], "n_shown": [62, 62, 62, 12, 12],
        }
    )  # fmt: skip
    assert share_evidence(estimates, "law", [1, 2]) == SurveyEvidence(53, 60, 2)
    assert share_evidence(estimates, "other", [1]) is None
    with pytest.raises(UserError, match="different bases"):
        share_evidence(estimates, "own", [0, 1])
    # 37 of 62, and of all 99 who may have been asked: bounds 37/99 and 74/99 say that 37 are missing.
    bounded = pl.DataFrame(
        {
            "item": ["reason"] * 3, "option": ["range", "price", "range"], "statistic": ["share", "share", "mean"],
            "k": [37, 40, None], "n_valid": [62] * 3, "n_shown": [64] * 3, "bound_low": [37 / 99, 40 / 99, None],
            "bound_high": [74 / 99, 77 / 99, None],
        }
    )  # fmt: skip
    assert share_evidence(bounded, "reason", ["range"]) == SurveyEvidence(37, 62, 37)
    with pytest.raises(UserError, match="set of several answers"):
        share_evidence(bounded, "reason", ["range", "price"])
    first = pl.Series([True, True, False, False, None, True])
    second = pl.Series([False, True, True, False, True, None])
    assert paired_evidence(first, second) == SurveyEvidence(1, 2, missing=2)
    themes = pl.DataFrame(
        {"code": ["a", "b"], "asked_n": [10, 0], "present_n": [9, 0], "counter_n": [1, None]},
        schema_overrides={"counter_n": pl.Int64},
    )
    assert theme_evidence(themes, "a") == InterviewEvidence(9, 10, 1)
    assert theme_evidence(themes, "b") is None and theme_evidence(themes, "c") is None


def test_evidence_is_looked_up_by_the_rules() -> None:
    display = load_joint_display("2019")
    estimates = pl.DataFrame({"item": ["buys_local"], "option": [1], "k": [38], "n_valid": [60], "n_shown": [62]})
    themes = pl.DataFrame({"code": ["buys_local"], "asked_n": [10], "present_n": [6], "counter_n": [2]})
    reach = pl.DataFrame(
        {
            "market": ["all"], "month": [date(2019, 11, 1)], "indicator": ["RT04:world"], "country": ["BE"],
            "drug_class": ["all"], "value": [0.5], "lower": [0.4], "upper": [0.6],
        }
    )  # fmt: skip
    pair = SurveyEvidence(9, 32, 11)
    found = evidence_from(
        display, estimates=estimates, themes=themes, markets={"shipping_window": reach},
        pairs={"ecstasy_is_the_main_drug": pair},
    )  # fmt: skip
    assert found["buys_near_home"] == Evidence(
        SurveyEvidence(38, 60, 2), InterviewEvidence(6, 10, 2),
        MarketEvidence(0.5, 0.4, 0.6, "shipping_window.RT04:world", "2019-11"),
    )  # fmt: skip
    assert found["ecstasy_is_the_main_drug"] == Evidence(pair)
    assert found["range_draws_buyers"] == Evidence()
    assert set(evidence_from(display).values()) == {Evidence()}


def test_evidence_from_an_indicator_table() -> None:
    rule = MARKET.model_copy(update={"market": "dream"})
    row = {"indicator": "SH01", "country": "BE", "drug_class": "all", "value": 0.2, "lower": 0.1, "upper": 0.3}
    rows = [
        row | {"market": "dream", "month": date(2018, 11, 1), "value": 0.15},
        row | {"market": "dream", "month": date(2018, 12, 1)},
        row | {"market": "empire", "month": date(2019, 4, 1)},
    ]
    assert market_evidence(pl.DataFrame(rows), rule) == MarketEvidence(0.2, 0.1, 0.3, "shares.SH01", "2018-12")
    unknown = pl.DataFrame(
        [row | {"lower": None, "market": "dream", "month": date(2018, 12, 1)}], infer_schema_length=1
    )
    assert market_evidence(unknown, rule) is None
    both = pl.DataFrame([rows[2], rows[2] | {"market": "wall_street"}])
    with pytest.raises(UserError, match="name one market"):
        market_evidence(both, MARKET)


def test_the_graph_shows_every_table_of_the_markets_that_a_rule_names() -> None:
    named = {table for path in FOLDER.glob("*.yaml") for table in read_joint_display(path).market_tables}
    assert named == set(MARKETS)
