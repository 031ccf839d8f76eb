"""Parsing against a bare selectolax extraction of the same fields, and against BeautifulSoup where it is installed."""

import importlib.util
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.replica.server import host_name, respond, session_value
from cryptodrug_assets.replica.world import make_world

_MOMENT = {"dream": "2019-03-31T23:59", "empire": "2019-11-30T23:59"}
_ROUNDS = 30
# Selectors of the fields a page of each kind holds: (rows, fields of a row), and fields that stand once.
_BARE: dict[str, dict[str, Any]] = {
    "dream": {
        "once": [
            "title",
            "div.viewProduct > div.title",
            "div.tabularDetails",
            "#offerDescription pre",
            "div.profileNotes",
        ],
        "rows": {
            "div.shopItem": ["div.oTitle a", "div.oPrice", "div.oVendor", "div.oShips"],
            "table.ratingTable tr": ["td"],
            "div.ratings tr": ["td"],
            "div.exchangeRateListing tr": ["td"],
            "div.category": ["a", "span.amount"],
        },
    },
    "empire": {
        "once": ["title", "div.listDes h2", "table.productTbl", "#desc_prod", "h3.user_info_mid_head", "div.footer"],
        "rows": {
            "div.col-1search": ["div.head a", "div.head p", "div.col-1right p"],
            "table.user_feedbackTbl tr": ["p.feedback_msg", "font", "a", "td"],
            "div.sm-nav li": ["a"],
            "nav.Category li": ["a", "span"],
        },
    },
}


def pages(market: str) -> list[tuple[str, bytes]]:
    """The heaviest pages of the demo world: lists, offers and feedback, 16 to 190 KB."""
    moment = datetime.fromisoformat(_MOMENT[market]).replace(tzinfo=UTC)
    world = make_world("demo", 7).markets[market]
    host = host_name(market, moment) + ":80"
    busiest = sorted(world.vendors, key=lambda vendor: -len(world.vendor_sales(vendor, moment)))[:12]
    offers = [item for vendor in busiest for item in world.vendor_listings(vendor, moment)[:1]]
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
    """The same fields as text, and all links, without typing, checks or classification."""
    tree = LexborHTMLParser(body.decode("utf-8", "replace"))
    spec = _BARE[market]
    seen = 0
    for selector in spec["once"]:
        node = tree.css_first(selector)
        seen += len(node.text(deep=True).strip()) if node is not None else 0
    for selector, fields in spec["rows"].items():
        for row in tree.css(selector):
            for field in fields:
                for node in row.css(field):
                    seen += len(node.text(deep=True).strip())
    return seen + sum(len(node.attributes.get("href") or "") for node in tree.css("a"))


def soup(market: str, body: bytes) -> int:
    """The same with BeautifulSoup on its fastest parser."""
    from bs4 import BeautifulSoup

    tree = BeautifulSoup(body.decode("utf-8", "replace"), "lxml" if importlib.util.find_spec("lxml") else "html.parser")
    spec = _BARE[market]
    seen = 0
    for selector in spec["once"]:
        node = tree.select_one(selector)
        seen += len(node.get_text().strip()) if node is not None else 0
    for selector, fields in spec["rows"].items():
        for row in tree.select(selector):
            for field in fields:
                seen += sum(len(node.get_text().strip()) for node in row.select(field))
    return seen + sum(len(str(node.get("href") or "")) for node in tree.select("a"))


def _per_page(work: Callable[[str, bytes], object], sample: list[tuple[str, bytes]], rounds: int) -> float:
    """Milliseconds of CPU per page, best of three passes."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        for _ in range(rounds):
            for url, body in sample:
                work(url, body)
        best = min(best, (time.process_time() - began) / rounds / len(sample) * 1000)
    return best


def main() -> None:
    """Print the ratios per market."""
    for market, when in _MOMENT.items():
        reader, moment = get_market(market), datetime.fromisoformat(when).replace(tzinfo=UTC)
        sample = pages(market)
        size = sum(len(body) for _, body in sample) / len(sample) / 1000
        ours = _per_page(lambda url, body: reader.parse(body, url=url, captured_at=moment), sample, _ROUNDS // 3)  # noqa: B023
        plain = _per_page(lambda _, body: bare(market, body), sample, _ROUNDS // 3)  # noqa: B023
        line = f"{market}: {size:.0f} KB a page; ours {ours:.2f} ms, bare selectolax {plain:.2f} ms,"
        line += f" {plain / ours:.0%} of its speed"
        if importlib.util.find_spec("bs4"):
            slow = _per_page(lambda _, body: soup(market, body), sample, 1)  # noqa: B023
            line += f"; BeautifulSoup {slow:.1f} ms: {slow / ours:.1f} times ours"
        else:
            line += "; BeautifulSoup not installed (pip install beautifulsoup4 to compare)"
        print(line)
