"""How Wall Street writes amounts, units, places and moments. Shared by pages and tables; no markup."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

from cryptodrug_assets.replica.facts import Listing
from cryptodrug_assets.replica.vocabulary import NAMES

_SYMBOLS = {"USD": "$", "EUR": "€"}
_WEIGHED = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?) ?(?:g|ml)\b")
_COUNTED = re.compile(r"^\d+x | \d+ pieces$")
_CODES = {name: code for code, name in NAMES.items() if code}
# Ages: dates stand between a week and ten, so that no sale of this month or the last is dated more widely than a day.
WEEKS_AFTER, MONTHS_AFTER = timedelta(days=70), timedelta(days=100)
DATES_AFTER = timedelta(days=7)


def money(amount: Decimal, currency: str) -> str:
    """An amount behind its sign, with an apostrophe between thousands.

    >>> money(Decimal("1045"), "EUR"), money(Decimal("12.34"), "USD")
    ("€1'045.00", '$12.34')
    """
    return f"{_SYMBOLS[currency]}{amount:,.2f}".replace(",", "'")


def unit_of(item: Listing) -> str:
    """What the price is for: a gram where the title says one, else the article, which is a package of several pieces.

    "Gram" and "Piece" are evidenced; "Package" is an assumption: pieces named in a title are not what is priced here.
    """
    weighed = _WEIGHED.search(item.title)
    if weighed is None or _COUNTED.search(item.title):
        return "Package"
    return "Gram" if weighed[0].replace(" ", "") == "1g" else "Piece"


def destinations(item: Listing, *, codes: bool = False) -> tuple[str, str]:
    """Where an offer is sent: the phrase, and the places it names ("" for none), by their codes in lists."""
    places = item.excluded or item.ships_to
    named = ", ".join(_CODES.get(place, place) if codes else place for place in places)
    if item.excluded:
        return "Worldwide with Exceptions", named
    if item.ships_to == ("Worldwide",):
        return "Worldwide", ""
    return "Only ships to certain countries", named


def ago(at: datetime, moment: datetime) -> str:
    """A moment as the site wrote it: relative below a week and from ten weeks on, between them a date without year."""
    passed = moment - at
    if passed < timedelta(hours=1):
        return _about(passed.seconds // 60, "minute")
    if passed < timedelta(days=1):
        return _about(passed.seconds // 3600, "hour")
    if passed < DATES_AFTER:
        return _about(passed.days, "day")
    if passed < WEEKS_AFTER:
        return f"{at:%b} {at.day:02d}, {at:%H:%M} UTC"
    if passed < MONTHS_AFTER:
        return _about(passed.days // 7, "week")
    return _about(passed.days // 30, "month")


def _about(count: int, unit: str) -> str:
    return f"about {count} {unit}{'' if count == 1 else 's'} ago"
