"""Dates as pages write them: exact ones, and ages that become intervals widening with age. All UTC.

An interval (lo, hi] holds the moment; its midpoint stands for it.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}  # fmt: skip
_CLOCK = re.compile(r"(?:[A-Z][a-z]+, )?([A-Z][a-z]{2,8}) (\d{1,2}), (\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?")
_DAY = re.compile(r"([A-Z][a-z]{2,8}) (\d{1,2}), (\d{4})")
_SLASHED = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_DAYS = re.compile(r"(\d{1,4})d(?: (\d{1,2})h)?")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})")
_ABOUT = re.compile(r"(?:about )?(\d{1,3}|an?|one) (minute|hour|day|week|month)s? ago")
# A month passed is at least the shortest and at most the longest.
_SHORTEST, _LONGEST = timedelta(days=28), timedelta(days=31)
_YEARLESS = re.compile(r"([A-Z][a-z]{2,8}) (\d{1,2}), (\d{1,2}):(\d{2}) UTC")

Interval = tuple[datetime, datetime]


@lru_cache(maxsize=16_384)
def long_datetime(text: str) -> datetime | None:
    """ "Saturday, Oct 19, 2019 20:05:57" or "Sep 27, 2019 20:49".

    None for any other text, and for a day there is not.

    >>> long_datetime("Saturday, Oct 19, 2019 20:05:57").isoformat()
    '2019-10-19T20:05:57+00:00'
    """
    match = _CLOCK.fullmatch(text.strip())
    if not match or match[1][:3].lower() not in _MONTHS:
        return None
    try:
        return datetime(
            int(match[3]), _MONTHS[match[1][:3].lower()], int(match[2]), int(match[4]), int(match[5]),
            int(match[6] or 0), tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        return None


def long_date(text: str) -> date | None:
    """ "April 19, 2019" or "Oct 10, 2019".

    >>> long_date("April 19, 2019"), long_date("April 31, 2019")
    (datetime.date(2019, 4, 19), None)
    """
    match = _DAY.fullmatch(text.strip())
    if not match or match[1][:3].lower() not in _MONTHS:
        return None
    try:
        return date(int(match[3]), _MONTHS[match[1][:3].lower()], int(match[2]))
    except ValueError:
        return None


def slashed_date(text: str) -> date | None:
    """ "24/08/2018", day first, at the start of the text.

    >>> slashed_date("24/08/2018")
    datetime.date(2018, 8, 24)
    """
    match = _SLASHED.match(text.strip())
    if not match:
        return None
    try:
        return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None


@lru_cache(maxsize=16_384)
def iso_datetime(text: str) -> datetime | None:
    """ "2019-10-27 13:32", with or without seconds; a day alone is its first moment.

    >>> iso_datetime("2019-10-27 13:32").isoformat(), iso_datetime("2019-02-30")
    ('2019-10-27T13:32:00+00:00', None)
    """
    match = _ISO.fullmatch(text.strip())
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def day_interval(day: date) -> Interval:
    """The day that a date without a time stands for.

    >>> [moment.isoformat() for moment in day_interval(date(2019, 10, 24))]
    ['2019-10-24T00:00:00+00:00', '2019-10-25T00:00:00+00:00']
    """
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start, start + timedelta(days=1)


@lru_cache(maxsize=4096)
def midpoint(interval: Interval) -> datetime:
    """Middle of an interval, to the second.

    >>> from datetime import datetime
    >>> midpoint((datetime(2018, 11, 1, tzinfo=UTC), datetime(2018, 11, 2, tzinfo=UTC))).isoformat()
    '2018-11-01T12:00:00+00:00'
    """
    low, high = interval
    return (low + (high - low) / 2).replace(microsecond=0)


@lru_cache(maxsize=4096)
def age_interval(text: str, captured_at: datetime) -> Interval | None:
    """Dream's ages: "HH:MM" (a minute wide), "1d 22h" (an hour), "4d" (a day).

    >>> from datetime import datetime
    >>> low, high = age_interval("4d", datetime(2018, 11, 30, 12, tzinfo=UTC))
    >>> low.isoformat(), high.isoformat()
    ('2018-11-25T12:00:00+00:00', '2018-11-26T12:00:00+00:00')
    """
    text = text.strip()
    if match := _HOURS.fullmatch(text):
        passed = timedelta(hours=int(match[1]), minutes=int(match[2]))
        return captured_at - passed - timedelta(minutes=1), captured_at - passed
    if match := _DAYS.fullmatch(text):
        passed = timedelta(days=int(match[1]), hours=int(match[2] or 0))
        width = timedelta(hours=1) if match[2] else timedelta(days=1)
        return captured_at - passed - width, captured_at - passed
    return None


def about_interval(text: str, captured_at: datetime) -> Interval | None:
    """Wall Street's dates: "about 3 days ago" (whole units passed), or "Nov 12, 13:05 UTC" without a year.

    >>> from datetime import datetime
    >>> low, high = about_interval("about 3 hours ago", datetime(2018, 11, 30, 12, tzinfo=UTC))
    >>> low.hour, high.hour
    (8, 9)
    """
    text = text.strip()
    if match := _ABOUT.fullmatch(text):
        count = int(match[1]) if match[1].isdigit() else 1
        if match[2] == "month":
            return captured_at - _LONGEST * (count + 1), captured_at - _SHORTEST * count
        unit = timedelta(**{f"{match[2]}s": 1})
        return captured_at - unit * (count + 1), captured_at - unit * count
    if match := _YEARLESS.fullmatch(text):
        month = _MONTHS.get(match[1][:3].lower())
        # The latest such moment that is not after the capture.
        for year in range(captured_at.year, captured_at.year - 5, -1):
            try:
                moment = datetime(year, month or 0, int(match[2]), int(match[3]), int(match[4]), tzinfo=UTC)
            except ValueError:
                continue
            if moment <= captured_at:
                return moment, moment + timedelta(minutes=1)
    return None


def exact_interval(moment: datetime) -> Interval:
    """The minute a date to the minute stands for."""
    return moment, moment + timedelta(minutes=1)
