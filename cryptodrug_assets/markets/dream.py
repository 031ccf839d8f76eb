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
from urllib.parse import parse_qsl, urlencode, urlsplit

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._dates import age_interval, midpoint, slashed_date
from cryptodrug_assets.markets._html import (
    Reader,
    Site,
    block_text,
    cells_of,
    decimal_of,
    decode,
    is_refresh,
    names_a_market,
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

LAYOUT = "2018"
_SYMBOLS = {
    "฿": "BTC", "$": "USD", "€": "EUR", "£": "GBP", "元": "CNH", "¥": "JPY", "₺": "TRY", "₹": "INR",
    **{code: code for code in ("BTC", "mBTC", "BCH", "mBCH", "XMR", "USD", "EUR", "GBP", "CAD", "AUD", "NOK", "DKK",
                               "SEK", "RUB", "HKD", "TRY", "CNH", "JPY", "INR")},
}  # fmt: skip
_CURRENCY = "|".join(sorted((re.escape(symbol) for symbol in _SYMBOLS), key=len, reverse=True))
_QUOTE = re.compile(rf"({_CURRENCY})\s*([\d.,]+)")
_PRICE = re.compile(rf"(?:~ )?(?:{_CURRENCY})\s*[\d.,]+(?: \((?:{_CURRENCY})\s*[\d.,]+\))?")
_OFFER = re.compile(r"[?&]offer=(\d+\.\d+)")
_CATEGORY = re.compile(r"[?&]category=(\d+)")
_PAGE = re.compile(r"[?&]page=([^&]+)")
_COUNT = re.compile(r"\((\d+)\)")
_RATED = re.compile(r"out of (\d+) rating")
_HEADING = re.compile(r"^(.*) \((\d+)\)$")
_MORE = re.compile(r"And (\d+) more rating")
_EXTERNAL = re.compile(r"^(\w+?)LinkedUserRating$")
_DEPTH = re.compile(r"\bdepth(\d)\b")
_LISTING_LABELS = {"Vendor", "Price", "Ships to", "Ships from", "Escrow"}
_VENDOR_LABELS = {"Username", "FE enabled", "Join date", "Last active"}
# How coarse a shown counter is: exact below 20, then in steps that grow with the number (from pages seen).
_STEPS = ((20, 1), (100, 4), (200, 10), (1000, 20), (2000, 50), (10000, 200))


def upper_of_coarse(shown: int) -> int:
    """The largest count that would be shown as this number."""
    return shown + next((step for limit, step in _STEPS if shown < limit), 500) - 1


class Dream:
    """Dream Market."""

    name = "dream"
    parser_version = "1.0.0"
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
        reader = Reader(decode(body))
        page.page_kind = _classify(reader)
        if page.page_kind in ("listing", "listing_index", "vendor", "home", "not_found", "error"):
            page.layout = LAYOUT
            page.exchange_rates = _rates(reader)
        if page.page_kind in ("listing", "listing_index", "vendor", "home"):
            page.counters = _counters(reader)
            page.links = _links(reader, url)
        if page.page_kind == "listing":
            _listing_page(reader, url, captured_at, page)
        elif page.page_kind == "vendor":
            _vendor_page(reader, captured_at, page)
        elif page.page_kind == "listing_index":
            page.listings = [
                item for node in reader.every("div.shopItem", "shopItem") if (item := _shop_item(reader, node))
            ]
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
        reader = Reader(decode(body))
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
    yield reader.first("div.naviHeader", "naviHeader") is not None
    yield reader.first("div.exchangeRateListing", "exchangeRateListing") is not None
    yield reader.first("div.sidebar.browse", "sidebar", "browse") is not None
    yield reader.first("div.youHaveBeenPhished", "youHaveBeenPhished") is not None
    yield reader.first('link[href*="marketstyle"]', "marketstyle") is not None


def _classify(reader: Reader) -> str:
    tree = reader.tree
    title = text_of(tree.css_first("title"))
    if is_refresh(reader):
        return "redirect"
    if (
        reader.first("div.ddos", "ddos") is not None
        or reader.first('form[action*="verifyHuman"]', "verifyHuman") is not None
    ):
        return "challenge"
    if title.startswith("Dream Market Login") or reader.first("div.login.notloggedin", "notloggedin") is not None:
        return "login" if any(_marks(reader, title)) else "unknown"
    content = reader.first("div.content", "content")
    heading = text_of(content.css_first("div.title")) if content is not None else ""
    notice = f"{title} {heading}"
    if "You have been logged in elsewhere" in notice or "Your session has expired" in notice:
        return "login"
    # One mark of Dream may stand on another site's page; two of different kinds do not.
    if sum(itertools.islice(filter(None, _marks(reader, title)), 2)) < 2:
        return "foreign" if title and "dream" not in title.lower() and names_a_market(reader) else "unknown"
    if "An Error has occured" in notice:
        return "error"
    if heading == "Listing not found" or title == "Listing not found":
        return "not_found"
    product = (
        reader.first("div.viewProduct", "viewProduct") is not None
        and reader.first("div.tabularDetails", "tabularDetails") is not None
    )
    profile = reader.first("div.profileNotes", "profileNotes") is not None
    if product and profile:
        reader.problem("page", "conflicting_marks", "listing and vendor")
        return "unknown"
    if product:
        return "listing"
    if profile:
        return "vendor"
    if (
        reader.first("div.shopItem", "shopItem") is not None
        or reader.first("div.offerFilter", "offerFilter") is not None
        or _heading(reader)
    ):
        return "listing_index"
    if title == "Welcome" or heading == "Welcome":
        return "home"
    return "unknown"


def _heading(reader: Reader) -> tuple[str, int] | None:
    node = reader.tree.css_first("div.content div.title")
    match = _HEADING.match(text_of(node)) if node is not None else None
    return (match[1], int(match[2])) if match else None


def _rates(reader: Reader) -> dict[str, float]:
    rates: dict[str, float] = {}
    for row in reader.tree.css("div.exchangeRateListing tr"):
        cells = cells_of(row)
        # Later pages mark the viewer's currency in a cell of its own before the name.
        if len(cells) not in (2, 3):
            continue
        value = decimal_of(text_of(cells[-1]))
        if value is None or value <= 0:
            reader.problem("exchange_rates", "unreadable")
            continue
        rates[text_of(cells[-2])] = float(value)
    return rates


def _category_nodes(reader: Reader) -> list[tuple[int, LexborNode]]:
    """The sidebar's first block: the branch of the chosen category, with depths."""
    sidebar = reader.tree.css_first("div.sidebar.browse")
    nodes: list[tuple[int, LexborNode]] = []
    headers = 0
    child = sidebar.child if sidebar is not None else None
    while child is not None:
        classes = (child.attributes.get("class") or "") if child.tag == "div" else ""
        if "sidebarHeader" in classes:
            headers += 1
        elif "category" in classes.split() and (depth := _DEPTH.search(classes)) and headers <= 1:
            nodes.append((int(depth[1]), child))
        child = child.next
    return nodes


def _category(node: LexborNode) -> tuple[str, str | None, int | None]:
    """Name, id and count of a category of the sidebar."""
    anchor = node.css_first("a")
    amount = node.css_first("span.amount")
    count = text_of(amount)
    name = text_of(anchor)
    if count and name.endswith(count):
        name = name[: -len(count)].strip()
    match = _CATEGORY.search((anchor.attributes.get("href") or "") if anchor is not None else "")
    return name, match[1] if match else None, int(count) if count.isdigit() else None


def _category_path(reader: Reader) -> tuple[list[str], str | None]:
    """Path from the root to the chosen category of the sidebar, and the category's id."""
    path: list[str] = []
    for depth, node in _category_nodes(reader):
        name, identifier, _ = _category(node)
        path = [*path[:depth], name]
        if "selected" in (node.attributes.get("class") or "").split():
            return path, identifier
    return [], None


def _counter(counter: str, identifier: str | None, category: str | None, depth: int | None, value: int) -> Record:
    return {"counter": counter, "category_id": identifier, "category": category, "depth": depth, "value": value}


def _counters(reader: Reader) -> list[Record]:
    counters: dict[str, Record] = {}
    path: list[str] = []
    for node in reader.tree.css("div.sidebar.browse div.category"):
        depth = _DEPTH.search(node.attributes.get("class") or "")
        name, identifier, count = _category(node)
        if depth is None or identifier is None or count is None:
            continue
        path = [*path[: int(depth[1])], name]
        counters.setdefault(
            identifier, _counter("category_listings", identifier, " / ".join(path), int(depth[1]), count)
        )
    return list(counters.values())


def _links(reader: Reader, url: str) -> list[Link]:
    links: dict[str, Link] = {}
    site = Site(url)
    for node in reader.tree.css("div.content a, div.sidebar.browse a"):
        href = node.attributes.get("href")
        if not href or href.startswith(("#", "javascript:", "mailto:")):
            continue
        found = site.own(href)
        if found is None or found.url in links:
            continue
        link = _link(found.url, found.path, found.query)
        if link is not None:
            links[found.url] = link
    return list(links.values())


@lru_cache(maxsize=16_384)
def _link(address: str, path: str, query: str) -> Link | None:
    """What an address of Dream leads to; None for what is not followed. Every page repeats the sidebar's."""
    if path == "/viewProduct" and "offer=" in query:
        return Link(address, "listing")
    if path == "/contactMember" and "member=" in query:
        return Link(address, "vendor")
    category = _CATEGORY.search("?" + query)
    if path in ("", "/", "/listings", "/login_page") and category and "selectCurrency" not in query:
        number = (_PAGE.findall("?" + query) or ["1"])[-1]
        return Link(address, "listing_index", category=category[1], page=int(number) if number.isdigit() else None)
    return None


def _quotes(text: str) -> list[dict[str, Decimal | str]]:
    return [{"amount": amount, "currency": currency} for amount, currency in _money_in(text)]


@lru_cache(maxsize=4096)
def _money_in(text: str) -> tuple[tuple[Decimal, str], ...]:
    """Amounts and currencies of a text; pages repeat the same few hundred."""
    pairs = ((decimal_of(digits), _SYMBOLS[symbol]) for symbol, digits in _QUOTE.findall(text))
    return tuple((amount, currency) for amount, currency in pairs if amount is not None)


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
    spans = row.css("span") if row.tag != "td" else (row.parent.css("span") if row.parent is not None else [])
    if len(spans) > 1:
        reader.problem(field, "multiple", f"{len(spans)} matches")
        return None
    return text_of(spans[0]) if spans else None


def _seller(reader: Reader, node: LexborNode | None, name: str | None) -> Record | None:
    """What a page says of a seller beside its name: sales, rating, ratings imported from other markets."""
    if node is None or not name:
        return None
    vendor: Record = dict(VENDOR)
    vendor["vendor_name"] = name
    sold = reader.maybe(node, 'span[title="Successful transactions"]', "sales")
    if sold is not None and (match := _COUNT.fullmatch(text_of(sold))):
        vendor["sales"] = int(match[1])
        vendor["sales_hi"] = upper_of_coarse(int(match[1]))
    rating = reader.maybe(node, "span.userRating", "rating")
    if rating is not None:
        value = decimal_of(text_of(rating))
        if value is not None and value <= 5:
            vendor["rating"] = float(value)
        else:
            reader.problem("rating", "unreadable")
        if match := _RATED.search(rating.attributes.get("title") or ""):
            vendor["rating_count"] = int(match[1])
    external: list[dict[str, str | float | None]] = []
    for span in node.css("span.externalVendorRef"):
        classes = (span.attributes.get("class") or "").split()
        market = next((match[1] for name_ in classes if (match := _EXTERNAL.match(name_))), None)
        if market is not None:
            external.append(_external(market, text_of(span)))
    vendor["external_ratings"] = list(external)
    return vendor


def _external(market: str, text: str) -> dict[str, str | float | None]:
    """An imported rating: "3000, 4.825/5", "800/27/96" (positive/neutral/negative), "200~500, 4.89/5"."""
    sales: float | None = None
    rating: float | None = None
    if match := re.fullmatch(r"(\d+), ([\d.]+)/\d+", text):
        sales, rating = int(match[1]), float(match[2])
    elif match := re.fullmatch(r"[\d~#]+, ([\d.]+)/\d+", text):
        rating = float(match[1])
    elif match := re.fullmatch(r"(\d+)/(\d+)/(\d+)", text):
        sales = sum(int(part) for part in match.groups())
    return {"market": market, "sales": sales, "rating": rating, "text": text}


def _listing_page(reader: Reader, url: str, captured_at: datetime | None, page: ParsedPage) -> None:
    view = reader.one(reader.tree, "div.viewProduct", "page")
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
    if len(reader.problems) > before or record["title"] == "":
        reader.problem("listing", "rejected", "a required field could not be read")
        return
    record["vendor_name"] = name
    record["ships_from"] = reader.place(ships_from or "", "ships_from")
    record["ships_to"] = [place.strip() for place in (ships_to or "").split(",") if place.strip()]
    escrow = _value(reader, rows["Escrow"], "escrow") if "Escrow" in rows else None
    if escrow in ("Yes", "No"):
        record["escrow"] = escrow == "Yes"
    elif escrow is not None:
        reader.problem("escrow", "unreadable")
    record["category_path"], record["category_id"] = _category_path(reader)
    record["description"] = block_text(view.css_first("#offerDescription pre")) or None
    record["shipping_options"] = _shipping(view)
    record["bulk_prices"] = []
    page.listings.append(record)
    seller = _seller(reader, rows["Vendor"], name)
    if seller is not None:
        page.vendors.append(seller)
    for position, row in enumerate(view.css("div.ratings table tr"), 1):
        feedback = _rating_row(reader, row, captured_at, position, name, "listing")
        if feedback is not None:
            feedback["listing_id"] = record["listing_id"]
            page.feedback.append(feedback)


def _shipping(view: LexborNode) -> list[dict[str, object]]:
    """Options of the first shipping table; the second one of the same class offers cryptocurrencies."""
    table = view.css_first("table.shippingTable")
    options: list[dict[str, object]] = []
    if table is None or table.css_first('input[name="shippingOption"]') is None:
        return options
    for row in table.css("tr"):
        cells = row.css("td")
        if len(cells) < 2:
            continue
        quotes = _quotes(text_of(cells[0]))
        # The viewer's currency in brackets is the vendor's price more often than the coin price beside it.
        chosen = quotes[-1] if quotes else {"amount": None, "currency": None}
        options.append(
            {
                "name": text_of(cells[1]),
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
    reader: Reader, row: LexborNode, captured_at: datetime | None, position: int, vendor: str | None, list_name: str
) -> Record | None:
    """A rating: age, stars, comment; on the vendor's tab also buyer and rounded price."""
    cells = cells_of(row)
    if len(cells) not in (3, 5):
        reader.problem("feedback", "unreadable", f"{len(cells)} cells")
        return None
    age = text_of(cells[0])
    rating = _stars(cells[1].html or "")
    if rating is None:
        reader.problem("rating", "unreadable", "stars")
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
        record["buyer_masked"] = text_of(cells[3]) or None
        price = text_of(cells[4])
        record["price_text"] = price or None
        if quotes := _money_in(price):
            record["price_amount"], record["price_currency"] = quotes[0]
    if captured_at is not None:
        interval = age_interval(age, captured_at)
        if interval is None:
            reader.problem("age_text", "unreadable")
        else:
            record["dated_lo"], record["dated_hi"] = interval
            record["dated_at"] = midpoint(interval)
    return record


def _vendor_page(reader: Reader, captured_at: datetime | None, page: ParsedPage) -> None:
    notes = reader.one(reader.tree, "div.profileNotes", "page")
    if notes is None:
        return
    rows = _details(reader, notes, _VENDOR_LABELS)
    holder = rows.get("Username")
    span = (holder.parent or holder).css_first("td > span, div > span") if holder is not None else None
    name = ""
    if span is not None:
        # The name is the span's first text, before the link to the ratings.
        name = (span.text(deep=False) or "").replace("\xa0", " ").split("(")[0].strip()
    if span is None or not name:
        reader.problem("vendor_name", "missing")
        reader.problem("vendor", "rejected", "a required field could not be read")
        return
    vendor = _seller(reader, span, name)
    if vendor is None:
        return
    enabled = _value(reader, rows.get("FE enabled"), "finalize_early")
    if enabled in ("Yes", "No"):
        vendor["finalize_early"] = enabled == "Yes"
    for label, field in (("Join date", "member_since"), ("Last active", "last_active")):
        text = _value(reader, rows.get(label), field)
        vendor[field] = slashed_date(text) if text else None
        if text and vendor[field] is None:
            reader.problem(field, "unreadable")
    buckets = [
        [int(text_of(cell)) if text_of(cell).isdigit() else 0 for cell in row.css("td")[1:6]]
        for row in reader.every("#tableOfRatings tbody tr", "tableOfRatings")
    ]
    vendor["rating_buckets"] = list(buckets) or None
    more = reader.first("div.andMoreRatings", "andMoreRatings")
    if more is not None and (match := _MORE.search(text_of(more))):
        vendor["feedback_not_shown"] = int(match[1])
    blocks = reader.every("div.messagingTab pre", "messagingTab")
    key = page_key("\n".join(node.text(deep=True) for node in blocks))
    if key is not None:
        vendor["pgp_key"], vendor["pgp_fingerprint"] = key.armour, key.fingerprint
        if key.reason:
            reader.problem("pgp_fingerprint", "unreadable", key.reason)
    if blocks and "BEGIN PGP" not in blocks[0].text(deep=True):
        vendor["profile_text"] = block_text(blocks[0]) or None
    page.vendors.append(vendor)
    for position, row in enumerate(reader.every("table.ratingTable tr", "ratingTable"), 1):
        feedback = _rating_row(reader, row, captured_at, position, name, "ratings")
        if feedback is not None:
            page.feedback.append(feedback)
    for node in reader.every("div.shopItem", "shopItem"):
        item = _shop_item(reader, node)
        if item is not None:
            # On its own page a vendor's offers carry no name.
            item["vendor_name"] = item["vendor_name"] or name
            page.listings.append(item)


def _shop_item(reader: Reader, node: LexborNode) -> Record | None:
    """An offer in a list or on a vendor page."""
    anchor = reader.one(node, "div.oTitle a", "title")
    price = reader.one(node, "div.oPrice", "price_amount")
    match = _OFFER.search((anchor.attributes.get("href") or "") if anchor is not None else "")
    if anchor is None or price is None or match is None or not text_of(anchor):
        reader.problem("listing", "rejected", "an offer of a list could not be read")
        return None
    record: Record = dict(LISTING)
    record["listing_id"], record["title"] = match[1], text_of(anchor)
    _price(reader, text_of(price), record)
    vendor = reader.maybe(node, 'div.oVendor > a[href*="contactMember?member="]:not(.viewRatings)', "vendor_name")
    record["vendor_name"] = text_of(vendor) or None
    record["escrow"] = node.css_first(".escrowBox.withEscrow") is not None
    ships = reader.maybe(node, "div.oShips .osBod", "ships_to")
    if ships is not None:
        origin, arrow, destinations = text_of(ships).partition("→")
        if arrow:
            record["ships_from"] = origin.strip() or None
            record["ships_to"] = [place.strip() for place in destinations.split(",") if place.strip()]
        else:
            reader.problem("ships_to", "unreadable")
    return record
