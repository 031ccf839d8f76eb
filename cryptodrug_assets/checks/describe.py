"""The third leg: what the UI is told of an audit and of the tables that were published."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import dagster as dg
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.audit import Audit
from cryptodrug_assets.checks.metadata import table_metadata
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.inert import markdown
from cryptodrug_assets.quality import messages
from cryptodrug_assets.quality.judge import Verdict


def check_results(audit: Audit, table: str, wanted: set[tuple[str, str]]) -> list[dg.AssetCheckResult]:
    """Results of a table's checks, of those `wanted` as (table, check)."""
    contract = contracts.load(audit.layer, table)
    return [
        check_result(contract, verdict, audit.market, audit.month)
        for verdict in audit.verdicts[table]
        if (table, verdict.check) in wanted
    ]


def materialisation(
    audit: Audit,
    table: str,
    frame: pl.DataFrame,
    *,
    data_version: str,
    country: str,
    metadata: Mapping[str, Any],
    results: list[dg.AssetCheckResult],
) -> dg.MaterializeResult[None]:
    """What is shown of a published table: numbers and a plot of `country`, its preview, and `metadata` of the run."""
    shown = dict(metadata)
    if under := audit.waivers_behind:
        rows = [(f"{waiver.market} {waiver.month}", waiver.rule, str(waiver)) for waiver in under]
        shown["waivers"] = dg.MetadataValue.md(markdown(["cell", "rule", "waiver"], rows, longest=400))
    return dg.MaterializeResult(
        asset_key=[audit.layer, table],
        metadata={**table_metadata(contracts.load(audit.layer, table), frame, country), **shown},
        data_version=dg.DataVersion(data_version),
        check_results=results,
    )


def check_result(
    contract: Contract, verdict: Verdict, market: str | None, month: str | None = None
) -> dg.AssetCheckResult:
    """One check: passed or not, in sentences, with the numbers of its rules and a sample of the rows they found."""
    metadata: dict[str, Any] = {"contract": contract.label, "element_count": verdict.rows}
    # Numbers under the rules' own names: the UI plots each over the months.
    metadata |= {
        # JSON has no infinity; the words of the failed rule say it.
        result.rule.id: result.observed
        for result in verdict.results
        if result.observed is not None and isfinite(result.observed) and (result.rule.query or not result.passed)
    }
    if verdict.failed:
        found = [
            (
                result.rule.id,
                result.severity,
                messages.observation_text(result),
                result.waived or messages.next_step(contract, result, market, month),
            )
            for result in verdict.failed
        ]
        heading = ["rule", "severity", "found and expected", "what to do"]
        metadata["failed_rules"] = dg.MetadataValue.md(markdown(heading, found, longest=400, own={3}))
        counts = [result.observed for result in verdict.failed if result.rule.kind != "scalar" and result.observed]
        if counts and verdict.rows:
            metadata["unexpected_count"] = sum(counts)
            metadata["unexpected_percent"] = 100 * max(counts) / verdict.rows
    if passes := [f"{result.rule.id}: {result.waived}" for result in verdict.failed if result.waived]:
        metadata["waived"] = "; ".join(passes)
    if verdict.samples:
        metadata["sample"] = dg.MetadataValue.md(markdown(verdict.sample_columns, verdict.samples))
    return dg.AssetCheckResult(
        check_name=verdict.check,
        asset_key=[contract.layer, contract.table],
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.ERROR if verdict.error else dg.AssetCheckSeverity.WARN,
        description=None if verdict.passed else _reason(contract, verdict, market, month),
        metadata=metadata,
    )


def _reason(contract: Contract, verdict: Verdict, market: str | None, month: str | None) -> str:
    return "\n".join(messages.sentence(contract, result, market, month) for result in verdict.failed)
