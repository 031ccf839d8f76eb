"""Ordered lists of feedback, seen several times, as one list: tail–head alignment.

A market shows feedback newest first. Two views of a list overlap: the older view's head is found again further down the
newer one. Counting by position in that overlap neither loses equal rows (two buyers who wrote nothing) nor counts a row
twice; it also tells when the overlap was lost. Source and comparison of methods: docs/methods/feedback.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from operator import attrgetter

import polars as pl

from cryptodrug_assets.cleaning.alignment import align
from cryptodrug_assets.cleaning.decisions import in_order

# Clocks of pages of one pass, and ages rounded to the minute, may differ by this much (microseconds).
_TOLERANCE_US = 120_000_000
# Views that share less than this part of their rows are no edited version of each other.
_LEAST_SHARED = 0.5
_MERGED = {
    "list_id": pl.Int64, "ordinal": pl.Int64, "lo": pl.Int64, "hi": pl.Int64, "source": pl.Int64, "gap": pl.Boolean,
    "gap_from": pl.Int64, "gap_until": pl.Int64,
}  # fmt: skip


@dataclass(slots=True)
class Item:
    """A row of a list: what it says (equal numbers for equal rows), when (µs, hi exclusive), where it is from."""

    content: int
    lo: int
    hi: int
    source: int
    gap: bool = False
    gap_from: int | None = None
    gap_until: int | None = None

    def meets(self, other: "Item") -> bool:
        """Whether both may be the same row, judged by their dates."""
        return self.lo <= other.hi + _TOLERANCE_US and other.lo <= self.hi + _TOLERANCE_US


@dataclass
class Timeline:
    """All rows of a list seen so far, newest first, and the number of times the overlap was lost."""

    items: list[Item] = field(default_factory=list)
    gaps: int = 0
    seen_until: int | None = None

    def add(self, view: Sequence[Item | None], captured_at: int) -> None:
        """Merge a later view (newest first; None where a page of the list is missing)."""
        if self.seen_until is None:
            self.items = [item for item in view if item is not None]
        elif any(item is not None for item in view):
            shift = find_shift(view, self.items)
            if shift is not None:
                self._prepend(view, shift)
            elif not self._merge_edited([item for item in view if item is not None]):
                self._lose_overlap([item for item in view if item is not None], captured_at)
        self.seen_until = captured_at

    def _prepend(self, view: Sequence[Item | None], shift: int) -> None:
        for new, known in zip(view[shift:], self.items, strict=False):
            if new is not None:
                _narrow(known, new)
        # A view may reach further back than anything known (an earlier view was cut short).
        older = [item for item in view[shift + len(self.items) :] if item is not None]
        fresh = [item for item in view[:shift] if item is not None]
        for item in fresh:
            # Not there at the previous view, so it is younger than that.
            if self.seen_until is not None and item.lo < self.seen_until < item.hi:
                item.lo = self.seen_until
        self.items = fresh + self.items + older

    def _merge_edited(self, view: list[Item]) -> bool:
        """Rows were deleted or edited between the views: longest common parts keep their place."""
        matcher = SequenceMatcher(
            None, [item.content for item in view], [item.content for item in self.items], autojunk=False
        )
        blocks = [
            block for block in matcher.get_matching_blocks() if block.size and view[block.a].meets(self.items[block.b])
        ]
        if sum(block.size for block in blocks) < _LEAST_SHARED * min(len(view), len(self.items)):
            return False
        merged: list[Item] = []
        at_view = at_known = 0
        for block in blocks:
            # New rows come before the first common part; between common parts both sides' rows are kept once each,
            # unless as many stand on both sides: then they are the same rows, edited.
            between_view, between_known = view[at_view : block.a], self.items[at_known : block.b]
            merged += between_known if len(between_view) == len(between_known) else between_view + between_known
            for new, known in zip(view[block.a :], self.items[block.b : block.b + block.size], strict=False):
                _narrow(known, new)
                merged.append(known)
            at_view, at_known = block.a + block.size, block.b + block.size
        rest_view, rest_known = view[at_view:], self.items[at_known:]
        self.items = merged + (rest_known or rest_view)
        return True

    def _lose_overlap(self, view: list[Item], captured_at: int) -> None:
        newest = self.items[0].lo if self.items else None
        fresh = [item for item in view if newest is None or item.hi > newest]
        if fresh and newest is not None:
            fresh[-1].gap, fresh[-1].gap_from, fresh[-1].gap_until = True, self.seen_until, captured_at
            self.gaps += 1
        self.items = fresh + self.items


def find_shift(view: Sequence[Item | None], known: Sequence[Item]) -> int | None:
    """Number of rows of the newer view before the known list's head; None when the two do not overlap.

    The smallest shift that fits contents and dates wins: it explains the views with the fewest new rows, so counts stay
    a lower bound.
    """
    if not known:
        return None if any(item is None for item in view) else len(view)
    contents = [None if item is None else item.content for item in view]
    head = [item.content for item in known]
    holes = None in contents
    for shift, first in enumerate(contents):
        if first is not None and first != head[0]:
            continue
        overlap = min(len(view) - shift, len(known))
        part = contents[shift : shift + overlap]
        if part == head[:overlap] or (holes and _fits(part, head)):
            pairs = zip(view[shift : shift + overlap], known, strict=False)
            if all(new is None or new.meets(old) for new, old in pairs):
                return shift
    return None


def _fits(part: Sequence[int | None], head: Sequence[int]) -> bool:
    pairs = [(new, old) for new, old in zip(part, head, strict=False) if new is not None]
    return bool(pairs) and all(new == old for new, old in pairs)


def _narrow(known: Item, new: Item) -> None:
    """Keep the part of both date intervals that is common to both."""
    lo = known.lo if known.lo >= new.lo else new.lo
    hi = known.hi if known.hi <= new.hi else new.hi
    if lo < hi:
        known.lo, known.hi = lo, hi


def merge_views(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per feedback from rows of list views.

    Needs `list_id`, `view` (number of the view in time, within a list), `seen_at` (µs, when the view was captured),
    `place` (from 0, newest first), `content`, `lo`, `hi` (µs) and `source` (row number). Gives list_id, ordinal (0 the
    oldest), lo, hi, source, and gap with gap_from and gap_until (µs): the views between which rows before this one may
    be missing. Lists of whole views that plainly continue each other are merged in columns, the others one by one.
    """
    if not rows.select(in_order("list_id", "view", "place")).item():
        rows = rows.sort("list_id", "view", "place")
    merged, undone = align(rows, _TOLERANCE_US)
    hard = rows.join(undone, on="list_id", how="semi", maintain_order="left")
    plain = merged.with_columns(
        gap=pl.lit(value=False), gap_from=pl.lit(None, pl.Int64), gap_until=pl.lit(None, pl.Int64)
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
        for name in ("lo", "hi", "source", "gap", "gap_from", "gap_until"):
            merged[name] += map(attrgetter(name), timeline.items)
    return pl.DataFrame(merged, schema=_MERGED)


def _same(name: str) -> pl.Expr:
    return (pl.col(name) == pl.col(name).shift(1)).fill_null(value=False)


def _view(columns: Sequence[Sequence[int]], start: int, end: int) -> list[Item | None]:
    """The rows of a view as items, None where a row is missing."""
    places, *told = (column[start:end] for column in columns[2:])
    items: list[Item | None] = list(map(Item, *told))
    if places[-1] + 1 == len(places):
        return items
    view: list[Item | None] = [None] * (places[-1] + 1)
    for place, item in zip(places, items, strict=True):
        view[place] = item
    return view
