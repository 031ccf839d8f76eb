"""The sweeps of imported pages, inferred from their capture times.

A sweep is one pass over a market: two views of a list in one sweep are the same view. The sweeps of a month are
inferred from all its pages whenever it is indexed, so the order and number of imports do not matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptodrug_assets.capture.imports.page_times import by_day

DEFAULT_GAP = timedelta(hours=6)
_FORMAT = "%Y-%m-%dT%H%M"


@dataclass(frozen=True)
class Imported:
    """An imported page: when it was captured, the vendor or offer it shows, and the sweep that it was told to be of."""

    capture_id: str
    captured_at: datetime
    subject: str | None = None
    sweep: str | None = None


class _Pass:
    """A sweep in the making: its first and last time, and when each subject was seen first."""

    def __init__(self, begin: datetime) -> None:
        self.begin = self.end = begin
        self.seen: dict[str, datetime] = {}
        self.pages: list[str] = []

    def add(self, page: Imported) -> None:
        self.end = page.captured_at
        self.pages.append(page.capture_id)
        if page.subject is not None:
            self.seen.setdefault(page.subject, page.captured_at)


def sweep_names(pages: Iterable[Imported], *, gap: timedelta = DEFAULT_GAP, prefix: str = "import") -> dict[str, str]:
    """The sweep of each page, by capture id.

    A page that was told to be of a sweep is of it. Of the others, a sweep begins where nothing was captured for longer
    than `gap`, and where a vendor or an offer is seen again longer than that after it was seen first. Pages known by
    their day alone belong to the one sweep that went on that day, if there is one and it does not show the same
    vendor or offer already; else the day is a sweep.

    >>> from datetime import UTC
    >>> def page(name, hour):
    ...     return Imported(name, datetime(2018, 11, 30, hour, 15, tzinfo=UTC))
    >>> names = sweep_names([page("a", 1), page("b", 3), page("c", 20)])
    >>> names["a"] == names["b"], names["c"]
    (True, 'import-2018-11-30T2015')
    """
    given = sorted(pages, key=lambda page: (page.captured_at, page.capture_id))
    names = {page.capture_id: f"{prefix}-{page.sweep}" for page in given if page.sweep}
    passes: list[_Pass] = []
    days: dict[date, list[Imported]] = {}
    for page in given:
        if page.sweep:
            continue
        if by_day(page.captured_at):
            days.setdefault(page.captured_at.date(), []).append(page)
            continue
        if not passes or _begins(passes[-1], page, gap):
            passes.append(_Pass(page.captured_at))
        passes[-1].add(page)
    for day, of_day in days.items():
        subjects = {page.subject for page in of_day if page.subject is not None}
        around = [one for one in passes if one.begin.date() <= day <= one.end.date()]
        if len(around) == 1 and not subjects & around[0].seen.keys():
            around[0].pages += [page.capture_id for page in of_day]
            around[0].seen |= dict.fromkeys(subjects, of_day[0].captured_at)
        else:
            names |= {page.capture_id: f"{prefix}-{day:%Y-%m-%d}" for page in of_day}
    begun: dict[str, int] = {}
    for one in passes:
        name = f"{prefix}-{one.begin.strftime(_FORMAT)}"
        begun[name] = begun.get(name, 0) + 1
        # A gap of less than a minute can be asked for.
        names |= dict.fromkeys(one.pages, name if begun[name] == 1 else f"{name}-{begun[name]}")
    return names


def _begins(before: _Pass, page: Imported, gap: timedelta) -> bool:
    first = before.seen.get(page.subject) if page.subject is not None else None
    return page.captured_at - before.end > gap or (first is not None and page.captured_at - first > gap)
