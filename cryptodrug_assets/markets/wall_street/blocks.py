"""Parts of Wall Street's pages, found by their headings and icons: classes of their own are not evidenced."""

import re

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._html import Reader, cells_of, text_of
from cryptodrug_assets.markets._text import clean

UNLIMITED = ".ion-ios-infinite"
_HEADINGS = "h1, h2, h3, h4, h5"


def heading(reader: Reader, tag: str, text: str) -> LexborNode | None:
    """The only heading of this tag and text; several are a problem, none is none."""
    nodes = [node for node in reader.tree.css(tag) if text_of(node) == text]
    if len(nodes) > 1:
        reader.problem(text.lower(), "multiple", f"{len(nodes)} headings")
        return None
    return nodes[0] if nodes else None


def rows_below(reader: Reader, tag: str, text: str) -> list[list[LexborNode]]:
    """Cells of the rows of the table that stands beside a heading, under the same parent; none without one.

    Where other headings stand under the parent, too, only what comes before the next one is this heading's.
    """
    title = heading(reader, tag, text)
    if title is None or title.parent is None:
        return []
    tables: list[LexborNode] = []
    node = title.next
    while node is not None and node.tag not in _HEADINGS.split(", "):
        if node.tag == "table":
            tables.append(node)
        elif not (node.tag or "-").startswith("-"):
            if node.css_first(_HEADINGS) is not None:
                break
            tables += node.css("table")
        node = node.next
    if len(tables) != 1:
        reader.problem(text.lower(), "multiple" if tables else "missing", f"{len(tables)} tables")
        return []
    return [cells for row in tables[0].css("tr") if (cells := cells_of(row))]


def pairs_in(paragraph: LexborNode) -> list[tuple[str, list[LexborNode]]]:
    """`<b>key</b> value <br>` as keys and the nodes of their values."""
    pairs: list[tuple[str, list[LexborNode]]] = []
    for node in paragraph.iter(include_text=True):
        if node.tag == "b":
            pairs.append((text_of(node).removesuffix(":"), []))
        elif pairs and node.tag != "br":
            pairs[-1][1].append(node)
    return pairs


def text_in(nodes: list[LexborNode]) -> str:
    """Folded text of some nodes."""
    return clean(" ".join(node.text(deep=True) for node in nodes)).lstrip(": ")


def parts_by_icons(nodes: list[LexborNode]) -> list[str]:
    """Texts that icons part: the levels of a category."""
    parts = [""]
    for node in nodes:
        inner = node.traverse(include_text=True) if node.tag not in ("-text", "i") else (node,)
        for each in inner:
            if each.tag == "i":
                parts.append("")
            elif each.tag == "-text":
                parts[-1] += each.text(deep=False) or ""
    return [text for part in parts if (text := clean(part).strip(": "))]


def own_text(node: LexborNode) -> str:
    """Folded text of a node without that of its elements."""
    texts = [child.text(deep=False) or "" for child in node.iter(include_text=True) if child.tag == "-text"]
    return clean(" ".join(texts))


def is_unlimited(nodes: list[LexborNode]) -> bool:
    """Whether the sign of infinity stands in place of a number."""
    icon = UNLIMITED.removeprefix(".")
    return any(
        icon in (node.attributes.get("class") or "").split() or node.css_first(UNLIMITED) is not None
        for node in nodes
        if node.tag != "-text"
    )


def first_number(text: str) -> str:
    """The first word, which is a number where a unit stands behind it."""
    return re.split(r"[ /]", text, maxsplit=1)[0]
