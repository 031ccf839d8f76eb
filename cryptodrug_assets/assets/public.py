"""indicators/*_public: what may be published of the indicators. One release at a time: months and windows protect
each other, so all of it is made anew together (group `public`)."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.formulas import formulas
from cryptodrug_assets.assets.specs import asset_deps, asset_specs, layer_checks
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.pipeline import publish
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

TABLES = asset_deps(publish.READS)


@dg.multi_asset(
    name="public_tables",
    specs=asset_specs(
        "indicators",
        TABLES,
        kinds={"polars", "deltalake"},
        partitions_def=None,
        code_version=code_version("indicators", "study", "reference", "pipeline/publish.py", "assets/public.py"),
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
    platform.require_one_key()
    read = publish.read(platform.store)
    frames = publish.publish(*read, options=platform.indicator_options)
    extra = {f"indicators.{name}": frame for name, frame in (*read.history.monthly.items(), *read.window.items())}
    yield from write_audit_publish(context, "indicators", frames, None, platform, extra=extra)
