"""Empire Market: its URLs, page kinds, links and parser, from real pages of September 2019 to February 2020.

Pages end with the server's clock, which is the time of capture. Feedback of the vendor tabs carries the exact price,
the minute and the product: the richest of the three markets.
"""

import itertools
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import cast
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._dates import exact_interval, long_date, long_datetime
from cryptodrug_assets.markets._html import (
    Reader,
    Site,
    block_text,
    cells_of,
    child_of,
    decimal_of,
    decode,
    is_refresh,
    names_a_market,
    path_of,
    text_of,
    too_much,
)
from cryptodrug_assets.markets._pgp import page_key
from cryptodrug_assets.markets.base import (
    FEEDBACK,
    LISTING,
    VENDOR,
    Discovery,
    Link,
    ParsedPage,
    Problem,
    Record,
)

LAYOUT = "2019"
_CURRENCIES = ("USD", "CAD", "EUR", "AUD", "GBP")
_MONEY = re.compile(r"([A-Z]{3}) ([\d.,]+)")
_RATE = re.compile(r"([A-Z]{3}) ([\d.,]+)")
_CLOCK = re.compile(r"Server time: ((?:[A-Z][a-z]+, )?[A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{1,2}:\d{2}:\d{2})")
_PRODUCT = re.compile(r"/product/(\d+)/(\d+)/(\d+)/?$")
_PRODUCT_TAB = re.compile(r"/Product_List/setTab/(\d+)/(\d+)/(\d+)/(\w+)/?$", re.IGNORECASE)
_QUEUE = re.compile(r"/Product_List/setQueue/(\d+)/(\d+)/(\d+)", re.IGNORECASE)
_CATEGORY = re.compile(r"/category/categories/(\d+)(?:/(\d+))?/?$")
_USER = re.compile(r"/u/([^/]+)/?$")
_USER_TAB = re.compile(
    r"/profile/setUserTab/(p_feedback|n_feedback|c_feedback|pgp)/([^/]+)(?:/(\d*))?/?$", re.IGNORECASE
)
_SALE_TIME = re.compile(r"([A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{1,2}:\d{2})")
_VIEWS = re.compile(r"Views: (\d+) / Sales: (\d+)")
_LEFT = re.compile(r"Quantity left: (\d+)")
_COINS = re.compile(r"([\d.]+) (BTC|LTC|XMR)")
_SOLD = re.compile(r"(\d+) sold since ([A-Z][a-z]+ \d{1,2}, \d{4})")
_LEVEL = re.compile(r"(Vendor|Trust) [Ll]evel (\d+)")
_SALES = re.compile(r"\((\d+)\)")
_MEMBER = re.compile(r"Member since: ([A-Z][a-z]+ \d{1,2}, \d{4})")
_BADGE = re.compile(r"Verified (.+?) successful sales and star rating")
_BADGE_VALUE = re.compile(r"\(?(\d+)\)? ?\(([\d.]+)\)")
_ITEM = re.compile(r"Item # (\d+) - (.+) - (\S+) \((\d+)\)$")
_BULK = re.compile(r"From qty ([\d,]+) to ([\d,]+|Unlimited)", re.IGNORECASE)
_SHIPPING = re.compile(r"^(.*?)\s+-\s+(\d+) days?\s+-\s+([A-Z]{3}) \+ ([\d.,]+)(?: / (\w+))?$")
_FEATURES = {"Product Class", "Quantity Left", "Ends In", "Origin Country", "Ships to", "Payment"}
_RATINGS = {"feedback1": 5, "feedback2": 3, "feedback3": 1}
_CLASSES = {"Physical Package": "physical", "Digital": "digital", "Digital Goods": "digital"}


