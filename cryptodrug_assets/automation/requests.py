"""Decisions as what Dagster runs: job, partition, assets, and the reason as tags that the UI shows."""

import dagster as dg

from cryptodrug_assets.automation.decisions import Request
from cryptodrug_assets.automation.state import KEY_TAG, WHY_TAG
from cryptodrug_assets.pipeline import parse


def run_request(request: Request) -> dg.RunRequest:
    """The request; the run key lets each attempt of an occasion be asked for once."""
    cell = request.cell
    config = {"resources": {"platform": {"config": {"source": "archive"}}}} if request.from_archive else {}
    return dg.RunRequest(
        run_key=f"{request.key}#{request.attempt}",
        job_name=request.job,
        partition_key=dg.MultiPartitionKey({"market": cell[0], "month": cell[1]}) if cell else None,
        asset_selection=[dg.AssetKey(["parsed", table]) for table in parse.READS]
        if request.groups == ("parsed",)
        else None,
        run_config=config,
        tags={KEY_TAG: request.key, WHY_TAG: request.why},
    )
