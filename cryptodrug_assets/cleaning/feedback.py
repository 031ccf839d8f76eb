"""Ordered lists of feedback, seen several times, as one list: tail–head alignment.

A market shows feedback newest first. Two views of a list overlap: the older view's head is found again further down the
newer one. Counting by position in that overlap neither loses equal rows (two buyers who wrote nothing) nor counts a row
twice; it also tells when the overlap was lost. Source and comparison of methods: docs/methods/feedback.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import groupby

import polars as pl

# Clocks of pages of one pass, and ages rounded to the minute, may differ by this much (microseconds).
_TOLERANCE_US = 120_000_000
# Views that share less than this part of their rows are no edited version of each other.
_LEAST_SHARED = 0.5
_MERGED = {
    "list_id": pl.Int64, "place": pl.Int64, "lo": pl.Int64, "hi": pl.Int64, "source": pl.Int64, "gap": pl.Boolean,
}  # fmt: skip


@dataclass(slots=True)
class Item:
    """A row of a list: what it says (equal numbers for equal rows), when (µs, hi exclusive), where it is from."""

    content: int
    lo: int
    hi: int
    source: int
    gap: bool = False

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
                self._lose_overlap([item for item in view if item is not None])
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

    def _lose_overlap(self, view: list[Item]) -> None:
        newest = self.items[0].lo if self.items else None
        fresh = [item for item in view if newest is None or item.hi > newest]
        if fresh and newest is not None:
            fresh[-1].gap = True
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
    for shift in range(len(view)):
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
    lo, hi = max(known.lo, new.lo), min(known.hi, new.hi)
    if lo < hi:
        known.lo, known.hi = lo, hi


def merge_views(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per feedback from rows of list views.

    Needs `list_id`, `view` (number of the view in time, within a list), `seen_at` (µs, when the view was captured),
    `place` (from 0, newest first), `content`, `lo`, `hi` (µs) and `source` (row number). Gives list_id, ordinal (0 the
    oldest), lo, hi, source, gap. Lists with one view, and with two of which the later plainly continues the earlier,
    are handled as columns; the others list by list.
    """
    rows = rows.sort("list_id", "view", "place")
    several = pl.col("view").n_unique().over("list_id") > 1
    single = rows.filter(~several)
    continued = _continued(rows.filter(several))
    hard = rows.filter(several).join(continued, on="list_id", how="anti", maintain_order="left")
    parts = [single.with_columns(gap=pl.lit(False)), continued, _list_by_list(hard)]
    merged = pl.concat([part.select(pl.col(name).cast(dtype) for name, dtype in _MERGED.items()) for part in parts])
    return merged.with_columns(ordinal=pl.int_range(pl.len(), dtype=pl.Int64).reverse().over("list_id")).drop("place")


def _continued(rows: pl.DataFrame) -> pl.DataFrame:
    """Lists with two whole views of which the later is the earlier with rows added in front."""
    size = (pl.col("place").max() + 1).over("list_id", "view")
    last = pl.col("view").max().over("list_id")
    rows = rows.with_columns(size=size, whole=pl.len().over("list_id", "view") == size, late=pl.col("view") == last)
    rows = rows.filter((pl.col("view").n_unique() == 2).over("list_id") & pl.col("whole").all().over("list_id"))
    early = rows.filter(~pl.col("late"))
    late = rows.filter("late")
    sizes = early.group_by("list_id").agg(before=pl.col("size").first(), seen_until=pl.col("seen_at").max())
    late = late.join(sizes, on="list_id", maintain_order="left").with_columns(
        early_place=pl.col("place") - pl.col("size") + pl.col("before")
    )
    known = early.select("list_id", "content", "lo", "hi", "source", early_place="place")
    both = late.join(known, on=["list_id", "early_place"], how="left", suffix="_known", maintain_order="left")
    again = pl.col("early_place") >= 0
    meets = (pl.col("lo") <= pl.col("hi_known") + _TOLERANCE_US) & (pl.col("lo_known") <= pl.col("hi") + _TOLERANCE_US)
    fits = pl.when(again).then((pl.col("content") == pl.col("content_known")) & meets).otherwise(True)
    grown = (pl.col("size") >= pl.col("before")).all() & fits.fill_null(False).all()
    both = both.filter(grown.over("list_id"))
    lo, hi = pl.max_horizontal("lo", "lo_known"), pl.min_horizontal("hi", "hi_known")
    narrow, young = lo < hi, (pl.col("lo") < pl.col("seen_until")) & (pl.col("seen_until") < pl.col("hi"))
    return both.select(
        "list_id",
        "place",
        lo=pl.when(again)
        .then(pl.when(narrow).then(lo).otherwise("lo_known"))
        .when(young)
        .then("seen_until")
        .otherwise("lo"),
        hi=pl.when(again).then(pl.when(narrow).then(hi).otherwise("hi_known")).otherwise("hi"),
        source=pl.coalesce("source_known", "source"),
        gap=pl.lit(False),
    )


def _list_by_list(rows: pl.DataFrame) -> pl.DataFrame:
    merged: dict[str, list[int | bool]] = {name: [] for name in _MERGED}
    columns = ("list_id", "view", "seen_at", "place", "content", "lo", "hi", "source")
    for list_id, part in groupby(rows.select(columns).iter_rows(), key=lambda row: row[0]):
        items = _timeline(row[1:] for row in part).items
        merged["list_id"] += [list_id] * len(items)
        merged["place"] += range(len(items))
        for name in ("lo", "hi", "source", "gap"):
            merged[name] += [getattr(item, name) for item in items]
    return pl.DataFrame(merged, schema=_MERGED)


def _timeline(rows: Iterable[tuple[int, ...]]) -> Timeline:
    timeline = Timeline()
    views: dict[int, list[Item | None]] = {}
    seen: dict[int, int] = {}
    for view, seen_at, place, content, lo, hi, source in rows:
        items = views.setdefault(view, [])
        items += [None] * (place - len(items))
        items.append(Item(content, lo, hi, source))
        seen[view] = max(seen.get(view, seen_at), seen_at)
    for view, items in views.items():
        timeline.add(items, seen[view])
    return timeline
