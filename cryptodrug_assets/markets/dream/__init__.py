"""Dream Market, from real pages of March to November 2018: what of it a capture asks for, and what reads its pages.

Dream shows no server clock. Prices are in bitcoin with the viewer's currency in brackets, or in that currency alone.
Ratings on listing pages carry neither price nor buyer; those of the vendor's ratings tab carry no product.
"""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptodrug_assets.markets._frame import PageReader, PagesByKind
from cryptodrug_assets.markets._html import Reader
from cryptodrug_assets.markets.base import Link
from cryptodrug_assets.markets.dream.menu import links_of, read_head, read_rates
from cryptodrug_assets.markets.dream.offers import read_list, read_offer
from cryptodrug_assets.markets.dream.pages import kind_of
from cryptodrug_assets.markets.dream.vendors import read_vendor


class Dream(PagesByKind):
    """Dream Market."""

    name = "dream"
    parser_version = "1.2.0"
    entry_path = "/"

    layout = "2018"
    readers: ClassVar[Mapping[str, PageReader | None]] = {
        "listing": read_offer,
        "listing_index": read_list,
        "vendor": read_vendor,
        "home": read_head,
        "not_found": read_rates,
        "error": read_rates,
    }

    def classify(self, reader: Reader) -> str:
        """See PagesByKind."""
        return kind_of(reader)

    def links(self, reader: Reader, url: str) -> list[Link]:
        """See PagesByKind."""
        return links_of(reader, url)

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
