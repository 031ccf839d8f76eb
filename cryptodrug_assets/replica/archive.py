"""A synthetic market-month rendered straight into an archive: a capture's format and journal, without a browser.

Pages are reached by links as a crawl reaches them, so what cannot be reached is not in the archive. Interrupted, it
goes on where it was.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from cryptodrug_assets.capture.archive.evidence import Evidence, queued_link
from cryptodrug_assets.capture.archive.headers import Redactor
from cryptodrug_assets.capture.archive.journal import Journal, Queued, journal
from cryptodrug_assets.capture.archive.records import warcinfo
from cryptodrug_assets.capture.archive.warc import Record
from cryptodrug_assets.capture.browser.exchange import Exchange, Fetched
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import Link
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica.pages import SESSION_COOKIE, Response
from cryptodrug_assets.replica.server import host_name, respond, session_value
from cryptodrug_assets.replica.tables import month_end
from cryptodrug_assets.replica.world import make_world

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
    months = make_world(profile, seed).market(market).months
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
        self._profile, self._seed, self._journal = profile, seed, opened
        self._market = get_market(market)
        self._moment = month_end(month)
        self.sweep_id = self._moment.strftime("%Y-%m-%dT%H%M")
        self._host = host_name(market, self._moment)
        self._cookie = f"{SESSION_COOKIE}={session_value(market)}"
        self._evidence = Evidence(
            opened, self._market, month, self.sweep_id, site=f"http://{self._host}", redactor=redactor, synthetic=True,
            info=self._info,
        )  # fmt: skip
        self.written = self.bytes = 0

    def work(self) -> None:
        if self._journal.complete(self.sweep_id):
            return
        self._journal.begin(self.sweep_id, "replica", True)
        self._evidence.start(Link(f"http://{self._host}{self._market.entry_path}", "home"))
        after = 0
        while (page := self._journal.next(self.sweep_id, after)) is not None:
            after = page.id
            self._page(page)
        self._journal.end(self.sweep_id)

    def close(self) -> None:
        """Seal what was written."""
        self._evidence.close()

    def _page(self, page: Queued) -> None:
        link = queued_link(page.target)
        fetched = self._fetch(link)
        body = fetched.page.body or b""
        found = self._market.discover(
            body, url=fetched.page.url, context_category=link.category, context_page=link.page
        )
        self._evidence.keep(page, link, fetched, found, captured=self._moment, mode="nav", attempts=1)
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

    def _info(self, file: str) -> Record:
        settings: dict[str, object] = {"profile": self._profile, "seed": self._seed}
        return warcinfo(browser="none (rendered)", source="replica", synthetic=True, settings=settings, file=file)
