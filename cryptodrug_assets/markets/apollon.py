"""Apollon Market: its pages, links and parser, from pages of February 2020.

Pages show no clock. Of feedback only a profile's latest comments were seen, without day, price or offer: no row is read
from them, and sales come from the counters. Pages of an offer name no category; lists do. Rates are those of bitcoin.
"""

import re
from collections.abc import Mapping
from typing import ClassVar

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets import _fields as fields
from cryptodrug_assets.markets._addresses import PagesByQuery, Query
from cryptodrug_assets.markets._dates import long_date
from cryptodrug_assets.markets._frame import Asked, Readers, only_kind
from cryptodrug_assets.markets._html import Reader, block_text, integer_of, lines_of, text_of, title_of
from cryptodrug_assets.markets._labels import labelled, other_brand
from cryptodrug_assets.markets._links import Address
from cryptodrug_assets.markets.base import Link, ParsedPage
from cryptodrug_assets.markets.records import LISTING, VENDOR, ExternalRating, Listing, Vendor

_BRAND = "Apollon Market"
_RATE = re.compile(r"BTC/([A-Z]{3}) ?([\d.,]+)")
_COUNT = re.compile(r"(.+?) \[ ?(\d[\d,]*) ?\]")
_ITEM = re.compile(r"Item #(\d+) -\|- Created (.+?) -\|- (.+) -\|- (.+)")
_PERCENT = re.compile(r" \(\d{1,3}%\)$")
_LEVEL = re.compile(r"Seller Level (\d{1,2}) \((\d[\d,]*)\)")
_TRUST = re.compile(r"Trust Level (\d{1,2})\b")
_SOLD = re.compile(r"Sold : (\d[\d,]*) / Views : (\d[\d,]*)")
_SHIPPING = re.compile(
    r"(?P<name>.*?) - (?P<days>\d{1,3}) Days? - (?P<amount>[\d.,]+) (?P<currency>[A-Z]{3})(?: / .*)?", re.IGNORECASE
)
_IMPORTED = re.compile(
    r": (\d[\d,]*)(?: Sales)?(?: \( ?(?P<rating>\d{1,3}(?:\.\d+)?)%? ?\)| \| \d[\d,]* ?/ ?\d[\d,]* ?/ ?\d[\d,]*)?"
)
_PICTURE = re.compile(r"images/(\w+)\.\w+$")
_RATING = re.compile(r"(Positive|Neutral|Negative) : (\d[\d,]*)")
_OFFER = ("Sold", "Origin Country", "Ship to", "Payment", "Product class", "Quantity")
_SELLER = ("Positive Feedback", "Member since", "Last Login", "Sales", "Orders", "Verified Seller", "Won/Lost Disputes",
           "User Type", "FE")  # fmt: skip
# "50% Finalize Early" is half escrow: neither.
_ESCROW = {"Full Escrow": True, "Escrow": True, "Finalize Early": False}
_CLASSES = {"Physical Package": "physical", "Digital Goods": "digital"}


def _category_id(asked: Mapping[str, str]) -> str | None:
    """The market's own way to write a category and its parent: "2|77"."""
    below = asked.get("csid", "0")
    return f"{asked['cid']}|{below}" if below != "0" and asked.get("cid") else asked.get("cid")


def _read_head(reader: Reader, page: ParsedPage) -> None:
    boxes = reader.divs("list-group-item")
    page.exchange_rates = fields.rates_of(pair for box in boxes for pair in _RATE.findall(text_of(box)))
    root = ""
    for node in reader.tree.css('#side-menu a[href*="cid="]'):
        asked, match = fields.asked_by(node), _COUNT.fullmatch(text_of(node))
        if match is None:
            continue
        deep = "csid" in asked
        root = root if deep else match[1]
        path, count = f"{root} / {match[1]}" if deep else root, int(match[2].replace(",", ""))
        page.counters.append(fields.offers_counter(path, count, _category_id(asked), depth=int(deep)))


def _read_list(reader: Reader, page: ParsedPage, _: Asked) -> None:
    _read_head(reader, page)
    cells = reader.tree.css("#page-wrapper table.table td")
    page.listings = [record for cell in cells if (record := _item(reader, cell)) is not None]