class Empire:
    """Empire Market."""

    name = "empire"
    parser_version = "1.0.0"
    entry_path = "/home"

    def parse(
        self,
        body: bytes,
        *,
        url: str,
        captured_at: datetime | None,
        content_type: str | None = None,
        context_category: str | None = None,
        context_page: int | None = None,
    ) -> ParsedPage:
        """Read a page (see markets.base.Market)."""
        page = ParsedPage(self.name, "unknown", self.parser_version)
        if (reason := too_much(body)) is not None:
            page.problems.append(Problem("page", "too_large", reason))
            return page
        reader = Reader(decode(body))
        page.page_kind = _classify(reader)
        if page.page_kind not in ("foreign", "unknown", "redirect"):
            page.layout = LAYOUT
            page.page_clock = _clock(reader)
        if page.page_kind in ("listing", "listing_index", "vendor", "category_index"):
            page.exchange_rates = _rates(reader)
            page.counters = _counters(reader)
            page.links = _links(reader, url)
        if page.page_kind == "listing":
            _listing_page(reader, page)
        elif page.page_kind == "vendor":
            _vendor_page(reader, url, page)
        elif page.page_kind == "listing_index":
            page.listings = [
                item for node in reader.every("div.col-1search", "col-1search") if (item := _index_item(reader, node))
            ]
        page.problems += reader.problems
        page.unread_labels = reader.unread
        return page

    def discover(
        self, body: bytes, *, url: str, context_category: str | None = None, context_page: int | None = None
    ) -> Discovery:
        """Kind and links of a page."""
        if too_much(body) is not None:
            return Discovery("unknown", [], None)
        reader = Reader(decode(body))
        kind = _classify(reader)
        links = _links(reader, url) if kind in ("listing", "listing_index", "vendor", "category_index") else []
        return Discovery(kind, links, _clock(reader))

    def in_scope(self, link: Link) -> bool:
        """Home, categories, products, profiles, their feedback and key; nothing that acts or ends the session."""
        path = urlsplit(link.url).path
        if link.method != "GET" or urlsplit(link.url).query:
            return False
        return path in ("", "/", "/home") or any(
            pattern.search(path) for pattern in (_PRODUCT, _CATEGORY, _USER, _USER_TAB)
        )

    def canonical(self, link: Link) -> str:
        """The path in one spelling; the first page of a list is the list."""
        path = urlsplit(link.url).path.rstrip("/")
        if match := _CATEGORY.search(path):
            path = f"/category/categories/{match[1]}/{int(match[2] or 0)}"
        elif match := _USER_TAB.search(path):
            path = f"/profile/setUserTab/{match[1].lower()}/{match[2]}/{int(match[3] or 0)}"
        elif path in ("", "/"):
            path = "/home"
        return f"{link.method} {path}"


MARKET = Empire()


def _marks(reader: Reader, title: str) -> Iterator[bool]:
    """Independent marks of Empire's own pages."""
    yield title.startswith("Empire Market")
    yield "Empire Market" in text_of(reader.first("div.footer", "footer"))
    yield reader.first("nav#primary_nav_wrap", "primary_nav_wrap") is not None
    yield reader.first("div.sm-nav", "sm-nav") is not None
    yield reader.first("nav.Category ul.mainmenu", "mainmenu") is not None
    yield reader.first("div.sub_head_inner_header", "sub_head_inner_header") is not None
    yield _clock(reader) is not None


def _marked(reader: Reader, title: str, count: int) -> bool:
    return sum(itertools.islice(filter(None, _marks(reader, title)), count)) >= count


def _classify(reader: Reader) -> str:
    tree = reader.tree
    title = text_of(tree.css_first("title"))
    if is_refresh(reader):
        return "redirect"
    page = reader.first("div.login-page", "login-page")
    if page is not None and tree.css_first('input[type="password"]') is not None:
        return "login" if "Welcome to Empire Market" in text_of(page) or _marked(reader, title, 2) else "unknown"
    if title and "market" in title.lower() and "empire" not in title.lower():
        return "foreign"
    if not _marked(reader, title, 3):
        return "foreign" if title and "empire" not in title.lower() and names_a_market(reader) else "unknown"
    details = reader.first("div.listDes", "listDes")
    info = reader.first("div.user_info", "user_info")
    if details is None and info is None and reader.first('img[src*="captcha"]', "captcha") is not None:
        return "challenge"
    product = details is not None and reader.first("table.productTbl", "productTbl") is not None
    profile = info is not None and reader.first("h1.seth1", "seth1") is not None
    index = reader.first("div.col-1search", "col-1search") is not None
    if sum((product, profile, index)) > 1:
        reader.problem("page", "conflicting_marks", "several kinds of content")
        return "unknown"
    if product:
        return "listing"
    if profile:
        return "vendor"
    content = text_of(tree.css_first("div.right-content"))
    if index or "There is currently nothing to show" in content:
        return "listing_index"
    if "404 Page Not Found" in text_of(tree.body) or "does not exist" in content:
        return "not_found"
    if reader.first("nav.Category ul.mainmenu", "mainmenu") is not None:
        return "category_index"
    return "unknown"


