"""The schedules: one asks each hour which markets have a sweep to begin or to go on with (decisions.py), one reports
weekly.

The first fires within the month because a live market can only be captured while the month lasts.
"""

from datetime import UTC, datetime

import dagster as dg

from cryptodrug_assets.automation.decisions import captures_due
from cryptodrug_assets.automation.jobs import capture_job, health_job, rates_job
from cryptodrug_assets.automation.requests import run_request
from cryptodrug_assets.automation.state import plans_of, read_state
from cryptodrug_assets.months import month_of
from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.resources.platform import Platform

#: Off where no market is made without hands; a person can switch it on and off in the UI at any time.
BY_DEFAULT = bool(plans_of(market_configs()))


def running_month() -> str:
    """The month it is."""
    return month_of(datetime.now(UTC))


@dg.schedule(
    job=capture_job,
    cron_schedule="7 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING if BY_DEFAULT else dg.DefaultScheduleStatus.STOPPED,
    description="Each hour: begins the sweeps that are due of the running month, and takes up those that paused.",
)
def captures(context: dg.ScheduleEvaluationContext, platform: Platform) -> dg.SkipReason | list[dg.RunRequest]:
    """The captures that are due at the tick's moment; a tick of a month that is over asks for nothing."""
    moment = context.scheduled_execution_time
    if month_of(moment) < running_month():
        # Ticks that the machine was down for are caught up with; what they were to capture is gone.
        return dg.SkipReason(f"{month_of(moment)} is over: only the running month can be captured")
    state = read_state(platform.settings, context.instance, moment)
    if not state.plans:
        return dg.SkipReason("no market is made without hands (automation.enabled in data_contracts/markets)")
    requests = captures_due(state, moment)
    return [run_request(request) for request in requests] or dg.SkipReason("no sweep is due")


weekly_health = dg.ScheduleDefinition(
    name="weekly_health",
    job=health_job,
    cron_schedule="30 6 * * 1",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING if BY_DEFAULT else dg.DefaultScheduleStatus.STOPPED,
    description="On Mondays: the health report.",
)


@dg.schedule(
    name="weekly_rates",
    job=rates_job,
    cron_schedule="15 5 * * 1",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING if BY_DEFAULT else dg.DefaultScheduleStatus.STOPPED,
    description="On Mondays: the ECB's rates of the week, where an address is set.",
)
def weekly_rates(platform: Platform) -> dg.SkipReason | dg.RunRequest:
    """A run where CRYPTODRUG_RATES_URL names an address; nothing is fetched otherwise."""
    if platform.settings.rates_url is None:
        return dg.SkipReason("nothing is fetched: CRYPTODRUG_RATES_URL is not set")
    return dg.RunRequest()
