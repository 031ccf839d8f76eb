"""The situation of a home: what conditions of alerts and the health report look at, read from instance, tables and
archive."""

import json
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from cryptodrug_assets.capture.archive.journal import FILE, sweep_times
from cryptodrug_assets.capture.archive.verify import archives
from cryptodrug_assets.capture.walls import WALLS
from cryptodrug_assets.checks.outcomes import check_keys, check_outcomes
from cryptodrug_assets.checks.run_failures import RunGraph, last_runs
from cryptodrug_assets.indicators.seen import covered_months
from cryptodrug_assets.monitoring.conditions import Cell, FailedCheck, Failure, LiveMarket, Situation
from cryptodrug_assets.months import month_before, month_of
from cryptodrug_assets.observation import MarketConfig, is_observed, market_configs
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.home import private_folder, write_atomically
from cryptodrug_assets.storage.store import DamagedTableError, TableStore

# Checks that see a layout change: fields filled less than before, labels that no rule reads.
_DRIFT = ("drift", "reading")


def situation_of(settings: Settings, instance: dg.DagsterInstance, graph: RunGraph, now: datetime) -> Situation:
    """The situation of a home at this moment."""
    configs = market_configs()
    damaged: list[str] = []
    try:
        coverage = _coverage(TableStore(settings.tables), configs)
    except DamagedTableError as err:
        coverage, damaged = {}, [err.name]
    return Situation(
        now=now,
        live=_live(settings.archive, configs, settings.source, now),
        lost=_lost(settings.archive, configs, settings.source, now),
        failures=_failures(settings.archive, instance, graph, now),
        checks=_checks(instance),
        coverage=coverage,
        verified=last_verified(settings),
        free_share=free_share(settings.home),
        min_coverage=settings.alert_coverage,
        verify_days=settings.verify_days,
        min_free_share=settings.min_free_share,
        damaged=damaged,
    )


def free_share(folder: Path) -> float:
    """The free share of the disk a folder lies on."""
    usage = shutil.disk_usage(folder)
    return usage.free / usage.total


def verified_file(home: Path) -> Path:
    """Where a home keeps when its archives were verified."""
    return home / "monitoring" / "verified.json"


def note_verified(home: Path, cells: Iterable[Cell], now: datetime) -> None:
    """Keep that these archives were found whole."""
    path = verified_file(home)
    known = _read_verified(path) | dict.fromkeys((f"{market} {month}" for market, month in cells), now.isoformat())
    private_folder(path.parent)
    write_atomically(path, json.dumps(known, indent=1, sort_keys=True) + "\n")


def last_verified(settings: Settings) -> dict[Cell, datetime]:
    """When each archive was verified last; of one that never was, when its journal was last written."""
    known = _read_verified(verified_file(settings.home))
    found = {}
    for market, month in archives(settings.archive):
        at = known.get(f"{market} {month}")
        path = settings.archive / market / month / FILE
        if at is not None:
            found[market, month] = datetime.fromisoformat(at)
        elif path.exists():
            found[market, month] = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return found


def _read_verified(path: Path) -> dict[str, str]:
    """What the file says; a damaged one says nothing, and the archives are then told as not verified."""
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
        return {name: at for name, at in found.items() if datetime.fromisoformat(at).tzinfo}
    except (ValueError, TypeError, AttributeError):
        return {}


def _watched(config: MarketConfig, source: str | None) -> bool:
    """Whether the market is captured without hands; `source` is that of the settings."""
    return config.automatic and config.captured(source)


def _live(
    archive: Path, configs: Mapping[str, MarketConfig], source: str | None, now: datetime
) -> dict[str, LiveMarket]:
    month = month_of(now)
    live = {}
    for name, config in configs.items():
        if _watched(config, source) and is_observed(name, month):
            sweeps = sweep_times(archive / name / month)
            ended = any(complete for _, complete in sweeps)
            live[name] = LiveMarket(config.automation.late_day, bool(sweeps), ended)
    return live


def _lost(archive: Path, configs: Mapping[str, MarketConfig], source: str | None, now: datetime) -> list[Cell]:
    """The month before, of live markets of which there is nothing."""
    month = month_before(month_of(now))
    watched = [name for name, config in configs.items() if _watched(config, source)]
    return [
        (name, month) for name in watched if is_observed(name, month) and not (archive / name / month / FILE).exists()
    ]


def _failures(archive: Path, instance: dg.DagsterInstance, graph: RunGraph, now: datetime) -> list[Failure]:
    found = []
    for (market, month, layer), last in last_runs(instance, graph, now=now).items():
        if last.outcome != "failed":
            continue
        # Only which of the known walls it was: a cause may quote a page.
        wall = (
            next((kind for kind, meaning in WALLS.items() if meaning in last.cause), None) if layer == "raw" else None
        )
        sweeps = sweep_times(archive / market / month) if layer == "raw" and month else []
        resumes = bool(sweeps) and not sweeps[-1][1]
        found.append(Failure(market, month, layer, last.run_id, wall, resumes))
    return found


def _checks(instance: dg.DagsterInstance) -> list[FailedCheck]:
    found = []
    for outcome in check_outcomes(instance, check_keys()):
        layer, table = outcome.key.asset_key.path
        drift = layer == "parsed" and outcome.key.name in _DRIFT
        if outcome.state == "ok" or not (drift or outcome.state == "failed"):
            continue
        market, _, month = (outcome.partition or "").partition("|")
        blocking = outcome.state == "failed"
        found.append(FailedCheck(market if month else "", month, layer, table, outcome.key.name, blocking, drift))
    return found


def _coverage(store: TableStore, configs: Mapping[str, MarketConfig]) -> dict[Cell, float | None]:
    """Coverage of the months of markets that are made without hands: of those of the past nothing can be mended."""
    watched = [name for name, config in configs.items() if config.automatic]
    if not watched or not store.exists("indicators", "coverage"):
        return {}
    rows = store.read("indicators", "coverage", columns=["market", "month", "indicator", "value"])
    return {
        (market, f"{month:%Y-%m}"): covered
        for market, month, covered in covered_months(rows).iter_rows()
        if market in watched
    }