def _clock(reader: Reader) -> datetime | None:
    footer = reader.first("div.footer", "footer", "Server time")
    match = _CLOCK.search(text_of(footer)) if footer is not None else None
    return long_datetime(match[1]) if match else None


def _rates(reader: Reader) -> dict[str, float]:
    rates: dict[str, float] = {}
    for node in reader.tree.css("div.sm-nav li"):
        match = _RATE.fullmatch(text_of(node))
        value = decimal_of(match[2]) if match and match[1] in _CURRENCIES else None
        if match and value is not None and value > 0:
            rates[match[1]] = float(value)
        else:
            reader.problem("exchange_rates", "unreadable")
    return rates


def _counters(reader: Reader) -> list[Record]:
    """Listing counts of the category menu, nested lists giving the path."""
    menu = reader.tree.css_first("nav.Category ul.mainmenu")
    return list(_walk(menu, [])) if menu is not None else []


def _walk(node: LexborNode, path: list[str]) -> Iterator[Record]:
    for item in node.iter():
        if item.tag != "li" or len(path) >= 6:
            continue
        anchor, lists = None, []
        for part in item.iter():
            tag = part.tag
            if tag == "ul":
                lists.append(part)
            elif tag == "a" and anchor is None:
                anchor = part
        match = _CATEGORY.search(path_of(anchor.attributes.get("href"))) if anchor is not None else None
        if anchor is None or match is None:
            continue
        count = text_of(child_of(anchor, "span"))
        here = [*path, text_of(anchor).removesuffix(count).strip()]
        if count.isdigit():
            yield {
                "counter": "category_listings",
                "category_id": match[1],
                "category": " / ".join(here),
                "depth": len(path),
                "value": int(count),
            }
        for inner in lists:
            yield from _walk(inner, here)


def _links(reader: Reader, url: str) -> list[Link]:
    links: dict[str, Link] = {}
    site = Site(url)
    for node in reader.tree.css("a[href]"):
        href = node.attributes.get("href") or ""
        found = None if href.startswith(("#", "javascript:", "mailto:")) else site.own(href)
        if found is None or found.url in links:
            continue
        link = _link(found.url, found.path)
        # Feedback links to offers that may long be gone; live ones are in the lists.
        if link is not None and not (link.kind == "listing" and text_of(node) == "View items"):
            links[found.url] = link
    return list(links.values())


