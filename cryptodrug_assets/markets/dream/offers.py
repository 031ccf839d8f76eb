"""Dream's offers: their own pages, and as they stand in lists."""

import re

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._frame import Asked
from cryptodrug_assets.markets._html import Reader, block_text, cells_of, text_of, title_of
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.dream.details import labelled_rows, value_of
from cryptodrug_assets.markets.dream.feedback import rating_row
from cryptodrug_assets.markets.dream.menu import chosen_category, counter_of, list_heading, read_head, read_menu
from cryptodrug_assets.markets.dream.money import PRICE, fill_price, quotes_of
from cryptodrug_assets.markets.dream.sellers import seller_of
from cryptodrug_assets.markets.records import (
    LISTING,
    Listing,
    ShippingOption,
)

_OFFER = re.compile(r"[?&]offer=(\d+\.\d+)")
_LISTING_LABELS = {"Vendor", "Price", "Ships to", "Ships from", "Escrow"}


def read_offer(reader: Reader, page: ParsedPage, asked: Asked) -> None:
    """The page of an offer."""
    entries = read_menu(reader, page)
    _listing_page(reader, asked, page)
    for record in page.listings:
        record["category_path"], record["category_id"] = chosen_category(entries)


def read_list(reader: Reader, page: ParsedPage, asked: Asked) -> None:
    """A list of offers, and how many it says there are."""
    read_head(reader, page, asked)
    page.listings = [item for node in reader.divs("shopItem") if (item := shop_item(reader, node))]
    heading = list_heading(reader)
    if heading:
        page.counters.append(counter_of("index_total", None, heading[0], None, heading[1]))


def _listing_page(reader: Reader, asked: Asked, page: ParsedPage) -> None:
    view = reader.only(reader.divs("viewProduct"), "page")
    if view is None:
        return
    record = LISTING.copy()
    title = reader.one(view, "div.viewProduct > div.title", "title")
    details = reader.one(view, "div.tabularDetails", "details")
    if title is None or details is None:
        return
    rows = labelled_rows(reader, details, _LISTING_LABELS)
    record["title"] = title_of(title)
    match = _OFFER.search(asked.url)
    if match is None:
        # A saved page has no address; the order form names the offer.
        hidden = view.css_first('input[name="offer"]')
        value = (hidden.attributes.get("value") or "") if hidden is not None else ""
        match = re.fullmatch(r"(\d+\.\d+)", value)
    record["listing_id"] = match[1] if match else None
    before = len(reader.problems)
    anchor = next(iter(rows["Vendor"].css('a[href*="contactMember?member="]')), None) if "Vendor" in rows else None
    href = (anchor.attributes.get("href") or "") if anchor is not None else ""
    name = reader.handle(text_of(anchor), href)
    price = value_of(reader, rows.get("Price"), "price_amount")
    if price is not None:
        fill_price(reader, price, record)
    ships_from = value_of(reader, rows.get("Ships from"), "ships_from")
    ships_to = value_of(reader, rows.get("Ships to"), "ships_to")
    if len(reader.problems) > before or name is None or record["price_amount"] is None or record["title"] == "":
        reader.problem("listing", "rejected", "a required field could not be read")
        return
    record["vendor_name"] = name
    record["ships_from"] = reader.place(ships_from or "", "ships_from")
    record["ships_to"] = _places(ships_to or "")
    escrow = value_of(reader, rows["Escrow"], "escrow") if "Escrow" in rows else None
    if escrow in ("Yes", "No"):
        record["escrow"] = escrow == "Yes"
    elif escrow is not None:
        reader.problem("escrow", "unreadable")
    record["description"] = block_text(view.css_first("#offerDescription pre")) or None
    record["shipping_options"] = _shipping(reader, view)
    record["bulk_prices"] = []
    page.listings.append(record)
    page.vendors.append(seller_of(reader, rows["Vendor"], name))
    for position, row in enumerate(view.css("div.ratings table tr"), 1):
        feedback = rating_row(reader, row, asked.captured_at, position, name, "listing")
        if feedback is not None:
            feedback["listing_id"] = record["listing_id"]
            page.feedback.append(feedback)


def _places(text: str) -> list[str]:
    return [place for part in text.split(",") if (place := part.strip())]


def _shipping(reader: Reader, view: LexborNode) -> list[ShippingOption]:
    """Options of the first shipping table; the second one of the same class offers cryptocurrencies."""
    table = view.css_first("table.shippingTable")
    options: list[ShippingOption] = []
    if table is None or table.css_first('input[name="shippingOption"]') is None:
        return options
    for row in table.css("tr"):
        cells = [text_of(cell) for cell in cells_of(row)]
        quotes = quotes_of(cells[0]) if len(cells) > 1 and PRICE.fullmatch(cells[0]) else []
        if not quotes:
            reader.problem("shipping_options", "unreadable")
            continue
        # The viewer's currency in brackets is the vendor's price more often than the coin price beside it.
        chosen = quotes[-1]
        options.append(
            {
                "name": cells[1],
                "days": None,
                "currency": chosen["currency"],
                "amount": chosen["amount"],
                "per": "order",
            }
        )
    return options


def shop_item(reader: Reader, node: LexborNode) -> Listing | None:
    """An offer in a list or on a vendor page."""
    anchor = reader.one(node, "div.oTitle a", "title")
    price = reader.one(node, "div.oPrice", "price_amount")
    match = _OFFER.search((anchor.attributes.get("href") or "") if anchor is not None else "")
    if anchor is None or price is None or match is None or not text_of(anchor):
        reader.problem("listing", "rejected", "an offer of a list could not be read")
        return None
    # Title, picture and order button name the offer each.
    if any(found[1] != match[1] for a in node.css("a") if (found := _OFFER.search(a.attributes.get("href") or ""))):
        reader.problem("listing", "rejected", "an offer of a list contradicts itself")
        return None
    record = LISTING.copy()
    record["listing_id"], record["title"] = match[1], title_of(anchor)
    fill_price(reader, text_of(price), record)
    vendor = reader.maybe(node, 'div.oVendor > a[href*="contactMember?member="]:not(.viewRatings)', "vendor_name")
    if vendor is not None:
        record["vendor_name"] = reader.handle(text_of(vendor), vendor.attributes.get("href") or "")
    box = node.css_first("div.escrowBox")
    classes = (box.attributes.get("class") or "").split() if box is not None else []
    record["escrow"] = True if "withEscrow" in classes else False if "withoutEscrow" in classes else None
    ships = reader.maybe(node, "div.oShips .osBod", "ships_to")
    if ships is not None:
        origin, arrow, destinations = text_of(ships).partition("→")
        if arrow:
            record["ships_from"] = origin.strip() or None
            record["ships_to"] = _places(destinations)
        else:
            reader.problem("ships_to", "unreadable")
    return record
