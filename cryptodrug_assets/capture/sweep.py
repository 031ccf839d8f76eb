"""The loop of one sweep: workers take pages off the frontier, fetch them, and say what became of each.

The market module says what a page is and where it leads; fetch.py gets the bytes; evidence.py keeps them; the journal
says what is done; patience.py how long to wait.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptodrug_assets.capture.clock import SteadyClock
from cryptodrug_assets.capture.evidence import Evidence, ends_session, queued_link
from cryptodrug_assets.capture.fetch import Fetched, FetchError, OffSiteError, PageRequest, Tab
from cryptodrug_assets.capture.headers import Redactor, form_body, header_value
from cryptodrug_assets.capture.journal import Journal, Queued
from cryptodrug_assets.capture.modes import renders
from cryptodrug_assets.capture.patience import Limits, Patience
from cryptodrug_assets.capture.preflight import require_closed
from cryptodrug_assets.capture.progress import CaptureReport, Progress
from cryptodrug_assets.capture.records import warcinfo
from cryptodrug_assets.capture.session import Session
from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.capture.warc import Record
from cryptodrug_assets.markets.base import MAX_BODY, Discovery, Link, Market
from cryptodrug_assets.observation import CaptureConfig, UserError

_RETRY_STATUS = {408, 425, 429, *range(500, 600)}
_DEAD_BROWSERS = 5
_LOST = ("login", "challenge")
_CLOCK_SET_S = 60.0
_BEAT_S = 2.0


class _LoginLostError(Exception):
    """A login page or a challenge came instead of content."""


class Crawl:
    """One run of one sweep."""

    def __init__(
        self,
        market: Market,
        config: CaptureConfig,
        month: str,
        source: Source,
        sweep_id: str,
        opened: Journal,
        *,
        browser_path: Path,
        redactor: Redactor,
        show: Callable[[Progress], None],
        limits: Limits,
        clock: SteadyClock,
    ) -> None:
        self._market, self._config, self._month, self._source = market, config, month, source
        self._sweep_id, self._journal, self._browser_path = sweep_id, opened, browser_path
        self._show, self._limits, self._clock = show, limits, clock
        self._patience = Patience(limits, config.delay_ms, sweep_id)
        self._evidence = Evidence(
            opened,
            market,
            month,
            sweep_id,
            host=urlsplit(source.base_url).netloc,
            redactor=redactor,
            synthetic=source.synthetic,
            info=self._info,
        )
        self._entry = source.base_url + market.entry_path
        self._after = 0
        self._busy = 0
        self._work = asyncio.Condition()
        self._stopped: str | None = None
        self._kinds: Counter[str] = Counter()
        self._retries = 0
        self._dead_browsers = 0
        self._drift_s = 0.0
        self._browser_version = ""
        counts = opened.counts(sweep_id)
        self._progress = Progress(done=counts.get("done", 0), queued=counts.get("queued", 0))

    async def run(self) -> CaptureReport:
        """Launch the browser, work the queue empty, seal what was written."""
        self._progress.queued += self._evidence.start(Link(self._entry, "home"))
        try:
            await self._crawl()
        finally:
            self._evidence.close()
        if self._stopped is None:
            self._journal.end(self._sweep_id)
        outcomes = self._journal.counts(self._sweep_id)
        seconds = time.monotonic() - self._progress.started
        self._show(self._progress)
        return CaptureReport(
            self._sweep_id, self._progress, outcomes, self._kinds, self._retries, seconds, stopped=self._stopped
        )

    async def _crawl(self) -> None:
        async with Session(
            self._source, self._browser_path, max_bytes=MAX_BODY, may_follow=self._may_follow, now=self._clock.now
        ) as session:
            self._browser_version = session.version
            if self._source.kind == "live":
                await require_closed(session)
            workers = [asyncio.create_task(self._worker(session)) for _ in range(self._config.concurrency)]
            beat = asyncio.create_task(self._beat())
            try:
                await asyncio.gather(*workers)
            except _LoginLostError as err:
                self._journal.event("paused", str(err))
                total = sum(n for state, n in self._journal.counts(self._sweep_id).items() if state != "out_of_scope")
                raise UserError(
                    f"{err} at page {self._progress.done} of {total}; renew the storage state with"
                    f" `cryptodrug login --market {self._market.name}` and re-run"
                ) from err
            finally:
                for task in (beat, *workers):
                    task.cancel()
                await asyncio.gather(beat, *workers, return_exceptions=True)

    async def _beat(self) -> None:
        """Show how far it is also while no page comes."""
        while True:
            await asyncio.sleep(_BEAT_S)
            self._progress.silent_s = self._patience.away_s
            self._show(self._progress)

    def _may_follow(self, url: str) -> bool:
        # The login page is followed to, so that it can be recognised and the capture paused.
        link = Link(url, "redirect")
        return not ends_session(url) and (self._market.in_scope(link) or "login" in urlsplit(url).path)

    async def _worker(self, session: Session) -> None:
        tab: Tab | None = None
        try:
            while (page := await self._take()) is not None:
                try:
                    tab = session.kept(tab)
                    if tab is not None and self._worn(session, tab):
                        await session.release(tab)
                        tab = None
                    tab = await self._capture(session, tab, page)
                finally:
                    async with self._work:
                        self._busy -= 1
                        self._work.notify_all()
        finally:
            if tab is not None:
                await session.release(tab)

    def _worn(self, session: Session, tab: Tab) -> bool:
        if session.pages(tab) >= self._limits.browser_pages:
            session.retire(tab)
            return True
        return tab.fetched >= self._limits.tab_pages

    async def _take(self) -> Queued | None:
        """The next page; waits while others may still find links; None when nothing is left or a budget is spent."""
        async with self._work:
            while True:
                self._check_budgets()
                if self._stopped is not None:
                    return None
                page = self._journal.next(self._sweep_id, self._after)
                if page is not None:
                    self._after = page.id
                    self._busy += 1
                    return page
                if self._busy == 0:
                    self._work.notify_all()
                    return None
                await self._work.wait()

    def _check_budgets(self) -> None:
        config, progress = self._config, self._progress
        limits = (
            ("page", config.max_pages, progress.fetched + self._busy),
            ("time", config.max_seconds, time.monotonic() - progress.started),
            ("byte", config.max_bytes, progress.bytes),
        )
        for name, limit, spent in limits:
            if self._stopped is None and limit is not None and spent >= limit:
                self._stopped = f"{name} budget of {limit:,} spent"
                self._journal.over_budget(self._sweep_id, f"{name} budget")
        if self._stopped is None and self._month_is_over():
            self._stopped = f"{self._month} is over"
            self._journal.over_budget(self._sweep_id, "month over")

    def _month_is_over(self) -> bool:
        return self._source.clock().strftime("%Y-%m") != self._month

    async def _capture(self, session: Session, tab: Tab | None, page: Queued) -> Tab | None:
        """Fetch a page with retries and commit what became of it; returns the tab to go on with, if one is left."""
        link = queued_link(page.target)
        request = PageRequest(
            link.url, link.method, form_body(link.form) if link.method == "POST" else None, page.referrer
        )
        paint = renders(link, self._market, self._config)
        attempts, tries, walls, wait, answered = page.attempts, 0, 0, 0.0, False
        while True:
            if tries or walls:
                self._retries += 1
                await self._patience.back_off(tries, wait)
            await self._patience.be_polite()
            attempts, tries, wait = attempts + 1, tries + 1, 0.0
            try:
                tab = session.kept(tab)
                tab = tab or await session.tab()
                fetched = await tab.fetch(
                    request, render=paint, timeout_s=self._limits.page_timeout_s, photograph=self._config.screenshot
                )
            except OffSiteError as err:
                self._finish(page, "out_of_scope", {"reason": err.reason, "attempts": attempts})
                return tab
            except FetchError as err:
                self._journal.retry(page.id, attempts)
                tab = await self._after_failure(session, tab, err)
                if err.network and tries < self._limits.attempts:
                    continue
                if err.network and page.depth > 0:
                    was, answered = answered, await self._site_answers(session)
                    if not answered:
                        self._require_patience(err.reason)
                    if not (was and answered):
                        continue  # the site may have come back after this page's last try: once more
                self._give_up(page, err.reason, attempts)
                return tab
            self._patience.answered()
            self._progress.silent_s = 0.0
            self._dead_browsers = 0
            found = self._discover(link, fetched)
            if found.page_kind in _LOST:
                walls += 1
                if walls == 1 or await self._outside(session, page, found.page_kind):
                    continue  # once more: a site may show its wall by mistake
            elif fetched.page.status in _RETRY_STATUS and tries < self._limits.attempts:
                wait = self._patience.asked_to_wait(header_value(fetched.page.head, "retry-after"), self._clock.now())
                self._journal.retry(page.id, attempts)
                continue
            self._commit(page, link, fetched, found, "render" if paint else "nav", attempts)
            return tab

    async def _after_failure(self, session: Session, tab: Tab | None, err: FetchError) -> Tab | None:
        """The tab to go on with: none after a browser that died or hangs; a pause for all when the site is silent."""
        if not err.network:
            return tab
        self._patience.failed()
        if err.reason.startswith(("browser", "no answer")):
            # All tabs of a browser fail with it: it is one death.
            first = tab is None or session.abandon(tab)
            self._dead_browsers += first and err.reason.startswith("browser")
            if self._dead_browsers > _DEAD_BROWSERS:
                raise UserError(
                    f"the browser dies again and again during the capture of {self._market.name} {self._month}:"
                    " nothing committed is lost; check memory and `cryptodrug browser`, then run again to continue"
                )
            if tab is not None:
                await session.release(tab)
            return None
        return tab

    async def _site_answers(self, session: Session) -> bool:
        """Whether the entry page comes: tells a page that fails from a site that is away."""
        try:
            await self._probe(session)
        except FetchError:
            return False
        return True

    async def _probe(self, session: Session) -> Fetched:
        tab = await session.tab()
        try:
            return await tab.fetch(PageRequest(self._entry), render=False, timeout_s=self._limits.page_timeout_s)
        finally:
            await session.release(tab)

    def _require_patience(self, reason: str) -> None:
        away = self._patience.away_s
        if away > self._limits.site_down_s:
            self._journal.event("paused", "site away")
            raise UserError(
                f"{self._market.name} has not answered for {away:.0f} s ({reason}); what was captured is kept, run"
                " again when it is back"
            )

    def _give_up(self, page: Queued, reason: str, attempts: int) -> None:
        self._progress.failed += 1
        self._finish(page, "given_up", {"reason": reason, "attempts": attempts})
        if self._progress.done == 0 and page.depth == 0:
            raise UserError(f"the first page of {self._market.name} could not be fetched ({reason}); is the site up?")

    async def _outside(self, session: Session, page: Queued, kind: str) -> bool:
        """On a repeated wall: _LoginLostError when the entry page shows it too, False when only this page does."""
        lost = _LoginLostError("login lost" if kind == "login" else "a challenge closed the site")
        if page.depth == 0:
            raise lost
        try:
            entry = await self._probe(session)
        except FetchError:
            return True
        if self._discover(Link(self._entry, "home"), entry).page_kind in _LOST:
            raise lost
        return False

    def _discover(self, link: Link, fetched: Fetched) -> Discovery:
        """Kind and links; what is no text has neither."""
        page = fetched.page
        if not (page.content_type or "text/html").lower().startswith(("text/", "application/xhtml")):
            return Discovery("unknown", [], None)
        try:
            return self._market.discover(
                page.body or b"", url=page.url, context_category=link.category, context_page=link.page
            )
        except Exception as err:  # noqa: BLE001 - the bytes are evidence even where the market module fails on them
            self._journal.event("unreadable", type(err).__name__)
            return Discovery("unknown", [], None)

    def _finish(self, page: Queued, state: str, changes: dict[str, Any]) -> None:
        self._journal.commit(page.id, state, changes)  # type: ignore[arg-type]
        self._progress.queued -= 1
        self._show(self._progress)

    def _commit(self, page: Queued, link: Link, fetched: Fetched, found: Discovery, mode: str, attempts: int) -> None:
        """Keep a page that came, and what it says about the sweep's progress."""
        captured = self._source.clock()
        if captured.strftime("%Y-%m") != self._month:  # it came after midnight: it belongs to no sweep of this month
            self._finish(page, "over_budget", {"reason": "month over", "attempts": attempts})
            return
        wall = found.page_kind in _LOST
        given_up = f"{found.page_kind} page" if wall else None
        if not wall and fetched.page.status in _RETRY_STATUS:
            given_up = f"status {fetched.page.status}"
        new = self._evidence.keep(
            page, link, fetched, found, captured=captured, mode=mode, attempts=attempts, given_up=given_up
        )
        progress = self._progress
        progress.queued += new - 1
        progress.fetched += 1
        progress.bytes += len(fetched.page.body or b"")
        progress.done += given_up is None
        progress.failed += given_up is not None
        self._kinds[found.page_kind] += 1
        self._note_clock()
        self._show(progress)

    def _note_clock(self) -> None:
        drift = self._clock.drift_s()
        if abs(drift - self._drift_s) > _CLOCK_SET_S:
            self._journal.event("clock", f"set by {drift - self._drift_s:+.0f} s; the capture's stamps go on as before")
            self._drift_s = drift

    def _info(self, file: str) -> Record:
        return warcinfo(
            browser=f"{self._browser_path.name} {self._browser_version}",
            source=self._source.kind,
            synthetic=self._source.synthetic,
            settings=self._config.model_dump(),
            file=file,
        )
