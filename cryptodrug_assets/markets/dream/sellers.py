"""What Dream says of a seller beside its name, on its own page and on those of its offers."""

import re

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._html import Reader, decimal_of, integer_of, text_of
from cryptodrug_assets.markets.dream.details import COUNT
from cryptodrug_assets.markets.records import (
    VENDOR,
    ExternalRating,
    Vendor,
)

_SALES = re.compile(rf"\({COUNT}\)")
_RATED = re.compile(rf"out of {COUNT} rating")
_EXTERNAL = re.compile(r"^(\w+?)LinkedUserRating$")
_WHOLE = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_DEALS = re.compile(
    rf"(?:({_WHOLE})|[#~]?{_WHOLE}[~+]*(?:{_WHOLE}\+?)?)(?: deals)?,? (\d[\d.]*)(?:/\d+%?)?", re.IGNORECASE
)
# How coarse a shown counter is: exact below 20, then in steps that grow with the number (from pages seen).
_STEPS = ((20, 1), (100, 4), (200, 10), (1000, 20), (2000, 50), (10000, 200))


def upper_of_coarse(shown: int) -> int:
    """The largest count that would be shown as this number."""
    return shown + next((step for limit, step in _STEPS if shown < limit), 500) - 1


def seller_of(reader: Reader, node: LexborNode, name: str) -> Vendor:
    """What a page says of a seller beside its name: sales, rating, ratings imported from other markets."""
    vendor = VENDOR.copy()
    vendor["vendor_name"] = name
    sold = reader.maybe(node, 'span[title="Successful transactions"]', "sales")
    if sold is not None:
        match = _SALES.fullmatch(text_of(sold))
        sales = integer_of(match[1]) if match else None
        if sales is None:
            reader.problem("sales", "unreadable")
        else:
            vendor["sales"], vendor["sales_hi"] = sales, upper_of_coarse(sales)
    rating = reader.maybe(node, "span.userRating", "rating")
    if rating is not None:
        value = decimal_of(text_of(rating))
        if value is not None and value <= 5:
            vendor["rating"] = float(value)
        else:
            reader.problem("rating", "unreadable")
        if match := _RATED.search(rating.attributes.get("title") or ""):
            vendor["rating_count"] = integer_of(match[1])
    external: list[ExternalRating] = []
    for span in node.css("span.externalVendorRef"):
        classes = (span.attributes.get("class") or "").split()
        market = next((match[1] for name_ in classes if (match := _EXTERNAL.match(name_))), None)
        if market is None:
            reader.unread.append(f"imported rating: {' '.join(classes)[:40]}")
        else:
            external.append(_external(market, text_of(span)))
    vendor["external_ratings"] = external
    return vendor


def _external(market: str, text: str) -> ExternalRating:
    """An imported rating: "3000, 4.825/5", "800/27/96" (positive/neutral/negative), "200~500, 4.89/5", "#19, 9.79/10".

    The scale is the other market's; ranges, ranks and counts of feedback are no numbers of sales.
    """
    match = _DEALS.fullmatch(text)
    sales = integer_of(match[1]) if match and match[1] else None
    rating = decimal_of(match[2]) if match else None
    return {"market": market, "sales": sales, "rating": float(rating) if rating is not None else None, "text": text}
