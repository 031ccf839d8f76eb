"""Ages and dates, worked by hand."""

from datetime import UTC, date, datetime

import pytest

from cryptodrug_assets.markets._dates import (
    about_interval,
    age_interval,
    long_date,
    long_datetime,
    midpoint,
    slashed_date,
)
from cryptodrug_assets.markets.dream.sellers import upper_of_coarse

CAPTURED = datetime(2018, 11, 30, 23, 59, tzinfo=UTC)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("22:58", "2018-11-30T01:00", "2018-11-30T01:01"),
        ("00:00", "2018-11-30T23:58", "2018-11-30T23:59"),
        ("1d 22h", "2018-11-29T00:59", "2018-11-29T01:59"),
        ("3d", "2018-11-26T23:59", "2018-11-27T23:59"),
        ("154d", "2018-06-28T23:59", "2018-06-29T23:59"),
    ],
)
def test_dream_ages_are_intervals_that_widen(text: str, low: str, high: str) -> None:
    assert age_interval(text, CAPTURED) == (_utc(low), _utc(high))


def test_an_age_that_is_none_is_not_guessed() -> None:
    assert age_interval("yesterday", CAPTURED) is None
    assert about_interval("soon", CAPTURED) is None


@pytest.mark.parametrize(
    ("text", "low"),
    [
        ("about 3 days ago", "2018-11-26T23:59"),
        ("about 5 hours ago", "2018-11-30T17:59"),
        ("Nov 12, 13:05 UTC", "2018-11-12T13:05"),
        ("Dec 24, 08:00 UTC", "2017-12-24T08:00"),
        ("Feb 29, 08:00 UTC", "2016-02-29T08:00"),
    ],
)
def test_wall_street_dates_have_no_year(text: str, low: str) -> None:
    interval = about_interval(text, CAPTURED)
    assert interval is not None
    assert interval[0] == _utc(low)
    assert interval[0] < midpoint(interval) < interval[1] <= CAPTURED


def test_written_dates() -> None:
    assert long_datetime("Saturday, Oct 19, 2019 20:05:57") == datetime(2019, 10, 19, 20, 5, 57, tzinfo=UTC)
    assert long_datetime("Sep 27, 2019 20:49") == datetime(2019, 9, 27, 20, 49, tzinfo=UTC)
    assert long_datetime("Oct 32, 2019 20:49") is None
    assert long_date("April 19, 2019") == date(2019, 4, 19)
    assert slashed_date("24/08/2018") == date(2018, 8, 24)
    assert slashed_date("18/11/2018 (today)") == date(2018, 11, 18)
    assert slashed_date("08/24/2018") is None


@pytest.mark.parametrize(("shown", "upper"), [(7, 7), (19, 19), (20, 23), (680, 699), (1050, 1099), (11500, 11999)])
def test_coarse_counters_are_intervals(shown: int, upper: int) -> None:
    assert upper_of_coarse(shown) == upper
