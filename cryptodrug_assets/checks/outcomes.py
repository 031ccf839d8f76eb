"""What the checks said last, from the Dagster instance: by check and partition, and as the quality page counts it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg

from cryptodrug_assets import contracts
from cryptodrug_assets.layers import LAYERS
from cryptodrug_assets.private_dagster import latest_check_results, latest_failed_evaluation
from cryptodrug_assets.quality.outcomes import Cell, CheckState, Finding
from cryptodrug_assets.quality.rules import check_names


@dataclass(frozen=True)
class CheckOutcome:
    """Latest result of a check for a partition (None: its table has none); the evaluation when it did not pass."""

    key: dg.AssetCheckKey
    partition: str | None
    state: CheckState
    evaluation: dg.AssetCheckEvaluation | None


def check_outcomes(instance: dg.DagsterInstance, keys: list[dg.AssetCheckKey]) -> Iterator[CheckOutcome]:
    """The latest result of each check and partition that has one."""
    for key, partition, passed in latest_check_results(instance, keys):
        if passed:
            yield CheckOutcome(key, partition, "ok", None)
        else:
            evaluation = latest_failed_evaluation(instance, key, partition)
            warning = evaluation is not None and evaluation.severity == dg.AssetCheckSeverity.WARN
            yield CheckOutcome(key, partition, "warn" if warning else "failed", evaluation)


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
        if not month:
            # A table without months, or the wave of a survey: that is no market.
            market = ""
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
    found.sort(key=lambda item: (item.state != "failed", item.market, item.month, LAYERS.index(item.layer), item.table))
    return dict(counts), dict(whole), found
