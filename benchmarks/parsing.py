"""Parsing against a bare selectolax extraction of the same fields, and against BeautifulSoup where it is installed."""

import importlib.util
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from cryptodrug_assets.markets import _dates, _html, _pgp, dream, empire, get_market
from cryptodrug_assets.markets.base import CONTENT_KINDS
from cryptodrug_assets.replica.server import host_name, respond, session_value
from cryptodrug_assets.replica.world import make_world

_MOMENT = {"dream": "2019-03-31T23:59", "empire": "2019-11-30T23:59"}
_VENDORS = 60
# What a reader of the same fields asks of a page: (rows, what of each row), all as strings. An item is a selector, and
# after @ an attribute; "@class" alone is the row's own. Labels, stars, links and counters are among them.
_BARE: dict[str, list[tuple[str, list[str]]]] = {
    "dream": [
        ("html", ["title", "div.content div.title", "div.viewProduct > div.title", "#offerDescription pre"]),
        ("html", ["div.messagingTab pre", "div.andMoreRatings", 'input[name="offer"]@value']),
        ("div.exchangeRateListing tr", ["td"]),
        ("div.sidebar.browse div.category", ["@class", "a", "a@href", "span.amount"]),
        ("div.tabularDetails", ["label", "span", "a@href", "span.userRating@title", "span.externalVendorRef@class"]),
        ("div.profileNotes", ["label", "span", "span.userRating@title", "span.externalVendorRef@class"]),
        ("#tableOfRatings tbody tr", ["td"]),
        ("table.shippingTable tr", ["td"]),
        ("div.ratings tr", ["td", "img@src"]),
        ("table.ratingTable tr", ["td", "img@src"]),
        (
            "div.shopItem",
            ["div.oTitle a", "div.oTitle a@href", "div.oPrice", "div.oVendor > a", ".escrowBox@class", ".osBod"],
        ),
        ("div.content a, div.sidebar.browse a", ["@href"]),
    ],
    "empire": [
        ("html", ["title", "div.footer", "div.listDes h2", "#desc_prod", "h1.seth1", "h3.user_info_mid_head"]),
        ("html", ["div.user_info_mid", "span[title]@title", "div.tabcontent_user_feedback pre"]),
        ("div.sm-nav li", ["a"]),
        ("nav.Category li", ["a", "a@href", "span"]),
        ("div.listDes", ["p", "form@action", "option", "table.productTbl td", "a@href"]),
        ("div.sub_head_inner_header h3", ["a"]),
        ("div.seller_rating tr", ["td"]),
        ("div.buyer_statistics tr", ["td"]),
        ("div.col-1search", ["div.head", "div.head a", "div.head a@href", "div.head p", "div.col-1right p"]),
        ("table.user_feedbackTbl tr", ["img@src", "p.feedback_msg", "font", "td", "a@href"]),
        ("a", ["@href"]),
    ],
}


def pages(market: str) -> list[tuple[str, bytes]]:
    """Distinct pages of the demo world, the busiest vendors' first: feedback, offers and lists."""
    moment = datetime.fromisoformat(_MOMENT[market]).replace(tzinfo=UTC)
    world = make_world("demo", 7).markets[market]
    host = host_name(market, moment) + ":80"
    busiest = sorted(world.vendors, key=lambda vendor: -len(world.vendor_sales(vendor, moment)))[:_VENDORS]
    offers = [item for vendor in busiest for item in world.vendor_listings(vendor, moment)[:2]]
    if market == "dream":
        targets = [f"/contactMember?member={vendor.name}&tab=ratings" for vendor in busiest]
        targets += [f"/viewProduct?offer={item.listing_id}" for item in offers] + [
            "/?category=104",
            "/?page=2&category=104",
        ]
    else:
        from cryptodrug_assets.replica.pages import token

        targets = [f"/profile/setUserTab/p_feedback/{token(vendor.name)}/0" for vendor in busiest]
        targets += [f"/product/{item.listing_id}/1/1" for item in offers] + [
            "/category/categories/2/0",
            "/category/categories/2/15",
        ]
    found = []
    for target in targets:
        path, _, query = target.partition("?")
        cookies = f"replica_session={session_value(market)}"
        answer = respond("demo", 7, host=host, method="GET", path=path, query=query, body="", cookies=cookies)
        found.append((f"http://{host}{target}", answer.body))
    return found


