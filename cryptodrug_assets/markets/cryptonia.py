"""Cryptonia Market: its pages, links and parser, from pages of October and November 2019.

Pages end with the server's clock, to the minute. Feedback says the day and the price in bitcoin, rounded to four
decimals. Pages of offers repeat the vendor's latest feedback: rows name a title and no number, so they are of the
vendor. Pages of the login and of errors were never seen.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from re import Pattern
from typing import ClassVar
from urllib.parse import unquote_plus

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets import _fields as fields
from cryptodrug_assets.markets._addresses import PagesByPath
from cryptodrug_assets.markets._dates import day_interval, iso_datetime
from cryptodrug_assets.markets._frame import Asked, Readers, only_kind
from cryptodrug_assets.markets._html import Reader, block_text, decimal_of, integer_of, rows_of, text_of, title_of
from cryptodrug_assets.markets._labels import labelled, other_brand
from cryptodrug_assets.markets._links import path_of
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.records import FEEDBACK, LISTING, VENDOR, ExternalRating, Listing, Vendor

_BRAND = "Cryptonia Market"
_ARROW = "→"
_CLOCK = re.compile(r"Server Time: (\d{4}-\d\d-\d\d \d\d:\d\d)")
_RATE = re.compile(r"= ([\d.,]+) ([A-Z]{3})")
_PRICE = re.compile(r"([\d.,]+) ([A-Z]{3})/(.+)")
_COINS = re.compile(r"([\d.,]+) (BTC|XMR)\b")
_PRODUCT = re.compile(r"/product/(\d+)")
_NUMBER = re.compile(r"product[+ ]#(\d+)", re.IGNORECASE)
_LIST = re.compile(r"/products/all/(?P<category>[^/]+)(?:/(?P<page>\d+))?")
_USER = re.compile(r"/user/[^/]+")
_PAGE = re.compile(r"(\d{1,4}) of \d+")
_LEVEL = re.compile(r"LEVEL (\d{1,2})")
_SALES = re.compile(r"\((\d[\d,]*)\)")
_BADGE = re.compile(r"(.{1,40}?): (\d[\d,]*)\+? deals?, (\d{1,3}(?:\.\d+)?)/\d+%?")
_SHIPPING = re.compile(r"(?P<name>.*?)\s*\((?P<amount>[\d.,]+) (?P<currency>[A-Z]{3})\)")
_MINIMUM = re.compile(r"Buy (\d[\d,]*) For")
_ESCROW = {"ESCROW": True, "FE Required": False}
_CLASSES = {"Physical Listing": "physical", "Digital Listing": "digital"}
_OFFER = ("Sold by", "Verifications", "Category", "Listing Type", "Price", "FE or Escrow", "In stock",
          "Accepted Payments", "Ships from")  # fmt: skip
_PROFILE = ("Positive", "Disputes (won/lost)", "Verifications", "Amount on Escrow", "Ships From", "Ships To",
            "FE Enabled", "Member since", "Last online")  # fmt: skip
# Green ticks alone were seen. A row with another sign is a sale of unknown rating.
_RATINGS = {"icono-checkCircle": 5}


def _read_head(reader: Reader, page: ParsedPage) -> None:
    said = _RATE.findall(text_of(reader.div("rate_div")))
    page.exchange_rates = fields.rates_of((coin, digits) for digits, coin in said)
    for node in reader.tree.css("div.chksubcats li > a"):
        place, count = _LIST.fullmatch(path_of(fields.href_of(node))), _SALES.fullmatch(text_of(node.css_first("span")))
        if place and count:
            name = unquote_plus(place["category"])
            page.counters.append(fields.offers_counter(name, int(count[1].replace(",", "")), name))


def _fill_price(record: Listing, texts: list[str]) -> bool:
    """Price with its unit from the first text, quotes from all; whether there is a price."""
    match = _PRICE.fullmatch(texts[0]) if texts else None
    amount = decimal_of(match[1]) if match else None
    if match is None or amount is None:
        return False
    coins = ((decimal_of(digits), coin) for text in texts[1:] for digits, coin in _COINS.findall(text))
    quotes = ((value, coin) for value, coin in coins if value is not None)
    fields.put_price(record, amount, match[2], match[0], quotes)
    record["price_unit"] = match[3].strip()
    return True


def _fill_places(reader: Reader, record: Listing, text: str) -> None:
    """ "United States → United States", or codes in lists."""
    origin, arrow, destinations = text.partition(_ARROW)
    if arrow:
        fields.put_origin(reader, record, origin.strip())
        record["ships_to"] = fields.places_of(destinations)
    else:
        reader.problem("ships_from", "unreadable" if text else "missing")


def _badges(node: LexborNode | None) -> list[ExternalRating]:
    """What was verified of other markets, "Dream: 6400 deals, 4.98/5" or "Empire: 18 deals, 100/100%"."""
    texts = [text_of(span) for span in node.css("span.verified")] if node is not None else []
    matches = [(text, _BADGE.fullmatch(text)) for text in texts]
    return [
        fields.external_rating(match[1], integer_of(match[2]), match[3], text)
        if match
        else fields.external_rating(text.partition(":")[0], None, None, text)
        for text, match in matches
    ]


def _read_feedback(reader: Reader, page: ParsedPage, vendor: str, list_name: str, offset: int) -> None:
    for position, cells in enumerate(rows_of(reader.tree.css("#feedback_div tr"), 3, "gridhdr"), 1):
        said = [text_of(node) for node in cells[2].css("span.rating_date")]
        moment = iso_datetime(said[0]) if len(said) == 3 else None
        paid = _COINS.fullmatch(said[1]) if len(said) == 3 else None
        amount = decimal_of(paid[1]) if paid else None
        icon = fields.attribute_of(cells[0].css_first("span"), "class").strip()
        if moment is None or paid is None or amount is None:
            reader.problem("feedback", "rejected", "a row could not be read")
            continue
        if icon not in _RATINGS:
            reader.unread.append(f"feedback sign {icon[:40]}")
        row = FEEDBACK.copy()
        row["vendor_name"], row["list_name"], row["list_offset"], row["position"] = vendor, list_name, offset, position
        row["listing_title"] = title_of(cells[1].css_first("span.rating_product")) or None
        row["rating"], row["buyer_masked"] = _RATINGS.get(icon), said[2] or None
        row["comment"] = "\n".join(block_text(node) for node in cells[1].css("p"))
        row["price_amount"], row["price_currency"], row["price_text"] = amount, paid[2], said[1]
        row["price_exact"] = False
        fields.put_dates(row, said[0], day_interval(moment.date()))
        page.feedback.append(row)


def _read_list(reader: Reader, page: ParsedPage, _: Asked) -> None:
    _read_head(reader, page)
    heading = text_of(reader.tree.css_first("h2"))
    category = heading.removesuffix(" Products") if heading.endswith(" Products") else None
    for cells in rows_of(reader.tree.css("div.mainbox tr"), 5, "gridhdr"):
        links = [link for cell in cells for link in cell.css("a")]
        numbers = {
            match[1] for link in links if (match := _PRODUCT.fullmatch(path_of(fields.href_of(link)))) is not None
        }
        least, *prices = [text_of(node) for node in cells[3].css("span.listprice")] or [""]
        quotes = [text_of(node) for node in cells[3].css("span.listprice_alt")]
        record, name = LISTING.copy(), fields.handle_of(reader, cells[4].css_first('a[href^="/user/"]'))
        record["title"] = title_of(cells[2].css_first("a.growlink"))
        whole = len(numbers) == len(prices) == 1 and record["title"] and name is not None
        if not whole or not _fill_price(record, prices + quotes):
            reader.problem("listing", "rejected", "an offer of a list could not be read")
            continue
        record["listing_id"], record["vendor_name"] = numbers.pop(), name
        record["category_path"] = [category] if category else None
        minimum = _MINIMUM.fullmatch(least)
        record["minimum_order"] = decimal_of(minimum[1]) if minimum else None
        lines = [text_of(node) for node in cells[2].css("div > span")]
        _fill_places(reader, record, next((line for line in lines if _ARROW in line), ""))
        record["payment"] = next((line for line in lines if line in _ESCROW), None)
        record["escrow"] = _ESCROW.get(record["payment"] or "")
        page.listings.append(record)


def _read_offer(reader: Reader, page: ParsedPage, _: Asked) -> None:
    _read_head(reader, page)
    title = reader.one(reader.tree, "div.mainarea_inner > h2", "title")
    boxes = reader.divs("product_data")
    said = labelled(reader, (text_of(box) for box in boxes), _OFFER)
    by_label = {text_of(box.css_first("label")).rstrip(":"): box for box in boxes}
    seller, price = by_label.get("Sold by"), by_label.get("Price")
    name = fields.handle_of(reader, seller.css_first("a") if seller is not None else None)
    addresses = (unquote_plus(fields.href_of(link)) for link in reader.tree.css("a[href]"))
    numbers = {match[1] for address in addresses if "/messages/" in address and (match := _NUMBER.search(address))}
    record = LISTING.copy()
    record["title"], record["vendor_name"], record["is_sticky"] = title_of(title), name, False
    prices = [text_of(node) for node in price.css("span")] if price is not None else []
    if len(numbers) != 1 or name is None or not record["title"] or not _fill_price(record, prices):
        reader.problem("listing", "rejected", "a required field could not be read")
        return
    record["listing_id"] = numbers.pop()
    record["category_path"] = [said["Category"]] if said.get("Category") else None
    _fill_places(reader, record, said.get("Ships from", ""))
    record["payment"], record["escrow"] = said.get("FE or Escrow"), _ESCROW.get(said.get("FE or Escrow", ""))
    record["product_class"] = _CLASSES.get(said.get("Listing Type", ""))
    record["quantity_left"] = fields.first_count(said.get("In stock"))
    record["minimum_order"] = decimal_of(fields.attribute_of(reader.tree.css_first("input[name=qty]"), "value"))
    record["description"] = block_text(reader.tree.css_first("#general_div")) or None
    options = reader.tree.css('select[name=shipping_method] option:not([value="0"])')
    record["shipping_options"], record["bulk_prices"] = fields.shipping_options(reader, options, _SHIPPING), []
    page.listings.append(record)
    page.vendors.append(_vendor(name, text_of(seller), by_label.get("Verifications")))
    _read_feedback(reader, page, name, "offer", 0)


def _vendor(name: str, standing: str, verified: LexborNode | None) -> Vendor:
    """A vendor with level and sales from the text behind the name, and what was verified of other markets."""
    vendor: Vendor = {**VENDOR, "vendor_name": name, "external_ratings": _badges(verified)}
    if level := _LEVEL.search(standing):
        vendor["vendor_level"] = int(level[1])
    if sales := _SALES.search(standing):
        fields.put_sales(vendor, integer_of(sales[1]))
    return vendor


def _read_vendor(reader: Reader, page: ParsedPage, _: Asked) -> None:
    _read_head(reader, page)
    heading = reader.one(reader.tree, "div.mainarea_inner > h2", "vendor_name")
    store = reader.maybe(reader.tree, '.toolbar_dropdown a[href^="/products/"]', "vendor_name")
    said_name = (heading.text(deep=False) if heading is not None else "") or ""
    name = reader.handle(said_name.replace("\xa0", " ").strip(), fields.href_of(store))
    if heading is None or name is None:
        reader.problem("vendor", "rejected", "a required field could not be read")
        return
    said = labelled(reader, (text_of(box) for box in reader.tree.css("div.inline_div > div")), _PROFILE)
    vendor = _vendor(name, text_of(heading).removeprefix(name), reader.div("inline_div"))
    since = iso_datetime(said.get("Member since", ""))
    vendor["member_since"] = since.date() if since is not None else None
    vendor["finalize_early"] = {"Yes": True, "No": False}.get(said.get("FE Enabled", ""))
    vendor["profile_text"] = block_text(reader.tree.css_first("#general_div")) or None
    fields.put_key(reader, vendor, reader.tree.css_first("#pgp_div textarea"))
    page.vendors.append(vendor)
    number = _PAGE.search(text_of(reader.tree.css_first("#feedback_div td.gridftr")))
    # Only first pages were seen; the 25 rows of the latest feedback are taken for a page's.
    _read_feedback(reader, page, name, "vendor", 25 * (int(number[1]) - 1) if number and int(number[1]) else 0)


class Cryptonia(PagesByPath):
    """Cryptonia Market."""

    name = "cryptonia"
    parser_version = "1.0.0"
    layout = "2019-10"
    paths: ClassVar[Mapping[str, Pattern[str]]] = {"listing_index": _LIST, "listing": _PRODUCT, "vendor": _USER}
    fronts = ("/products",)
    readers: ClassVar[Readers] = {"listing": _read_offer, "listing_index": _read_list, "vendor": _read_vendor}

    def classify(self, reader: Reader) -> str:
        """The brand in title and banner, and what stands on a page of that kind alone."""
        title = text_of(reader.tree.css_first("title")).partition(" - ")[0]
        said = (title, text_of(reader.tree.css_first("div.titlebox h1")))
        marks = {
            "listing_index": reader.tree.css_first("td.gridhdr.product") is not None,
            "listing": reader.tree.css_first("#generaltab") is not None and reader.div("product_data") is not None,
            "vendor": reader.tree.css_first("h2 > span.icono-user") is not None,
        }
        return other_brand(_BRAND, said, shaped=reader.div("titlebox") is not None) or only_kind(reader, marks)

    def clock(self, reader: Reader) -> datetime | None:
        """The server's time, above the content."""
        match = _CLOCK.search(text_of(reader.div("controlbox")))
        return iso_datetime(match[1]) if match else None


MARKET = Cryptonia()
