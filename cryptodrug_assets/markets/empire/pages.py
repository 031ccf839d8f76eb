"""Kinds of Empire's pages, told by marks that are independent of each other, and the server's clock on them."""

import itertools
import re
from collections.abc import Iterator
from datetime import datetime

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._dates import long_datetime
from cryptodrug_assets.markets._html import Reader, is_refresh, names_a_market, text_of
from cryptodrug_assets.markets._labels import is_branded

_CLOCK = re.compile(r"Server time: ((?:[A-Z][a-z]+, )?[A-Z][a-z]{2,8} \d{1,2}, \d{4} \d{1,2}:\d{2}:\d{2})")
_BRAND = "Empire Market"
_OWNER = re.compile(r"(?:Copyright|©)\D{0,10}\d{4} (\w+ Market)", re.IGNORECASE)


def _marks(reader: Reader, title: str) -> Iterator[bool]:
    """Independent marks of Empire's own pages."""
    yield title.startswith("Empire Market")
    yield "Empire Market" in text_of(reader.div("footer"))
    yield reader.div("sm-nav") is not None
    yield reader.div("sub_head_inner_header") is not None
    yield clock_of(reader) is not None
    yield reader.tree.css_first("nav#primary_nav_wrap") is not None
    yield menu_of(reader) is not None


def _marked(reader: Reader, title: str, count: int) -> bool:
    return sum(itertools.islice(filter(None, _marks(reader, title)), count)) >= count


def _branded(reader: Reader, title: str) -> bool:
    """Whether the title begins with the brand or the footer holds it; what vendors write stands behind it."""
    return is_branded(_BRAND, (title.partition(" - ")[0], text_of(reader.div("footer")))) is True


def menu_of(reader: Reader) -> LexborNode | None:
    return reader.tree.css_first("nav.Category ul.mainmenu")


def kind_of(reader: Reader) -> str:
    title = text_of(reader.tree.css_first("title"))
    if is_refresh(reader):
        return "redirect"
    page = reader.div("login-page")
    if page is not None and page.css_first('input[type="password"]') is not None:
        if "Welcome to Empire Market" in text_of(page) or _branded(reader, title):
            return "login"
        return "foreign" if names_a_market(reader) else "unknown"
    owner = _OWNER.search(text_of(reader.div("footer")))
    named = owner[1].lower() if owner is not None else "empire market"
    if named != "empire market" or ("market" in title.lower() and "empire" not in title.lower()):
        return "foreign"
    if not _branded(reader, title) and _marked(reader, title, 3):
        return "foreign"  # a market on the same software: every mark of the layout, and not the brand
    if not _marked(reader, title, 3):
        return "foreign" if title and "empire" not in title.lower() and names_a_market(reader) else "unknown"
    details, info = reader.div("listDes"), reader.div("user_info")
    product = details is not None and details.css_first("table.productTbl") is not None
    profile = info is not None and reader.tree.css_first("h1.seth1") is not None
    index = reader.div("col-1search") is not None
    if sum((product, profile, index)) > 1:
        reader.problem("page", "conflicting_marks", "several kinds of content")
        return "unknown"
    if product:
        return "listing"
    if profile:
        return "vendor"
    if index:
        return "listing_index"
    if details is None and info is None and reader.tree.css_first('img[src*="captcha"]') is not None:
        return "challenge"
    content = text_of(reader.div("right-content"))
    if "There is currently nothing to show" in content:
        return "listing_index"
    if "404 Page Not Found" in text_of(reader.tree.body) or "does not exist" in content:
        return "not_found"
    return "category_index" if menu_of(reader) is not None else "unknown"


def clock_of(reader: Reader) -> datetime | None:
    match = _CLOCK.search(text_of(reader.div("footer")))
    return long_datetime(match[1]) if match else None
