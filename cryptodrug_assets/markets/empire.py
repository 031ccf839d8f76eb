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
    block_text,
    cells_of,
    decimal_of,
    integer_of,
    is_refresh,
    names_a_market,
    pairs_of,
    raw_lines,
    text_of,
)
from cryptodrug_assets.markets._links import path_of, site_of
from cryptodrug_assets.markets._pgp import page_key
from cryptodrug_assets.markets._text import clean, too_much
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
_FIAT = {"USD", "CAD", "EUR", "AUD", "GBP"}
_CURRENCIES = {*_FIAT, "BTC", "LTC", "XMR"}
_COUNT = r"(\d[\d,]*)"
_MONEY = re.compile(r"([A-Z]{3}) ([\d.,]+)")
_CLOCK = re.compile(r"Server time: ((?:[A-Z][a-z]+, )?[A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{1,2}:\d{2}:\d{2})")
_OWNER = re.compile(r"(?:Copyright|©)\D{0,10}\d{4} (\w+ Market)", re.IGNORECASE)
_PRODUCT = re.compile(r"/product/(\d+)/(\d+)/(\d+)/?$")
_PRODUCT_TAB = re.compile(r"/Product_List/setTab/(\d+)/(\d+)/(\d+)/(\w+)/?$", re.IGNORECASE)
_QUEUE = re.compile(r"/Product_List/setQueue/(\d+)/(\d+)/(\d+)", re.IGNORECASE)
_CATEGORY = re.compile(r"/category/categories/(\d+)(?:/(\d+))?/?$")
_USER = re.compile(r"/u/([^/]+)/?$")
# Tabs that a capture asks for, and all that a saved page may show.
_USER_TAB = re.compile(
    r"/profile/setUserTab/(p_feedback|n_feedback|c_feedback|pgp)/([^/]+)(?:/(\d*))?/?$", re.IGNORECASE
)
_ANY_TAB = re.compile(r"/profile/setUserTab/(\w+)/[^/]+(?:/(\d*))?/?$", re.IGNORECASE)
_TOTAL = re.compile(r"Total (positive|negative|neutral|left) feedback", re.IGNORECASE)
_LISTS = {"positive": "p_feedback", "negative": "n_feedback", "neutral": "c_feedback", "left": "l_feedback"}
_KINDS = ("Positive", "Neutral", "Negative")
_BANNED = "(BANNED)"
_RECEIVED = ("p_feedback", "n_feedback", "c_feedback")
_SALE_TIME = re.compile(r"([A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{1,2}:\d{2})")
_VIEWS = re.compile(rf"Views: {_COUNT} / Sales: {_COUNT}(?: ?Quantity left: (.+))?$")
_COINS = re.compile(r"([\d.,]+) (BTC|LTC|XMR)")
_SOLD = re.compile(rf"{_COUNT} sold since ([A-Z][a-z]+ \d{{1,2}}, \d{{4}})")
_LEVEL = re.compile(r"(Vendor|Trust) [Ll]evel (\d{1,2})(?!\d)")
_SALES = re.compile(rf"\({_COUNT}\)")
_MEMBER = re.compile(r"Member since: ([A-Z][a-z]+ \d{1,2}, \d{4})")
_BADGE = re.compile(r"Verified (.+?) successful sales and star rating")
_BADGE_VALUE = re.compile(rf"\(?{_COUNT}\)? ?\((\d(?:\.\d+)?)\)")
_ITEM = re.compile(r"Item # (\d+) - (.+)")
_ITEM_SALES = re.compile(rf"(.+?)(?: \({_COUNT}\))?")
_BULK = re.compile(rf"From qty {_COUNT} to ({_COUNT}|Unlimited)", re.IGNORECASE)
_SHIPPING = re.compile(
    r"(.*?)\s*-\s+(\d+(?:\.\d+)?) (hour|day|week)s?\s+-\s+([A-Z]{3}) \+ ([\d.,]+)(?: / (.+))?", re.IGNORECASE
)
_DAYS = {"hour": Decimal(1) / 24, "day": Decimal(1), "week": Decimal(7)}
_FEATURES = {"Product Class", "Quantity Left", "Ends In", "Origin Country", "Ships to", "Payment"}
_STATISTICS = {"Total Disputes / Orders", "Total Spendings", "Feedback left", "Last online"}
_MOST_LEVELS = 6
_RATINGS = {"feedback1": 5, "feedback2": 3, "feedback3": 1}
_CLASSES = {"Physical Package": "physical", "Digital": "digital", "Digital Goods": "digital"}
# "FE Listing 50%" is half escrow: neither.
_ESCROW = re.compile(r"(Escrow)\b|(FE (?:Listing )?100\s*%|FE$|Finalize Early)", re.IGNORECASE)


