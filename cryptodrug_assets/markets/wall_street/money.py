"""Amounts as Wall Street wrote them: `$` or `€` in front, `'` or `.` between thousands, `.` or `,` before decimals."""

import re
from decimal import Decimal
from functools import lru_cache

from cryptodrug_assets.markets._html import MAX_DIGITS

_SYMBOLS = {"$": "USD", "€": "EUR"}
_MONEY = re.compile(r"([$€]|[A-Z]{3}) ?([\d.,'’]+)(?: ?/ ?(\S.*))?")
_COINS = re.compile(r"([\d.,'’]+) ?BTC(?: ?/ ?(\S.*))?")
_GROUPED = re.compile(r"\d{1,3}(?:(['’.,])\d{3})(?:\1\d{3})*(?:([.,])\d{1,2})?")
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?")
_SHORT = re.compile(r"(\d+(?:\.\d+)?)([km]?)", re.IGNORECASE)
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000}


@lru_cache(maxsize=4096)
def amount_of(text: str, *, coins: bool = False) -> Decimal | None:
    """The number the text consists of. Three digits behind a lone point or comma may be thousands or decimals: None,
    unless a nought stands before it or these are coins, which have decimals only.

    >>> amount_of("1.234,50"), amount_of("1'234.50"), amount_of("12.5"), amount_of("1.234")
    (Decimal('1234.50'), Decimal('1234.50'), Decimal('12.5'), None)
    """
    text = text.replace("’", "'")
    if len(text) > MAX_DIGITS + 6:
        return None
    if _PLAIN.fullmatch(text):
        whole, mark, decimals = re.split(r"([.,])", text) if re.search(r"[.,]", text) else (text, "", "")
        if mark and len(decimals) == 3 and len(whole) <= 3 and not whole.startswith("0") and not coins:
            return None
        return Decimal(f"{whole}.{decimals}" if mark else whole)
    match = _GROUPED.fullmatch(text)
    if match is None or match[1] == match[2]:
        return None
    return Decimal(text.replace(match[1], "").replace(",", "."))


@lru_cache(maxsize=4096)
def money_of(text: str) -> tuple[Decimal, str, str | None] | None:
    """Amount, currency and what it is for.

    >>> money_of("$12.34"), money_of("€1.234,50/Gram")
    ((Decimal('12.34'), 'USD', None), (Decimal('1234.50'), 'EUR', 'Gram'))
    """
    match = _MONEY.fullmatch(text)
    amount = amount_of(match[2], coins=match[1] == "BTC") if match else None
    if match is None or amount is None:
        return None
    return amount, _SYMBOLS.get(match[1], match[1]), match[3]


@lru_cache(maxsize=4096)
def coins_of(text: str) -> tuple[Decimal, str | None] | None:
    """Bitcoin and what they are for.

    >>> coins_of("0.0021 BTC / Piece")
    (Decimal('0.0021'), 'Piece')
    """
    match = _COINS.fullmatch(text)
    amount = amount_of(match[1], coins=True) if match else None
    return None if match is None or amount is None else (amount, match[2])


def short_count(text: str) -> int | None:
    """A count as the footer shortens it, to the digits it shows.

    >>> short_count("821.6k"), short_count("1.05m"), short_count("3784"), short_count("many")
    (821600, 1050000, 3784, None)
    """
    match = _SHORT.fullmatch(text.strip())
    if match is None or len(text) > MAX_DIGITS:
        return None
    value = Decimal(match[1]) * _SCALE[match[2].lower()]
    return int(value) if value == value.to_integral_value() else None
