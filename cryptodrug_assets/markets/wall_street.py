"""Wall Street Market: its URLs, page kinds, links and parser. PROVISIONAL.

No real page is known: the layout is that of docs/wall-street-layout.md, and every selector stands in `_S` below so that
a real page changes one place. Categories and pages of lists are POST buttons: a URL does not identify a list page.
"""

import re
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._dates import about_interval, long_date, midpoint
from cryptodrug_assets.markets._html import (
    Reader,
    block_text,
    decimal_of,
    integer_of,
    is_refresh,
    lines_of,
    names_a_market,
    raw_lines,
    text_of,
)
from cryptodrug_assets.markets._links import Site
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
    unique_links,
)

LAYOUT = "2018-provisional"
_S = {
    "username": 'input[name="form[username]"]',
    "challenge": 'input[name="form[captcha]"], input#captcha_input, div.wms_captcha_field img',
    "logged_in": '.content form[action*="logout"]',
    "tree": "#mCont > form ol.tree",
    "button": "button[name=menuCatT]",
    "pager": ".pagination li.page-item button",
    "pager_category": 'input[name="form[category]"]',
    "heading": "h2.cat-heading",
    "offers": "table.offers",
    "offer": "tr.offer",
    "offer_title": "a.offer-title",
    "offer_vendor": "a.offer-vendor",
    "offer_price": "td.offer-price",
    "offer_ships": "td.offer-ships",
    "title": "h1.fheading",
    "prices": "table.prices tr",
    "shipping": "table.shipping tr",
    "information": "table.information tr",
    "description": "pre.description",
    "feedback": "table.feedback tr",
    "unlimited": ".ion-ios-infinite",
    "name": "h1.profile-name",
    "facts": "table.profile-info tr",
    "text": "pre.profile-text",
    "pgp": "pre.pgp",
    "error": "h1.error",
}
_INDEX = "/index"
_OFFER = re.compile(r"^/offer/(\d+)/?$")
_PROFILE = re.compile(r"^/profile/([^/]+)(?:/(offers|pgp|info))?/?$")
_MONEY = re.compile(r"([A-Z]{3}) ([\d.,]+)")
_PIECES = re.compile(r"(\d+) pieces?")
_COINS = re.compile(r"[\d.,]+ [A-Z]{3}")
_HEADING = re.compile(r"^(.*) \((\d+)\)$")
_STARS = re.compile(r"\(([0-5](?:\.\d)?)\)")
_HELD = re.compile(r"(?:escrow|multisig)\b", re.IGNORECASE)
_RELEASED = re.compile(r"(?:finalize early|fe)\b", re.IGNORECASE)
_INFORMATION = {
    "Minimum amount per order", "Maximum amount per order", "Views", "Quantity in stock", "Already sold", "Country",
    "Category",
}  # fmt: skip
_FACTS = {
    "Last online", "Member since", "Vendor since", "Completed orders", "Rated orders", "Average rating", "Vendor-Level",
}  # fmt: skip


class WallStreet:
    """Wall Street Market."""

    name = "wall_street"
    parser_version = "0.9.1"
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
        if page.page_kind in ("home", "listing_index", "listing", "vendor", "not_found"):
            page.layout = LAYOUT
            page.counters = _counters(reader)
            page.links = _links(reader, url)
        if page.page_kind == "listing":
            _offer_page(reader, url, captured_at, page)
        elif page.page_kind == "vendor":
            _profile_page(reader, page)
        elif page.page_kind == "listing_index":
            page.listings = _rows(reader, _heading(reader)[0])
            path, total = _heading(reader)
            if total is not None:
                page.counters.append(
                    {
                        "counter": "index_total",
                        "category_id": context_category,
                        "category": " / ".join(path),
                        "depth": None,
                        "value": total,
                    }
                )
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
        links = _links(reader, url) if kind in ("home", "listing_index", "listing", "vendor") else []
        return Discovery(kind, links, None)

    def in_scope(self, link: Link) -> bool:
        """Home, the index form, offers and profiles; nothing that acts or ends the session."""
        path = urlsplit(link.url).path
        if link.method == "POST":
            return path == _INDEX and {name for name, _ in link.form} <= {"menuCatT", "form[category]", "form[page]"}
        return path in ("", "/") or bool(_OFFER.match(path) or _PROFILE.match(path))

    def canonical(self, link: Link) -> str:
        """Path and posted fields; a chosen category is its first page."""
        path = urlsplit(link.url).path.rstrip("/") or "/"
        fields = dict(link.form)
        if "menuCatT" in fields:
            fields = {"form[category]": fields["menuCatT"], "form[page]": "1"}
        return f"{link.method} {path}?{urlencode(sorted(fields.items()))}"


