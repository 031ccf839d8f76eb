"""A market of which only data sets are there: no page of it is known (`source: table` in its YAML)."""

from dataclasses import dataclass
from datetime import datetime

from cryptodrug_assets.markets.base import Discovery, Link, ParsedPage
from cryptodrug_assets.markets.data_sets.rows import VERSION


@dataclass(frozen=True)
class MarketOfTables:
    """Reads no page: whatever is shown to it is unknown. Its rows are read by rows.read_row."""

    name: str
    parser_version: str = VERSION
    entry_path: str = "/"
    page_kinds: tuple[str, ...] = ()

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
        """No page of the market is known."""
        return ParsedPage(self.name, "unknown", self.parser_version)

    def discover(
        self, body: bytes, *, url: str, context_category: str | None = None, context_page: int | None = None
    ) -> Discovery:
        """Nothing leads anywhere."""
        return Discovery("unknown", [], None)

    def in_scope(self, link: Link) -> bool:
        """Nothing may be asked for."""
        return False

    def canonical(self, link: Link) -> str:
        """The address."""
        return f"{link.method} {link.url}"
