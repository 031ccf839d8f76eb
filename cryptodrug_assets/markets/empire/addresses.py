"""Addresses of Empire's pages, and the links that a capture may follow."""

import re
from functools import lru_cache

from cryptodrug_assets.markets._html import Reader, text_of
from cryptodrug_assets.markets._links import path_of, site_of
from cryptodrug_assets.markets.base import Link

PRODUCT = re.compile(r"/product/(\d+)/(\d+)/(\d+)/?$")
PRODUCT_TAB = re.compile(r"/Product_List/setTab/(\d+)/(\d+)/(\d+)/(\w+)/?$", re.IGNORECASE)
QUEUE = re.compile(r"/Product_List/setQueue/(\d+)/(\d+)/(\d+)", re.IGNORECASE)
CATEGORY = re.compile(r"/category/categories/(\d+)(?:/(\d+))?/?$")
USER = re.compile(r"/u/([^/]+)/?$")
# Tabs that a capture asks for, and all that a saved page may show.
USER_TAB = re.compile(
    r"/profile/setUserTab/(p_feedback|n_feedback|c_feedback|pgp)/([^/]+)(?:/(\d*))?/?$", re.IGNORECASE
)
ANY_TAB = re.compile(r"/profile/setUserTab/(\w+)/[^/]+(?:/(\d*))?/?$", re.IGNORECASE)


def links_of(reader: Reader, url: str) -> list[Link]:
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
    if match := CATEGORY.search(path):
        kind, category, number = "listing_index", match[1], int(match[2] or 0) // 15 + 1
    elif match := USER_TAB.search(path):
        kind, category, number = "vendor", None, int(match[3] or 0) // 30 + 1
    elif PRODUCT.search(path) or USER.search(path):
        kind, category, number = "vendor" if USER.search(path) else "listing", None, None
    else:
        return None
    found = site_of(base).own(href)
    return Link(found.url, kind, category=category, page=number) if found is not None else None
