"""reference/*: the frozen small tables that everything rests on, as tables that can be checked, queried and cited.

Nothing that computes reads them here: it reads their sources, which count in its code version.
"""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets import contracts
from cryptodrug_assets.assets.specs import Deps, asset_specs, layer_checks
from cryptodrug_assets.checks import write_audit_publish
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
        code_version=code_version("reference", "cleaning/place_names.py", "indicators/literature.py", "observation.py"),
    ),
    check_specs=layer_checks(LAYER, list(TABLES), None),
    can_subset=True,
)
def publish_reference(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Publish rates, taxonomy, category map, place names, events and figures of the literature."""
    yield from write_audit_publish(context, LAYER, reference_tables(), None, None, platform.store, {})
