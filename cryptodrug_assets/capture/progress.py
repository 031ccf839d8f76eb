"""How far a sweep is, and what a run of it did: numbers and their texts."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_NOTED_S = 5.0


def megabytes(size: int) -> str:
    """Bytes as people read them.

    >>> megabytes(1_500_000), megabytes(2_340_000_000)
    ('1.5 MB', '2.34 GB')
    """
    return f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.2f} GB"


def duration(seconds: float) -> str:
    """Seconds as people read them: 45 s, 12 min, 3 h 20 min.

    >>> duration(45), duration(720), duration(12_000)
    ('45 s', '12 min', '3 h 20 min')
    """
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


@dataclass
class Progress:
    """How far a sweep is; `silent_s`: seconds since the site last answered, when it does not answer."""

    done: int = 0
    queued: int = 0
    failed: int = 0
    started: float = field(default_factory=time.monotonic)
    fetched: int = 0
    bytes: int = 0
    silent_s: float = 0.0

    @property
    def pages_per_second(self) -> float:
        """Pages fetched in this run per second."""
        return self.fetched / max(time.monotonic() - self.started, 1e-6)

    def __str__(self) -> str:
        left = self.queued / self.pages_per_second if self.fetched else 0
        text = f"{self.done} done, {self.queued} queued, {self.failed} failed, {self.pages_per_second:.1f} pages/s"
        text += f", {megabytes(self.bytes)}" if self.bytes else ""
        if self.silent_s > _NOTED_S:
            return f"{text}; the site has not answered for {self.silent_s:.0f} s"
        return text + (f", at least {duration(left)} left" if self.queued and self.fetched else "")


# Told of market, month and progress, page by page.
CaptureListener = Callable[[str, str, Progress], None]


@dataclass
class CaptureReport:
    """What a run of a sweep did."""

    sweep_id: str
    progress: Progress
    outcomes: dict[str, int]
    kinds: Counter[str]
    retries: int
    seconds: float
    reused: bool = False
    stopped: str | None = None

    def __str__(self) -> str:
        if self.reused:
            return f"already complete, {self.outcomes.get('done', 0)} pages"
        outcomes = ", ".join(f"{count} {state}" for state, count in sorted(self.outcomes.items()))
        text = (
            f"{self.progress.fetched} pages fetched in {self.seconds:.1f} s, {self.retries} retries; in all {outcomes}"
        )
        return f"{text}; stopped: {self.stopped}" if self.stopped else text


def run_metadata(reports: list[CaptureReport]) -> dict[str, Any]:
    """Numbers of a run over one or more sweeps: sums, the sweeps' names in order, and why any of them stopped."""
    seconds = sum(report.seconds for report in reports)
    fetched = sum(report.progress.fetched for report in reports)
    numbers: dict[str, Any] = {
        "sweeps": ", ".join(report.sweep_id for report in reports),
        "pages_fetched": fetched,
        "bytes_fetched": sum(report.progress.bytes for report in reports),
        "seconds": round(seconds, 1),
        "pages_per_second": round(fetched / seconds, 2) if seconds else 0.0,
        "retries": sum(report.retries for report in reports),
    }
    stopped = [f"{report.sweep_id}: {report.stopped}" for report in reports if report.stopped]
    return numbers | ({"stopped": "; ".join(stopped)} if stopped else {})
