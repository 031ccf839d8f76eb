"""Alignment of feedback lists: the comparison of four methods on simulated lists, and the traps one by one."""

import random
from collections import Counter
from statistics import mean

import polars as pl
import pytest

from cryptodrug_assets.cleaning.feedback.alignment import align
from cryptodrug_assets.cleaning.feedback.lists import Timeline, _list_by_list, merge_views
from cryptodrug_assets.cleaning.feedback.overlap import TOLERANCE_US, Item

DAY = 86_400_000_000
Review = tuple[str, int, str]


def simulated(seed: int, *, days: int = 56, per_month: float = 30) -> list[tuple[int, Review]]:
    """Feedback over time, oldest first: many say the same, as on the markets (masked buyer, five stars, no text)."""
    draw = random.Random(seed)
    moment = 0.0
    found: list[tuple[int, Review]] = []
    while True:
        moment += draw.expovariate(per_month / 30)
        if moment >= days:
            return found
        text = "" if draw.random() < 0.7 else draw.choice(("fast", "good", "thanks", "top"))
        buyer = draw.choice("abcdefgh") + "***" + draw.choice("mnopqrst")
        found.append((int(moment * DAY), (buyer, 5 if draw.random() < 0.95 else 1, text)))


def views(
    truth: list[tuple[int, Review]], seed: int, *, every: int = 7, missed: float = 0.15, shown: int | None = None
) -> list[tuple[int, list[tuple[Review, int]]]]:
    """Captures: (time, rows newest first with the age in whole days); the first and last are never missed."""
    draw = random.Random(seed + 1)
    times = [day * DAY for day in range(every, 57, every)]
    kept = [at for at in times if at in (times[0], times[-1]) or draw.random() >= missed]
    return [
        (at, [(row, (at - moment) // DAY) for moment, row in reversed(truth) if moment < at][:shown]) for at in kept
    ]


def aligned(captures: list[tuple[int, list[tuple[Review, int]]]]) -> Timeline:
    timeline = Timeline()
    numbers: dict[Review, int] = {}
    for at, rows in captures:
        items = [
            Item(numbers.setdefault(row, len(numbers)), at - (age + 1) * DAY, at - age * DAY, place)
            for place, (row, age) in enumerate(rows)
        ]
        timeline.add(items, at)
    return timeline


def counted(captures: list[tuple[int, list[tuple[Review, int]]]]) -> dict[str, int]:
    rows = [(row, at // DAY - age) for at, seen in captures for row, age in seen]
    most: Counter[Review] = Counter()
    for _, seen in captures:
        most |= Counter(row for row, _ in seen)
    return {
        "distinct": len({row for row, _ in rows}),
        "distinct with the age as shown": len({(row, age) for _, seen in captures for row, age in seen}),
        "most at once": most.total(),
        "aligned": len(aligned(captures).items),
    }


@pytest.mark.parametrize("shown", [None, 50])
def test_only_alignment_finds_every_row_once(shown: int | None) -> None:
    """Found ÷ true for four ways of removing duplicates; 30 a month, weekly captures, 15 % of them missed."""
    ratios: dict[str, list[float]] = {}
    for seed in range(40):
        captures = views(simulated(seed), seed, shown=shown)
        true = len(simulated(seed)) if captures[-1][0] == 56 * DAY else 0
        for method, number in counted(captures).items():
            ratios.setdefault(method, []).append(number / true)
    found = {method: mean(values) for method, values in ratios.items()}
    assert found["aligned"] == pytest.approx(1.0, abs=1e-9)
    assert found["distinct"] < 0.95
    assert found["distinct with the age as shown"] > 2
    assert found["most at once"] <= 1
    if shown:
        assert found["most at once"] < 0.995


def test_lost_overlap_is_detected_and_never_counts_twice() -> None:
    gaps, ratios = 0, []
    for seed in range(40):
        truth = simulated(seed, per_month=90)
        timeline = aligned(views(truth, seed, every=14, missed=0.3, shown=25))
        gaps += timeline.gaps
        assert sum(item.gap for item in timeline.items) == timeline.gaps
        ratios.append(len(timeline.items) / len(truth))
    assert gaps > 60
    assert 0.5 < mean(ratios) < 0.85
    assert max(ratios) <= 1


def item(content: int, day: float, width: float = 1) -> Item:
    return Item(content, int(day * DAY), int((day + width) * DAY), 0)


def test_dates_narrow_to_what_both_views_allow() -> None:
    timeline = Timeline()
    timeline.add([item(1, 3, 1), item(2, 0, 2)], 4 * DAY)
    timeline.add([item(3, 2, 7), item(1, 3.5, 2), item(2, 1, 5)], 9 * DAY)
    assert [(row.content, row.lo / DAY, row.hi / DAY) for row in timeline.items] == [(3, 4, 9), (1, 3.5, 4), (2, 1, 2)]


def test_equal_rows_stay_apart() -> None:
    timeline = Timeline()
    timeline.add([item(1, 2), item(1, 1)], 3 * DAY)
    timeline.add([item(1, 4), item(1, 3), item(1, 2), item(1, 1)], 5 * DAY)
    assert len(timeline.items) == 4


def test_a_deleted_row_breaks_nothing() -> None:
    timeline = Timeline()
    timeline.add([item(4, 4), item(3, 3), item(2, 2), item(1, 1)], 5 * DAY)
    timeline.add([item(5, 5), item(4, 4), item(2, 2), item(1, 1)], 6 * DAY)
    assert [row.content for row in timeline.items] == [5, 4, 3, 2, 1]
    assert timeline.gaps == 0


def test_an_edited_row_is_not_a_second_sale() -> None:
    timeline = Timeline()
    timeline.add([item(4, 4), item(3, 3), item(2, 2), item(1, 1)], 5 * DAY)
    timeline.add([item(5, 5), item(4, 4), item(9, 3), item(2, 2), item(1, 1)], 6 * DAY)
    assert len(timeline.items) == 5


def test_a_missing_page_of_the_list_is_bridged() -> None:
    timeline = Timeline()
    timeline.add([item(4, 4), item(3, 3), item(2, 2), item(1, 1)], 5 * DAY)
    timeline.add([item(5, 5), None, None, item(2, 2), item(1, 1)], 6 * DAY)
    assert [row.content for row in timeline.items] == [5, 4, 3, 2, 1]


def view_rows(number: int, captures: list[tuple[int, list[tuple[Review, int]]]]) -> list[dict[str, int]]:
    """Captures of a list as merge_views takes them."""
    contents: dict[Review, int] = {}
    return [
        {"list_id": number, "view": turn, "seen_at": at, "place": place,
         "content": contents.setdefault(row, len(contents)), "lo": at - (age + 1) * DAY, "hi": at - age * DAY,
         "source": 10_000 * turn + place}
        for turn, (at, seen) in enumerate(captures) for place, (row, age) in enumerate(seen)
    ]  # fmt: skip


def test_columns_and_lists_are_merged_alike() -> None:
    """The way by columns gives, row by row, what the way list by list gives; what it cannot do it hands back."""
    rows: list[dict[str, int]] = []
    for seed in range(60):
        every, shown = (7, 14, 28)[seed % 3], (None, 50, 15, 300)[seed % 4]
        captures = views(simulated(seed, per_month=(5, 30, 90)[seed // 20]), seed, every=every, shown=shown)
        made = view_rows(seed, captures)
        if seed % 5 == 4:
            # A row deleted, or a hole where a page is missing.
            made = [row for row in made if (row["view"], row["place"]) != (1, 2)]
            if seed % 2:
                made = [row | {"place": row["place"] - (row["view"] == 1 and row["place"] > 2)} for row in made]
        rows += made
    frame = pl.DataFrame(rows).sample(fraction=1, shuffle=True, seed=1)
    ordered = frame.sort("list_id", "view", "place")
    plain, undone = align(ordered, TOLERANCE_US)
    assert plain["list_id"].n_unique() > 35
    assert undone.height > 5
    assert set(plain["list_id"]).isdisjoint(undone["list_id"])
    expected = _list_by_list(ordered)
    columns = ["list_id", "lo", "hi", "source", "gap", "gap_from"]
    found = merge_views(frame).sort("list_id", "ordinal", descending=[False, True])
    assert found.select(columns).equals(expected.select(columns))
    assert found.filter(list_id=0)["ordinal"].to_list() == list(range(found.filter(list_id=0).height - 1, -1, -1))
