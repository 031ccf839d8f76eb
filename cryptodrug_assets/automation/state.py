"""The state that decisions rest on, read from a home: markets' files, archive, tables of record and the instance's
runs."""

from collections.abc import Mapping
from datetime import UTC, datetime

import dagster as dg

from cryptodrug_assets.assets import across, clean, indicators
from cryptodrug_assets.automation.decisions import REMEMBERED, Asked, CellState, Code, Plan, State, Sweep
from cryptodrug_assets.automation.silence import SILENT_AFTER
from cryptodrug_assets.capture.archive.journal import sweep_times
from cryptodrug_assets.checks.made_from import (
    Cell,
    captured_versions,
    made_cells,
    measuring_code,
    span_of,
    stated_files,
)
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.months import month_before
from cryptodrug_assets.observation import MarketConfig, market_configs, observed_cells
from cryptodrug_assets.pipeline import clean as cleaning
from cryptodrug_assets.pipeline import measure, parse
from cryptodrug_assets.reference.fetched_rates import marks_by_month
from cryptodrug_assets.retention.log import erased_layers
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets.versions import code_version

#: Tags of the runs that were asked for: the occasion and, in words, the reason.
KEY_TAG, WHY_TAG = "cryptodrug/occasion", "cryptodrug/why"
_RUNNING = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
_STARTED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def plans_of(configs: Mapping[str, MarketConfig], source: str | None = None) -> dict[str, Plan]:
    """The plans of the markets that are made without hands; `source` overrides that of each."""
    return {
        name: Plan(
            config.window.start,
            config.window.end,
            captures=config.captured(source),
            sweep_days=tuple(config.automation.sweep_days),
            publish_day=config.automation.publish_day,
            late_day=config.automation.late_day,
        )
        for name, config in configs.items()
        if config.automatic
    }


def read_state(settings: Settings, instance: dg.DagsterInstance, now: datetime) -> State:
    """The state of a home at this moment."""
    plans = plans_of(market_configs(), settings.source)
    if not plans:
        # Nothing to decide: neither tables nor archives are looked at, each minute.
        return State({}, {}, {}, Code({}, "", ""))
    store = TableStore(settings.tables)
    captured = captured_versions(store)
    parsed = made_cells(store, "parsed", parse.READS)
    measured = made_cells(store, "indicators", measure.READS)
    cells: dict[Cell, CellState] = {}
    for cell in observed_cells(now=now):
        if cell[0] not in plans:
            continue
        sweeps = tuple(Sweep(*times) for times in sweep_times(settings.archive / cell[0] / cell[1]))
        cells[cell] = CellState(sweeps, captured.get(cell), parsed.get(cell), measured.get(cell))
    return State(
        plans,
        {cell: there for cell, there in cells.items() if there != CellState()},
        asked_for(instance, now),
        code_there_is(settings),
        span_of(cleaning.READS),
        _frozen(settings),
    )


def _frozen(settings: Settings) -> frozenset[Cell]:
    """Cells of which pages or rows were erased, and those before them, whose later feedback went with these."""
    erased = erased_layers(settings.home)
    return frozenset(erased) | {(market, month_before(month)) for market, month in erased}


def code_there_is(settings: Settings) -> Code:
    """Versions of the code of this process."""
    return Code(
        {name: get_market(name).parser_version for name in market_configs()},
        measuring_code(clean.CODE, indicators.CODE),
        f"{across.CODE} {code_version('publishing')}",
        tuple(stated_files(settings.coin_rates, settings.corrections_file)),
        marks_by_month(settings.fetched_rates),
    )


def asked_for(instance: dg.DagsterInstance, now: datetime) -> dict[str, Asked]:
    """What became of the runs that were asked for, by occasion."""
    records: dict[str, list[dg.RunRecord]] = {}
    for record in instance.get_run_records(dg.RunsFilter(created_after=now - REMEMBERED)):
        if (key := record.dagster_run.tags.get(KEY_TAG)) is not None:
            records.setdefault(key, []).append(record)
    return {key: _became(of_key) for key, of_key in records.items()}


def _became(records: list[dg.RunRecord]) -> Asked:
    statuses = {record.dagster_run.status for record in records}
    ends = [record.end_time for record in records if record.end_time is not None]
    ended = datetime.fromtimestamp(max(ends), UTC) if ends else max(record.update_timestamp for record in records)
    return Asked(
        tries=len(records),
        running=bool(statuses & set(_RUNNING)),
        succeeded=dg.DagsterRunStatus.SUCCESS in statuses,
        ended=ended,
    )


def close_lost_runs(instance: dg.DagsterInstance, now: datetime) -> list[str]:
    """Report runs as failed that were asked for, began, and have said nothing for hours: the machine went down under
    them.

    Returns their ids. Whatever they had committed stays; the next tick asks again.
    """
    lost = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_STARTED)):
        run = record.dagster_run
        if KEY_TAG not in run.tags:
            continue
        said = instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
        last = datetime.fromtimestamp(said[0].timestamp, UTC) if said else record.create_timestamp
        if now - last > SILENT_AFTER:
            hours = SILENT_AFTER.total_seconds() / 3600
            instance.report_run_failed(run, message=f"The run said nothing for {hours:.0f} hours: its process is gone.")
            lost.append(run.run_id)
    return lost
