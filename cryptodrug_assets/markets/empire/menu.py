"""What stands around the content of Empire's pages: rates, and the menu of categories with its counts."""

from functools import lru_cache

from cryptodrug_assets.markets._frame import Asked
from cryptodrug_assets.markets._html import Reader, decimal_of, integer_of, pairs_of, text_of
from cryptodrug_assets.markets._links import path_of
from cryptodrug_assets.markets._text import clean
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.empire.addresses import CATEGORY
from cryptodrug_assets.markets.empire.money import FIAT, MONEY
from cryptodrug_assets.markets.empire.pages import menu_of
from cryptodrug_assets.markets.records import (
    Counter,
)

_MOST_LEVELS = 6


def _rates(reader: Reader) -> dict[str, float]:
    box = reader.div("sm-nav")
    pairs = pairs_of(box.text(deep=True)) if box is not None else []
    if pairs is not None and all(name in FIAT for name, _ in pairs):
        return {name: float(value) for name, value in pairs}
    rates: dict[str, float] = {}
    for node in box.css("li") if box is not None else ():
        match = MONEY.fullmatch(text_of(node))
        value = decimal_of(match[2]) if match and match[1] in FIAT else None
        if match and value is not None and value > 0:
            rates[match[1]] = float(value)
        else:
            reader.problem("exchange_rates", "unreadable")
    return rates


def _counters(reader: Reader) -> list[Counter]:
    """Listing counts of the category menu, nested lists giving the path."""
    menu = menu_of(reader)
    if menu is None:
        return []
    # Selectors find all entries, counts and levels of nesting at once; climbing from each entry costs far more.
    spans = [(span.parent, span) for span in menu.css("li > a > span")]
    counts = {anchor.mem_id: span.text(deep=True) for anchor, span in spans if anchor is not None}
    depths: dict[int, int] = {}
    anchors = deeper = menu.css("li > a")
    for depth in range(_MOST_LEVELS):
        depths |= dict.fromkeys([anchor.mem_id for anchor in deeper], depth)
        deeper = menu.css("li " * (depth + 2) + "> a") if deeper else []
    records: list[Counter] = []
    path: list[str] = []
    for anchor in anchors:
        here = anchor.mem_id
        depth = depths[here]
        path = [*path[:depth], clean(anchor.text(deep=False))]
        count = integer_of(counts.get(here, ""))
        identifier = _category_id(anchor.attributes.get("href"))
        if identifier is not None and count is not None:
            records.append(
                {
                    "counter": "category_listings",
                    "category_id": identifier,
                    "category": " / ".join(path),
                    "depth": depth,
                    "value": count,
                }
            )
    return records


@lru_cache(maxsize=4096)
def _category_id(href: str | None) -> str | None:
    match = CATEGORY.search(path_of(href))
    return match[1] if match else None


def read_head(reader: Reader, page: ParsedPage, _: Asked) -> None:
    """What stands on every page with content: exchange rates, and the menu's counts."""
    page.exchange_rates = _rates(reader)
    page.counters = _counters(reader)
