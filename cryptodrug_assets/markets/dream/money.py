"""Prices as Dream writes them."""

import re
from decimal import Decimal
from functools import lru_cache

from cryptodrug_assets.markets._html import Reader, decimal_of
from cryptodrug_assets.markets.records import (
    Listing,
    Quote,
)

# Signs and codes of the viewer's currencies; the pages list these nineteen.
_SYMBOLS = {
    "฿": "BTC", "$": "USD", "€": "EUR", "£": "GBP", "元": "CNH", "¥": "JPY", "₺": "TRY", "₹": "INR", "₽": "RUB",
    "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "R$": "BRL", "HK$": "HKD", "US$": "USD", "CN¥": "CNH",
    **{code: code for code in ("BTC", "mBTC", "BCH", "mBCH", "XMR", "USD", "EUR", "GBP", "CAD", "AUD", "NOK", "DKK",
                               "SEK", "RUB", "HKD", "TRY", "CNH", "JPY", "INR", "BRL")},
}  # fmt: skip
_CURRENCY = "|".join(sorted((re.escape(symbol) for symbol in _SYMBOLS), key=len, reverse=True))
# Sums are printed as binary fractions, very small and very large ones with an exponent.
_SUM = r"\d[\d.,]*(?:E-?\d{1,2})?"
_QUOTE = re.compile(rf"({_CURRENCY})\s*({_SUM})|({_SUM})\s*({_CURRENCY})(?![\w$])")
_ONE = rf"(?:(?:{_CURRENCY})\s*{_SUM}|{_SUM}\s*(?:{_CURRENCY}))"
PRICE = re.compile(rf"(?:~ ?)?{_ONE}(?: ?\({_ONE}\))?")


@lru_cache(maxsize=4096)
def money_in(text: str) -> tuple[tuple[Decimal, str], ...]:
    """Amounts and currencies of a text; pages repeat the same few hundred."""
    found = (match.groups() for match in _QUOTE.finditer(text))
    pairs = ((_sum(before or after), _SYMBOLS[sign or code]) for sign, before, after, code in found)
    return tuple((amount, currency) for amount, currency in pairs if amount is not None)


def _sum(digits: str) -> Decimal | None:
    """A printed sum: "1,399.18", "3.1096000000000004", "6.4E-4"."""
    plain, mark, exponent = digits.partition("E")
    value = decimal_of(plain)
    return value.scaleb(int(exponent)) if mark and value is not None else value


def quotes_of(text: str) -> list[Quote]:
    return [{"amount": amount, "currency": currency} for amount, currency in money_in(text)]


def fill_price(reader: Reader, text: str, record: Listing) -> None:
    """Fill a record's price fields; the first quote is the price, all are kept."""
    quotes = quotes_of(text) if PRICE.fullmatch(text) else []
    if not quotes:
        reader.problem("price_amount", "unreadable", "not a price")
        return
    record["price_text"] = text
    record["price_amount"], record["price_currency"] = quotes[0]["amount"], quotes[0]["currency"]
    record["price_quotes"] = list(quotes)
