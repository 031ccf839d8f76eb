"""Pages of offers, layout `2018-03`: parts found by headings and icons, as a spider of 2017/18 did."""

import re

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._frame import Asked
from cryptodrug_assets.markets._html import Reader, block_text, integer_of, text_of, title_of
from cryptodrug_assets.markets._links import path_of
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.records import LISTING, VENDOR, BulkPrice, Listing, Quote, ShippingOption
from cryptodrug_assets.markets.wall_street.addresses import OFFER
from cryptodrug_assets.markets.wall_street.blocks import (
    first_number,
    heading,
    is_unlimited,
    pairs_in,
    parts_by_icons,
    rows_below,
    text_in,
)
from cryptodrug_assets.markets.wall_street.feedback import feedback_of
from cryptodrug_assets.markets.wall_street.footer import footer_counters
from cryptodrug_assets.markets.wall_street.lists import OLD_LAYOUT, is_profile
from cryptodrug_assets.markets.wall_street.money import amount_of, coins_of, money_of
from cryptodrug_assets.markets.wall_street.shipping import read_terms
from cryptodrug_assets.markets.wall_street.tree import categories_of, counters_of

TITLE = "h1.fheading"
_QUANTITY = re.compile(r"(\d{1,9})(?: (\D{1,30}))?")
_KEYS = {
    "Minimum amount per order", "Maximum amount per order", "Views", "Quantity in stock", "Already sold", "Country",
    "Category", "Replace-Time",
}  # fmt: skip
_CODE = re.compile(r"[A-Z]{2}")


def read_offer(reader: Reader, page: ParsedPage, asked: Asked) -> None:
    """An offer with its seller and feedback; without title, seller or price it is rejected."""
    page.layout = OLD_LAYOUT
    page.counters = [*counters_of(reader, categories_of(reader)), *footer_counters(reader)]
    title = reader.one(reader.tree, TITLE, "title")
    block = _block(reader, title)
    name = _seller(reader, block)
    record = LISTING.copy()
    priced = _prices(reader, record)
    match = OFFER.match(path_of(asked.url))
    if title is None or block is None or name is None or not priced or not text_of(title):
        reader.problem("listing", "rejected", "a required field could not be read")
        return
    record["listing_id"] = match[1] if match else None
    record["title"], record["vendor_name"] = title_of(title), name
    paragraphs = [node for node in block.iter() if node.tag == "p"]
    read_terms(reader, paragraphs[0] if paragraphs else None, record)
    _information(reader, paragraphs, record)
    record["shipping_options"] = _options(reader)
    if match and "refund" not in match[0]:
        record["description"] = block_text(reader.tree.css_first("#tabcontent")) or None
    page.listings.append(record)
    seller = VENDOR.copy()
    seller["vendor_name"] = name
    page.vendors.append(seller)
    page.feedback = feedback_of(reader, record, asked.captured_at)


def _block(reader: Reader, title: LexborNode | None) -> LexborNode | None:
    """What says who sells and where to: beside the heading "Info" where there is one, else beside the title."""
    info = heading(reader, "h1", "Info")
    return info.parent if info is not None else title.parent if title is not None else None


def _seller(reader: Reader, block: LexborNode | None) -> str | None:
    links = [node for node in block.css('a[href*="profile"]') if is_profile(node)] if block is not None else []
    if len({(text_of(node), path_of(node.attributes.get("href"))) for node in links}) != 1:
        reader.problem("vendor_name", "multiple" if links else "missing", f"{len(links)} matches")
        return None
    return reader.handle(text_of(links[0]), links[0].attributes.get("href") or "")


