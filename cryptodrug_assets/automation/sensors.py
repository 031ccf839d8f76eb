"""The sensors: one asks what is to be indexed, parsed, measured and published (decisions.py), one tells what is
wrong."""

from datetime import UTC, datetime

import dagster as dg

from cryptodrug_assets.automation.decisions import calculations_due
from cryptodrug_assets.automation.jobs import capture_job, indicators_job, publish_job
from cryptodrug_assets.automation.requests import run_request
from cryptodrug_assets.automation.schedules import BY_DEFAULT
from cryptodrug_assets.automation.state import close_lost_runs, read_state
from cryptodrug_assets.checks.run_failures import RunGraph
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.monitoring.channels import deliver
from cryptodrug_assets.monitoring.conditions import alerts_of
from cryptodrug_assets.monitoring.situation import situation_of
from cryptodrug_assets.resources.platform import Platform


@dg.sensor(
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING if BY_DEFAULT else dg.DefaultSensorStatus.STOPPED,
    description="Every ten minutes: tells what is wrong, once, to the file of alerts, mail and webhook.",
)
def alerts(
    context: dg.SensorEvaluationContext, platform: Platform, run_graph: dg.ResourceParam[RunGraph]
) -> dg.SkipReason:
    """Nothing is asked for; what was told, and what could not be, stands in the tick."""
    now = datetime.now(UTC)
    settings = platform.settings
    found = alerts_of(situation_of(settings, context.instance, run_graph, now))
    told_by, problems = deliver(settings, found, now)
    if problems:
        raise UserError("; ".join(problems))
    return dg.SkipReason(f"{len(found)} alerts stand; told now through {', '.join(told_by) or 'no channel'}")


@dg.sensor(
    jobs=[capture_job, indicators_job, publish_job],
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING if BY_DEFAULT else dg.DefaultSensorStatus.STOPPED,
    description="Each minute: makes again what changed in data or code, and publishes months that are in.",
)
def calculations(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SkipReason | list[dg.RunRequest]:
    """The runs that are due now, each with its reason among its tags."""
    now = datetime.now(UTC)
    for run_id in close_lost_runs(context.instance, now):
        context.log.warning(f"run {run_id} was lost with its process")
    state = read_state(platform.settings, context.instance, now)
    if not state.plans:
        return dg.SkipReason("no market is made without hands (automation.enabled in data_contracts/markets)")
    requests = calculations_due(state, now)
    return [run_request(request) for request in requests] or dg.SkipReason("everything is as its data and code say")
