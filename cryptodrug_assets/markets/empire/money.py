"""Money and counts as Empire writes them."""

import re
from decimal import Decimal

from cryptodrug_assets.markets._html import Reader, decimal_of
from cryptodrug_assets.markets.records import Quote

FIAT = {"USD", "CAD", "EUR", "AUD", "GBP"}
CURRENCIES = {*FIAT, "BTC", "LTC", "XMR"}
COUNT = r"(\d[\d,]*)"
MONEY = re.compile(r"([A-Z]{3}) ([\d.,]+)")
_COINS = re.compile(r"([\d.,]+) (BTC|LTC|XMR)")
SALES = re.compile(rf"\({COUNT}\)")


def money_of(reader: Reader, text: str, field: str) -> tuple[Decimal, str] | None:
    match = MONEY.fullmatch(text)
    amount = decimal_of(match[2]) if match else None
    whole = amount is not None and (match is None or match[1] not in FIAT or amount == round(amount, 2))
    if match is None or amount is None or match[1] not in CURRENCIES or not whole:
        reader.problem(field, "unreadable", "not an amount of money")
        return None
    return amount, match[1]


def quotes_of(amount: tuple[Decimal, str], coins: str) -> list[Quote]:
    """The price, and the coin amounts shown beside it, such as "0.005749 BTC / 0.848923 LTC"."""
    values = ((decimal_of(digits), coin) for digits, coin in _COINS.findall(coins))
    return [
        {"amount": value, "currency": currency}
        for value, currency in dict.fromkeys((amount, *values))
        if value is not None
    ]
