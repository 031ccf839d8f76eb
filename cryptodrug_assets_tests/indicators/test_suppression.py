"""Suppression: the audit finds what can be computed from sums, protection leaves nothing to find."""

import numpy as np
import pytest

from cryptodrug_assets.indicators.suppression import audit, exposed, protect


def table(inner: np.ndarray) -> np.ndarray:
    """The inner cells with their sums as last row and column."""
    wide = np.column_stack([inner, inner.sum(axis=1)])
    return np.vstack([wide, wide.sum(axis=0)])


def mask(shape: tuple[int, ...], *cells: tuple[int, int]) -> np.ndarray:
    made = np.zeros(shape, dtype=bool)
    for cell in cells:
        made[cell] = True
    return made


def test_a_single_gap_is_no_secret() -> None:
    cells = table(np.array([[5.0, 7.0], [11.0, 13.0]]))
    low, high = audit(cells, mask(cells.shape, (0, 0)))
    assert low[0, 0] == pytest.approx(5)
    assert high[0, 0] == pytest.approx(5)
    assert exposed(cells, mask(cells.shape, (0, 0)), mask(cells.shape, (0, 0)))[0, 0]


def test_four_gaps_leave_a_known_range() -> None:
    """2 × 2 with margins 12, 24, 16, 20: the first cell lies between max(0, 16 − 24) = 0 and min(12, 16) = 12."""
    cells = table(np.array([[5.0, 7.0], [11.0, 13.0]]))
    low, high = audit(cells, mask(cells.shape, (0, 0), (0, 1), (1, 0), (1, 1)))
    assert (low[0, 0], high[0, 0]) == pytest.approx((0, 12))


def test_vector_with_its_total() -> None:
    cells = np.array([[3.0], [40.0], [50.0], [93.0]])
    hidden = protect(cells, mask(cells.shape, (0, 0)))
    assert hidden[:, 0].tolist() == [True, True, False, False]


def test_protection_survives_the_attack_on_random_tables() -> None:
    rng = np.random.default_rng(3)
    for _ in range(4):
        inner = rng.poisson(rng.lognormal(2, 1.5, (8, 6))).astype(float)
        cells = table(inner)
        primary = np.zeros(cells.shape, dtype=bool)
        primary[:-1, :-1] = (inner > 0) & (inner < 3)
        hidden = protect(cells, primary)
        assert (hidden | ~primary).all()
        assert not exposed(cells, hidden, primary).any()
        low, high = audit(cells, hidden, primary)
        assert (low <= cells + 1e-6).all()
        assert (high >= cells - 1e-6).all()
