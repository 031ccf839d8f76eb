"""What the checks said last, from the Dagster instance: by check and partition, and as the quality page counts it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as CheckStatus

from cryptodrug_assets import contracts
from cryptodrug_assets.quality.rules import check_names
from cryptodrug_assets.report.quality import LAYERS, Cell, CheckState, Finding


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


def check_keys() -> list[dg.AssetCheckKey]:
    """Every check there is: contracts are what checks are made of."""
    return [
        dg.AssetCheckKey(dg.AssetKey([contract.layer, contract.table]), name)
        for contract in contracts.all_contracts()
        for name in check_names(contract)
    ]


def quality_facts(
    instance: dg.DagsterInstance,
) -> tuple[dict[Cell, Counter[CheckState]], dict[str, Counter[CheckState]], list[Finding]]:
    """Checks by state of each (market, month, layer) and of each table without months, and findings, worst first."""
    counts: dict[Cell, Counter[CheckState]] = defaultdict(Counter)
    whole: dict[str, Counter[CheckState]] = defaultdict(Counter)
    found: list[Finding] = []
    for outcome in check_outcomes(instance, check_keys()):
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
