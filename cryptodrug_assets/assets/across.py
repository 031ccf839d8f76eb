"""indicators/* across months and markets: windows, trends, shocks, migration, survival, literature, the scorecard."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.entities import TABLES as ENTITIES
from cryptodrug_assets.assets.indicators import TABLES as MONTHLY_TABLES
from cryptodrug_assets.assets.reference import TABLES as REFERENCE
from cryptodrug_assets.assets.reference import require_sound
from cryptodrug_assets.assets.specs import asset_specs, layer_checks
from cryptodrug_assets.checks import write_audit_publish
from cryptodrug_assets.indicators.families import ACROSS_INPUTS, compute_across
from cryptodrug_assets.indicators.formulas import formulas
from cryptodrug_assets.indicators.scorecard import CHECKS, study_scorecard
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

_ALL_CELLS = dg.AllPartitionMapping()
_CLEAN = ("listings", "vendors", "transactions")


def _deps(inputs: list[str]) -> list[dg.AssetDep]:
    """All cells of partitioned inputs; tables made across months and reference tables have none."""
    whole = {*ACROSS_INPUTS, *ENTITIES, *REFERENCE}
    return [
        dg.AssetDep(name.split("/"), partition_mapping=None if name.split("/")[-1] in whole else _ALL_CELLS)
        for name in inputs
    ]


_REFERENCE = {"shocks": ["reference/events"], "literature_comparison": ["reference/benchmarks"]}

TABLES = {
    **{table: _deps([*inputs, *_REFERENCE.get(table, ())]) for table, inputs in ACROSS_INPUTS.items()},
    "study_scorecard": _deps(
        sorted({"clean/listings" if check.table == "listings" else f"indicators/{check.table}" for check in CHECKS})
    ),
}


@dg.multi_asset(
    name="across_months",
    specs=asset_specs(
        "indicators",
        TABLES,
        kinds={"polars", "deltalake"},
        partitions_def=None,
        code_version=code_version("indicators", "reference", "assets/across.py"),
        group="across_months",
        formulas=formulas(TABLES),
    ),
    check_specs=layer_checks("indicators", list(TABLES), None),
    can_subset=True,
)
def across_months(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Compute what spans all observed months there are."""
    require_sound("events", "benchmarks")
    store = platform.store
    history = {name: store.read("clean", name) for name in _CLEAN}
    history |= {name: store.read("indicators", name) for name in MONTHLY_TABLES}
    history["vendor_links"] = store.read("clean", "vendor_links")
    frames = compute_across(history, options=platform.indicator_options)
    frames["study_scorecard"] = study_scorecard(history | frames, options=platform.indicator_options)
    extra = {f"clean.{name}": history[name] for name in _CLEAN}
    yield from write_audit_publish(context, "indicators", frames, None, None, store, {}, extra=extra)
