"""When a person has to be told: pure conditions over a situation, each with the next step.

Alerts go by mail and to other machines: they name markets, months, layers, tables and checks, never what a page or an
error said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cryptodrug_assets.months import month_of

Kind = Literal[
    "capture_paused", "capture_failed", "month_late", "month_lost", "check_failed", "parser_drift", "run_failed",
    "low_coverage", "table_damaged", "not_verified", "disk_full",
]  # fmt: skip
Cell = tuple[str, str]


@dataclass(frozen=True)
class LiveMarket:
    """A market that is made without hands and observed now: the day by which something of the month has to be there."""

    late_day: int
    sweep_begun: bool
    sweep_ended: bool


@dataclass(frozen=True)
class Failure:
    """The last run of a layer of a cell, which failed. `wall`: what stood in the way of a capture, where that is
    known."""

    market: str
    month: str
    layer: str
    run_id: str
    wall: str | None = None
    resumes: bool = False


@dataclass(frozen=True)
class FailedCheck:
    """A check whose latest result is no pass; `drift`: it is one that sees layouts change."""

    market: str
    month: str
    layer: str
    table: str
    check: str
    blocking: bool
    drift: bool


@dataclass(frozen=True)
class Situation:
    """What there is to judge. Unknown coverage (None) is no low coverage; a cell never verified counts from when its
    archive was last written."""

    now: datetime
    live: Mapping[str, LiveMarket]
    lost: Sequence[Cell]
    failures: Sequence[Failure]
    checks: Sequence[FailedCheck]
    coverage: Mapping[Cell, float | None]
    verified: Mapping[Cell, datetime]
    free_share: float
    min_coverage: float
    verify_days: int
    min_free_share: float
    damaged: Sequence[str] = ()


@dataclass(frozen=True)
class Alert:
    """One thing that is wrong: `subject` names it within its kind, `next_step` can be followed, `path` is a page of
    the UI."""

    kind: Kind
    subject: str
    text: str
    next_step: str
    path: str = "/"

    @property
    def identity(self) -> str:
        """What makes it the same alert on another day."""
        return f"{self.kind} {self.subject}"


def alerts_of(situation: Situation) -> list[Alert]:
    """Everything that is wrong, in the order of kinds and then of subjects; each thing once."""
    found = [
        *_captures(situation), *_months(situation), *_checks(situation), *_runs(situation), *_coverage(situation),
        *_damaged(situation), *_archive(situation),
    ]  # fmt: skip
    unique = {alert.identity: alert for alert in found}
    order = list(Kind.__args__)  # type: ignore[attr-defined]
    return sorted(unique.values(), key=lambda alert: (order.index(alert.kind), alert.subject))


def _captures(situation: Situation) -> Iterator[Alert]:
    for failure in situation.failures:
        if failure.layer != "raw":
            continue
        where = f"{failure.market} {failure.month}"
        path = f"/runs/{failure.run_id}"
        if failure.wall == "login":
            step = f"cryptodrug login --market {failure.market}; the capture is then taken up by itself within the hour"
            yield Alert("capture_paused", where, f"{where}: the capture paused, its login was lost", step, path)
        elif failure.resumes or failure.wall:
            step = "it is taken up each hour until the month ends; when it pauses for days, read the run's error"
            what = {"maintenance": "the market is being maintained", "challenge": "a challenge closed the site"}
            why = what.get(failure.wall or "", "the site did not go on answering")
            yield Alert("capture_paused", where, f"{where}: the capture paused, {why}", step, path)
        else:
            step = "read the run's error in the UI (`cryptodrug status` prints it, too) and follow its next step"
            yield Alert("capture_failed", where, f"{where}: the capture failed", step, path)


def _months(situation: Situation) -> Iterator[Alert]:
    month = month_of(situation.now)
    for market, live in situation.live.items():
        where = f"{market} {month}"
        if situation.now.day < live.late_day or live.sweep_ended:
            continue
        what = "its sweep has not ended" if live.sweep_begun else "nothing was captured"
        step = (
            f"look at the schedule `captures` and the runs of {where} in the UI; by hand:"
            f" cryptodrug backfill --market {market} --from {month} --to {month} --select raw"
        )
        yield Alert("month_late", where, f"{where}: it is day {situation.now.day}, and {what}", step, "/automation")
    for market, month in situation.lost:
        where = f"{market} {month}"
        step = (
            f"it cannot be captured any more; other archives: cryptodrug import-archive --market"
            f" {market} --month {month} PATH"
        )
        yield Alert("month_lost", where, f"{where}: the month is over and nothing of it was captured", step, "/runs")


def _checks(situation: Situation) -> Iterator[Alert]:
    for check in situation.checks:
        where = f"{check.market} {check.month} " if check.month else ""
        subject = f"{where}{check.layer}.{check.table} {check.check}"
        path = f"/assets/{check.layer}/{check.table}?view=checks&checkDetail={check.check}"
        if check.drift:
            step = (
                "the layout may have changed: `cryptodrug parse` shows a saved page as it is read; mend"
                " the market's parser, raise"
                " its parser_version, and the months are parsed anew by themselves"
            )
            yield Alert("parser_drift", subject, f"{subject}: pages are read less fully than expected", step, path)
        elif check.blocking:
            step = "the check says what it found and what to do; what was published before stays until it passes"
            yield Alert("check_failed", subject, f"{subject}: a blocking check failed", step, path)


def _runs(situation: Situation) -> Iterator[Alert]:
    told = {(check.market, check.month, check.layer) for check in situation.checks if check.blocking}
    for failure in situation.failures:
        # A check that failed tells more than the run that it stopped.
        if failure.layer == "raw" or (failure.market, failure.month, failure.layer) in told:
            continue
        where = " ".join(part for part in (failure.market, failure.month, failure.layer) if part)
        step = "read the run's error in the UI (`cryptodrug status` prints it, too) and follow its next step"
        yield Alert("run_failed", where, f"{where}: the last run failed", step, f"/runs/{failure.run_id}")


def _coverage(situation: Situation) -> Iterator[Alert]:
    for (market, month), share in situation.coverage.items():
        if share is not None and share < situation.min_coverage:
            where = f"{market} {month}"
            text = f"{where}: coverage is {share:.0%}, below {situation.min_coverage:.0%}"
            step = (
                "its values are flagged; another sweep in the month covers more (automation.sweep_days of the market)"
            )
            yield Alert("low_coverage", where, text, step, "/assets/indicators/coverage")


def _damaged(situation: Situation) -> Iterator[Alert]:
    for name in situation.damaged:
        step = "cryptodrug repair --look says why; cryptodrug repair makes it anew from the layer before"
        yield Alert("table_damaged", name, f"{name}: files of the table are not as they were written", step)


def _archive(situation: Situation) -> Iterator[Alert]:
    longest = timedelta(days=situation.verify_days)
    for (market, month), at in situation.verified.items():
        if situation.now - at > longest:
            where = f"{market} {month}"
            text = f"{where}: the archive was not verified for {(situation.now - at).days} days"
            yield Alert("not_verified", where, text, f"cryptodrug verify --market {market} --month {month}")
    if situation.free_share < situation.min_free_share:
        text = f"the disk of the home is nearly full: {situation.free_share:.1%} is free"
        step = "free some space, or move the home to a larger disk; docs/operate.md says what may be erased"
        yield Alert("disk_full", "home", text, step)
