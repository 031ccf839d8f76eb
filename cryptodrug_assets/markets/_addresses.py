"""Markets whose pages are told by their path, or by a query: scope, links and one key per page follow from it."""

from collections.abc import Mapping
from re import Match, Pattern
from typing import ClassVar, NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from cryptodrug_assets.markets._frame import PagesByKind, links_where
from cryptodrug_assets.markets._html import Reader
from cryptodrug_assets.markets._links import Address
from cryptodrug_assets.markets.base import Link


class PagesByPath(PagesByKind):
    """A market whose pages have paths of their own, without query or form: a subclass says which, the rest follows.

    `paths` are the kinds of page and what their paths match whole; groups named `category` and `page` are those of a
    list. `fronts` are further paths that a capture may ask for. Nothing else is in scope.
    """

    paths: ClassVar[Mapping[str, Pattern[str]]]
    fronts: ClassVar[tuple[str, ...]] = ()

    def _place(self, path: str) -> tuple[str, Match[str]] | None:
        for kind, pattern in self.paths.items():
            if match := pattern.fullmatch(path):
                return kind, match
        return None

    def _link(self, at: Address) -> Link | None:
        place = self._place(at.path) if not at.query else None
        if place is None:
            return None
        groups = place[1].groupdict()
        if "category" not in groups:
            return Link(at.url, place[0])
        return Link(at.url, place[0], category=unquote_plus(groups["category"]), page=int(groups.get("page") or 1))

    def links(self, reader: Reader, url: str) -> list[Link]:
        """Links to pages that have such a path."""
        return links_where(reader, url, self._link)

    def in_scope(self, link: Link) -> bool:
        """Pages with such a path, and the front pages; never with a query, never posted."""
        parts = urlsplit(link.url)
        wanted = parts.path in ("", "/", self.entry_path, *self.fronts) or self._place(parts.path) is not None
        return link.method == "GET" and not parts.query and wanted

    def canonical(self, link: Link) -> str:
        """The path; the first page of a list is the list."""
        path = urlsplit(link.url).path.rstrip("/") or "/"
        place = self._place(path)
        first = place is not None and place[1].groupdict().get("page") == "1"
        return f"{link.method} {path.removesuffix('/1') if first else path}"


class Query(NamedTuple):
    """The address of a kind of page: a file, the keys its query may have, and the one it must have (None: none)."""

    file: str
    keys: frozenset[str]
    needed: str | None


class PagesByQuery(PagesByKind):
    """A market whose pages are files with a query: a subclass says which, and the rest follows.

    A query that holds another key acts and is out of scope. `plain` are keys with the values that may be left out.
    """

    queries: ClassVar[Mapping[str, Query]]
    plain: ClassVar[frozenset[tuple[str, str]]] = frozenset()

    def asked_for(self, path: str, query: str) -> tuple[str, dict[str, str]] | None:
        """Kind of the page at an address and what its query asks for; None when a capture may not ask for it."""
        asked = dict(parse_qsl(query))
        for kind, (file, keys, needed) in self.queries.items():
            if path in (file, file.removeprefix("/"), *(["", "/"] if file == self.entry_path else [])):
                return (kind, asked) if set(asked) <= keys and (needed is None or needed in asked) else None
        return None

    def link(self, at: Address, kind: str, asked: Mapping[str, str]) -> Link:
        """The link to a page; a subclass adds category and page of lists."""
        return Link(at.url, kind)

    def _link(self, at: Address) -> Link | None:
        place = self.asked_for(at.path, at.query) if at.query else None
        return self.link(at, *place) if place is not None else None

    def links(self, reader: Reader, url: str) -> list[Link]:
        """Links to pages that have such an address."""
        return links_where(reader, url, self._link)

    def in_scope(self, link: Link) -> bool:
        """Pages with such an address; never posted."""
        parts = urlsplit(link.url)
        return link.method == "GET" and self.asked_for(parts.path, parts.query) is not None

    def canonical(self, link: Link) -> str:
        """The file, and what it is asked for in order, without what may be left out."""
        parts = urlsplit(link.url)
        asked = [pair for pair in sorted(parse_qsl(parts.query)) if pair not in self.plain]
        path = parts.path if parts.path not in ("", "/") else self.entry_path
        return f"{link.method} {path}?{urlencode(asked)}".rstrip("?")
