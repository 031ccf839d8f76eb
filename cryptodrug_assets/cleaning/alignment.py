"""Alignment of many feedback lists at once, in columns: the way of feedback.py for lists whose views are whole.

Nothing is decided here that feedback.Timeline would decide otherwise (a test compares them row by row); a list that
this way cannot merge (a page of it is missing, rows were edited, the overlap was lost) is handed back. A merged list is
kept as the numbers of its rows: what the rows say stays where it is.
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
class _Rows:
    """What the rows of all views say; their dates are narrowed where another view dates the same row."""

    content: Ints
    lo: Ints
    hi: Ints

    def meet(self, one: Ints, other: Ints, tolerance: int) -> Flags:
        """Whether the rows `one` may be the rows `other`, judged by their dates."""
        met: Flags = (self.lo[one] <= self.hi[other] + tolerance) & (self.lo[other] <= self.hi[one] + tolerance)
        return met


@dataclass
class _Known:
    """The rows known of each list, list after list, newest first: where a list starts, how long it is, and its rows."""

    start: Ints
    length: Ints
    rows: Ints


def align(rows: pl.DataFrame, tolerance: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows (list_id, view, seen_at, place, content, lo, hi, source; sorted by list, view and place) → merged rows
    (list_id, ordinal, lo, hi, source; newest first), and list_id of the lists left undone."""
    ids, views, place, seen_at, source, content, lo, hi = (
        rows[name].to_numpy() for name in ("list_id", "view", "place", "seen_at", "source", "content", "lo", "hi")
    )
    told = _Rows(content, lo.copy(), hi.copy())
    next_list = _begins(ids)
    start = np.flatnonzero(next_list | _begins(views))
    length = np.diff(np.append(start, len(ids)))
    # Views in order: which list each is of, and whether it is the first, the second, … of its list.
    first = np.flatnonzero(next_list[start])
    count = len(first)
    owner = np.repeat(np.arange(count), np.diff(np.append(first, len(start))))
    turn = np.arange(len(start)) - first[owner]
    latest = np.maximum.reduceat(seen_at, start)
    active = np.ones(count, dtype=bool)
    # A view with a hole ends further down than the number of its rows says.
    active[owner[place[start + length - 1] != length - 1]] = False
    known = _Known(_starts(length[first]), length[first], ranges(start[first], length[first]))
    seen_until = latest[first]
    for number in range(1, int(turn.max(initial=0)) + 1):
        here = np.flatnonzero((turn == number) & active[owner])
        lists = owner[here]
        view_start, view_length = np.zeros((2, count), dtype=np.int64)
        view_start[lists], view_length[lists] = start[here], length[here]
        shift = _shifts(told, view_start, view_length, known, tolerance)
        active[lists] = shift[lists] >= 0
        known = _merged(told, view_start, view_length, known, shift, seen_until)
        seen_until[lists] = np.maximum(seen_until[lists], latest[here])
    kept = np.repeat(active, known.length)
    taken = known.rows[kept]
    from_oldest = np.repeat(known.start + known.length, known.length) - np.arange(len(known.rows)) - 1
    merged = pl.DataFrame(
        {"list_id": ids[taken], "ordinal": from_oldest[kept], "lo": told.lo[taken], "hi": told.hi[taken],
         "source": source[taken]}
    )  # fmt: skip
    return merged, pl.DataFrame({"list_id": ids[start[first[~active]]]})


def _begins(values: Ints) -> Flags:
    """Whether a row has another value than the one before it."""
    found = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found


def _starts(lengths: Ints) -> Ints:
    """Where each of several ranges starts when they lie one behind the other."""
    starts: Ints = np.cumsum(lengths) - lengths
    return starts


def ranges(starts: Ints, lengths: Ints) -> Ints:
    """start, start + 1, … of every range, one after the other."""
    return np.repeat(starts - _starts(lengths), lengths) + np.arange(lengths.sum())


def _shifts(told: _Rows, view_start: Ints, view_length: Ints, known: _Known, tolerance: int) -> Ints:
    """Rows of the view before the known head: the smallest number that fits; -1 where none does."""
    head = known.rows[known.start]
    rows = ranges(view_start, view_length)
    same = np.flatnonzero(told.content[rows] == np.repeat(told.content[head], view_length))
    rows, owner = rows[same], np.repeat(np.arange(len(head)), view_length)[same]
    fits = told.meet(rows, head[owner], tolerance)
    rows, owner = rows[fits], owner[fits]
    shift = np.full(len(head), -1, dtype=np.int64)
    for _ in range(_MOST_TRIES):
        if not len(rows):
            break
        tried, first = np.unique(owner, return_index=True)
        begin = rows[first] - view_start[tried]
        overlap = np.minimum(view_length[tried] - begin, known.length[tried])
        at, place = ranges(rows[first], overlap), known.rows[ranges(known.start[tried], overlap)]
        equal = (told.content[at] == told.content[place]) & told.meet(at, place, tolerance)
        good = np.logical_and.reduceat(equal, _starts(overlap))
        shift[tried[good]] = begin[good]
        rest = np.ones(len(rows), dtype=bool)
        rest[first] = False
        rest &= shift[owner] < 0
        rows, owner = rows[rest], owner[rest]
    return shift


def _merged(told: _Rows, view_start: Ints, view_length: Ints, known: _Known, shift: Ints, seen_until: Ints) -> _Known:
    """The known lists with the view's new rows in front, dates narrowed; lists with shift -1 stay as they are."""
    moved = shift >= 0
    before = np.where(moved, shift, 0)
    shared = np.where(moved, np.minimum(view_length - before, known.length), 0)
    # A view may reach further back than anything known (an earlier view was cut short).
    older = np.where(moved, view_length - before - shared, 0)
    at, place = ranges(view_start + before, shared), known.rows[ranges(known.start, shared)]
    lo, hi = np.maximum(told.lo[place], told.lo[at]), np.minimum(told.hi[place], told.hi[at])
    narrow = lo < hi
    place = place[narrow]
    told.lo[place], told.hi[place] = lo[narrow], hi[narrow]
    fresh = ranges(view_start, before)
    since = np.repeat(seen_until, before)
    # Not there at the previous view, so it is younger than that.
    young = (told.lo[fresh] < since) & (since < told.hi[fresh])
    told.lo[fresh[young]] = since[young]
    length = before + known.length + older
    start = _starts(length)
    rows = np.empty(length.sum(), dtype=np.int64)
    rows[ranges(start, before)] = fresh
    rows[ranges(start + before, known.length)] = known.rows
    rows[ranges(start + before + known.length, older)] = ranges(view_start + before + shared, older)
    return _Known(start, length, rows)
