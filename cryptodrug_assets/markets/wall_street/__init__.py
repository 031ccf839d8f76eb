"""Wall Street Market, from evidence that is dated: what of it a capture asks for, and what reads its pages.

Layouts, by what stands on a page, with their evidence (docs/wall-street-layout.md says what each point rests on):

- `2019-04`: walls, maintenance, footer and front page, from real pages of January and April 2019 and the site's style
  sheets; tree, list cards, pager and the lists' form, from programs that read the site August 2018 to April 2019.
- `2018-03`: offers, profiles and feedback, and lists as tables, from programs that read the site July 2017 to April
  2018. No page of a logged-in user is known.

No server clock: pages show the time of the day alone. Categories and pages of lists are POST buttons, so a URL does not
identify a list page.
"""

from collections.abc import Mapping
from typing import ClassVar

from cryptodrug_assets.markets._frame import Asked, PageReader, PagesByKind
from cryptodrug_assets.markets._html import Reader
from cryptodrug_assets.markets.base import Link, ParsedPage
from cryptodrug_assets.markets.wall_street import addresses
from cryptodrug_assets.markets.wall_street.footer import footer_counters
from cryptodrug_assets.markets.wall_street.forms import links_of, session_of
from cryptodrug_assets.markets.wall_street.lists import LAYOUT, read_list
from cryptodrug_assets.markets.wall_street.offers import read_offer
from cryptodrug_assets.markets.wall_street.pages import kind_of
from cryptodrug_assets.markets.wall_street.sellers import read_profile
from cryptodrug_assets.markets.wall_street.tree import categories_of, counters_of


def _read_any(reader: Reader, page: ParsedPage, _: Asked) -> None:
    """A page without records: the counts of tree and footer."""
    page.counters = [*counters_of(reader, categories_of(reader)), *footer_counters(reader)]


class WallStreet(PagesByKind):
    """Wall Street Market."""

    name = "wall_street"
    parser_version = "1.1.0"
    entry_path = "/"
    layout = LAYOUT

    readers: ClassVar[Mapping[str, PageReader | None]] = {
        "listing": read_offer,
        "vendor": read_profile,
        "listing_index": read_list,
        "home": _read_any,
        "login": _read_any,
        "challenge": _read_any,
        "maintenance": _read_any,
        "not_found": _read_any,
        "error": _read_any,
    }

    def classify(self, reader: Reader) -> str:
        """See PagesByKind."""
        return kind_of(reader)

    def links(self, reader: Reader, url: str) -> list[Link]:
        """See PagesByKind."""
        return links_of(reader, url)

    def session(self, reader: Reader) -> tuple[tuple[str, str], ...]:
        """See PagesByKind: the token of the lists' form."""
        return session_of(reader)

    def in_scope(self, link: Link) -> bool:
        """See addresses.in_scope."""
        return addresses.in_scope(link)

    def canonical(self, link: Link) -> str:
        """See addresses.canonical."""
        return addresses.canonical(link)


MARKET = WallStreet()
