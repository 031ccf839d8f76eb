"""What published sums give away about hidden cells, and which further cells to hide. Nothing here knows indicators.

A system has atoms and published equations over them. A hidden atom is at least its floor for whoever attacks: where
rows stand only for what there is, a hidden count is at least one. An equation is public when all cells it
`needs` are shown; equations that need nothing always are. The audit is exact: the least and the greatest value of a
cell that everything shown allows (two linear programmes each).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cell = tuple[Any, ...]
# A hidden value must remain uncertain by this share of itself to both sides (p% rule), counts by one at least.
PROTECTION = 0.15


@dataclass
class System:
    """Atoms by name with their values; equations over atoms: Σ coefficient × atom is known when `needs` are shown."""

    values: dict[Cell, float]
    least: float = 0.0
    equations: list[tuple[dict[Cell, float], tuple[Cell, ...]]] = field(default_factory=list)
    #: The least that a hidden atom can be, for somebody who knows that its row is there; 0 where it is not given.
    floors: dict[Cell, float] = field(default_factory=dict)
    # Cells that are sums of atoms; every other cell is an atom.
    sums: dict[Cell, dict[Cell, float]] = field(default_factory=dict)

    def value(self, cell: Cell) -> float:
        """True value of a cell."""
        return sum(weight * self.values[atom] for atom, weight in self.parts(cell).items())

    def parts(self, cell: Cell) -> Mapping[Cell, float]:
        """The atoms a cell is the sum of."""
        return self.sums.get(cell, {cell: 1.0})

    def audit(self, hidden: set[Cell], targets: Iterable[Cell]) -> dict[Cell, tuple[float, float]]:
        """Least and greatest possible value of each target for someone who sees all that is not hidden."""
        view = _View(self, hidden)
        return {target: (view.extreme(target, 1.0), view.extreme(target, -1.0)) for target in targets}

    def exposed(self, hidden: set[Cell], targets: Sequence[Cell]) -> list[Cell]:
        """Targets that what is shown pins down more closely than allowed."""
        if not targets:
            return []
        view = _View(self, hidden)
        wanted = np.array([self._room(target) for target in targets]).reshape(-1, 2)
        parts = [view.row(target) for target in targets]
        matrix = np.array([goal for goal, _ in parts]).reshape(len(targets), -1)
        offset = np.array([known for _, known in parts])
        seen_low, seen_high = np.full(len(targets), np.inf), np.full(len(targets), -np.inf)
        open_cells = []
        for number, target in enumerate(targets):
            for direction, seen, bound in ((1.0, seen_low, wanted[:, 0]), (-1.0, seen_high, wanted[:, 1])):
                # Every solution is a possible world: it also shows how uncertain the other cells are.
                if direction * seen[number] > direction * bound[number]:
                    view.extreme(target, direction)
                    reached = offset + matrix @ view.solution
                    np.minimum(seen_low, reached, out=seen_low)
                    np.maximum(seen_high, reached, out=seen_high)
                    if view.unbounded:
                        seen[number] = -direction * np.inf
            if seen_low[number] > wanted[number, 0] or seen_high[number] < wanted[number, 1]:
                open_cells.append(target)
        return open_cells

    def floor(self, cell: Cell) -> float:
        """The least that the cell can be where all of its atoms are hidden."""
        return sum(weight * self.floors.get(atom, 0.0) for atom, weight in self.parts(cell).items())

    def _room(self, cell: Cell) -> tuple[float, float]:
        """Values that must be possible for the cell: so low (but never below its floor) and so high."""
        value = self.value(cell)
        room, slack = max(PROTECTION * value, self.least), 1e-6 * max(1.0, value)
        return max(value - min(value, room), min(self.floor(cell), value)) + slack, value + room - slack


class _View:
    """What someone knows who sees all cells but the hidden ones: equations over the unknown atoms."""

    def __init__(self, system: System, hidden: set[Cell]) -> None:
        from scipy.sparse import csr_array

        self.system = system
        unknown = [atom for atom in system.values if atom in hidden]
        self.number = {atom: place for place, atom in enumerate(unknown)}
        truth = np.array([system.values[atom] for atom in unknown])
        entries: list[tuple[int, int, float]] = []
        for line, (parts, needs) in enumerate(system.equations):
            if not any(cell in hidden for cell in needs):
                entries += [(line, self.number[atom], w) for atom, w in parts.items() if atom in self.number]
        row, column, weight = (list(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
        lines, place = np.unique(np.array(row, dtype=np.intp), return_inverse=True)
        # Scaled to the largest atom, or the solver's tolerance would hide small counts beside large sums.
        self.scale = float(truth.max(initial=0.0)) or 1.0
        self.equal = csr_array((weight, (place, column)), shape=(len(lines), len(unknown)))
        self.right = self.equal @ truth / self.scale
        floors = [system.floors.get(atom, 0.0) / self.scale for atom in unknown]
        self.bounds = np.column_stack([floors, np.full(len(floors), np.inf)]) if floors else np.empty((0, 2))
        self.solution, self.unbounded = truth, False

    def row(self, cell: Cell) -> tuple[NDArray[np.float64], float]:
        """Weights of the unknown atoms in a cell, and what is known of it."""
        goal, known = np.zeros(len(self.number)), 0.0
        for atom, weight in self.system.parts(cell).items():
            if atom in self.number:
                goal[self.number[atom]] = weight
            else:
                known += weight * self.system.values[atom]
        return goal, known

    def extreme(self, cell: Cell, direction: float) -> float:
        """The least (direction 1) or greatest (-1) possible value of a cell; `solution` is a world that has it."""
        from scipy.optimize import linprog

        goal, known = self.row(cell)
        if not goal.any():
            self.unbounded = False
            return known
        solved = linprog(direction * goal, A_eq=self.equal, b_eq=self.right, bounds=self.bounds, method="highs")
        self.unbounded = solved.status == 3
        if self.unbounded:
            return -direction * np.inf
        if solved.status:
            raise ValueError(f"the published cells contradict each other: {solved.message}")
        self.solution = solved.x * self.scale
        return float(known + goal @ self.solution)


def protect(system: System, primary: set[Cell], helper: Callable[[Cell, set[Cell]], set[Cell]]) -> set[Cell]:
    """Primary cells and the secondary ones they need.

    `helper` names the cells to hide next for an exposed one; none when nothing is left to hide behind. ValueError when
    cells stay exposed and none can be hidden any more.
    Cells of zero are no secret and need no protection.
    """
    hidden = set(primary)
    wanted = [cell for cell in primary if _holds(system, cell) and system.value(cell) > 0]
    open_cells = system.exposed(hidden, sorted(wanted, key=repr))
    while open_cells:
        before = len(hidden)
        for cell in open_cells:
            # What an earlier cell of the round hid may be all that this one needed: it is judged anew after the round.
            hidden |= helper(cell, hidden)
        if len(hidden) == before:
            raise ValueError(f"nothing is left to hide {open_cells[0]} behind")
        open_cells = system.exposed(hidden, open_cells)
    return hidden


def _holds(system: System, cell: Cell) -> bool:
    return cell in system.values or cell in system.sums
