"""The crawl of one sweep: from the entry page by links, every page into the archive, resumable after any death.

The market module says what a page is and where it leads; fetch.py gets the bytes; the journal says what is done.
"""

import asyncio
import contextlib
import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.capture.fetch import Fetched, FetchError, OffSiteError, PageRequest, Tab
from cryptodrug_assets.capture.headers import Redactor, form_body, header_value
from cryptodrug_assets.capture.journal import Journal, Queued, RecordRow, journal, read_only
from cryptodrug_assets.capture.preflight import require_closed
from cryptodrug_assets.capture.records import Entry, page_entries, warcinfo
from cryptodrug_assets.capture.session import Session
from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.capture.wacz import write_wacz
from cryptodrug_assets.capture.warc import SegmentWriter, encode
from cryptodrug_assets.markets.base import MAX_BODY, Discovery, Link, Market
from cryptodrug_assets.observation import CaptureConfig, UserError, month_start

T = TypeVar("T")
_RETRY_STATUS = {429, 500, 502, 503, 504}
_SEGMENT_BYTES = 512 * 1024**2
_DEAD_BROWSERS = 5
_LOST = ("login", "challenge")


@dataclass(frozen=True)
class Limits:
    """Bounds of patience: seconds, and requests per page and run. A tab's memory grows with navigations, so does a
    browser's; fresh ones cost little."""

    attempts: int = 4
    backoff_s: float = 0.5
    longest_wait_s: float = 120.0
    page_timeout_s: float = 60.0
    site_down_s: float = 600.0
    tab_pages: int = 500
    browser_pages: int = 5000


@dataclass
class Progress:
    """How far a sweep is."""

    done: int = 0
    queued: int = 0
    failed: int = 0
    started: float = field(default_factory=time.monotonic)
    fetched: int = 0
    bytes: int = 0

    @property
    def pages_per_second(self) -> float:
        """Pages fetched in this run per second."""
        return self.fetched / max(time.monotonic() - self.started, 1e-6)

    def __str__(self) -> str:
        left = self.queued / self.pages_per_second if self.fetched else 0
        text = f"{self.done} done, {self.queued} queued, {self.failed} failed, {self.pages_per_second:.1f} pages/s"
        return text + (f", at least {left:.0f} s left" if self.queued else "")


@dataclass
class CaptureReport:
    """What a run of a sweep did."""

    sweep_id: str
    progress: Progress
    outcomes: dict[str, int]
    kinds: Counter[str]
    retries: int
    seconds: float
    reused: bool = False
    stopped: str | None = None

    def metadata(self) -> dict[str, Any]:
        """Numbers for the run's metadata."""
        return {
            "sweep": self.sweep_id,
            "pages_fetched": self.progress.fetched,
            "bytes_fetched": self.progress.bytes,
            "seconds": round(self.seconds, 1),
            "pages_per_second": round(self.progress.fetched / self.seconds, 2) if self.seconds else 0.0,
            "retries": self.retries,
        }

    def __str__(self) -> str:
        if self.reused:
            return f"already complete, {self.outcomes.get('done', 0)} pages"
        outcomes = ", ".join(f"{count} {state}" for state, count in sorted(self.outcomes.items()))
        text = (
            f"{self.progress.fetched} pages fetched in {self.seconds:.1f} s, {self.retries} retries; in all {outcomes}"
        )
        return f"{text}; stopped: {self.stopped}" if self.stopped else text


class _LoginLostError(Exception):
    """A login page or a challenge came instead of content."""


