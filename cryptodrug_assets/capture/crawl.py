"""The crawl loop: captures what is missing of a market-month from a source, page by page, by links.

What a page means and which links are followed is the market module's (markets/); bytes come from fetch.py, become
evidence in evidence.py, and the journal remembers. Here: order, retries, politeness, budgets, pauses.
"""

import asyncio
import contextlib
import heapq
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cryptodrug_assets.capture.records import Evidence
from cryptodrug_assets.capture.fetch import Fetched, FetchError, OffSiteError, PageRequest, Tab
from cryptodrug_assets.capture.frontier import Frontier, link_of, sample_share
from cryptodrug_assets.capture.headers import Redactor, form_body, header_value
from cryptodrug_assets.capture.index import index_frame
from cryptodrug_assets.capture.journal import Journal, Queued, journal
from cryptodrug_assets.capture.progress import CaptureReport, Progress
from cryptodrug_assets.capture.session import Session
from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.observation import CaptureConfig, UserError

if TYPE_CHECKING:
    from cryptodrug_assets.markets.base import Link, Market

__all__ = ["CaptureReport", "Limits", "Progress", "capture_month", "index_frame"]

T = TypeVar("T")
_WALLS = ("login", "challenge")
_RETRY_STATUS = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Limits:
    """Bounds of patience and size. Seconds and bytes; `attempts` counts requests per page and run."""

    timeout_s: float = 60.0
    attempts: int = 4
    backoff_s: float = 1.0
    backoff_max_s: float = 60.0
    retry_after_max_s: float = 300.0
    site_down_s: float = 600.0
    page_bytes: int = 20 << 20
    tab_pages: int = 500
    browser_pages: int = 5000


def capture_month(
    *,
    market: "Market",
    config: CaptureConfig,
    month: str,
    source: Source,
    sweep_id: str,
    archive_root: Path,
    browser_path: Path,
    hmac_key: bytes,
    progress: Callable[[Progress], None] = lambda _: None,
    limits: Limits | None = None,
) -> CaptureReport:
    """Capture what is missing of a sweep into archive_root/<market>/<month>; a complete sweep returns at once.

    Killed at any moment, a further call goes on where it was. Raises UserError when the login is lost, the site stays
    away, the browser does not start or the archive cannot be written; what was captured is kept in each case.
    """
    folder = archive_root / market.name / month
    with journal(folder) as opened:
        if opened.complete(sweep_id):
            return CaptureReport(sweep_id, opened.counts(sweep_id))
        opened.begin(sweep_id, source.kind, source.synthetic)
        redactor = Redactor(hmac_key)
        evidence = Evidence(folder, opened, redactor, {})
        crawl = _Crawl(market, config, source, opened, evidence, redactor, progress, limits or Limits(), month)
        try:
            report = _run(crawl.run(browser_path))
        finally:
            evidence.close()
    if report.stopped is None:
        from cryptodrug_assets.capture.wacz import write_wacz

        write_wacz(archive_root, market.name, month)
    return report


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, also where this thread already has an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


