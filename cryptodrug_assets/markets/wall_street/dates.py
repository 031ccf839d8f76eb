"""Moments as Wall Street wrote them: ages, "Online", and dates in UTC, mostly without their year. All UTC.

The forms are those that a spider of 2017/18 read; the long form with am and pm stands on a real page of April 2019.
"""

import re
from datetime import UTC, date, datetime, timedelta

from cryptodrug_assets.markets._dates import Interval, about_interval, long_date

# Said in place of a moment that the site did not know.
UNKNOWN = ("", "not available")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})? ?(?P<half>[ap]m)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        # As on the page of maintenance: "02:15 pm UTC (Tue, 2. Apr, 2019)"
        rf"{_CLOCK} UTC \((?:[a-z]{{3,9}}, )?(?P<day>\d{{1,2}})\.? (?P<month>[a-z]{{3,9}})(?:,? (?P<year>\d{{4}}))?\)",
        # The month first: "Nov 12, 13:05 UTC", with its year "Nov 12, 2018, 13:05 UTC"
        rf"(?P<month>[a-z]{{3,9}}) (?P<day>\d{{1,2}}),(?: (?P<year>\d{{4}}),?)? {_CLOCK} UTC",
        # The day first: "12. Nov, 13:05 UTC", with its year "12 Nov 2018 13:05 UTC"
        rf"(?P<day>\d{{1,2}})\.? (?P<month>[a-z]{{3,9}}),?(?: (?P<year>\d{{4}}),?)? {_CLOCK} UTC",
    )
)


def interval_of(text: str, captured_at: datetime) -> Interval | None:
    """The interval (lo, hi] that holds the moment; None for any other text.

    >>> at = datetime(2019, 4, 3, 15, tzinfo=UTC)
    >>> interval_of("02:15 pm UTC (Tue, 2. Apr, 2019)", at)[0].isoformat()
    '2019-04-02T14:15:00+00:00'
    >>> low, high = interval_of("about 2 weeks ago", at)
    >>> low.date().isoformat(), high.date().isoformat()
    ('2019-03-13', '2019-03-20')
    """
    text = text.strip()
    if text == "Online":
        return captured_at - timedelta(minutes=1), captured_at
    for form in _FORMS:
        if match := form.fullmatch(text):
            moment = _moment(match, captured_at)
            return None if moment is None else (moment, moment + timedelta(minutes=1))
    return about_interval(text, captured_at)


def _moment(match: re.Match[str], captured_at: datetime) -> datetime | None:
    """The date a form states; without its year the latest that is not after the capture."""
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    name = match["month"][:3].lower()
    month = _MONTHS.index(name) + 1 if name in _MONTHS else 0
    years = (int(match["year"]),) if match["year"] else range(captured_at.year, captured_at.year - 5, -1)
    for year in years:
        try:
            moment = datetime(year, month, int(match["day"]), hour, int(match["minute"]), tzinfo=UTC)
        except ValueError:
            continue
        if match["year"] or moment <= captured_at:
            return moment
    return None


def day_of(text: str, captured_at: datetime | None) -> date | None:
    """The day a text names; None where its interval lies on two days, or where it says none.

    >>> day_of("Online", datetime(2019, 4, 3, 15, tzinfo=UTC)), day_of("Mar 03, 2017", None)
    (datetime.date(2019, 4, 3), datetime.date(2017, 3, 3))
    """
    day = long_date(text)
    if day is not None or captured_at is None:
        return day
    interval = interval_of(text, captured_at)
    if interval is None or interval[0].date() != interval[1].date():
        return None
    return interval[1].date()