def capture_month(
    *,
    market: Market,
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
    """Capture what a sweep still lacks. Returns at once when it is complete.

    Raises UserError when the login is lost (everything captured is kept and a re-run continues), when the site cannot
    be reached, or when the archive cannot be written.
    """
    folder = archive_root / market.name / month
    with journal(folder) as opened:
        if opened.complete(sweep_id):
            done = opened.counts(sweep_id)
            return CaptureReport(sweep_id, Progress(done=done.get("done", 0)), done, Counter(), 0, 0.0, reused=True)
        opened.begin(sweep_id, source.kind, source.synthetic)
        crawl = _Crawl(
            market,
            config,
            month,
            source,
            sweep_id,
            opened,
            browser_path=browser_path,
            redactor=Redactor(hmac_key),
            show=progress,
            limits=limits or Limits(),
        )
        try:
            report = _run(crawl.run())
            if report.stopped is None:
                write_wacz(archive_root, market.name, month)
            return report
        except OSError as err:
            raise UserError(
                f"the archive of {market.name} {month} cannot be written: {err.strerror or err};"
                " what was committed is kept, free the disk and run again"
            ) from err


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, also where this thread already has an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def capture_id(market: str, month: str, sweep_id: str, canonical: str) -> str:
    """Identity of a page in a sweep: hash of market, month, sweep and canonical link (16 hex digits)."""
    text = "|".join((market, month, sweep_id, canonical))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class _Crawl:
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
    ) -> None:
        self._market, self._config, self._month, self._source = market, config, month, source
        self._sweep_id, self._journal, self._browser_path = sweep_id, opened, browser_path
        self._redactor, self._show, self._limits = redactor, show, limits
        self._host = urlsplit(source.base_url).netloc
        self._known = opened.known(sweep_id)
        self._after = 0
        self._busy = 0
        self._work = asyncio.Condition()
        self._segment: SegmentWriter | None = None
        self._stopped: str | None = None
        self._kinds: Counter[str] = Counter()
        self._retries = 0
        self._random = random.Random(sweep_id)
        self._entry = source.base_url + market.entry_path
        self._down_since: float | None = None
        self._failures = 0
        self._dead_browsers = 0
        self._gate = 0.0
        counts = opened.counts(sweep_id)
        self._progress = Progress(done=counts.get("done", 0), queued=counts.get("queued", 0))

    async def run(self) -> CaptureReport:
        """Launch the browser, work the queue empty, seal what was written."""
        entry = Link(self._entry, "home")
        first = [row for row in [self._row(entry, 0, None)] if row["capture_id"] not in self._known]
        self._journal.add(first)
        self._known |= {row["capture_id"] for row in first}
        self._progress.queued += len(first)
        try:
            await self._crawl()
        finally:
            if self._segment is not None:
                self._journal.sealed(self._segment.name, self._segment.seal())
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
            self._source, self._browser_path, max_bytes=MAX_BODY, may_follow=self._may_follow
        ) as session:
            self._browser_version = session.version
            if self._source.kind == "live":
                await require_closed(session)
            workers = [asyncio.create_task(self._worker(session)) for _ in range(self._config.concurrency)]
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
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    def _may_follow(self, url: str) -> bool:
        # The login page is followed to, so that it can be recognised and the capture paused.
        link = Link(url, "redirect")
        return self._market.in_scope(link) or "login" in urlsplit(url).path

    async def _worker(self, session: Session) -> None:
        tab: Tab | None = None
        try:
            while (page := await self._take()) is not None:
                try:
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

    async def _capture(self, session: Session, tab: Tab | None, page: Queued) -> Tab | None:
        """Fetch a page with retries and commit what became of it; returns the tab to go on with, if one is left."""
        link = _link(page.target)
        request = PageRequest(
            link.url, link.method, form_body(link.form) if link.method == "POST" else None, page.referrer
        )
        attempts, tries, walls, wait, answered = page.attempts, 0, 0, 0.0, False
        while True:
            if tries or walls:
                self._retries += 1
                patience = self._limits.backoff_s * 2 ** min(tries, 12) * self._random.uniform(0.5, 1)
                await asyncio.sleep(min(max(wait, patience), self._limits.longest_wait_s))
            await self._be_polite()
            attempts, tries, wait = attempts + 1, tries + 1, 0.0
            try:
                tab = tab or await session.tab()
                fetched = await tab.fetch(request, render=self._renders(link), timeout_s=self._limits.page_timeout_s)
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
            self._failures, self._down_since, self._dead_browsers = 0, None, 0
            found = self._discover(link, fetched)
            if found.page_kind in _LOST:
                walls += 1
                if walls == 1 or await self._outside(session, page, found.page_kind):
                    continue  # once more: a site may show its wall by mistake
            elif fetched.page.status in _RETRY_STATUS and tries < self._limits.attempts:
                wait = self._asked_to_wait(fetched)
                self._journal.retry(page.id, attempts)
                continue
            self._commit(page, link, fetched, found, attempts)
            return tab

    async def _after_failure(self, session: Session, tab: Tab | None, err: FetchError) -> Tab | None:
        """The tab to go on with: none after a browser that died or hangs; a pause for all when the site is silent."""
        if not err.network:
            return tab
        self._failures += 1
        self._down_since = self._down_since or time.monotonic()
        self._hold(min(self._limits.backoff_s * 2 ** min(self._failures, 10) / 4, 30.0))
        if err.reason.startswith(("browser", "no answer")):
            self._dead_browsers += err.reason.startswith("browser")
            if self._dead_browsers > _DEAD_BROWSERS:
                raise UserError(
                    f"the browser dies again and again during the capture of {self._market.name} {self._month}:"
                    " nothing committed is lost; check memory and `cryptodrug browser`, then run again to continue"
                )
            if tab is not None:
                session.retire(tab, hung=True)
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
        away = time.monotonic() - (self._down_since or time.monotonic())
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

    def _asked_to_wait(self, fetched: Fetched) -> float:
        """Seconds the site asks to wait (Retry-After), which then holds for every page."""
        asked = retry_after(header_value(fetched.page.head, "retry-after"), datetime.now(UTC))
        wait = min(asked, self._limits.longest_wait_s)
        self._hold(wait)
        return wait

    def _hold(self, seconds: float) -> None:
        self._gate = max(self._gate, time.monotonic() + seconds)

    async def _be_polite(self) -> None:
        while (wait := self._gate - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        low, high = self._config.delay_ms
        if high:
            await asyncio.sleep(self._random.uniform(low, high) / 1000)

    def _renders(self, link: Link) -> bool:
        if link.method != "GET":
            return False  # a POST page is photographed nowhere else than in its own navigation, which nav mode has
        if self._config.mode == "render" or link.kind in self._config.render_kinds:
            return True
        if link.kind != "listing":
            return False
        share = int(hashlib.blake2b(self._market.canonical(link).encode(), digest_size=4).hexdigest(), 16) / 2**32
        return share < self._config.render_sample

    def _finish(self, page: Queued, state: str, changes: dict[str, Any]) -> None:
        self._journal.commit(page.id, state, changes)  # type: ignore[arg-type]
        self._progress.queued -= 1
        self._show(self._progress)

    def _commit(self, page: Queued, link: Link, fetched: Fetched, found: Discovery, attempts: int) -> None:
        """Records to disk, then the outcome and the links found, in one transaction."""
        body = fetched.page.body or b""
        captured = self._source.clock()
        note = {
            "capture_id": page.capture_id,
            "sweep_id": self._sweep_id,
            "captured_at": captured.isoformat(),
            "page_kind": found.page_kind,
            "url_kind": link.kind,
            "context_category": link.category,
            "context_page": link.page,
            "depth": page.depth,
            "synthetic": self._source.synthetic,
        }
        entries, own = page_entries(fetched, self._redactor, self._journal.payload, note)
        rows, segment = self._write(entries)
        changes = {
            "attempts": attempts,
            "mode": "render" if self._renders(link) else "nav",
            "status": fetched.page.status,
            "page_kind": found.page_kind,
            "content_type": fetched.page.content_type,
            "captured_at": captured.isoformat(),
            "fetched_at": fetched.page.fetched_at.isoformat(),
            "warc_file": rows[own].warc_file,
            "warc_offset": rows[own].warc_offset,
            "warc_length": rows[own].warc_length,
            "payload_digest": rows[own].payload_digest,
            "payload_bytes": len(body),
            "duration_ms": fetched.duration_ms,
        }
        wall = found.page_kind in _LOST
        given_up = wall or fetched.page.status in _RETRY_STATUS
        if given_up:
            changes["reason"] = f"{found.page_kind} page" if wall else f"status {fetched.page.status}"
        links = [] if given_up else self._rows_of(found.links, page.depth + 1, fetched.page.url)
        try:
            self._journal.commit(
                page.id, "given_up" if given_up else "done", changes, records=rows, links=links, segment=segment
            )
        except BaseException:
            self._roll_back(segment[1] - sum(row.warc_length for row in rows))
            raise
        self._known |= {row["capture_id"] for row in links}
        progress = self._progress
        progress.queued += sum(row["state"] == "queued" for row in links) - 1
        progress.fetched += 1
        progress.bytes += len(body)
        progress.done += not given_up
        progress.failed += given_up
        self._kinds[found.page_kind] += 1
        self._show(progress)

    def _roll_back(self, size: int) -> None:
        if self._segment is not None:
            with contextlib.suppress(OSError):  # the next start cuts the segment back in any case
                self._segment.rollback(size)

    def _write(self, entries: list[Entry]) -> tuple[list[RecordRow], tuple[str, int]]:
        segment = self._open_segment()
        before = segment.size
        rows = []
        try:
            for entry in entries:
                offset, length = segment.append(encode(entry.record))
                rows.append(
                    RecordRow(
                        segment.name, offset, length, entry.type, entry.uri, entry.record.get("WARC-Date") or "",
                        entry.status, entry.content_type, entry.payload_digest, entry.method, entry.form,
                    )
                )  # fmt: skip
            segment.sync()
        except OSError:
            self._roll_back(before)
            raise
        return rows, (segment.name, segment.size)

    def _open_segment(self) -> SegmentWriter:
        if self._segment is not None and self._segment.size > _SEGMENT_BYTES:
            self._journal.sealed(self._segment.name, self._segment.seal())
            self._segment = None
        if self._segment is None:
            name = self._journal.new_segment()
            self._segment = SegmentWriter(self._journal.folder, name)
            info = warcinfo(
                browser=f"{self._browser_path.name} {self._browser_version}",
                source=self._source.kind,
                synthetic=self._source.synthetic,
                settings=self._config.model_dump(),
                file=name,
            )
            offset, length = self._segment.append(encode(info))
            self._segment.sync()
            row = RecordRow(name, offset, length, "warcinfo", None, info.get("WARC-Date") or "")
            self._journal.opened(name, self._segment.size, [row])
        return self._segment

    def _rows_of(self, links: list[Link], depth: int, referrer: str) -> list[dict[str, Any]]:
        rows: dict[str, dict[str, Any]] = {}
        for link in links:
            row = self._row(link, depth, referrer)
            if row["capture_id"] not in self._known:
                rows.setdefault(row["capture_id"], row)
        return list(rows.values())

    def _row(self, link: Link, depth: int, referrer: str | None) -> dict[str, Any]:
        market, canonical = self._market, self._market.canonical(link)
        allowed = urlsplit(link.url).netloc == self._host and market.in_scope(link)
        target = {
            "url": link.url, "kind": link.kind, "method": link.method, "form": [list(pair) for pair in link.form],
            "category": link.category, "page": link.page,
        }  # fmt: skip
        row: dict[str, Any] = dict.fromkeys(_PAGE_COLUMNS)
        return row | {
            "capture_id": capture_id(market.name, self._month, self._sweep_id, canonical),
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


_PAGE_COLUMNS = (
    "capture_id", "sweep_id", "state", "reason", "target", "method", "url", "url_kind", "context_category",
    "context_page", "depth", "referrer", "attempts", "mode", "status", "page_kind", "content_type", "captured_at",
    "fetched_at", "warc_file", "warc_offset", "warc_length", "payload_digest", "payload_bytes", "duration_ms",
    "provenance",
)  # fmt: skip


def _link(target: dict[str, Any]) -> Link:
    form = tuple((name, value) for name, value in target["form"])
    return Link(target["url"], target["kind"], target["method"], form, target["category"], target["page"])


def retry_after(value: str | None, now: datetime) -> float:
    """Seconds to wait as a Retry-After header says (a number or an HTTP date); 0 when it says nothing readable."""
    if value is None:
        return 0.0
    if value.strip().isdigit():
        return float(value)
    try:
        moment: datetime = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def index_frame(archive_root: Path, market: str, month: str) -> pl.DataFrame:
    """The index of a market-month's archive as raw.captures, by capture id; empty when nothing was captured."""
    contract = contracts.load("raw", "captures")
    folder = archive_root / market / month
    if not (folder / "frontier.sqlite").exists():
        return contracts.empty(contract)
    with read_only(folder) as connection:
        columns = ", ".join(f"page.{name}" for name in _PAGE_COLUMNS if name not in ("target", "referrer"))
        cursor = connection.execute(
            f"SELECT {columns}, sweep.source, sweep.synthetic FROM page JOIN sweep USING (sweep_id) ORDER BY capture_id"
        )
        names = [entry[0] for entry in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row |= {
            "market": market,
            "month": month_start(month),
            "outcome": "pending" if row["state"] == "queued" else row["state"],
            "synthetic": bool(row["synthetic"]),
            "captured_at": _moment(row["captured_at"]),
            "fetched_at": _moment(row["fetched_at"]),
        }
    schema = contract.polars_schema
    frame = pl.DataFrame({name: [row[name] for row in rows] for name in schema}, schema=schema)
    return contracts.conform(frame, contract)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
