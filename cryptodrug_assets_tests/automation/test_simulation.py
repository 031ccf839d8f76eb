"""A simulated year against what a person works out from its story: captures, calculations, publications, alerts."""

from collections import Counter
from datetime import timedelta

import pytest

from cryptodrug_assets.automation.decisions import Plan
from cryptodrug_assets.automation.simulation import Diary, Simulation, Spell, Story, day, month_number, usual_story

MONTHS = 14


def cells(market: str, first: int, last: int) -> list[tuple[str, str]]:
    return [(market, month_number(number)) for number in range(first, last + 1)]


@pytest.fixture(scope="module")
def diary() -> Diary:
    return Simulation(usual_story(MONTHS)).run(MONTHS)


def test_every_month_that_could_be_captured_is(diary: Diary) -> None:
    assert diary.captured() == {*cells("alpha", 0, 13), *cells("beta", 0, 5), *cells("gamma", 4, 13)}
    # Two sweeps a month of alpha, also where a login was lost and where the machine went down under one.
    assert [len(diary.cells[cell].sweeps) for cell in cells("alpha", 0, 13)] == [2] * 14
    assert all(len(diary.cells[cell].sweeps) == 1 for cell in [*cells("beta", 0, 5), *cells("gamma", 4, 13)])
    assert all(sweep.complete for there in diary.cells.values() for sweep in there.sweeps)


def test_the_lost_login_is_taken_up_when_there_is_one_again(diary: Diary) -> None:
    first, _ = diary.cells["alpha", month_number(2)].sweeps
    assert day(2, 14) <= first.began <= day(2, 14, 4)
    paused = diary.count("capture", "paused")
    assert set(paused) == {("alpha", month_number(2))}
    assert paused["alpha", month_number(2)] <= 4 * 24


def test_each_cell_is_computed_the_right_number_of_times(diary: Diary) -> None:
    # With two sweeps a month: after each of its own, after each of the next month. The last has no next month.
    expected = Counter(dict.fromkeys(cells("alpha", 0, 12), 4) | dict.fromkeys(cells("alpha", 13, 13), 2))
    expected.update(dict.fromkeys([*cells("beta", 0, 4), *cells("gamma", 4, 12)], 2))
    expected.update({("beta", month_number(5)): 1, ("gamma", month_number(13)): 1})
    assert diary.count("indicators") == expected


def test_a_failed_check_is_tried_daily_until_it_is_repaired(diary: Diary) -> None:
    # Captured by the evening of the 20th and failed at 22 h; then each time a day after the last one ended (2 h): at
    # 24 h of the 21st, at 2 h of the 23rd. At 2 h of the 24th it is repaired.
    assert diary.count("indicators", "check failed") == {("beta", month_number(3)): 3}


def test_a_new_parser_reads_all_months_again_and_what_they_say_is_not_measured_again(diary: Diary) -> None:
    parsed = diary.count("capture", groups=("parsed",))
    assert parsed == Counter(cells("gamma", 4, 7))
    assert diary.count("capture", "layout unread")["gamma", month_number(7)] == 1


def test_each_month_is_published_once(diary: Diary) -> None:
    assert diary.count("publish") == Counter(month_number(number) for number in range(MONTHS))


def test_the_alerts_are_those_of_the_story(diary: Diary) -> None:
    told = Counter(alert.identity for _, alert in diary.told)
    m2, m3, m7, m10 = (month_number(number) for number in (2, 3, 7, 10))
    assert told == Counter(
        [
            f"capture_paused alpha {m2}",  # login lost
            f"check_failed beta {m3} clean.transactions values",
            f"parser_drift gamma {m7} parsed.listings drift",
            f"capture_paused alpha {m10}",  # the machine went down under it
            f"month_late alpha {m10}",
            f"month_late gamma {m10}",
        ]
    )
    when = {alert.identity: at for at, alert in diary.told}
    assert when[f"capture_paused alpha {m2}"] - day(2, 10) <= timedelta(hours=6)


def test_a_month_in_which_nobody_logged_in_is_lost_told_and_published_without_it() -> None:
    story = Story(
        {"one": Plan(month_number(0), None, captures=True), "two": Plan(month_number(0), None, captures=True)},
        login_lost={"two": [Spell(day(1, 1), day(2, 1))]},
    )
    diary = Simulation(story).run(3)
    assert diary.captured() == {*cells("one", 0, 2), ("two", month_number(0)), ("two", month_number(2))}
    published = {run.request.key.split()[1]: run for run in diary.runs if run.request.job == "publish"}
    late = published[month_number(1)]
    assert (late.began, late.request.why) == (day(2, 5), "the deadline passed without two")
    assert published[month_number(2)].request.why == f"all markets of {month_number(2)} are in"
    kinds = Counter(alert.kind for _, alert in diary.told)
    assert kinds["month_late"] == 1  # on the 25th of a February: over before a week has passed
    assert kinds["month_lost"] == 5  # from the 1st of a month of 31 days on, each week again
