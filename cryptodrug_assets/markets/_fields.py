"""What pages of all markets say in the same few ways, put into records: prices, places, counts. No selectors."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from re import Pattern
from urllib.parse import parse_qsl

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._dates import Interval, midpoint
from cryptodrug_assets.markets._html import Reader, decimal_of, integer_of, lines_of, raw_lines, text_of
from cryptodrug_assets.markets._pgp import page_key
from cryptodrug_assets.markets.records import Counter, ExternalRating, Feedback, Listing, ShippingOption, Vendor

_MONEY = re.compile(r"([\d.,]+) ([A-Z]{3})")


def attribute_of(node: LexborNode | None, name: str) -> str:
    """An attribute's value; empty without one."""
    return (node.attributes.get(name) or "") if node is not None else ""


def href_of(node: LexborNode | None) -> str:
    """Where a link leads or a form is posted; empty for none."""
    return attribute_of(node, "href") or attribute_of(node, "action")


def handle_of(reader: Reader, link: LexborNode | None) -> str | None:
    """The handle that a link names and its address confirms (Reader.handle); None for no link."""
    return reader.handle(text_of(link), href_of(link)) if link is not None else None


def asked_by(node: LexborNode | None) -> dict[str, str]:
    """What the query of a link's or form's address asks for."""
    return dict(parse_qsl(href_of(node).partition("?")[2]))


def lines_around(node: LexborNode, tag: str) -> list[str]:
    """Lines of the nearest element of this tag that a node stands in; none without one."""
    box = node.parent
    while box is not None and box.tag != tag:
        box = box.parent
    return lines_of(box) if box is not None else []


def first_count(text: str | None) -> int | None:
    """The whole number that a text begins with.

    >>> first_count("1,250 Items Available"), first_count("Unlimited Available"), first_count(None)
    (1250, None, None)
    """
    return integer_of((text or "").partition(" ")[0])


def money_of(text: str | None) -> tuple[Decimal, str] | None:
    """An amount before its currency, and nothing else.

    >>> money_of("1,399.18 USD"), money_of("1,399.18 USD each")
    ((Decimal('1399.18'), 'USD'), None)
    """
    match = _MONEY.fullmatch(text or "")
    amount = decimal_of(match[1]) if match else None
    return (amount, match[2]) if match is not None and amount is not None else None


def rates_of(pairs: Iterable[tuple[str, str]]) -> dict[str, float]:
    """Exchange rates from pairs of currency and digits; what is no number or nought is none."""
    return {name: float(rate) for name, digits in pairs if (rate := decimal_of(digits))}


def places_of(text: str | None) -> list[str]:
    """Destinations that commas part.

    >>> places_of("Belgium, Worldwide, "), places_of(None)
    (['Belgium', 'Worldwide'], [])
    """
    return [place for part in (text or "").split(",") if (place := part.strip())]


def put_price(
    record: Listing, amount: Decimal, currency: str, text: str, quotes: Iterable[tuple[Decimal, str]] = ()
) -> None:
    """Put a price into a record, with what the page says it is in other currencies."""
    record["price_amount"], record["price_currency"], record["price_text"] = amount, currency, text
    every = dict.fromkeys([(amount, currency), *quotes])
    record["price_quotes"] = [{"amount": value, "currency": name} for value, name in every]


def put_origin(reader: Reader, record: Listing, text: str | None) -> None:
    """Put an origin into a record where it is a place (Reader.place)."""
    record["ships_from"] = reader.place(text, "ships_from") if text else None


def put_sold(record: Listing, count: int | None) -> None:
    """Put an exact number of pieces sold into a record."""
    record["units_sold"] = record["units_sold_hi"] = count


def put_sales(vendor: Vendor, count: int | None) -> None:
    """Put an exact number of sales into a vendor's record."""
    vendor["sales"] = vendor["sales_hi"] = count


def put_key(reader: Reader, vendor: Vendor, block: LexborNode | str | None) -> bool:
    """Put the key that a block or text holds into a vendor's record, with its fingerprint; whether there is one."""
    text = block if isinstance(block, str) else raw_lines(block) if block is not None else ""
    key = page_key(text) if text else None
    if key is None:
        return False
    vendor["pgp_key"], vendor["pgp_fingerprint"] = key.armour, key.fingerprint
    if key.reason:
        reader.problem("pgp_fingerprint", "unreadable", key.reason)
    return True


def put_dates(row: Feedback, text: str, interval: Interval, dated_at: datetime | None = None) -> None:
    """Put the moment that a page states into a row of feedback; `dated_at` is the middle where none is given."""
    row["age_text"], row["dated_at"] = text, dated_at or midpoint(interval)
    row["dated_lo"], row["dated_hi"] = interval


def offers_counter(path: str, count: int, identifier: str | None, *, depth: int = 0) -> Counter:
    """A category's number of offers as a menu shows it; the path's levels are parted by " / "."""
    return {
        "counter": "category_listings", "category_id": identifier, "category": path, "depth": depth, "value": count
    }  # fmt: skip


def shipping_options(reader: Reader, nodes: Iterable[LexborNode], form: Pattern[str]) -> list[ShippingOption]:
    """Ways of sending that have a form with the groups `name`, `amount`, `currency` and perhaps `days`; others are a
    problem."""
    options: list[ShippingOption] = []
    for node in nodes:
        match = form.fullmatch(text_of(node))
        amount = decimal_of(match["amount"]) if match else None
        if match is None or amount is None:
            reader.problem("shipping_options", "unreadable")
            continue
        days = match.groupdict().get("days")
        options.append(
            {
                "name": match["name"].strip(), "days": int(days) if days else None, "currency": match["currency"],
                "amount": amount, "per": None,
            }
        )  # fmt: skip
    return options


def external_rating(market: str, sales: int | None, rating: str | None, text: str) -> ExternalRating:
    """What a page attests from another market."""
    return {"market": market, "sales": sales, "rating": float(rating) if rating else None, "text": text}
