"""indicators/*: the monthly figures of a market. Those across months and markets stand in across.py."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.specs import asset_specs, layer_checks, observed_cell
from cryptodrug_assets.checks import write_audit_publish
from cryptodrug_assets.indicators.conduct import speaks_of_harm
from cryptodrug_assets.indicators.families import CLEAN_COLUMNS, MONTHLY, compute_month
from cryptodrug_assets.indicators.formulas import formulas
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

_CLEAN = ["clean/listings", "clean/vendors", "clean/transactions"]
TABLES = {
    # The index of captures gives every value its coverage.
    **{table: [*_CLEAN, "raw/captures"] for table in ("activity", "shares", *MONTHLY)},
    "coverage": ["raw/captures", "parsed/pages", "parsed/market_counters", "clean/listings", "clean/transactions"],
    "conduct": [*_CLEAN, "raw/captures", "parsed/listings"],
}


@dg.multi_asset(
    name="monthly_indicators",
    specs=asset_specs(
        "indicators",
        TABLES,
        kinds={"polars", "deltalake"},
        code_version=code_version("indicators", "reference", "assets/indicators.py"),
        formulas=formulas(TABLES),
    ),
    check_specs=layer_checks("indicators", list(TABLES)),
    can_subset=True,
)
def monthly_indicators(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Compute the month's indicators with their uncertainty and coverage."""
    cell = observed_cell(context)
    if cell is None:
        return
    read = platform.store.read
    clean = {name: read("clean", name, *cell, columns) for name, columns in CLEAN_COLUMNS.items()}
    frames = compute_month(
        clean | {"texts": speaks_of_harm(read("parsed", "listings", *cell))},
        read("raw", "captures", *cell),
        read("parsed", "pages", *cell),
        read("parsed", "market_counters", *cell),
        market=cell[0],
        month=cell[1],
        options=platform.indicator_options,
    )
    extra = {f"clean.{name}": frame for name, frame in clean.items()}
    yield from write_audit_publish(context, "indicators", frames, *cell, platform.store, {}, extra=extra)
