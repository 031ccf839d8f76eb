"""How every market's pages are read: told apart first, then read by their kind. No market's selectors."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from cryptodrug_assets.markets._html import Reader
from cryptodrug_assets.markets._links import Address, site_of
from cryptodrug_assets.markets.base import CONTENT_KINDS, Discovery, Link, ParsedPage, unique_links


@dataclass(frozen=True, slots=True)
class Asked:
    """How a page came: its address, when it was captured, and of which category's list it is a page, where known."""

    url: str
    captured_at: datetime | None
    category: str | None = None
    page: int | None = None


# Puts what a page of one kind says into the parsed page.
PageReader = Callable[[Reader, ParsedPage, Asked], None]
# By kind of page; None where nothing is read from it.
Readers = Mapping[str, PageReader | None]


def only_kind(reader: Reader, marks: Mapping[str, bool], other: str = "unknown") -> str:
    """The kind whose mark alone stands on a page; `other` without any, `unknown` and a problem with several."""
    kinds = [kind for kind, stands in marks.items() if stands]
    if len(kinds) > 1:
        reader.problem("page", "conflicting_marks", " and ".join(kinds))
        return "unknown"
    return kinds[0] if kinds else other


def links_where(reader: Reader, url: str, link_of: Callable[[Address], Link | None]) -> list[Link]:
    """Links of the own site that `link_of` makes one of."""
    site = site_of(url)
    addresses = (site.own(node.attributes.get("href") or "") for node in reader.tree.css("a[href]"))
    return unique_links(link for at in addresses if at is not None and (link := link_of(at)) is not None)


class PagesByKind(ABC):
    """A market that fits `markets.base.Market`: a subclass says how its pages are told apart and read.

    `readers` are the kinds of page that the market shows, with what reads each (None: nothing is read from it). A page
    of another kind (foreign, unknown, redirect) has no layout, clock or links. Links are those of pages with content.
    """

    name: ClassVar[str]
    parser_version: ClassVar[str]
    entry_path: ClassVar[str] = "/"
    layout: ClassVar[str]
    readers: ClassVar[Readers]

    @property
    def page_kinds(self) -> tuple[str, ...]:
        """The kinds of page that the market shows."""
        return tuple(self.readers)

    @abstractmethod
    def classify(self, reader: Reader) -> str:
        """Kind of a page (base.PAGE_KINDS), from marks that are independent of each other."""

    @abstractmethod
    def links(self, reader: Reader, url: str) -> list[Link]:
        """Links of a page with content."""

    @abstractmethod
    def in_scope(self, link: Link) -> bool:
        """See Market."""

    @abstractmethod
    def canonical(self, link: Link) -> str:
        """See Market."""

    def clock(self, reader: Reader) -> datetime | None:
        """The server's time where a page shows it."""
        return None

    def session(self, reader: Reader) -> tuple[tuple[str, str], ...]:
        """Fields that every form carries as the latest page has them: tokens that expire (see Discovery)."""
        return ()

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
        """Read a page (see markets.base.Market)."""
        reader = Reader(body)
        page = ParsedPage(self.name, self.classify(reader), self.parser_version)
        if page.page_kind in self.readers:
            page.layout = self.layout
            page.page_clock = self.clock(reader)
            if page.page_kind in CONTENT_KINDS:
                page.links = self.links(reader, url)
            read = self.readers[page.page_kind]
            if read is not None:
                read(reader, page, Asked(url, captured_at, context_category, context_page))
        page.problems += reader.problems
        page.unread_labels = reader.unread
        return page

    def discover(
        self, body: bytes, *, url: str, context_category: str | None = None, context_page: int | None = None
    ) -> Discovery:
        """Kind, links and clock of a page, without reading what it says."""
        reader = Reader(body)
        kind = self.classify(reader)
        links = self.links(reader, url) if kind in self.readers and kind in CONTENT_KINDS else []
        return Discovery(kind, links, self.clock(reader), self.session(reader) if kind in self.readers else ())
