"""Estimators beside libraries and hand-worked cases; the wave's figures; exact coverage."""

import numpy as np
import polars as pl
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import multinomial_proportions_confint, proportion_confint

from cryptodrug_assets.buyers.survey import intervals, statements, verification
from cryptodrug_assets.buyers.survey.estimates import break_off_curve, survey_estimates, survey_missing
from cryptodrug_assets.buyers.survey.importing import cleaned
from cryptodrug_assets.buyers.survey.paired import exact_mcnemar, paired_difference
from cryptodrug_assets.buyers.survey.ranks import borda
from cryptodrug_assets_tests.buyers.survey.kit import form, imported

NEAR = 1e-9


@pytest.mark.parametrize("n", [1, 4, 9, 10, 42, 66, 99])
def test_proportions_equal_statsmodels(n: int) -> None:
    for k in range(n + 1):
        low, high, method = intervals.proportion(k, n) or (0.0, 0.0, "")
        name = "wilson" if n >= 10 and 0 < k < n else "beta"
        wanted = proportion_confint(k, n, method=name)
        assert method == ("Wilson" if name == "wilson" else "Clopper-Pearson")
        assert low == pytest.approx(max(0.0, np.nan_to_num(wanted[0])), abs=NEAR)
        assert high == pytest.approx(min(1.0, np.nan_to_num(wanted[1], nan=1.0)), abs=NEAR)
    assert intervals.proportion(0, 0) is None


def _least_coverage(n: int) -> float:
    """The smallest probability over p that the interval holds p."""
    ends = [intervals.proportion(k, n) or (0, 0, "") for k in range(n + 1)]
    grid = np.linspace(0.001, 0.999, 999)
    masses = stats.binom.pmf(np.arange(n + 1)[:, None], n, grid[None, :])
    held = np.array([[low <= p <= high for p in grid] for low, high, _ in ends])
    return float((masses * held).sum(axis=0).min())


def test_exact_coverage() -> None:
    assert _least_coverage(4) >= 0.95
    assert _least_coverage(9) >= 0.95
    assert _least_coverage(10) > 0.83  # Wilson near 0 and 1
    assert _least_coverage(66) > 0.83


def test_goodman_equals_statsmodels_and_the_printed_case() -> None:
    for counts in ([30, 11, 8, 3, 14], [1, 0, 5], [50, 49], [7, 7, 7, 7]):
        wanted = multinomial_proportions_confint(counts, alpha=0.05, method="goodman")
        assert np.asarray(intervals.goodman(counts)) == pytest.approx(np.clip(wanted, 0, 1), abs=NEAR)
    assert [round(100 * end) for end in intervals.goodman([30, 11, 8, 3, 14])[0]] == [31, 61]
    assert intervals.goodman([]) == [] == intervals.goodman([0, 0])


def test_mcnemar_equals_statsmodels() -> None:
    for only_first, only_second in ((2, 12), (0, 5), (9, 9), (1, 30)):
        wanted = mcnemar([[10, only_first], [only_second, 7]], exact=True).pvalue
        assert exact_mcnemar(only_first, only_second) == pytest.approx(wanted, abs=NEAR)
    assert exact_mcnemar(0, 0) == 1.0


@pytest.mark.parametrize(
    ("table", "value", "lower", "upper"),
    [((36, 2, 12, 0), 0.2, 0.0569, 0.3404), ((0, 0, 0, 10), 0.0, -0.2775, 0.2775)],
)
def test_newcombe_by_hand(table: tuple[int, int, int, int], value: float, lower: float, upper: float) -> None:
    """Newcombe 1998, table II, method 10; with nobody positive the two Wilson ends meet the same way."""
    got = paired_difference(*table)
    assert got is not None
    assert got.value == pytest.approx(value)
    assert (round(got.lower, 4), round(got.upper, 4)) == (lower, upper)
    assert paired_difference(0, 0, 0, 0) is None


def test_bca_equals_scipy_on_scipys_own_replicates() -> None:
    rng = np.random.default_rng(3)
    values = rng.poisson(2.6, size=86).astype(float)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=4000, method="BCa", rng=np.random.default_rng(1))
    jackknife = (values.sum() - values) / (len(values) - 1)
    ours = intervals.bca(float(values.mean()), theirs.bootstrap_distribution, jackknife, np.ones(len(values)))
    assert ours == pytest.approx((theirs.confidence_interval.low, theirs.confidence_interval.high), abs=NEAR)
    # Drawing counts of values is drawing people: the interval agrees within what resampling leaves open.
    assert intervals.mean_interval(values) == pytest.approx(ours, abs=0.06)


def test_no_interval_where_nothing_varies() -> None:
    assert intervals.mean_interval(np.full(20, 3.0)) is None
    assert intervals.median_interval(np.full(20, 3.0)) is None
    assert intervals.mean_interval(np.array([1.0, 2.0])) is None
    assert intervals.median_interval(np.arange(30.0)) is not None


