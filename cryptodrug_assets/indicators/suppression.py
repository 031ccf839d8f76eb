"""Suppression of cells in additive tables, and the audit of what the rest still gives away.

A table is an array of cells whose last row and last column are the sums of the others (a column vector has only the
last row). Primary cells are given; `protect` adds secondary ones until no suppressed cell can be computed closely from
what is published. The audit is exact: for each suppressed cell, the least and the greatest value that the published
cells allow (two linear programmes). Nothing here knows indicators.
"""

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.float64]
Mask = NDArray[np.bool_]
# A suppressed value must remain uncertain by this share of itself to both sides (p% rule).
PROTECTION = 0.15


def audit(cells: Cells, suppressed: Mask, of: Mask | None = None) -> tuple[Cells, Cells]:
    """Least and greatest possible value of the cells `of` (default all) for someone who sees what is not suppressed.

    Values are known to be at least zero. Other cells are returned as they are.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    low, high = cells.astype(float).copy(), cells.astype(float).copy()
    places = np.argwhere(suppressed)
    if not len(places):
        return low, high
    number = {tuple(place): k for k, place in enumerate(places)}
    lines = _lines(cells.shape)
    entries: list[tuple[int, int, float]] = []
    right: list[float] = []
    for line in lines:
        hidden = [(place, sign) for place, sign in line if suppressed[place]]
        if hidden:
            entries += [(len(right), number[place], sign) for place, sign in hidden]
            right.append(-sum(sign * cells[place] for place, sign in line if not suppressed[place]))
    row, column, sign = (list(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
    # Scaled to the largest cell, or the solver's tolerance would hide small counts beside large sums.
    scale = max(1.0, float(np.abs(cells).max()))
    equal = csr_array((sign, (row, column)), shape=(len(right), len(places)))
    for place, k in number.items():
        if of is not None and not of[place]:
            continue
        for direction, bounds in ((1.0, low), (-1.0, high)):
            goal = np.zeros(len(places))
            goal[k] = direction
            solved = linprog(goal, A_eq=equal, b_eq=np.array(right) / scale, bounds=(0, None), method="highs")
            if solved.status == 3:  # unbounded
                bounds[place] = np.inf
            elif solved.status == 0:
                bounds[place] = direction * solved.fun * scale
            else:
                raise ValueError(f"the published cells contradict each other: {solved.message}")
    return low, high


def exposed(cells: Cells, suppressed: Mask, primary: Mask, protection: float = PROTECTION) -> Mask:
    """Primary cells whose value the published ones pin down more closely than `protection` allows.

    Secondary cells are no secret themselves; they are hidden for the primary ones.
    """
    low, high = audit(cells, suppressed, primary)
    # A zero has no share of itself: it needs room above it.
    room = np.maximum(np.abs(cells) * protection, 1e-6)
    close_above = high - cells < room
    close_below = (cells - low < room) & (cells > 1e-9)
    return suppressed & primary & (close_above | close_below)


def protect(
    cells: Cells, primary: Mask, protection: float = PROTECTION, keep: Mask | None = None, start: Mask | None = None
) -> Mask:
    """Primary cells and the secondary ones they need; cells in `keep` are taken last,
    those in `start` are hidden already. The grand total stays published.

    For each exposed cell the smallest other cell of one of its sums joins it; then the audit is run again, until
    nothing is exposed. Raises ValueError when even everything suppressed would not do.
    """
    suppressed = primary.copy() if start is None else primary | start
    total = tuple(size - 1 for size in cells.shape)
    suppressed[total] = False
    reluctant = np.zeros_like(primary) if keep is None else keep
    while (open_cells := np.argwhere(exposed(cells, suppressed, primary, protection))).size:
        place = tuple(open_cells[0])
        candidates = {
            other
            for line in _lines(cells.shape)
            if any(member == place for member, _ in line)
            for other, _ in line
            if not suppressed[other] and other != total
        }
        if not candidates:
            free = np.argwhere(~suppressed)
            candidates = {tuple(other) for other in free if tuple(other) != total}
        if not candidates:
            raise ValueError("the table cannot be protected: publish it coarser or not at all")
        # Nothing hides behind a zero.
        best = min(
            candidates, key=lambda other: (bool(reluctant[other]), cells[other] <= 0, float(cells[other]), other)
        )
        suppressed[best] = True
    return suppressed


def _lines(shape: tuple[int, ...]) -> list[list[tuple[tuple[int, ...], float]]]:
    """The sums of the table: each a list of (cell, sign) that adds up to zero."""
    rows, columns = shape
    lines: list[list[tuple[tuple[int, ...], float]]] = [
        [*(((i, j), 1.0) for i in range(rows - 1)), ((rows - 1, j), -1.0)] for j in range(columns)
    ]
    if columns > 1:
        lines += [[*(((i, j), 1.0) for j in range(columns - 1)), ((i, columns - 1), -1.0)] for i in range(rows)]
    return lines
