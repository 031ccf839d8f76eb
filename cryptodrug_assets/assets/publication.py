"""publication/*: what leaves the machine room: the warehouse for people, the report, the data package."""

from typing import TYPE_CHECKING

import dagster as dg
from dagster_duckdb import DuckDBResource

from cryptodrug_assets.assets.across import TABLES as ACROSS
from cryptodrug_assets.assets.clean import TABLES as CLEAN
from cryptodrug_assets.assets.entities import TABLES as ENTITIES
from cryptodrug_assets.assets.exchange import TABLES as EXCHANGE
from cryptodrug_assets.assets.indicators import TABLES as INDICATORS
from cryptodrug_assets.assets.interviews import TABLES as INTERVIEWS
from cryptodrug_assets.assets.public import TABLES as PUBLIC
from cryptodrug_assets.assets.reference import TABLES as REFERENCE
from cryptodrug_assets.assets.survey import TABLES as SURVEY
from cryptodrug_assets.assets.triangulation import TABLES as TRIANGULATION
from cryptodrug_assets.checks.run_failures import RunGraph
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.storage.warehouse import publish
from cryptodrug_assets.versions import code_version

if TYPE_CHECKING:
    from pathlib import Path

# What the report tells of buyers, of every wave there is.
_BUYERS = [
    dg.AssetDep(["indicators", table], partition_mapping=dg.AllPartitionMapping())
    for tables in (SURVEY["indicators"], INTERVIEWS["indicators"], TRIANGULATION)
    for table in tables
    if table.endswith("_public")
]
_EVERY_TABLE = [
    *(
        dg.AssetDep([layer, table], partition_mapping=dg.AllPartitionMapping())
        for layer, tables in (("clean", CLEAN), ("indicators", INDICATORS))
        for table in tables
    ),
    *(dg.AssetDep(["indicators", table]) for table in (*ACROSS, *PUBLIC)),
    *(dg.AssetDep(["clean", table]) for table in ENTITIES),
    *(dg.AssetDep(["exchange", table]) for table in EXCHANGE),
    *(dg.AssetDep(["reference", table]) for table in REFERENCE),
    *(
        dg.AssetDep([layer, table], partition_mapping=dg.AllPartitionMapping())
        for strand in (SURVEY, INTERVIEWS, {"indicators": TRIANGULATION})
        for layer, tables in strand.items()
        for table in tables
    ),
]


@dg.asset(
    key=["publication", "warehouse"],
    deps=_EVERY_TABLE,
    group_name="publication",
    kinds={"duckdb"},
    code_version=code_version("storage/warehouse.py"),
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
    deps=[
        *(dg.AssetDep(["indicators", table]) for table in PUBLIC),
        *(dg.AssetDep(["exchange", table]) for table in EXCHANGE),
        *_BUYERS,
    ],
    group_name="publication",
    kinds={"html", "pdf"},
    code_version=code_version("publishing", "study/recommendations.py"),
    owners=["team:research"],
)
def report(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[None]:
    """The report in every language, as a page that needs no network and as PDF: report.nl.html, report.nl.pdf, …"""
    from cryptodrug_assets.publishing.extra import missing_packages
    from cryptodrug_assets.publishing.files import publish_report

    store, settings = platform.store, platform.settings
    # An installation without the extra for publication has the tables all the same.
    if missing := missing_packages():
        told = f"no report: {', '.join(missing)} are not installed (the extra `publish`)"
        context.log.warning(told)
        return dg.MaterializeResult(metadata={"pages": told})
    pages = publish_report(store, settings.reports, country=settings.country)
    listed = "\n".join(f"- {path.name}" for path in pages)
    return dg.MaterializeResult(metadata={"pages": dg.MetadataValue.md(listed)})


@dg.asset(
    key=["publication", "quality_page"],
    # In the run of all of them the page comes last, or it would show the checks of the run before.
    deps=_EVERY_TABLE,
    group_name="publication",
    kinds={"html"},
    code_version=code_version("publishing"),
    owners=["team:platform"],
)
def quality_page(
    context: dg.AssetExecutionContext, platform: Platform, run_graph: dg.ResourceParam[RunGraph]
) -> dg.MaterializeResult[None]:
    """quality.html: checks of every market, month and layer, what the failed ones found, and coverage."""
    from cryptodrug_assets.checks.outcomes import quality_facts
    from cryptodrug_assets.checks.run_failures import failures
    from cryptodrug_assets.publishing.files import publish_quality_page
    from cryptodrug_assets.quality.waivers import in_force, waivers_file

    counts, whole, findings = quality_facts(context.instance)
    broken, waived = failures(context.instance, run_graph), in_force(waivers_file(platform.settings.home))
    path = publish_quality_page(platform.store, platform.settings.reports, counts, whole, findings, broken, waived)
    results = sum(sum(states.values()) for states in (*counts.values(), *whole.values()))
    failed = sum(item.state == "failed" for item in findings)
    numbers = {"checks": results, "failed": failed, "warnings": len(findings) - failed}
    return _page(path, **numbers, failed_runs=len(broken), waived=len(waived))


def _page(path: "Path", **numbers: int) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"page": dg.MetadataValue.path(str(path)), **numbers})
