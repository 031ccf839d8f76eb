"""What there is: the state of each layer, market and month, read from the Dagster instance."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import dagster as dg
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as CheckStatus

from cryptodrug_assets.observation import observed_cells
from cryptodrug_assets.report.quality import LAYERS, Cell, CheckState, Finding

State = Literal["ok", "warn", "failed", "partial", "missing", "unobserved"]
MARKS: dict[State, str] = {
    "ok": "ok",
    "warn": "warn",
    "failed": "FAIL",
    "partial": "part",
    "missing": "-",
    "unobserved": "",
}
_RANK: dict[CheckState, int] = {"ok": 0, "warn": 1, "failed": 2}


def matrix(instance: dg.DagsterInstance) -> dict[tuple[str, str, str], State]:
    """State by (market, layer, month) of every observed cell."""
    from cryptodrug_assets.definitions import defs

    graph = defs.resolve_asset_graph()
    checks = check_states(instance, list(graph.asset_check_keys))
    states: dict[tuple[str, str, str], State] = {}
    cells = observed_cells()
    for layer in LAYERS:
        keys = [key for key in graph.materializable_asset_keys if graph.get(key).group_name == layer]
        made = {key: instance.get_materialized_partitions(key) for key in keys}
        for market, month in cells:
            partition = f"{market}|{month}"
            have = sum(partition in made[key] for key in keys)
            results = {checks.get((key, partition)) for key in keys} - {None}
            state: State = "missing"
            if "failed" in results:
                state = "failed"
            elif have == len(keys):
                state = "warn" if "warn" in results else "ok"
            elif have:
                state = "partial"
            states[market, layer, month] = state
    order = {market: i for i, market in enumerate(dict.fromkeys(market for market, _ in sorted(cells)))}
    return dict(sorted(states.items(), key=lambda item: (order[item[0][0]], LAYERS.index(item[0][1]), item[0][2])))


def check_states(
    instance: dg.DagsterInstance, keys: list[dg.AssetCheckKey]
) -> dict[tuple[dg.AssetKey, str], CheckState]:
    """The worst latest check result per asset and partition."""
    worst: dict[tuple[dg.AssetKey, str], CheckState] = {}
    for outcome in check_outcomes(instance, keys):
        if outcome.partition is None:
            continue
        at = outcome.key.asset_key, outcome.partition
        if _RANK[outcome.state] >= _RANK[worst.get(at, "ok")]:
            worst[at] = outcome.state
    return worst


@dataclass(frozen=True)
class CheckOutcome:
    """Latest result of a check for a partition (None: its table has none); the evaluation when it did not pass."""

    key: dg.AssetCheckKey
    partition: str | None
    state: CheckState
    evaluation: dg.AssetCheckEvaluation | None


def check_outcomes(instance: dg.DagsterInstance, keys: list[dg.AssetCheckKey]) -> Iterator[CheckOutcome]:
    """The latest result of each check and partition that has one."""
    for info in instance.event_log_storage.get_asset_check_partition_info(keys):
        if info.latest_execution_status == CheckStatus.SUCCEEDED:
            yield CheckOutcome(info.check_key, info.partition_key, "ok", None)
        elif info.latest_execution_status == CheckStatus.FAILED:
            evaluation = _evaluation(instance, info.check_key, info.partition_key)
            warning = evaluation is not None and evaluation.severity == dg.AssetCheckSeverity.WARN
            yield CheckOutcome(info.check_key, info.partition_key, "warn" if warning else "failed", evaluation)


def _evaluation(
    instance: dg.DagsterInstance, key: dg.AssetCheckKey, partition: str | None
) -> dg.AssetCheckEvaluation | None:
    """The latest failed evaluation of a check."""
    history = instance.event_log_storage.get_asset_check_execution_history(
        key, limit=1, status={CheckStatus.FAILED}, partition_filter=PartitionKeyFilter(key=partition)
    )
    return next((record.evaluation for record in history if record.evaluation is not None), None)


def quality_facts(
    instance: dg.DagsterInstance,
) -> tuple[dict[Cell, Counter[CheckState]], dict[str, Counter[CheckState]], list[Finding]]:
    """Checks by state of each (market, month, layer) and of each table without months, and findings, worst first."""
    from cryptodrug_assets.definitions import defs

    counts: dict[Cell, Counter[CheckState]] = defaultdict(Counter)
    whole: dict[str, Counter[CheckState]] = defaultdict(Counter)
    found: list[Finding] = []
    for outcome in check_outcomes(instance, list(defs.resolve_asset_graph().asset_check_keys)):
        market, _, month = (outcome.partition or "").partition("|")
        layer, table = outcome.key.asset_key.path
        if outcome.partition is None:
            whole[f"{layer}.{table}"][outcome.state] += 1
        else:
            counts[market, month, layer][outcome.state] += 1
        if outcome.state == "ok":
            continue
        shown = outcome.evaluation.metadata if outcome.evaluation is not None else {}
        texts = {name: str(value.value) for name, value in shown.items()}
        found.append(
            Finding(
                market, month, layer, table, outcome.key.name, outcome.state, texts.get("contract", ""),
                (outcome.evaluation.description if outcome.evaluation else None) or "", texts.get("sample", ""),
            )
        )  # fmt: skip
    layers = ["reference", *LAYERS]
    found.sort(key=lambda item: (item.state != "failed", item.market, item.month, layers.index(item.layer), item.table))
    return dict(counts), dict(whole), found