@lru_cache(maxsize=16_384)
def _link(address: str, path: str) -> Link | None:
    """What an address of Empire leads to; None for what is not followed. Every page repeats the menu's."""
    if _PRODUCT.search(path):
        return Link(address, "listing")
    if match := _CATEGORY.search(path):
        return Link(address, "listing_index", category=match[1], page=int(match[2] or 0) // 15 + 1)
    if _USER.search(path):
        return Link(address, "vendor")
    if match := _USER_TAB.search(path):
        return Link(address, "vendor", page=int(match[3] or 0) // 30 + 1)
    return None


def _money(reader: Reader, text: str, field: str) -> tuple[Decimal, str] | None:
    match = _MONEY.fullmatch(text)
    amount = decimal_of(match[2]) if match else None
    if match is None or amount is None or match[1] not in _CURRENCIES:
        reader.problem(field, "unreadable", "not an amount of money")
        return None
    return amount, match[1]


def _coins(text: str, record: Record) -> None:
    """Add the coin amounts shown, such as "0.005749 BTC / 0.848923 LTC"."""
    quotes = cast("list[object]", record["price_quotes"])
    for amount, coin in _COINS.findall(text):
        value = decimal_of(amount)
        if value is not None:
            quotes.append({"amount": value, "currency": coin})


def _listing_page(reader: Reader, page: ParsedPage) -> None:
    box = reader.one(reader.tree, "div.listDes", "page")
    if box is None:
        return
    title = reader.one(box, "h2", "title")
    table = reader.one(box, "table.productTbl", "features")
    seller = reader.one(box, 'p > b > a[href*="/u/"]', "vendor_name")
    price = [node for node in box.css("p") if text_of(node).startswith("Purchase price:")]
    if len(price) != 1:
        reader.problem("price_amount", "missing" if not price else "multiple")
    forms = [_QUEUE.search(path_of(node.attributes.get("action"))) for node in box.css("form")]
    tabs = [_PRODUCT_TAB.search(path_of(node.attributes.get("href"))) for node in reader.tree.css("div.tab a")]
    numbers = {match.groups()[:3] for match in (*forms, *tabs) if match}
    if len(numbers) != 1:
        reader.problem("listing_id", "missing" if not numbers else "multiple", f"{len(numbers)} numbers")
    record: Record = dict(LISTING)
    record["price_quotes"] = []
    features = _features(reader, table) if table is not None else {}
    for field in ("Product Class", "Origin Country", "Ships to"):
        if field not in features:
            reader.problem(field, "missing")
    amount = None
    if len(price) == 1:
        amount = _money(reader, text_of(price[0]).removeprefix("Purchase price:").strip(), "price_amount")
    name = reader.handle(text_of(seller), seller.attributes.get("href") or "") if seller is not None else None
    origin = reader.place(features["Origin Country"], "ships_from") if features.get("Origin Country") else None
    if reader.problems or title is None or seller is None or name is None or amount is None or not text_of(title):
        reader.problem("listing", "rejected", "a required field could not be read")
        return
    record["listing_id"], record["category_id"], record["vendor_id"] = next(iter(numbers))
    record["title"], record["vendor_name"] = text_of(title), name
    record["price_amount"], record["price_currency"] = amount
    record["price_text"] = text_of(price[0]).removeprefix("Purchase price:").strip()
    cast("list[object]", record["price_quotes"]).append({"amount": amount[0], "currency": amount[1]})
    for node in box.css("form > p"):
        if "BTC" in text_of(node):
            _coins(text_of(node), record)
    record["ships_from"] = origin
    record["ships_to"] = [place.strip() for place in features["Ships to"].split(",") if place.strip()]
    record["payment"] = features.get("Payment") or None
    record["escrow"] = {"Escrow": True}.get(features.get("Payment", ""), False if features.get("Payment") else None)
    record["product_class"] = _CLASSES.get(features["Product Class"])
    if record["product_class"] is None:
        reader.problem("product_class", "unreadable")
    left = features.get("Quantity Left", "")
    record["quantity_left"] = None if left in ("", "Unlimited") else reader.integer(left, "quantity_left")
    sold = _SOLD.search(text_of(seller.parent.parent)) if seller.parent is not None else None
    if sold is not None:
        record["units_sold"] = record["units_sold_hi"] = int(sold[1])
        record["sold_since"] = long_date(sold[2])
    record["category_path"] = [text_of(node) for node in reader.tree.css("div.sub_head_inner_header h3 a")]
    record["description"] = block_text(box.css_first("#desc_prod")) or None
    record["shipping_options"] = _shipping(reader, box)
    record["bulk_prices"] = _bulk(box)
    record["is_sticky"] = False
    page.listings.append(record)
    vendor: Record = dict(VENDOR)
    vendor["vendor_name"], vendor["vendor_id"] = record["vendor_name"], record["vendor_id"]
    _levels(text_of(seller.parent.parent) if seller.parent is not None else "", vendor)
    page.vendors.append(vendor)
    page.feedback = _feedback(reader, record["vendor_name"], "listing", 0)


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


def _shipping(reader: Reader, box: LexborNode) -> list[dict[str, object]]:
    options: list[dict[str, object]] = []
    for node in box.css('select[name="shippingOption"] option'):
        match = _SHIPPING.match(text_of(node))
        if match is None:
            reader.problem("shipping_options", "unreadable")
            continue
        options.append(
            {
                "name": match[1].strip(),
                "days": int(match[2]),
                "currency": match[3],
                "amount": decimal_of(match[4]),
                "per": match[5],
            }
        )
    return options


def _bulk(box: LexborNode) -> list[dict[str, object]]:
    prices: list[dict[str, object]] = []
    for row in box.css("tr"):
        match = _BULK.search(text_of(row))
        money = _MONEY.search(text_of(row)[match.end() :]) if match else None
        if match and money:
            most = match[2].replace(",", "")
            prices.append(
                {
                    "min_quantity": int(match[1].replace(",", "")),
                    "max_quantity": int(most) if most.isdigit() else None,
                    "currency": money[1],
                    "amount": decimal_of(money[2]),
                }
            )
    return prices


def _index_item(reader: Reader, node: LexborNode) -> Record | None:
    """An offer of a category or search page."""
    found = [
        (a, match) for a in node.css("div.head a") if (match := _PRODUCT.search(path_of(a.attributes.get("href"))))
    ]
    price = reader.maybe(node, "div.col-1right p.bold", "price_amount")
    line = next((text for p in node.css("div.head p") if (text := text_of(p)).startswith("Item #")), "")
    item = _ITEM.match(line)
    title = text_of(found[0][0]) if len(found) == 1 else ""
    if price is None or item is None or not title:
        reader.problem("listing", "rejected", "an offer of a list could not be read")
        return None
    stated, match = text_of(price), found[0][1]
    amount = _money(reader, stated, "price_amount")
    if amount is None or match[1] != item[1]:
        reader.problem("listing", "rejected", "an offer of a list contradicts itself")
        return None
    record: Record = dict(LISTING)
    record["listing_id"], record["category_id"], record["vendor_id"] = match.groups()
    record["title"], record["vendor_name"] = title, item[3]
    record["price_amount"], record["price_currency"] = amount
    record["price_text"] = stated
    record["price_quotes"] = [{"amount": amount[0], "currency": amount[1]}]
    _coins(text_of(node.css_first("div.col-1right")), record)
    head = text_of(node.css_first("div.head"))
    record["is_sticky"] = head.startswith("[sticky]")
    record["category_path"] = [part.strip() for part in item[2].split(" / ")]
    if views := _VIEWS.search(head):
        record["views"] = int(views[1])
        record["units_sold"] = record["units_sold_hi"] = int(views[2])
    if left := _LEFT.search(head):
        record["quantity_left"] = int(left[1])
    return record


def _levels(text: str, vendor: Record) -> None:
    for kind, level in _LEVEL.findall(text):
        vendor["vendor_level" if kind == "Vendor" else "trust_level"] = int(level)


def _vendor_page(reader: Reader, url: str, page: ParsedPage) -> None:
    head = reader.one(reader.tree, "h3.user_info_mid_head", "vendor_name")
    heading = reader.one(reader.tree, "h1.seth1", "page")
    info = reader.one(reader.tree, "div.user_info_mid", "page")
    name = (head.text(deep=False) or "").strip() if head is not None else ""
    if head is None or heading is None or info is None or not name:
        reader.problem("vendor", "rejected", "a required field could not be read")
        return
    vendor: Record = dict(VENDOR)
    vendor["vendor_name"] = name
    if match := _SALES.search(text_of(head).removeprefix(name)):
        vendor["sales"] = vendor["sales_hi"] = int(match[1])
    else:
        reader.problem("sales", "missing")
    _levels(text_of(head), vendor)
    vendor["is_banned"] = "BANNED" in text_of(heading)
    if match := _MEMBER.search(text_of(info)):
        vendor["member_since"] = long_date(match[1])
    else:
        reader.problem("member_since", "missing")
    external: list[dict[str, object]] = []
    for span in info.css("span[title]"):
        badge = _BADGE.search(span.attributes.get("title") or "")
        value = _BADGE_VALUE.search(text_of(span))
        if badge and value:
            external.append(
                {"market": badge[1], "sales": int(value[1]), "rating": float(value[2]), "text": text_of(span)}
            )
    vendor["external_ratings"] = list(external)
    counts: list[list[int | None]] = []
    for row in reader.tree.css("div.seller_rating tr")[1:4]:
        counts.append([reader.integer(text_of(cell), "feedback_counts") for cell in row.css("td")[1:4]])
    vendor["feedback_counts"] = list(counts) or None
    for row in reader.tree.css("div.buyer_statistics tr"):
        cells = [text_of(cell) for cell in row.css("td")]
        if len(cells) == 2 and cells[0] == "Last online":
            vendor["last_active"] = long_date(cells[1])
    below = reader.tree.css_first("div.tabcontent_user_feedback")
    label = text_of(below.css_first("h3.headfeed")) if below is not None else ""
    if below is not None and label.startswith("About"):
        vendor["profile_text"] = block_text(below.css_first("p")) or None
    if below is not None and (block := below.css_first("pre")) is not None:
        key = page_key(block.text(deep=True))
        if key is not None:
            vendor["pgp_key"], vendor["pgp_fingerprint"] = key.armour, key.fingerprint
            if key.reason:
                reader.problem("pgp_fingerprint", "unreadable", key.reason)
    page.vendors.append(vendor)
    tab = _USER_TAB.search(urlsplit(url).path)
    focus = reader.tree.css_first("div.tab a.focus")
    if tab is None and focus is not None:
        tab = _USER_TAB.search(path_of(focus.attributes.get("href")))
    # The neutral and left tabs look like the others: left feedback was given by this account, not received.
    if "Left Feedback" in label:
        return
    page.feedback = _feedback(reader, name, tab[1].lower() if tab else "unknown", int(tab[3] or 0) if tab else 0)


def _feedback(reader: Reader, vendor: object, list_name: str, offset: int) -> list[Record]:
    records: list[Record] = []
    position = 0
    for row in reader.every("table.user_feedbackTbl tr", "user_feedbackTbl"):
        cells = cells_of(row)
        if not cells:
            continue
        position += 1
        if len(cells) != 4:
            reader.problem("feedback", "unreadable", f"{len(cells)} cells")
            continue
        icon = child_of(cells[0], "img")
        image = (icon.attributes.get("src") or "") if icon is not None else ""
        rating = next((value for name, value in _RATINGS.items() if name in image), None)
        sale = child_of(cells[2], "p") or cells[2]
        buyer = text_of(child_of(sale, "font"))
        money = _MONEY.search(text_of(cells[2]).removeprefix(buyer).strip())
        amount = decimal_of(money[2]) if money else None
        when = _SALE_TIME.match(text_of(cells[3]))
        moment = long_datetime(when[1]) if when else None
        if rating is None or money is None or amount is None or moment is None:
            reader.problem("feedback", "rejected", "a row could not be read")
            continue
        low, high = exact_interval(moment)
        records.append(
            {
                **FEEDBACK,
                "vendor_name": vendor if isinstance(vendor, str) else None,
                "listing_id": _sold_offer(cells[3]),
                "position": position,
                "list_offset": offset,
                "list_name": list_name,
                "rating": rating,
                "comment": text_of(cells[1].css_first("p.feedback_msg")),
                "buyer_masked": buyer or None,
                "price_amount": amount,
                "price_currency": money[1],
                "price_text": money[0],
                "price_exact": True,
                "age_text": when[1] if when else None,
                "dated_at": moment,
                "dated_lo": low,
                "dated_hi": high,
            }
        )
    return records


def _sold_offer(cell: LexborNode) -> str | None:
    """Number of the offer that the last cell of a feedback row links to."""
    for anchor in cell.css("a"):
        if match := _PRODUCT.search(path_of(anchor.attributes.get("href"))):
            return match[1]
    return None
