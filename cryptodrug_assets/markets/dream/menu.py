"""What stands around the content of Dream's pages: rates, the sidebar of categories with its counts, links."""

import re
from functools import lru_cache
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._frame import Asked
from cryptodrug_assets.markets._html import Reader, Remembered, cells_of, decimal_of, integer_of, pairs_of, text_of
from cryptodrug_assets.markets._links import site_of
from cryptodrug_assets.markets.base import Link, ParsedPage
from cryptodrug_assets.markets.dream.pages import HEADING, sidebar_of
from cryptodrug_assets.markets.records import (
    Counter,
)

_CATEGORY = re.compile(r"[?&]category=(\d+)")
_PAGE = re.compile(r"[?&]page=([^&]+)")
_DEPTH = re.compile(r"\bdepth(\d)\b")


def list_heading(reader: Reader) -> tuple[str, int] | None:
    content = reader.div("content")
    match = HEADING.match(text_of(content.css_first("div.title"))) if content is not None else None
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


class Entry(NamedTuple):
    """A category of the sidebar."""

    depth: int
    name: str
    identifier: str | None
    offers: int | None
    chosen: bool


def _entry_of(node: LexborNode) -> Entry | None:
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
    return Entry(int(depth[1]), name, match[1] if match else None, integer_of(count), "selected" in classes)


_entry = Remembered(_entry_of)


def _entries(reader: Reader) -> list[tuple[int, Entry]]:
    """Block and category: the first block is the branch of the chosen one, the second the roots again."""
    sidebar = sidebar_of(reader)
    entries: list[tuple[int, Entry]] = []
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


def chosen_category(entries: list[tuple[int, Entry]]) -> tuple[list[str] | None, str | None]:
    """Path from the root to the chosen category, and the category's id; nothing when none is chosen."""
    path: list[str] = []
    for block, entry in entries:
        if block <= 1:
            path = [*path[: entry.depth], entry.name]
            if entry.chosen:
                return (path, entry.identifier) if all(path) and entry.identifier else (None, None)
    return None, None


def counter_of(counter: str, identifier: str | None, category: str | None, depth: int | None, value: int) -> Counter:
    return {"counter": counter, "category_id": identifier, "category": category, "depth": depth, "value": value}


def _counters(entries: list[tuple[int, Entry]]) -> list[Counter]:
    counters: dict[str, Counter] = {}
    path: list[str] = []
    for _, entry in entries:
        if entry.identifier is None or entry.offers is None:
            continue
        path = [*path[: entry.depth], entry.name]
        counters.setdefault(
            entry.identifier,
            counter_of("category_listings", entry.identifier, " / ".join(path), entry.depth, entry.offers),
        )
    return list(counters.values())


def links_of(reader: Reader, url: str) -> list[Link]:
    links: dict[str, Link] = {}
    site = site_of(url)
    seen: set[str] = set()
    for part in (sidebar_of(reader), reader.div("content")):
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


def read_rates(reader: Reader, page: ParsedPage, _: Asked) -> None:
    """Exchange rates, which stand on every page."""
    page.exchange_rates = _rates(reader)


def read_menu(reader: Reader, page: ParsedPage) -> list[tuple[int, Entry]]:
    """Rates and the counters of the sidebar; its categories."""
    page.exchange_rates = _rates(reader)
    entries = _entries(reader)
    page.counters = _counters(entries)
    return entries


def read_head(reader: Reader, page: ParsedPage, _: Asked) -> None:
    """What stands on every page with content."""
    read_menu(reader, page)
