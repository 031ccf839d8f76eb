"""Ordered lists of feedback, seen several times, merged into one list: tail–head alignment.

A market shows feedback newest first. Two views of a list overlap: the head of the older view is somewhere further down
in the newer one. Counting by position in that overlap loses no equal rows (two buyers who wrote nothing) and counts no
row twice. It also shows when the overlap was lost. Source and comparison of methods: docs/methods/feedback.md.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from operator import attrgetter

import polars as pl

from cryptodrug_assets.cleaning.decisions import in_order
from cryptodrug_assets.cleaning.feedback.alignment import align
from cryptodrug_assets.cleaning.feedback.overlap import (
    TOLERANCE_US,
    Item,
    Pair,
    Placement,
    View,
    best_placement,
    common_offset,
    common_rows,
    rows_not_merged,
    without_edited,
)

# Views that share less than this part of their rows are no edited version of each other.
_LEAST_SHARED = 0.5
# As many different rows that are equal in order but for their dates are no chance.
_LEFT_OVER = 3
_MERGED = {
    "list_id": pl.Int64, "ordinal": pl.Int64, "lo": pl.Int64, "hi": pl.Int64, "source": pl.Int64, "gap": pl.Boolean,
    "gap_from": pl.Int64, "gap_until": pl.Int64, "clocks_disagree": pl.Boolean,
}  # fmt: skip


@dataclass
class Timeline:
    """All rows of a list seen so far, newest first, the number of times the overlap was lost, whether the dates of its
    views contradict each other, and whether rows may have been taken for each other that are not the same."""

    items: list[Item] = field(default_factory=list)
    gaps: int = 0
    seen_until: int | None = None
    clocks_disagree: bool = False
    in_doubt: bool = False
    turn: int = 0

    def add(self, view: View, captured_at: int) -> None:
        """Merge a later view (newest first; None where a page of the list is missing)."""
        rows = [item for item in view if item is not None]
        self.turn += 1
        for item in rows:
            item.since = item.turn = self.turn
            item.shown_lo, item.shown_hi = item.lo, item.hi
        if self.seen_until is None:
            self.items = rows
        elif rows:
            self._merge(view, rows, captured_at)
        self.seen_until = captured_at

    def _merge(self, view: View, rows: list[Item], captured_at: int) -> None:
        shift = find_shift(view, self.items)
        new_rows = 0 if shift is None else _new_rows(view, shift, self.items)
        if shift is not None and new_rows <= max(0, len(rows) - len(self.items)):
            self._prepend(view, shift)
            return
        # Dates or contents disagree, or a list that was cut repeats itself, so that other places fit as well.
        allowed = Counter(item.content for item in rows)
        if self.in_doubt:
            allowed -= Counter(item.content for item in self.items)
        onward = shift is not None
        best, in_doubt = best_placement(view, self.items, undated=self.in_doubt, onward=onward)
        if shift is not None:
            fewer = best is not None and best.new_rows < new_rows
            self._prepend(view, best.shift if best is not None and fewer else shift)
            self.in_doubt |= fewer
        elif best is not None and (best.same_list or best.near):
            self._prepend(view, best.shift)
            self.in_doubt |= in_doubt
        elif not (self._merge_edited(rows) or self._merge_common(rows)):
            self._lose_overlap(view, rows, captured_at, best)
        self._leave(rows, allowed)

    def _leave(self, rows: list[Item], allowed: Counter[int]) -> None:
        """Of the view's new rows no more than are allowed of a kind."""
        if allowed.total() == len(rows):
            return
        kept = []
        for item in self.items:
            if item.since == self.turn:
                allowed[item.content] -= 1
                if allowed[item.content] < 0:
                    continue
            kept.append(item)
        self.items = kept

    def _prepend(self, view: View, shift: int) -> None:
        """The view lies with its row `shift` beside the first known one (below 0: the view begins further down)."""
        above, below = max(shift, 0), max(-shift, 0)
        pairs = zip(view[above:], self.items[below:], strict=False)
        agreed = self._meet([(new, old) for new, old in pairs if new is not None])
        # A view may reach further back than anything known (an earlier view was cut short).
        older = [item for item in view[max(shift + len(self.items), 0) :] if item is not None]
        fresh = [item for item in view[:above] if item is not None]
        for item in fresh if agreed else ():
            # Not there at the previous view, so it is younger than that.
            if self.seen_until is not None and item.lo < self.seen_until < item.hi:
                item.lo = self.seen_until
        self.items = fresh + self.items + older

    def _meet(self, pairs: list[Pair]) -> bool:
        """Rows of the view are known ones: their dates are narrowed, unless they contradict each other."""
        agreed = all(new.near(old) for new, old in pairs)
        self.clocks_disagree |= not agreed
        for new, old in pairs:
            if agreed:
                _narrow(old, new)
            old.turn, old.shown_lo, old.shown_hi = new.turn, new.shown_lo, new.shown_hi
        return agreed

    def _merge_edited(self, view: list[Item]) -> bool:
        """Rows were deleted or edited between the views: longest common parts keep their place."""
        matcher = SequenceMatcher(
            None, [item.content for item in view], [item.content for item in self.items], autojunk=False
        )
        blocks = every = [(block.a, block.b, block.size) for block in matcher.get_matching_blocks() if block.size]
        dated = [(at, place, size) for at, place, size in every if view[at].meets(self.items[place])]
        if sum(size for _, _, size in dated) < _LEAST_SHARED * min(len(view), len(self.items)):
            return False
        # Of known rows that another view showed last, with another clock, the dates say nothing.
        clocks = {self.items[place].turn for _, place, _ in dated}
        blocks = [block for block in blocks if block in dated or self.items[block[1]].turn not in clocks]
        left = {
            view[at + n].content for at, place, size in every if (at, place, size) not in blocks for n in range(size)
        }
        if len(left) >= _LEFT_OVER:
            return False
        self._merge_blocks(view, blocks)
        return True

    def _merge_common(self, view: list[Item]) -> bool:
        """The same where dates contradict each other: the longest common rows in order, whatever their dates."""
        blocks = common_rows(view, self.items)
        if blocks:
            self.in_doubt |= len({item.content for item in self.items}) < len(self.items)
            self._merge_blocks(view, blocks)
        return bool(blocks)

    def _merge_blocks(self, view: list[Item], blocks: list[tuple[int, int, int]]) -> None:
        """Keep common blocks (place in the view, place in the known rows, size) once and what is between them."""
        pairs = [(view[at + n], self.items[place + n]) for at, place, size in blocks for n in range(size)]
        offset = common_offset(pairs) or 0
        self._meet(pairs)
        # The same rows elsewhere in the list, since views were merged in a wrong order before.
        left_view, left_known = _between(view, blocks, 0), _between(self.items, blocks, 1)
        moved = {item.source for item in left_view}
        moved -= {item.source for item in rows_not_merged(left_view, left_known, any_clock=self.clocks_disagree)}
        merged: list[Item] = []
        at_view = at_known = 0
        for at, place, size in [*blocks, (len(view), len(self.items), 0)]:
            # New rows come before the first common part; between common parts both sides' rows are kept once each,
            # unless as many stand on both sides: then they are the same rows, edited.
            between_view = [item for item in view[at_view:at] if item.source not in moved]
            between_known = self.items[at_known:place]
            if not size:
                # Behind the last common part a view was cut short.
                merged += between_known or between_view
            else:
                if at - at_view != place - at_known:
                    merged += without_edited(between_view, between_known, offset)
                merged += between_known
                merged += self.items[place : place + size]
            at_view, at_known = at + size, place + size
        self.items = merged

    def _lose_overlap(self, view: View, rows: list[Item], captured_at: int, best: Placement | None) -> None:
        """The view has new rows before it, but never those that say what is known, as far as clocks may be off."""
        unknown = {item.source for item in rows_not_merged(rows, self.items, any_clock=self.clocks_disagree)}
        if best is not None and best.believable:
            above, below = max(best.shift, 0), max(best.shift + len(self.items), 0)
            fresh = [item for item in view[:above] if item is not None and item.source in unknown]
            older = [item for item in view[below:] if item is not None and item.source in unknown]
        else:
            newest = self.items[0].lo if self.items else None
            fresh = [item for item in rows if item.source in unknown and (newest is None or item.hi > newest)]
            older = []
            # Rows that are older than a list in which they are not: clocks are wrong.
            self.in_doubt |= len(fresh) < len(unknown)
        if fresh and self.items:
            fresh[-1].gap, fresh[-1].gap_from, fresh[-1].gap_until = True, self.seen_until, captured_at
            self.gaps += 1
        self.items = fresh + self.items + older


