"""parsed/*: what the captured pages say, typed beside verbatim."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.specs import asset_deps, asset_specs, layer_checks, observed_cell
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.checks.made_from import content_of, parsed_of
from cryptodrug_assets.markets.base import parser_versions
from cryptodrug_assets.pipeline import parse
from cryptodrug_assets.resources.platform import Platform

TABLES = asset_deps(parse.READS)


@dg.multi_asset(
    name="parsed_tables",
    specs=asset_specs("parsed", TABLES, kinds={"python", "deltalake"}, code_version=parser_versions()),
    check_specs=layer_checks("parsed", list(TABLES)),
    can_subset=True,
)
def parsed_tables(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Parse every captured page of the month; what cannot be read goes to parsed/rejects."""
    cell = observed_cell(context)
    if cell is None:
        return
    platform.require_kept(*cell)
    made = parsed_of(platform.store, cell)
    captures = platform.store.read("raw", "captures", *cell)
    month, version = platform.parsed_month(*cell, captures)
    frames = month.by_name()
    yield from write_audit_publish(
        context,
        "parsed",
        frames,
        cell,
        platform,
        metadata={"parser_version": version} | made.as_metadata() | content_of(frames),
        extra={"raw.captures": captures},
    )