def _item(reader: Reader, cell: LexborNode) -> Listing | None:
    """An offer of a list."""
    titles = [link for link in cell.css("small > a") if fields.asked_by(link).get("ls_id")]
    lines = [text_of(node) for node in cell.css("div > small")]
    item = next((match for line in lines if (match := _ITEM.match(line))), None)
    said = {label.strip(): value.strip() for label, _, value in (line.partition(":") for line in lines)}
    amount = fields.money_of(said.get("Sale Price"))
    numbers = {number for link in cell.css("a") if (number := fields.asked_by(link).get("ls_id"))}
    name = fields.handle_of(reader, cell.css_first('a[href*="u_id="]'))
    if len(titles) != 1 or item is None or amount is None or name is None or numbers != {item[1]}:
        reader.problem("listing", "rejected", "an offer of a list could not be read")
        return None
    record: Listing = {**LISTING, "listing_id": item[1], "title": title_of(titles[0]), "vendor_name": name}
    fields.put_price(record, *amount, said["Sale Price"])
    sticky = any(line.startswith("[Sticky]") for line in lines)
    record["is_sticky"] = sticky and not title_of(titles[0]).startswith("[Sticky]")
    record["category_path"], record["category_id"] = _category_of(cell, item[3])
    if sold := next((match for line in lines if (match := _SOLD.fullmatch(line))), None):
        fields.put_sold(record, integer_of(sold[1]))
        record["views"] = integer_of(sold[2])
    record["quantity_left"] = fields.first_count(said.get("Quantity"))
    return record


def _category_of(cell: LexborNode, text: str) -> tuple[list[str], str | None]:
    """Path and number of an offer's category: the number where a link for each level says the same."""
    path = [part.strip() for part in text.split(" / ")]
    links = cell.css('a[href*="cid="]')
    said = [fields.asked_by(link) for link in links]
    whole = [text_of(link) for link in links] == path and len({asked.get("cid") for asked in said}) == 1
    return path, _category_id(said[-1]) if whole and len(said) == 1 + ("csid" in said[-1]) else None


def _fill_seller(reader: Reader, vendor: Vendor, lines: list[str]) -> None:
    """Level, trust, sales and days from the lines beside a seller's name."""
    head = next((line for line in lines if _LEVEL.search(line) or _TRUST.search(line)), "")
    said = labelled(reader, (line for line in lines if line != head), _SELLER)
    level, trust = _LEVEL.search(head), _TRUST.search(head)
    vendor["vendor_level"] = int(level[1]) if level else None
    vendor["trust_level"] = int(trust[1]) if trust else None
    counts = {count for text in (said.get("Sales", ""), level[2] if level else "") if (count := integer_of(text))}
    if len(counts) > 1:
        reader.problem("sales", "contradiction")
    elif counts or said.get("Sales") == "0":
        fields.put_sales(vendor, counts.pop() if counts else 0)
    since, active = (long_date(said.get(label, "")) for label in ("Member since", "Last Login"))
    if since is not None and active is not None:
        # They stand together; one alone may be the other's value behind its label, on a torn page.
        vendor["member_since"], vendor["last_active"] = since, active
    if "FE" in said:
        vendor["finalize_early"] = {"Allowed": True, "Not Allowed": False}.get(said["FE"])


def _read_offer(reader: Reader, page: ParsedPage, _: Asked) -> None:
    _read_head(reader, page)
    form = reader.one(reader.tree, 'form[action^="purchase.php"]', "listing_id")
    titles = [link for link in reader.tree.css("td > div > a") if fields.href_of(link).startswith("?ls_id=")]
    title = reader.only(titles, "title")
    seller = reader.one(reader.tree, 'div > small > a[href^="user.php"]', "vendor_name")
    prices = [text_of(node) for node in form.css("span.label")] if form is not None else []
    sums = [
        [fields.money_of(part) for part in text.removeprefix("Sale Price :").strip().split(" / ")] for text in prices
    ]
    amount, number = sums[0][0] if sums else None, fields.asked_by(form).get("ls_id")
    if title is None or seller is None or form is None or not title_of(title) or amount is None or number is None:
        reader.problem("listing", "rejected", "a required field could not be read")
        return
    name = reader.handle(_PERCENT.sub("", text_of(seller)), fields.href_of(seller))
    if name is None or fields.asked_by(title).get("ls_id") != number:
        reader.problem("listing", "rejected", "the page contradicts itself")
        return
    boxes = [box for box in reader.divs("col-sm-3") if "Origin Country" in box.text(deep=True)]
    said = labelled(reader, lines_of(boxes[0]) if len(boxes) == 1 else [], _OFFER)
    record: Listing = {**LISTING, "listing_id": number, "title": title_of(title), "vendor_name": name}
    quotes = [quote for each in sums for quote in each if quote is not None]
    fields.put_price(record, *amount, prices[0].removeprefix("Sale Price :").strip(), quotes)
    fields.put_origin(reader, record, said.get("Origin Country"))
    record["ships_to"] = fields.places_of(said.get("Ship to"))
    record["payment"], record["escrow"] = said.get("Payment") or None, _ESCROW.get(said.get("Payment", ""))
    record["product_class"] = _CLASSES.get(said.get("Product class", ""))
    record["quantity_left"] = fields.first_count(said.get("Quantity"))
    fields.put_sold(record, integer_of(said.get("Sold", "").removesuffix("Times").strip()))
    if fields.asked_by(reader.tree.css_first("ul.nav-tabs li.active a")).get("tab") in (None, "1"):
        record["description"] = block_text(reader.tree.css_first("div.tab-pane pre")) or None
    options = fields.shipping_options(reader, form.css("select[name=p_psg] option"), _SHIPPING)
    record["shipping_options"], record["is_sticky"] = options, False
    page.listings.append(record)
    vendor: Vendor = {**VENDOR, "vendor_name": name}
    _fill_seller(reader, vendor, fields.lines_around(seller, "div"))
    page.vendors.append(vendor)


