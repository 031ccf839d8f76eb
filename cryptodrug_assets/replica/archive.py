"""A synthetic market-month rendered straight into an archive: a capture's format and journal, without a browser.

Pages are reached by links as a crawl reaches them, so what cannot be reached is not in the archive. Interrupted, it
goes on where it was.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptodrug_assets.capture.crawl import capture_id
from cryptodrug_assets.capture.fetch import Exchange, Fetched
from cryptodrug_assets.capture.headers import Redactor
from cryptodrug_assets.capture.journal import PAGE_FIELDS, Journal, Queued, RecordRow, journal
from cryptodrug_assets.capture.records import page_entries, warcinfo
from cryptodrug_assets.capture.warc import SegmentWriter, encode
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import Link
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica.pages import SESSION_COOKIE, Response
from cryptodrug_assets.replica.server import host_name, respond, session_value
from cryptodrug_assets.replica.tables import month_end
from cryptodrug_assets.replica.world import make_world

_SEGMENT_BYTES = 512 * 1024**2
_MOST_HOPS = 5


@dataclass(frozen=True)
class ArchiveReport:
    """Pages written in this run, pages in the sweep, and their bytes in this run."""

    written: int
    pages: int
    bytes: int


def write_archive(
    profile: str, seed: int, market: str, month: str, *, archive_root: Path, hmac_key: bytes
) -> ArchiveReport:
    """Render the month-end sweep of a market-month into the archive, or what is still missing of it.

    UserError when the market was not observed in the month or another process writes there.
    """
    months = make_world(profile, seed).markets[market].months
    if month not in months:
        raise UserError(f"{market} has no {month}; its months are {months[0]} to {months[-1]}")
    with journal(archive_root / market / month) as opened:
        writer = _Writer(profile, seed, market, month, opened, Redactor(hmac_key))
        try:
            writer.work()
        finally:
            writer.close()
        return ArchiveReport(writer.written, opened.counts(writer.sweep_id).get("done", 0), writer.bytes)


class _Writer:
    def __init__(self, profile: str, seed: int, market: str, month: str, opened: Journal, redactor: Redactor) -> None:
        self._profile, self._seed, self._month, self._journal, self._redactor = profile, seed, month, opened, redactor
        self._market = get_market(market)
        self._moment = month_end(month)
        self.sweep_id = self._moment.strftime("%Y-%m-%dT%H%M")
        self._host = host_name(market, self._moment)
        self._cookie = f"{SESSION_COOKIE}={session_value(market)}"
        self._segment: SegmentWriter | None = None
        self.written = self.bytes = 0

    def work(self) -> None:
        if self._journal.complete(self.sweep_id):
            return
        self._journal.begin(self.sweep_id, "replica", True)
        self._known = self._journal.known(self.sweep_id)
        self._journal.add(self._rows([Link(f"http://{self._host}{self._market.entry_path}", "home")], 0, None))
        after = 0
        while (page := self._journal.next(self.sweep_id, after)) is not None:
            after = page.id
            self._page(page)
        self._journal.end(self.sweep_id)

    def close(self) -> None:
        """Seal what was written."""
        if self._segment is not None:
            self._journal.sealed(self._segment.name, self._segment.seal())

    def _page(self, page: Queued) -> None:
        target = page.target
        link = Link(
            target["url"], target["kind"], target["method"], tuple((name, value) for name, value in target["form"]),
            target["category"], target["page"],
        )  # fmt: skip
        fetched = self._fetch(link)
        body = fetched.page.body or b""
        found = self._market.discover(
            body, url=fetched.page.url, context_category=link.category, context_page=link.page
        )
        note = {
            "capture_id": page.capture_id,
            "sweep_id": self.sweep_id,
            "captured_at": self._moment.isoformat(),
            "page_kind": found.page_kind,
            "url_kind": link.kind,
            "context_category": link.category,
            "context_page": link.page,
            "depth": page.depth,
            "synthetic": True,
        }
        entries, own = page_entries(fetched, self._redactor, self._journal.payload, note)
        segment = self._open()
        rows = []
        for entry in entries:
            offset, length = segment.append(encode(entry.record))
            date = entry.record.get("WARC-Date") or ""
            rows.append(
                RecordRow(
                    segment.name, offset, length, entry.type, entry.uri, date, entry.status, entry.content_type,
                    entry.payload_digest, entry.method, entry.form,
                )
            )  # fmt: skip
        segment.sync()
        changes = {
            "attempts": 1,
            "mode": "nav",
            "status": fetched.page.status,
            "page_kind": found.page_kind,
            "content_type": fetched.page.content_type,
            "captured_at": self._moment.isoformat(),
            "fetched_at": fetched.page.fetched_at.isoformat(),
            "warc_file": segment.name,
            "warc_offset": rows[own].warc_offset,
            "warc_length": rows[own].warc_length,
            "payload_digest": rows[own].payload_digest,
            "payload_bytes": len(body),
            "duration_ms": 0,
        }
        links = self._rows(found.links, page.depth + 1, fetched.page.url)
        self._journal.commit(page.id, "done", changes, records=rows, links=links, segment=(segment.name, segment.size))
        self.written += 1
        self.bytes += len(body)

    def _fetch(self, link: Link) -> Fetched:
        """The site's answer, redirects followed."""
        form = urlencode(link.form) if link.method == "POST" else ""
        hops: list[Exchange] = []
        url, method = link.url, link.method
        for _ in range(_MOST_HOPS):
            parts = urlsplit(url)
            answer = respond(
                self._profile, self._seed, host=self._host, method=method, path=parts.path or "/", query=parts.query,
                body=form, cookies=self._cookie,
            )  # fmt: skip
            exchange = self._exchange(url, method, form, answer)
            location = dict(answer.headers).get("location")
            if location is None:
                return Fetched(hops, exchange)
            hops.append(exchange)
            url, method, form = location, "GET", ""
        raise UserError(f"a page of {self._market.name} redirects without end; this is a defect of the replica")

    def _exchange(self, url: str, method: str, form: str, answer: Response) -> Exchange:
        fields = [("content-type", answer.content_type), ("content-length", str(len(answer.body))), *answer.headers]
        head = f"HTTP/1.1 {answer.status} \r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
        sent = [("Host", self._host), ("Cookie", self._cookie)]
        sent += [("Content-Type", "application/x-www-form-urlencoded")] if form else []
        return Exchange(url, method, sent, form.encode() or None, answer.status, head, answer.body, datetime.now(UTC))

    def _open(self) -> SegmentWriter:
        if self._segment is not None and self._segment.size > _SEGMENT_BYTES:
            self.close()
            self._segment = None
        if self._segment is None:
            name = self._journal.new_segment()
            self._segment = SegmentWriter(self._journal.folder, name)
            settings: dict[str, object] = {"profile": self._profile, "seed": self._seed}
            info = warcinfo(browser="none (rendered)", source="replica", synthetic=True, settings=settings, file=name)
            offset, length = self._segment.append(encode(info))
            self._segment.sync()
            row = RecordRow(name, offset, length, "warcinfo", None, info.get("WARC-Date") or "")
            self._journal.opened(name, self._segment.size, [row])
        return self._segment

    def _rows(self, links: list[Link], depth: int, referrer: str | None) -> list[dict[str, Any]]:
        """Journal rows of the links not known yet; links out of scope are noted and never asked for."""
        rows = []
        for link in links:
            identity = capture_id(self._market.name, self._month, self.sweep_id, self._market.canonical(link))
            if identity in self._known:
                continue
            self._known.add(identity)
            allowed = urlsplit(link.url).netloc == self._host and self._market.in_scope(link)
            target = {
                "url": link.url, "kind": link.kind, "method": link.method, "form": [list(pair) for pair in link.form],
                "category": link.category, "page": link.page,
            }  # fmt: skip
            rows.append(
                dict.fromkeys(PAGE_FIELDS)
                | {
                    "capture_id": identity,
                    "sweep_id": self.sweep_id,
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
            )
        return rows
