"""indicators/* across months and markets: windows, trends, shocks, migration, survival, literature, the scorecard."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.formulas import formulas
from cryptodrug_assets.assets.reference import require_sound
from cryptodrug_assets.assets.specs import asset_deps, asset_specs, layer_checks
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.pipeline import window
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

TABLES = asset_deps(window.READS)
CODE = code_version("indicators", "study", "reference", "pipeline/window.py", "pipeline/tables.py", "assets/across.py")


@dg.multi_asset(
    name="across_months",
    specs=asset_specs(
        "indicators",
        TABLES,
        kinds={"polars", "deltalake"},
        partitions_def=None,
        code_version=CODE,
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
    require_sound(*window.REFERENCE)
    platform.require_one_key()
    history = window.read(platform.store)
    frames = window.measure_window(history, options=platform.indicator_options)
    extra = {f"clean.{name}": frame for name, frame in history.clean_tables().items()}
    yield from write_audit_publish(context, "indicators", frames, None, platform, extra=extra)
