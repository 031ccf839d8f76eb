"""What is due now: pure decisions over what there is, what was asked for, and the clock.

Contains when a market is captured, what is parsed, measured and published again, and why. Keep out: Dagster
(schedules and sensors ask here and only hand on), reading a home (state.py).
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from cryptodrug_assets.checks.made_from import (
    FILES,
    Cell,
    Made,
    changed_months,
    inputs_of,
    inputs_of_captures,
    stated_rates,
)
from cryptodrug_assets.months import month_before, month_of, month_plus
from cryptodrug_assets.versions import digest

# A paused capture is taken up again, an hour after it ended, until the month ends: a login is renewed by a person, and
# asking a site more often than that helps nobody.
TAKEN_UP_AFTER = timedelta(hours=1)
# Within this time a capture continues the sweep that it began (capture.sources): a new one begins after it.
NEW_SWEEP_AFTER = timedelta(hours=24)
# Calculations fail alike each time, except for what a person mends beside the code (a waiver, a full disk).
TRIED_AGAIN_AFTER = timedelta(hours=24)
MOST_TRIES = 5
# Requests of older occasions are not made again: their months were published long ago.
REMEMBERED = timedelta(days=120)
# Months after the end of a window in which feedback is still completed and published; then the market is closed.
SETTLING_MONTHS = 2

Job = Literal["capture", "indicators", "publish"]


@dataclass(frozen=True)
class Plan:
    """When a market is captured and published: its window and the `automation` of its file."""

    start: str
    end: str | None
    captures: bool
    sweep_days: tuple[int, ...] = (20,)
    publish_day: int = 5
    late_day: int = 25

    def observed(self, month: str) -> bool:
        """Whether the market is observed in the month."""
        return self.start <= month <= (self.end or "9999-12")

    def in_care(self, now: datetime) -> bool:
        """Whether its months are still made by themselves: those of a closed market settle and then rest."""
        if self.end is None:
            return True
        return month_of(now) <= month_plus(self.end, SETTLING_MONTHS)


@dataclass(frozen=True)
class Sweep:
    """A pass over a market: when it began, and whether its queue was worked empty."""

    began: datetime
    complete: bool


@dataclass(frozen=True)
class CellState:
    """What there is of a market-month: sweeps in its archive, content of its index, and what its tables were made
    from."""

    sweeps: tuple[Sweep, ...] = ()
    captured: str | None = None
    parsed: Made | None = None
    measured: Made | None = None


@dataclass(frozen=True)
class Asked:
    """What became of the runs that were asked for under one key."""

    tries: int
    running: bool
    succeeded: bool
    ended: datetime | None


@dataclass(frozen=True)
class Code:
    """Versions of the code there is: parsers by market, what cleans and measures, what publishes; and what people set
    beside it: files, and marks of fetched rates by month."""

    parsers: Mapping[str, str]
    measuring: str
    publishing: str
    files: tuple[str, ...] = ()
    rates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """All that a decision rests on, beside the clock. `span`: months that cleaning reads, counted from its own;
    `frozen`: cells that are not made again, because what they were made from was erased."""

    plans: Mapping[str, Plan]
    cells: Mapping[Cell, CellState]
    asked: Mapping[str, Asked]
    code: Code
    span: tuple[int, int] = (-12, 1)
    frozen: frozenset[Cell] = frozenset()
    versions: Mapping[Cell, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parsed = {cell: state.parsed.version for cell, state in self.cells.items() if state.parsed is not None}
        object.__setattr__(self, "versions", parsed)

    def inputs(self, cell: Cell) -> str:
        """What the cell would be made of now."""
        stated = (*self.code.files, *stated_rates(self.code.rates, cell[1]))
        return inputs_of(self.versions, cell, self.span, stated)

    def current(self, cell: Cell) -> bool:
        """Whether the cell's figures are made of what there is now, by the code there is now."""
        state = self.cells.get(cell)
        if state is None or state.parsed is None or state.measured is None or _parse_why(self, cell):
            return False
        return (state.measured.inputs, state.measured.code) == (self.inputs(cell), self.code.measuring)


@dataclass(frozen=True)
class Request:
    """A run to ask for. `key` names the occasion, `attempt` counts the runs under it from 0, `why` is told in the UI.

    `groups` limits the job to some of its asset groups; `from_archive`: nothing is captured, what was is indexed.
    """

    job: Job
    cell: Cell | None
    key: str
    attempt: int
    why: str
    groups: tuple[str, ...] = ()
    from_archive: bool = False

    @property
    def fetches(self) -> bool:
        """Whether pages are fetched: a capture that is neither limited to parsing nor to what the archive has."""
        return self.job == "capture" and not self.groups and not self.from_archive


