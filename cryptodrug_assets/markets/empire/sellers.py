"""What Empire says of a seller beside its name, on its own page and on those of its offers."""

import re

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._html import Reader, integer_of, text_of
from cryptodrug_assets.markets.empire.money import COUNT
from cryptodrug_assets.markets.records import (
    ExternalRating,
    Vendor,
)

_LEVEL = re.compile(r"(Vendor|Trust) [Ll]evel (\d{1,2})(?!\d)")
_BADGE = re.compile(r"Verified (.+?) successful sales and star rating")
_BADGE_VALUE = re.compile(rf"\(?{COUNT}\)? ?\((\d(?:\.\d+)?)\)")


def fill_levels(text: str, vendor: Vendor) -> None:
    for kind, level in _LEVEL.findall(text):
        vendor["vendor_level" if kind == "Vendor" else "trust_level"] = int(level)


def badges_of(reader: Reader, node: LexborNode | None) -> list[ExternalRating]:
    """Sales and rating the market attests from other markets, "138 (5.0)" or "(470) (4.92)"."""
    external: list[ExternalRating] = []
    for span in node.css("span[title]") if node is not None else ():
        badge = _BADGE.search(span.attributes.get("title") or "")
        if badge is None:
            continue
        text = text_of(span)
        value = _BADGE_VALUE.fullmatch(text)
        sales = integer_of(value[1]) if value else None
        if value is None or sales is None:
            reader.problem("external_ratings", "unreadable")
        rating = float(value[2]) if value else None
        external.append({"market": badge[1], "sales": sales, "rating": rating, "text": text})
    return external