def _between(rows: list[Item], blocks: list[tuple[int, int, int]], side: int) -> list[Item]:
    """Rows of one side that are in no common block."""
    common = {block[side] + n for block in blocks for n in range(block[2])}
    return [item for number, item in enumerate(rows) if number not in common]


def _new_rows(view: View, shift: int, merged: Sequence[Item]) -> int:
    """Rows of the view that are not known when it lies there."""
    return sum(item is not None for item in (*view[:shift], *view[shift + len(merged) :]))


def find_shift(view: Sequence[Item | None], merged: Sequence[Item]) -> int | None:
    """Number of rows of the newer view before the known list's head; None when the two do not overlap.

    The smallest shift that fits contents and dates wins: it explains the views with the fewest new rows, so counts stay
    a lower bound.

    >>> def rows(*contents):
    ...     return [Item(content, lo=0, hi=1, source=n) for n, content in enumerate(contents)]
    >>> find_shift(rows(3, 2, 1), rows(2, 1))
    1
    >>> find_shift(rows(9, 8), rows(2, 1)) is None
    True
    """
    if not merged:
        return None if any(item is None for item in view) else len(view)
    contents = [None if item is None else item.content for item in view]
    head = [item.content for item in merged]
    holes = None in contents
    for shift, first in enumerate(contents):
        if first is not None and first != head[0]:
            continue
        overlap = min(len(view) - shift, len(merged))
        part = contents[shift : shift + overlap]
        if part == head[:overlap] or (holes and _fits(part, head)):
            pairs = zip(view[shift : shift + overlap], merged, strict=False)
            if all(new is None or new.meets(old) for new, old in pairs):
                return shift
    return None