class Empire:
    """Empire Market."""

    name = "empire"
    parser_version = "1.1.0"
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
        reader = Reader(body)
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
            page.listings = [item for node in reader.divs("col-1search") if (item := _index_item(reader, node))]
        page.problems += reader.problems
        page.unread_labels = reader.unread
        return page

    def discover(
        self, body: bytes, *, url: str, context_category: str | None = None, context_page: int | None = None
    ) -> Discovery:
        """Kind and links of a page."""
        if too_much(body) is not None:
            return Discovery("unknown", [], None)
        reader = Reader(body)
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
    yield "Empire Market" in text_of(reader.div("footer"))
    yield reader.div("sm-nav") is not None
    yield reader.div("sub_head_inner_header") is not None
    yield _clock(reader) is not None
    yield reader.tree.css_first("nav#primary_nav_wrap") is not None
    yield _menu(reader) is not None


def _marked(reader: Reader, title: str, count: int) -> bool:
    return sum(itertools.islice(filter(None, _marks(reader, title)), count)) >= count


def _menu(reader: Reader) -> LexborNode | None:
    return reader.tree.css_first("nav.Category ul.mainmenu")


def _classify(reader: Reader) -> str:
    title = text_of(reader.tree.css_first("title"))
    if is_refresh(reader):
        return "redirect"
    page = reader.div("login-page")
    if page is not None and page.css_first('input[type="password"]') is not None:
        return "login" if "Welcome to Empire Market" in text_of(page) or _marked(reader, title, 2) else "unknown"
    owner = _OWNER.search(text_of(reader.div("footer")))
    named = owner[1].lower() if owner is not None else "empire market"
    if named != "empire market" or ("market" in title.lower() and "empire" not in title.lower()):
        return "foreign"
    if not _marked(reader, title, 3):
        return "foreign" if title and "empire" not in title.lower() and names_a_market(reader) else "unknown"
    details, info = reader.div("listDes"), reader.div("user_info")
    product = details is not None and details.css_first("table.productTbl") is not None
    profile = info is not None and reader.tree.css_first("h1.seth1") is not None
    index = reader.div("col-1search") is not None
    if sum((product, profile, index)) > 1:
        reader.problem("page", "conflicting_marks", "several kinds of content")
        return "unknown"
    if product:
        return "listing"
    if profile:
        return "vendor"
    if index:
        return "listing_index"
    if details is None and info is None and reader.tree.css_first('img[src*="captcha"]') is not None:
        return "challenge"
    content = text_of(reader.div("right-content"))
    if "There is currently nothing to show" in content:
        return "listing_index"
    if "404 Page Not Found" in text_of(reader.tree.body) or "does not exist" in content:
        return "not_found"
    return "category_index" if _menu(reader) is not None else "unknown"


def _clock(reader: Reader) -> datetime | None:
    match = _CLOCK.search(text_of(reader.div("footer")))
    return long_datetime(match[1]) if match else None


