"""The second leg: audited frames become the layer's tables of record, all of them or none."""

import json
from collections.abc import Mapping
from dataclasses import asdict

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.audit import Audit
from cryptodrug_assets.quality import messages, waivers
from cryptodrug_assets.storage.store import TableStore


class HeldBackError(Exception):
    """A blocking rule failed: nothing was published. The text says which, why and how to go on."""


def publish(
    audit: Audit,
    frames: Mapping[str, pl.DataFrame],
    store: TableStore,
    facts: Mapping[str, str],
    wave: str | None = None,
) -> dict[str, str]:
    """Commit the frames together with `facts` that are kept beside them; content hashes by table.

    They replace the market-month of the audit, the survey's `wave`, or whole tables.

    Raises HeldBackError, and writes nothing, while a blocking rule fails.
    """
    if audit.blocking:
        raise HeldBackError(_held_back(audit))
    kept = dict(facts)
    if under := audit.waivers_behind:
        kept["waivers"] = json.dumps([asdict(waiver) for waiver in under], ensure_ascii=False)
    partition = {"wave": wave} if wave else None
    return store.commit_all(audit.layer, frames, audit.market, audit.month, kept, partition=partition)


def _held_back(audit: Audit) -> str:
    """Why nothing was published, a line per rule that blocks, and how a person may let it pass."""
    market, month = audit.market, audit.month
    lines = ["not published, what was published before stays:"]
    hints = []
    for verdict in audit.blocking:
        contract = contracts.load(*verdict.table.split("."))
        for result in verdict.failed:
            if not result.blocks:
                continue
            text = messages.sentence(contract, result, market, month)
            lines.append(f"{verdict.table}, check {verdict.check}: {text}.")
            if market and month and not result.error and waivers.may_be_waived(contract, result.rule):
                hints.append(f"`{waivers.command(market, month, f'{verdict.table}.{result.rule.id}')}`")
    if hints:
        lines.append(f"Or, when the month is right as it is, let it pass on record: {'; '.join(hints)}")
    return "\n".join(lines)
