"""clean/*: entities of a month, in euros, grams, ISO countries and pseudonyms."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg
import polars as pl

from cryptodrug_assets.assets.reference import require_sound
from cryptodrug_assets.assets.specs import asset_specs, layer_checks, observed_cell
from cryptodrug_assets.checks import write_audit_publish
from cryptodrug_assets.cleaning.month import NEEDED, NEEDED_NEXT, clean_month
from cryptodrug_assets.partitions import is_observed, month_after
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

# Feedback of a month is also shown by the next month's capture; the last month of a window has no next one.
_THIS_AND_NEXT_MONTH = dg.MultiPartitionMapping(
    {
        "market": dg.DimensionPartitionMapping("market", dg.IdentityPartitionMapping()),
        "month": dg.DimensionPartitionMapping(
            "month",
            dg.TimeWindowPartitionMapping(start_offset=0, end_offset=1, allow_nonexistent_upstream_partitions=True),
        ),
    }
)
_FEEDBACK = dg.AssetDep(["parsed", "feedback"], partition_mapping=_THIS_AND_NEXT_MONTH)

_REFERENCE = ("exchange_rates", "drug_taxonomy", "category_map", "places")

TABLES: dict[str, list[str | dg.AssetDep]] = {
    "listings": ["parsed/listings", "parsed/pages", *(f"reference/{table}" for table in _REFERENCE)],
    "vendors": ["parsed/vendors", "parsed/listings", "reference/places"],
    "transactions": [_FEEDBACK, "parsed/listings", "parsed/vendors", "reference/exchange_rates"],
    "decisions": ["parsed/listings", _FEEDBACK, "parsed/vendors", *(f"reference/{table}" for table in _REFERENCE)],
}


@dg.multi_asset(
    name="clean_tables",
    specs=asset_specs(
        "clean",
        TABLES,
        kinds={"polars", "deltalake"},
        code_version=code_version("cleaning", "reference", "assets/clean.py"),
    ),
    check_specs=layer_checks("clean", list(TABLES)),
    can_subset=True,
)
def clean_tables(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Clean the month; the next month's pages help to date and complete its feedback where they exist."""
    cell = observed_cell(context)
    if cell is None:
        return
    # First of all: with a key that others can read nothing is started.
    pseudonyms = platform.pseudonyms
    require_sound(*_REFERENCE)
    parsed = parsed_month(platform, *cell, NEEDED)
    following = cell[0], month_after(cell[1])
    parsed_next = None
    if is_observed(*following) and platform.store.exists("parsed", "feedback", *following):
        parsed_next = parsed_month(platform, *following, NEEDED_NEXT)
    options = platform.cleaning_options
    frames = clean_month(
        parsed,
        parsed_next,
        market=cell[0],
        month=cell[1],
        pseudonyms=pseudonyms,
        options=options,
    )
    extra = {f"parsed.{name}": frame for name, frame in parsed.items()}
    yield from write_audit_publish(context, "clean", frames, *cell, platform.store, options.as_metadata(), extra=extra)


def parsed_month(
    platform: Platform, market: str, month: str, needed: Mapping[str, Sequence[str]]
) -> dict[str, pl.DataFrame]:
    """The columns needed of the parsed tables of a cell."""
    return {name: platform.store.read("parsed", name, market, month, columns) for name, columns in needed.items()}
