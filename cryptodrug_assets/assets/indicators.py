"""indicators/*: the monthly figures of a market. Those across months and markets stand in across.py."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.formulas import formulas
from cryptodrug_assets.assets.specs import asset_deps, asset_specs, layer_checks, observed_cell
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.checks.made_from import measured_of
from cryptodrug_assets.pipeline import measure
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

TABLES = asset_deps(measure.READS)
CODE = code_version("indicators", "reference", "pipeline/measure.py", "pipeline/tables.py", "assets/indicators.py")


@dg.multi_asset(
    name="monthly_indicators",
    specs=asset_specs(
        "indicators",
        TABLES,
        kinds={"polars", "deltalake"},
        code_version=CODE,
        formulas=formulas(TABLES),
    ),
    check_specs=layer_checks("indicators", list(TABLES)),
    can_subset=True,
)
def monthly_indicators(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Compute the month's indicators with their uncertainty and coverage."""
    cell = observed_cell(context)
    if cell is None:
        return
    platform.require_kept(*cell)
    made = measured_of(platform.store, cell, CODE)
    read = measure.read(platform.store, *cell)
    frames = measure.measure(*read, options=platform.indicator_options)
    extra = {f"clean.{name}": frame for name, frame in read.month.by_name().items()}
    yield from write_audit_publish(
        context, "indicators", frames, cell, platform, metadata=made.as_metadata(), extra=extra
    )
