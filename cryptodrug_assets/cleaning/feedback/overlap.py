"""Where a later view of a list fits on the rows merged so far, judged by contents before dates.

Captures of old archives are dated by a folder or an upload, and such a clock may be off by days. It is off by the same
amount for all rows of a view. So a view is tried at every position where its rows equal the merged ones. Positions at
which one offset explains all dates come first, among them the one with the fewest new rows. Method:
docs/methods/feedback.md.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

# Clocks of pages of one pass, and ages rounded to the minute, may differ by this much (microseconds).
TOLERANCE_US = 120_000_000
# Capture dates of archives are off by up to ten days each, so that two contradict each other by up to twice that.
CLOCK_US = 20 * 86_400_000_000
# As many different rows in the same order are no chance.
_ENOUGH_ROWS = 3
# Ages may be off by a few of their own units ("3 months ago").
_UNITS = 2


@dataclass(slots=True)
class Item:
    """A row of a list: what it says (equal numbers for equal rows), when (µs, hi exclusive), where it is from.

    `shown_lo` and `shown_hi` are its dates in the latest view that has it, whose number is `turn`; `since` is that of
    the first one.
    """

    content: int
    lo: int
    hi: int
    source: int
    gap: bool = False
    gap_from: int | None = None
    gap_until: int | None = None
    since: int = 0
    turn: int = 0
    shown_lo: int = 0
    shown_hi: int = 0

    def meets(self, other: "Item") -> bool:
        """Whether both may be the same row, judged by their dates."""
        return self.lo <= other.hi + TOLERANCE_US and other.lo <= self.hi + TOLERANCE_US

    def near(self, other: "Item") -> bool:
        """Whether both may be the same row when an age may be wrong by its own unit."""
        unit = max(TOLERANCE_US, self.hi - self.lo, other.shown_hi - other.shown_lo)
        return self.distance(other) <= unit

    def distance(self, other: "Item") -> int:
        """Time between this row's dates and those last shown of the other; 0 where they meet."""
        return max(0, self.lo - other.shown_hi, other.shown_lo - self.hi)


View = Sequence[Item | None]
Pair = tuple[Item, Item]


@dataclass(frozen=True)
class Placement:
    """A place of the view beside the known rows: known row 0 stands beside view row `shift` (below 0: before it)."""

    shift: int
    pairs: list[Pair]
    new_rows: int
    whole: bool
    offset: int | None

    @property
    def same_list(self) -> bool:
        """Whether so many different rows, or all of the shorter side, are equal in order that it is no chance."""
        return self.whole or len({new.content for new, _ in self.pairs}) >= _ENOUGH_ROWS

    @property
    def near(self) -> bool:
        """Whether the dates of all pairs agree within their own units."""
        return all(new.near(old) for new, old in self.pairs)

    @property
    def believable(self) -> bool:
        """Whether clocks may be off by as much as the dates of the pairs are."""
        return all(_about(new, old, any_clock=True) for new, old in self.pairs)

    @property
    def rank(self) -> tuple[int, int, int]:
        """The smaller the better: few new rows, a small offset, a small shift."""
        return self.new_rows, abs(self.offset or 0), abs(self.shift)


def best_placement(
    view: View, merged: Sequence[Item], *, undated: bool = False, onward: bool = False
) -> tuple[Placement | None, bool]:
    """The best of the places where all rows beside each other say the same (None where there is no such place), and
    whether the rows known afterwards are in doubt, since another place is as likely.

    Places at which one offset of the clock explains all dates come first; `undated`: dates do not matter; `onward`: the
    view does not begin further down than the known rows, unless they hold all of it.
    """
    candidates = [place for place in placements(view, merged) if not onward or place.shift >= 0 or place.whole]
    dated = [place for place in candidates if place.offset is not None]
    chosen = candidates if undated or not dated else dated
    best = min(chosen, key=lambda place: place.rank, default=None)
    return best, any(place is not best and place.same_list for place in chosen)


