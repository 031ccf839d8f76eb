"""Parsing beside a bare selectolax extraction of the same fields, and beside BeautifulSoup on its fastest parser.

The two are told what kind of page they get, take each single field with one look and the rows of a table at once, and
hand over strings. Ours finds the kind out, checks, types and also builds the links' records and the keys' fingerprints.
CRYPTODRUG_REAL_PAGES may name a folder of archived pages, which are measured as well.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from selectolax.lexbor import LexborHTMLParser, LexborNode

from benchmarks import months
from benchmarks.furniture import furnished
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.replica.pages import token
from cryptodrug_assets.replica.server import host_name, respond, session_value
from cryptodrug_assets.replica.vocabulary import PRODUCTS
from cryptodrug_assets.replica.world import make_world

_MOMENT = {"dream": "2019-03-31T23:59", "empire": "2019-11-30T23:59"}
_VENDORS = 60
_MONTH = 700  # pages of the smaller month
_SLOW_SAMPLE = 20  # pages of a group that BeautifulSoup reads
_KINDS = {"listing": "offers", "vendor": "feedback", "listing_index": "lists", "category_index": "menu"}
# Fields as a reader asks for them: (rows, fields of each row), fields as selectors, after @ an attribute; "." is the
# row's own text. The rows of "" are the whole page, whose fields stand there once.
_Fields = list[tuple[str, list[str]]]
_DREAM_HEAD: _Fields = [
    ("", ["title", "div.content div.title"]),
    ("div.exchangeRateListing tr", ["td"]),
    ("div.sidebar.browse > div.category", ["@class", "a", "a@href", "span.amount"]),
    ("div.content a, div.sidebar.browse a", ["@href"]),
]
_DREAM_ITEMS: _Fields = [
    (
        "div.shopItem",
        ["div.oTitle a", "div.oTitle a@href", "div.oPrice", "div.oVendor > a", "div.escrowBox@class", ".osBod"],
    ),
]
_EMPIRE_HEAD: _Fields = [
    ("", ["title", "div.footer"]),
    ("div.sm-nav li", ["."]),
    ("nav.Category li > a", [".", "span", "@href"]),
    ("a", ["@href"]),
]
_EMPIRE_FEEDBACK: _Fields = [
    ("table.user_feedbackTbl tr", ["img@src", "p.feedback_msg", "font", "td", "a@href"]),
]
_ASKED: dict[str, dict[str, _Fields]] = {
    "dream": {
        "offers": [
            *_DREAM_HEAD,
            ("", ["div.viewProduct > div.title", "#offerDescription pre", 'input[name="offer"]@value']),
            ("div.tabularDetails > div", ["label", "span", "a@href", "span.userRating@title"]),
            ("span.externalVendorRef", [".", "@class"]),
            ("table.shippingTable tr", ["td"]),
            ("div.ratings tr", ["td", "img@src"]),
        ],
        "feedback": [
            *_DREAM_HEAD,
            ("div.profileNotes > div", ["label", "span", "span.userRating@title"]),
            ("span.externalVendorRef", [".", "@class"]),
            ("", ["div.andMoreRatings"]),
            ("div.messagingTab pre", ["."]),
            ("#tableOfRatings tbody tr", ["td"]),
            ("table.ratingTable tr", ["td", "img@src"]),
            *_DREAM_ITEMS,
        ],
        "lists": [*_DREAM_HEAD, *_DREAM_ITEMS],
    },
    "empire": {
        "offers": [
            *_EMPIRE_HEAD,
            ("", ["div.listDes h2", "#desc_prod", "div.listDes p > b > a", "div.listDes p > b > a@href"]),
            ("div.listDes p.padp", ["."]),
            ("div.listDes p > span", ["."]),
            ("table.productTbl td", ["."]),
            ("div.listDes form", ["@action", "option", "p"]),
            ("div.tab a", ["@href"]),
            ("div.sub_head_inner_header h3 a", ["."]),
            *_EMPIRE_FEEDBACK,
        ],
        "feedback": [
            *_EMPIRE_HEAD,
            ("", ["h1.seth1", "h3.user_info_mid_head", "div.user_info_mid", "div.tabcontent_user_feedback > p"]),
            ("", ["div.tabcontent_user_feedback pre"]),
            ("div.user_info_mid span[title]", [".", "@title"]),
            ("div.seller_rating tr", ["td"]),
            ("div.buyer_statistics tr", ["td"]),
            *_EMPIRE_FEEDBACK,
        ],
        "lists": [
            *_EMPIRE_HEAD,
            ("div.col-1search", ["div.head", "div.head a", "div.head a@href", "div.head p", "div.col-1right p"]),
        ],
        "menu": _EMPIRE_HEAD,
    },
}
Page = tuple[str, str, bytes]


def pages(market: str) -> list[Page]:
    """Kind, address and body of distinct pages of the demo world, the busiest vendors' first, with furniture."""
    moment = datetime.fromisoformat(_MOMENT[market]).replace(tzinfo=UTC)
    world = make_world("demo", 7).markets[market]
    host = host_name(market, moment) + ":80"
    busiest = sorted(world.vendors, key=lambda vendor: -len(world.vendor_sales(vendor, moment)))[:_VENDORS]
    offers = [item for vendor in busiest for item in world.vendor_listings(vendor, moment)[:2]]
    if market == "dream":
        targets = [("feedback", f"/contactMember?member={vendor.name}&tab=ratings") for vendor in busiest]
        targets += [("offers", f"/viewProduct?offer={item.listing_id}") for item in offers]
        lists = ["104", "104&page=2", *sorted({str(product.dream[0]) for product in PRODUCTS})]
        targets += [("lists", f"/?category={category}") for category in lists]
    else:
        targets = [("feedback", f"/profile/setUserTab/p_feedback/{token(vendor.name)}/0") for vendor in busiest]
        targets += [("offers", f"/product/{item.listing_id}/1/1") for item in offers]
        lists = ["2/0", "2/15", "2/30", *sorted(f"{product.empire[0]}/0" for product in PRODUCTS)]
        targets += [("lists", f"/category/categories/{category}") for category in lists]
    found = []
    for kind, target in targets:
        path, _, query = target.partition("?")
        cookies = f"replica_session={session_value(market)}"
        answer = respond("demo", 7, host=host, method="GET", path=path, query=query, body="", cookies=cookies)
        found.append((kind, f"http://{host}{target}", furnished(market, kind, answer.body, host, target)))
    return found