def _rates(reader: Reader) -> dict[str, float]:
    box = reader.div("sm-nav")
    pairs = pairs_of(box.text(deep=True)) if box is not None else []
    if pairs is not None and all(name in _FIAT for name, _ in pairs):
        return {name: float(value) for name, value in pairs}
    rates: dict[str, float] = {}
    for node in box.css("li") if box is not None else ():
        match = _MONEY.fullmatch(text_of(node))
        value = decimal_of(match[2]) if match and match[1] in _FIAT else None
        if match and value is not None and value > 0:
            rates[match[1]] = float(value)
        else:
            reader.problem("exchange_rates", "unreadable")
    return rates


def _counters(reader: Reader) -> list[Record]:
    """Listing counts of the category menu, nested lists giving the path."""
    menu = _menu(reader)
    if menu is None:
        return []
    # Selectors find all entries, counts and levels of nesting at once; climbing from each entry costs far more.
    spans = [(span.parent, span) for span in menu.css("li > a > span")]
    counts = {anchor.mem_id: span.text(deep=True) for anchor, span in spans if anchor is not None}
    depths: dict[int, int] = {}
    anchors = deeper = menu.css("li > a")
    for depth in range(_MOST_LEVELS):
        depths |= dict.fromkeys([anchor.mem_id for anchor in deeper], depth)
        deeper = menu.css("li " * (depth + 2) + "> a") if deeper else []
    records: list[Record] = []
    path: list[str] = []
    for anchor in anchors:
        here = anchor.mem_id
        depth = depths[here]
        path = [*path[:depth], clean(anchor.text(deep=False))]
        count = integer_of(counts.get(here, ""))
        identifier = _category_id(anchor.attributes.get("href"))
        if identifier is not None and count is not None:
            records.append(
                {
                    "counter": "category_listings",
                    "category_id": identifier,
                    "category": " / ".join(path),
                    "depth": depth,
                    "value": count,
                }
            )
    return records


@lru_cache(maxsize=4096)
def _category_id(href: str | None) -> str | None:
    match = _CATEGORY.search(path_of(href))
    return match[1] if match else None


def _links(reader: Reader, url: str) -> list[Link]:
    links: dict[str, Link] = {}
    site = site_of(url)
    seen: set[str] = set()
    for node in reader.tree.css("a[href]"):
        href = node.attributes["href"] or ""
        if href in seen:
            continue
        link = _link(href, site.base_of(href))
        # Feedback links to offers that may long be gone; live ones are in the lists.
        if link is not None and link.kind == "listing" and text_of(node) == "View items":
            continue
        seen.add(href)
        if link is not None:
            links.setdefault(link.url, link)
    return list(links.values())


@lru_cache(maxsize=16_384)
def _link(href: str, base: str) -> Link | None:
    """What a link of Empire leads to; None for what is not followed. Every page repeats the menu's."""
    path = path_of(href)
    if match := _CATEGORY.search(path):
        kind, category, number = "listing_index", match[1], int(match[2] or 0) // 15 + 1
    elif match := _USER_TAB.search(path):
        kind, category, number = "vendor", None, int(match[3] or 0) // 30 + 1
    elif _PRODUCT.search(path) or _USER.search(path):
        kind, category, number = "vendor" if _USER.search(path) else "listing", None, None
    else:
        return None
    found = site_of(base).own(href)
    return Link(found.url, kind, category=category, page=number) if found is not None else None


def _money(reader: Reader, text: str, field: str) -> tuple[Decimal, str] | None:
    match = _MONEY.fullmatch(text)
    amount = decimal_of(match[2]) if match else None
    whole = amount is not None and (match is None or match[1] not in _FIAT or amount == round(amount, 2))
    if match is None or amount is None or match[1] not in _CURRENCIES or not whole:
        reader.problem(field, "unreadable", "not an amount of money")
        return None
    return amount, match[1]


def _quotes(amount: tuple[Decimal, str], coins: str) -> list[object]:
    """The price, and the coin amounts shown beside it, such as "0.005749 BTC / 0.848923 LTC"."""
    values = ((decimal_of(digits), coin) for digits, coin in _COINS.findall(coins))
    return [
        {"amount": value, "currency": currency}
        for value, currency in dict.fromkeys((amount, *values))
        if value is not None
    ]


