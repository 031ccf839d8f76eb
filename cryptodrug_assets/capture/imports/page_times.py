"""What a page itself says of the time it was made: its clock, the dates on it, its exchange rates.

A capture time that others wrote down may be wrong by years. The page's own clock is believed before it. Dates and rates
prove less; where they contradict the capture time, the import reports a doubt.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.reference.rate_bounds import rates_of_other_time

# A clock may be a day off by its time zone; two that differ by more are of different times.
CLOCK_TOLERANCE = timedelta(hours=26)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class PageTimes:
    """What a page tells: its clock, the newest date on it, its rates per bitcoin, and which offer or vendor it shows
    (as a hash)."""

    clock: datetime | None = None
    newest: datetime | None = None
    rates: tuple[tuple[str, float], ...] = ()
    subject: str | None = None


def page_times(page: ParsedPage, clock: datetime | None) -> PageTimes:
    """What a page says of its time. It must have been parsed without a capture time, so that nothing on it is dated by
    one."""
    dates: list[date | None] = [record["dated_lo"] or record["dated_at"] for record in page.feedback]
    dates += [day for record in page.vendors for day in (record["last_active"], record["member_since"])]
    dates += [record["sold_since"] for record in page.listings]
    moments = [_moment(value) for value in dates if isinstance(value, date)]
    return PageTimes(
        clock or page.page_clock, max(moments, default=None), tuple(sorted(page.exchange_rates.items())), _subject(page)
    )


def _moment(value: date) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def _subject(page: ParsedPage) -> str | None:
    """The offer or vendor that a page is about, and where in its lists it stands, as a hash."""
    about: object = None
    if page.page_kind == "listing" and len(page.listings) == 1:
        about = page.listings[0].get("listing_id")
    elif page.page_kind == "vendor":
        about = next((row.get("vendor_name") for row in (*page.vendors, *page.feedback)), None)
    if not about:
        return None
    # A list that goes on over several pages is seen once in a sweep, however long after the first its second is.
    places = sorted({f"{row.get('list_name')} {row.get('list_offset')}" for row in page.feedback})
    text = "|".join((page.page_kind, str(about), *places))
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def by_day(moment: datetime) -> bool:
    """Whether a time is known to the day alone: exactly midnight, as dates without a clock are written."""
    return moment.time() == datetime.min.time()


def clocks_agree(claimed: datetime, clock: datetime) -> bool:
    """Whether a claimed capture time and the page's clock may both be right.

    >>> from datetime import datetime
    >>> claimed = datetime(2018, 11, 30, 12, tzinfo=UTC)
    >>> clocks_agree(claimed, claimed + timedelta(hours=2)), clocks_agree(claimed, claimed + timedelta(days=3))
    (True, False)
    """
    end = claimed + _DAY if by_day(claimed) else claimed
    return claimed - CLOCK_TOLERANCE <= clock <= end + CLOCK_TOLERANCE


def time_doubts(times: PageTimes, moment: datetime) -> Iterator[tuple[str, str]]:
    """(what speaks against a capture time, the same with its figures) of what is no clock."""
    if times.newest is not None and times.newest > moment + (2 * _DAY if by_day(moment) else _DAY):
        yield (
            "the page shows dates later than its capture time; check --captured-at or the dates of the archive",
            f"the page shows {times.newest:%Y-%m-%d}, later than its capture time {moment:%Y-%m-%d};"
            " check --captured-at or the dates of the archive",
        )
    if (wrong := rates_of_other_time(dict(times.rates), moment.date())) is not None:
        general = "the exchange rates on the page are not those of its capture time"
        remedy = "check --captured-at or the dates of the archive"
        yield f"{general}; {remedy}", f"{general} ({wrong}); {remedy}"
