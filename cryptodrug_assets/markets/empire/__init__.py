"""Empire Market, from real pages of September 2019 to February 2020: what a capture asks for, what reads its pages.

Pages end with the server's clock, which is the time of capture. Feedback of the vendor tabs carries the exact price,
the minute and the product.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from cryptodrug_assets.markets._frame import PageReader, PagesByKind
from cryptodrug_assets.markets._html import Reader
from cryptodrug_assets.markets.base import Link
from cryptodrug_assets.markets.empire.addresses import CATEGORY, PRODUCT, USER, USER_TAB, links_of
from cryptodrug_assets.markets.empire.lists import read_list
from cryptodrug_assets.markets.empire.menu import read_head
from cryptodrug_assets.markets.empire.offers import read_offer
from cryptodrug_assets.markets.empire.pages import clock_of, kind_of
from cryptodrug_assets.markets.empire.vendors import read_vendor


class Empire(PagesByKind):
    """Empire Market."""

    name = "empire"
    parser_version = "1.3.0"
    entry_path = "/home"

    layout = "2019"
    readers: ClassVar[Mapping[str, PageReader | None]] = {
        "listing": read_offer,
        "listing_index": read_list,
        "vendor": read_vendor,
        "category_index": read_head,
        "login": None,
        "challenge": None,
        "not_found": None,
    }

    def classify(self, reader: Reader) -> str:
        """See PagesByKind."""
        return kind_of(reader)

    def links(self, reader: Reader, url: str) -> list[Link]:
        """See PagesByKind."""
        return links_of(reader, url)

    def clock(self, reader: Reader) -> datetime | None:
        """The server's time, in the last line of a page."""
        return clock_of(reader)

    def in_scope(self, link: Link) -> bool:
        """Home, categories, products, profiles, their feedback and key; nothing that acts or ends the session."""
        path = urlsplit(link.url).path
        if link.method != "GET" or urlsplit(link.url).query:
            return False
        return path in ("", "/", "/home") or any(
            pattern.search(path) for pattern in (PRODUCT, CATEGORY, USER, USER_TAB)
        )

    def canonical(self, link: Link) -> str:
        """The path in one spelling; the first page of a list is the list."""
        path = urlsplit(link.url).path.rstrip("/")
        if match := CATEGORY.search(path):
            path = f"/category/categories/{match[1]}/{int(match[2] or 0)}"
        elif match := USER_TAB.search(path):
            path = f"/profile/setUserTab/{match[1].lower()}/{match[2]}/{int(match[3] or 0)}"
        elif path in ("", "/"):
            path = "/home"
        return f"{link.method} {path}"


MARKET = Empire()
