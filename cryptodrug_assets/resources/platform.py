"""The platform as a Dagster resource: settings, store, keys and the source of captures.

It wires the pure packages to a home folder; it holds no method and no page knowledge.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import dagster as dg
import polars as pl

from cryptodrug_assets.observation import UserError, market_configs
from cryptodrug_assets.resources.store import TableStore
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from cryptodrug_assets.capture.progress import CaptureReport, Progress
    from cryptodrug_assets.capture.sources import Source
    from cryptodrug_assets.cleaning.month import CleaningOptions
    from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
    from cryptodrug_assets.indicators.month import IndicatorOptions

_LOG_EVERY_S = 10
_LOG_AT_LEAST_EVERY_S = 120


class Platform(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Access to everything under CRYPTODRUG_HOME; fields left empty come from the settings."""

    home: str | None = None
    profile: str | None = None
    seed: int | None = None

    # Set by the command line, which shows a progress bar; the UI reads the log lines instead.
    progress_hook: ClassVar[Callable[[str, str, "Progress"], None] | None] = None

    @property
    def settings(self) -> Settings:
        """The settings with this resource's overrides."""
        overrides = {"home": self.home, "profile": self.profile, "seed": self.seed}
        return Settings(**{key: value for key, value in overrides.items() if value is not None})

    @property
    def store(self) -> TableStore:
        """The Delta tables of record."""
        return TableStore(self.settings.tables)

    @property
    def parse_workers(self) -> int:
        """Processes for parsing."""
        return self.settings.parse_workers or os.cpu_count() or 1

    @property
    def pseudonyms(self) -> "Pseudonyms":
        """Keyed pseudonyms; creates the keys on first use and refuses readable ones."""
        from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms

        return Pseudonyms.load(self.settings.keys)

    @property
    def cleaning_options(self) -> "CleaningOptions":
        """Switches of the cleaning methods."""
        from cryptodrug_assets.cleaning.month import CleaningOptions

        settings = self.settings
        return CleaningOptions(**{name: getattr(settings, name) for name in CleaningOptions.__dataclass_fields__})

    @property
    def indicator_options(self) -> "IndicatorOptions":
        """Switches of the indicator methods."""
        from cryptodrug_assets.indicators.month import IndicatorOptions
        from cryptodrug_assets.indicators.statements import STUDY_COUNTRY

        settings = self.settings
        # The statements of the study are about Belgium, whoever runs the platform.
        focus = tuple(dict.fromkeys((settings.country, STUDY_COUNTRY)))
        return IndicatorOptions(bootstrap=settings.bootstrap, min_coverage=settings.min_coverage, focus=focus)

    def source_kind(self, market: str) -> str:
        """live, archive or replica: the setting, else the market's own."""
        return self.settings.source or market_configs()[market].source

    def capture(self, market: str, month: str, *, log: Callable[[str], None]) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Capture what is missing of a market-month; returns the index of its archive and metadata for the run.

        An `archive` source captures nothing: its index holds what was imported. Raises UserError when nothing was.
        """
        from cryptodrug_assets.capture.index import index_frame
        from cryptodrug_assets.capture.progress import run_metadata

        settings = self.settings
        metadata: dict[str, Any] = {}
        if self.source_kind(market) != "archive":
            with self._sources(market, month) as sources:
                metadata = run_metadata([self._sweep(market, month, source, log) for source in sources])
        frame = index_frame(settings.archive, market, month)
        if frame.is_empty():
            raise UserError(
                f"nothing captured of {market} {month}; import captures with `cryptodrug import-archive"
                f" --market {market} --month {month} PATH`"
            )
        counts = frame.group_by("page_kind", "outcome").len().sort("page_kind", "outcome", nulls_last=True)
        rows = "\n".join(f"| {kind or '–'} | {outcome} | {n:,} |" for kind, outcome, n in counts.iter_rows())
        metadata["pages"] = int((frame["outcome"] == "done").sum())
        metadata["pages_by_kind"] = dg.MetadataValue.md(f"| page kind | outcome | pages |\n|-|-|-:|\n{rows}")
        failed = frame.filter(pl.col("outcome") == "given_up")
        metadata["pages_given_up"] = failed.height
        if failed.height:
            reasons = failed.group_by("reason").len().sort("len", "reason", descending=[True, False], nulls_last=True)
            lines = "\n".join(f"| {reason or '–'} | {n:,} |" for reason, n in reasons.head(8).iter_rows())
            metadata["given_up_why"] = dg.MetadataValue.md(f"| reason | pages |\n|-|-:|\n{lines}")
        files = (settings.archive / market / month).glob("*.warc.gz*")
        metadata["archive_bytes"] = sum(path.stat().st_size for path in files)
        metadata["synthetic"] = bool(frame["synthetic"].any())
        return frame, metadata

    def _sweep(self, market: str, month: str, source: "Source", log: Callable[[str], None]) -> "CaptureReport":
        from cryptodrug_assets.capture.browser import find_browser
        from cryptodrug_assets.capture.crawl import capture_month
        from cryptodrug_assets.cleaning.pseudonyms import secret_key
        from cryptodrug_assets.markets import get_market

        settings = self.settings
        config = market_configs()[market].capture
        overrides = {"concurrency": settings.concurrency, "render_sample": settings.render_sample}
        began = last = time.monotonic()
        log(f"{market} {month} sweep {source.sweep_id}: capture begins ({source.kind})")

        def show(progress: "Progress") -> None:
            nonlocal last
            if Platform.progress_hook is not None:
                Platform.progress_hook(market, month, progress)
            now = time.monotonic()
            # A live capture takes days: its lines become rarer.
            if now - last > min(max(_LOG_EVERY_S, (now - began) / 30), _LOG_AT_LEAST_EVERY_S):
                last = now
                log(f"{market} {month}: {progress}")

        report = capture_month(
            market=get_market(market),
            config=config.model_copy(update={key: value for key, value in overrides.items() if value is not None}),
            month=month,
            source=source,
            sweep_id=source.sweep_id,
            archive_root=settings.archive,
            browser_path=find_browser(settings.chromium),
            hmac_key=secret_key(settings.keys, "capture"),
            progress=show,
        )
        log(f"{market} {month} sweep {source.sweep_id}: {report}")
        return report

    @contextmanager
    def _sources(self, market: str, month: str) -> Iterator[list["Source"]]:
        """The sweeps of a month as sources; starts a replica for the run unless one is configured."""
        from cryptodrug_assets.capture.sources import live_source, replica_source, replica_sweeps

        settings = self.settings
        if self.source_kind(market) == "live":
            yield [live_source(market_configs()[market], month, proxy=settings.proxy, home=settings.home)]
            return
        from cryptodrug_assets.replica.server import reachable, running

        moments = replica_sweeps(month, settings.sweeps)
        if settings.replica_port:
            reachable(settings.replica_port)
            yield [replica_source(market, moment, settings.replica_port) for moment in moments]
            return
        with running(settings.profile, settings.seed) as server:
            yield [replica_source(market, moment, server.port) for moment in moments]
