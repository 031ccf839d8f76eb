"""The Definitions object: everything Dagster sees, on one screen."""

import dagster as dg
from dagster_duckdb import DuckDBResource

from cryptodrug_assets.assets import across, clean, entities, indicators, parsed, public, publication, raw, reference
from cryptodrug_assets.automation.jobs import JOBS
from cryptodrug_assets.automation.schedules import monthly_capture
from cryptodrug_assets.resources.platform import Platform

defs = dg.Definitions(
    assets=dg.load_assets_from_modules(
        [raw, parsed, clean, entities, indicators, across, public, reference, publication]
    ),
    jobs=JOBS,
    schedules=[monthly_capture],
    resources={"platform": Platform(), "duckdb": DuckDBResource(database=":memory:")},
    # Steps take tenths of a second; a process per step would cost more than the work (parallelism is across runs).
    executor=dg.in_process_executor,
)
