"""The monthly schedule: requests the markets observed in the running month, never a closed one.

It fires within the month because a live market can only be captured while the month lasts.
"""

import dagster as dg

from cryptodrug_assets.automation.jobs import market_month_job
from cryptodrug_assets.partitions import MARKETS, is_observed


@dg.schedule(job=market_month_job, cron_schedule="0 6 28 * *", execution_timezone="UTC")
def monthly_capture(context: dg.ScheduleEvaluationContext) -> dg.SkipReason | list[dg.RunRequest]:
    """On the 28th of each month: one run per market observed in that month."""
    month = context.scheduled_execution_time.strftime("%Y-%m")
    due = [market for market in MARKETS if is_observed(market, month)]
    if not due:
        return dg.SkipReason(f"no market is observed in {month}")
    return [
        dg.RunRequest(
            run_key=f"{market}-{month}", partition_key=dg.MultiPartitionKey({"market": market, "month": month})
        )
        for market in due
    ]
