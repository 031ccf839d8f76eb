"""clean/* across months: who is who among the vendors, how long offers were live. Made before the indicators there."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.specs import asset_deps, asset_specs, layer_checks
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.cleaning.corrections import read_corrections
from cryptodrug_assets.pipeline import entities
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

TABLES = asset_deps(entities.READS)


@dg.multi_asset(
    name="entities_across_months",
    specs=asset_specs(
        "clean",
        TABLES,
        kinds={"duckdb", "deltalake"},
        partitions_def=None,
        code_version=code_version("cleaning", "reference", "pipeline/entities.py", "assets/entities.py"),
        group="across_months",
    ),
    check_specs=layer_checks("clean", list(TABLES), None),
    can_subset=True,
)
def entities_across_months(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Link the vendors of all months and markets there are, and the months of each offer."""
    pseudonyms = platform.pseudonyms
    platform.require_one_key()
    read = entities.read(platform.store)
    corrections = read_corrections(platform.cleaning_options.corrections)
    frames = entities.link(read.accounts, read.vendors, read.captures, pseudonyms=pseudonyms, corrections=corrections)
    yield from write_audit_publish(
        context,
        "clean",
        frames | entities.follow(read.offers),
        None,
        platform,
        metadata=pseudonyms.as_metadata(),
        extra={"clean.vendors": read.vendors, "clean.listings": read.offers},
    )
