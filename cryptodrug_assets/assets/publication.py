"""publication/*: what leaves the machine room: the warehouse for people, the report, the data package."""

from typing import TYPE_CHECKING

import dagster as dg
from dagster_duckdb import DuckDBResource

from cryptodrug_assets.assets.across import TABLES as ACROSS
from cryptodrug_assets.assets.clean import TABLES as CLEAN
from cryptodrug_assets.assets.entities import TABLES as ENTITIES
from cryptodrug_assets.assets.indicators import TABLES as INDICATORS
from cryptodrug_assets.assets.public import TABLES as PUBLIC
from cryptodrug_assets.assets.reference import TABLES as REFERENCE
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.resources.warehouse import publish
from cryptodrug_assets.versions import code_version

if TYPE_CHECKING:
    from pathlib import Path

_EVERY_TABLE = [
    *(
        dg.AssetDep([layer, table], partition_mapping=dg.AllPartitionMapping())
        for layer, tables in (("clean", CLEAN), ("indicators", INDICATORS))
        for table in tables
    ),
    *(dg.AssetDep(["indicators", table]) for table in (*ACROSS, *PUBLIC)),
    *(dg.AssetDep(["clean", table]) for table in ENTITIES),
    *(dg.AssetDep(["reference", table]) for table in REFERENCE),
]


@dg.asset(
    key=["publication", "warehouse"],
    deps=_EVERY_TABLE,
    group_name="publication",
    kinds={"duckdb"},
    code_version=code_version("resources/warehouse.py"),
    owners=["team:platform"],
)
def warehouse(
    context: dg.AssetExecutionContext, platform: Platform, duckdb: DuckDBResource
) -> dg.MaterializeResult[None]:
    """warehouse.duckdb: one schema per public layer, swapped in by rename, so it may be open anywhere at any time.

    The restricted layers (raw, parsed) go to warehouse_restricted.duckdb, readable by the owner alone.
    """
    with duckdb.get_connection() as connection:
        tables = publish(connection, platform.store, platform.settings.warehouse)
    context.log.info(f"published {len(tables)} tables to {platform.settings.warehouse.name}")
    rows = "\n".join(f"| {name} | {count:,} |" for name, count in tables.items())
    return dg.MaterializeResult(
        metadata={
            "tables": dg.MetadataValue.md(f"| table | rows |\n|-|-:|\n{rows}"),
            "dagster/row_count": sum(tables.values()),
        }
    )


@dg.asset(
    key=["publication", "report"],
    deps=[dg.AssetKey(["indicators", table]) for table in PUBLIC],
    group_name="publication",
    kinds={"html"},
    code_version=code_version("report"),
    owners=["team:research"],
)
def report(platform: Platform) -> dg.MaterializeResult[None]:
    """report.html: windows, coverage and a country's shares with their intervals, in one file that needs no network."""
    from cryptodrug_assets.report.publish import publish_report

    return _page(publish_report(platform.store, platform.settings.reports, country=platform.settings.country))


@dg.asset(
    key=["publication", "quality_page"],
    # In the run of all of them the page comes last, or it would show the checks of the run before.
    deps=_EVERY_TABLE,
    group_name="publication",
    kinds={"html"},
    code_version=code_version("report"),
    owners=["team:platform"],
)
def quality_page(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[None]:
    """quality.html: checks of every market, month and layer, what the failed ones found, and coverage."""
    from cryptodrug_assets.automation.outcomes import quality_facts
    from cryptodrug_assets.report.publish import publish_quality_page

    counts, whole, findings = quality_facts(context.instance)
    path = publish_quality_page(platform.store, platform.settings.reports, counts, whole, findings)
    results = sum(sum(states.values()) for states in (*counts.values(), *whole.values()))
    failed = sum(item.state == "failed" for item in findings)
    return _page(path, checks=results, failed=failed, warnings=len(findings) - failed)


def _page(path: "Path", **numbers: int) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"page": dg.MetadataValue.path(str(path)), **numbers})