def captures_due(state: State, now: datetime) -> list[Request]:
    """Captures to ask for at this moment, one per market at most, in the order of the plans."""
    found = (_capture(state, market, plan, now) for market, plan in state.plans.items())
    return [request for request in found if request is not None]


def calculations_due(state: State, now: datetime) -> list[Request]:
    """What is to be indexed, parsed, measured and published at this moment; a cell takes one step at a time."""
    requests: list[Request] = []
    for market, plan in state.plans.items():
        if not plan.in_care(now):
            continue
        for cell in sorted(cell for cell in state.cells if cell[0] == market and plan.observed(cell[1])):
            if cell in state.frozen:
                continue
            step = _close(state, cell, plan, now) or _parse(state, cell, now) or _measure(state, cell, now)
            requests += [step] if step is not None else []
    publication = _publish(state, now)
    # With more to come in this very moment the publication waits for it.
    return requests + ([publication] if publication is not None and not requests else [])


def _capture(state: State, market: str, plan: Plan, now: datetime) -> Request | None:
    month = month_of(now)
    days = monthrange(now.year, now.month)[1]
    passed = [min(day, days) for day in plan.sweep_days if min(day, days) <= now.day]
    if not plan.captures or not plan.observed(month) or not passed:
        return None
    sweep_day = passed[-1]
    planned = datetime(now.year, now.month, sweep_day, tzinfo=UTC)
    sweeps = state.cells.get((market, month), CellState()).sweeps
    unfinished = bool(sweeps) and not sweeps[-1].complete
    if not unfinished and sweeps and (sweeps[-1].began >= planned or now - sweeps[-1].began < NEW_SWEEP_AFTER):
        return None
    key = f"capture {market} {month} sweep {len(sweeps) + (not unfinished)}"
    # A capture that ended well and left its queue is taken up again, too: its budget was spent.
    tries = _tries(state, key, now, TAKEN_UP_AFTER, most=None, again=unfinished)
    if tries is None or _running(state, f"capture {market} {month} "):
        return None
    why = (
        "the sweep that began and did not end is taken up again"
        if unfinished
        else f"a sweep is due from day {sweep_day}"
    )
    if not unfinished and tries:
        why = f"asked for again: the sweep due from day {sweep_day} could not begin"
    return Request("capture", (market, month), key, tries, why)


def _close(state: State, cell: Cell, plan: Plan, now: datetime) -> Request | None:
    """A month that ended with a sweep unfinished: what was captured is evidence, indexed and parsed as it is."""
    sweeps = state.cells[cell].sweeps
    if not plan.captures or cell[1] >= month_of(now) or not sweeps or sweeps[-1].complete:
        return None
    # The run that closed it is forgotten by then.
    if cell[1] < month_of(now - REMEMBERED):
        return None
    if _running(state, f"parse {cell[0]} {cell[1]} "):
        # It parses, too: two runs would write the same tables.
        return None
    key = f"close {cell[0]} {cell[1]}"
    tries = _tries(state, key, now, TRIED_AGAIN_AFTER)
    if tries is None:
        return None
    why = "the month is over; what its unfinished sweep captured is indexed and parsed"
    return Request("capture", cell, key, tries, why, from_archive=True)


def _parse_why(state: State, cell: Cell) -> str | None:
    """Why the cell has to be parsed; None when its parsed tables are those of its index and its parser."""
    there = state.cells[cell]
    if there.captured is None:
        return None
    code = state.code.parsers[cell[0]]
    if there.parsed is None:
        return "captured, not yet parsed"
    if there.parsed.inputs != inputs_of_captures(there.captured):
        return "the index of its captures changed"
    return None if there.parsed.code == code else f"the parser changed to {code}"


def _parse(state: State, cell: Cell, now: datetime) -> Request | None:
    why = _parse_why(state, cell)
    if why is None or any(_running(state, f"{kind} {cell[0]} {cell[1]}") for kind in ("capture", "close")):
        return None
    key = f"parse {cell[0]} {cell[1]} {_mark(state.cells[cell].captured or '', state.code.parsers[cell[0]])}"
    tries = _tries(state, key, now, TRIED_AGAIN_AFTER)
    return None if tries is None else Request("capture", cell, key, tries, why, groups=("parsed",))