def _listing_page(reader: Reader, page: ParsedPage) -> None:
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
    forms = [_QUEUE.search(path_of(node.attributes.get("action"))) for node in box.css("form")]
    tabs = [_PRODUCT_TAB.search(path_of(node.attributes.get("href"))) for node in _tabs(reader)]
    numbers = {match.groups()[:3] for match in (*forms, *tabs) if match}
    if len(numbers) != 1:
        reader.problem("listing_id", "missing" if not numbers else "multiple", f"{len(numbers)} numbers")
    record: Record = dict(LISTING)
    features = _features(reader, table) if table is not None else {}
    for field in ("Product Class", "Origin Country", "Ships to"):
        if field not in features:
            reader.problem(field, "missing")
    stated = prices[0].removeprefix("Purchase price:").strip() if len(prices) == 1 else ""
    amount = _money(reader, stated, "price_amount") if stated else None
    name = reader.handle(text_of(seller), seller.attributes.get("href") or "") if seller is not None else None
    origin = reader.place(features["Origin Country"], "ships_from") if features.get("Origin Country") else None
    if reader.problems or title is None or seller is None or name is None or amount is None or not text_of(title):
        reader.problem("listing", "rejected", "a required field could not be read")
        return
    record["listing_id"], record["category_id"], record["vendor_id"] = next(iter(numbers))
    record["title"], record["vendor_name"] = text_of(title), name
    record["price_amount"], record["price_currency"] = amount
    record["price_text"] = stated
    coins = " / ".join(text for node in box.css("form > p") if "BTC" in (text := text_of(node)))
    record["price_quotes"] = _quotes(amount, coins)
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
    vendor: Record = dict(VENDOR)
    vendor["vendor_name"], vendor["vendor_id"] = record["vendor_name"], record["vendor_id"]
    _levels(about, vendor)
    vendor["external_ratings"] = _badges(reader, paragraph)
    page.vendors.append(vendor)
    page.feedback = _feedback(reader, name, "listing", 0)
    for row in page.feedback:
        # The list is this offer's, whether its rows lead to it or not.
        row["listing_id"] = row["listing_id"] or record["listing_id"]


def _tabs(reader: Reader) -> list[LexborNode]:
    return [anchor for bar in reader.divs("tab") for anchor in bar.css("a")]


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


def _shipping(reader: Reader, box: LexborNode) -> list[dict[str, object]]:
    options: list[dict[str, object]] = []
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


def _bulk(reader: Reader, box: LexborNode) -> list[dict[str, object]]:
    prices: list[dict[str, object]] = []
    for row in box.css("tr"):
        cells = [text_of(cell) for cell in cells_of(row)]
        match = next((match for cell in cells if (match := _BULK.fullmatch(cell))), None)
        if match is None:
            continue
        sums = (money for cell in cells if (money := _MONEY.fullmatch(cell)))
        money = next((money for money in sums if money[1] in _CURRENCIES), None)
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


