"""The backfill: exactly the observed cells, a run per partition, in one process against the instance the UI shows.

A process per run would spend more time starting than working (docs/decisions/0002-backfill.md).
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import dagster as dg

from cryptodrug_assets.automation.instance import PID_TAG
from cryptodrug_assets.observation import UserError

# Groups without cells: one run of the job `publish`, after the cells.
_ONCE = ("reference", "across_months", "public", "publication")
GROUPS = ("raw", "parsed", "clean", "indicators", *_ONCE)
# Capture everything first: a month's cleaning also reads the next month's pages.
_PASSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("capture", ("raw", "parsed")),
    ("indicators", ("clean", "indicators")),
)
_INTERRUPTS = ("DagsterExecutionInterruptedError", "KeyboardInterrupt", "InterruptException")
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
Cell = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """One run to come: a job, its cell, and the assets when only some of the job's are wanted."""

    job: str
    cell: Cell | None
    keys: tuple[dg.AssetKey, ...]
    whole: bool


@dataclass(frozen=True)
class CellRun:
    """What became of one run: its job, cell and run id, and why it failed."""

    job: str
    cell: Cell | None
    run_id: str
    success: bool
    error: str | None


def materialized(instance: dg.DagsterInstance, key: Sequence[str]) -> set[str]:
    """Partition keys the asset has been materialised for."""
    return instance.get_materialized_partitions(dg.AssetKey(list(key)))


def planned(cells: Sequence[Cell], select: str | None = None) -> list[Step]:
    """The runs that take the cells through the asset groups and then the publication, in order.

    `select` limits the work to one group; raises UserError for a group that does not exist.
    """
    from cryptodrug_assets.definitions import defs

    if select is not None and select not in GROUPS:
        raise UserError(f"unknown group '{select}'; groups: {', '.join(GROUPS)}")
    graph = defs.resolve_asset_graph()
    steps = []
    for job, groups in (*_PASSES, ("publish", _ONCE)):
        chosen = [group for group in groups if select in (None, group)]
        keys = tuple(key for key in graph.materializable_asset_keys if graph.get(key).group_name in chosen)
        wanted: Sequence[Cell | None] = [None] if job == "publish" else cells
        steps += [Step(job, cell, keys, whole=select is None) for cell in wanted if keys]
    return steps


def run_cells(
    instance: dg.DagsterInstance,
    cells: Sequence[Cell],
    *,
    select: str | None = None,
    only_missing: bool = False,
    tag: str,
    on_run: Callable[[Step, Literal["start", "reused", "done", "failed"]], None],
) -> list[CellRun]:
    """Do the runs of `planned`; a failed one does not stop the others.

    `only_missing` leaves cells alone that already have every table.
    """
    steps = planned(cells, select)
    runs: list[CellRun] = []
    have: dict[dg.AssetKey, set[str]] = {}
    if only_missing:
        have = {key: materialized(instance, key.path) for step in steps if step.cell for key in step.keys}
    for step in steps:
        if have and step.cell and all("|".join(step.cell) in have[key] for key in step.keys):
            on_run(step, "reused")
            continue
        on_run(step, "start")
        runs.append(_run(instance, step, tag))
        on_run(step, "done" if runs[-1].success else "failed")
    return runs


def _run(instance: dg.DagsterInstance, step: Step, tag: str) -> CellRun:
    """One run in this process."""
    from cryptodrug_assets.definitions import defs

    cell = step.cell
    result = defs.resolve_job_def(step.job).execute_in_process(
        instance=instance,
        partition_key=dg.MultiPartitionKey({"market": cell[0], "month": cell[1]}) if cell else None,
        asset_selection=None if step.whole else list(step.keys),
        tags={"cryptodrug/backfill": tag, PID_TAG: str(os.getpid())},
        run_config=_QUIET,
        raise_on_error=False,
    )
    if not result.success and _interrupted(result):
        # Dagster turns Ctrl-C into a failed run; the whole backfill is what was meant.
        raise KeyboardInterrupt
    return CellRun(step.job, cell, result.run_id, result.success, None if result.success else _cause(result))


def _interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether a step of the run ended because the user asked for it."""
    for event in result.all_events:
        error = event.step_failure_data.error if event.is_step_failure else None
        while error is not None:
            # A query under way answers Ctrl-C with an error of its own.
            if error.cls_name in _INTERRUPTS or "Query interrupted" in error.message:
                return True
            error = error.cause
    return False


def _cause(result: dg.ExecuteInProcessResult) -> str:
    """The error of a failed run that speaks to the user, else the innermost one, in one line."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None and error.cls_name != UserError.__name__:
                error = error.cause
            description = getattr(event.step_failure_data.user_failure_data, "description", None)
            text = description or (error.message if error else None) or event.message or "unknown error"
            return " ".join(text.strip().removeprefix(f"{UserError.__module__}.{UserError.__name__}: ").split())
    return "the run was interrupted"
