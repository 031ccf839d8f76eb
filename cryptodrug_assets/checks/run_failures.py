"""What became of the last run of each cell and layer, from the instance: made, failed and why, or under way.

Checks alone do not tell it: a run that crashed, was cancelled or never started has no results.
"""

from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import dagster as dg

from cryptodrug_assets.failures import text_in_a_line
from cryptodrug_assets.layers import MONTHLY_LAYERS
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.quality.outcomes import Cell, RunFailure

Outcome = Literal["made", "failed", "held", "running"]
_PAGE = 200
_PARTITION_TAG = "dagster/partition"
_NEVER_STARTED_AFTER = timedelta(hours=1)
_DONE = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
_WAITING = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING)
_READ = {
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterEventType.RUN_CANCELED,
}
# Layers in the order data flows; a failure holds back what comes behind it in the same cell.
_ORDER = (
    *MONTHLY_LAYERS,
    "survey",
    "interviews",
    "rates",
    "reference",
    "across_months",
    "public",
    "dissemination",
    "triangulation",
    "publication",
    "bulletin",
    "monitoring",
)


@dataclass(frozen=True)
class RunGraph:
    """What runs can make: the group of each asset, and the assets that each job makes."""

    groups: Mapping[dg.AssetKey, str]
    jobs: Mapping[str, Set[dg.AssetKey]]

    @classmethod
    def of(cls, definitions: dg.Definitions) -> "RunGraph":
        """The graph of all definitions."""
        graph = definitions.resolve_asset_graph()
        jobs = [job.name for job in definitions.jobs or ()]
        return cls(
            {key: graph.get(key).group_name for key in graph.materializable_asset_keys},
            {name: definitions.resolve_job_def(name).asset_layer.selected_asset_keys for name in jobs},
        )


@dataclass(frozen=True)
class LastRun:
    """The last run that was to make a layer of a cell: what became of it, why, when (seconds since 1970), and its
    id."""

    outcome: Outcome
    cause: str
    at: float
    run_id: str = ""


def last_runs(instance: dg.DagsterInstance, graph: RunGraph, *, now: datetime | None = None) -> dict[Cell, LastRun]:
    """By (market, month, layer); market and month are empty for groups without cells."""
    found: dict[Cell, LastRun] = {}
    cursor = None
    while records := instance.get_run_records(limit=_PAGE, cursor=cursor):
        for record in records:
            for at, last in _of_run(instance, record, graph, now or datetime.now(UTC), found).items():
                found.setdefault(at, last)
        cursor = records[-1].dagster_run.run_id
    return _held_back(found)


def failures(instance: dg.DagsterInstance, graph: RunGraph) -> list[RunFailure]:
    """The failed ones in the order data flows, each with its cause in one line."""
    return [
        RunFailure(*at, cause=last.cause)
        for at, last in sorted(
            last_runs(instance, graph).items(), key=lambda item: (*item[0][:2], _ORDER.index(item[0][2]))
        )
        if last.outcome == "failed"
    ]


def cause(events: Iterable[dg.DagsterEvent]) -> str | None:
    """The error that speaks to the user, else the innermost one, in one line; None when no step failed."""
    for event in events:
        if event.is_step_failure:
            error, said = event.step_failure_data.error, []
            for_user = _names_of(UserError)
            while error is not None and error.cause is not None and error.cls_name not in for_user:
                said.append(error.message)
                error = error.cause
            speaks = error is not None and error.cls_name in for_user
            description = getattr(event.step_failure_data.user_failure_data, "description", None)
            text = description or (error.message if error else None) or event.message or "unknown error"
            if description or speaks:
                # A message begins with the class of its error.
                name, _, rest = text.strip().partition(": ")
                return " ".join((rest if name.rpartition(".")[2] in for_user else text).split())
            every = " ".join([*said, text])
            known = text_in_a_line(every, database="sqlite3." in every)
            # Else an error of the program itself, which says nothing of where and what next.
            return known or (
                f"the step {event.step_key} crashed: {' '.join(text.split())}; the run's page in the UI"
                " (`cryptodrug ui`) has all of it"
            )
    return None