def _of(node: LexborNode, attribute: str) -> str:
    return (node.attributes.get(attribute) or "") if attribute else node.text(deep=True, strip=True)


def bare(market: str, kind: str, body: bytes) -> int:
    """The fields as strings, without typing, checks or classification."""
    tree = LexborHTMLParser(body.decode("utf-8", "replace"))
    seen = 0
    for rows, fields in _ASKED[market][kind]:
        if not rows:
            for field in fields:
                selector, _, attribute = field.partition("@")
                node = tree.css_first(selector)
                seen += len(_of(node, attribute)) if node is not None else 0
            continue
        for row in tree.css(rows):
            for field in fields:
                selector, _, attribute = field.partition("@")
                for node in row.css(selector) if selector.strip(".") or len(selector) > 1 else (row,):
                    seen += len(_of(node, attribute))
    return seen


def _soup_of(node: Tag, attribute: str) -> str:
    return str(node.get(attribute) or "") if attribute else node.get_text(strip=True)


def soup(market: str, kind: str, body: bytes) -> int:
    """The same with BeautifulSoup."""
    tree = BeautifulSoup(body.decode("utf-8", "replace"), "lxml")
    seen = 0
    for rows, fields in _ASKED[market][kind]:
        for row in tree.select(rows) if rows else (tree,):
            for field in fields:
                selector, _, attribute = field.partition("@")
                if not rows:
                    only = tree.select_one(selector)
                    seen += len(_soup_of(only, attribute)) if only is not None else 0
                    continue
                for node in row.select(selector) if selector.strip(".") or len(selector) > 1 else (row,):
                    seen += len(_soup_of(node, attribute))
    return seen


def _forget() -> None:
    """Empty the parsers' memories of texts, as if the pages came for the first time."""
    modules = [module for name, module in sys.modules.items() if name.startswith("cryptodrug_assets.markets.")]
    for module in modules:
        for thing in vars(module).values():
            if hasattr(thing, "cache_clear") and not isinstance(thing, type):
                thing.cache_clear()


def _per_page(work: Callable[[Page], object], sample: list[Page], passes: int = 5) -> float:
    """Milliseconds of CPU per page, the best of some passes over all pages, each begun with empty memories."""
    best = float("inf")
    for _ in range(passes):
        _forget()
        began = time.process_time()
        for page in sample:
            work(page)
        best = min(best, (time.process_time() - began) / len(sample) * 1000)
    return best


def _archived(market: str, moment: datetime) -> list[Page]:
    """Archived pages of the market with content, where CRYPTODRUG_REAL_PAGES names the folder that holds them."""
    folder = os.environ.get("CRYPTODRUG_REAL_PAGES")
    url = f"http://{host_name(market, moment)}/"
    bodies = [path.read_bytes() for path in sorted((Path(folder) / market).glob("*.html"))] if folder else []
    kinds = [_KINDS.get(get_market(market).discover(body, url=url).page_kind, "") for body in bodies]
    return [(kind, url, body) for kind, body in zip(kinds, bodies, strict=True) if kind in _ASKED[market]]


def main() -> None:
    """Print the ratios per market, over all pages and by kind of page, and how a month's parsing grows."""
    for market, when in _MOMENT.items():
        reader, moment = get_market(market), datetime.fromisoformat(when).replace(tzinfo=UTC)
        everything = pages(market)
        groups: dict[str, list[Page]] = {"all pages": everything}
        for page in everything:
            groups.setdefault(page[0], []).append(page)
        if archived := _archived(market, moment):
            groups["archived pages"] = archived
        for name, sample in groups.items():
            size = sum(len(body) for _, _, body in sample) / len(sample) / 1000

            def ours(page: Page) -> object:
                return reader.parse(page[2], url=page[1], captured_at=moment)  # noqa: B023

            few = sample[:_SLOW_SAMPLE]
            mine, few_of_mine = _per_page(ours, sample), _per_page(ours, few)
            plain = _per_page(lambda page: bare(market, page[0], page[2]), sample)  # noqa: B023
            slow = _per_page(lambda page: soup(market, page[0], page[2]), few, 1)  # noqa: B023
            line = (
                f"{market}, {name}: {len(sample)} of {size:.0f} KB; ours {mine:.2f} ms, bare selectolax {plain:.2f} ms:"
            )
            print(
                f"{line} {plain / mine:.0%} of its speed; BeautifulSoup {slow / few_of_mine:.0f} times ours", flush=True
            )
    moment = datetime.fromisoformat(_MOMENT["empire"]).replace(tzinfo=UTC)
    months.report("empire", moment, [(url, body) for _, url, body in pages("empire")], _MONTH)