def _index_item(reader: Reader, node: LexborNode) -> Record | None:
    """An offer of a category or search page."""
    head, right = node.css_first("div.head"), node.css_first("div.col-1right")
    anchors = head.css("a") if head is not None else []
    addresses = [path_of(anchor.attributes.get("href")) for anchor in anchors]
    offers = [(a, match) for a, path in zip(anchors, addresses, strict=True) if (match := _PRODUCT.search(path))]
    users = [(a, path) for a, path in zip(anchors, addresses, strict=True) if _USER.search(path)]
    price = reader.maybe(right, "p.bold", "price_amount") if right is not None else None
    lines = [text_of(p) for p in head.css("p")] if head is not None else []
    item = next((match for line in lines if (match := _ITEM.fullmatch(line))), None)
    title = text_of(offers[0][0]) if len(offers) == 1 else ""
    if head is None or price is None or item is None or not title or len(users) > 1:
        reader.problem("listing", "rejected", "an offer of a list could not be read")
        return None
    stated, match = text_of(price), offers[0][1]
    amount = _money(reader, stated, "price_amount")
    category, name = item[2], None
    if users:
        name = reader.handle(text_of(users[0][0]), users[0][1])
        category, _, sales = category.rpartition(f" - {name}")
        if name is None or not category or (sales and not _SALES.fullmatch(sales.strip())):
            amount = None
    # Picture and title lead to the same offer.
    pictures = {found[0] for a in node.css("a") if (found := _PRODUCT.search(path_of(a.attributes.get("href"))))}
    if amount is None or match[1] != item[1] or len(pictures) != 1:
        reader.problem("listing", "rejected", "an offer of a list contradicts itself")
        return None
    record: Record = dict(LISTING)
    record["listing_id"], record["category_id"], record["vendor_id"] = match.groups()
    record["title"], record["vendor_name"] = title, name
    record["price_amount"], record["price_currency"] = amount
    record["price_text"] = stated
    record["price_quotes"] = _quotes(amount, text_of(right))
    text = text_of(head)
    record["is_sticky"] = text.startswith("[sticky]") and not title.startswith("[sticky]")
    record["category_path"] = [part.strip() for part in category.split(" / ")]
    if views := _VIEWS.search(text):
        record["views"] = integer_of(views[1])
        record["units_sold"] = record["units_sold_hi"] = integer_of(views[2])
        record["quantity_left"] = integer_of(views[3] or "")
    return record


def _levels(text: str, vendor: Record) -> None:
    for kind, level in _LEVEL.findall(text):
        vendor["vendor_level" if kind == "Vendor" else "trust_level"] = int(level)


def _badges(reader: Reader, node: LexborNode | None) -> list[object]:
    """Sales and rating the market attests from other markets, "138 (5.0)" or "(470) (4.92)"."""
    external: list[object] = []
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


def _vendor_page(reader: Reader, url: str, page: ParsedPage) -> None:
    head = reader.one(reader.tree, "h3.user_info_mid_head", "vendor_name")
    heading = reader.one(reader.tree, "h1.seth1", "page")
    info = reader.only(reader.divs("user_info_mid"), "page")
    name = (head.text(deep=False) or "").strip() if head is not None else ""
    if heading is not None and (heading.text(deep=False) or "").replace(_BANNED, "").strip() != name:
        # Said twice on the page.
        reader.problem("vendor_name", "contradiction")
        name = ""
    if head is None or heading is None or info is None or not name:
        reader.problem("vendor", "rejected", "a required field could not be read")
        return
    vendor: Record = dict(VENDOR)
    vendor["vendor_name"] = name
    said = text_of(head).removeprefix(name)
    _levels(said, vendor)
    # Buyers have a page as well, without level and store; the number in brackets counts their orders then.
    sells = vendor["vendor_level"] is not None or reader.tree.css_first('a[href*="/store/"]') is not None
    if sells and (match := _SALES.search(said)):
        vendor["sales"] = vendor["sales_hi"] = integer_of(match[1])
    elif sells:
        reader.problem("sales", "missing")
    vendor["is_banned"] = _BANNED in text_of(heading).removeprefix(name)
    if match := _MEMBER.search(text_of(info)):
        vendor["member_since"] = long_date(match[1])
    else:
        reader.problem("member_since", "missing")
    vendor["external_ratings"] = _badges(reader, info)
    rows = (cells_of(row) for box in reader.divs("seller_rating") for row in box.css("tr"))
    counts = ([text_of(cell) for cell in cells] for cells in rows if cells)
    vendor["feedback_counts"] = cast("list[object] | None", reader.table(counts, _KINDS, 3, "feedback_counts"))
    _statistics(reader, vendor)
    below = reader.div("tabcontent_user_feedback")
    label = text_of(below.css_first("h3.headfeed")) if below is not None else ""
    if below is not None and label.startswith("About"):
        vendor["profile_text"] = block_text(below.css_first("p")) or None
    block = below.css_first("pre") if below is not None else None
    key = page_key(raw_lines(block)) if block is not None else None
    if key is not None:
        vendor["pgp_key"], vendor["pgp_fingerprint"] = key.armour, key.fingerprint
        if key.reason:
            reader.problem("pgp_fingerprint", "unreadable", key.reason)
    page.vendors.append(vendor)
    name_of_list, offset = _list_shown(reader, url, below)
    # Feedback left was given by this account to others, whom the rows do not name.
    sellers: set[str] = set()
    author = name if name_of_list != "l_feedback" else None
    page.feedback = _feedback(reader, author, name_of_list, offset, sellers)
    if name_of_list in _RECEIVED and len(sellers) == 1:
        vendor["vendor_id"] = sellers.pop()


