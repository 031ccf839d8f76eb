"""Profiles, layout `2018-03`: the first table beside the name, and the tab that is open.

`Completed orders` are those the account made as a buyer. A vendor's sales are the second number of `Open/Completed
orders`.
"""

import re
from urllib.parse import unquote_plus

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._fields import put_key
from cryptodrug_assets.markets._frame import Asked
from cryptodrug_assets.markets._html import Reader, block_text, cells_of, text_of
from cryptodrug_assets.markets._links import path_of
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.records import VENDOR, Vendor
from cryptodrug_assets.markets.wall_street.addresses import PROFILE
from cryptodrug_assets.markets.wall_street.blocks import own_text
from cryptodrug_assets.markets.wall_street.dates import UNKNOWN, day_of
from cryptodrug_assets.markets.wall_street.footer import footer_counters
from cryptodrug_assets.markets.wall_street.lists import OLD_LAYOUT, offers_of_a_profile
from cryptodrug_assets.markets.wall_street.tree import categories_of, counters_of

_BUYER, _VENDOR = "Buyer-statistics", "Vendor-statistics"
_KEYS = {
    "Last online", "Member since", "Vendor since", "Completed orders", "Open/Completed orders", "Rated orders",
    "Average rating", "Vendor-Level",
}  # fmt: skip
_OF_BOTH = {"Rated orders", "Average rating"}
_LEAST_KEYS = 2
_ORDERS = re.compile(r"(\d{1,9}) ?/ ?(\d{1,9})")
_RATING = re.compile(r"\(([0-5](?:\.\d{1,2})?)\)")
_LEVEL = re.compile(r"(?:Level )?(\d{1,3})")
_NAME = re.compile(r"[^\s<>()/]{1,60}")


def profile_table(reader: Reader) -> LexborNode | None:
    """The table of a profile's facts: the only one that has at least two of its labels."""
    tables = [
        table
        for table in reader.tree.css("#mCont table")
        if len(_KEYS & {_label(cell) for row in table.css("tr") for cell in cells_of(row)[:1]}) >= _LEAST_KEYS
    ]
    return tables[0] if len(tables) == 1 else None


def _label(cell: LexborNode) -> str:
    return text_of(cell).removesuffix(":")


def read_profile(reader: Reader, page: ParsedPage, asked: Asked) -> None:
    """A vendor's account, with what the open tab shows; without a name it is rejected."""
    page.layout = OLD_LAYOUT
    page.counters = [*counters_of(reader, categories_of(reader)), *footer_counters(reader)]
    table = profile_table(reader)
    match = PROFILE.match(path_of(asked.url))
    name = _name(reader, table, unquote_plus(match[1]) if match else None)
    if name is None or table is None:
        reader.problem("vendor", "rejected", "a required field could not be read")
        return
    vendor = VENDOR.copy()
    vendor["vendor_name"], vendor["external_ratings"] = name, []
    _facts(reader, table, vendor, asked)
    page.vendors.append(vendor)
    tab = reader.tree.css_first("#tabcontent")
    if tab is None:
        return
    if not put_key(reader, vendor, tab) and match and match[2] == "info":
        vendor["profile_text"] = block_text(tab) or None
    page.listings = offers_of_a_profile(reader, tab, name)


def _name(reader: Reader, table: LexborNode | None, asked: str | None) -> str | None:
    """The heading beside the facts, which must be the name that the address or the page's own tabs say."""
    beside = table.parent if table is not None else None
    heads = beside.css("h2") if beside is not None else []
    heads = heads or [node for node in reader.tree.css("#mCont h2") if _NAME.fullmatch(own_text(node))]
    names = {text for node in heads if _NAME.fullmatch(text := own_text(node))}
    said = (
        {asked} if asked else {unquote_plus(match[1]) for node in reader.tree.css("a[href]") if (match := _tab(node))}
    )
    if len(names) != 1 or (said and not names & said):
        reader.problem("vendor_name", "multiple" if len(names) > 1 else "missing", "not the name of this profile")
        return None
    return names.pop()


def _tab(node: LexborNode) -> re.Match[str] | None:
    match = PROFILE.match(path_of(node.attributes.get("href")))
    return match if match and match[2] else None


def _facts(reader: Reader, table: LexborNode, vendor: Vendor, asked: Asked) -> None:
    facts: dict[str, LexborNode] = {}
    section, doubtful = None, set()
    for row in table.css("tr"):
        cells, text = cells_of(row), text_of(row)
        if text in (_BUYER, _VENDOR):
            section = text
            continue
        if len(cells) < 2:
            continue
        label = _label(cells[0])
        # What an account did as a buyer says nothing of the vendor, and some labels stand in both parts.
        if section == _BUYER or label == "Completed orders" or (label in _OF_BOTH and section != _VENDOR):
            continue
        if label not in _KEYS:
            reader.unread.append(label[:60])
        elif label in facts:
            doubtful.add(label)
        else:
            facts[label] = cells[1]
    for label in doubtful:
        reader.problem(label, "multiple")
        del facts[label]
    texts = {label: text_of(cell) for label, cell in facts.items()}
    if "Open/Completed orders" in texts:
        orders = _ORDERS.fullmatch(texts["Open/Completed orders"])
        if orders is None:
            reader.problem("sales", "unreadable", "not two counts")
        else:
            vendor["sales"] = vendor["sales_hi"] = int(orders[2])
    if texts.get("Rated orders"):
        vendor["rating_count"] = reader.integer(texts["Rated orders"], "rating_count")
    if rating := _RATING.search(texts.get("Average rating", "")):
        vendor["rating"] = float(rating[1]) if float(rating[1]) <= 5 else None
    if "Vendor-Level" in facts:
        badge = _LEVEL.fullmatch(text_of(facts["Vendor-Level"].css_first("span.badge-success")))
        vendor["vendor_level"] = int(badge[1]) if badge else None
    for label, field in (("Member since", "member_since"), ("Last online", "last_active")):
        text = texts.get(label, "")
        day = day_of(text, asked.captured_at)
        if field == "member_since":
            vendor["member_since"] = day
        else:
            vendor["last_active"] = day
        if day is None and text not in UNKNOWN and not text.endswith("ago"):
            reader.problem(field, "unreadable", "not a date")
