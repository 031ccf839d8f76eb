"""Kinds of Dream's pages, told by marks that are independent of each other."""

import itertools
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._html import Reader, is_refresh, names_a_market, text_of
from cryptodrug_assets.markets.dream.details import COUNT

HEADING = re.compile(rf"^(.*) \({COUNT}\)$")
_NOT_FOUND = re.compile(r"not found$", re.IGNORECASE)
_ERROR = re.compile(r"(?:^An Error|error) has occurr?ed$", re.IGNORECASE)
_LOGGED_OUT = ("You have been logged in elsewhere", "Your session has expired")
_SMALL_PAGE = 30_000


def _marks(reader: Reader, title: str) -> Iterator[bool]:
    """Independent marks of Dream's own pages, the cheapest to look for first."""
    yield title.startswith("Dream Market")
    yield reader.div("naviHeader") is not None
    yield reader.div("exchangeRateListing") is not None
    yield sidebar_of(reader) is not None
    yield reader.div("youHaveBeenPhished") is not None
    head = reader.tree.head
    yield head is not None and head.css_first('link[href*="marketstyle"]') is not None


def sidebar_of(reader: Reader) -> LexborNode | None:
    """The block of categories: the first <div> of both classes."""
    for node in reader.divs("browse"):
        if "sidebar" in (node.attributes.get("class") or "").split():
            return node
    return None


def kind_of(reader: Reader) -> str:
    title = text_of(reader.tree.css_first("title"))
    if is_refresh(reader):
        return "redirect"
    if reader.div("ddos") is not None or reader.div("verifyHuman") is not None:
        return "challenge"
    if title.startswith("Dream Market Login") or any(
        "login" in (node.attributes.get("class") or "").split() for node in reader.divs("notloggedin")
    ):
        return "login" if any(_marks(reader, title)) else "unknown"
    content = reader.div("content")
    heading = text_of(content.css_first("div.title")) if content is not None else ""
    product = reader.div("viewProduct") is not None and reader.div("tabularDetails") is not None
    profile = reader.div("profileNotes") is not None
    if not (product or profile) and _logged_out(reader, title, heading):
        return "login"
    # One mark of Dream may stand on another site's page; two of different kinds do not.
    if sum(itertools.islice(filter(None, _marks(reader, title)), 2)) < 2:
        return "foreign" if title and "dream" not in title.lower() and names_a_market(reader) else "unknown"
    if product and profile:
        reader.problem("page", "conflicting_marks", "listing and vendor")
        return "unknown"
    if product:
        return "listing"
    if profile:
        return "vendor"
    if reader.div("shopItem") is not None or reader.div("offerFilter") is not None:
        return "listing_index"
    if _ERROR.search(title) or _ERROR.search(heading):
        return "error"
    if _NOT_FOUND.search(title) or _NOT_FOUND.search(heading):
        return "not_found"
    if HEADING.match(heading):
        return "listing_index"
    return "home" if "Welcome" in (title, heading) else "unknown"


def _logged_out(reader: Reader, title: str, heading: str) -> bool:
    """Whether a page that is neither offer nor profile says that the session is over."""
    if any(notice in text for notice in _LOGGED_OUT for text in (title, heading)):
        return True
    return len(reader.raw) < _SMALL_PAGE and any(notice.encode() in reader.raw for notice in _LOGGED_OUT)