class _Crawl:
    """One run over one sweep."""

    def __init__(
        self,
        market: "Market",
        config: CaptureConfig,
        source: Source,
        journal: Journal,
        evidence: Evidence,
        redactor: Redactor,
        progress: Callable[[Progress], None],
        limits: Limits,
        month: str,
    ) -> None:
        self.market, self.config, self.source, self.journal = market, config, source, journal
        self.evidence, self.redactor, self.progress, self.limits = evidence, redactor, progress, limits
        self.frontier = Frontier(
            market, journal, redactor, month=month, sweep_id=source.sweep_id, base_url=source.base_url
        )
        self.entry = source.base_url + market.entry_path
        self.counts = Counter(journal.counts(source.sweep_id))
        self.report = CaptureReport(source.sweep_id, {})
        self.kinds: Counter[str] = Counter()
        self.cursor = 0
        self.delayed: list[tuple[float, int, Queued]] = []
        self.order = itertools.count()
        self.in_flight = 0
        self.gate = 0.0
        self.failures = 0
        self.down_since: float | None = None
        self.first_attempt: dict[int, int] = {}
        self.walled: set[int] = set()
        self.changed = asyncio.Event()

    async def run(self, browser_path: Path) -> CaptureReport:
        """Work until the queue is empty or a budget is spent."""
        self.began = time.monotonic()
        self._seed()
        session = Session(self.source, browser_path, max_bytes=self.limits.page_bytes, may_follow=self._may_follow)
        try:
            async with session:
                self.report.browser = f"{browser_path.name} {session.version}"
                self.evidence.info |= self._info(session.version)
                if self.source.kind == "live":
                    from cryptodrug_assets.capture.preflight import require_closed

                    await require_closed(session)
                await self._work(session)
        finally:
            self.report.seconds = time.monotonic() - self.began
        if self.report.stopped is None:
            self.journal.end(self.source.sweep_id)
        else:
            self.journal.over_budget(self.source.sweep_id, self.report.stopped)
        self.report.counts = self.journal.counts(self.source.sweep_id)
        self.report.kinds = dict(sorted(self.kinds.items()))
        return self.report

    def _seed(self) -> None:
        from cryptodrug_assets.markets.base import Link

        rows = self.frontier.rows([Link(url=self.entry, kind="home")], depth=0, referrer=None)
        for row in rows:  # the entry page is always captured, whatever the scope says of links to it
            if row["state"] == "out_of_scope":
                raise UserError(f"the entry page of {self.market.name} is out of its own scope")
        self.journal.add(rows)
        self.counts["queued"] += self.frontier.accept(rows)

    def _info(self, browser: str) -> dict[str, str]:
        info = {
            "software": f"cryptodrug-assets {version('cryptodrug-assets')}",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "browser": f"Chromium {browser}",
            "source": self.source.kind,
            "market": self.market.name,
            "sweep": self.source.sweep_id,
            "settings": self.config.model_dump_json(),
        }
        return info | (
            {"synthetic": "SYNTHETIC: made by the replica, not by a market"} if self.source.synthetic else {}
        )

    def _may_follow(self, url: str) -> bool:
        """Redirects stay in scope, but may lead to where a lost login shows itself."""
        from cryptodrug_assets.markets.base import Link

        return self.market.in_scope(Link(url=url, kind="unknown")) or "logout" not in url.lower()

    async def _work(self, session: Session) -> None:
        workers = [asyncio.ensure_future(self._worker(session)) for _ in range(self.config.concurrency)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _worker(self, session: Session) -> None:
        tab: Tab | None = None
        try:
            while (page := await self._claim()) is not None:
                try:
                    await self._pause()
                    if tab is not None and self._worn(session, tab):
                        await session.release(tab)
                        tab = None
                    tab = tab or await session.tab()
                    if not await self._visit(tab, page):
                        await session.retire(tab, hung=True)
                        await session.release(tab)
                        tab = None
                finally:
                    self.in_flight -= 1
                    self.changed.set()
        finally:
            self.changed.set()
            if tab is not None:
                await session.release(tab)

    def _worn(self, session: Session, tab: Tab) -> bool:
        return tab.fetched >= self.limits.tab_pages

    async def _claim(self) -> Queued | None:
        """The next page due; None when nothing is left or a budget is spent."""
        while True:
            if self._over_budget():
                return None
            if self.delayed and self.delayed[0][0] <= time.monotonic():
                page: Queued | None = heapq.heappop(self.delayed)[2]
            else:
                page = self.journal.next(self.source.sweep_id, self.cursor)
                if page is not None:
                    self.cursor = page.id
            if page is not None:
                self.in_flight += 1
                return page
            if not self.in_flight and not self.delayed:
                return None
            wait = max(0.01, self.delayed[0][0] - time.monotonic()) if self.delayed else None
            self.changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait(), wait)

    def _over_budget(self) -> bool:
        config, report = self.config, self.report
        if config.max_pages is not None and report.fetched + self.in_flight >= config.max_pages:
            # Pages in flight may still fail; the budget is only known to be spent when they are in.
            if report.fetched >= config.max_pages or not self.in_flight:
                report.stopped = f"page budget of {config.max_pages:,} spent"
            return self.in_flight > 0 or report.stopped is not None
        if config.max_seconds is not None and time.monotonic() - self.began >= config.max_seconds:
            report.stopped = f"time budget of {config.max_seconds:,} s spent"
        elif config.max_bytes is not None and report.bytes >= config.max_bytes:
            report.stopped = f"byte budget of {config.max_bytes:,} spent"
        return report.stopped is not None

    async def _pause(self) -> None:
        low, high = self.config.delay_ms
        if high:
            await asyncio.sleep(random.uniform(low, high) / 1000)
        while (wait := self.gate - time.monotonic()) > 0:
            await asyncio.sleep(wait)

    async def _visit(self, tab: Tab, page: Queued) -> bool:
        """Fetch one page and settle its outcome; False when the browser must be replaced."""
        link = link_of(page)
        render = self._renders(link)
        attempts = page.attempts + 1
        try:
            fetched = await tab.fetch(_request(link, page), render=render, timeout_s=self.limits.timeout_s)
        except OffSiteError as err:
            self._settle(page, "out_of_scope", {"reason": err.reason, "attempts": attempts})
            return True
        except FetchError as err:
            if not err.network:
                self._settle(page, "given_up", {"reason": err.reason, "attempts": attempts})
                return True
            return await self._failed(tab, page, err)
        except Exception as err:  # noqa: BLE001 - the driver's Error: tab or browser is gone; the page is tried again
            return await self._failed(tab, page, FetchError(f"browser: {type(err).__name__}", network=True), gone=True)
        self.failures, self.down_since = 0, None
        if fetched.page.status in _RETRY_STATUS and self._tries(page) < self.limits.attempts:
            kind = self._discover(link, fetched)[0]
            if kind not in _WALLS:
                self._again(page, self._wait(page, fetched), attempts)
                return True
        await self._keep(tab, page, link, fetched, render, attempts)
        return True

    async def _keep(self, tab: Tab, page: Queued, link: "Link", fetched: Fetched, render: bool, attempts: int) -> None:
        kind, links = self._discover(link, fetched)
        state, reason = "done", None
        if kind in _WALLS:
            if not await self._still_inside(tab, page, kind):
                self._again(page, 0.2, attempts)
                return
            state, reason = "given_up", f"{kind} page instead of the page asked for"
        elif fetched.page.status in _RETRY_STATUS:
            state, reason = "given_up", f"status {fetched.page.status}"
        rows = (
            self.frontier.rows(links, depth=page.depth + 1, referrer=self.redactor.url(fetched.page.url))
            if state == "done"
            else []
        )
        index = {
            "capture_id": page.capture_id,
            "sweep_id": self.source.sweep_id,
            "reason": reason,
            "mode": "render" if render else "nav",
            "method": link.method,
            "url": self.redactor.url(link.url),
            "url_kind": link.kind,
            "context_category": link.category,
            "context_page": link.page,
            "depth": page.depth,
            "attempts": attempts,
            "page_kind": kind,
            "captured_at": self.source.clock().isoformat(),
        }
        size = self.evidence.commit(page.id, state, fetched, index, rows)  # type: ignore[arg-type]
        self.counts["queued"] += self.frontier.accept(rows) - 1
        self.counts[state] += 1
        self.kinds[kind or "other"] += 1
        self.report.fetched += 1
        self.report.rendered += render
        self.report.bytes += size
        self.changed.set()
        self._tell()

    def _discover(self, link: "Link", fetched: Fetched) -> tuple[str | None, list["Link"]]:
        """Kind of page and its links; (None, []) for what is not text."""
        exchange = fetched.page
        mime = (exchange.content_type or "text/html").lower()
        if not mime.startswith(("text/", "application/xhtml")):
            return None, []
        try:
            found = self.market.discover(
                exchange.body or b"", url=exchange.url, context_category=link.category, context_page=link.page
            )
        except Exception as err:  # noqa: BLE001 - the bytes are evidence even if the market module fails on them
            self.journal.event("discover", type(err).__name__)
            return "unknown", []
        return found.page_kind, list(found.links)

    async def _still_inside(self, tab: Tab, page: Queued, kind: str) -> bool:
        """On a login or challenge page: whether the login holds and it is this page that stays closed.

        False asks for another try; raises UserError when the entry page is closed too.
        """
        if page.id not in self.walled and page.depth > 0:
            self.walled.add(page.id)
            return False
        if page.depth > 0:
            from cryptodrug_assets.markets.base import Link

            with contextlib.suppress(FetchError):
                entry = await tab.fetch(PageRequest(self.entry), render=False, timeout_s=self.limits.timeout_s)
                if self._discover(Link(url=self.entry, kind="home"), entry)[0] not in _WALLS:
                    return True
        done = self.counts["done"]
        total = done + self.counts["queued"] + self.counts["given_up"]
        self.journal.event("paused", kind)
        what = "login lost" if kind == "login" else "a challenge closed the site"
        raise UserError(
            f"{what} at page {done + 1:,} of {total:,}; renew the storage state with"
            f" `cryptodrug login --market {self.market.name}` and re-run"
        )

    async def _failed(self, tab: Tab, page: Queued, err: FetchError, *, gone: bool = False) -> bool:
        """A network failure: wait and try again; give the page up only if the site is there for others."""
        now = time.monotonic()
        self.failures += 1
        self.down_since = self.down_since or now
        hung = gone or err.reason.startswith(("browser", "no answer"))
        attempts = page.attempts + 1
        if self._tries(page) >= self.limits.attempts and not gone and await self._site_answers(tab):
            self.failures, self.down_since = 0, None
            self._settle(page, "given_up", {"reason": err.reason, "attempts": attempts})
            return not hung
        if now - self.down_since > self.limits.site_down_s:
            self.journal.event("paused", "site down")
            raise UserError(
                f"{self.market.name} does not answer for {now - self.down_since:.0f} s ({err.reason});"
                " what was captured is kept, run the same command when it is back"
            )
        wait = self._wait(page, None)
        self.gate = max(self.gate, now + min(self.limits.backoff_s * 2 ** min(self.failures - 1, 10) / 4, 30.0))
        self._again(page, wait, attempts)
        return not hung

    async def _site_answers(self, tab: Tab) -> bool:
        try:
            await tab.fetch(PageRequest(self.entry), render=False, timeout_s=self.limits.timeout_s)
        except Exception:  # noqa: BLE001 - any failure means no answer
            return False
        return True

    def _tries(self, page: Queued) -> int:
        """Requests of this run for the page, the present one included."""
        start = self.first_attempt.setdefault(page.id, page.attempts)
        return page.attempts + 1 - start

    def _wait(self, page: Queued, fetched: Fetched | None) -> float:
        """Seconds until the next try: Retry-After if the site says so (for all pages), else exponential with jitter."""
        if fetched is not None and fetched.page.status in (429, 503):
            asked = retry_after(header_value(fetched.page.head, "retry-after"), datetime.now(UTC))
            if asked is not None:
                wait = min(asked, self.limits.retry_after_max_s)
                self.gate = max(self.gate, time.monotonic() + wait)
                return wait
        wait = min(self.limits.backoff_s * 2 ** min(self._tries(page) - 1, 16), self.limits.backoff_max_s)
        return wait * random.uniform(0.75, 1.25)

    def _again(self, page: Queued, wait: float, attempts: int) -> None:
        self._tries(page)
        self.journal.retry(page.id, attempts)
        self.report.retries += 1
        later = Queued(page.id, page.capture_id, page.target, page.depth, attempts, page.referrer)
        heapq.heappush(self.delayed, (time.monotonic() + wait, next(self.order), later))
        self.changed.set()
        self._tell()

    def _settle(self, page: Queued, state: str, changes: dict[str, Any]) -> None:
        self.journal.commit(page.id, state, changes)  # type: ignore[arg-type]
        self.counts["queued"] -= 1
        self.counts[state] += 1
        self.report.fetched += 1
        self.changed.set()
        self._tell()

    def _renders(self, link: "Link") -> bool:
        config = self.config
        if link.method != "GET":
            return False
        if config.mode == "render" or link.kind in config.render_kinds:
            return True
        return link.kind == "listing" and sample_share(self.market.canonical(link)) < config.render_sample

    def _tell(self) -> None:
        seconds = time.monotonic() - self.began
        rate = self.report.fetched / seconds if seconds else 0.0
        queued = self.counts["queued"]
        self.progress(
            Progress(self.counts["done"], queued, self.counts["given_up"], rate, queued / rate if rate else None)
        )


def _request(link: "Link", page: Queued) -> PageRequest:
    body = form_body(link.form) if link.method == "POST" else None
    return PageRequest(link.url, link.method, body, page.referrer)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait as a Retry-After header says (a number or an HTTP date); None when it says nothing readable."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
