"""The page of an offer on Empire."""

import re
from decimal import Decimal

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._dates import long_date
from cryptodrug_assets.markets._frame import Asked
from cryptodrug_assets.markets._html import Reader, block_text, cells_of, decimal_of, integer_of, text_of, title_of
from cryptodrug_assets.markets._links import path_of
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.empire.addresses import PRODUCT_TAB, QUEUE
from cryptodrug_assets.markets.empire.feedback import feedback_rows, tabs_of
from cryptodrug_assets.markets.empire.menu import read_head
from cryptodrug_assets.markets.empire.money import COUNT, CURRENCIES, MONEY, money_of, quotes_of
from cryptodrug_assets.markets.empire.sellers import badges_of, fill_levels
from cryptodrug_assets.markets.records import (
    LISTING,
    VENDOR,
    BulkPrice,
    ShippingOption,
)

_SOLD = re.compile(rf"{COUNT} sold since ([A-Z][a-z]+ \d{{1,2}}, \d{{4}})")
_BULK = re.compile(rf"From qty {COUNT} to ({COUNT}|Unlimited)", re.IGNORECASE)
_SHIPPING = re.compile(
    r"(.*?)\s*-\s+(\d+(?:\.\d+)?) (hour|day|week)s?\s+-\s+([A-Z]{3}) \+ ([\d.,]+)(?: / (.+))?", re.IGNORECASE
)
_DAYS = {"hour": Decimal(1) / 24, "day": Decimal(1), "week": Decimal(7)}
_FEATURES = {"Product Class", "Quantity Left", "Ends In", "Origin Country", "Ships to", "Payment"}
_CLASSES = {"Physical Package": "physical", "Digital": "digital", "Digital Goods": "digital"}
# "FE Listing 50%" is half escrow: neither.
_ESCROW = re.compile(r"(Escrow)\b|(FE (?:Listing )?100\s*%|FE$|Finalize Early)", re.IGNORECASE)


def read_offer(reader: Reader, page: ParsedPage, asked: Asked) -> None:
    """The page of an offer, with its latest feedback."""
    read_head(reader, page, asked)
    box = reader.only(reader.divs("listDes"), "page")
    if box is None:
        return
    title = reader.one(box, "h2", "title")
    # Tables of bulk prices may be of the same class.
    tables = [node for node in box.css("table.productTbl") if "Product Class" in node.text(deep=True)]
    table = reader.only(tables, "features")
    seller = reader.one(box, 'p > b > a[href*="/u/"]', "vendor_name")
    prices = [text for node in box.css("p.padp") if (text := text_of(node)).startswith("Purchase price:")]
    if len(prices) != 1:
        reader.problem("price_amount", "missing" if not prices else "multiple")
    forms = [QUEUE.search(path_of(node.attributes.get("action"))) for node in box.css("form")]
    tabs = [PRODUCT_TAB.search(path_of(node.attributes.get("href"))) for node in tabs_of(reader)]
    numbers = {match.groups()[:3] for match in (*forms, *tabs) if match}
    if len(numbers) != 1:
        reader.problem("listing_id", "missing" if not numbers else "multiple", f"{len(numbers)} numbers")
    record = LISTING.copy()
    features = _features(reader, table) if table is not None else {}
    for field in ("Product Class", "Origin Country", "Ships to"):
        if field not in features:
            reader.problem(field, "missing")
    stated = prices[0].removeprefix("Purchase price:").strip() if len(prices) == 1 else ""
    amount = money_of(reader, stated, "price_amount") if stated else None
    name = reader.handle(text_of(seller), seller.attributes.get("href") or "") if seller is not None else None
    origin = reader.place(features["Origin Country"], "ships_from") if features.get("Origin Country") else None
    if reader.problems or title is None or seller is None or name is None or amount is None or not text_of(title):
        reader.problem("listing", "rejected", "a required field could not be read")
        return
    record["listing_id"], record["category_id"], record["vendor_id"] = next(iter(numbers))
    record["title"], record["vendor_name"] = title_of(title), name
    record["price_amount"], record["price_currency"] = amount
    record["price_text"] = stated
    coins = " / ".join(text for node in box.css("form > p") if "BTC" in (text := text_of(node)))
    record["price_quotes"] = quotes_of(amount, coins)
    record["ships_from"] = origin
    record["ships_to"] = [place for part in features["Ships to"].split(",") if (place := part.strip())]
    record["payment"] = features.get("Payment") or None
    record["escrow"] = _escrow(reader, features.get("Payment", ""))
    record["product_class"] = _CLASSES.get(features["Product Class"])
    if record["product_class"] is None:
        reader.problem("product_class", "unreadable")
    left = features.get("Quantity Left", "")
    record["quantity_left"] = None if left in ("", "Unlimited") else reader.integer(left, "quantity_left")
    paragraph = seller.parent.parent if seller.parent is not None else None
    about = text_of(paragraph)
    if sold := _SOLD.search(about):
        record["units_sold"] = record["units_sold_hi"] = integer_of(sold[1])
        record["sold_since"] = long_date(sold[2])
    record["category_path"] = [
        text_of(node) for bar in reader.divs("sub_head_inner_header") for node in bar.css("h3 a")
    ] or None
    record["description"] = block_text(box.css_first("#desc_prod")) or None
    record["shipping_options"] = _shipping(reader, box)
    record["bulk_prices"] = _bulk(reader, box)
    record["is_sticky"] = False
    page.listings.append(record)
    vendor = VENDOR.copy()
    vendor["vendor_name"], vendor["vendor_id"] = record["vendor_name"], record["vendor_id"]
    fill_levels(about, vendor)
    vendor["external_ratings"] = badges_of(reader, paragraph)
    page.vendors.append(vendor)
    page.feedback = feedback_rows(reader, name, "listing", 0)
    for row in page.feedback:
        # The list is this offer's, whether its rows lead to it or not.
        row["listing_id"] = row["listing_id"] or record["listing_id"]


