"""A toy market that reads nothing: what it costs to tell what kind of page something is."""

from collections.abc import Mapping
from typing import ClassVar

from cryptodrug_assets.markets._frame import PageReader, PagesByKind
from cryptodrug_assets.markets._html import Reader, text_of
from cryptodrug_assets.markets.base import Link


class Bazaar(PagesByKind):
    """Its front page alone."""

    name = "bazaar"
    parser_version = "1.0.0"
    layout = "2018"
    readers: ClassVar[Mapping[str, PageReader | None]] = {"home": None}

    def classify(self, reader: Reader) -> str:
        """By the title."""
        return "home" if text_of(reader.tree.css_first("title")) == "Bazaar" else "unknown"

    def links(self, reader: Reader, url: str) -> list[Link]:
        """None."""
        return []

    def in_scope(self, link: Link) -> bool:
        """Nothing."""
        return False

    def canonical(self, link: Link) -> str:
        """The address."""
        return link.url
