"""Kinds of Wall Street's pages: by the class of the body where it is known, else by marks independent of each other.

Evidenced classes are those of the login, the security check, maintenance and the front page. A wall stays one while
logged in: captchas came in the middle of a session.
"""

import re

from cryptodrug_assets.markets._frame import only_kind
from cryptodrug_assets.markets._html import Reader, is_refresh, names_a_market, text_of
from cryptodrug_assets.markets.wall_street.lists import cards, table_rows
from cryptodrug_assets.markets.wall_street.offers import TITLE
from cryptodrug_assets.markets.wall_street.sellers import profile_table
from cryptodrug_assets.markets.wall_street.tree import TREE

_ACT = re.compile(r"(?:^|\s)act-frontend([A-Z][a-z]+)")
# Login, Landing and Maintenance stand on real pages; the others are steps on the way in, named as the site names acts.
_WALLS = {
    "Login": "login", "Signup": "login", "Forgot": "login", "Mnemonic": "login",
    "Landing": "challenge", "Captcha": "challenge", "Maintenance": "maintenance",
}  # fmt: skip
_FRONT = "Index"
_NOTICE = 200
_USERNAME = 'input#form_username, input[name="form[username]"]'
_CAPTCHA = 'input[name="form[captcha]"], input#captcha_input, img.captcha_image, div.wms_captcha_field img'
_LOGGED_IN = '.content form[action*="logout"]'
_BEGINS = re.compile(r"beginning of maintenance", re.IGNORECASE)
_REFUSED = re.compile(r"\btoken is invalid|\berrors? occ?ur", re.IGNORECASE)
_GONE = re.compile(r"\b404\b|not found", re.IGNORECASE)


def _act(reader: Reader) -> str | None:
    match = _ACT.search((reader.tree.body.attributes.get("class") or "") if reader.tree.body is not None else "")
    return match[1] if match else None


def _brand(reader: Reader) -> bool:
    """Whether title or masthead name the market: its software alone could be another's."""
    heads = [text_of(node).replace(" ", "").lower() for node in reader.tree.css("h1.shop_mhead")]
    title = text_of(reader.tree.css_first("title")).replace(" ", "").lower()
    return "wallstreetmarket" in title or any(head in ("wallstmarket", "wsm", "wallstreetmarket") for head in heads)


def kind_of(reader: Reader) -> str:
    """Kind of a page of any layout."""
    if is_refresh(reader):
        return "redirect"
    tree, act = reader.tree, _act(reader)
    logged_in, categories = tree.css_first(_LOGGED_IN) is not None, tree.css_first(TREE) is not None
    if not _brand(reader) or not (act or logged_in or categories or tree.css_first("h1.shop_mhead") is not None):
        return "foreign" if not _brand(reader) and names_a_market(reader) else "unknown"
    return _wall(reader, act) or _content(reader, logged_in=logged_in, categories=categories)


def _wall(reader: Reader, act: str | None) -> str | None:
    """Login, challenge or maintenance; None for a page without a wall."""
    tree = reader.tree
    if act in _WALLS:
        return _WALLS[act]
    if tree.css_first(_USERNAME) is not None:
        return "login"
    if tree.css_first(_CAPTCHA) is not None:
        return "challenge"
    heads = [text_of(node).lower() for node in tree.css("h1, h2, h3, h4")]
    if tree.css_first(TITLE) is None and any("mnemonic" in head for head in heads):
        return "login"
    if "status" in heads and _BEGINS.search(text_of(tree.css_first("#mCont"))):
        return "maintenance"
    return None


def _content(reader: Reader, *, logged_in: bool, categories: bool) -> str:
    tree = reader.tree
    if any(_REFUSED.search(text_of(node)[:_NOTICE]) for node in tree.css(".alert-danger")):
        return "error"  # what stands below it is not what was asked for
    heads = {text_of(node) for node in tree.css("h2, h3, h4")}
    marks = {
        "listing": tree.css_first(TITLE) is not None and bool(heads & {"Prices", "Information", "Shipping Options"}),
        "vendor": profile_table(reader) is not None,
    }
    if kind := only_kind(reader, marks, other=""):
        return kind
    if tree.css_first(TITLE) is None and (cards(reader) or table_rows(reader) or (categories and "Products" in heads)):
        return "listing_index"
    if any(_GONE.search(text_of(node)) for node in tree.css("h1, h2, .alert-danger")):
        return "not_found"
    front = _act(reader) in (None, _FRONT)
    return "home" if front and categories and logged_in else "unknown"
