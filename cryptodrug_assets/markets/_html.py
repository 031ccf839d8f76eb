"""Strict reading of HTML, shared by the market modules: decoding, cardinality, text, numbers. No market's selectors."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_plus, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cryptodrug_assets.markets.base import MAX_BODY, MAX_TAGS, Problem

# Sequences that UTF-8 text shows when it was once decoded as Latin-1 or Windows-1252.
_MOJIBAKE = ("Ã", "Â", "â€", "â‚", "à¸", "â™", "â˜", "ðŸ")
_SPACE = re.compile(r"\s{2,}|[^\S ]")
_SPACES = re.compile(r"\s+")
_SHORT = 120
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
MAX_DIGITS = 15
_HANDLE = re.compile(r"[^\s<>()/]{1,60}")
_PLACE = re.compile(r"[^\d<>()/@$€£฿~:]{1,60}")
# Values of other rows of product tables, which a shuffled page may put in a place's stead.
_NO_PLACES = {"Unlimited", "Never", "Escrow", "Yes", "No", "Physical Package", "Digital", "Multisig", "FE"}
MAX_DEPTH = 500
_DEPTH_CHECK_FROM = 12_000
_CONTAINER = re.compile(
    rb"<(/?)(?:div|span|table|tbody|tr|td|ul|ol|li|font|b|i|p|a|form|center|section|h\d)\b", re.IGNORECASE
)


def decode(body: bytes) -> str:
    """The text of a page: UTF-8 whatever the header claims, else Windows-1252; NULs dropped.

    The markets declared ISO-8859-1 over UTF-8 bytes, so the header is not asked.
    """
    raw = body.removeprefix(b"\xef\xbb\xbf")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace").replace("\x00", "")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
        # A few broken characters are a torn or mixed page; many mean that it never was UTF-8.
        if text.count("\ufffd") > 5 + len(raw) // 2000:
            text = raw.decode("cp1252", "replace")
    return _whole(text.replace("\x00", ""))


def _whole(text: str) -> str:
    """The text of a torn page without its last, perhaps unfinished value: half a price is a wrong price."""
    if "</html" in text[-2000:].lower():
        return text
    return text[: text.rfind(">") + 1] if ">" in text else text


def too_much(body: bytes) -> str | None:
    """Why a page is rejected unread, or None."""
    if len(body) > MAX_BODY:
        return f"{len(body)} bytes"
    tags = body.count(b"<")
    if tags > MAX_TAGS:
        return "more tags than any page of a market"
    # Time to read a page grows with the square of its depth; only pages with very many tags can be that deep.
    if tags > _DEPTH_CHECK_FROM and _depth(body) > MAX_DEPTH:
        return "nested deeper than any page of a market"
    return None


def _depth(body: bytes) -> int:
    """Deepest nesting of elements that contain others."""
    depth = deepest = 0
    for match in _CONTAINER.finditer(body):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def clean(text: str) -> str:
    """White space folded, text that was encoded twice repaired."""
    return _fold_short(text) if len(text) <= _SHORT else _fold(text)


def _fold(text: str) -> str:
    if not text.isascii() and any(mark in text for mark in _MOJIBAKE):
        for encoding in ("cp1252", "latin-1"):
            try:
                text = text.encode(encoding).decode("utf-8")
                break
            except UnicodeError:
                continue
    text = text.strip()
    # Most texts are one short line: nothing to fold.
    return _SPACES.sub(" ", text) if _SPACE.search(text) else text


# Labels, prices, ages and short comments come back by the hundred on every page of a month.
_fold_short = lru_cache(maxsize=16_384)(_fold)


def text_of(node: LexborNode | None) -> str:
    """Folded text of a node; empty when there is none."""
    return clean(node.text(deep=True)) if node is not None else ""


def block_text(node: LexborNode | None) -> str:
    """Text of a preformatted block: line ends kept, edges stripped."""
    if node is None:
        return ""
    lines = node.text(deep=True).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(clean(line) for line in lines).strip()


class Reader:
    """A page being read: its tree, and what went wrong while reading."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = LexborHTMLParser(text)
        self.problems: list[Problem] = []
        self.unread: list[str] = []

    def has(self, *marks: str) -> bool:
        """Whether all the marks (names of classes, ids, words of an address) stand in the page's source.

        Finding out that a selector matches nothing costs a walk through the whole tree; this is ten times cheaper.
        """
        for mark in marks:  # noqa: SIM110 - a generator would cost more than the search
            if mark not in self.text:
                return False
        return True

    def first(self, selector: str, *marks: str) -> LexborNode | None:
        """The first match in the page, looked for only where the source holds the marks the selector needs."""
        return self.tree.css_first(selector) if self.has(*marks) else None

    def every(self, selector: str, *marks: str) -> list[LexborNode]:
        """All matches in the page, looked for only where the source holds the marks the selector needs."""
        return self.tree.css(selector) if self.has(*marks) else []

    def problem(self, field: str, reason: str, detail: str | None = None) -> None:
        """Note a problem."""
        self.problems.append(Problem(field, reason, detail))

    def one(self, node: LexborNode | LexborHTMLParser, selector: str, field: str) -> LexborNode | None:
        """The only match; none or several are a problem."""
        found = node.css(selector)
        if len(found) == 1:
            return found[0]
        self.problem(field, "missing" if not found else "multiple", f"{len(found)} matches")
        return None

    def maybe(self, node: LexborNode | LexborHTMLParser, selector: str, field: str) -> LexborNode | None:
        """The only match or None; several are a problem."""
        found = node.css(selector)
        if len(found) > 1:
            self.problem(field, "multiple", f"{len(found)} matches")
            return None
        return found[0] if found else None

    def handle(self, text: str, href: str, field: str = "vendor_name") -> str | None:
        """A vendor's handle: the link's text, which must also be the name its address ends with."""
        address = unquote_plus(href)
        if _HANDLE.fullmatch(text) and re.search(rf"[/=]{re.escape(text)}(?:[/&#]|$)", address):
            return text
        self.problem(field, "unreadable" if text else "missing", "not the name its link leads to")
        return None

    def place(self, text: str, field: str) -> str | None:
        """A stated place: words alone. Anything that looks like another value of the page is a problem."""
        if _PLACE.fullmatch(text) and text not in _NO_PLACES:
            return text
        if text:
            self.problem(field, "unreadable", "not a place")
        return None

    def integer(self, text: str, field: str) -> int | None:
        """A whole number that is all of the text (thousands commas allowed); anything else is a problem."""
        plain = text.replace(",", "").strip()
        if plain.isascii() and plain.isdigit() and len(plain) <= MAX_DIGITS:
            return int(plain)
        self.problem(field, "unreadable", "not a whole number")
        return None

    def decimal(self, text: str, field: str) -> Decimal | None:
        """A decimal number that is all of the text; anything else is a problem."""
        value = decimal_of(text)
        if value is None:
            self.problem(field, "unreadable", "not a number")
        return value


