"""Intervals of counts and of resampled indices: published values, and how often they hold the truth in simulations."""

import numpy as np
import pytest

from cryptodrug_assets.indicators.statistics.intervals import clopper_pearson, replicate_interval, wilson


def test_wilson_and_clopper_pearson_known_values() -> None:
    """Of 5 in 11 and of 0 and 10 in 10 (Clopper–Pearson: 1 − 0.025^(1/10) = 0.3085)."""
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1), abs=1e-4)
    assert clopper_pearson(0, 10) == pytest.approx((0, 0.3085), abs=1e-4)
    assert clopper_pearson(10, 10) == pytest.approx((0.6915, 1), abs=1e-4)
    assert clopper_pearson(5, 11) == pytest.approx((0.1675, 0.7662), abs=1e-4)
    assert wilson(0, 0) == (0, 1)


def test_proportions_are_covered() -> None:
    """Wilson at 40 vendors of whom 30 % do it: nominal 95 %. Clopper–Pearson never below it, by construction."""
    draws = np.random.default_rng(8).binomial(40, 0.3, 3000)
    score = np.mean([low <= 0.3 <= high for low, high in (wilson(x, 40) for x in draws)])
    exact = np.mean([low <= 0.3 <= high for low, high in (clopper_pearson(int(x), 40) for x in draws)])
    assert 0.92 <= score <= 0.98
    assert 0.945 <= exact <= 0.99


def test_replicates_give_percentiles_of_many_vendors_and_nothing_of_few() -> None:
    """Symmetric replicates around the estimate, many vendors: bounds are the 2.5 % and 97.5 % quantiles."""
    replicates = np.linspace(-1, 1, 2001)[None, :]
    low, high = replicate_interval(np.array([0.0]), replicates, np.array([100_000]))
    assert (low[0], high[0]) == pytest.approx((-0.95, 0.95), abs=2e-3)
    # Resampling nine vendors shows nothing beyond the largest and smallest of them.
    low, high = replicate_interval(np.array([0.0]), replicates, np.array([9]))
    assert np.isnan([low[0], high[0]]).all()
