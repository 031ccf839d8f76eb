"""Empire's lists of offers, of a category or a search."""

import re

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._frame import Asked
from cryptodrug_assets.markets._html import Reader, integer_of, text_of, title_of
from cryptodrug_assets.markets._links import path_of
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.empire.addresses import PRODUCT, USER
from cryptodrug_assets.markets.empire.menu import read_head
from cryptodrug_assets.markets.empire.money import COUNT, SALES, money_of, quotes_of
from cryptodrug_assets.markets.records import (
    LISTING,
    Listing,
)

_VIEWS = re.compile(rf"Views: {COUNT} / Sales: {COUNT}(?: ?Quantity left: (.+))?$")
_ITEM = re.compile(r"Item # (\d+) - (.+)")


def read_list(reader: Reader, page: ParsedPage, asked: Asked) -> None:
    """A list of offers."""
    read_head(reader, page, asked)
    page.listings = [item for node in reader.divs("col-1search") if (item := _index_item(reader, node))]


def _index_item(reader: Reader, node: LexborNode) -> Listing | None:
    """An offer of a category or search page."""
    head, right = node.css_first("div.head"), node.css_first("div.col-1right")
    anchors = head.css("a") if head is not None else []
    addresses = [path_of(anchor.attributes.get("href")) for anchor in anchors]
    offers = [(a, match) for a, path in zip(anchors, addresses, strict=True) if (match := PRODUCT.search(path))]
    users = [(a, path) for a, path in zip(anchors, addresses, strict=True) if USER.search(path)]
    price = reader.maybe(right, "p.bold", "price_amount") if right is not None else None
    lines = [text_of(p) for p in head.css("p")] if head is not None else []
    item = next((match for line in lines if (match := _ITEM.fullmatch(line))), None)
    title = title_of(offers[0][0]) if len(offers) == 1 else ""
    if head is None or price is None or item is None or not title or len(users) > 1:
        reader.problem("listing", "rejected", "an offer of a list could not be read")
        return None
    stated, match = text_of(price), offers[0][1]
    amount = money_of(reader, stated, "price_amount")
    category, name = item[2], None
    if users:
        name = reader.handle(text_of(users[0][0]), users[0][1])
        category, _, sales = category.rpartition(f" - {name}")
        if name is None or not category or (sales and not SALES.fullmatch(sales.strip())):
            amount = None
    # Picture and title lead to the same offer.
    pictures = {found[0] for a in node.css("a") if (found := PRODUCT.search(path_of(a.attributes.get("href"))))}
    if amount is None or match[1] != item[1] or len(pictures) != 1:
        reader.problem("listing", "rejected", "an offer of a list contradicts itself")
        return None
    record = LISTING.copy()
    record["listing_id"], record["category_id"], record["vendor_id"] = match.groups()
    record["title"], record["vendor_name"] = title, name
    record["price_amount"], record["price_currency"] = amount
    record["price_text"] = stated
    record["price_quotes"] = quotes_of(amount, text_of(right))
    text = text_of(head)
    record["is_sticky"] = text.startswith("[sticky]") and not title.startswith("[sticky]")
    record["category_path"] = [part.strip() for part in category.split(" / ")]
    if views := _VIEWS.search(text):
        record["views"] = integer_of(views[1])
        record["units_sold"] = record["units_sold_hi"] = integer_of(views[2])
        record["quantity_left"] = integer_of(views[3] or "")
    return record
