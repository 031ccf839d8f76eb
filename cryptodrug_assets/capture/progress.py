"""What a capture says of itself: progress while it runs, a report when it ended."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Progress:
    """State of a running sweep. Rates are pages per second of this run; `eta_s` is None until it can be told."""

    done: int
    queued: int
    failed: int
    pages_per_s: float
    eta_s: float | None

    def __str__(self) -> str:
        """One line without identifiers."""
        left = "" if self.eta_s is None else f", {_clock(self.eta_s)} left"
        return f"{self.done:,} done, {self.queued:,} queued, {self.failed:,} failed, {self.pages_per_s:.1f} pages/s{left}"


@dataclass
class CaptureReport:
    """What a run of a sweep did. `fetched` counts this run's pages; `counts` the sweep's pages by outcome."""

    sweep_id: str
    counts: dict[str, int]
    kinds: dict[str, int] = field(default_factory=dict)
    fetched: int = 0
    rendered: int = 0
    retries: int = 0
    bytes: int = 0
    seconds: float = 0.0
    browser: str = ""
    stopped: str | None = None

    @property
    def pages_per_s(self) -> float:
        """Pages per second of this run."""
        return self.fetched / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        """One line without identifiers."""
        done = self.counts.get("done", 0)
        rest = ", ".join(f"{n:,} {state}" for state, n in sorted(self.counts.items()) if state != "done")
        if not self.fetched:
            return f"complete: {done:,} pages were captured already" if self.stopped is None else self.stopped
        line = f"{done:,} pages{', ' + rest if rest else ''}; this run {self.fetched:,} in {self.seconds:.0f} s"
        line += f" ({self.pages_per_s:.1f} pages/s, {self.retries} retries)"
        return line + (f"; stopped: {self.stopped}" if self.stopped else "")

    def metadata(self) -> dict[str, Any]:
        """Plain values for the run's record."""
        return {
            f"sweep {self.sweep_id}": {"outcomes": self.counts, "kinds": self.kinds, "stopped": self.stopped},
            "captured_now": self.fetched,
            "rendered_now": self.rendered,
            "captured_bytes": self.bytes,
            "capture_seconds": round(self.seconds, 3),
            "pages_per_second": round(self.pages_per_s, 2),
            "retries": self.retries,
            "browser": self.browser,
        }


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
