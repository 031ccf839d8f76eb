"""monitoring/health: the weekly health report, also as a page of the home's reports."""

from datetime import UTC, datetime

import dagster as dg

from cryptodrug_assets.checks.run_failures import RunGraph
from cryptodrug_assets.monitoring.conditions import alerts_of
from cryptodrug_assets.monitoring.health import health_report
from cryptodrug_assets.monitoring.situation import situation_of
from cryptodrug_assets.monitoring.versions import versions_file, versions_there_are, write_versions
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.storage.home import private_folder, write_atomically
from cryptodrug_assets.versions import code_version


@dg.asset(
    key=["monitoring", "health"],
    group_name="monitoring",
    kinds={"markdown"},
    code_version=code_version("monitoring"),
    owners=["team:platform"],
)
def health(
    context: dg.AssetExecutionContext, platform: Platform, run_graph: dg.ResourceParam[RunGraph]
) -> dg.MaterializeResult[None]:
    """health.md: months due and done, checks, coverage, archive and disk, what changed in a week, what is wrong."""
    settings = platform.settings
    versions = versions_there_are()
    situation = situation_of(settings, context.instance, run_graph, datetime.now(UTC))
    found = alerts_of(situation)
    text = health_report(settings, situation, found, versions)
    private_folder(settings.reports)
    path = settings.reports / "health.md"
    write_atomically(path, text)
    write_versions(versions_file(settings.home), versions)
    return dg.MaterializeResult(
        metadata={
            "report": dg.MetadataValue.md(text),
            "page": dg.MetadataValue.path(str(path)),
            "alerts": len(found),
            "free_share": situation.free_share,
        }
    )
