"""Capture one sweep of a market-month: from the entry page by links into the archive, resumable after any death."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from cryptodrug_assets.capture.archive.headers import Redactor
from cryptodrug_assets.capture.archive.journal import journal
from cryptodrug_assets.capture.archive.wacz import write_wacz
from cryptodrug_assets.capture.clock import SteadyClock
from cryptodrug_assets.capture.politeness import Limits
from cryptodrug_assets.capture.progress import CaptureReport, Progress
from cryptodrug_assets.capture.sources import Source
from cryptodrug_assets.capture.sweep import Crawl
from cryptodrug_assets.markets.base import Market
from cryptodrug_assets.observation import CaptureConfig, UserError

T = TypeVar("T")


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
    clock: SteadyClock | None = None,
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
        try:
            opened.begin(sweep_id, source.kind, source.synthetic)
            crawl = Crawl(
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
                clock=clock or SteadyClock(),
            )
            report = _run(crawl.run())
            if report.stopped is None:
                write_wacz(archive_root, market.name, month)
            return report
        except (OSError, sqlite3.OperationalError) as err:
            what = err.strerror if isinstance(err, OSError) else None
            raise UserError(
                f"the archive of {market.name} {month} cannot be written: {what or err};"
                " what was committed is kept, make room or give the right to write, and run again"
            ) from err


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, also where this thread already has an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
