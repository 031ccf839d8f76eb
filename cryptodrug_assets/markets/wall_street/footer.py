"""The footer's statistics, which stood on every page, walls included: a monthly number of customers and vendors."""

import re

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._html import Reader, text_of
from cryptodrug_assets.markets.records import Counter
from cryptodrug_assets.markets.wall_street.money import short_count

_LINE = re.compile(r"(\S+) (Customers|Vendors)")


def _lines(reader: Reader) -> list[LexborNode]:
    for badge in reader.tree.css("#footer .badge"):
        parent = badge.parent
        if text_of(badge) == "Stats" and parent is not None:
            return parent.css("ul li")
    return []


def footer_counters(reader: Reader) -> list[Counter]:
    """`customers` and `vendors` as the footer rounds them ("1.05m"); a line in other words is an unread label."""
    counters: dict[str, Counter] = {}
    for node in _lines(reader):
        text = text_of(node)
        match = _LINE.fullmatch(text)
        value = short_count(match[1]) if match else None
        if match is None:
            reader.unread.append(text[:60])
        elif value is None:
            reader.problem(match[2].lower(), "unreadable", "not a count")
        elif match[2].lower() in counters:
            reader.problem(match[2].lower(), "multiple")
            counters.pop(match[2].lower())
        else:
            name = match[2].lower()
            counters[name] = {"counter": name, "category_id": None, "category": None, "depth": None, "value": value}
    return list(counters.values())
