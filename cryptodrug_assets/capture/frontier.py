"""The queue of one sweep: which link becomes a page to capture, and under which id.

Between the market module (kinds, scope, canonical form of links) and the journal (rows). No fetching.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptodrug_assets.capture.headers import Redactor
from cryptodrug_assets.capture.journal import Journal, Queued

if TYPE_CHECKING:
    from cryptodrug_assets.markets.base import Link, Market

_MAX_DEPTH = 200


def capture_id(market: str, month: str, sweep_id: str, method: str, canonical: str) -> str:
    """Deterministic id of a request: 16 hex digits."""
    key = "|".join((market, month, sweep_id, method, canonical))
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()


def sample_share(canonical: str) -> float:
    """A number in [0, 1) that belongs to a page for ever: the same pages are in every sample of a given rate."""
    return int.from_bytes(hashlib.blake2b(canonical.encode(), digest_size=8, key=b"render").digest()) / 2**64


class Frontier:
    """The sweep's known pages; rows for new ones."""

    def __init__(
        self, market: "Market", journal: Journal, redactor: Redactor, *, month: str, sweep_id: str, base_url: str
    ) -> None:
        self._market = market
        self._journal = journal
        self._redactor = redactor
        self._month = month
        self._sweep_id = sweep_id
        self._host = urlsplit(base_url).netloc
        self._known = journal.known(sweep_id)

    def rows(self, links: Iterable["Link"], *, depth: int, referrer: str | None) -> list[dict[str, Any]]:
        """Journal rows for the links not known yet; remembers them only once `accept` is called with the rows."""
        rows: dict[str, dict[str, Any]] = {}
        for link in links:
            canonical = self._market.canonical(link)
            identity = capture_id(self._market.name, self._month, self._sweep_id, link.method, canonical)
            if identity in self._known or identity in rows:
                continue
            reason = self._refusal(link, depth)
            rows[identity] = {
                "capture_id": identity,
                "sweep_id": self._sweep_id,
                "state": "queued" if reason is None else "out_of_scope",
                "reason": reason,
                "target": json.dumps(_target(link)) if reason is None else None,
                "method": link.method,
                "url": self._redactor.url(link.url),
                "url_kind": link.kind,
                "context_category": link.category,
                "context_page": link.page,
                "depth": depth,
                "referrer": referrer,
                "attempts": 0,
                **dict.fromkeys(_UNKNOWN),
            }
        return list(rows.values())

    def accept(self, rows: Iterable[dict[str, Any]]) -> int:
        """Remember rows that were committed; returns how many of them are queued."""
        queued = 0
        for row in rows:
            self._known.add(row["capture_id"])
            queued += row["state"] == "queued"
        return queued

    def _refusal(self, link: "Link", depth: int) -> str | None:
        if urlsplit(link.url).netloc != self._host:
            return "another host"
        if not self._market.in_scope(link):
            return "not followed on this market"
        return "too deep" if depth > _MAX_DEPTH else None


_UNKNOWN = (
    "mode", "status", "page_kind", "content_type", "captured_at", "fetched_at", "warc_file", "warc_offset",
    "warc_length", "payload_digest", "payload_bytes", "duration_ms", "provenance",
)  # fmt: skip


def _target(link: "Link") -> dict[str, Any]:
    return {
        "url": link.url,
        "kind": link.kind,
        "method": link.method,
        "form": [list(pair) for pair in link.form],
        "category": link.category,
        "page": link.page,
    }


def link_of(page: Queued) -> "Link":
    """The link a queued page was made from."""
    from cryptodrug_assets.markets.base import Link

    target = page.target
    return Link(
        url=target["url"],
        kind=target["kind"],
        method=target["method"],
        form=tuple((name, value) for name, value in target["form"]),
        category=target["category"],
        page=target["page"],
    )
