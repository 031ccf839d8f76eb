"""What is due, worked out by hand from windows, sweeps, what there is and the clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cryptodrug_assets.automation.decisions import (
    MOST_TRIES,
    Asked,
    CellState,
    Code,
    Plan,
    Request,
    State,
    Sweep,
    calculations_due,
    captures_due,
)
from cryptodrug_assets.checks.made_from import Made

CODE = Code({"one": "p1", "two": "p1"}, "m1", "r1")
OPEN = Plan("2030-01", None, captures=True, sweep_days=(10, 24))
AT = ("one", "2030-03")


def at(day: int, hour: int = 0, month: int = 3) -> datetime:
    return datetime(2030, month, day, hour, tzinfo=UTC)


def state(cells: dict[tuple[str, str], CellState], asked: dict[str, Asked] | None = None, one: Plan = OPEN) -> State:
    return State({"one": one}, cells, asked or {}, CODE)


def state_of_two(cells: dict[tuple[str, str], CellState], asked: dict[str, Asked] | None = None) -> State:
    return State({"one": OPEN, "two": OPEN}, cells, asked or {}, CODE)


def ended(*, ok: bool, when: datetime, tries: int = 1) -> Asked:
    return Asked(tries, running=False, succeeded=ok, ended=when)


def finished(captured: str = "a" * 12, *, inputs: str | None = None, code: str = "m1", day: int = 10) -> CellState:
    """A month captured and parsed; measured from `inputs` where they are given."""
    measured = None if inputs is None else Made(inputs, code)
    return CellState((Sweep(at(day), complete=True),), captured, Made(captured[:8], "p1", f"rows{captured}"), measured)


def keys(requests: list[Request]) -> list[str]:
    return [request.key for request in requests]


@pytest.mark.parametrize(
    ("plan", "when", "due"),
    [
        (OPEN, at(9, 23), False),
        (OPEN, at(10), True),
        (replace(OPEN, start="2030-04"), at(10), False),
        (replace(OPEN, end="2030-02"), at(10), False),
        (replace(OPEN, end="2030-03"), at(10), True),
        (replace(OPEN, captures=False), at(10), False),
        (replace(OPEN, sweep_days=(31,)), at(28, month=2), True),  # the last day of a month that has no 31st
        (replace(OPEN, sweep_days=(31,)), at(27, month=2), False),
    ],
)
def test_a_sweep_is_due_within_the_window_from_its_day_on(plan: Plan, when: datetime, due: bool) -> None:
    assert bool(captures_due(state({}, one=plan), when)) is due


def test_each_sweep_day_begins_one_sweep_and_a_missed_one_is_made_up_for() -> None:
    first = CellState((Sweep(at(10, 7), complete=True),))
    assert not captures_due(state({AT: first}), at(23))
    assert keys(captures_due(state({AT: first}), at(24))) == ["capture one 2030-03 sweep 2"]
    # Both days passed while the machine was down: one sweep makes up for them.
    assert keys(captures_due(state({}), at(26))) == ["capture one 2030-03 sweep 1"]
    assert not captures_due(state({AT: CellState((Sweep(at(26), complete=True),))}), at(29))


def test_a_sweep_that_follows_within_a_day_would_be_continued_and_waits() -> None:
    late = CellState((Sweep(at(23, 20), complete=True),))
    assert not captures_due(state({AT: late}), at(24, 19))
    assert captures_due(state({AT: late}), at(24, 20))


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (Asked(1, running=True, succeeded=False, ended=None), False),
        (ended(ok=False, when=at(11, 5)), False),  # an hour has not passed
        (ended(ok=False, when=at(11, 4)), True),
        (ended(ok=False, when=at(11, 4), tries=100), True),  # until the month ends
        (ended(ok=True, when=at(11, 4)), True),  # its budget was spent
    ],
)
def test_a_paused_sweep_is_taken_up_again(asked: Asked, due: bool) -> None:
    paused = CellState((Sweep(at(10), complete=False),))
    [*requests] = captures_due(state({AT: paused}, {"capture one 2030-03 sweep 1": asked}), at(11, 5, 3))
    assert bool(requests) is due
    assert all("taken up again" in request.why for request in requests)


def test_a_month_that_ended_unfinished_is_indexed_and_parsed_once() -> None:
    paused = {AT: CellState((Sweep(at(24), complete=False),))}
    assert not captures_due(state(paused), at(2, month=4))
    [request] = calculations_due(state(paused), at(1, month=4))
    assert (request.job, request.cell, request.from_archive) == ("capture", AT, True)
    done = {"close one 2030-03": ended(ok=True, when=at(1, 1, 4))}
    assert not calculations_due(state(paused, done), at(2, month=4))
    assert not calculations_due(state(paused), at(30))


def test_what_is_captured_is_parsed_then_measured_then_rests() -> None:
    captured = {AT: CellState((Sweep(at(10), complete=True),), "a" * 12)}
    [parse] = calculations_due(state(captured), at(11))
    assert (parse.job, parse.groups, parse.why) == ("capture", ("parsed",), "captured, not yet parsed")
    [measure] = calculations_due(state({AT: finished()}), at(11))
    assert (measure.job, measure.cell, measure.why) == ("indicators", AT, "parsed, not yet measured")
    assert calculations_due(state({AT: finished(inputs="2030-03=rowsaaaa")}), at(11)) == []


def test_a_month_is_measured_again_when_the_next_one_is_parsed_and_says_why() -> None:
    cells = {AT: finished(inputs="2030-03=rowsaaaa"), ("one", "2030-04"): finished("b" * 12)}
    again, new = calculations_due(state(cells), at(11, month=4))
    assert (again.cell, again.why) == (AT, "2030-04 was parsed (later feedback)")
    assert new.cell == ("one", "2030-04")
    # The month after that tells nothing of it.
    cells[AT] = finished(inputs="2030-03=rowsaaaa 2030-04=rowsbbbb")
    cells["one", "2030-04"] = finished("b" * 12, inputs="2030-03=rowsaaaa 2030-04=rowsbbbb")
    cells["one", "2030-05"] = finished("c" * 12)
    assert [request.cell for request in calculations_due(state(cells), at(11, month=5))] == [
        ("one", "2030-04"),
        ("one", "2030-05"),
    ]


def test_other_code_and_other_rates_are_reasons_and_nothing_else_is() -> None:
    cells = {AT: finished(inputs="2030-03=rowsaaaa")}
    [code] = calculations_due(replace(state(cells), code=replace(CODE, measuring="m2")), at(11))
    assert code.why == "the code that cleans or measures changed"
    [rates] = calculations_due(replace(state(cells), code=replace(CODE, files=("rates=9",))), at(11))
    assert rates.why == "the file of rates changed"
    # A parser that reads the same content makes nothing after it due.
    [parse] = calculations_due(replace(state(cells), code=replace(CODE, parsers={"one": "p2"})), at(11))
    assert (parse.groups, parse.why) == (("parsed",), "the parser changed to p2")
    same = replace(cells[AT], parsed=Made("aaaaaaaa", "p2", f"rows{'a' * 12}"))
    assert not calculations_due(replace(state({AT: same}), code=replace(CODE, parsers={"one": "p2"})), at(11))


def test_what_failed_is_tried_again_daily_and_not_for_ever() -> None:
    cells = {AT: finished()}
    [request] = calculations_due(state(cells), at(11))
    after = timedelta(hours=24)
    for tries in range(1, MOST_TRIES + 1):
        asked = {request.key: ended(ok=False, when=at(11), tries=tries)}
        assert not calculations_due(state(cells, asked), at(11) + after - timedelta(minutes=1))
        assert bool(calculations_due(state(cells, asked), at(11) + after)) is (tries < MOST_TRIES)


def two(**inputs: str | None) -> dict[tuple[str, str], CellState]:
    return {(name, "2030-03"): finished(inputs=given) for name, given in inputs.items()}


def test_a_month_is_published_once_when_its_markets_are_in_or_the_deadline_passed() -> None:
    both = two(one="2030-03=rowsaaaa", two="2030-03=rowsaaaa")
    assert not calculations_due(state_of_two(both), at(31, 23))  # more sweeps may come
    [request] = calculations_due(state_of_two(both), at(1, month=4))
    assert (request.job, request.cell, request.why) == ("publish", None, "all markets of 2030-03 are in")
    done = {request.key: ended(ok=True, when=at(1, month=4))}
    assert not calculations_due(state_of_two(both, done), at(2, month=4))
    one = two(one="2030-03=rowsaaaa")
    assert not calculations_due(state_of_two(one), at(4, 23, month=4))
    [late] = calculations_due(state_of_two(one), at(5, month=4))
    assert late.why == "the deadline passed without two"
    # The other comes after it: once more.
    done = {late.key: ended(ok=True, when=at(5, month=4))}
    [again] = calculations_due(state_of_two(both, done), at(9, month=4))
    assert again.why == "what 2030-03 was published from changed"


def test_later_feedback_waits_for_the_next_publication() -> None:
    month = two(one="2030-03=rowsaaaa")
    [first] = calculations_due(state(month), at(1, month=4))
    done = {first.key: ended(ok=True, when=at(1, month=4))}
    following = finished("b" * 12, inputs="2030-03=rowsaaaa 2030-04=rowsbbbb")
    cells = {AT: finished(inputs="2030-03=rowsaaaa 2030-04=rowsbbbb"), ("one", "2030-04"): following}
    assert not calculations_due(state(cells, done), at(11, month=4))
    [second] = calculations_due(state(cells, done), at(1, month=5))
    assert second.why == "all markets of 2030-04 are in"


def test_nothing_is_published_while_a_run_of_a_month_is_under_way() -> None:
    running = {"measure one 2030-02 x": Asked(1, running=True, succeeded=False, ended=None)}
    assert not calculations_due(state(two(one="2030-03=rowsaaaa"), running), at(1, month=4))


def test_a_closed_market_settles_and_then_rests_whatever_the_code() -> None:
    closed = replace(OPEN, end="2030-03")
    old = {AT: finished(inputs="2030-03=rowsaaaa", code="m0")}
    assert [request.job for request in calculations_due(state(old, one=closed), at(31, month=5))] == ["indicators"]
    assert calculations_due(state(old, one=closed), at(1, month=6)) == []
    assert calculations_due(state({}), at(1, month=6)) == []


def test_closing_a_month_and_parsing_it_never_run_at_once() -> None:
    over, running = at(1, 12, month=4), Asked(1, running=True, succeeded=False, ended=None)
    unfinished = CellState((Sweep(at(30), complete=False),))
    assert keys(calculations_due(state({AT: unfinished}), over)) == ["close one 2030-03"]
    # It runs, and has indexed what there is but not parsed it yet.
    indexed = replace(unfinished, captured="c" * 12)
    assert calculations_due(state({AT: indexed}, {"close one 2030-03": running}), over) == []
    # It failed after the index: the parsing is asked for, once, and closing waits for it.
    failed = {"close one 2030-03": ended(ok=False, when=over - timedelta(hours=1))}
    [parse] = calculations_due(state({AT: indexed}, failed), over)
    assert parse.key.startswith("parse one 2030-03 ")
    assert calculations_due(state({AT: indexed}, failed | {parse.key: running}), over) == []
    assert calculations_due(state({AT: indexed}, failed | {parse.key: running}), over + timedelta(days=2)) == []
