"""Wall Street's addresses: offers, profiles, and the one form that all lists are posted through."""

import re
from urllib.parse import urlencode, urlsplit

from cryptodrug_assets.markets._html import Reader
from cryptodrug_assets.markets._links import Site
from cryptodrug_assets.markets.base import Link

INDEX = "/index"
OFFER = re.compile(r"^/offer/(\d+)(?:/refund)?/?$")
PROFILE = re.compile(r"^/profile/([^/]+)(?:/(offers|pgp|info))?/?$")
# A button of the tree names its level: an id is unique within its level only.
LEVELS = {"menuCatT": "T", "menuCatM": "M", "menuCatB": "B"}
STATE = ("form[catT]", "form[catM]", "form[catB]")
PAGES = ("form[page]", "page")
_FILTERS = (
    "searchTerm", "limit", "rating", "vendorLevel", "vendoractivity", "quantity", "maxpricepunit", "shipsfrom",
    "shipsto", "sort",
)  # fmt: skip
CSRF_FIELD = "form[_token]"
LIST_FIELDS = {CSRF_FIELD, *STATE, *(f"form[{name}]" for name in _FILTERS)}
_POSTED = LIST_FIELDS | set(LEVELS) | set(PAGES) | {"dofilter"}


def index_of(url: str) -> str:
    """The address that lists are posted to, on the site of this page."""
    start = Site(url).own(INDEX)
    return start.url if start is not None else url


def page_links(reader: Reader, url: str) -> list[Link]:
    """Offers and profiles that a page links to, with the tabs of offers, key and the vendor's own text."""
    site = Site(url)
    links: list[Link] = []
    for node in reader.tree.css("a[href]"):
        address = site.own(node.attributes.get("href") or "")
        if address is None:
            continue
        if OFFER.match(address.path) and "refund" not in address.path:
            links.append(Link(address.url, "listing"))
        elif PROFILE.match(address.path):
            links.append(Link(address.url, "vendor"))
    return links


def in_scope(link: Link) -> bool:
    """Home, the lists' form, offers and profiles; nothing that acts, searches or ends the session."""
    path = urlsplit(link.url).path
    if link.method == "POST":
        fields = dict(link.form)
        chooses = any(name in fields for name in (*LEVELS, *PAGES))
        return path == INDEX and chooses and fields.keys() <= _POSTED and not fields.get("form[searchTerm]")
    return path in ("", "/", INDEX) or bool(OFFER.match(path) or PROFILE.match(path))


def canonical(link: Link) -> str:
    """Path, and of a list its category and page: the state and token that a form carries along do not count.

    >>> tree = Link("http://m.onion/index", "listing_index", "POST", (("form[_token]", "x"), ("menuCatB", "1")))
    >>> pager = (("form[_token]", "y"), ("form[catM]", "1"), ("form[catB]", "1"), ("form[page]", "1"))
    >>> canonical(tree), canonical(Link("http://m.onion/index", "listing_index", "POST", pager))
    ('POST /index?category=B1&page=1', 'POST /index?category=B1&page=1')
    """
    path = urlsplit(link.url).path.rstrip("/") or "/"
    fields = dict(link.form)
    if link.method != "POST":
        return f"{link.method} {path}?"
    pressed = next((level + fields[name] for name, level in LEVELS.items() if name in fields), None)
    key = {"category": pressed or chosen_id(fields) or "", "page": "1"}
    if pressed is None:
        key["page"] = next((fields[name] for name in PAGES if name in fields), "1")
    return f"POST {path}?{urlencode(key)}"


def chosen_id(fields: dict[str, str]) -> str | None:
    """The chosen category of a form's state, level and id; None for the list of everything.

    >>> chosen_id({"form[catT]": "1", "form[catM]": "12", "form[catB]": "0"})
    'M12'
    """
    for name in reversed(STATE):
        if fields.get(name) not in (None, "", "0"):
            return name[-2] + fields[name]
    return None
