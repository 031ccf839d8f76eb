"""What the page modules share: a response, escaping, exchange rates, pages of a list, the login cookie."""

import csv
import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from html import escape as _escape
from importlib.resources import files
from typing import TypeVar

_T = TypeVar("_T")
SYNTHETIC = "SYNTHETIC"
META = '<meta name="cryptodrug-replica" content="SYNTHETIC: a made-up market for tests and teaching">'
SESSION_COOKIE = "replica_session"

# Euros per bitcoin on the first of each month, roughly; days between are drawn in a straight line.
_EUR_PER_BTC = {
    "2018-11": 5600, "2018-12": 3600, "2019-01": 3350, "2019-02": 3050, "2019-03": 3380, "2019-04": 3700,
    "2019-05": 4750, "2019-06": 7600, "2019-07": 9400, "2019-08": 9350, "2019-09": 8750, "2019-10": 7600,
    "2019-11": 8300, "2019-12": 6800,
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """A request to a market at a moment: path without host, query and form fields, whether logged in, own base URL.

    `session` numbers the token that forms must carry, `wall` is the kind of wall before every page (spells.py).
    """

    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    moment: datetime
    base: str
    logged_in: bool = True
    session: int = 0
    wall: str | None = None


@dataclass(frozen=True)
class Response:
    """Status, body and headers of an answer."""

    body: bytes
    status: int = 200
    content_type: str = "text/html; charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = field(default=())


def redirect(location: str) -> Response:
    """A 302."""
    return Response(b"", 302, headers=(("location", location),))


def escape(text: str) -> str:
    """HTML-escaped text."""
    return _escape(text, quote=True)


def euros_per_bitcoin(day: date) -> Decimal:
    """The replica's bitcoin price in euros on a day, to the cent."""
    month = day.strftime("%Y-%m")
    months = sorted(_EUR_PER_BTC)
    month = min(max(month, months[0]), months[-2])
    here, after = _EUR_PER_BTC[month], _EUR_PER_BTC[months[months.index(month) + 1]]
    value = here + (after - here) * (day.day - 1) / 31
    return Decimal(str(round(value, 2)))


@lru_cache
def _ecb() -> dict[str, tuple[list[date], list[Decimal]]]:
    found: dict[str, tuple[list[date], list[Decimal]]] = {}
    text = files("cryptodrug_assets.reference").joinpath("ecb_rates.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        days, rates = found.setdefault(row["currency"], ([], []))
        days.append(date.fromisoformat(row["date"]))
        rates.append(Decimal(row["units_per_eur"]))
    return found


def units_per_euro(currency: str, day: date) -> Decimal:
    """ECB reference rate of the day, or the last one before it."""
    if currency == "EUR":
        return Decimal(1)
    days, rates = _ecb()[currency]
    return rates[bisect_right(days, day) - 1]


@lru_cache(maxsize=256)
def bitcoin_rates(day: date) -> dict[str, Decimal]:
    """Units of each currency per bitcoin on a day, to the cent."""
    euros = euros_per_bitcoin(day)
    return {
        currency: (euros * units_per_euro(currency, day)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for currency in ("USD", "EUR", "GBP", "CAD", "AUD")
    }


def in_bitcoin(price: Decimal, currency: str, day: date) -> Decimal:
    """The price in bitcoin at the replica's rate of the day, six decimals."""
    return (price / bitcoin_rates(day)[currency]).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def page_of(items: Sequence[_T], start: int, size: int) -> Sequence[_T]:
    """`size` items from `start`."""
    return items[start : start + size]


def token(text: str) -> str:
    """A stable opaque token, as sites put into links."""
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def number(text: str | None, default: int = 0) -> int:
    """The number in a query, or the default where there is none."""
    return int(text) if text and text.isdigit() else default
