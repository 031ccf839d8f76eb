"""Runs of the wave's jobs in this process, as several tests need them."""

import dagster as dg

from cryptodrug_assets.buyers.synthetic import WAVE
from cryptodrug_assets.definitions import defs
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.settings import Settings

JOBS = ("survey", "interviews", "triangulation")


def run(settings: Settings, instance: dg.DagsterInstance, job: str) -> dg.ExecuteInProcessResult:
    resource = dg.ResourceDefinition.hardcoded_resource(Platform.of(settings))
    return defs.resolve_job_def(job).execute_in_process(
        instance=instance,
        partition_key=WAVE,
        resources={"platform": resource},
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