def _prices(reader: Reader, record: Listing) -> bool:
    """Price of the least amount, and those of larger ones; whether there is one.

    A row is an amount ("1 Gram"), a price in the viewer's currency, and one in bitcoin, for what stands behind it.
    """
    bulk: list[BulkPrice] = []
    rows = rows_below(reader, "h4", "Prices")
    for number, cells in enumerate(rows):
        texts = [text_of(cell) for cell in cells]
        amount = _QUANTITY.fullmatch(texts[0])
        coins = coins_of(texts[2]) if len(texts) > 2 else None
        money = money_of(texts[1]) if len(texts) > 1 else None
        if amount is None or coins is None:
            reader.problem("price_amount" if number == 0 else "bulk_prices", "unreadable")
            if number == 0:
                return False
            continue
        # The spider read bitcoin alone: where the other cell is no amount, they are the price.
        price, currency, unit = money or (coins[0], "BTC", coins[1])
        if number:
            least = int(amount[1])
            bulk.append({"min_quantity": least, "max_quantity": None, "currency": currency, "amount": price})
            continue
        record["price_amount"], record["price_currency"] = price, currency
        record["price_text"] = texts[1] if money else texts[2]
        record["price_unit"] = unit or coins[1] or (amount[2] if amount[1] == "1" else None)
        in_coins: Quote = {"amount": coins[0], "currency": "BTC"}
        record["price_quotes"] = [{"amount": price, "currency": currency}, in_coins] if money else [in_coins]
    record["bulk_prices"] = bulk
    if not rows:
        reader.problem("price_amount", "missing")
    return bool(rows)


def _options(reader: Reader) -> list[ShippingOption]:
    """Ways of sending: name, up to how many pieces (or without limit), and bitcoin in the fourth cell. No days."""
    options: list[ShippingOption] = []
    for cells in rows_below(reader, "h4", "Shipping Options"):
        coins = coins_of(text_of(cells[3])) if len(cells) > 3 else None
        if coins is None or not text_of(cells[0]):
            reader.problem("shipping_options", "unreadable")
            continue
        options.append({"name": text_of(cells[0]), "days": None, "currency": "BTC", "amount": coins[0], "per": "order"})
    return options


def _information(reader: Reader, paragraphs: list[LexborNode], record: Listing) -> None:
    """Numbers, country and category: below the heading "Information", else in the block's second paragraph."""
    title = heading(reader, "h4", "Information")
    below = title.parent if title is not None else None
    places = [below, *below.css("p")] if below is not None else paragraphs[1:2]
    values: dict[str, list[LexborNode]] = {}
    for place in places:
        for key, nodes in pairs_in(place):
            if key not in _KEYS:
                reader.unread.append(key[:60])
            elif key in values:
                reader.problem(key, "multiple")
            else:
                values[key] = nodes
    for key in ("Country", "Category"):
        if key not in values:
            reader.problem(key, "missing")
    record["views"] = _count(reader, values, "Views", "views")
    record["units_sold"] = record["units_sold_hi"] = _count(reader, values, "Already sold", "units_sold")
    record["quantity_left"] = _count(reader, values, "Quantity in stock", "quantity_left", unit=True)
    if "Minimum amount per order" in values and not is_unlimited(values["Minimum amount per order"]):
        least = amount_of(first_number(text_in(values["Minimum amount per order"])))
        record["minimum_order"] = least
        if least is None:
            reader.problem("minimum_order", "unreadable", "not a number")
    if "Country" in values:
        _country(reader, text_in(values["Country"]), record)
    if "Category" in values:
        record["category_path"] = parts_by_icons(values["Category"]) or None


def _country(reader: Reader, text: str, record: Listing) -> None:
    """The origin is said twice, as a name and perhaps as a code: two of one kind that differ are none."""
    country = reader.place(text, "ships_from")
    before = record["ships_from"]
    if country is None or before == country:
        return
    if before is not None and bool(_CODE.fullmatch(before)) == bool(_CODE.fullmatch(country)):
        reader.problem("ships_from", "contradiction")
        record["ships_from"] = None
    else:
        record["ships_from"] = country


def _count(
    reader: Reader, values: dict[str, list[LexborNode]], key: str, field: str, *, unit: bool = False
) -> int | None:
    """A count, of a stock with its unit perhaps behind it; null where it is not shown or without limit."""
    if key not in values or is_unlimited(values[key]):
        return None
    text = text_in(values[key])
    if unit and not text.endswith(("day", "days")):
        text = first_number(text)
    count = integer_of(text.replace("'", ","))
    if count is None:
        reader.problem(field, "unreadable", "not a whole number")
    return count