MARKET = WallStreet()


def _classify(reader: Reader) -> str:
    tree = reader.tree
    title = text_of(tree.css_first("title"))
    if is_refresh(reader):
        return "redirect"
    if tree.css_first(_S["username"]) is not None:
        return "login"
    logged_in = tree.css_first(_S["logged_in"]) is not None
    categories = tree.css_first(_S["tree"]) is not None
    if not logged_in and tree.css_first(_S["challenge"]) is not None:
        return "challenge"
    if sum((logged_in, categories, "Wall Street Market" in title)) < 2:
        return "foreign" if "wall street" not in title.lower() and names_a_market(reader) else "unknown"
    marks = {
        "listing": tree.css_first(_S["title"]) is not None and tree.css_first(_S["information"]) is not None,
        "vendor": tree.css_first(_S["name"]) is not None,
        "listing_index": tree.css_first(_S["heading"]) is not None,
    }
    found = [kind for kind, present in marks.items() if present]
    if len(found) > 1:
        reader.problem("page", "conflicting_marks", " and ".join(found))
        return "unknown"
    if found:
        return found[0]
    if tree.css_first(_S["error"]) is not None:
        return "not_found" if "404" in text_of(tree.css_first(_S["error"])) else "error"
    return "home" if categories else "unknown"


def _heading(reader: Reader) -> tuple[list[str], int | None]:
    match = _HEADING.match(text_of(reader.tree.css_first(_S["heading"])))
    return ([part.strip() for part in match[1].split(" / ")], int(match[2])) if match else ([], None)


def _button(node: LexborNode) -> tuple[str, int | None]:
    count = text_of(node.css_first("span"))
    name = text_of(node).removesuffix(count).strip()
    return name, integer_of(count[1:-1])


def _counters(reader: Reader) -> list[Record]:
    counters: list[Record] = []

    def walk(node: LexborNode, path: list[str]) -> None:
        for item in node.iter():
            if item.tag != "li" or len(path) > 5:
                continue
            here = path
            for child in item.iter():
                if child.tag == "button":
                    name, count = _button(child)
                    here = [*path, name]
                    if count is not None:
                        counters.append(
                            {"counter": "category_listings", "category_id": child.attributes.get("value"),
                             "category": " / ".join(here), "depth": len(path), "value": count}
                        )  # fmt: skip
                elif child.tag == "ol":
                    walk(child, here)

    tree = reader.tree.css_first(_S["tree"])
    if tree is not None:
        walk(tree, [])
    return counters


def _links(reader: Reader, url: str) -> list[Link]:
    site = Site(url)
    start = site.own(_INDEX)
    index = start.url if start is not None else url
    links: list[Link] = []
    for node in reader.tree.css(f"{_S['tree']} {_S['button']}"):
        value = node.attributes.get("value")
        if value:
            links.append(Link(index, "listing_index", "POST", (("menuCatT", value),), value, 1))
    holder = reader.tree.css_first(_S["pager_category"])
    category = holder.attributes.get("value") if holder is not None else None
    for node in reader.tree.css(_S["pager"]):
        number = node.attributes.get("value") or ""
        place = integer_of(number)
        if category and place is not None:
            form = (("form[category]", category), ("form[page]", number))
            links.append(Link(index, "listing_index", "POST", form, category, place))
    for node in reader.tree.css("a[href]"):
        found = site.own(node.attributes.get("href") or "")
        if found is None:
            continue
        address, path = found.url, found.path
        if _OFFER.match(path):
            links.append(Link(address, "listing"))
        elif (match := _PROFILE.match(path)) and match[2] != "info":
            # The info tab repeats the table that stands on every tab.
            links.append(Link(address, "vendor"))
    return unique_links(links)


def _money(reader: Reader, text: str, record: Record) -> None:
    match = _MONEY.fullmatch(text)
    amount = decimal_of(match[2]) if match else None
    if match is None or amount is None:
        reader.problem("price_amount", "unreadable", "not an amount of money")
        return
    record["price_amount"], record["price_currency"], record["price_text"] = amount, match[1], text
    record["price_quotes"] = [{"amount": amount, "currency": match[1]}]


