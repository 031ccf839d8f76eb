"""Linked cells: the audit finds what can be computed from sums, protection leaves nothing to find."""

import numpy as np
import pytest

from cryptodrug_assets.indicators.disclosure.linked_sums import Cell, System, protect


def table(inner: np.ndarray) -> System:
    """Cells of a table whose row and column sums are published."""
    cells: dict[Cell, float] = {
        ("x", i, j): float(inner[i, j]) for i in range(len(inner)) for j in range(len(inner[0]))
    }
    system = System(cells)
    for i in range(len(inner)):
        system.equations.append(({("x", i, j): 1.0 for j in range(len(inner[0]))}, ()))
    for j in range(len(inner[0])):
        system.equations.append(({("x", i, j): 1.0 for i in range(len(inner))}, ()))
    return system


SQUARE = np.array([[5.0, 7.0], [11.0, 13.0]])
CORNER: Cell = ("x", 0, 0)


def test_a_single_gap_is_no_secret() -> None:
    system = table(SQUARE)
    assert system.audit({CORNER}, [CORNER])[CORNER] == pytest.approx((5, 5))
    assert system.exposed({CORNER}, [CORNER]) == [CORNER]


def test_four_gaps_leave_a_known_range() -> None:
    """2 × 2 with margins 12, 24, 16, 20: the first cell lies between max(0, 16 − 24) = 0 and min(12, 16) = 12."""
    system = table(SQUARE)
    assert system.audit(set(system.values), [CORNER])[CORNER] == pytest.approx((0, 12))
    assert system.exposed(set(system.values), [CORNER]) == []


def test_a_shown_window_tells_its_only_hidden_month() -> None:
    """Months 3, 40 and their sum: hiding the first month alone is useless while the sum is shown."""
    months: dict[Cell, float] = {("c", "first"): 3.0, ("c", "second"): 40.0}
    window: Cell = ("C",)
    system = System(
        months, equations=[(dict.fromkeys(months, 1.0), (window,))], sums={window: dict.fromkeys(months, 1.0)}
    )
    assert system.exposed({("c", "first")}, [("c", "first")]) == [("c", "first")]
    hidden = protect(system, {("c", "first")}, lambda _, gone: {window} - gone)
    assert hidden == {("c", "first"), window}


def test_a_small_count_stays_uncertain_by_one() -> None:
    """15 % of 3 is less than one vendor's offer: whole numbers would tell a count within half a unit."""
    cells: dict[Cell, float] = {("x", 0): 3.0, ("x", 1): 0.6}
    system = System(cells, least=1.0, equations=[(dict.fromkeys(cells, 1.0), ())])
    assert system.exposed(set(cells), [("x", 0)]) == [("x", 0)]
    system.least = 0.0
    assert system.exposed(set(cells), [("x", 0)]) == []


def test_two_cells_may_need_the_same_one() -> None:
    """In a row of 3, 4 and 50 whose sum is shown, hiding the third (with its sum) protects both others at once."""
    cells: dict[Cell, float] = {("x", 0): 3.0, ("x", 1): 4.0, ("x", 2): 50.0}
    total: Cell = ("X",)
    system = System(cells, equations=[({("x", 0): 1.0}, (total,)), ({("x", 1): 1.0}, (total,))])
    hidden = protect(system, {("x", 0), ("x", 1)}, lambda _, gone: {total, ("x", 2)} - gone)
    assert hidden == {*cells, total}


def test_without_anything_to_hide_behind_it_says_so() -> None:
    system = table(SQUARE)
    with pytest.raises(ValueError, match="nothing is left"):
        protect(system, {CORNER}, lambda *_: set())


def test_protection_survives_the_audit_on_random_tables() -> None:
    rng = np.random.default_rng(3)
    for _ in range(4):
        inner = rng.poisson(rng.lognormal(2, 1.5, (8, 6))).astype(float)
        system = table(inner)
        primary = {cell for cell, value in system.values.items() if 0 < value < 3}

        def smallest(cell: Cell, gone: set[Cell], system: System = system) -> set[Cell]:
            near = [c for c in system.values if c not in gone and (c[1] == cell[1] or c[2] == cell[2])]
            return {min(near or [c for c in system.values if c not in gone], key=lambda c: (system.values[c] <= 0, c))}

        hidden = protect(system, primary, smallest)
        assert primary <= hidden
        assert system.exposed(hidden, sorted(primary)) == []
        for cell, (low, high) in system.audit(hidden, sorted(primary)).items():
            assert low <= system.values[cell] + 1e-6
            assert high >= system.values[cell] - 1e-6


def test_nothing_sensitive_hides_nothing() -> None:
    system = table(SQUARE)
    assert system.exposed(set(), []) == []
    assert protect(system, set(), lambda *_: set()) == set()
