"""The jobs. Capture and cleaning are separate because cleaning a month also reads the next month's pages."""

import dagster as dg

from cryptodrug_assets.layers import MONTHLY_LAYERS, PUBLISHED_GROUPS

market_month_job = dg.define_asset_job(
    "market_month",
    selection=dg.AssetSelection.groups(*MONTHLY_LAYERS),
    description="One market in one month, from capture to indicators.",
)
capture_job = dg.define_asset_job(
    "capture",
    selection=dg.AssetSelection.groups("raw", "parsed"),
    description="Capture and parse one market in one month.",
)
indicators_job = dg.define_asset_job(
    "indicators",
    selection=dg.AssetSelection.groups("clean", "indicators"),
    description="Clean one market in one month and compute its indicators.",
)
publish_job = dg.define_asset_job(
    "publish",
    selection=dg.AssetSelection.groups(*PUBLISHED_GROUPS),
    description="Reference tables, what spans months and markets, what may be published; then exchange and warehouse.",
)
survey_job = dg.define_asset_job(
    "survey",
    selection=dg.AssetSelection.groups("survey"),
    description="One wave of the survey, from the kept files of its export to what may be published.",
)
interviews_job = dg.define_asset_job(
    "interviews",
    selection=dg.AssetSelection.groups("interviews"),
    description="The interviews of one wave, from the kept files to what may be published.",
)
triangulation_job = dg.define_asset_job(
    "triangulation",
    selection=dg.AssetSelection.groups("triangulation"),
    description="What survey, interviews and markets say together, and the study's statements on buyers.",
)
health_job = dg.define_asset_job(
    "health",
    selection=dg.AssetSelection.groups("monitoring"),
    description="The weekly health report: months, checks, coverage, archive, what changed, what is wrong.",
)
bulletin_job = dg.define_asset_job(
    "bulletin",
    selection=dg.AssetSelection.groups("bulletin"),
    description="The shipping bulletin of a month, from what may be published.",
)
rates_job = dg.define_asset_job(
    "rates",
    selection=dg.AssetSelection.groups("rates"),
    description="The ECB's rates of days after the frozen table, from the address in CRYPTODRUG_RATES_URL.",
)
JOBS = [
    market_month_job, capture_job, indicators_job, publish_job, survey_job, interviews_job, triangulation_job,
    health_job, bulletin_job, rates_job,
]  # fmt: skip