def placements(view: View, merged: Sequence[Item]) -> Iterator[Placement]:
    contents = [None if item is None else item.content for item in view]
    head = [item.content for item in merged]
    holes = None in contents
    for shift in range(1 - len(merged), len(view)):
        above, below = max(shift, 0), max(-shift, 0)
        overlap = min(len(view) - above, len(merged) - below)
        if contents[above] not in (None, head[below]):
            continue
        part, beside = contents[above : above + overlap], head[below : below + overlap]
        if part != beside and not (holes and _fits(part, beside)):
            continue
        both = zip(view[above : above + overlap], merged[below : below + overlap], strict=True)
        pairs = [(new, old) for new, old in both if new is not None]
        rows = sum(item is not None for item in view) if holes else len(view)
        yield Placement(shift, pairs, rows - len(pairs), len(pairs) == min(rows, len(merged)), common_offset(pairs))


def _fits(part: Sequence[int | None], beside: Sequence[int]) -> bool:
    equal = [new == old for new, old in zip(part, beside, strict=True) if new is not None]
    return bool(equal) and all(equal)


def common_offset(pairs: Sequence[Pair]) -> int | None:
    """The smallest offset of the view's clock that explains the dates of all pairs; None where no single one does.

    Only rows that the latest view had are compared: their dates are of one clock.

    >>> common_offset([(Item(1, 100, 200, 0), Item(1, 100, 200, 0, shown_lo=100, shown_hi=200))])
    0
    """
    latest = max(old.turn for _, old in pairs)
    same_clock = [(new, old) for new, old in pairs if old.turn == latest]
    least = max(old.shown_lo - new.hi for new, old in same_clock) - TOLERANCE_US
    most = min(old.shown_hi - new.lo for new, old in same_clock) + TOLERANCE_US
    if least > most:
        return None
    return min(max(0, least), most)


def common_rows(view: Sequence[Item], merged: Sequence[Item]) -> list[tuple[int, int, int]]:
    """The longest common rows in order as blocks (place in the view, place in the known rows, size), where they are
    plainly the same list: one block holds enough different rows, half of the shorter side is shared, and the dates do
    not contradict it by more than clocks do. Else nothing."""
    steps = LCSseq.opcodes([item.content for item in view], [item.content for item in merged])
    blocks = [(step.src_start, step.dest_start, step.src_end - step.src_start) for step in steps if step.tag == "equal"]
    enough = any(len({item.content for item in view[at : at + size]}) >= _ENOUGH_ROWS for at, _, size in blocks)
    if not enough or 2 * sum(size for _, _, size in blocks) < min(len(view), len(merged)):
        return []
    pairs = [(view[at + n], merged[place + n]) for at, place, size in blocks for n in range(size)]
    believable = sum(_about(new, old, any_clock=True) for new, old in pairs)
    return blocks if 2 * believable >= len(pairs) else []


def rows_not_merged(view: Sequence[Item], merged: Sequence[Item], *, any_clock: bool = False) -> list[Item]:
    """Rows of the view less those that say what a known row of about that time says, within a few units of their ages
    (`any_clock`: as far as clocks may be off); each known row stands for one."""
    waiting: dict[int, list[Item]] = defaultdict(list)
    for old in merged:
        waiting[old.content].append(old)
    fresh = []
    for new in view:
        same = waiting.get(new.content, [])
        may_be = (number for number, old in enumerate(same) if _about(new, old, any_clock=any_clock))
        match = next(may_be, None)
        if match is None:
            fresh.append(new)
        else:
            del same[match]
    return fresh


def without_edited(view: Sequence[Item], merged: Sequence[Item], offset: int) -> list[Item]:
    """Rows of the view less those of the date of a known row: the same rows, edited. Both lie between common rows."""
    fresh = list(view)
    for old in reversed(merged):
        same = next(
            (
                new
                for new in reversed(fresh)
                if new.lo + offset <= old.shown_hi + TOLERANCE_US and old.shown_lo <= new.hi + offset + TOLERANCE_US
            ),
            None,
        )
        if same is not None:
            fresh.remove(same)
    return fresh


def _about(new: Item, old: Item, *, any_clock: bool) -> bool:
    """Whether both are of about the same time."""
    units = _UNITS * max(new.hi - new.lo, old.shown_hi - old.shown_lo)
    return new.distance(old) <= max(CLOCK_US if any_clock else TOLERANCE_US, units)
