"""Origin, destinations and terms of an offer: lines told apart by their icons, in lists and on the offer's page."""

import re

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._html import Reader
from cryptodrug_assets.markets._text import clean
from cryptodrug_assets.markets.records import Listing

FROM, TO, TERMS, DIGITAL = "ion-log-out", "ion-log-in", "ion-android-share-alt", "ion-ios-monitor-outline"
_LABEL_FROM = re.compile(r"(?:ships|shipped) from:?\s*", re.IGNORECASE)
_LABEL_TO = re.compile(r"ships (?:to:?\s*)?(?=world)", re.IGNORECASE)
# What may stand in a line beside its icon and text; a line that holds more is torn.
_WITHIN = {"p", "i", "b", "em", "strong", "small", "span", "a", "sup", "-comment"}
_HELD = re.compile(r"(?:escrow|multisig)\b", re.IGNORECASE)
_RELEASED = re.compile(r"(?:finalize early|fe)\b", re.IGNORECASE)
# A list of countries that a hover box shows, codes or names.
_PLACES = re.compile(r"[^\d$€<>():]+")


def origin_of(reader: Reader, text: str) -> str | None:
    """The origin behind its label, a country's name or code; a line that has another label, too, is torn."""
    match = _LABEL_FROM.match(text)
    place = text[match.end() :].strip() if match else ""
    if match is None or "ship" in place.lower():
        reader.problem("ships_from", "unreadable", "not an origin with its label")
        return None
    return reader.place(place, "ships_from")


def destinations_of(text: str, countries: str = "") -> list[str]:
    """Where an offer is sent, in one text as the offer's page writes it: the countries of a hover box in brackets.

    >>> destinations_of("Ships Worldwide"), destinations_of("Only ships to certain countries", "DE, AT")
    (['Worldwide'], ['Only ships to certain countries (DE, AT)'])
    """
    text = _LABEL_TO.sub("", text, count=1).strip().rstrip(":")
    if countries and "(" not in text:
        text = f"{text} ({countries})"
    return [text] if text else []


def card_place(icon: LexborNode) -> tuple[str, str]:
    """Text behind an icon of a card, and the text of the hover box in it (a block within a block)."""
    texts, boxes = [], []
    node = icon.next
    while node is not None and node.tag not in ("i", "br", "hr"):
        inner = [box for box in node.css("div") if box.mem_id != node.mem_id] if node.tag == "div" else []
        box_text = clean(inner[0].text(deep=True)) if inner else ""
        whole = clean(node.text(deep=True))
        if box_text and _PLACES.fullmatch(box_text):
            boxes.append(box_text)
            whole = whole.replace(box_text, "", 1).strip()
        texts.append(whole)
        node = node.next
    return clean(" ".join(texts)), ", ".join(boxes)


def read_terms(reader: Reader, paragraph: LexborNode | None, record: Listing) -> None:
    """Put the lines of the offer's first paragraph into its record."""
    record["product_class"] = "physical"
    for line, icon in _lines(paragraph) if paragraph is not None else ():
        if icon == FROM and record["ships_from"] is None:
            record["ships_from"] = origin_of(reader, line)
        elif icon == TO and not record["ships_to"]:
            record["ships_to"] = destinations_of(line)
        elif icon == TERMS and record["payment"] is None:
            held, released = _HELD.match(line), _RELEASED.match(line)
            if held is None and released is None:
                reader.problem("payment", "unreadable")
            else:
                record["payment"], record["escrow"] = line, held is not None
        elif icon == DIGITAL:
            record["product_class"] = "digital"
    if not record["ships_to"]:
        reader.problem("ships_to", "missing")


def _lines(paragraph: LexborNode) -> list[tuple[str, str | None]]:
    """Texts between the breaks of a paragraph, each with the icon it begins with; a torn line has none."""
    lines: list[tuple[list[str], str | None]] = [([], None)]
    torn: set[int] = set()
    for node in paragraph.traverse(include_text=True):
        if node.tag == "br":
            lines.append(([], None))
        elif node.tag == "-text":
            lines[-1][0].append(node.text(deep=False) or "")
        elif node.tag not in _WITHIN:
            torn.add(len(lines) - 1)
        elif lines[-1][1] is None:
            classes = (node.attributes.get("class") or "").split()
            icon = next((name for name in (FROM, TO, TERMS, DIGITAL) if name in classes), None)
            if icon is not None:
                lines[-1] = (lines[-1][0], icon)
    return [(clean("".join(texts)), None if number in torn else icon) for number, (texts, icon) in enumerate(lines)]