def _measure(state: State, cell: Cell, now: datetime) -> Request | None:
    there = state.cells[cell]
    if there.parsed is None or _parse_why(state, cell) or state.current(cell):
        return None
    inputs = state.inputs(cell)
    key = f"measure {cell[0]} {cell[1]} {_mark(inputs, state.code.measuring)}"
    tries = _tries(state, key, now, TRIED_AGAIN_AFTER)
    if tries is None or _to_be_parsed(state, cell[0], now):
        return None
    return Request("indicators", cell, key, tries, _measure_why(there.measured, inputs, state.code.measuring))


def _to_be_parsed(state: State, market: str, now: datetime) -> bool:
    """Whether months of the market are about to be parsed: what is measured of them waits, or it would be made
    twice."""
    if _running(state, f"parse {market} "):
        return True
    return any(_parse(state, cell, now) is not None for cell in state.cells if cell[0] == market)


def _measure_why(measured: Made | None, inputs: str, code: str) -> str:
    if measured is None:
        return "parsed, not yet measured"
    new, other = changed_months(measured.inputs, inputs)
    reasons = [f"{name} was parsed (later feedback)" for name in new if name not in FILES]
    reasons += [f"{name} was parsed anew" for name in other if name not in FILES]
    reasons += [why for name, why in FILES.items() if name in (*new, *other)]
    if measured.code != code:
        reasons.append("the code that cleans or measures changed")
    return "; ".join(reasons) or "what it was made from is not known"


def _publish(state: State, now: datetime) -> Request | None:
    """Across months, public tables, warehouse and report: once for the latest month that ended, when all its markets
    are in or the deadline passed; and again when what it was published from changed.

    Later feedback of its last month, which comes with the running one, waits for the next publication.
    """
    month = month_before(month_of(now))
    members = {market: plan for market, plan in state.plans.items() if plan.observed(month)}
    measured = {
        cell: there.measured
        for cell, there in state.cells.items()
        if there.measured is not None and cell[0] in state.plans and cell[1] <= month
    }
    in_care = any(plan.in_care(now) for plan in state.plans.values())
    if (
        not measured
        or not in_care
        or any(_running(state, kind) for kind in ("measure ", "parse ", "close ", "publish "))
    ):
        return None
    missing = sorted(market for market in members if not state.current((market, month)))
    if missing and now < _deadline(now, members):
        return None
    contents = [f"{' '.join(cell)} {_until(made.inputs, month)} {made.code}" for cell, made in sorted(measured.items())]
    mark = _mark(*contents, state.code.publishing)
    if any(key.startswith("publish ") and key.endswith(mark) and asked.succeeded for key, asked in state.asked.items()):
        return None
    key = f"publish {month} {mark}"
    tries = _tries(state, key, now, TRIED_AGAIN_AFTER)
    if tries is None:
        return None
    why = f"all markets of {month} are in" if not missing else f"the deadline passed without {', '.join(missing)}"
    if any(name.startswith(f"publish {month} ") and asked.succeeded for name, asked in state.asked.items()):
        why = f"what {month} was published from changed"
    return Request("publish", None, key, tries, why)


def _deadline(now: datetime, members: Mapping[str, Plan]) -> datetime:
    """The last of the markets' days, in the running month, on which the month before it is published."""
    return datetime(now.year, now.month, max(plan.publish_day for plan in members.values()), tzinfo=UTC)


def _until(inputs: str, month: str) -> str:
    """What a cell was made of, without months after `month`.

    >>> _until("2018-11=aa 2018-12=bb rates=cc", "2018-11")
    '2018-11=aa rates=cc'
    """
    return " ".join(part for part in inputs.split() if not part[:1].isdigit() or part.partition("=")[0] <= month)


def _mark(*texts: str) -> str:
    return digest(texts)[:12]


def _running(state: State, beginning: str) -> bool:
    return any(asked.running for key, asked in state.asked.items() if key.startswith(beginning))


def _tries(
    state: State, key: str, now: datetime, wait: timedelta, most: int | None = MOST_TRIES, *, again: bool = False
) -> int | None:
    """How many runs there were under the key when another may be asked for; None when none may.

    `again`: also after one that succeeded.
    """
    asked = state.asked.get(key)
    if asked is None:
        return 0
    if asked.running or (asked.succeeded and not again) or (most is not None and asked.tries >= most):
        return None
    if asked.ended is not None and now - asked.ended < wait:
        return None
    return asked.tries
