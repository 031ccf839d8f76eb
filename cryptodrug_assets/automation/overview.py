"""What there is: the state of each layer, market and month, read from the Dagster instance."""

from typing import Literal

import dagster as dg
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as CheckStatus

from cryptodrug_assets.observation import observed_cells

State = Literal["ok", "warn", "failed", "partial", "missing", "unobserved"]
MARKS: dict[State, str] = {
    "ok": "ok",
    "warn": "warn",
    "failed": "FAIL",
    "partial": "part",
    "missing": "-",
    "unobserved": "",
}
LAYERS = ("raw", "parsed", "clean", "indicators")


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
) -> dict[tuple[dg.AssetKey, str], Literal["ok", "warn", "failed"]]:
    """The worst latest check result per asset and partition."""
    worst: dict[tuple[dg.AssetKey, str], Literal["ok", "warn", "failed"]] = {}
    rank = {"ok": 0, "warn": 1, "failed": 2}
    for info in instance.event_log_storage.get_asset_check_partition_info(keys):
        if info.partition_key is None:
            continue
        state: Literal["ok", "warn", "failed"]
        if info.latest_execution_status == CheckStatus.SUCCEEDED:
            state = "ok"
        elif info.latest_execution_status == CheckStatus.FAILED:
            state = _severity(instance, info.check_key, info.partition_key)
        else:
            continue
        at = info.check_key.asset_key, info.partition_key
        if rank[state] >= rank[worst.get(at, "ok")]:
            worst[at] = state
    return worst


def _severity(instance: dg.DagsterInstance, key: dg.AssetCheckKey, partition: str) -> Literal["warn", "failed"]:
    """Whether the latest failed evaluation of a check was a warning."""
    history = instance.event_log_storage.get_asset_check_execution_history(
        key, limit=1, status={CheckStatus.FAILED}, partition_filter=PartitionKeyFilter(key=partition)
    )
    for record in history:
        evaluation = record.evaluation
        if evaluation is not None:
            return "warn" if evaluation.severity == dg.AssetCheckSeverity.WARN else "failed"
    return "failed"
