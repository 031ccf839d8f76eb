"""Where the pages of a sweep go: records into the segments, outcome and links into the journal, in one step.

The crawl and the replica's archive writer share it, so that both leave the same rows.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptodrug_assets.capture.archive.headers import Redactor
from cryptodrug_assets.capture.archive.journal import PAGE_FIELDS, Journal, Queued, State
from cryptodrug_assets.capture.archive.records import page_entries
from cryptodrug_assets.capture.archive.segments import Segments
from cryptodrug_assets.capture.archive.warc import Record
from cryptodrug_assets.capture.browser.exchange import Fetched
from cryptodrug_assets.markets.base import Discovery, Link, Market
from cryptodrug_assets.origins import after_origin, origin_of

_LINKS_REMEMBERED = 8192
_LEAVING = re.compile(r"(^|[/?&=._-])(log|sign)[-_]?(out|off)([/?&=._-]|$)", re.IGNORECASE)


def ends_session(url: str) -> bool:
    """Whether a URL looks like the end of the session, whatever a market module thinks of it.

    >>> ends_session("http://market.onion/logout"), ends_session("http://market.onion/listing/1")
    (True, False)
    """
    parts = urlsplit(url)
    return _LEAVING.search(unquote(f"{parts.path}?{parts.query}")) is not None


def capture_id(market: str, month: str, sweep_id: str, canonical: str) -> str:
    """Identity of a page in a sweep: hash of market, month, sweep and canonical link (16 hex digits).

    >>> len(capture_id("dream", "2018-11", "2018-11-30", "/listing/1"))
    16
    """
    text = "|".join((market, month, sweep_id, canonical))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def queued_link(target: dict[str, Any]) -> Link:
    """The link a queued page stands for, as the market gave it."""
    form = tuple((name, value) for name, value in target["form"])
    return Link(target["url"], target["kind"], target["method"], form, target["category"], target["page"])


class Evidence:
    """One sweep's way into archive and journal; `info` makes the first record of a segment from its name."""

    def __init__(
        self,
        opened: Journal,
        market: Market,
        month: str,
        sweep_id: str,
        *,
        site: str,
        redactor: Redactor,
        synthetic: bool,
        info: Callable[[str], Record],
    ) -> None:
        self._journal, self._market, self._month, self._sweep_id = opened, market, month, sweep_id
        self._site, self._redactor, self._synthetic = site.rstrip("/"), redactor, synthetic
        self._origin = origin_of(self._site)
        self._segments = Segments(opened, info)
        self._known = opened.known(sweep_id)
        # The same menu stands on every page of a market.
        self._identity = lru_cache(_LINKS_REMEMBERED)(self._identify)

    def start(self, link: Link) -> int:
        """Queue the page a sweep begins with; returns how many pages that added (none on a re-run)."""
        rows = self._link_rows([link], 0, None)
        self._journal.add(rows)
        self._known |= {row["capture_id"] for row in rows}
        return len(rows)

    def keep(
        self,
        page: Queued,
        link: Link,
        fetched: Fetched,
        discovery: Discovery,
        *,
        captured: datetime,
        mode: str,
        attempts: int,
        given_up: str | None = None,
    ) -> int:
        """Records to disk, then the outcome and the links found, in one transaction; returns how many links are new.

        `given_up` says why a page that came is no content; its links are not followed. Raises OSError or sqlite3.Error
        when disk or journal refuse: the page then stays queued and the segment ends where it ended before.
        """
        note = {
            "capture_id": page.capture_id,
            "sweep_id": self._sweep_id,
            "captured_at": captured.isoformat(),
            "page_kind": discovery.page_kind,
            "url_kind": link.kind,
            "context_category": link.category,
            "context_page": link.page,
            "depth": page.depth,
            "synthetic": self._synthetic,
        }
        entries, on_site = page_entries(fetched, self._redactor, self._journal.payload, note)
        rows, segment = self._segments.write(entries)
        changes = {
            "attempts": attempts,
            "mode": mode,
            "status": fetched.page.status,
            "page_kind": discovery.page_kind,
            "content_type": fetched.page.content_type,
            "captured_at": captured.isoformat(),
            "fetched_at": fetched.page.fetched_at.isoformat(),
            "warc_file": rows[on_site].warc_file,
            "warc_offset": rows[on_site].warc_offset,
            "warc_length": rows[on_site].warc_length,
            "payload_digest": rows[on_site].payload_digest,
            "payload_bytes": len(fetched.page.body or b""),
            "duration_ms": fetched.duration_ms,
        }
        links: list[dict[str, Any]] = []
        if given_up is not None:
            changes["reason"] = given_up
        else:
            links = self._link_rows(discovery.links, page.depth + 1, fetched.page.url)
        state: State = "done" if given_up is None else "given_up"
        try:
            self._journal.commit(page.id, state, changes, records=rows, links=links, segment=segment)
        except BaseException:
            self._segments.roll_back(segment[1] - sum(row.warc_length for row in rows))
            raise
        self._known |= {row["capture_id"] for row in links}
        return sum(row["state"] == "queued" for row in links)

    def close(self) -> None:
        """Seal what was written."""
        self._segments.seal()

    def _identify(self, link: Link) -> tuple[str, Link, bool]:
        """Identity of a link, the link as it is asked for, and whether it is the site's own."""
        own = origin_of(link.url) == self._origin
        if own and not link.url.startswith(f"{self._site}/"):
            # Capitals, a dot behind the host or the usual port written out: asked for as all others are.
            link = replace(link, url=self._site + after_origin(link.url))
        return capture_id(self._market.name, self._month, self._sweep_id, self._market.canonical(link)), link, own

    def _link_rows(self, links: Iterable[Link], depth: int, referrer: str | None) -> list[dict[str, Any]]:
        """Journal rows of the links not known yet; links out of scope are noted and never asked for."""
        market = self._market
        rows: dict[str, dict[str, Any]] = {}
        for each in links:
            identity, link, own = self._identity(each)
            if identity in self._known or identity in rows:
                continue
            allowed = own and not ends_session(link.url) and market.in_scope(link)
            target = {
                "url": link.url, "kind": link.kind, "method": link.method, "form": [list(pair) for pair in link.form],
                "category": link.category, "page": link.page,
            }  # fmt: skip
            rows[identity] = dict.fromkeys(PAGE_FIELDS) | {
                "capture_id": identity,
                "sweep_id": self._sweep_id,
                "state": "queued" if allowed else "out_of_scope",
                "reason": None if allowed else "scope",
                "target": json.dumps(target) if allowed else None,
                "method": link.method,
                "url": self._redactor.url(link.url),
                "url_kind": link.kind,
                "context_category": link.category,
                "context_page": link.page,
                "depth": depth,
                "referrer": referrer,
                "attempts": 0,
            }
        return list(rows.values())
