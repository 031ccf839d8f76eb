"""The Definitions object: everything Dagster sees, on one screen."""

import dagster as dg
from dagster_duckdb import DuckDBResource

from cryptodrug_assets.assets import (
    across,
    bulletin,
    clean,
    entities,
    exchange,
    health,
    indicators,
    interviews,
    parsed,
    products,
    public,
    publication,
    rates,
    raw,
    reference,
    survey,
    triangulation,
)
from cryptodrug_assets.automation.incoming import incoming_waves
from cryptodrug_assets.automation.jobs import JOBS
from cryptodrug_assets.automation.policies import with_policies
from cryptodrug_assets.automation.schedules import captures, weekly_health, weekly_rates
from cryptodrug_assets.automation.sensors import alerts, calculations
from cryptodrug_assets.checks.run_failures import RunGraph
from cryptodrug_assets.resources.platform import Platform

MODULES = [raw, parsed, clean, entities, indicators, across, public, exchange, products, reference, publication]
MODULES += [survey, interviews, triangulation, health, bulletin, rates]


def _assets() -> list[dg.AssetsDefinition]:
    return [asset for asset in dg.load_assets_from_modules(MODULES) if isinstance(asset, dg.AssetsDefinition)]


def definitions_on(platform: Platform | dg.ResourceDefinition) -> dg.Definitions:
    """All definitions, with the platform that their runs work on."""
    definitions: dg.Definitions = dg.Definitions(
        assets=dg.map_asset_specs(with_policies, _assets()),
        jobs=JOBS,
        schedules=[captures, weekly_health, weekly_rates],
        sensors=[calculations, alerts, incoming_waves],
        resources={
            "platform": platform,
            "duckdb": DuckDBResource(database=":memory:"),
            # For assets that tell what became of runs: what these definitions make, known when all of them are there.
            "run_graph": dg.ResourceDefinition(lambda _: RunGraph.of(definitions)),
        },
        # Steps take tenths of a second; a process per step would cost more than the work (parallelism is across runs).
        executor=dg.in_process_executor,
    )
    return definitions


defs = definitions_on(Platform())
