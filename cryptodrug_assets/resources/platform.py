"""The platform as a Dagster resource: settings, store, keys and the source of captures.

It wires the pure packages to a home folder; it holds no method and no page knowledge.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
import polars as pl
from pydantic import Field, PrivateAttr

from cryptodrug_assets.inert import markdown
from cryptodrug_assets.observation import TABLE, UserError, market_configs
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.home import private_home
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets.synthetic import WORLD

if TYPE_CHECKING:
    from cryptodrug_assets.capture.progress import CaptureListener, CaptureReport, Progress
    from cryptodrug_assets.capture.sources import Source
    from cryptodrug_assets.cleaning.month import CleaningOptions
    from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
    from cryptodrug_assets.indicators.rows import IndicatorOptions
    from cryptodrug_assets.pipeline.tables import ParsedMonth

_LOG_EVERY_S = 10
_LOG_AT_LEAST_EVERY_S = 120


class Platform(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Access to everything under CRYPTODRUG_HOME; fields left empty come from the settings."""

    home: str | None = Field(default=None, description="Home folder instead of the settings' one.")
    profile: str | None = Field(default=None, description="World of the synthetic markets: tiny, demo or study.")
    seed: int | None = Field(default=None, description="Seed of that world.")
    source: str | None = Field(
        default=None, description="Source of every market: live, archive (nothing is captured), replica or world."
    )

    _settings: Settings | None = PrivateAttr(default=None)
    _progress: "CaptureListener | None" = PrivateAttr(default=None)

    @classmethod
    def of(cls, settings: Settings, *, progress: "CaptureListener | None" = None) -> "Platform":
        """The platform of these settings, for runs in this process.

        `progress` is told market, month and progress of a capture: the command line shows a bar of it, the UI reads the
        log lines instead.
        """
        platform = cls()
        platform._settings, platform._progress = settings, progress
        return platform

    @property
    def settings(self) -> Settings:
        """The settings it was made of, else those of the environment with this resource's overrides."""
        if self._settings is not None:
            return self._settings
        overrides = {"home": self.home, "profile": self.profile, "seed": self.seed, "source": self.source}
        return Settings(**{key: value for key, value in overrides.items() if value is not None})

    @property
    def store(self) -> TableStore:
        """The Delta tables of record, in a home that is its owner's alone."""
        settings = self.settings
        private_home(settings.home.resolve())
        return TableStore(settings.tables)

    def require_kept(self, market: str, month: str, *, also_next: bool = False) -> None:
        """UserError when what the cell is made from was erased; `also_next`: or that of the month after it."""
        from cryptodrug_assets.retention.log import require_kept

        require_kept(self.settings.home, (market, month), also_next=also_next)

    @property
    def parse_workers(self) -> int:
        """Processes for parsing."""
        return self.settings.parse_workers or os.cpu_count() or 1

    @property
    def pseudonyms(self) -> "Pseudonyms":
        """Keyed pseudonyms; creates the keys on first use, refuses readable ones and others than the tables' own."""
        from cryptodrug_assets.cleaning.keyring import pseudonyms_of

        return pseudonyms_of(self.settings.keys, self.store)

    def require_one_key(self) -> None:
        """UserError while months were made with different keys; for whatever reads several."""
        from cryptodrug_assets.cleaning.keyring import require_one_key

        require_one_key(self.store)

    @property
    def cleaning_options(self) -> "CleaningOptions":
        """Switches of the cleaning methods."""
        from cryptodrug_assets.cleaning.month import CleaningOptions

        settings = self.settings
        chosen = {name: getattr(settings, name) for name in CleaningOptions.__dataclass_fields__}
        path = settings.corrections_file
        if settings.corrections is not None and not path.is_file():
            raise UserError(f"CRYPTODRUG_CORRECTIONS names {path}, which is not there; name the table, or leave it out")
        fetched = settings.fetched_rates if settings.fetched_rates.is_file() else None
        return CleaningOptions(**chosen | {"corrections": path if path.is_file() else None, "fetched_rates": fetched})

    @property
    def indicator_options(self) -> "IndicatorOptions":
        """Switches of the indicator methods."""
        from cryptodrug_assets.indicators.rows import IndicatorOptions
        from cryptodrug_assets.study.statements import STUDY_COUNTRY

        settings = self.settings
        # The statements of the study are about Belgium, whoever runs the platform.
        focus = tuple(dict.fromkeys((settings.country, STUDY_COUNTRY)))
        return IndicatorOptions(bootstrap=settings.bootstrap, min_coverage=settings.min_coverage, focus=focus)

    def source_kind(self, market: str) -> str:
        """live, archive, replica, table or world: the setting, else the market's own."""
        return self.settings.source or market_configs()[market].source

    def capture(self, market: str, month: str, *, log: Callable[[str], None]) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Capture what is missing of a market-month; returns the index of its archive and metadata for the run.

        An `archive` or `table` source captures nothing: its index holds what was imported. Raises UserError when
        nothing was. A `world` has no archive at all: its index says so.
        """
        if self.source_kind(market) == WORLD:
            log(f"{market} {month}: nothing is captured, the parsed tables come straight from the synthetic world")
            return _of_world(self.world_month(market, month)[1])
        from cryptodrug_assets.capture.archive.index import index_frame
        from cryptodrug_assets.capture.progress import run_metadata

        settings = self.settings
        metadata: dict[str, Any] = {}
        if self.source_kind(market) not in ("archive", TABLE):
            with self._sources(market, month) as sources:
                metadata = run_metadata([self._sweep(market, month, source, log) for source in sources])
        gap = timedelta(hours=settings.sweep_gap_hours)
        frame = index_frame(settings.archive, market, month, gap=gap)
        if frame.is_empty():
            if market_configs()[market].source == TABLE:
                raise UserError(
                    f"no row of a data set is of {market} {month}; import one with `cryptodrug import-table --market"
                    f" {market} --mapping FILE PATH`"
                )
            raise UserError(
                f"nothing captured of {market} {month}; import captures with `cryptodrug import-archive"
                f" --market {market} --month {month} PATH`"
            )
        counts = frame.group_by("page_kind", "outcome").len().sort("page_kind", "outcome", nulls_last=True)
        rows = [(kind or "–", outcome, f"{n:,}") for kind, outcome, n in counts.iter_rows()]
        metadata["pages"] = int((frame["outcome"] == "done").sum())
        metadata["pages_by_kind"] = dg.MetadataValue.md(markdown(("page kind", "outcome", "pages"), rows))
        failed = frame.filter(pl.col("outcome") == "given_up")
        metadata["pages_given_up"] = failed.height
        if failed.height:
            reasons = failed.group_by("reason").len().sort("len", "reason", descending=[True, False], nulls_last=True)
            # A reason may quote what a page said.
            why = [(reason or "–", f"{n:,}") for reason, n in reasons.head(8).iter_rows()]
            metadata["given_up_why"] = dg.MetadataValue.md(markdown(("reason", "pages"), why))
        files = (settings.archive / market / month).glob("*.warc.gz*")
        metadata["archive_bytes"] = sum(path.stat().st_size for path in files)
        metadata["synthetic"] = bool(frame["synthetic"].any())
        return frame, metadata

    def world_month(self, market: str, month: str) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
        """Parsed tables and index of captures of the synthetic world (profile, seed), for months nobody captured."""
        from cryptodrug_assets.replica.captures import world_month

        return world_month(self.settings.profile, self.settings.seed, market, month)

    def parsed_month(self, market: str, month: str, captures: pl.DataFrame) -> tuple["ParsedMonth", str]:
        """The parsed tables of a market-month and the version of what made them, as its index of captures says.

        From the pages in the archive; of a world that was not captured, straight from the world. UserError when the
        index is of another world than the settings name.
        """
        from cryptodrug_assets.capture.archive.pages import read_pages
        from cryptodrug_assets.markets import get_market
        from cryptodrug_assets.pipeline.parse import parse
        from cryptodrug_assets.pipeline.tables import ParsedMonth

        settings = self.settings
        if WORLD not in captures["source"]:
            pages = read_pages(settings.archive, captures, by_capture=True)
            parsed = parse(market, month, pages, workers=self.parse_workers, folder=settings.home.resolve())
            return parsed, get_market(market).parser_version
        tables, index = self.world_month(market, month)
        if not index["capture_id"].equals(captures["capture_id"]):
            raise UserError(
                f"raw/captures of {market} {month} is of another world than '{settings.profile}' with seed"
                f" {settings.seed}; make it anew: `cryptodrug backfill --market {market} --from {month} --to {month}`"
            )
        return ParsedMonth(market=market, month=month, **tables), "none: from the synthetic world"

    def _sweep(self, market: str, month: str, source: "Source", log: Callable[[str], None]) -> "CaptureReport":
        from cryptodrug_assets.capture.browser.launch import find_browser
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
            if self._progress is not None:
                self._progress(market, month, progress)
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
        from cryptodrug_assets.capture.sources import live_source

        settings = self.settings
        if self.source_kind(market) == "live":
            yield [live_source(market_configs()[market], month, proxy=settings.proxy, home=settings.home)]
            return
        from cryptodrug_assets.replica.profiles import check_replica
        from cryptodrug_assets.replica.server import reachable, running
        from cryptodrug_assets.replica.source import replica_source, replica_sweeps

        check_replica(market)
        moments = replica_sweeps(month, settings.sweeps)
        if settings.replica_port:
            reachable(settings.replica_port)
            yield [replica_source(market, moment, settings.replica_port) for moment in moments]
            return
        with running(settings.profile, settings.seed) as server:
            yield [replica_source(market, moment, server.port) for moment in moments]


def _of_world(index: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The index of a world that was not captured, and metadata that say so."""
    return index, {
        "captured": "nothing: no page of this month was rendered or fetched; its parsed tables come straight from the"
        " synthetic world",
        "pages": 0,
        "pages_of_the_world": index.height,
        "synthetic": True,
    }