@lru_cache(maxsize=4096)
def decimal_of(text: str) -> Decimal | None:
    """The number the text consists of (thousands commas, decimal point), at ten decimals at most; None otherwise."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    if value >= Decimal(10) ** MAX_DIGITS:
        return None
    # Pages print binary fractions such as 3.1096000000000004.
    return value.quantize(Decimal("0.0000000001")).normalize() + 0 if value.as_tuple().exponent < -10 else value  # type: ignore[operator]


class Address(NamedTuple):
    """Where a link leads: absolute URL, and its path and query."""

    url: str
    path: str
    query: str


@lru_cache(maxsize=16_384)
def _whole_address(href: str, root: str, host: str) -> Address | None:
    """Address of a link that names host or root; the menu's come back on every page."""
    if href.startswith("/"):
        path, _, query = href.partition("?")
        return Address(root + href, path, query)
    named, slash, rest = href.partition("://")[2].partition("/")
    if named != host and not (named.endswith(".onion") and not host.endswith(".onion")):
        return None
    path, _, query = (slash + rest).partition("?")
    return Address(href, path, query)


class Site:
    """Resolves the links of a page. A page has hundreds, so the common forms are taken apart by hand."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._url, self._host = url, parts.netloc
        self._root = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path or "/"
        self._folder = self._path[: self._path.rindex("/") + 1] if "/" in self._path else "/"

    def own(self, href: str) -> Address | None:
        """The link's address, or None when it leads to another site.

        A page that was saved elsewhere names its own onion host in full: such links count as its own.
        """
        href = href.partition("#")[0].strip()
        if href.startswith(("/", "http://", "https://")) and not href.startswith("//"):
            return _whole_address(href, self._root, self._host)
        if href.startswith("?"):
            tail = self._path + href
        elif href.startswith("./") and "/../" not in href:
            tail = self._folder + href[2:]
        else:
            try:
                parts = urlsplit(urljoin(self._url, href))
            except ValueError:  # such as "//[": no address at all
                return None
            return Address(parts.geturl(), parts.path, parts.query) if parts.netloc == self._host else None
        path, _, query = tail.partition("?")
        return Address(self._root + tail, path, query)


def path_of(href: str | None) -> str:
    """The path of a link, empty for none."""
    href = (href or "").partition("#")[0].partition("?")[0]
    _, scheme, rest = href.partition("://")
    if not scheme:
        return href
    _, slash, path = rest.partition("/")
    return slash + path


def hrefs(nodes: Iterable[LexborNode]) -> list[str]:
    """The href of each anchor that has one."""
    return [href for node in nodes if (href := node.attributes.get("href"))]


def cells_of(row: LexborNode) -> list[LexborNode]:
    """The cells of a table row. Walking children is several times faster than a selector on thousands of rows."""
    return [child for child in row.iter() if child.tag == "td"]


def child_of(node: LexborNode, tag: str) -> LexborNode | None:
    """The first element of this tag inside, its direct children tried before a search."""
    for child in node.iter():
        if child.tag == tag:
            return child
    return node.css_first(tag)


def is_refresh(reader: Reader) -> bool:
    """Whether the page only sends the browser elsewhere."""
    if not (reader.has("efresh") or reader.has("EFRESH")):
        return False
    nodes = reader.tree.css("meta[http-equiv]")
    sends = any((node.attributes.get("http-equiv") or "").lower() == "refresh" for node in nodes)
    return sends and len(text_of(reader.tree.body)) < 200


def names_a_market(reader: Reader) -> bool:
    """Whether title or text speak of a market: with none of our marks, the page is another site's."""
    title = text_of(reader.tree.css_first("title"))
    return "market" in f"{title} {text_of(reader.tree.body)[:3000]}".lower()


def lines_of(node: LexborNode) -> list[str]:
    """Texts between the direct <br> of a node, folded."""
    parts = re.split(r"<br\s*/?>", node.html or "", flags=re.IGNORECASE)
    return [text_of(LexborHTMLParser(part).body) for part in parts]