def _features(reader: Reader, table: LexborNode) -> dict[str, str]:
    features: dict[str, str] = {}
    cells = table.css("tbody td")
    for label, value in zip(cells[::2], cells[1::2], strict=False):
        name = text_of(label)
        if name in features:
            reader.problem(name, "multiple")
        if name in _FEATURES:
            features[name] = text_of(value)
        elif name:
            reader.unread.append(name[:60])
    return features


def _escrow(reader: Reader, payment: str) -> bool | None:
    """Whether the market holds the money until delivery: "Escrow", "Escrow, MultiSig"; not "FE Listing 100%"."""
    match = _ESCROW.match(payment)
    if payment and match is None:
        reader.unread.append(f"Payment: {payment[:40]}")
    return match[1] is not None if match else None


def _shipping(reader: Reader, box: LexborNode) -> list[ShippingOption]:
    options: list[ShippingOption] = []
    for node in box.css('select[name="shippingOption"] option'):
        match = _SHIPPING.fullmatch(text_of(node))
        amount = decimal_of(match[5]) if match is not None else None
        if match is None or amount is None:
            reader.problem("shipping_options", "unreadable")
            continue
        days = Decimal(match[2]) * _DAYS[match[3].lower()]
        options.append(
            {
                "name": match[1].strip(),
                "days": int(days) if days == int(days) else round(float(days), 3),
                "currency": match[4],
                "amount": amount,
                "per": match[6],
            }
        )
    return options


def _bulk(reader: Reader, box: LexborNode) -> list[BulkPrice]:
    prices: list[BulkPrice] = []
    for row in box.css("tr"):
        cells = [text_of(cell) for cell in cells_of(row)]
        match = next((match for cell in cells if (match := _BULK.fullmatch(cell))), None)
        if match is None:
            continue
        sums = (money for cell in cells if (money := MONEY.fullmatch(cell)))
        money = next((money for money in sums if money[1] in CURRENCIES), None)
        amount = decimal_of(money[2]) if money else None
        if money is None or amount is None:
            reader.problem("bulk_prices", "unreadable")
            continue
        prices.append(
            {
                "min_quantity": integer_of(match[1]),
                "max_quantity": integer_of(match[2]),
                "currency": money[1],
                "amount": amount,
            }
        )
    return prices