def _fits(part: Sequence[int | None], head: Sequence[int]) -> bool:
    pairs = [(new, old) for new, old in zip(part, head, strict=False) if new is not None]
    return bool(pairs) and all(new == old for new, old in pairs)


def _narrow(old: Item, new: Item) -> None:
    """Keep the part of both date intervals that is common to both."""
    lo = old.lo if old.lo >= new.lo else new.lo
    hi = old.hi if old.hi <= new.hi else new.hi
    if lo < hi:
        old.lo, old.hi = lo, hi


def merge_views(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per feedback from rows of list views.

    Needs `list_id`, `view` (number of the view in time, within a list), `seen_at` (µs, when the view was captured),
    `place` (from 0, newest first), `content`, `lo`, `hi` (µs) and `source` (row number). Gives list_id, ordinal (0 the
    oldest), lo, hi, source, gap with gap_from and gap_until (µs): the views between which rows before this one may be
    missing, and whether the dates of the list's views contradict each other. Lists of whole views that plainly continue
    each other are merged in columns, the others one by one.

    >>> rows = pl.DataFrame({
    ...     "list_id": [1] * 5, "view": [0, 0, 1, 1, 1], "seen_at": [100, 100, 200, 200, 200], "place": [0, 1, 0, 1, 2],
    ...     "content": [8, 7, 9, 8, 7], "lo": [50, 40, 150, 50, 40], "hi": [60, 50, 160, 60, 50], "source": range(5),
    ... })
    >>> merge_views(rows).sort("ordinal").select("ordinal", "lo", "gap").rows()
    [(0, 40, False), (1, 50, False), (2, 150, False)]
    """
    if not rows.select(in_order("list_id", "view", "place")).item():
        rows = rows.sort("list_id", "view", "place")
    merged, undone = align(rows, TOLERANCE_US)
    hard = rows.join(undone, on="list_id", how="semi", maintain_order="left")
    plain = merged.with_columns(
        gap=pl.lit(value=False),
        gap_from=pl.lit(None, pl.Int64),
        gap_until=pl.lit(None, pl.Int64),
        clocks_disagree=pl.lit(value=False),
    )
    return pl.concat([plain.select(list(_MERGED)), _list_by_list(hard)])


def _list_by_list(rows: pl.DataFrame) -> pl.DataFrame:
    if rows.is_empty():
        return pl.DataFrame(schema=_MERGED)
    merged: dict[str, list[int | bool | None]] = {name: [] for name in _MERGED}
    columns = [rows[name].to_list() for name in ("view", "seen_at", "place", "content", "lo", "hi", "source")]
    begun = rows.select("list_id", start=pl.int_range(pl.len()), again=_same("list_id") & _same("view"))
    starts = begun.filter(~pl.col("again"))
    ends = [*starts["start"].to_list()[1:], rows.height]
    timelines: dict[int, Timeline] = {}
    for (list_id, start, _), end in zip(starts.iter_rows(), ends, strict=True):
        timelines.setdefault(list_id, Timeline()).add(_view(columns, start, end), max(columns[1][start:end]))
    for list_id, timeline in timelines.items():
        merged["list_id"] += [list_id] * len(timeline.items)
        merged["ordinal"] += range(len(timeline.items) - 1, -1, -1)
        merged["clocks_disagree"] += [timeline.clocks_disagree] * len(timeline.items)
        for name in ("lo", "hi", "source", "gap", "gap_from", "gap_until"):
            merged[name] += map(attrgetter(name), timeline.items)
    return pl.DataFrame(merged, schema=_MERGED)


def _same(name: str) -> pl.Expr:
    return (pl.col(name) == pl.col(name).shift(1)).fill_null(value=False)


def _view(columns: Sequence[Sequence[int]], start: int, end: int) -> list[Item | None]:
    """The rows of a view as items, None where a row is missing."""
    places, *columns_of_item = (column[start:end] for column in columns[2:])
    items: list[Item | None] = list(map(Item, *columns_of_item))
    if places[-1] + 1 == len(places):
        return items
    view: list[Item | None] = [None] * (places[-1] + 1)
    for place, item in zip(places, items, strict=True):
        view[place] = item
    return view
