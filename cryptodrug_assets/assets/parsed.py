"""parsed/*: what the captured pages say, typed beside verbatim."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.specs import asset_specs, layer_checks, observed_cell
from cryptodrug_assets.capture.archive import read_pages
from cryptodrug_assets.checks import write_audit_publish
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import parser_versions
from cryptodrug_assets.markets.tables import parse_captures
from cryptodrug_assets.resources.platform import Platform

TABLES = {name: ["raw/captures"] for name in ("pages", "listings", "vendors", "feedback", "market_counters", "rejects")}


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
    captures = platform.store.read("raw", "captures", *cell)
    pages = read_pages(platform.settings.archive, captures, by_capture=True)
    frames = parse_captures(*cell, pages, platform.parse_workers, folder=platform.settings.home.resolve())
    version = {"parser_version": get_market(cell[0]).parser_version}
    yield from write_audit_publish(
        context, "parsed", frames, *cell, platform.store, version, extra={"raw.captures": captures}
    )
