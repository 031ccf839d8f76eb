"""Contract rules as partitioned asset checks, and write–audit–publish.

A layer's frames are staged in an in-memory DuckDB, judged, and committed only when no blocking rule failed; otherwise
the results are recorded, the run fails and what was published before stays. No rule is written here: they come from the
contracts.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.assets.metadata import markdown, table_metadata
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.quality import messages
from cryptodrug_assets.quality.context import cell_context
from cryptodrug_assets.quality.judge import Verdict, judge
from cryptodrug_assets.quality.rules import check_names, rules
from cryptodrug_assets.resources.store import TableStore
from cryptodrug_assets.settings import Settings

__all__ = ["check_specs", "write_audit_publish"]


def check_specs(layer: str, table: str, partitions_def: dg.PartitionsDefinition[str] | None) -> list[dg.AssetCheckSpec]:
    """The checks of a table: implied rules grouped, explicit ones each their own."""
    contract = contracts.load(layer, table)
    specs = []
    for name in check_names(contract):
        members = [rule for rule in rules(contract) if rule.check == name]
        text = "\n".join(f"- `{rule.id}` ({rule.severity}): {rule.description}" for rule in members)
        specs.append(
            dg.AssetCheckSpec(
                name,
                asset=[layer, table],
                description=text,
                blocking=any(rule.blocking for rule in members),
                partitions_def=partitions_def,
                metadata={
                    "contract": contract.label,
                    "rules": ", ".join(rule.id for rule in members),
                    "dimension": ", ".join(dict.fromkeys(rule.dimension for rule in members)),
                },
            )
        )
    return specs


def write_audit_publish(  # noqa: PLR0917
    context: dg.AssetExecutionContext,
    layer: str,
    frames: Mapping[str, pl.DataFrame],
    market: str | None,
    month: str | None,
    store: TableStore,
    metadata: Mapping[str, Any],
    extra: Mapping[str, pl.DataFrame] | None = None,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Judge the frames of a layer, then publish all of the selected ones or none.

    `extra` are frames of other tables ("layer.table") that the rules may ask. Yields the results of the selected
    checks, and the materialisations. Raises dagster.Failure when a blocking rule failed.
    """
    asked = {key.path[-1] for key in context.selected_asset_keys if key.path[0] == layer}
    # In the order the frames were made: one table may depend on another of the same layer.
    selected = [table for table in frames if table in asked]
    wanted = {(key.asset_key.path[-1], key.name) for key in context.selected_asset_check_keys}
    judged = [table for table in frames if table in selected or any(table == name for name, _ in wanted)]
    others = {f"{layer}.{table}": frame for table, frame in frames.items()} | dict(extra or {})
    # What the caller brings comes first: it belongs to the frames that are judged.
    others = (
        cell_context(store, [contracts.load(layer, table) for table in judged], market, month, others.keys()) | others
    )
    verdicts = judge({f"{layer}.{table}": frames[table] for table in judged}, others, Settings().engine)
    results = {
        table: [
            _check_result(contracts.load(layer, table), verdict, market)
            for verdict in verdicts[f"{layer}.{table}"]
            if (table, verdict.check) in wanted
        ]
        for table in judged
    }
    blocking = [verdict for items in verdicts.values() for verdict in items if verdict.blocks]
    if blocking:
        for items in results.values():
            yield from items
        reasons = "\n".join(
            f"{verdict.table} {verdict.check}: {_reason(contracts.load(*verdict.table.split('.')), verdict, market)}"
            for verdict in blocking
        )
        raise dg.Failure(
            f"not published, the earlier version stays; blocking checks failed: {reasons}", allow_retries=False
        )
    # The choices that made a table are written with it, so that it tells which they were.
    facts = {"run_id": context.run.run_id} | {
        name: str(value) for name, value in metadata.items() if name.startswith("option/")
    }
    hashes = store.commit_all(layer, {table: frames[table] for table in selected}, market, month, facts)
    for table in selected:
        contract = contracts.load(layer, table)
        yield dg.MaterializeResult(
            asset_key=[layer, table],
            metadata={**table_metadata(contract, frames[table]), **metadata},
            data_version=dg.DataVersion(hashes[table]),
            check_results=results[table],
        )


def _check_result(contract: Contract, verdict: Verdict, market: str | None) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {"contract": contract.label, "element_count": verdict.rows}
    # Numbers under the rules' own names: the UI plots each over the months.
    metadata |= {
        result.rule.id: result.observed
        for result in verdict.results
        if result.observed is not None and (result.rule.query or not result.passed)
    }
    if verdict.failed:
        found = [
            (result.rule.id, result.severity, messages.found(result), messages.next_step(contract, result, market))
            for result in verdict.failed
        ]
        heading = ["rule", "severity", "found and expected", "what to do"]
        metadata["failed_rules"] = dg.MetadataValue.md(markdown(heading, found, longest=400))
        counts = [result.observed for result in verdict.failed if result.rule.kind != "scalar" and result.observed]
        if counts and verdict.rows:
            metadata["unexpected_count"] = sum(counts)
            metadata["unexpected_percent"] = 100 * max(counts) / verdict.rows
    if verdict.samples:
        metadata["sample"] = dg.MetadataValue.md(markdown(verdict.sample_columns, verdict.samples))
    return dg.AssetCheckResult(
        check_name=verdict.check,
        asset_key=[contract.layer, contract.table],
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.ERROR if verdict.error else dg.AssetCheckSeverity.WARN,
        description=None if verdict.passed else _reason(contract, verdict, market),
        metadata=metadata,
    )


def _reason(contract: Contract, verdict: Verdict, market: str | None) -> str:
    return "\n".join(messages.sentence(contract, result, market) for result in verdict.failed)
