"""The category tree of three levels with its counts, and what its form posts.

Names by level are `menuCatT`, `menuCatM`, `menuCatB`. Ids are unique within a level only, so a category's id here is
its level and its number: Cannabis is M1, Weed is B1. The last word of a button is its number of offers.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from cryptodrug_assets.markets._html import Reader, integer_of, text_of
from cryptodrug_assets.markets.records import Counter
from cryptodrug_assets.markets.wall_street.addresses import LEVELS, LIST_FIELDS, STATE, chosen_id

TREE = "#mCont form ol.tree"
_BUTTON = 'button[name^="menuCat"]'
# What may stand in a button beside its text, and what no category is called: a torn button holds its neighbours.
_WITHIN = {"-text", "-comment", "span", "small", "b", "i", "em", "strong"}
_NAME = re.compile(r"(?!.*\d\d)(?!(?:.* )?\d(?: |$))[^<>+]{1,60}")
_DEPTHS = {name: depth for depth, name in enumerate(LEVELS)}


class Category(NamedTuple):
    """A button of the tree: field and value it posts, path from the root, offers (None: not shown)."""

    field: str
    value: str
    path: tuple[str, ...]
    offers: int | None

    @property
    def identifier(self) -> str:
        """Level and number."""
        return LEVELS[self.field] + self.value


def categories_of(reader: Reader) -> list[Category]:
    """The tree's buttons in page order; one that stands at another depth than its level is left out."""
    root = reader.tree.css_first(TREE)
    return [each for each in _walk(root, ()) if _DEPTHS[each.field] == len(each.path) - 1] if root is not None else []


def _walk(level: LexborNode, above: tuple[str, ...]) -> Iterator[Category]:
    for item in level.iter():
        if item.tag != "li":
            continue
        here = above
        for child in item.iter():
            if child.tag == "ol":
                if len(above) < len(LEVELS):
                    yield from _walk(child, here)
                continue
            button = child if child.tag == "button" else child.css_first(_BUTTON)
            field = button.attributes.get("name") if button is not None else None
            value = button.attributes.get("value") if button is not None else None
            if button is None or field not in LEVELS or not value or not value.isdigit():
                continue
            name, offers = _name_and_offers(text_of(button))
            if not _NAME.fullmatch(name) or any(part.tag not in _WITHIN for part in button.iter(include_text=True)):
                continue
            if any(_number(text_of(part)) is None for part in button.iter()):
                offers = None  # an element in a button holds its number, or the button is torn
            here = (*above, name)
            yield Category(field, value, here, offers)


def _name_and_offers(text: str) -> tuple[str, int | None]:
    name, _, last = text.rpartition(" ")
    offers = _number(last)
    return (name, offers) if name and offers is not None else (text, None)


def _number(text: str) -> int | None:
    return integer_of(text.replace("'", ","))


def counters_of(reader: Reader, categories: list[Category]) -> list[Counter]:
    """Offers by category; that no category shows any is a problem, as such a month would look complete."""
    if categories and all(each.offers is None for each in categories):
        reader.problem("category_listings", "missing", "no category shows its number of offers")
    return [
        {
            "counter": "category_listings",
            "category_id": each.identifier,
            "category": " / ".join(each.path),
            "depth": len(each.path) - 1,
            "value": each.offers,
        }
        for each in categories
        if each.offers is not None
    ]


def state_of(reader: Reader) -> dict[str, str]:
    """The lists' form as it stands: token, chosen category and filters, with their values. Nothing that is typed."""
    fields: dict[str, str] = {}
    for node in reader.tree.css('#mCont form input[name^="form["], #mCont form select[name^="form["]'):
        name = node.attributes.get("name") or ""
        if name in LIST_FIELDS:
            fields.setdefault(name, _value(node))
    return fields


def _value(node: LexborNode) -> str:
    if node.tag == "select":
        options = node.css("option")
        chosen_options = [option for option in options if "selected" in option.attributes] or options
        return (chosen_options[0].attributes.get("value") or "") if chosen_options else ""
    return node.attributes.get("value") or ""


def chosen(state: dict[str, str], categories: list[Category]) -> tuple[str | None, list[str]]:
    """Id and path of the category whose list this is.

    Neither where the state does not say all three levels, nor where the tree has another category above it.
    """
    identifier = chosen_id(state)
    path = next((each.path for each in categories if each.identifier == identifier), ())
    above = {each.path: each.value for each in categories}
    for depth, name in enumerate(STATE[: len(path)], 1):
        # A level above may be left empty, but not be another.
        if state.get(name) not in ("", "0", above.get(path[:depth])):
            return None, []
    if identifier is None or not path or any(name not in state for name in STATE):
        return None, []
    return identifier, list(path)
