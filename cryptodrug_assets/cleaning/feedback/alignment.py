"""Alignment of many feedback lists at once, in columns: what lists.py does, for lists whose views are whole.

Nothing is decided here that lists.Timeline would decide otherwise (a test compares them row by row); a list that
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
class _MergedLists:
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
    row = _Rows(content, lo.copy(), hi.copy())
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
    lists = _MergedLists(_starts(length[first]), length[first], ranges(start[first], length[first]))
    seen_until = latest[first]
    for number in range(1, int(turn.max(initial=0)) + 1):
        here = np.flatnonzero((turn == number) & active[owner])
        of_view = owner[here]
        view_start, view_length = np.zeros((2, count), dtype=np.int64)
        view_start[of_view], view_length[of_view] = start[here], length[here]
        shift = _shifts(row, view_start, view_length, lists, tolerance)
        shift[_doubtful(row, view_start, view_length, lists, shift)] = -1
        active[of_view] = shift[of_view] >= 0
        lists = _merge_views(row, view_start, view_length, lists, shift, seen_until)
        seen_until[of_view] = np.maximum(seen_until[of_view], latest[here])
    kept = np.repeat(active, lists.length)
    kept_rows = lists.rows[kept]
    from_oldest = np.repeat(lists.start + lists.length, lists.length) - np.arange(len(lists.rows)) - 1
    merged = pl.DataFrame(
        {"list_id": ids[kept_rows], "ordinal": from_oldest[kept], "lo": row.lo[kept_rows], "hi": row.hi[kept_rows],
         "source": source[kept_rows]}
    )  # fmt: skip
    return merged, pl.DataFrame({"list_id": ids[start[first[~active]]]})


def _begins(values: Ints) -> Flags:
    """Whether a row has another value than the one before it."""
    begins = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=begins[1:])
    return begins


def _starts(lengths: Ints) -> Ints:
    """Where each of several ranges starts when they lie one behind the other."""
    starts: Ints = np.cumsum(lengths) - lengths
    return starts


def ranges(starts: Ints, lengths: Ints) -> Ints:
    """start, start + 1, … of every range, one after the other.

    >>> ranges(np.array([5, 20]), np.array([3, 2])).tolist()
    [5, 6, 7, 20, 21]
    """
    return np.repeat(starts - _starts(lengths), lengths) + np.arange(lengths.sum())


def _shifts(row: _Rows, view_start: Ints, view_length: Ints, lists: _MergedLists, tolerance: int) -> Ints:
    """Rows of the view before the known head: the smallest number that fits; -1 where none does."""
    head = lists.rows[lists.start]
    rows = ranges(view_start, view_length)
    same = np.flatnonzero(row.content[rows] == np.repeat(row.content[head], view_length))
    rows, owner = rows[same], np.repeat(np.arange(len(head)), view_length)[same]
    fits = row.meet(rows, head[owner], tolerance)
    rows, owner = rows[fits], owner[fits]
    shift = np.full(len(head), -1, dtype=np.int64)
    for _ in range(_MOST_TRIES):
        if not len(rows):
            break
        tried, first = np.unique(owner, return_index=True)
        begin = rows[first] - view_start[tried]
        overlap = np.minimum(view_length[tried] - begin, lists.length[tried])
        at, place = ranges(rows[first], overlap), lists.rows[ranges(lists.start[tried], overlap)]
        equal = (row.content[at] == row.content[place]) & row.meet(at, place, tolerance)
        good = np.logical_and.reduceat(equal, _starts(overlap))
        shift[tried[good]] = begin[good]
        rest = np.ones(len(rows), dtype=bool)
        rest[first] = False
        rest &= shift[owner] < 0
        rows, owner = rows[rest], owner[rest]
    return shift


def _doubtful(row: _Rows, view_start: Ints, view_length: Ints, lists: _MergedLists, shift: Ints) -> Flags:
    """Lists that were cut and repeat themselves, so that the view fits at another place with fewer new rows too.

    Where the view reaches as far back as what is known, any place gives the same number of rows.
    """
    cut = (shift > 0) & (shift + lists.length > view_length)
    before = np.where(cut, shift, 0)
    rows, owner = ranges(view_start, before), np.repeat(np.arange(len(shift)), before)
    same = row.content[rows] == row.content[lists.rows[lists.start]][owner]
    # The known head further up in the view, …
    tries = [(owner[same], rows[same] - view_start[owner[same]], np.zeros(same.sum(), dtype=np.int64))]
    length = np.where(cut, lists.length - 1, 0)
    places, owner = ranges(lists.start + 1, length), np.repeat(np.arange(len(shift)), length)
    # (a list without a view here has no first row: any stands for it)
    same = row.content[lists.rows[places]] == row.content[view_start][owner]
    # … or the view's head further down among the known rows.
    tries.append((owner[same], np.zeros(same.sum(), dtype=np.int64), places[same] - lists.start[owner[same]]))
    owner, above, below = (np.concatenate(part) for part in zip(*tries, strict=True))
    count = np.bincount(owner, minlength=len(shift))
    doubtful: Flags = count > _MOST_TRIES
    few = ~doubtful[owner]
    owner, above, below = owner[few], above[few], below[few]
    if len(owner):
        overlap = np.minimum(view_length[owner] - above, lists.length[owner] - below)
        at = ranges(view_start[owner] + above, overlap)
        place = lists.rows[ranges(lists.start[owner] + below, overlap)]
        fits = np.logical_and.reduceat(row.content[at] == row.content[place], _starts(overlap))
        doubtful[owner[fits]] = True
    return doubtful


def _merge_views(
    row: _Rows, view_start: Ints, view_length: Ints, lists: _MergedLists, shift: Ints, seen_until: Ints
) -> _MergedLists:
    """The known lists with the view's new rows in front, dates narrowed; lists with shift -1 stay as they are."""
    moved = shift >= 0
    before = np.where(moved, shift, 0)
    shared = np.where(moved, np.minimum(view_length - before, lists.length), 0)
    # A view may reach further back than anything known (an earlier view was cut short).
    older = np.where(moved, view_length - before - shared, 0)
    at, place = ranges(view_start + before, shared), lists.rows[ranges(lists.start, shared)]
    lo, hi = np.maximum(row.lo[place], row.lo[at]), np.minimum(row.hi[place], row.hi[at])
    narrow = lo < hi
    place = place[narrow]
    row.lo[place], row.hi[place] = lo[narrow], hi[narrow]
    fresh = ranges(view_start, before)
    since = np.repeat(seen_until, before)
    # Not there at the previous view, so it is younger than that.
    young = (row.lo[fresh] < since) & (since < row.hi[fresh])
    row.lo[fresh[young]] = since[young]
    length = before + lists.length + older
    start = _starts(length)
    rows = np.empty(length.sum(), dtype=np.int64)
    rows[ranges(start, before)] = fresh
    rows[ranges(start + before, lists.length)] = lists.rows
    rows[ranges(start + before + lists.length, older)] = ranges(view_start + before + shared, older)
    return _MergedLists(start, length, rows)
