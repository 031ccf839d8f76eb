"""Strict reading of HTML, shared by the market modules: cardinality, text, numbers, tables. No market's selectors."""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Generic, TypeVar
from urllib.parse import unquote_plus

from selectolax.lexbor import LexborHTMLParser, LexborNode

from cryptodrug_assets.markets._text import SHORT, clean, clean_lines, fold_short, utf8
from cryptodrug_assets.markets.base import MAX_TITLE, Problem

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
MAX_DIGITS = 15
_HANDLE = re.compile(r"[^\s<>()/]{1,60}")
# Brackets only around letters, as in "Virgin Islands (U.S.)": counts and codes are no places.
_PLACE = re.compile(r"(?=.{1,60}$)[^\d<>()/@$€£฿~:]+(?:\([A-Za-z.' ]+\)[^\d<>()/@$€£฿~:]*)*")
# Values of other rows of product tables, which a shuffled page may put in a place's stead.
_NO_PLACES = {"Unlimited", "Never", "Escrow", "Yes", "No", "Physical Package", "Digital", "Multisig", "FE"}
_SMALL_PAGE = 20_000
_BREAK = "br"
_T = TypeVar("_T")


def text_of(node: LexborNode | None) -> str:
    """Folded text of a node; empty when there is none."""
    if node is None:
        return ""
    text = node.text(deep=True)
    return fold_short(text) if len(text) <= SHORT else clean(text)


def title_of(node: LexborNode | None) -> str:
    """Text of a title, cut where no title ends."""
    return text_of(node)[:MAX_TITLE]


def block_text(node: LexborNode | None) -> str:
    """Text of a preformatted block: line ends and <br> kept as line ends, edges stripped."""
    return clean_lines(raw_lines(node)) if node is not None else ""


def raw_lines(node: LexborNode) -> str:
    """Text of a node as it stands; where it holds <br>, its pieces stand on lines of their own."""
    return node.text(deep=True) if node.css_first(_BREAK) is None else "\n".join(_pieces(node))


def _pieces(node: LexborNode) -> list[str]:
    pieces = [""]
    for part in node.traverse(include_text=True):
        if part.tag == _BREAK:
            pieces.append("")
        elif part.tag == "-text":
            pieces[-1] += part.text(deep=False) or ""
    return pieces


class Remembered(Generic[_T]):
    """A reading of a node that depends on its markup alone, kept for the next page: menus come back on every page."""

    def __init__(self, read: Callable[[LexborNode], _T], size: int = 4096) -> None:
        self._read, self._size = read, size
        self._known: dict[str, _T] = {}

    def __call__(self, node: LexborNode) -> _T:
        """What `read` makes of the node."""
        markup = node.html or ""
        if markup not in self._known:
            if len(self._known) >= self._size:
                self.cache_clear()
            self._known[markup] = self._read(node)
        return self._known[markup]

    def cache_clear(self) -> None:
        """Forget everything."""
        self._known.clear()


class Reader:
    """A page being read: its tree, and what went wrong while reading."""

    def __init__(self, body: bytes) -> None:
        self.raw = utf8(body)
        self.tree = LexborHTMLParser(self.raw)
        self.problems: list[Problem] = []
        self.unread: list[str] = []
        self._divs: dict[str, list[LexborNode]] | None = None

    def divs(self, name: str) -> list[LexborNode]:
        """All <div> of a class, in page order. Pages are looked through once: every selector costs a walk."""
        if self._divs is None:
            self._divs = {}
            for node in self.tree.css("div[class]"):
                for each in (node.attributes["class"] or "").split():
                    if each in self._divs:
                        self._divs[each].append(node)
                    else:
                        self._divs[each] = [node]
        return self._divs.get(name, [])

    def div(self, name: str) -> LexborNode | None:
        """The first <div> of a class."""
        found = self.divs(name)
        return found[0] if found else None

    def problem(self, field: str, reason: str, detail: str | None = None) -> None:
        """Note a problem."""
        self.problems.append(Problem(field, reason, detail))

    def one(self, node: LexborNode | LexborHTMLParser, selector: str, field: str) -> LexborNode | None:
        """The only match; none or several are a problem."""
        return self.only(node.css(selector), field)

    def only(self, found: list[LexborNode], field: str) -> LexborNode | None:
        """The only one of what was found; none or several are a problem."""
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
        if _HANDLE.fullmatch(text) and _names(unquote_plus(href), text):
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
        value = integer_of(text)
        if value is None:
            self.problem(field, "unreadable", "not a whole number")
        return value

    def decimal(self, text: str, field: str) -> Decimal | None:
        """A decimal number that is all of the text; anything else is a problem."""
        value = decimal_of(text)
        if value is None:
            self.problem(field, "unreadable", "not a number")
        return value

    def table(
        self, rows: Iterable[list[str]], labels: tuple[str, ...], width: int, field: str
    ) -> list[list[int]] | None:
        """Counts of a table whose rows are these, each a label and `width` counts. No rows are None, without a problem;
        other rows are None with one: half a table is none."""
        found = list(rows)
        table = [[count for cell in row[1:] if (count := integer_of(cell)) is not None] for row in found]
        if not found:
            return None
        if tuple(row[0] for row in found if row) != labels or any(len(row) != width for row in table):
            self.problem(field, "unreadable", "not a table of counts")
            return None
        return table


def _names(address: str, text: str) -> bool:
    """Whether the address holds the text as a whole part: after a slash or equals sign, up to the next one."""
    at = address.find(text, 1)
    while at > 0:
        if address[at - 1] in "/=" and (address[at + len(text) :] or "/")[0] in "/&#":
            return True
        at = address.find(text, at + 1)
    return False


@lru_cache(maxsize=4096)
def integer_of(text: str) -> int | None:
    """The whole number the text consists of (thousands commas), None otherwise."""
    plain = text.strip()
    if "," in plain:
        plain = plain.replace(",", "") if _NUMBER.fullmatch(plain) else ""
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= MAX_DIGITS else None


@lru_cache(maxsize=4096)
def decimal_of(text: str) -> Decimal | None:
    """The number the text consists of (thousands commas, decimal point), at ten decimals at most; None otherwise."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = Decimal(text.replace(",", ""))
    if value >= Decimal(10) ** MAX_DIGITS:
        return None
    # Pages print binary fractions such as 3.1096000000000004.
    return value.quantize(Decimal("0.0000000001")).normalize() + 0 if value.as_tuple().exponent < -10 else value  # type: ignore[operator]


def pairs_of(text: str) -> list[tuple[str, Decimal]] | None:
    """Names and positive numbers that take turns, "USD 9404.78 EUR 8470.1"; None when they do not."""
    words = text.split()
    numbers = [decimal_of(word) for word in words[1::2]]
    if len(words) % 2 or not all(numbers) or not all(word.isalpha() for word in words[::2]):
        return None
    return [(name, number) for name, number in zip(words[::2], numbers, strict=True) if number]


def cells_of(row: LexborNode) -> list[LexborNode]:
    """The cells of a table row. Walking children is several times faster than a selector on thousands of rows."""
    return [child for child in row.iter() if child.tag == "td"]


def rows_of(rows: Iterable[LexborNode], width: int, heading: str) -> list[list[LexborNode]]:
    """Cells of the rows that have so many; rows whose class names a heading are none."""
    cells = (cells_of(row) for row in rows if heading not in (row.attributes.get("class") or ""))
    return [each for each in cells if len(each) == width]


def is_refresh(reader: Reader) -> bool:
    """Whether the page only sends the browser elsewhere."""
    if len(reader.raw) > _SMALL_PAGE:
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
