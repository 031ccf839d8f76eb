"""Capture times that a machine's clock cannot disorder.

A clock that is set during a capture (by hand, or by a time service after a dead battery) would put pages into another
order or another month. So the wall clock is read once, at the start; from there a clock that only counts goes on.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _counting() -> float:
    # Linux: a clock that also counts while the machine sleeps; elsewhere the monotonic one.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _wall() -> datetime:
    return datetime.now(UTC)


class SteadyClock:
    """UTC time that starts at the wall clock's and never jumps. `wall` and `counting` (seconds) are for tests."""

    def __init__(self, wall: Callable[[], datetime] = _wall, counting: Callable[[], float] = _counting) -> None:
        self._wall, self._counting = wall, counting
        self._start, self._zero = wall(), counting()

    def now(self) -> datetime:
        """The start plus the time that passed."""
        return self._start + timedelta(seconds=self._counting() - self._zero)

    def drift_s(self) -> float:
        """Seconds by which the wall clock is ahead of this one (negative: behind): what it was set by since."""
        return (self._wall() - self.now()).total_seconds()
