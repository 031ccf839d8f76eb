"""What the forms of lists lead to: every category of the tree, and every page of the list that is shown.

The site takes the whole form: token, state, filters. A page of 90 offers is the longest it gives, and the most sold
of the week first is the one order whose name is evidenced.
"""

import re

from cryptodrug_assets.markets._html import Reader, integer_of, text_of
from cryptodrug_assets.markets.base import Link, unique_links
from cryptodrug_assets.markets.wall_street.addresses import CSRF_FIELD, PAGES, index_of, page_links
from cryptodrug_assets.markets.wall_street.tree import TREE, categories_of, chosen, state_of

_PAGER = ".pagination li.page-item button"
_COUNT = ".row.specialrow .col-lg-3 .card.card-body.mb-2.pb-2 ul li:nth-child(2)"
_LAST = re.compile(r".*?\d+ ?/ ?(\d{1,5})")
_MOST_PAGES = 2000
_LONGEST = 60
_ALWAYS = {"form[limit]": "90", "form[sort]": "pop_week_desc"}


def page_count(reader: Reader) -> int | None:
    """The number of pages that the list states behind a slash ("1/34"); None where it states none."""
    match = _LAST.fullmatch(text_of(reader.tree.css_first(_COUNT))[:_LONGEST])
    count = int(match[1]) if match else 0
    return count if 0 < count <= _MOST_PAGES else None


def links_of(reader: Reader, url: str) -> list[Link]:
    """Categories and pages as the forms post them, then offers and profiles."""
    index, state = index_of(url), state_of(reader)
    categories = categories_of(reader)
    posted = state | _ALWAYS
    links = [
        Link(index, "listing_index", "POST", (*posted.items(), (each.field, each.value)), each.identifier, 1)
        for each in categories
    ]
    identifier, _ = chosen(state, categories)
    if identifier is not None:
        field, places = _places(reader, state)
        more = (("dofilter", "0"),) if field == "page" else ()
        links += [
            Link(index, "listing_index", "POST", (*posted.items(), *more, (field, str(place))), identifier, place)
            for place in places
        ]
    return unique_links([*links, *page_links(reader, url)])


def session_of(reader: Reader) -> tuple[tuple[str, str], ...]:
    """The token that forms of lists carry until a page shows another; none on pages without the tree."""
    token = state_of(reader).get(CSRF_FIELD) if reader.tree.css_first(TREE) is not None else None
    return ((CSRF_FIELD, token),) if token else ()


def _places(reader: Reader, state: dict[str, str]) -> tuple[str, list[int]]:
    """The pager's field and the pages to ask for; of a list in shorter pages their numbers say nothing."""
    buttons = [node for node in reader.tree.css(_PAGER) if node.attributes.get("name") in PAGES]
    if not buttons or state.get("form[limit]", _ALWAYS["form[limit]"]) != _ALWAYS["form[limit]"]:
        return PAGES[0], []
    places = {place for node in buttons if (place := integer_of(node.attributes.get("value") or ""))}
    places |= set(range(1, (page_count(reader) or 0) + 1))
    return buttons[0].attributes["name"] or PAGES[0], sorted(place for place in places if place <= _MOST_PAGES)
