"""The backfill: exactly the observed cells, a run per partition, in one process against the instance the UI shows.

A process per run would spend more time starting than working (docs/decisions/0002-backfill.md).
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import dagster as dg

from cryptodrug_assets import interrupts
from cryptodrug_assets.checks.run_failures import cause
from cryptodrug_assets.layers import MONTHLY_LAYERS, PUBLISHED_GROUPS
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.quality.causes import by_cause, spans
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.runs.instance import PID_TAG

# Groups of waves of the survey: each a job of its name. What the strands say together needs the markets' windows.
_STRANDS, _TOGETHER = ("survey", "interviews"), "triangulation"
GROUPS = (*MONTHLY_LAYERS, *_STRANDS, *PUBLISHED_GROUPS[:-1], _TOGETHER, PUBLISHED_GROUPS[-1])
# Capture everything first: a month's cleaning also reads the next month's pages.
_PASSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("capture", MONTHLY_LAYERS[:2]),
    ("indicators", MONTHLY_LAYERS[2:]),
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
    wave: str | None = None

    @property
    def name(self) -> str:
        """Job and partition in words."""
        return " ".join((self.job, *(self.cell or ()), *([self.wave] if self.wave else [])))

    @property
    def lasting(self) -> str:
        """The partition, where what was made of it stays right while nothing new comes in; else empty.

        What the strands say together changes with the markets.
        """
        if self.job in _STRANDS:
            return self.wave or ""
        return "|".join(self.cell or ())


@dataclass(frozen=True)
class CellRun:
    """What became of one run: its job, cell and run id, and why it failed or (then without a run) was not started."""

    job: str
    cell: Cell | None
    run_id: str
    success: bool
    error: str | None
    not_run: bool = False
    wave: str | None = None

    @property
    def name(self) -> str:
        """Job and partition in words."""
        return " ".join((self.job, *(self.cell or ()), *([self.wave] if self.wave else [])))


def materialized(instance: dg.DagsterInstance, key: Sequence[str]) -> set[str]:
    """Partition keys the asset has been materialised for."""
    return instance.get_materialized_partitions(dg.AssetKey(list(key)))


def planned(cells: Sequence[Cell], select: str | None = None, *, waves: Sequence[str] = ()) -> list[Step]:
    """The runs that take cells through the asset groups, waves of the survey through theirs, then the publication.

    With waves the publication takes two runs: what is told of buyers needs the windows of the markets, and is told in
    the report.

    `select` limits the work to one group; raises UserError for a group that does not exist.
    """
    from cryptodrug_assets.definitions import defs

    if select is not None and select not in GROUPS:
        raise UserError(f"unknown group '{select}'; groups: {', '.join(GROUPS)}")
    graph = defs.resolve_asset_graph()
    steps = []
    strands = [(group, (group,)) for group in _STRANDS] if waves else []
    last = (
        [("publish", PUBLISHED_GROUPS[:-1]), (_TOGETHER, (_TOGETHER,)), ("publish", PUBLISHED_GROUPS[-1:])]
        if waves
        else [("publish", PUBLISHED_GROUPS)]
    )
    for job, groups in (*_PASSES, *strands, *last):
        chosen = [group for group in groups if select in (None, group)]
        keys = tuple(key for key in graph.materializable_asset_keys if graph.get(key).group_name in chosen)
        if not keys:
            continue
        whole = select is None and (job != "publish" or not waves)
        if job in (*_STRANDS, _TOGETHER):
            steps += [Step(job, None, keys, whole, wave) for wave in waves]
        else:
            steps += [Step(job, cell, keys, whole) for cell in ([None] if job == "publish" else cells)]
    return steps


def run_cells(
    instance: dg.DagsterInstance,
    cells: Sequence[Cell],
    *,
    select: str | None = None,
    only_missing: bool = False,
    tag: str,
    on_run: Callable[[Step, Literal["start", "reused", "done", "failed", "not run"]], None],
    platform: Platform | None = None,
    waves: Sequence[str] = (),
) -> list[CellRun]:
    """Do the runs of `planned`; a failed one stops those that would work on what it was to make, and no others.

    `waves` of the survey are made, too. `only_missing` leaves cells alone that already have every table. `platform`
    takes the place of the one that the definitions name, whose settings are those of the environment.
    """
    from cryptodrug_assets.definitions import definitions_on, defs

    # The platform as it is: Dagster would make another of its fields, which hold neither settings nor progress.
    definitions = defs if platform is None else definitions_on(dg.ResourceDefinition.hardcoded_resource(platform))
    steps = planned(cells, select, waves=waves)
    runs: list[CellRun] = []
    have: dict[dg.AssetKey, set[str]] = {}
    if only_missing:
        have = {key: materialized(instance, key.path) for step in steps if step.lasting for key in step.keys}
    for step in steps:
        if have and step.lasting and all(step.lasting in have[key] for key in step.keys):
            on_run(step, "reused")
            continue
        if failed := _in_the_way(step, runs):
            error = f"{failed} failed"
            runs.append(CellRun(step.job, step.cell, "", success=False, error=error, not_run=True, wave=step.wave))
            on_run(step, "not run")
            continue
        on_run(step, "start")
        runs.append(_run(instance, step, tag, definitions))
        on_run(step, "done" if runs[-1].success else "failed")
    return runs


def _in_the_way(step: Step, runs: Sequence[CellRun]) -> str | None:
    """The run whose failure leaves this step nothing to work on; None when it can be done."""
    if step.cell is not None:
        return next((run.name for run in runs if run.cell == step.cell and not run.success), None)
    if step.wave is not None:
        return next((run.name for run in runs if run.wave == step.wave and not run.success), None)
    of_cells = [run for run in runs if run.cell is not None]
    return "every month" if of_cells and not any(run.success for run in of_cells) else None


def grouped(runs: Sequence[CellRun]) -> list[str]:
    """A line per cause of what failed, with the months that it stopped, and one of what was not run because of it."""
    failed = [(run.job, run.cell, run.error or "") for run in runs if not run.success and not run.not_run]
    lines = [f"failed: {line}" for line in by_cause(failed)]
    left: dict[str, list[Cell]] = {}
    for run in runs:
        if run.not_run:
            left.setdefault(run.job, []).extend([run.cell] if run.cell else [])
    if left:
        names = [f"{job} {spans(cells)}".strip() for job, cells in left.items()]
        lines.append(f"not run because of that: {', '.join(names)}")
    return lines


def _run(instance: dg.DagsterInstance, step: Step, tag: str, definitions: dg.Definitions) -> CellRun:
    """One run in this process."""
    cell = step.cell
    result = definitions.resolve_job_def(step.job).execute_in_process(
        instance=instance,
        partition_key=dg.MultiPartitionKey({"market": cell[0], "month": cell[1]}) if cell else step.wave,
        asset_selection=None if step.whole else list(step.keys),
        tags={"cryptodrug/backfill": tag, PID_TAG: str(os.getpid())},
        run_config=_QUIET,
        raise_on_error=False,
    )
    if interrupts.asked() or (not result.success and _interrupted(result)):
        # Dagster turns Ctrl-C into a failed run; the whole backfill is what was meant.
        raise KeyboardInterrupt
    error = None if result.success else _why(result)
    return CellRun(step.job, cell, result.run_id, result.success, error, wave=step.wave)


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


def _why(result: dg.ExecuteInProcessResult) -> str:
    """The cause of a failed run in one line."""
    return cause(result.all_events) or "the run was interrupted"
