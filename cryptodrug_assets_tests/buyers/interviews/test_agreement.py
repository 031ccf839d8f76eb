"""Agreement against figures worked out by hand or printed by others."""

import pytest

from cryptodrug_assets.buyers.interviews.agreement import Agreement, Unit, ac1, agreement, alpha, kappa, percent

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", nominal data, four observers, twelve units; they
# are cac.raw4raters of Gwet's R package irrCAC, too, which prints the figures for AC1 and percent.
RATINGS = {
    "A": "1 2 3 3 2 1 4 1 2 . . .",
    "B": "1 2 3 3 2 2 4 1 2 5 . 3",
    "C": ". 3 3 3 2 3 4 2 2 5 1 .",
    "D": "1 2 3 3 2 4 4 1 2 5 1 .",
}
PRINTED: list[Unit] = [
    {coder: values.split()[at] for coder, values in RATINGS.items() if values.split()[at] != "."} for at in range(12)
]


def pairs(*cells: tuple[int, int, int]) -> list[Unit]:
    """(what A said, what B said, how often)."""
    return [{"A": a, "B": b} for a, b, times in cells for _ in range(times)]


def of(found: list[Agreement], measure: str) -> Agreement:
    return next(item for item in found if item.measure == measure)


def test_printed_figures() -> None:
    assert alpha(PRINTED) == pytest.approx(0.743, abs=5e-4)
    assert ac1(PRINTED) == pytest.approx(0.77544, abs=5e-6)
    assert percent(PRINTED) == pytest.approx(0.81818, abs=5e-6)
    assert kappa(PRINTED) is None


def test_nine_of_ten_against_ten_of_ten() -> None:
    """By hand: agreement 9/10; κ: chance 0.9 × 1 = 0.9; α: observed 2, expected 2·19·1/19 = 2; AC1: chance 2·0.95·0.05
    = 0.095, (0.9 − 0.095) / 0.905."""
    units = pairs((1, 1, 9), (0, 1, 1))
    assert percent(units) == 0.9 and kappa(units) == 0 and alpha(units) == 0
    assert ac1(units) == pytest.approx((0.9 - 0.095) / 0.905)
    assert round(ac1(units) or 0, 2) == 0.89


def test_a_table_by_hand() -> None:
    """20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: p 0.7; κ: chance 0.5·0.6 + 0.5·0.4 = 0.5, κ 0.4; AC1: π 0.55, chance
    0.495, (0.7 − 0.495) / 0.505; α: n 100, 55 and 45, expected 2·55·45/99 = 50, observed 30, 1 − 30/50."""
    units = pairs((1, 1, 20), (1, 0, 5), (0, 1, 10), (0, 0, 15))
    assert percent(units) == pytest.approx(0.7)
    assert kappa(units) == pytest.approx(0.4)
    assert alpha(units) == pytest.approx(0.4)
    assert ac1(units) == pytest.approx((0.7 - 0.495) / 0.505)


@pytest.mark.parametrize("said", [0, 1])
def test_where_nothing_varies_it_is_not_defined(said: int) -> None:
    found = agreement({f"I{n}": [{"A": said, "B": said}] for n in range(10)})
    assert of(found, "percent").value == 1
    for measure in ("alpha", "ac1", "kappa"):
        one = of(found, measure)
        assert one.value is None and one.lower is None and one.reason and "nothing varies" in one.reason


def test_perfect_agreement_that_varies_is_one() -> None:
    found = agreement({f"I{n}": [{"A": n % 2, "B": n % 2}] for n in range(10)})
    assert [item.value for item in found] == [1, 1, 1, 1]
    assert all(item.lower == item.upper == 1 for item in found), [item.reason for item in found]


def test_the_interval_is_over_interviews() -> None:
    """One interview of ten in which the coders differ in everything: by resampling it comes 0 to 3 times or so."""
    world = {f"I{n}": pairs((1, int(n > 0), 4), (0, int(n == 0), 4)) for n in range(10)}
    found = of(agreement(world), "percent")
    assert found.value == 0.9 and found.units == 80 and found.interviews == 10
    assert found.lower == pytest.approx(0.7) and found.upper == 1.0
    assert agreement(world) == agreement(world)


def test_no_interval_where_resamples_have_no_value() -> None:
    """A code in one of ten interviews: about 0.9^10 = 35 % of the resamples lack it."""
    found = of(agreement({f"I{n}": [{"A": int(n == 0), "B": int(n == 0)}] for n in range(10)}), "alpha")
    assert found.value == 1 and found.lower is None and found.reason and "of the resamples" in found.reason


def test_three_coders() -> None:
    found = agreement({f"I{n}": [{"A": 1, "B": 1, "C": int(n < 4)}] for n in range(8)})
    assert of(found, "percent").value == pytest.approx((4 + 4 / 3) / 8)
    assert of(found, "kappa").reason == "not defined: kappa is of two coders, not 3"


def test_one_coder_has_nobody_to_agree_with() -> None:
    found = agreement({"I1": [{"A": 1}], "I2": [{"A": 0}]})
    assert all(
        item.value is None and item.reason == "not defined: no interview was coded by two coders" for item in found
    )
