"""indicators/*_public: what may be published of the indicators. One release at a time: months and windows protect
each other, so all of it is made anew together (group `public`)."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets import contracts
from cryptodrug_assets.assets.across import TABLES as ACROSS
from cryptodrug_assets.assets.indicators import TABLES as MONTHLY
from cryptodrug_assets.assets.specs import Deps, asset_specs, layer_checks
from cryptodrug_assets.checks import write_audit_publish
from cryptodrug_assets.indicators.formulas import formulas
from cryptodrug_assets.indicators.public import public_tables
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

_CLEAN = ("listings", "vendors", "transactions")
_ALL_CELLS = dg.AllPartitionMapping()


def _deps(table: str) -> Deps:
    """The table itself, and the clean tables that say how many vendors stand behind its values."""
    own = dg.AssetDep(["indicators", table], partition_mapping=None if table in ACROSS else _ALL_CELLS)
    return [own, *(dg.AssetDep(["clean", name], partition_mapping=_ALL_CELLS) for name in _CLEAN)]


TABLES = {
    contract.table: _deps(contract.table.removesuffix("_public"))
    for contract in contracts.all_contracts()
    if contract.layer == "indicators" and contract.table.endswith("_public")
}


@dg.multi_asset(
    name="public_tables",
    specs=asset_specs(
        "indicators",
        TABLES,
        kinds={"polars", "deltalake"},
        partitions_def=None,
        code_version=code_version("indicators", "reference", "assets/public.py"),
        group="public",
        formulas=formulas(TABLES),
    ),
    check_specs=layer_checks("indicators", list(TABLES), None),
    can_subset=True,
)
def publish_tables(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Suppress what few vendors stand behind, and what would give it away."""
    store = platform.store
    tables = {name: store.read("clean", name) for name in _CLEAN}
    tables |= {name: store.read("indicators", name) for name in (*MONTHLY, *ACROSS)}
    frames = public_tables(tables, options=platform.indicator_options)
    extra = {f"indicators.{name}": tables[name] for name in (*MONTHLY, *ACROSS)}
    yield from write_audit_publish(context, "indicators", frames, None, None, store, {}, extra=extra)
