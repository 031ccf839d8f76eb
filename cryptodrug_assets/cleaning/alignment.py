"""Alignment of many feedback lists at once, in columns: the way of feedback.py for lists whose views are whole.

Nothing is decided here that feedback.Timeline would decide otherwise (a test compares them row by row); a list that
this way cannot merge (a page of it is missing, rows were edited, the overlap was lost) is handed back.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
# Places tried for the known head in a later view before the list is handed to the slow way.
_MOST_TRIES = 8


@dataclass
class _Lists:
    """Rows of all lists, list after list, newest first: where each list starts, how long it is, and the columns."""

    start: Ints
    length: Ints
    content: Ints
    lo: Ints
    hi: Ints
    source: Ints


def align(rows: pl.DataFrame, tolerance: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows (list_id, view, seen_at, place, content, lo, hi, source; sorted by list, view and place) → merged rows
    (list_id, lo, hi, source; newest first), and list_id of the lists left undone."""
    ids = rows["list_id"].unique(maintain_order=True)
    columns = {name: rows[name].to_numpy() for name in ("content", "lo", "hi", "source", "seen_at")}
    lists, count = rows["list_id"].rle_id().cast(pl.Int64).to_numpy(), len(ids)
    turn, row = _turns(lists, rows["view"].to_numpy())
    active = np.ones(count, dtype=bool)
    # A view with a hole has a row further down than the number of its rows says.
    active[lists[rows["place"].to_numpy() != row]] = False
    known = _pick(lists, count, turn == 0, columns)
    seen_until = _latest(lists, count, turn == 0, columns["seen_at"])
    for number in range(1, int(turn.max(initial=0)) + 1):
        here = turn == number
        here &= active[lists]
        view = _pick(lists, count, here, columns)
        shift = _shifts(view, known, tolerance)
        active &= (view.length == 0) | (shift >= 0)
        known = _merged(view, known, np.where(active, shift, -1), seen_until)
        seen_until = np.maximum(seen_until, _latest(lists, count, here, columns["seen_at"]))
    owner = np.repeat(np.arange(count), known.length)
    kept = active[owner]
    merged = pl.DataFrame({"lo": known.lo[kept], "hi": known.hi[kept], "source": known.source[kept]})
    merged = merged.select(list_id=ids.gather(owner[kept]), lo="lo", hi="hi", source="source")
    return merged, ids.to_frame().filter(pl.Series(~active, dtype=pl.Boolean))


def _turns(lists: Ints, views: Ints) -> tuple[Ints, Ints]:
    """Number of every row's view within its list, and of the row within its view, both from 0."""
    if not len(lists):
        return lists, lists
    next_list = np.concatenate([[True], lists[1:] != lists[:-1]])
    next_view = next_list | np.concatenate([[True], views[1:] != views[:-1]])
    views_begun = np.cumsum(next_view)
    starts = np.flatnonzero(next_view)
    return views_begun - views_begun[next_list][lists], np.arange(len(lists)) - starts[views_begun - 1]


def _pick(lists: Ints, count: int, chosen: Flags, columns: dict[str, Ints]) -> _Lists:
    owner = lists[chosen]
    length = np.bincount(owner, minlength=count).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(length)[:-1]]).astype(np.int64) if count else length
    return _Lists(start, length, *(columns[name][chosen] for name in ("content", "lo", "hi", "source")))


def _latest(lists: Ints, count: int, chosen: Flags, moments: Ints) -> Ints:
    latest = np.full(count, np.iinfo(np.int64).min)
    np.maximum.at(latest, lists[chosen], moments[chosen])
    return latest


def ranges(starts: Ints, lengths: Ints) -> Ints:
    """start, start + 1, … of every range, one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths - starts, lengths)


def _meet(one: _Lists, at: Ints, other: _Lists, place: Ints, tolerance: int) -> Flags:
    met: Flags = (one.lo[at] <= other.hi[place] + tolerance) & (other.lo[place] <= one.hi[at] + tolerance)
    return met


def _shifts(view: _Lists, known: _Lists, tolerance: int) -> Ints:
    """Rows of the view before the known head: the smallest number that fits; -1 where none does."""
    count = len(view.length)
    owner = np.repeat(np.arange(count), view.length)
    rows = np.arange(len(owner))
    rows = rows[(known.length > 0)[owner]]
    head = known.start[owner[rows]]
    fits = (view.content[rows] == known.content[head]) & _meet(view, rows, known, head, tolerance)
    rows = rows[fits]
    shift = np.full(count, -1, dtype=np.int64)
    for _ in range(_MOST_TRIES):
        if not len(rows):
            break
        tried, first = np.unique(owner[rows], return_index=True)
        begin = rows[first] - view.start[tried]
        overlap = np.minimum(view.length[tried] - begin, known.length[tried])
        at = ranges(view.start[tried] + begin, overlap)
        place = ranges(known.start[tried], overlap)
        same = (view.content[at] == known.content[place]) & _meet(view, at, known, place, tolerance)
        good = np.logical_and.reduceat(same, np.cumsum(overlap) - overlap)
        shift[tried[good]] = begin[good]
        rest = np.ones(len(rows), dtype=bool)
        rest[first] = False
        rows = rows[rest & (shift[owner[rows]] < 0)]
    return shift


def _merged(view: _Lists, known: _Lists, shift: Ints, seen_until: Ints) -> _Lists:
    """The known lists with the view's new rows in front, dates narrowed; lists with shift -1 stay as they are."""
    moved = shift >= 0
    before = np.where(moved, shift, 0)
    shared = np.where(moved, np.minimum(view.length - before, known.length), 0)
    older = np.where(moved, view.length - before - shared, 0)
    at = ranges(view.start + before, shared)
    place = ranges(known.start, shared)
    lo, hi = np.maximum(known.lo[place], view.lo[at]), np.minimum(known.hi[place], view.hi[at])
    narrow = lo < hi
    known_lo, known_hi = known.lo.copy(), known.hi.copy()
    known_lo[place[narrow]], known_hi[place[narrow]] = lo[narrow], hi[narrow]
    fresh = ranges(view.start, before)
    since = np.repeat(seen_until, before)
    # Not there at the previous view, so it is younger than that.
    young = (view.lo[fresh] < since) & (since < view.hi[fresh])
    length = before + known.length + older
    start = np.concatenate([[0], np.cumsum(length)[:-1]]).astype(np.int64) if len(length) else length
    tail = ranges(view.start + before + shared, older)
    places = (
        ranges(start, before),
        ranges(start + before, known.length),
        ranges(start + before + known.length, older),
    )

    def joined(new: Ints, old: Ints, fresh_values: Ints) -> Ints:
        found = np.empty(int(length.sum()), dtype=np.int64)
        found[places[0]], found[places[1]], found[places[2]] = fresh_values, old, new[tail]
        return found

    return _Lists(
        start,
        length,
        joined(view.content, known.content, view.content[fresh]),
        joined(view.lo, known_lo, np.where(young, since, view.lo[fresh])),
        joined(view.hi, known_hi, view.hi[fresh]),
        joined(view.source, known.source, view.source[fresh]),
    )
