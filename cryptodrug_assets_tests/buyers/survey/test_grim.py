"""Printed figures and the N they admit: the sets of the study, known answers, and every printed data set admitted."""

import random
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from cryptodrug_assets.buyers.survey import consistency, grim, statements
from cryptodrug_assets.buyers.survey.bounds import mcnemar_bounds, share_bounds
from cryptodrug_assets.errors import UserError

N_OF_53 = [42, 58, 66, 76, 77, 82, 84, 86, 92, 94, 95, 96]
SPENDING = grim.BandClaim((250, "> 50"), (1000, "20"), (100, 250))


def test_the_seven_sets_of_the_study() -> None:
    mean = grim.admit_mean("2.65", 99)
    spend = grim.admit_shares(["20"], 99)
    customers = grim.admit_count("6", 4, 99)
    source = sorted(grim.admit_single_choice(["45", "17", "12", "5", "21"], 99))
    ratings = grim.admit_shares(["51", "84"], 99)
    reasons = grim.admit_shares(["60"], 99)
    again = grim.admit_shares(["62", "80"], 99)
    assert (len(mean), len(again)) == (49, 34)
    assert customers == list(range(62, 73))
    assert source == N_OF_53
    assert ratings[0] == 37
    assert 99 not in source and 99 not in customers
    assert all(99 in one for one in (mean, spend, ratings, reasons, again))
    # No single N explains the six that do not pin the purposes but these.
    together = set(mean) & set(spend) & set(source) & set(ratings) & set(reasons) & set(again)
    assert sorted(together) == [82, 86, 92, 94, 95, 96]
    assert not together & set(customers)


def test_known_impossible_mean() -> None:
    """The example of Brown & Heathers (2017), as R's scrutiny has it."""
    assert 28 not in grim.admit_mean("5.19", 99)
    assert 27 in grim.admit_mean("5.19", 99)


def test_spending_can_be_no_mean_and_no_median_of_its_band() -> None:
    assert grim.admit_band_mean(SPENDING, 99) == []
    assert grim.admit_band_median(SPENDING, 99) == []
    assert len(grim.admit_band_mode(SPENDING, 99)) == 51
    # With a fifth above 250 in all, the same readings can hold.
    easy = grim.BandClaim((250, "20"), (1000, "5"), (100, 250))
    assert grim.admit_band_median(easy, 99)
    assert grim.admit_band_mean(easy, 99)


def _print(value: Fraction, digits: int, rounding: str) -> str:
    with localcontext() as context:
        context.prec = 50
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return str(exact.quantize(Decimal(1).scaleb(-digits), rounding=rounding))


@pytest.mark.parametrize("rounding", grim.ROUNDINGS)
def test_what_was_printed_is_admitted(rounding: str) -> None:
    """1,000 random data sets, printed and read again."""
    rng = random.Random(rounding)
    for _ in range(1000):
        n = rng.randint(1, 120)
        digits = rng.choice([0, 1, 2])
        answers = [rng.randint(0, 12) for _ in range(n)]
        assert grim.mean_possible(_print(Fraction(sum(answers), n), digits, rounding), n)
        counts = [answers.count(value) for value in range(13)]
        shares = [_print(Fraction(100 * k, n), digits, rounding) for k in counts]
        assert grim.single_choice_counts(shares, n) is not None
        for k, share in zip(counts, shares, strict=True):
            assert k in grim.counts(share, n)


def test_nothing_is_admitted_that_no_rounding_prints() -> None:
    for n in range(1, 60):
        for percent in ("0", "5", "50", "62", "99", "33.3", "12.5"):
            digits = len(percent.partition(".")[2])
            by_hand = [
                k
                for k in range(n + 1)
                if percent in {_print(Fraction(100 * k, n), digits, one) for one in grim.ROUNDINGS}
            ]
            assert grim.counts(percent, n) == by_hand


@pytest.mark.parametrize("text", ["", "abc", "-5", "5%", "1e3", "nan", "1.2.3", "٥"])
def test_what_is_no_figure_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="no printed figure"):
        grim.counts(text, 10)


def test_statuses_and_verdicts_of_the_statements() -> None:
    declared = statements.load()
    verdicts = {one.id: consistency.verdict(one, declared.respondents) for one in declared.statements}
    assert verdicts["47"] == "contradictory_in_source"
    assert verdicts["53"] == "conditional"
    assert {one for key, one in verdicts.items() if key not in ("47", "53")} == {"consistent"}
    table = consistency.survey_consistency(declared)
    status = {(row["statement"], row["reading"]): row["status"] for row in table.iter_rows(named=True)}
    assert {reading: one for (statement, reading), one in status.items() if statement == "47"} == {
        "average is the mean": "impossible",
        "average is the median": "impossible",
        "average is the most frequent band": "consistent",
    }
    assert status["53", "one choice each"] == "conditional"


def test_bounds_of_the_headlines() -> None:
    """At N = 66: 54–87 % and 41–75 % of the 99."""
    assert [round(100 * bound) for bound in share_bounds(53, 66, 99) or ()] == [54, 87]
    assert [round(100 * bound) for bound in share_bounds(41, 66, 99) or ()] == [41, 75]
    assert share_bounds(0, 0, 0) is None


def test_bounds_hold_the_truth_however_answers_go_missing() -> None:
    rng = random.Random(5)
    for _ in range(300):
        truth = [rng.random() < 0.4 for _ in range(rng.randint(1, 99))]
        by_value = rng.random() < 0.5
        kept = [one for one in truth if rng.random() < (0.2 if by_value and one else 0.7)]
        low, high = share_bounds(sum(kept), len(kept), len(truth)) or (1.0, 0.0)
        assert low <= sum(truth) / len(truth) <= high


def test_paired_test_without_its_joint_table() -> None:
    """51 and 84 % on one base: p at most 0.023 over all joint tables from N = 37 on, 0.0015 from 63."""
    for n in (one for one in grim.admit_shares(["51", "84"], 99) if one >= 37):
        worst = max(mcnemar_bounds(a, b, n)[1] for a in grim.counts("51", n) for b in grim.counts("84", n))
        assert worst <= (0.0234 if n < 63 else 0.0015)