def _rows(reader: Reader, path: list[str]) -> list[Record]:
    """Offer rows of a list or of a profile's offers tab."""
    records: list[Record] = []
    for node in reader.tree.css(f"{_S['offers']} {_S['offer']}"):
        title = reader.one(node, _S["offer_title"], "title")
        vendor = reader.one(node, _S["offer_vendor"], "vendor_name")
        price = reader.one(node, _S["offer_price"], "price_amount")
        match = _OFFER.match(urlsplit((title.attributes.get("href") or "") if title is not None else "").path)
        if title is None or vendor is None or price is None or match is None or not text_of(title):
            reader.problem("listing", "rejected", "an offer of a list could not be read")
            continue
        record: Record = dict(LISTING)
        record["listing_id"], record["title"], record["vendor_name"] = match[1], text_of(title), text_of(vendor)
        _money(reader, text_of(price), record)
        ships = text_of(node.css_first(_S["offer_ships"]))
        record["ships_from"] = ships.removeprefix("Ships from:").strip() or None
        record["category_path"] = list(path)
        records.append(record)
    return records


def _table(reader: Reader, selector: str, known: set[str]) -> dict[str, LexborNode]:
    rows: dict[str, LexborNode] = {}
    for row in reader.tree.css(selector):
        cells = row.css("td")
        if len(cells) != 2:
            continue
        name = text_of(cells[0])
        if name not in known:
            reader.unread.append(name[:60])
        elif name in rows:
            reader.problem(name, "multiple")
        else:
            rows[name] = cells[1]
    return rows


def _offer_page(reader: Reader, url: str, captured_at: datetime | None, page: ParsedPage) -> None:
    title = reader.one(reader.tree, _S["title"], "title")
    vendor = reader.one(reader.tree, f"#main > p {_S['offer_vendor']}", "vendor_name")
    information = _table(reader, _S["information"], _INFORMATION)
    prices = reader.tree.css(_S["prices"])
    if not prices:
        reader.problem("price_amount", "missing")
    for label in ("Country", "Category"):
        if label not in information:
            reader.problem(label, "missing")
    record: Record = dict(LISTING)
    if prices:
        cells = prices[0].css("td")
        # Rows of shipping look alike, but say nothing of pieces or coins.
        coins = [text_of(cell) for cell in cells[2:]]
        if len(cells) < 2 or not _PIECES.fullmatch(text_of(cells[0])) or not all(map(_COINS.fullmatch, coins)):
            reader.problem("price_amount", "unreadable")
        else:
            _money(reader, text_of(cells[1]), record)
    name = reader.handle(text_of(vendor), vendor.attributes.get("href") or "") if vendor is not None else None
    country = reader.place(text_of(information["Country"]), "ships_from") if "Country" in information else None
    if reader.problems or title is None or vendor is None or not text_of(title):
        reader.problem("listing", "rejected", "a required field could not be read")
        return
    match = _OFFER.match(urlsplit(url).path)
    record["listing_id"] = match[1] if match else None
    record["title"], record["vendor_name"] = text_of(title), name
    _shipping_line(reader, vendor.parent, record)
    # Said twice on the page: two different origins are none.
    if record["ships_from"] not in (None, country):
        reader.problem("ships_from", "contradiction")
        record["ships_from"] = None
    elif record["ships_from"] is None:
        record["ships_from"] = country
    for label, field in (("Views", "views"), ("Already sold", "units_sold"), ("Quantity in stock", "quantity_left")):
        node = information.get(label)
        if node is not None and node.css_first(_S["unlimited"]) is None:
            record[field] = reader.integer(text_of(node), field)
    record["units_sold_hi"] = record["units_sold"]
    record["category_path"] = [part.strip() for part in text_of(information["Category"]).split(" / ")]
    record["description"] = block_text(reader.tree.css_first(_S["description"])) or None
    record["bulk_prices"] = _bulk(prices)
    record["shipping_options"] = _options(reader)
    page.listings.append(record)
    seller: Record = dict(VENDOR)
    seller["vendor_name"] = record["vendor_name"]
    page.vendors.append(seller)
    for position, row in enumerate(reader.tree.css(_S["feedback"]), 1):
        feedback = _feedback(reader, row, position, record, captured_at)
        if feedback is not None:
            page.feedback.append(feedback)


def _shipping_line(reader: Reader, paragraph: LexborNode | None, record: Record) -> None:
    """Origin, destinations, escrow and digital mark: lines of the first paragraph, told apart by their icons."""
    record["product_class"] = "physical"
    if paragraph is None:
        return
    for line, html in zip(lines_of(paragraph), re.split(r"<br\s*/?>", paragraph.html or ""), strict=True):
        if "ion-log-out" in html:
            record["ships_from"] = line.removeprefix("Ships from:").strip() or None
        elif "ion-log-in" in html:
            record["ships_to"] = [line] if line else []
        elif "ion-android-share-alt" in html:
            held, released = _HELD.match(line), _RELEASED.match(line)
            if held is None and released is None:
                reader.problem("payment", "unreadable")
            else:
                record["payment"], record["escrow"] = line, held is not None
        elif "ion-ios-monitor-outline" in html:
            record["product_class"] = "digital"
    if not record["ships_to"]:
        reader.problem("ships_to", "missing")


