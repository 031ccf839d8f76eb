"""What missed pages leave open: variances worked out by hand, and against worlds of which pages are really missed."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy import stats

from cryptodrug_assets.indicators.statistics.missed_pages import (
    missed_pages,
    order_bounds,
    variance_of_class_shares,
    variance_of_levels,
)
from cryptodrug_assets_tests.frames import rows

MONTH = date(2018, 11, 1)


def history(coverage: float | None, *, by_offer: bool = True) -> dict[str, pl.DataFrame]:
    """Offers a1, a2 (BE), a3 (BE and DE) and b1 (DE); two sales of a1 and one of a2 at 10 euros, one of b1 at 30.

    a1 to a3 are cannabis, b1 is mdma. Without `by_offer` the market does not say which offer was sold.
    """
    places = {"a1": ["BE"], "a2": ["BE"], "a3": ["BE", "DE"], "b1": ["DE"]}

    def of(offer: str) -> dict[str, object]:
        return {
            "listing_key": offer, "vendor_key": offer[0], "is_drug": True, "origins": places[offer],
            "n_origins": len(places[offer]), "drug_class": "mdma" if offer == "b1" else "cannabis",
        }  # fmt: skip

    sales = [("a1", 10), ("a1", 10), ("a2", 10), ("b1", 30)]
    named = {} if by_offer else {"listing_key": None}
    made = {
        "listings": rows("clean", "listings", *({**of(offer), "price_basis": "none"} for offer in places)),
        "transactions": rows(
            "clean",
            "transactions",
            *(
                {**of(offer), **named, "transaction_key": f"t{k}", "price_eur": euros, "price_source": "exact"}
                for k, (offer, euros) in enumerate(sales)
            ),
        ),
    }
    if coverage is not None:
        seen = {"indicator": "COV01", "country": "W", "drug_class": "all", "value": coverage}
        made["coverage"] = rows("indicators", "coverage", seen)
    return made


def variances(given: dict[str, pl.DataFrame]) -> dict[tuple[str, str], float]:
    frame = variance_of_levels(given)
    return {(row["indicator"], row["country"]): row["variance"] for row in frame.iter_rows(named=True)}


def test_variance_of_levels_by_hand() -> None:
    """A fifth of the pages missed: .2 Σ z² of offers, sales of an offer, euros; vendors gone with all their offers."""
    found = variances(history(0.8))
    assert found["LV01", "BE"] == pytest.approx(0.2 * (1 + 1 + 0.25))
    assert found["LV01", "DE"] == pytest.approx(0.2 * (0.25 + 1))
    assert found["LV01", "W"] == pytest.approx(0.2 * 4)
    assert found["LV03", "BE"] == pytest.approx(0.2 * (4 + 1))
    assert found["LV04", "W"] == pytest.approx(0.2 * (400 + 100 + 900))
    assert found["LV02", "BE"] == pytest.approx(0.2**3 * (1 - 0.2**3))
    assert found["LV02", "W"] == pytest.approx(0.2**3 * (1 - 0.2**3) + 0.2 * 0.8)


def test_sales_without_their_offer_are_missed_by_vendor() -> None:
    found = variances(history(0.8, by_offer=False))
    assert found["LV03", "BE"] == pytest.approx(0.2 * 9)
    assert found["LV03", "W"] == pytest.approx(0.2 * (9 + 1))


@pytest.mark.parametrize("coverage", [1.0, None])
def test_nothing_is_open_where_nothing_was_missed_or_nobody_knows(coverage: float | None) -> None:
    given = history(coverage)
    assert missed_pages(given)["missed"].to_list() == [0.0]
    assert variance_of_levels(given).is_empty()
    assert variance_of_class_shares(given, "LV01", ["BE", "W"]).is_empty()


def test_variance_of_class_shares_by_hand() -> None:
    """The world has three offers of cannabis and one of mdma: .2 (3 · .25² + .75²) / 4²."""
    found = variance_of_class_shares(history(0.8), "LV01", ["W"])
    assert set(found["drug_class"]) == {"cannabis", "mdma"}
    for variance in found["variance"]:
        assert variance == pytest.approx(0.2 * (3 * 0.25**2 + 0.75**2) / 16)


def test_variance_of_a_level_is_that_of_worlds_with_pages_missed() -> None:
    """2,000 times a seventh of 300 pages missed: the mean estimate is the variance of the sums, within a twentieth."""
    rng = np.random.default_rng(7)
    sold = rng.lognormal(1, 1, 300)
    seen = rng.random((2000, 300)) < 6 / 7
    sums = (seen * sold).sum(axis=1)
    estimates = (seen * sold**2).sum(axis=1) / 7
    assert estimates.mean() == pytest.approx(sums.var(ddof=1), rel=0.05)


@pytest.mark.parametrize("later", [False, True])
def test_bounds_of_tau_hold_the_true_one(later: bool) -> None:
    """Six growing months of 200 vendors, 15 % of the pages missed: τ of the whole is within in 95 of 100 at least.

    `later`: what was missed is looked for again in the next month's pages, but for the last month.
    """
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        sold = rng.lognormal(1, 1, (6, 200)) * (1 + 0.03 * np.arange(6))[:, None]
        seen = np.asarray(rng.random(sold.shape)) < 0.85
        if later:
            seen[:-1] |= rng.random((5, 200)) < 0.85
        levels, variance = (seen * sold).sum(axis=1), 0.15 * (seen * sold**2).sum(axis=1)
        bounds = order_bounds(levels, np.full(6, 0.85), variance, np.arange(6) == 5)
        assert bounds is not None
        tau = stats.kendalltau(np.arange(6), sold.sum(axis=1)).statistic
        held += bounds[0] - 1e-12 <= tau <= bounds[1] + 1e-12
    assert held >= 380


def test_bounds_of_tau_by_hand() -> None:
    """10 and 20 differ by far more than their errors, 20 and 21 do not: three pairs, two rise, one is open."""
    levels, one = np.array([10.0, 20.0, 21.0]), np.ones(3)
    assert order_bounds(levels, one, one, np.zeros(3, dtype=bool)) == pytest.approx((1 / 3, 1))
    assert order_bounds(levels, one, np.zeros(3), np.zeros(3, dtype=bool)) is None
    assert order_bounds(levels, np.array([1.0, 0.0, 1.0]), one, np.zeros(3, dtype=bool)) == (-1, 1)
    # Half of the pages missed, the whole is 120, 80 and 72, or up to 108 where nobody looked again: one pair is open.
    last = np.array([False, False, True])
    falls = np.array([60.0, 40.0, 36.0])
    assert order_bounds(falls, one / 2, one / 4, last) == pytest.approx((-1, -1 / 3))
    assert order_bounds(falls, one / 2, one / 4, np.zeros(3, dtype=bool)) == pytest.approx((-1, -1))
