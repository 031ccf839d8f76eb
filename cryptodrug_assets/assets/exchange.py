"""exchange/observations: every public value in one table, from which the exchange formats are made."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.specs import Deps, asset_specs, layer_checks
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.publishing.exchange.observations import LAYER, TABLE, datasets, observations
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

GROUP = "dissemination"
TABLES: dict[str, Deps] = {TABLE: [f"indicators/{name}_public" for name in datasets()]}


@dg.multi_asset(
    name="exchange_tables",
    specs=asset_specs(
        LAYER,
        TABLES,
        kinds={"polars", "deltalake"},
        partitions_def=None,
        code_version=code_version("publishing/exchange", "publishing/words", "assets/exchange.py"),
        group=GROUP,
    ),
    check_specs=layer_checks(LAYER, list(TABLES), None),
    can_subset=True,
)
def exchange_tables(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Give every row of the public indicator tables the codes that others' programs know."""
    public = {name: platform.store.read("indicators", f"{name}_public") for name in datasets()}
    yield from write_audit_publish(context, LAYER, {TABLE: observations(public)}, None, platform)
