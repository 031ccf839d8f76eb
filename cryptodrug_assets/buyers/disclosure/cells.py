"""Which cells of a count table may be shown, so that none of 1 to 4 persons can be worked out.

A table is the answers to one question and those who gave none; its total is known (everybody, or everybody asked).
Known beside the single cells may be the sums of declared groups of them. Cells that are in the same groups form an
atom: all that is known of an atom besides its open cells is its sum. In an atom with a cell of 1 to 4, all cells below
5 are hidden (zeros, too), and with them the first of 5 or more in the order of the answers, whatever its size: every
small cell could then as well be another number, also for who knows this rule. Where that cannot be, nothing of the
table is shown. Integer percents are as telling as counts here, so a hidden cell has no value at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Fewest persons of a cell that is shown, and of a base.
LEAST_CELL = 5
LEAST_BASE = 10
MISSING = "missing"


@dataclass(frozen=True)
class Shown:
    """What may be shown of a table: `cells` by name and `groups` by name with their counts, and the valid answers.

    `valid` is null where the number of those who answered would tell of few who did not.
    """

    cells: Mapping[str, int]
    groups: Mapping[str, int]
    valid: int | None

    @property
    def complete(self) -> bool:
        """Whether nothing is hidden, so that a mean or a mode tells no more than the cells do."""
        return self.valid is not None and self._all

    _all: bool = True


NOTHING = Shown({}, {}, None, _all=False)


def is_small(count: int) -> bool:
    """Whether a cell is of few persons; of nobody it is not."""
    return 0 < count < LEAST_CELL


def shown_cells(counts: Mapping[str, int], total: int, groups: Mapping[str, Sequence[str]]) -> Shown:
    """What may be shown of the answers `counts` of a question that `total` persons could answer.

    `groups` are sums of cells that one would like to show, by name; those that would tell too much are left out.

    >>> table = shown_cells({"1": 41, "2": 17, "3": 6, "4": 2}, 99, {"1+2": ("1", "2")})
    >>> table.cells, table.groups, table.valid
    ({'1': 41, '2': 17}, {'1+2': 58}, 66)
    >>> shown_cells({"0": 4, "1": 60}, 99, {}).cells
    {}
    """
    valid = sum(counts.values())
    # Where the base is hidden, that it is ten or more must not tell how few did not answer.
    if valid < LEAST_BASE or (is_small(total - valid) and total < LEAST_BASE + LEAST_CELL):
        return NOTHING
    cells = dict(counts)
    if total > valid:
        cells[MISSING] = total - valid
    everybody = "valid answers"
    wanted = {everybody: tuple(counts)} | {name: tuple(members) for name, members in groups.items()}
    whole = {everybody} if not is_small(total - valid) else set()
    # A sum that is itself of few, or leaves few, tells as much as a cell.
    sums = {name: sum(counts[cell] for cell in members) for name, members in wanted.items()}
    open_groups = {
        name: members
        for name, members in wanted.items()
        if (name != everybody or whole)
        and not is_small(sums[name])
        and not is_small(total - sums[name])
        and not (whole and is_small(valid - sums[name]))
    }
    hidden = _hidden(cells, open_groups)
    if hidden is None:
        return NOTHING
    return Shown(
        {cell: count for cell, count in counts.items() if cell not in hidden},
        {name: sums[name] for name in groups if name in open_groups},
        valid if everybody in open_groups else None,
        _all=not hidden,
    )


def _hidden(cells: Mapping[str, int], groups: Mapping[str, Sequence[str]]) -> set[str] | None:
    """The cells to hide under these open sums; None where an atom cannot be protected."""
    atoms: dict[tuple[bool, ...], list[str]] = {}
    for cell in cells:
        atoms.setdefault(tuple(cell in members for members in groups.values()), []).append(cell)
    hidden: set[str] = set()
    for atom in atoms.values():
        if not any(is_small(cells[cell]) for cell in atom):
            continue
        few = [cell for cell in atom if cells[cell] < LEAST_CELL]
        partner = next((cell for cell in atom if cells[cell] >= LEAST_CELL), None)
        hidden |= {*few, *([partner] if partner else [])}
        together = sum(cells[cell] for cell in (*few, *([partner] if partner else [])))
        # Without a larger cell they must leave a choice: two or more, and not all at their most. Beside a larger one a
        # single cell of one person must not be the only one that makes the sum (one and five).
        bare = len(few) == 1 or together == len(few) * (LEAST_CELL - 1)
        if (bare and partner is None) or (len(few) == 1 and together <= LEAST_CELL + 1):
            return None
    return hidden