def _imported(reader: Reader) -> list[ExternalRating]:
    """Sales and ratings that the market took over from others, each behind the other's picture."""
    box = next((node for node in reader.tree.css("h4") if text_of(node).startswith("Imported Feedback")), None)
    while box is not None and box.tag != "div":
        box = box.next
    said: list[list[str]] = []
    for node in box.iter(include_text=True) if box is not None else ():
        if node.tag == "img" and (picture := _PICTURE.search(fields.attribute_of(node, "src"))):
            said.append([picture[1]])
        elif said:
            said[-1].append(node.text(deep=True) or "")
    ratings: list[ExternalRating] = []
    for name, *parts in said:
        text = " ".join(" ".join(parts).split())
        match = _IMPORTED.fullmatch(text.replace("( ", "(").replace(" )", ")"))
        if match is None:
            reader.problem("external_ratings", "unreadable")
        sales, rating = (integer_of(match[1]), match["rating"]) if match else (None, None)
        ratings.append(fields.external_rating(name, sales, rating, text.removeprefix(": ")))
    return ratings


def _read_vendor(reader: Reader, page: ParsedPage, _: Asked) -> None:
    _read_head(reader, page)
    head = reader.one(reader.tree, "div.col-sm-5 > small > a[href]", "vendor_name")
    store = reader.maybe(reader.tree, 'a[href*="ss_usr="]', "vendor_name")
    address, shown = f"/{fields.asked_by(store).get('ss_usr', '')}", reader.div("tab-content")
    name = reader.handle(_PERCENT.sub("", text_of(head)), address) if head is not None else None
    if head is None or name is None:
        reader.problem("vendor", "rejected", "a required field could not be read")
        return
    vendor: Vendor = {**VENDOR, "vendor_name": name, "external_ratings": _imported(reader)}
    counted = [box for box in reader.divs("col-sm-2") if "Sales" in box.text(deep=True)]
    _fill_seller(reader, vendor, fields.lines_around(head, "div") + [line for box in counted for line in lines_of(box)])
    buttons = [text_of(node) for node in reader.tree.css("button")]
    counts = {match[1]: integer_of(match[2]) for text in buttons if (match := _RATING.fullmatch(text))}
    table = [[count] for kind in ("Positive", "Neutral", "Negative") if (count := counts.get(kind)) is not None]
    vendor["feedback_counts"] = table if len(table) == 3 else None
    if shown is not None and text_of(shown.css_first("h4")).startswith("About Me"):
        vendor["profile_text"] = block_text(shown.css_first("div.col-sm-8")) or None
    fields.put_key(reader, vendor, shown)
    page.vendors.append(vendor)


class Apollon(PagesByQuery):
    """Apollon Market."""

    name = "apollon"
    parser_version = "1.0.0"
    entry_path = "/home.php"
    layout = "2020-02"
    # Addresses that hold anything else act (favourites, reports, night mode).
    queries: ClassVar[Mapping[str, Query]] = {
        "listing": Query("/listing.php", frozenset({"ls_id", "tab"}), "ls_id"),
        "vendor": Query("/user.php", frozenset({"u_id", "tab"}), "u_id"),
        "listing_index": Query("/home.php", frozenset({"cid", "csid", "ssid", "pg"}), None),
    }
    plain = frozenset({("pg", "1"), ("tab", "1"), ("csid", "0"), ("ssid", "0")})
    readers: ClassVar[Readers] = {
        "listing": _read_offer,
        "listing_index": _read_list,
        "vendor": _read_vendor,
        "not_found": None,
    }

    def classify(self, reader: Reader) -> str:
        """The brand at the end of the title and in the footer, and what stands on a page of that kind alone."""
        title = text_of(reader.tree.css_first("title"))
        said = (title.rpartition(" - ")[2], text_of(reader.div("footer")))
        marks = {
            "listing": reader.tree.css_first('form[action^="purchase.php"]') is not None,
            "vendor": text_of(reader.tree.css_first("div.page-header h3")).startswith("User Profile"),
            "listing_index": reader.tree.css_first("#side-menu") is not None,
        }
        other = other_brand(_BRAND, said, shaped=reader.tree.css_first("#page-wrapper") is not None)
        return other or ("not_found" if title.startswith("Error 404") else only_kind(reader, marks))

    def link(self, at: Address, kind: str, asked: Mapping[str, str]) -> Link:
        """See PagesByQuery."""
        if kind != "listing_index":
            return Link(at.url, kind)
        return Link(at.url, kind, category=_category_id(asked), page=integer_of(asked.get("pg", "1")))


MARKET = Apollon()
