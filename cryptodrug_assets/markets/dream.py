"""Dream Market: its URLs, page kinds, links and parser, from real pages of March to November 2018.

Dream shows no server clock. Prices are in bitcoin with the viewer's currency in brackets, or in that currency alone.
Ratings on listing pages carry neither price nor buyer; those of the vendor's ratings tab carry no product.
"""

import itertools
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._dates import age_interval, midpoint, slashed_date
from cryptodrug_assets.markets._html import (
    Reader,
    Remembered,
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
from cryptodrug_assets.markets._links import site_of
from cryptodrug_assets.markets._pgp import page_key
from cryptodrug_assets.markets._text import too_much
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

LAYOUT = "2018"
# Signs and codes of the viewer's currencies; the pages list these nineteen.
_SYMBOLS = {
    "฿": "BTC", "$": "USD", "€": "EUR", "£": "GBP", "元": "CNH", "¥": "JPY", "₺": "TRY", "₹": "INR", "₽": "RUB",
    "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "R$": "BRL", "HK$": "HKD", "US$": "USD", "CN¥": "CNH",
    **{code: code for code in ("BTC", "mBTC", "BCH", "mBCH", "XMR", "USD", "EUR", "GBP", "CAD", "AUD", "NOK", "DKK",
                               "SEK", "RUB", "HKD", "TRY", "CNH", "JPY", "INR", "BRL")},
}  # fmt: skip
_CURRENCY = "|".join(sorted((re.escape(symbol) for symbol in _SYMBOLS), key=len, reverse=True))
# Sums are printed as binary fractions, very small and very large ones with an exponent.
_SUM = r"\d[\d.,]*(?:E-?\d{1,2})?"
_QUOTE = re.compile(rf"({_CURRENCY})\s*({_SUM})|({_SUM})\s*({_CURRENCY})(?![\w$])")
_ONE = rf"(?:(?:{_CURRENCY})\s*{_SUM}|{_SUM}\s*(?:{_CURRENCY}))"
_PRICE = re.compile(rf"(?:~ ?)?{_ONE}(?: ?\({_ONE}\))?")
_OFFER = re.compile(r"[?&]offer=(\d+\.\d+)")
_CATEGORY = re.compile(r"[?&]category=(\d+)")
_PAGE = re.compile(r"[?&]page=([^&]+)")
_COUNT = r"(\d[\d,]*)"
_SALES = re.compile(rf"\({_COUNT}\)")
_RATED = re.compile(rf"out of {_COUNT} rating")
_HEADING = re.compile(rf"^(.*) \({_COUNT}\)$")
_MORE = re.compile(rf"And {_COUNT} more rating")
_EXTERNAL = re.compile(r"^(\w+?)LinkedUserRating$")
_WHOLE = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_DEALS = re.compile(
    rf"(?:({_WHOLE})|[#~]?{_WHOLE}[~+]*(?:{_WHOLE}\+?)?)(?: deals)?,? (\d[\d.]*)(?:/\d+%?)?", re.IGNORECASE
)
_DEPTH = re.compile(r"\bdepth(\d)\b")
_AGE = re.compile(r"\d{1,4}d(?: \d{1,2}h)?|\d{1,2}:\d{2}")
_MASK = re.compile(r"\S{1,3}(?: \.){1,5} \S{1,3}")
_NOT_FOUND = re.compile(r"not found$", re.IGNORECASE)
_ERROR = re.compile(r"(?:^An Error|error) has occurr?ed$", re.IGNORECASE)
_LOGGED_OUT = ("You have been logged in elsewhere", "Your session has expired")
_SMALL_PAGE = 30_000
_LISTING_LABELS = {"Vendor", "Price", "Ships to", "Ships from", "Escrow"}
_BUCKETS = ("Newer than 1 Month", "Newer than 3 Months", "Older")
_VENDOR_LABELS = {"Username", "FE enabled", "Join date", "Last active"}
# How coarse a shown counter is: exact below 20, then in steps that grow with the number (from pages seen).
_STEPS = ((20, 1), (100, 4), (200, 10), (1000, 20), (2000, 50), (10000, 200))


def upper_of_coarse(shown: int) -> int:
    """The largest count that would be shown as this number."""
    return shown + next((step for limit, step in _STEPS if shown < limit), 500) - 1


class Dream:
    """Dream Market."""

    name = "dream"
    parser_version = "1.1.0"
    entry_path = "/"

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
        if page.page_kind in ("listing", "listing_index", "vendor", "home", "not_found", "error"):
            page.layout = LAYOUT
            page.exchange_rates = _rates(reader)
        if page.page_kind in ("listing", "listing_index", "vendor", "home"):
            entries = _entries(reader)
            page.counters = _counters(entries)
            page.links = _links(reader, url)
        if page.page_kind == "listing":
            _listing_page(reader, url, captured_at, page)
            for record in page.listings:
                record["category_path"], record["category_id"] = _chosen(entries)
        elif page.page_kind == "vendor":
            _vendor_page(reader, captured_at, page)
        elif page.page_kind == "listing_index":
            page.listings = [item for node in reader.divs("shopItem") if (item := _shop_item(reader, node))]
            heading = _heading(reader)
            if heading:
                page.counters.append(_counter("index_total", None, heading[0], None, heading[1]))
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
        links = _links(reader, url) if kind in ("listing", "listing_index", "vendor", "home") else []
        return Discovery(kind, links, None)

    def in_scope(self, link: Link) -> bool:
        """Category pages, listings, vendor profiles and their ratings; nothing that acts or ends the session."""
        parts = urlsplit(link.url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if link.method != "GET":
            return False
        if parts.path in ("", "/", "/listings"):
            return not query or set(query) <= {"category", "page"}
        if parts.path == "/viewProduct":
            return set(query) == {"offer"}
        if parts.path == "/contactMember":
            return "member" in query and set(query) <= {"member", "tab"} and query.get("tab", "ratings") == "ratings"
        return False

    def canonical(self, link: Link) -> str:
        """Path and ordered query; the first page of a category is the category."""
        parts = urlsplit(link.url)
        path = "/" if parts.path in ("", "/listings") else parts.path
        query = sorted((name, value) for name, value in parse_qsl(parts.query) if (name, value) != ("page", "1"))
        return f"{link.method} {path}?{urlencode(query)}"


MARKET = Dream()


def _marks(reader: Reader, title: str) -> Iterator[bool]:
    """Independent marks of Dream's own pages, the cheapest to look for first."""
    yield title.startswith("Dream Market")
    yield reader.div("naviHeader") is not None
    yield reader.div("exchangeRateListing") is not None
    yield _sidebar(reader) is not None
    yield reader.div("youHaveBeenPhished") is not None
    head = reader.tree.head
    yield head is not None and head.css_first('link[href*="marketstyle"]') is not None


def _sidebar(reader: Reader) -> LexborNode | None:
    """The block of categories: the first <div> of both classes."""
    for node in reader.divs("browse"):
        if "sidebar" in (node.attributes.get("class") or "").split():
            return node
    return None


def _classify(reader: Reader) -> str:
    title = text_of(reader.tree.css_first("title"))
    if is_refresh(reader):
        return "redirect"
    if reader.div("ddos") is not None or reader.div("verifyHuman") is not None:
        return "challenge"
    if title.startswith("Dream Market Login") or any(
        "login" in (node.attributes.get("class") or "").split() for node in reader.divs("notloggedin")
    ):
        return "login" if any(_marks(reader, title)) else "unknown"
    content = reader.div("content")
    heading = text_of(content.css_first("div.title")) if content is not None else ""
    product = reader.div("viewProduct") is not None and reader.div("tabularDetails") is not None
    profile = reader.div("profileNotes") is not None
    if not (product or profile) and _logged_out(reader, title, heading):
        return "login"
    # One mark of Dream may stand on another site's page; two of different kinds do not.
    if sum(itertools.islice(filter(None, _marks(reader, title)), 2)) < 2:
        return "foreign" if title and "dream" not in title.lower() and names_a_market(reader) else "unknown"
    if product and profile:
        reader.problem("page", "conflicting_marks", "listing and vendor")
        return "unknown"
    if product:
        return "listing"
    if profile:
        return "vendor"
    if reader.div("shopItem") is not None or reader.div("offerFilter") is not None:
        return "listing_index"
    if _ERROR.search(title) or _ERROR.search(heading):
        return "error"
    if _NOT_FOUND.search(title) or _NOT_FOUND.search(heading):
        return "not_found"
    if _HEADING.match(heading):
        return "listing_index"
    return "home" if "Welcome" in (title, heading) else "unknown"


def _logged_out(reader: Reader, title: str, heading: str) -> bool:
    """Whether a page that is neither offer nor profile says that the session is over."""
    if any(notice in text for notice in _LOGGED_OUT for text in (title, heading)):
        return True
    return len(reader.raw) < _SMALL_PAGE and any(notice.encode() in reader.raw for notice in _LOGGED_OUT)


def _heading(reader: Reader) -> tuple[str, int] | None:
    content = reader.div("content")
    match = _HEADING.match(text_of(content.css_first("div.title"))) if content is not None else None
    total = integer_of(match[2]) if match else None
    return (match[1], total) if match and total is not None else None


def _rates(reader: Reader) -> dict[str, float]:
    boxes = reader.divs("exchangeRateListing")
    pairs = pairs_of(" ".join(box.text(deep=True) for box in boxes))
    if pairs is not None:
        return {name: float(value) for name, value in pairs}
    rates: dict[str, float] = {}
    for row in (row for box in boxes for row in box.css("tr")):
        # Later pages mark the viewer's currency in a cell of its own before the name.
        cells = cells_of(row)[-2:]
        value = decimal_of(text_of(cells[-1])) if len(cells) == 2 else None
        if value is None or value <= 0:
            reader.problem("exchange_rates", "unreadable")
        else:
            rates[text_of(cells[0])] = float(value)
    return rates


class _Entry(NamedTuple):
    """A category of the sidebar."""

    depth: int
    name: str
    identifier: str | None
    offers: int | None
    chosen: bool


def _entry_of(node: LexborNode) -> _Entry | None:
    """The category that a part of the sidebar names; None for its headings and other parts."""
    classes = (node.attributes.get("class") or "").split()
    depth = _DEPTH.search(" ".join(classes))
    if "category" not in classes or depth is None:
        return None
    # A direct child: where tags are broken, the next category stands inside this one.
    anchor = next((child for child in node.iter() if child.tag == "a"), None)
    count = text_of(anchor.css_first("span.amount")) if anchor is not None else ""
    name = text_of(anchor).removesuffix(count).strip()
    match = _CATEGORY.search((anchor.attributes.get("href") or "") if anchor is not None else "")
    return _Entry(int(depth[1]), name, match[1] if match else None, integer_of(count), "selected" in classes)


_entry = Remembered(_entry_of)


def _entries(reader: Reader) -> list[tuple[int, _Entry]]:
    """Block and category: the first block is the branch of the chosen one, the second the roots again."""
    sidebar = _sidebar(reader)
    entries: list[tuple[int, _Entry]] = []
    block = 0
    for child in sidebar.iter() if sidebar is not None else ():
        if child.tag != "div":
            continue
        classes = child.attributes.get("class") or ""
        if "sidebarHeader" in classes:
            block += 1
        elif "category" in classes and (entry := _entry(child)):
            entries.append((block, entry))
    return entries


def _chosen(entries: list[tuple[int, _Entry]]) -> tuple[list[str] | None, str | None]:
    """Path from the root to the chosen category, and the category's id; nothing when none is chosen."""
    path: list[str] = []
    for block, entry in entries:
        if block <= 1:
            path = [*path[: entry.depth], entry.name]
            if entry.chosen:
                return (path, entry.identifier) if all(path) and entry.identifier else (None, None)
    return None, None


def _counter(counter: str, identifier: str | None, category: str | None, depth: int | None, value: int) -> Record:
    return {"counter": counter, "category_id": identifier, "category": category, "depth": depth, "value": value}


def _counters(entries: list[tuple[int, _Entry]]) -> list[Record]:
    counters: dict[str, Record] = {}
    path: list[str] = []
    for _, entry in entries:
        if entry.identifier is None or entry.offers is None:
            continue
        path = [*path[: entry.depth], entry.name]
        counters.setdefault(
            entry.identifier,
            _counter("category_listings", entry.identifier, " / ".join(path), entry.depth, entry.offers),
        )
    return list(counters.values())


def _links(reader: Reader, url: str) -> list[Link]:
    links: dict[str, Link] = {}
    site = site_of(url)
    seen: set[str] = set()
    for part in (_sidebar(reader), reader.div("content")):
        for node in part.css("a[href]") if part is not None else ():
            href = node.attributes["href"] or ""
            if href in seen:
                continue
            seen.add(href)
            link = _link(href, site.base_of(href))
            if link is not None:
                links.setdefault(link.url, link)
    return list(links.values())


@lru_cache(maxsize=16_384)
def _link(href: str, base: str) -> Link | None:
    """What a link of Dream leads to; None for what is not followed. Every page repeats the sidebar's."""
    found = None if href.startswith(("#", "javascript:", "mailto:")) else site_of(base).own(href)
    if found is None:
        return None
    address, path, query = found
    if path == "/viewProduct" and "offer=" in query:
        return Link(address, "listing")
    if path == "/contactMember" and "member=" in query:
        return Link(address, "vendor")
    category = _CATEGORY.search("?" + query)
    if path in ("", "/", "/listings", "/login_page") and category and "selectCurrency" not in query:
        number = (_PAGE.findall("?" + query) or ["1"])[-1]
        return Link(address, "listing_index", category=category[1], page=integer_of(number))
    return None


@lru_cache(maxsize=4096)
def _money_in(text: str) -> tuple[tuple[Decimal, str], ...]:
    """Amounts and currencies of a text; pages repeat the same few hundred."""
    found = (match.groups() for match in _QUOTE.finditer(text))
    pairs = ((_sum(before or after), _SYMBOLS[sign or code]) for sign, before, after, code in found)
    return tuple((amount, currency) for amount, currency in pairs if amount is not None)


def _sum(digits: str) -> Decimal | None:
    """A printed sum: "1,399.18", "3.1096000000000004", "6.4E-4"."""
    plain, mark, exponent = digits.partition("E")
    value = decimal_of(plain)
    return value.scaleb(int(exponent)) if mark and value is not None else value


def _quotes(text: str) -> list[dict[str, Decimal | str]]:
    return [{"amount": amount, "currency": currency} for amount, currency in _money_in(text)]


def _price(reader: Reader, text: str, record: Record) -> None:
    """Fill a record's price fields; the first quote is the price, all are kept."""
    quotes = _quotes(text) if _PRICE.fullmatch(text) else []
    if not quotes:
        reader.problem("price_amount", "unreadable", "not a price")
        return
    record["price_text"] = text
    record["price_amount"], record["price_currency"] = quotes[0]["amount"], quotes[0]["currency"]
    record["price_quotes"] = list(quotes)


def _details(reader: Reader, root: LexborNode, known: set[str]) -> dict[str, LexborNode]:
    """Rows of a label/span table by label; unknown labels are noted, a label that comes twice is a problem."""
    rows: dict[str, LexborNode] = {}
    for label in root.css("label"):
        name = text_of(label)
        if name not in known:
            reader.unread.append(name[:60])
            continue
        if name in rows:
            reader.problem(name, "multiple")
        rows[name] = label.parent if label.parent is not None else label
    return rows


def _value(reader: Reader, row: LexborNode | None, field: str) -> str | None:
    if row is None:
        reader.problem(field, "missing")
        return None
    spans = row.css("span")
    if len(spans) > 1:
        reader.problem(field, "multiple", f"{len(spans)} matches")
        return None
    return text_of(spans[0]) if spans else None


def _seller(reader: Reader, node: LexborNode, name: str) -> Record:
    """What a page says of a seller beside its name: sales, rating, ratings imported from other markets."""
    vendor: Record = dict(VENDOR)
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
    external: list[dict[str, str | float | None]] = []
    for span in node.css("span.externalVendorRef"):
        classes = (span.attributes.get("class") or "").split()
        market = next((match[1] for name_ in classes if (match := _EXTERNAL.match(name_))), None)
        if market is None:
            reader.unread.append(f"imported rating: {' '.join(classes)[:40]}")
        else:
            external.append(_external(market, text_of(span)))
    vendor["external_ratings"] = list(external)
    return vendor


def _external(market: str, text: str) -> dict[str, str | float | None]:
    """An imported rating: "3000, 4.825/5", "800/27/96" (positive/neutral/negative), "200~500, 4.89/5", "#19, 9.79/10".

    The scale is the other market's; ranges, ranks and counts of feedback are no numbers of sales.
    """
    match = _DEALS.fullmatch(text)
    sales = integer_of(match[1]) if match and match[1] else None
    rating = decimal_of(match[2]) if match else None
    return {"market": market, "sales": sales, "rating": float(rating) if rating is not None else None, "text": text}


def _listing_page(reader: Reader, url: str, captured_at: datetime | None, page: ParsedPage) -> None:
    view = reader.only(reader.divs("viewProduct"), "page")
    if view is None:
        return
    record: Record = dict(LISTING)
    title = reader.one(view, "div.viewProduct > div.title", "title")
    details = reader.one(view, "div.tabularDetails", "details")
    if title is None or details is None:
        return
    rows = _details(reader, details, _LISTING_LABELS)
    record["title"] = text_of(title)
    match = _OFFER.search(url)
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
    price = _value(reader, rows.get("Price"), "price_amount")
    if price is not None:
        _price(reader, price, record)
    ships_from = _value(reader, rows.get("Ships from"), "ships_from")
    ships_to = _value(reader, rows.get("Ships to"), "ships_to")
    if len(reader.problems) > before or name is None or record["price_amount"] is None or record["title"] == "":
        reader.problem("listing", "rejected", "a required field could not be read")
        return
    record["vendor_name"] = name
    record["ships_from"] = reader.place(ships_from or "", "ships_from")
    record["ships_to"] = _places(ships_to or "")
    escrow = _value(reader, rows["Escrow"], "escrow") if "Escrow" in rows else None
    if escrow in ("Yes", "No"):
        record["escrow"] = escrow == "Yes"
    elif escrow is not None:
        reader.problem("escrow", "unreadable")
    record["description"] = block_text(view.css_first("#offerDescription pre")) or None
    record["shipping_options"] = _shipping(reader, view)
    record["bulk_prices"] = []
    page.listings.append(record)
    page.vendors.append(_seller(reader, rows["Vendor"], name))
    for position, row in enumerate(view.css("div.ratings table tr"), 1):
        feedback = _rating_row(reader, row, captured_at, position, name, "listing")
        if feedback is not None:
            feedback["listing_id"] = record["listing_id"]
            page.feedback.append(feedback)


def _places(text: str) -> list[object]:
    return [place for part in text.split(",") if (place := part.strip())]


def _shipping(reader: Reader, view: LexborNode) -> list[dict[str, object]]:
    """Options of the first shipping table; the second one of the same class offers cryptocurrencies."""
    table = view.css_first("table.shippingTable")
    options: list[dict[str, object]] = []
    if table is None or table.css_first('input[name="shippingOption"]') is None:
        return options
    for row in table.css("tr"):
        cells = [text_of(cell) for cell in cells_of(row)]
        quotes = _quotes(cells[0]) if len(cells) > 1 and _PRICE.fullmatch(cells[0]) else []
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


@lru_cache(maxsize=256)
def _stars(markup: str) -> int | None:
    gold, grey = markup.count("star_gold"), markup.count("star_grey") + markup.count("star_silver")
    return gold if gold + grey == 5 and gold >= 1 else None


def _rating_row(
    reader: Reader, row: LexborNode, captured_at: datetime | None, position: int, vendor: str, list_name: str
) -> Record | None:
    """A rating: age, stars, comment; on the vendor's tab also buyer and rounded price."""
    cells = cells_of(row)
    if len(cells) not in (3, 5):
        reader.problem("feedback", "unreadable", f"{len(cells)} cells")
        return None
    age = text_of(cells[0])
    rating = _stars(cells[1].html or "")
    if rating is None or not _AGE.fullmatch(age):
        # Without its stars or its age a row may be the halves of two.
        reader.problem("feedback", "rejected", "stars" if rating is None else "age")
        return None
    record: Record = {
        **FEEDBACK,
        "vendor_name": vendor,
        "position": position,
        "list_offset": 0,
        "list_name": list_name,
        "age_text": age,
        "rating": rating,
        "comment": text_of(cells[2]),
        "price_exact": False,
    }
    if len(cells) == 5:
        buyer = text_of(cells[3])
        if _MASK.fullmatch(buyer):
            record["buyer_masked"] = buyer
        elif buyer:
            reader.problem("buyer_masked", "unreadable")
        price = text_of(cells[4])
        record["price_text"] = price or None
        if quotes := _money_in(price):
            record["price_amount"], record["price_currency"] = quotes[0]
    if captured_at is not None:
        interval = age_interval(age, captured_at)
        if interval is not None:
            record["dated_lo"], record["dated_hi"] = interval
            record["dated_at"] = midpoint(interval)
    return record


def _vendor_page(reader: Reader, captured_at: datetime | None, page: ParsedPage) -> None:
    notes = reader.only(reader.divs("profileNotes"), "page")
    if notes is None:
        return
    rows = _details(reader, notes, _VENDOR_LABELS)
    holder = rows.get("Username")
    span = (holder.parent or holder).css_first("td > span, div > span") if holder is not None else None
    name = ""
    if span is not None:
        # The name is the span's first text, before the link to the ratings.
        name = (span.text(deep=False) or "").replace("\xa0", " ").split("(")[0].strip()
        link = span.css_first("a.viewRatings") or reader.tree.css_first('a.pTabLabel, a[href*="reportVendor?vendor="]')
        # An account without sales has no link to its ratings.
        name = reader.handle(name, (link.attributes.get("href") or "") if link is not None else f"={name}") or ""
    if span is None or not name:
        reader.problem("vendor", "rejected", "a required field could not be read")
        return
    vendor = _seller(reader, span, name)
    enabled = _value(reader, rows.get("FE enabled"), "finalize_early")
    if enabled in ("Yes", "No"):
        vendor["finalize_early"] = enabled == "Yes"
    elif enabled:
        reader.problem("finalize_early", "unreadable")
    for label, field in (("Join date", "member_since"), ("Last active", "last_active")):
        text = _value(reader, rows.get(label), field)
        vendor[field] = slashed_date(text) if text else None
        if text and vendor[field] is None:
            reader.problem(field, "unreadable")
    buckets = ([text_of(cell) for cell in cells_of(row)[:6]] for row in reader.tree.css("#tableOfRatings tbody tr"))
    vendor["rating_buckets"] = cast("list[object] | None", reader.table(buckets, _BUCKETS, 5, "rating_buckets"))
    if match := _MORE.search(text_of(reader.div("andMoreRatings"))):
        vendor["feedback_not_shown"] = integer_of(match[1])
    _notes(reader, vendor)
    page.vendors.append(vendor)
    for position, row in enumerate(reader.tree.css("table.ratingTable tr"), 1):
        feedback = _rating_row(reader, row, captured_at, position, name, "ratings")
        if feedback is not None:
            page.feedback.append(feedback)
    for node in reader.divs("shopItem"):
        item = _shop_item(reader, node)
        if item is not None:
            # On its own page a vendor's offers carry no name.
            item["vendor_name"] = item["vendor_name"] or name
            page.listings.append(item)


def _notes(reader: Reader, vendor: Record) -> None:
    """Terms and key of the profile tab: blocks under headings of their own."""
    words: list[str] = []
    keys: list[str] = []
    for tab in reader.divs("messagingTab"):
        for block in tab.css("pre"):
            holder = block.parent.parent if block.parent is not None else None
            heading = text_of(holder.css_first("div.subtitle")) if holder is not None else ""
            text = raw_lines(block)
            keyed = "key" in heading.lower() if heading else "BEGIN PGP PUBLIC" in text
            if keyed:
                keys.insert(0, text)
            else:
                keys.append(text)
                words.append(block_text(block))
    key = page_key("\n".join(keys))
    if key is not None:
        vendor["pgp_key"], vendor["pgp_fingerprint"] = key.armour, key.fingerprint
        if key.reason:
            reader.problem("pgp_fingerprint", "unreadable", key.reason)
    vendor["profile_text"] = "\n\n".join(text for text in words if text) or None


def _shop_item(reader: Reader, node: LexborNode) -> Record | None:
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
    record: Record = dict(LISTING)
    record["listing_id"], record["title"] = match[1], text_of(anchor)
    _price(reader, text_of(price), record)
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