def bare(market: str, body: bytes) -> int:
    """The same fields as strings, without typing, checks or classification."""
    tree = LexborHTMLParser(body.decode("utf-8", "replace"))
    seen = 0
    for rows, fields in _BARE[market]:
        for row in tree.css(rows):
            for field in fields:
                selector, _, attribute = field.partition("@")
                for node in row.css(selector) if selector else (row,):
                    value = node.attributes.get(attribute) if attribute else node.text(deep=True, strip=True)
                    seen += len(value or "")
    return seen


def soup(market: str, body: bytes) -> int:
    """The same with BeautifulSoup on its fastest parser."""
    from bs4 import BeautifulSoup

    tree = BeautifulSoup(body.decode("utf-8", "replace"), "lxml" if importlib.util.find_spec("lxml") else "html.parser")
    seen = 0
    for rows, fields in _BARE[market]:
        for row in tree.select(rows):
            for field in fields:
                selector, _, attribute = field.partition("@")
                for node in row.select(selector) if selector else (row,):
                    seen += len(str(node.get(attribute) or "") if attribute else node.get_text(strip=True))
    return seen


def _forget() -> None:
    """Empty the parsers' memories of texts, as if the pages came for the first time."""
    for module in (_html, _dates, _pgp, dream, empire):
        for thing in vars(module).values():
            if hasattr(thing, "cache_clear"):
                thing.cache_clear()


def _per_page(work: Callable[[str, bytes], object], sample: list[tuple[str, bytes]], passes: int = 3) -> float:
    """Milliseconds of CPU per page, the best of some passes over all pages, each begun with empty memories."""
    best = float("inf")
    for _ in range(passes):
        _forget()
        began = time.process_time()
        for url, body in sample:
            work(url, body)
        best = min(best, (time.process_time() - began) / len(sample) * 1000)
    return best


def _kind(url: str) -> str:
    if any(mark in url for mark in ("tab=ratings", "p_feedback")):
        return "feedback"
    return "offers" if any(mark in url for mark in ("viewProduct", "/product/")) else "lists"


def _archived(market: str, moment: datetime) -> dict[str, list[tuple[str, bytes]]]:
    """Archived pages of the market with content, where CRYPTODRUG_REAL_PAGES names the folder that holds them."""
    folder = os.environ.get("CRYPTODRUG_REAL_PAGES")
    if not folder:
        return {}
    url = f"http://{host_name(market, moment)}/"
    bodies = [path.read_bytes() for path in sorted((Path(folder) / market).glob("*.html"))]
    kinds = [get_market(market).discover(body, url=url).page_kind for body in bodies]
    found = [(url, body) for body, kind in zip(bodies, kinds, strict=True) if kind in CONTENT_KINDS]
    return {"archived pages": found} if found else {}


def main() -> None:
    """Print the ratios per market, over all pages and by kind of page."""
    for market, when in _MOMENT.items():
        reader, moment = get_market(market), datetime.fromisoformat(when).replace(tzinfo=UTC)
        everything = pages(market)
        groups: dict[str, list[tuple[str, bytes]]] = {"all pages": everything}
        for url, body in everything:
            groups.setdefault(_kind(url), []).append((url, body))
        groups |= _archived(market, moment)
        for name, sample in groups.items():
            size = sum(len(body) for _, body in sample) / len(sample) / 1000
            ours = _per_page(lambda url, body: reader.parse(body, url=url, captured_at=moment), sample)  # noqa: B023
            plain = _per_page(lambda _, body: bare(market, body), sample)  # noqa: B023
            line = f"{market}, {name}: {len(sample)} of {size:.0f} KB; ours {ours:.2f} ms, bare selectolax"
            line += f" {plain:.2f} ms: {plain / ours:.0%} of its speed"
            if importlib.util.find_spec("bs4"):
                slow = _per_page(lambda _, body: soup(market, body), sample, 1)  # noqa: B023
                line += f"; BeautifulSoup {slow:.1f} ms: {slow / ours:.1f} times ours"
            print(line, flush=True)
    if importlib.util.find_spec("bs4") is None:
        print("BeautifulSoup not installed (pip install beautifulsoup4 lxml to compare)")
