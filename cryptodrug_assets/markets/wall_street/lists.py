"""Offers of a list: cards since the summer of 2018 (layout `2019-04`), before that rows of a table (`2018-03`)."""

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._frame import Asked
from cryptodrug_assets.markets._html import Reader, cells_of, text_of, title_of
from cryptodrug_assets.markets._links import path_of
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.records import LISTING, Listing
from cryptodrug_assets.markets.wall_street.addresses import OFFER, PROFILE, STATE
from cryptodrug_assets.markets.wall_street.blocks import own_text, parts_by_icons
from cryptodrug_assets.markets.wall_street.footer import footer_counters
from cryptodrug_assets.markets.wall_street.money import money_of
from cryptodrug_assets.markets.wall_street.shipping import FROM, TO, card_place, destinations_of, origin_of
from cryptodrug_assets.markets.wall_street.tree import categories_of, chosen, counters_of, state_of

LAYOUT, OLD_LAYOUT = "2019-04", "2018-03"
CARD_TITLE = "h4.card-title > a"


def offer_id(node: LexborNode) -> str | None:
    """The offer that a link leads to."""
    match = OFFER.match(path_of(node.attributes.get("href")))
    return match[1] if match else None


def is_profile(node: LexborNode) -> bool:
    """Whether a link leads to a vendor's own page."""
    match = PROFILE.match(path_of(node.attributes.get("href")))
    return match is not None and match[2] is None


def cards(reader: Reader) -> list[LexborNode]:
    """The cards that are offers."""
    return [node for node in reader.tree.css("div.card > div.card-body") if node.css_first(CARD_TITLE) is not None]


def table_rows(reader: Reader) -> list[LexborNode]:
    """Rows of a table that name an offer and a vendor."""
    rows: list[LexborNode] = []
    for row in reader.tree.css("#mCont table tr"):
        links = row.css("a[href]")
        if any(offer_id(link) for link in links) and any(is_profile(link) for link in links):
            rows.append(row)
    return rows


def read_list(reader: Reader, page: ParsedPage, asked: Asked) -> None:
    """The offers of a page of a list, with the path of the category that is chosen in the tree."""
    categories, state = categories_of(reader), state_of(reader)
    identifier, path = chosen(state, categories)
    if identifier is None and any(state.get(name) for name in STATE):
        reader.problem("category_path", "missing", "the chosen category is not in the tree")
    shown = cards(reader)
    page.layout = LAYOUT if shown or not table_rows(reader) else OLD_LAYOUT
    rows = [_card(reader, card) for card in shown] or [_row(reader, row) for row in table_rows(reader)]
    for record in rows:
        if record is None:
            reader.problem("listing", "rejected", "an offer of a list could not be read")
            continue
        record["category_path"], record["category_id"] = path or None, identifier
        page.listings.append(record)
    page.counters = [*counters_of(reader, categories), *footer_counters(reader)]


def _begun(reader: Reader, titles: list[LexborNode], sellers: list[LexborNode]) -> Listing | None:
    """A record with offer and vendor; None where the item does not name exactly one of each."""
    numbers = {offer_id(node) for node in titles if offer_id(node)}
    named = [node for node in titles if offer_id(node) and text_of(node)]
    names = {text_of(node) for node in sellers}
    if len(numbers) != 1 or not named or len(names) != 1:
        return None
    record = LISTING.copy()
    name = reader.handle(text_of(sellers[0]), sellers[0].attributes.get("href") or "")
    if name is None:
        return None
    record["listing_id"], record["title"], record["vendor_name"] = numbers.pop(), title_of(named[0]), name
    return record


def put_price(record: Listing, text: str) -> bool:
    """Put a price into a record; whether the text is one."""
    money = money_of(text)
    if money is None:
        return False
    amount, currency, unit = money
    record["price_amount"], record["price_currency"], record["price_text"] = amount, currency, text
    record["price_unit"] = unit
    record["price_quotes"] = [{"amount": amount, "currency": currency}]
    return True


def _card(reader: Reader, card: LexborNode) -> Listing | None:
    """A card: title, line, vendor, price with its unit behind it, then places behind their icons."""
    record = _begun(reader, card.css("h4.card-title > a"), [node for node in card.css("hr ~ a") if is_profile(node)])
    if record is None:
        return None
    # The price is the second <b> behind the line: what stands in the first is not known, but no amount of money.
    prices = [node for node in card.css("hr ~ b") if money_of(text_of(node))]
    if len(prices) != 1:
        reader.problem("price_amount", "multiple" if prices else "unreadable", f"{len(prices)} amounts of money")
        return None
    put_price(record, text_of(prices[0]))
    behind = prices[0].next
    unit = " ".join((behind.text(deep=False) or "").split()) if behind is not None and behind.tag == "-text" else ""
    if unit.startswith("/"):
        record["price_unit"] = unit.removeprefix("/").strip() or None
    _places(reader, card, record)
    return record


def _places(reader: Reader, card: LexborNode, record: Listing) -> None:
    origins, destinations = card.css(f"i.{FROM}"), card.css(f"i.{TO}")
    if len(origins) > 1 or len(destinations) > 1:
        reader.problem("ships_from", "multiple")
        return
    for icon in origins:
        record["ships_from"] = origin_of(reader, card_place(icon)[0])
    for icon in destinations:
        record["ships_to"] = destinations_of(*card_place(icon)) or None


def _row(reader: Reader, row: LexborNode) -> Listing | None:
    """A row of the table of early 2018: the offer's link, the vendor with a level, the price."""
    links = row.css("a[href]")
    return _priced(reader, row, _begun(reader, [a for a in links if offer_id(a)], [a for a in links if is_profile(a)]))


def _priced(reader: Reader, row: LexborNode, record: Listing | None) -> Listing | None:
    if record is None:
        return None
    prices = [text for cell in cells_of(row) if money_of(text := text_of(cell))]
    if len(prices) != 1:
        reader.problem("price_amount", "multiple" if prices else "unreadable", f"{len(prices)} amounts of money")
        return None
    put_price(record, prices[0])
    return record


def offers_of_a_profile(reader: Reader, tab: LexborNode, name: str) -> list[Listing]:
    """The offers tab of a profile: rows of offers, with rows between them that name the category of what follows."""
    records: list[Listing] = []
    path: list[str] = []
    for row in tab.css("table tr"):
        links = [node for node in row.css("a[href]") if offer_id(node)]
        cells = cells_of(row)
        if not links:
            if len(cells) == 1 and own_text(cells[0]):
                path = parts_by_icons(list(cells[0].iter(include_text=True)))
            continue
        numbers, named = {offer_id(node) for node in links}, [node for node in links if text_of(node)]
        record = LISTING.copy()
        if len(numbers) != 1 or not named:
            reader.problem("listing", "rejected", "an offer of a list could not be read")
            continue
        record["listing_id"], record["title"], record["vendor_name"] = numbers.pop(), title_of(named[0]), name
        priced = _priced(reader, row, record)
        if priced is None:
            reader.problem("listing", "rejected", "an offer of a list could not be read")
            continue
        priced["category_path"] = path or None
        records.append(priced)
    return records
