"""publication/*: what leaves the machine room: the warehouse for people, the report, the data package."""

import dagster as dg
from dagster_duckdb import DuckDBResource

from cryptodrug_assets.assets.across import TABLES as ACROSS
from cryptodrug_assets.assets.clean import TABLES as CLEAN
from cryptodrug_assets.assets.indicators import TABLES as INDICATORS
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.resources.warehouse import publish

_ALL_CELLS = dg.AllPartitionMapping()


@dg.asset(
    key=["publication", "warehouse"],
    deps=[
        dg.AssetDep([layer, table], partition_mapping=_ALL_CELLS)
        for layer, tables in (("clean", CLEAN), ("indicators", INDICATORS))
        for table in tables
    ]
    + [dg.AssetKey(["indicators", table]) for table in ACROSS],
    group_name="publication",
    kinds={"duckdb"},
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