def _bulk(rows: list[LexborNode]) -> list[dict[str, object]]:
    prices: list[dict[str, object]] = []
    for row in rows[1:]:
        cells = [text_of(cell) for cell in row.css("td")]
        pieces = _PIECES.fullmatch(cells[0]) if len(cells) > 1 else None
        money = _MONEY.fullmatch(cells[1]) if pieces else None
        if pieces and money:
            prices.append(
                {
                    "min_quantity": int(pieces[1]),
                    "max_quantity": None,
                    "currency": money[1],
                    "amount": decimal_of(money[2]),
                }
            )
    return prices


def _options(reader: Reader) -> list[dict[str, object]]:
    options: list[dict[str, object]] = []
    for row in reader.tree.css(_S["shipping"]):
        cells = [text_of(cell) for cell in row.css("td")]
        money = _MONEY.fullmatch(cells[2]) if len(cells) >= 3 else None
        days = re.fullmatch(r"(\d+) days?", cells[1]) if len(cells) >= 3 else None
        if money is None:
            reader.problem("shipping_options", "unreadable")
            continue
        options.append(
            {
                "name": cells[0],
                "days": int(days[1]) if days else None,
                "currency": money[1],
                "amount": decimal_of(money[2]),
                "per": "order",
            }
        )
    return options


def _feedback(
    reader: Reader, row: LexborNode, position: int, listing: Record, captured_at: datetime | None
) -> Record | None:
    cells = row.css("td")
    stars = _STARS.fullmatch(text_of(cells[0])) if len(cells) == 4 else None
    if stars is None:
        reader.problem("feedback", "rejected", "a row could not be read")
        return None
    record: Record = dict(FEEDBACK)
    record |= {
        "vendor_name": listing["vendor_name"],
        "listing_id": listing["listing_id"],
        "position": position,
        "list_offset": 0,
        "list_name": "offer",
        "rating": float(stars[1]),
        "comment": lines_of(cells[1])[0],
        "buyer_masked": text_of(cells[2]) or None,
        "price_exact": False,
        "age_text": text_of(cells[3]),
    }
    if captured_at is not None:
        interval = about_interval(str(record["age_text"]), captured_at)
        if interval is None:
            reader.problem("age_text", "unreadable")
        else:
            record["dated_lo"], record["dated_hi"] = interval
            record["dated_at"] = midpoint(interval)
    return record


def _profile_page(reader: Reader, page: ParsedPage) -> None:
    name = reader.one(reader.tree, _S["name"], "vendor_name")
    if name is None or not text_of(name):
        reader.problem("vendor", "rejected", "a required field could not be read")
        return
    facts = {label: text_of(node) for label, node in _table(reader, _S["facts"], _FACTS).items()}
    vendor: Record = dict(VENDOR)
    vendor["vendor_name"] = text_of(name)
    if match := re.fullmatch(r"(\d+) / (\d+)", facts.get("Completed orders", "")):
        vendor["sales"] = vendor["sales_hi"] = int(match[1])
    if facts.get("Rated orders"):
        vendor["rating_count"] = reader.integer(facts["Rated orders"], "rating_count")
    rating = decimal_of(facts.get("Average rating", ""))
    vendor["rating"] = float(rating) if rating is not None and rating <= 5 else None
    if match := re.search(r"Level (\d+)", facts.get("Vendor-Level", "")):
        vendor["vendor_level"] = int(match[1])
    vendor["member_since"] = long_date(facts.get("Member since", ""))
    vendor["last_active"] = long_date(facts.get("Last online", ""))
    vendor["external_ratings"] = []
    vendor["profile_text"] = block_text(reader.tree.css_first(_S["text"])) or None
    block = reader.tree.css_first(_S["pgp"])
    key = page_key(raw_lines(block)) if block is not None else None
    if key is not None:
        vendor["pgp_key"], vendor["pgp_fingerprint"] = key.armour, key.fingerprint
        if key.reason:
            reader.problem("pgp_fingerprint", "unreadable", key.reason)
    page.vendors.append(vendor)
    page.listings = _rows(reader, [])
