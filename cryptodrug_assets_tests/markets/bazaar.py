"""A toy fourth market: what docs/add-a-market.md asks for, in one module."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from cryptodrug_assets.markets._html import Reader, decimal_of, text_of
from cryptodrug_assets.markets._links import Site
from cryptodrug_assets.markets._text import too_much
from cryptodrug_assets.markets.base import LISTING, Discovery, Link, ParsedPage, Problem, Record, unique_links

_ITEM = re.compile(r"^/item/(\d+)$")
_PRICE = re.compile(r"([A-Z]{3}) ([\d.,]+)")


class Bazaar:
    """Two kinds of page: a front page that lists items, and the items."""

    name = "bazaar"
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
        """Read a page."""
        page = ParsedPage(self.name, "unknown", self.parser_version)
        if (reason := too_much(body)) is not None:
            page.problems.append(Problem("page", "too_large", reason))
            return page
        reader = Reader(body)
        page.page_kind = _classify(reader)
        if page.page_kind == "listing":
            title = reader.one(reader.tree, "h1.item", "title")
            seller = reader.one(reader.tree, "a.seller", "vendor_name")
            price = reader.one(reader.tree, "p.price", "price_amount")
            match = _PRICE.fullmatch(text_of(price))
            if title is None or seller is None or match is None:
                reader.problem("listing", "rejected", "a required field could not be read")
            else:
                record: Record = dict(LISTING)
                record["listing_id"] = urlsplit(url).path.rpartition("/")[2]
                record["title"], record["vendor_name"] = text_of(title), text_of(seller)
                record["price_amount"], record["price_currency"] = decimal_of(match[2]), match[1]
                page.listings.append(record)
        page.links = _links(reader, url)
        page.problems += reader.problems
        return page

    def discover(
        self, body: bytes, *, url: str, context_category: str | None = None, context_page: int | None = None
    ) -> Discovery:
        """Kind and links."""
        reader = Reader(body)
        return Discovery(_classify(reader), _links(reader, url), None)

    def in_scope(self, link: Link) -> bool:
        """The front page and the items."""
        path = urlsplit(link.url).path
        return link.method == "GET" and (path == "/" or bool(_ITEM.match(path)))

    def canonical(self, link: Link) -> str:
        """The path."""
        return f"{link.method} {urlsplit(link.url).path}"


MARKET = Bazaar()


def _classify(reader: Reader) -> str:
    if text_of(reader.tree.css_first("title")) != "Bazaar":
        return "unknown"
    return "listing" if reader.tree.css_first("h1.item") is not None else "home"


def _links(reader: Reader, url: str) -> list[Link]:
    site = Site(url)
    found = (site.own(node.attributes.get("href") or "") for node in reader.tree.css("a[href]"))
    return unique_links(Link(one.url, "listing") for one in found if one is not None and _ITEM.match(one.path))
