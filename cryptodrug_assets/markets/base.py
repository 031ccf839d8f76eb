"""What every market module offers, and the records that pages are read into. No page knowledge here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

PAGE_KINDS = (
    "listing", "listing_index", "vendor", "category_index", "home", "login", "challenge", "not_found", "error",
    "redirect", "foreign", "unknown",
)  # fmt: skip
CONTENT_KINDS = ("listing", "listing_index", "vendor", "category_index", "home")

# A page larger than this is rejected unread: no page of these markets came near it.
MAX_BODY = 5_000_000
# Deeper or denser markup than any real page; reading it could take seconds.
MAX_TAGS = 60_000

Value = str | int | float | bool | Decimal | date | datetime | list[Any] | dict[str, Any] | None
Record = dict[str, Value]

LISTING: dict[str, None] = dict.fromkeys(
    (
        "listing_id", "title", "vendor_name", "vendor_id", "category_path", "category_id", "price_amount",
        "price_currency", "price_text", "price_quotes", "ships_from", "ships_to", "payment", "escrow", "product_class",
        "quantity_left", "units_sold", "units_sold_hi", "sold_since", "views", "is_sticky", "shipping_options",
        "bulk_prices", "description",
    )
)  # fmt: skip
VENDOR: dict[str, None] = dict.fromkeys(
    (
        "vendor_name", "vendor_id", "sales", "sales_hi", "rating", "rating_count", "vendor_level", "trust_level",
        "member_since", "last_active", "is_banned", "finalize_early", "external_ratings", "rating_buckets",
        "feedback_counts", "feedback_not_shown", "pgp_fingerprint", "pgp_key", "profile_text",
    )
)  # fmt: skip
FEEDBACK: dict[str, None] = dict.fromkeys(
    (
        "vendor_name", "listing_id", "position", "list_offset", "list_name", "rating", "comment", "buyer_masked",
        "price_amount", "price_currency", "price_text", "price_exact", "age_text", "dated_at", "dated_lo", "dated_hi",
    )
)  # fmt: skip


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
    """What a page says. Lists hold records with the fields of LISTING, VENDOR, FEEDBACK; counters are
    {"counter", "category_id", "category", "depth", "value"}."""

    market: str
    page_kind: str
    parser_version: str
    layout: str | None = None
    page_clock: datetime | None = None
    exchange_rates: dict[str, float] = field(default_factory=dict)
    listings: list[Record] = field(default_factory=list)
    vendors: list[Record] = field(default_factory=list)
    feedback: list[Record] = field(default_factory=list)
    counters: list[Record] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unread_labels: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a crawl needs to know of a page: its kind, where it leads, and the market's clock where it shows one."""

    page_kind: str
    links: list[Link]
    page_clock: datetime | None


class Market(Protocol):
    """A market as capture and parsing see it."""

    name: str
    parser_version: str
    entry_path: str

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
    """All markets' parser versions in one string, the code version of the parsed layer."""
    from cryptodrug_assets.markets import get_market
    from cryptodrug_assets.observation import MARKETS

    return ",".join(f"{name}:{get_market(name).parser_version}" for name in MARKETS)


def unique_links(links: Iterable[Link]) -> list[Link]:
    """The links without repetition, in page order."""
    return list(dict.fromkeys(links))