def _statistics(reader: Reader, vendor: Record) -> None:
    for box in reader.divs("buyer_statistics"):
        for row in box.css("tr"):
            cells = [text_of(cell) for cell in cells_of(row)]
            if len(cells) != 2:
                continue
            if cells[0] not in _STATISTICS:
                reader.unread.append(cells[0][:60])
            elif cells[0] == "Last online":
                vendor["last_active"] = long_date(cells[1])


def _list_shown(reader: Reader, url: str, below: LexborNode | None) -> tuple[str, int]:
    """Which of an account's lists of feedback a page shows, and how many rows come before it.

    The address says it; a saved page without one says it in the chosen tab, the total above the rows and the pager.
    """
    asked = _ANY_TAB.search(urlsplit(url).path)
    if asked is not None:
        return asked[1].lower(), int(asked[2] or 0)
    name = "unknown"
    for anchor in _tabs(reader):
        chosen = "focus" in (anchor.attributes.get("class") or "").split()
        if chosen and (match := _ANY_TAB.search(path_of(anchor.attributes.get("href")))):
            name = match[1].lower()
    if name == "unknown" and below is not None and (match := _TOTAL.search(text_of(below.css_first("p.boldstats")))):
        name = _LISTS[match[1].lower()]
    if name not in _LISTS.values():
        return name, 0
    number = integer_of(text_of(reader.tree.css_first("ul.pagination strong"))) or 1
    return name, 30 * (number - 1)


def _feedback(
    reader: Reader, vendor: str | None, list_name: str, offset: int, sellers: set[str] | None = None
) -> list[Record]:
    """Rows of a list of feedback; the numbers of the vendors whose offers they lead to are added to `sellers`."""
    records: list[Record] = []
    position = 0
    for row in reader.tree.css("table.user_feedbackTbl tr"):
        cells = cells_of(row)
        if not cells:
            continue
        position += 1
        if len(cells) != 4:
            reader.problem("feedback", "unreadable", f"{len(cells)} cells")
            continue
        icon = cells[0].css_first("img")
        image = (icon.attributes.get("src") or "") if icon is not None else ""
        rating = next((value for name, value in _RATINGS.items() if name in image), None)
        buyer = text_of(cells[2].css_first("font"))
        money = _MONEY.fullmatch(text_of(cells[2]).removeprefix(buyer).strip())
        amount = decimal_of(money[2]) if money else None
        when = _SALE_TIME.match(text_of(cells[3]))
        moment = long_datetime(when[1]) if when else None
        if rating is None or money is None or amount is None or when is None or moment is None:
            reader.problem("feedback", "rejected", "a row could not be read")
            continue
        sold = _sold(cells[3])
        if sold is not None and sellers is not None:
            sellers.add(sold[3])
        low, high = exact_interval(moment)
        records.append(
            {
                **FEEDBACK,
                "vendor_name": vendor,
                "listing_id": sold[1] if sold else None,
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
                "age_text": when[1],
                "dated_at": moment,
                "dated_lo": low,
                "dated_hi": high,
            }
        )
    return records


def _sold(cell: LexborNode) -> re.Match[str] | None:
    """Numbers of the offer, its category and its vendor that the last cell of a feedback row links to."""
    for anchor in cell.css("a"):
        if match := _PRODUCT.search(path_of(anchor.attributes.get("href"))):
            return match
    return None
