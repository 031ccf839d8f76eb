"""Bounds of the exchange rates that a page of a given day can show: they reveal pages with a wrong date."""

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files

_DAY = timedelta(days=1)
# Rates of a market's page come from some exchange, hours old; these were the widest seen on pages of known time.
FIAT_TOLERANCE = 0.03
COIN_TOLERANCE = 0.15
_AROUND = timedelta(days=10)
_FIAT = ("USD", "GBP", "AUD", "CAD")


@dataclass(frozen=True)
class RateBounds:
    """Between which values a rate lies on a day: units of `currency` per `base`, EUR or BTC."""

    base: str
    currency: str
    low: float
    high: float


@lru_cache(maxsize=4096)
def rate_bounds(day: date) -> tuple[RateBounds, ...]:
    """Bounds of the day's rates as far as they are known: between official currencies the ECB's reference rates of the
    days around, for bitcoin in US dollars the month's trading range; with a tolerance.

    >>> [(one.base, one.currency) for one in rate_bounds(date(2018, 11, 5))][:2]
    [('EUR', 'USD'), ('EUR', 'GBP')]
    """
    bounds: list[RateBounds] = []
    for currency in _FIAT:
        days, values = _ecb().get(currency, ([], []))
        around = values[bisect_left(days, day - _AROUND) : bisect_right(days, day + _AROUND)]
        if around:
            low, high = min(around) * (1 - FIAT_TOLERANCE), max(around) * (1 + FIAT_TOLERANCE)
            bounds.append(RateBounds("EUR", currency, low, high))
    near = [_ranges().get((day + days * _DAY).strftime("%Y-%m")) for days in (-3, 0, 3)]
    if ranges := [pair for pair in near if pair]:
        low, high = min(pair[0] for pair in ranges), max(pair[1] for pair in ranges)
        bounds.append(RateBounds("BTC", "USD", low * (1 - COIN_TOLERANCE), high * (1 + COIN_TOLERANCE)))
    return tuple(bounds)


def rates_of_other_time(rates: dict[str, float], day: date) -> str | None:
    """What is wrong with a page's rates per bitcoin for a day, None when they fit or nothing is known of the day.

    >>> rates_of_other_time({"USD": 6350.0, "EUR": 5600.0}, date(2018, 11, 5)) is None
    True
    >>> rates_of_other_time({"USD": 10200.0}, date(2018, 11, 5))
    '1.02e+04 USD per BTC, then 2,950 to 7,532'
    """
    for bounds in rate_bounds(day):
        base = 1.0 if bounds.base == "BTC" else rates.get(bounds.base)
        if not base or bounds.currency not in rates:
            continue
        rate = rates[bounds.currency] / base
        if not bounds.low <= rate <= bounds.high:
            return f"{rate:,.4g} {bounds.currency} per {bounds.base}, then {bounds.low:,.4g} to {bounds.high:,.4g}"
    return None


def days_with_rates() -> Iterator[date]:
    """The days of which rates are known."""
    day, end = _ecb()[_FIAT[0]][0][0], _ecb()[_FIAT[0]][0][-1]
    while day <= end:
        yield day
        day += _DAY


@lru_cache
def _ecb() -> dict[str, tuple[list[date], list[float]]]:
    series: dict[str, tuple[list[date], list[float]]] = {}
    for row in _rows("ecb_rates.csv"):
        days, values = series.setdefault(row["currency"], ([], []))
        days.append(date.fromisoformat(row["date"]))
        values.append(float(row["units_per_eur"]))
    return series


@lru_cache
def _ranges() -> dict[str, tuple[float, float]]:
    return {row["month"]: (float(row["usd_low"]), float(row["usd_high"])) for row in _rows("bitcoin_ranges.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    text = files("cryptodrug_assets.reference").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
