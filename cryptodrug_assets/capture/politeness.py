"""When the next request may go.

Contains the pause between requests, backoff, Retry-After, and how long the site has been silent. Everything is measured
on the monotonic clock: setting the machine's clock changes no wait. Keep out: what is fetched (sweep.py).
"""

import asyncio
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Limits:
    """Bounds of patience: seconds, and requests per page and run.

    A tab's memory grows by about 0.12 MB with each navigation, a browser's more slowly; fresh ones cost little.
    """

    attempts: int = 4
    backoff_s: float = 0.5
    longest_wait_s: float = 120.0
    page_timeout_s: float = 60.0
    site_down_s: float = 600.0
    tab_pages: int = 250
    browser_pages: int = 5000


class Politeness:
    """The waits of one run, shared by its workers. `delay_ms` is the politeness range per request and worker."""

    def __init__(self, limits: Limits, delay_ms: tuple[int, int], seed: str) -> None:
        self._limits, self._delay_ms = limits, delay_ms
        self._random = random.Random(seed)
        self._gate = 0.0
        self._failures = 0
        self._down_since: float | None = None

    async def be_polite(self) -> None:
        """Wait for the gate that holds for every page, then for the politeness delay."""
        while (wait := self._gate - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        low, high = self._delay_ms
        if high:
            await asyncio.sleep(self._random.uniform(low, high) / 1000)

    async def back_off(self, tries: int, asked: float) -> None:
        """Wait before a page is tried again: twice as long each time, `asked` seconds at least."""
        patience = self._limits.backoff_s * 2 ** min(tries, 12) * self._random.uniform(0.5, 1)
        await asyncio.sleep(min(max(asked, patience), self._limits.longest_wait_s))

    def asked_to_wait(self, value: str | None, now: datetime) -> float:
        """Seconds the site asks to wait (Retry-After), which then holds for every page."""
        wait = min(retry_after(value, now), self._limits.longest_wait_s)
        self._hold(wait)
        return wait

    def failed(self) -> None:
        """The site did not answer: a pause for all, longer each time."""
        self._failures += 1
        self._down_since = self._down_since or time.monotonic()
        self._hold(min(self._limits.backoff_s * 2 ** min(self._failures, 10) / 4, 30.0))

    def answered(self) -> None:
        """The site answered."""
        self._failures, self._down_since = 0, None

    @property
    def away_s(self) -> float:
        """Seconds since the site was first silent; 0 while it answers."""
        return 0.0 if self._down_since is None else time.monotonic() - self._down_since

    def _hold(self, seconds: float) -> None:
        self._gate = max(self._gate, time.monotonic() + seconds)


def retry_after(value: str | None, now: datetime) -> float:
    """Seconds to wait as a Retry-After header says (a number or an HTTP date); 0 when it says nothing readable.

    >>> retry_after("120", datetime(2019, 11, 1, tzinfo=UTC))
    120.0
    >>> retry_after("Fri, 01 Nov 2019 00:01:00 GMT", datetime(2019, 11, 1, tzinfo=UTC))
    60.0
    >>> retry_after("soon", datetime(2019, 11, 1, tzinfo=UTC))
    0.0
    """
    if value is None:
        return 0.0
    if value.strip().isdigit():
        return float(value)
    try:
        moment: datetime = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
