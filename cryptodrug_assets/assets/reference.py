"""reference/*: the frozen small tables that everything rests on, as tables that can be checked, queried and cited.

Nothing that computes reads them here: it reads their sources, which count in its code version. Whoever computes with a
source asks `require_sound` first, so that a table which its checks keep out does not work in secret.
"""

from collections.abc import Iterator
from functools import lru_cache

import dagster as dg

from cryptodrug_assets import contracts
from cryptodrug_assets.assets.specs import Deps, asset_specs, layer_checks
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.quality.messages import sentence
from cryptodrug_assets.reference.tables import LAYER, reference_tables
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

TABLES: dict[str, Deps] = {contract.table: [] for contract in contracts.all_contracts() if contract.layer == LAYER}


@dg.multi_asset(
    name="reference_tables",
    specs=asset_specs(
        LAYER,
        TABLES,
        kinds={"polars", "deltalake"},
        partitions_def=None,
        code_version=code_version("reference", "observation.py"),
    ),
    check_specs=layer_checks(LAYER, list(TABLES), None),
    can_subset=True,
)
def publish_reference(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Publish rates, taxonomy, category map, place names, events and figures of the literature."""
    yield from write_audit_publish(context, LAYER, reference_tables(), None, platform)


def require_sound(*tables: str) -> None:
    """Raise dagster.Failure when one of the reference tables would not be published, whether or not it was tried."""
    faults = [text for table, text in _faults() if table in tables]
    if faults:
        raise dg.Failure(
            "not computed, what was published stays; reference tables do not pass their checks: " + "\n".join(faults),
            allow_retries=False,
        )


@lru_cache
def _faults() -> list[tuple[str, str]]:
    """(table, what is wrong) of every blocking rule that fails; judged once a process, as the sources are read once."""
    frames = {f"{LAYER}.{table}": frame for table, frame in reference_tables().items()}
    verdicts = [verdict for items in judge(frames, frames, "duckdb").values() for verdict in items]
    return [
        (verdict.table.split(".")[1], f"{verdict.table} {sentence(contracts.load(*verdict.table.split('.')), result)}")
        for verdict in verdicts
        for result in verdict.failed
        if result.blocks
    ]