def test_borda_by_hand() -> None:
    places = np.array([[1, 2, 3, 0], [1, 3, 2, 0], [2, 1, 0, 0]])
    got = borda(places, ("a", "b", "c", "d"), most=3, top=2, replicates=2000)
    assert got.options == ("a", "b", "c", "d")
    assert got.scores == (8, 6, 3, 0)
    assert got.first == (2, 1, 0, 0)
    # a before b before the rest unless the third person is drawn so often that b reaches a, or c reaches b.
    kept = 0
    for draw in np.ndindex(3, 3, 3):
        total = np.sum([np.where(places[one] > 0, 4 - places[one], 0) for one in draw], axis=0)
        kept += bool(total[0] > total[1] > max(total[2], total[3]))
    assert got.stability == pytest.approx(kept / 27, abs=0.04)


@pytest.fixture(scope="module")
def estimates() -> pl.DataFrame:
    _, answers = cleaned(imported("limesurvey_lsa"), lambda who: who)
    return survey_estimates(answers, form(), statements.load(), replicates=999)


def _row(table: pl.DataFrame, item: str, option: str, statistic: str = "share") -> dict[str, float]:
    wanted = (pl.col("item") == item) & (pl.col("option") == option) & (pl.col("statistic") == statistic)
    return table.row(by_predicate=wanted, named=True)


@pytest.mark.parametrize(
    ("item", "option", "k", "n"),
    [
        ("gender", "1", 97, 97),
        ("source", "1", 30, 66),
        ("reason", "range", 37, 62),
        ("purpose", "customers", 4, 68),
        ("eval_offline", "4+5", 30, 59),
        ("eval_crypto", "4+5", 53, 63),
        ("again", "1", 37, 60),
        ("will_again", "1", 48, 60),
        ("spend", "7+8", 15, 76),
        ("cheapest", "1", 22, 39),
        ("rank", "transactions", 31, 60),
    ],
)
def test_counts_of_the_wave(estimates: pl.DataFrame, item: str, option: str, k: int, n: int) -> None:
    row = _row(estimates, item, option)
    assert (row["k"], row["n_valid"], row["n_all"]) == (k, n, 99)
    assert row["lower"] - NEAR <= row["value"] <= row["upper"] + NEAR
    assert row["bound_low"] <= row["value"] <= row["bound_high"]


def test_other_statistics_of_the_wave(estimates: pl.DataFrame) -> None:
    mean = _row(estimates, "n_new", "", "mean")
    assert mean["value"] == pytest.approx(228 / 86)
    assert (round(mean["lower"], 1), round(mean["upper"], 1)) == (2.2, 3.1)
    assert _row(estimates, "spend", "", "mode")["value"] == 4
    assert _row(estimates, "age_first_use", "", "median")["value"] == 18
    again = _row(estimates, "again", "1")
    assert again["bound_low"] == pytest.approx(37 / 99)
    assert again["bound_high"] == pytest.approx(76 / 99)
    cross = _row(estimates, "purpose_customers=1", "spend=7", "cross_share")
    assert (cross["k"], cross["n_valid"], round(cross["lower"], 2), round(cross["upper"], 2)) == (2, 4, 0.07, 0.93)
    pair = _row(estimates, "eval_offline=4+5", "eval_crypto=4+5", "paired_difference")
    assert pair["p_value"] < 0.01 and pair["lower"] > 0
    scores = {
        row["option"]: row["value"] for row in estimates.filter(pl.col("statistic") == "borda").iter_rows(named=True)
    }
    assert sorted(scores, key=lambda one: -scores[one])[:4] == ["transactions", "reputation", "reviews", "same_region"]


def test_every_statement_of_the_study_has_its_verdict() -> None:
    _, answers = cleaned(imported("limesurvey_lsa"), lambda who: who)
    found = {one.id: one.verdict for one in verification.verify(answers, form(), statements.load())}
    assert found.pop("47") == "contradictory_in_source"
    assert found.pop("53") == "conditional"
    assert set(found.values()) == {"reproduced"}
    assert len(found) == 25


def test_a_changed_answer_is_not_reproduced() -> None:
    _, answers = cleaned(imported("limesurvey_lsa"), lambda who: who)
    bent = answers.with_columns(
        code=pl.when((pl.col("item") == "gender") & (pl.col("code") == 1)).then(2).otherwise("code")
    )
    found = {one.id: one.verdict for one in verification.verify(bent, form(), statements.load())}
    assert found["37"] == "not_reproduced"


def test_missing_states_add_up_and_break_off_falls() -> None:
    done = imported("limesurvey_lsa")
    respondents, answers = cleaned(done, lambda who: who)
    table = survey_missing(answers, done.items)
    assert set(table.group_by("item").agg(pl.col("n").sum())["n"]) == {99}
    reached = break_off_curve(respondents, form())["reached"].to_list()
    assert reached == [99, 99, 93, 91, 89, 80, 72, 69, 66, 66, 64, 63, 62, 62, 62]
