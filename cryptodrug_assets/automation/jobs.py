"""The jobs. Capture and cleaning are separate because cleaning a month also reads the next month's pages."""

import dagster as dg

market_month_job = dg.define_asset_job(
    "market_month",
    selection=dg.AssetSelection.groups("raw", "parsed", "clean", "indicators"),
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
    selection=dg.AssetSelection.groups("reference", "across_months", "public", "publication"),
    description="Reference tables, what spans months and markets, what may be published; then warehouse and report.",
)
JOBS = [market_month_job, capture_job, indicators_job, publish_job]
