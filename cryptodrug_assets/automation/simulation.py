"""A year of the daemon's decisions over a made-up clock: markets that close and open, a lost login, a layout that
changes, a failed check, a machine that is down.

The very decisions of the schedule and the sensor (decisions.py) and the very conditions of alerts are asked, tick by
tick; only what runs do is made up: nothing is captured and nothing computed.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptodrug_assets.automation.decisions import (
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
from cryptodrug_assets.automation.silence import SILENT_AFTER
from cryptodrug_assets.checks.made_from import Cell, Made, inputs_of_captures
from cryptodrug_assets.monitoring.conditions import Alert, FailedCheck, Failure, LiveMarket, Situation, alerts_of
from cryptodrug_assets.monitoring.messages import Told, message_of, told_after
from cryptodrug_assets.months import month_before, month_of, month_plus
from cryptodrug_assets.versions import digest

START = datetime(2030, 1, 1, tzinfo=UTC)
# The schedule asks each hour and the sensor each minute; nothing here changes faster than this.
TICK = timedelta(hours=2)
_CAPTURE_TAKES, _OTHERS_TAKE = timedelta(hours=20), timedelta(hours=2)
_REPEAT = timedelta(days=7)


@dataclass(frozen=True)
class Spell:
    """Something that lasts: from its first moment to before its last."""

    first: datetime
    last: datetime

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, datetime) and self.first <= moment < self.last


@dataclass(frozen=True)
class Story:
    """What happens in the simulated time; months are counted from 0."""

    plans: dict[str, Plan]
    machine_down: Sequence[Spell] = ()
    login_lost: dict[str, Sequence[Spell]] = field(default_factory=dict)
    # Pages captured within it cannot be read by the parser there is; a new parser comes when it ends.
    layout_unread: dict[str, Spell] = field(default_factory=dict)
    # Measuring this cell fails its check until a person mends it.
    check_failing: dict[Cell, Spell] = field(default_factory=dict)


@dataclass
class Run:
    """A run under way or ended."""

    request: Request
    began: datetime
    ends: datetime
    outcome: str = "running"
    ended: datetime | None = None


@dataclass
class Diary:
    """What came of the simulated time."""

    runs: list[Run] = field(default_factory=list)
    told: list[tuple[datetime, Alert]] = field(default_factory=list)
    cells: dict[Cell, CellState] = field(default_factory=dict)

    def captured(self) -> set[Cell]:
        """Cells of which a sweep was completed."""
        return {cell for cell, there in self.cells.items() if any(sweep.complete for sweep in there.sweeps)}

    def count(self, job: str, outcome: str = "done", *, groups: tuple[str, ...] = ()) -> Counter[Cell | str]:
        """Runs of a job by cell; publications by the month they are of."""
        return Counter(
            run.request.cell or run.request.key.split()[1]
            for run in self.runs
            if (run.request.job, run.outcome, run.request.groups) == (job, outcome, groups)
        )


def month_number(number: int) -> str:
    """The month with this number, counted from the start.

    >>> month_number(13)
    '2031-02'
    """
    return month_plus(month_of(START), number)


def day(month: int, day_of_month: int, hour: int = 0) -> datetime:
    """A moment of the month with this number."""
    name = month_number(month)
    return datetime(int(name[:4]), int(name[5:]), day_of_month, hour, tzinfo=UTC)


def usual_story(months: int) -> Story:
    """The story of `cryptodrug simulate`; what lies beyond its months does not happen."""
    return Story(
        {
            "alpha": Plan(month_number(0), None, captures=True, sweep_days=(10, 24)),
            "beta": Plan(month_number(0), month_number(min(5, months - 1)), captures=True, sweep_days=(20,)),
            "gamma": Plan(month_number(4), None, captures=True, sweep_days=(15,)),
        },
        machine_down=[Spell(day(10, 10, 12), day(10, 24, 12))],
        login_lost={"alpha": [Spell(day(2, 10), day(2, 14))]},
        layout_unread={"gamma": Spell(day(7, 1), day(7, 19))},
        check_failing={("beta", month_number(3)): Spell(day(3, 1), day(3, 24))},
    )


class Simulation:
    """The story, tick by tick; `run` returns the diary."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._diary = Diary()
        self._told = Told({}, {})
        self._open: list[Run] = []
        self._asked: dict[str, Asked] = {}

    def run(self, months: int) -> Diary:
        """All ticks of so many months, and a week more, in which the last of them is published."""
        now, end = START, day(months, 8)
        while now < end:
            if not any(now in spell for spell in self._story.machine_down):
                self._tick(now)
            now += TICK
        return self._diary

    def _tick(self, now: datetime) -> None:
        for run in self._open:
            self._follow(run, now)
            self._asked[run.request.key] = self._became(run.request.key)
        self._open = [run for run in self._open if run.outcome == "running"]
        state = self._state(now)
        for request in (*captures_due(state, now), *calculations_due(state, now)):
            takes = _CAPTURE_TAKES if request.fetches else _OTHERS_TAKE
            self._diary.runs.append(Run(request, now, now + takes))
            self._open.append(self._diary.runs[-1])
            self._asked[request.key] = self._became(request.key)
        alerts = alerts_of(self._situation(now))
        message = message_of(alerts, self._told, now, _REPEAT, "")
        self._diary.told += [(now, alert) for alert in (*message.new, *message.standing)]
        self._told = told_after(message, self._told, now)

    def _state(self, now: datetime) -> State:
        parsers = {market: self._parser(market, now) for market in self._story.plans}
        return State(self._story.plans, self._diary.cells, self._asked, Code(parsers, "measuring-1", "publishing-1"))

    def _became(self, key: str) -> Asked:
        runs = [run for run in self._diary.runs if run.request.key == key]
        outcomes = {run.outcome for run in runs}
        ended = max((run.ended for run in runs if run.ended is not None), default=None)
        return Asked(len(runs), "running" in outcomes, "done" in outcomes, ended)

    def _parser(self, market: str, now: datetime) -> str:
        spell = self._story.layout_unread.get(market)
        return "parser-2" if spell is not None and now >= spell.last else "parser-1"

    def _wall(self, market: str, now: datetime) -> bool:
        return any(now in spell for spell in self._story.login_lost.get(market, ()))

    def _begin_sweep(self, cell: Cell, now: datetime) -> None:
        there = self._diary.cells.get(cell, CellState())
        if not there.sweeps or there.sweeps[-1].complete:
            self._diary.cells[cell] = replace(there, sweeps=(*there.sweeps, Sweep(now, complete=False)))

    def _follow(self, run: Run, now: datetime) -> None:
        """End a run whose time has come; one that the machine went down under is given up as the sensor gives it up."""
        spells = (spell for spell in self._story.machine_down if run.began < spell.first < run.ends)
        down = next((spell for spell in spells if spell.first <= now), None)
        if down is not None:
            if now >= down.first + SILENT_AFTER:
                run.outcome, run.ended = "lost", now
            return
        cell = run.request.cell
        if cell is not None and run.request.fetches and self._wall(cell[0], now):
            run.outcome, run.ended = "paused", now
            return
        if cell is not None and run.request.fetches:
            self._begin_sweep(cell, now)
        if now >= run.ends:
            run.outcome = "done" if cell is None else self._done(run, cell, now)
            run.ended = now

    def _done(self, run: Run, cell: Cell, now: datetime) -> str:
        """What the run leaves behind, and how it ended."""
        there = self._diary.cells.get(cell, CellState())
        if run.request.job == "indicators":
            spell = self._story.check_failing.get(cell)
            if spell is not None and now in spell:
                return "check failed"
            state = self._state(run.began)
            self._diary.cells[cell] = replace(there, measured=Made(state.inputs(cell), state.code.measuring))
            return "done"
        if run.request.fetches:
            sweeps = (*there.sweeps[:-1], replace(there.sweeps[-1], complete=True))
            there = replace(there, sweeps=sweeps, captured=digest([*cell, *(f"{sweep.began}" for sweep in sweeps)]))
        elif run.request.from_archive:
            there = replace(there, captured=digest([*cell, "as it is"]))
        self._diary.cells[cell] = there
        parser = self._parser(cell[0], now)
        spell = self._story.layout_unread.get(cell[0])
        if spell is not None and parser == "parser-1" and any(sweep.began in spell for sweep in there.sweeps):
            return "layout unread"
        captured = there.captured or ""
        # The content follows from the pages; a new parser reads old layouts as before.
        parsed = Made(inputs_of_captures(captured), parser, digest(["rows", captured]))
        self._diary.cells[cell] = replace(there, parsed=parsed)
        return "done"

    def _situation(self, now: datetime) -> Situation:
        month, before = month_of(now), month_before(month_of(now))
        live, lost = {}, []
        for market, plan in self._story.plans.items():
            if plan.observed(month):
                sweeps = self._diary.cells.get((market, month), CellState()).sweeps
                live[market] = LiveMarket(plan.late_day, bool(sweeps), any(sweep.complete for sweep in sweeps))
            if before >= month_of(START) and plan.observed(before) and (market, before) not in self._diary.cells:
                lost.append((market, before))
        failures, checks = self._last_failures()
        return Situation(now, live, lost, failures, checks, {}, {}, 0.5, 0.7, 45, 0.1)

    def _last_failures(self) -> tuple[list[Failure], list[FailedCheck]]:
        last: dict[tuple[Cell, str], Run] = {}
        for run in self._diary.runs:
            if run.request.cell is not None and run.outcome != "running":
                layer = {"capture": "raw" if run.request.fetches else "parsed"}.get(run.request.job, "indicators")
                last[run.request.cell, layer] = run
                if layer == "raw" and run.outcome in ("done", "layout unread"):
                    last[run.request.cell, "parsed"] = run
        failures, checks = [], []
        for ((market, month), layer), run in last.items():
            if run.outcome in ("paused", "lost"):
                wall = "login" if run.outcome == "paused" else None
                failures.append(Failure(market, month, layer, "", wall, resumes=run.request.fetches))
            elif run.outcome == "layout unread" and layer == "parsed":
                checks.append(FailedCheck(market, month, "parsed", "listings", "drift", blocking=True, drift=True))
            elif run.outcome == "check failed":
                checks.append(FailedCheck(market, month, "clean", "transactions", "values", blocking=True, drift=False))
        return failures, checks
