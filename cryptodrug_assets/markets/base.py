"""What every market module offers, and what it makes of a page. No page knowledge here; records are in records.py."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cryptodrug_assets.markets.records import Counter, Feedback, Listing, Vendor

PAGE_KINDS = (
    "listing", "listing_index", "vendor", "category_index", "home", "login", "challenge", "maintenance", "not_found",
    "error", "redirect", "foreign", "unknown",
)  # fmt: skip
CONTENT_KINDS = ("listing", "listing_index", "vendor", "category_index", "home")

# A page larger than this is rejected unread: no page of these markets came near it.
MAX_BODY = 5_000_000
# Deeper or denser markup than any real page; reading it could take seconds.
MAX_TAGS = 60_000
# Attributes with a value on a page (the real pages have 6,400 at most), and in one tag (18): reading a tag takes time
# that grows with their square.
MAX_VALUES = 100_000
MAX_ATTRIBUTES = 1_000

# A longer title is cut: no market let vendors write so much.
MAX_TITLE = 1000


@dataclass(frozen=True, slots=True)
class Link:
    """A link or form of a page that a capture may follow; `url` is absolute, `form` the posted fields."""

    url: str
    kind: str
    method: str = "GET"
    form: tuple[tuple[str, str], ...] = ()
    category: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something on a page that could not be read: which field, why, and a detail that names no one."""

    field: str
    reason: str
    detail: str | None = None


@dataclass(slots=True)
class ParsedPage:
    """What a page says: its kind, its clock, rates (units of a currency per bitcoin), records, links, problems."""

    market: str
    page_kind: str
    parser_version: str
    layout: str | None = None
    page_clock: datetime | None = None
    exchange_rates: dict[str, float] = field(default_factory=dict)
    listings: list[Listing] = field(default_factory=list)
    vendors: list[Vendor] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    counters: list[Counter] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unread_labels: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a crawl needs to know of a page: its kind, where it leads, and the market's clock where it shows one.

    `session` are fields of forms whose values hold for the session and not for the page, such as a token: a form that
    was found earlier is posted with the latest ones.
    """

    page_kind: str
    links: list[Link]
    page_clock: datetime | None
    session: tuple[tuple[str, str], ...] = ()


class Market(Protocol):
    """A market as capture and parsing see it; `_frame.PagesByKind` has the frame of `parse` and `discover`.

    What is given of a market (window, clock, where feedback is counted) is its YAML's: `observation.MarketConfig`.
    """

    @property
    def name(self) -> str:
        """Its name, as in data_contracts/markets."""
        ...

    @property
    def parser_version(self) -> str:
        """Version of the parser; raised whenever its output changes."""
        ...

    @property
    def entry_path(self) -> str:
        """Where a crawl begins."""
        ...

    @property
    def page_kinds(self) -> tuple[str, ...]:
        """The kinds of page that the market shows (PAGE_KINDS)."""
        ...

    def parse(
        self,
        body: bytes,
        *,
        url: str,
        captured_at: datetime | None,
        content_type: str | None = None,
        context_category: str | None = None,
        context_page: int | None = None,
    ) -> ParsedPage:
        """Read a page. Never raises for what a page holds: what cannot be read becomes a problem."""
        ...

    def discover(
        self, body: bytes, *, url: str, context_category: str | None = None, context_page: int | None = None
    ) -> Discovery:
        """Kind and links of a page."""
        ...

    def in_scope(self, link: Link) -> bool:
        """Whether a capture may request the link: content pages only, never an action, never a session's end."""
        ...

    def canonical(self, link: Link) -> str:
        """A key that is the same for links to the same page: no host, no fragment, query and form in order."""
        ...


def parser_versions() -> str:
    """Versions of all markets' parsers and of the reader of data sets in one string, the code version of the parsed"
    " layer."""
    from cryptodrug_assets.markets import get_market
    from cryptodrug_assets.markets.data_sets.rows import VERSION
    from cryptodrug_assets.observation import MARKETS

    readers = [f"{name}:{get_market(name).parser_version}" for name in MARKETS]
    return ",".join([*readers, f"rows:{VERSION}"])


def unique_links(links: Iterable[Link]) -> list[Link]:
    """The links without repetition, in page order."""
    return list(dict.fromkeys(links))
