"""The loop of one sweep: workers take pages off the frontier, fetch them, and say what became of each.

Contains the order of work. Keep out: what a page is and where it leads (the market module), getting the bytes
(browser/), keeping them (archive/evidence.py), what is done (archive/journal.py), how long to wait (politeness.py).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptodrug_assets.capture.archive.evidence import Evidence, ends_session, queued_link
from cryptodrug_assets.capture.archive.headers import Redactor, header_value
from cryptodrug_assets.capture.archive.journal import Journal, Queued
from cryptodrug_assets.capture.archive.records import warcinfo
from cryptodrug_assets.capture.archive.warc import Record
from cryptodrug_assets.capture.browser.exchange import CutOffError, Fetched, FetchError, OffSiteError, PageRequest
from cryptodrug_assets.capture.browser.preflight import require_closed
from cryptodrug_assets.capture.browser.session import Session
from cryptodrug_assets.capture.browser.tab import Tab
from cryptodrug_assets.capture.clock import SteadyClock
from cryptodrug_assets.capture.form_session import FormSession
from cryptodrug_assets.capture.modes import renders
from cryptodrug_assets.capture.page_look import UNREAD, look_at_page
from cryptodrug_assets.capture.politeness import Limits, Politeness
from cryptodrug_assets.capture.progress import CaptureReport, Progress
from cryptodrug_assets.capture.retry_turns import Turns
from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.capture.walls import WALLS, WallError
from cryptodrug_assets.markets.base import MAX_BODY, Discovery, Link, Market
from cryptodrug_assets.observation import CaptureConfig, UserError
from cryptodrug_assets.origins import origin_of

_RETRY_STATUS = {408, 425, 429, *range(500, 600)}
_DEAD_BROWSERS = 5
_DEATHS_OF_A_PAGE = 2
_SILENT_TRIES = 2
_CLOCK_SET_S = 60.0
_BEAT_S = 2.0


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
        self._politeness = Politeness(limits, config.delay_ms, sweep_id)
        self._evidence = Evidence(
            opened,
            market,
            month,
            sweep_id,
            site=source.base_url,
            redactor=redactor,
            synthetic=source.synthetic,
            info=self._info,
        )
        self._entry = source.base_url + market.entry_path
        self._after = {"fresh": 0, "late": 0}
        self._turns, self._forms = Turns(), FormSession()
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
        outcomes = self._journal.counts(self._sweep_id)
        if self._stopped is None and not outcomes.get("queued"):
            self._journal.end(self._sweep_id)
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
            except WallError as err:
                self._journal.event("paused", err.meaning)
                total = sum(n for state, n in self._journal.counts(self._sweep_id).items() if state != "out_of_scope")
                at = f"at page {self._progress.done} of {total}"
                raise UserError(f"{err.meaning} {at}; {err.remedy(self._market.name)}") from err
            finally:
                for task in (beat, *workers):
                    task.cancel()
                await asyncio.gather(beat, *workers, return_exceptions=True)

    async def _beat(self) -> None:
        """Show how far it is also while no page comes."""
        while True:
            await asyncio.sleep(_BEAT_S)
            self._progress.silent_s = self._politeness.away_s
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
                page = self._next()
                if page is not None:
                    self._busy += 1
                    return page
                if self._busy == 0:
                    self._work.notify_all()
                    return None
                await self._work.wait()

    def _next(self) -> Queued | None:
        """The oldest page that no run has failed at, then the oldest that one has."""
        for queue in ("fresh", "late"):
            page = self._journal.next(self._sweep_id, self._after[queue], late=queue == "late")
            if page is not None:
                self._after[queue] = page.id
                return page
        return None

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
        paint = renders(link, self._market, self._config)
        attempts, tries, walls, wait, answered, deaths = page.attempts, 0, 0, 0.0, False, 0
        while True:
            if tries or walls:
                self._retries += 1
                await self._politeness.back_off(min(tries, self._limits.attempts), wait)
            await self._politeness.be_polite()
            attempts, tries, wait = attempts + 1, tries + 1, 0.0
            try:
                async with self._turns.take(alone=deaths > 0):
                    tab = session.kept(tab)
                    tab = tab or await session.tab()
                    request = self._forms.request(link, page.referrer)
                    fetched = await tab.fetch(
                        request, render=paint, timeout_s=self._limits.page_timeout_s, photograph=self._config.screenshot
                    )
            except OffSiteError as err:
                self._leave_out(page, err.reason, attempts)
                return tab
            except FetchError as err:
                self._journal.retry(page.id, attempts)
                # A tab that was closed with its worn browser is no death of the page's.
                deaths += err.browser and (tab is None or session.kept(tab) is not None)
                tab = await self._after_failure(session, tab, err)
                if err.network and tries < self._most_tries(err) and deaths < _DEATHS_OF_A_PAGE:
                    continue
                if err.network and page.depth > 0 and not isinstance(err, CutOffError):
                    was, answered = answered, await self._site_answers(session)
                    if not answered:
                        self._require_patience(err.reason)
                    if answered and deaths >= _DEATHS_OF_A_PAGE:
                        self._dead_browsers = 0  # they were this page's, and no sign of a bad machine
                    elif not (was and answered):
                        continue  # the site may have come back after this page's last try: once more
                self._give_up(page, link, err, attempts, "render" if paint else "nav")
                return tab
            self._politeness.answered()
            self._progress.silent_s = 0.0
            self._dead_browsers = 0
            discovery = await look_at_page(self._market, link, fetched, note=self._journal.event)
            self._forms.note(discovery)
            refused = self._forms.refused(link, discovery)
            if discovery.page_kind in WALLS:
                walls += 1
                if walls == 1 or await self._outside(session, page, discovery.page_kind):
                    continue  # once more: a site may show its wall by mistake
            elif (refused or fetched.page.status in _RETRY_STATUS) and tries < self._limits.attempts:
                wait = self._politeness.asked_to_wait(header_value(fetched.page.head, "retry-after"), self._clock.now())
                self._journal.retry(page.id, attempts)
                continue
            self._commit(page, link, fetched, discovery, "render" if paint else "nav", attempts)
            return tab

    def _most_tries(self, err: FetchError) -> int:
        """How often a page is asked for: a connection that breaks on the way breaks often, a silent page stays so."""
        if isinstance(err, CutOffError):
            return 2 * self._limits.attempts
        return (
            min(_SILENT_TRIES, self._limits.attempts) if err.reason.startswith("no answer") else self._limits.attempts
        )

    async def _after_failure(self, session: Session, tab: Tab | None, err: FetchError) -> Tab | None:
        """The tab to go on with: none after a browser that died or hangs; a pause for all when the site is silent."""
        if not err.network or isinstance(err, CutOffError):
            return tab
        self._politeness.failed()
        if err.browser:
            # All tabs of a browser fail with it: it is one death.
            first = tab is None or session.abandon(tab)
            self._dead_browsers += first and err.reason.startswith("browser")
            if self._dead_browsers > _DEAD_BROWSERS:
                raise UserError(
                    f"the browser dies again and again during the capture of {self._market.name} {self._month}:"
                    " nothing committed is lost; check memory and `cryptodrug browser`, then run again to continue"
                )
        if err.browser or err.reason.startswith("no answer"):
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
        away = self._politeness.away_s
        if away > self._limits.site_down_s:
            self._journal.event("paused", "site away")
            raise UserError(
                f"{self._market.name} has not answered for {away:.0f} s ({reason}); what was captured is kept, run"
                " again when it is back"
            )

    def _give_up(self, page: Queued, link: Link, err: FetchError, attempts: int, mode: str) -> None:
        """No more tries in this run; what there is of a page that was cut off is kept."""
        if self._progress.done == 0 and page.depth == 0:
            self._finish(page, "given_up", {"reason": err.reason, "attempts": attempts})
            raise UserError(
                f"the first page of {self._market.name} could not be fetched ({err.reason}); is the site up?"
            )
        if isinstance(err, CutOffError):
            self._commit(page, link, err.fetched, UNREAD, mode, attempts)
            return
        self._progress.failed += 1
        self._finish(page, "given_up", {"reason": err.reason, "attempts": attempts})

    def _leave_out(self, page: Queued, reason: str, attempts: int) -> None:
        """A page that leads where no capture goes; a site whose entry does so has another address."""
        if page.depth == 0:
            raise UserError(
                f"the first page of {self._market.name} {reason}; if that is where the market is now, change"
                f" live.base_url in data_contracts/markets/{self._market.name}.yaml and run again"
            )
        self._finish(page, "out_of_scope", {"reason": reason, "attempts": attempts})

    async def _outside(self, session: Session, page: Queued, kind: str) -> bool:
        """On a repeated wall: WallError when the entry page shows one too, False when only this page does."""
        if page.depth == 0:
            raise WallError(kind)
        try:
            entry = await self._probe(session)
        except FetchError:
            return True
        seen = await look_at_page(self._market, Link(self._entry, "home"), entry, note=self._journal.event)
        if seen.page_kind in WALLS:
            raise WallError(kind)
        return False

    def _finish(self, page: Queued, state: str, changes: dict[str, Any]) -> None:
        self._journal.commit(page.id, state, changes)  # type: ignore[arg-type]
        self._progress.queued -= 1
        self._show(self._progress)

    def _commit(
        self, page: Queued, link: Link, fetched: Fetched, discovery: Discovery, mode: str, attempts: int
    ) -> None:
        """Keep a page that came, and what it says about the sweep's progress."""
        captured = self._source.clock()
        if captured.strftime("%Y-%m") != self._month:  # it came after midnight: it belongs to no sweep of this month
            self._finish(page, "over_budget", {"reason": "month over", "attempts": attempts})
            return
        if origin_of(fetched.page.url) != origin_of(self._source.base_url):  # whatever led there
            self._leave_out(page, "leads to another host", attempts)
            return
        wall = discovery.page_kind in WALLS
        given_up = f"{discovery.page_kind} page" if wall else "cut off" if fetched.page.cut else None
        given_up = "form refused" if self._forms.refused(link, discovery) else given_up
        if given_up is None and fetched.page.status in _RETRY_STATUS:
            given_up = f"status {fetched.page.status}"
        new = self._evidence.keep(
            page, link, fetched, discovery, captured=captured, mode=mode, attempts=attempts, given_up=given_up
        )
        progress = self._progress
        progress.queued += new - 1
        progress.fetched += 1
        progress.bytes += len(fetched.page.body or b"")
        progress.done += given_up is None
        progress.failed += given_up is not None
        self._kinds[discovery.page_kind] += 1
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
