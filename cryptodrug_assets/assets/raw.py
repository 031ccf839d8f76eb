"""raw/captures: the archive of a market-month and its index."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.specs import asset_specs, layer_checks, observed_cell
from cryptodrug_assets.capture.archive.sample import archive_relations
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import package_version

TABLES: dict[str, list[str]] = {"captures": []}


@dg.multi_asset(
    name="raw_captures",
    specs=asset_specs("raw", TABLES, kinds={"playwright", "deltalake"}, code_version=package_version()),
    check_specs=layer_checks("raw", list(TABLES)),
    can_subset=True,
    pool="browser",
)
def raw_captures(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Capture what is still missing of the month and publish the index of its archive."""
    cell = observed_cell(context)
    if cell is None:
        return
    platform.require_kept(*cell)
    frame, metadata = platform.capture(*cell, log=context.log.info)
    archive = archive_relations(platform.settings.archive, *cell, frame)
    yield from write_audit_publish(
        context,
        "raw",
        {"captures": frame},
        cell,
        platform,
        metadata=metadata,
        extra=archive,
    )