def _names_of(error: type[Exception]) -> set[str]:
    """The class and those made of it, by name: all that a recorded error tells of its class."""
    return {error.__name__}.union(*(_names_of(below) for below in error.__subclasses__()))


def _of_run(
    instance: dg.DagsterInstance, record: dg.RunRecord, graph: RunGraph, now: datetime, known: Container[Cell]
) -> dict[Cell, LastRun]:
    """What the run did to each layer it was to make; nothing, and its log is not read, where all of that is known."""
    run = record.dagster_run
    market, _, month = run.tags.get(_PARTITION_TAG, "").partition("|")
    # The wave of a survey is no market; the cause names it.
    market, wave = (market, "") if month else ("", market)
    groups, wanted = graph.groups, _wanted(run, graph)
    layers = sorted({groups[key] for key in wanted}, key=_ORDER.index)
    if all((market, month, layer) in known for layer in layers):
        return {}
    began = record.create_timestamp.timestamp()
    if run.status == dg.DagsterRunStatus.SUCCESS:
        return {(market, month, layer): LastRun("made", "", began) for layer in layers}
    if run.status not in _DONE:
        waited = now - record.create_timestamp
        if run.status not in _WAITING or waited < _NEVER_STARTED_AFTER:
            return {(market, month, layer): LastRun("running", "", began) for layer in layers}
        text = f"the run was asked for at {record.create_timestamp:%Y-%m-%d %H:%M} and never started"
        return {(market, month, layers[0]): LastRun("failed", text, began, run.run_id)} if layers else {}
    events = [e.dagster_event for e in instance.all_logs(run.run_id, of_type=_READ) if e.dagster_event is not None]
    made = {event.asset_key for event in events if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION}
    whole = [layer for layer in layers if all(key in made for key in wanted if groups[key] == layer)]
    found = {(market, month, layer): LastRun("made", "", began) for layer in whole}
    if missing := [layer for layer in layers if layer not in whole]:
        # The first that was not made is where it stopped; the others were never reached.
        why = cause(events) or _ended(run, events)
        found[market, month, missing[0]] = LastRun("failed", f"wave {wave}: {why}" if wave else why, began, run.run_id)
        found |= {(market, month, layer): LastRun("held", f"{missing[0]} failed", began) for layer in missing[1:]}
    return found


def _wanted(run: dg.DagsterRun, graph: RunGraph) -> Sequence[dg.AssetKey]:
    """The assets the run was to make."""
    chosen: Set[dg.AssetKey] = graph.jobs.get(run.job_name, frozenset())
    if run.asset_selection or run.asset_check_selection:
        chosen = run.asset_selection or frozenset()
    return [key for key in graph.groups if key in chosen]


def _ended(run: dg.DagsterRun, events: Sequence[dg.DagsterEvent]) -> str:
    """Why a run ended in which no step failed."""
    said = next((e.message for e in events if e.event_type != dg.DagsterEventType.ASSET_MATERIALIZATION), None)
    what = "the run was cancelled" if run.status == dg.DagsterRunStatus.CANCELED else "the run failed outside its steps"
    return f"{what}: {' '.join(said.split())}" if said else what


def _held_back(found: dict[Cell, LastRun]) -> dict[Cell, LastRun]:
    """With what a failed layer holds back: the layers behind it that were not made since."""
    held = dict(found)
    for (market, month, layer), last in found.items():
        if last.outcome != "failed" or layer not in MONTHLY_LAYERS:
            continue
        for behind in MONTHLY_LAYERS[MONTHLY_LAYERS.index(layer) + 1 :]:
            other = found.get((market, month, behind))
            if other is None or (other.at <= last.at and other.outcome != "failed"):
                held[market, month, behind] = LastRun("held", f"{layer} failed", last.at)
    return held
