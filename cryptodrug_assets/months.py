"""Months as texts, "YYYY-MM": those after and before, their days, runs of them. Keep out: which are observed."""

from collections.abc import Sequence
from datetime import UTC, date, datetime


def month_after(month: str) -> str:
    """The month following "YYYY-MM".

    >>> month_after("2018-12")
    '2019-01'
    """
    return month_plus(month, 1)


def month_before(month: str) -> str:
    """The month before "YYYY-MM".

    >>> month_before("2019-01")
    '2018-12'
    """
    return month_plus(month, -1)


def month_plus(month: str, number: int) -> str:
    """The month so many after "YYYY-MM", or before where the number is negative.

    >>> month_plus("2018-11", 2), month_plus("2018-11", -12)
    ('2019-01', '2017-11')
    """
    years, rest = divmod(12 * int(month[:4]) + int(month[5:7]) - 1 + number, 12)
    return f"{years}-{rest + 1:02d}"


def month_of(moment: datetime) -> str:
    """The month of a moment in UTC, "YYYY-MM".

    >>> from datetime import timedelta, timezone
    >>> month_of(datetime(2019, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))))
    '2018-12'
    """
    return moment.astimezone(UTC).strftime("%Y-%m")


def month_start(month: str) -> date:
    """First day of "YYYY-MM".

    >>> month_start("2018-11")
    datetime.date(2018, 11, 1)
    """
    return date(int(month[:4]), int(month[5:7]), 1)


def months_from(first: str, last: str) -> list[str]:
    """The months from the first to the last, both included; the first alone where the last lies before it.

    >>> months_from("2018-11", "2019-01")
    ['2018-11', '2018-12', '2019-01']
    """
    months = [first]
    while months[-1] < last:
        months.append(month_after(months[-1]))
    return months


def runs_of_months(months: Sequence[str]) -> list[tuple[str, str]]:
    """First and last of months that follow each other, of months in order.

    >>> runs_of_months(["2018-11", "2018-12", "2019-03"])
    [('2018-11', '2018-12'), ('2019-03', '2019-03')]
    """
    runs: list[tuple[str, str]] = []
    for month in months:
        first = runs.pop()[0] if runs and month_after(runs[-1][1]) == month else month
        runs.append((first, month))
    return runs


def spans_of_months(months: Sequence[str]) -> str:
    """Months in order as a sentence names them, those that follow each other as one span.

    >>> spans_of_months(["2018-11", "2018-12", "2019-01", "2019-03"])
    '2018-11 to 2019-01, 2019-03'
    """
    return ", ".join(first if first == last else f"{first} to {last}" for first, last in runs_of_months(months))
