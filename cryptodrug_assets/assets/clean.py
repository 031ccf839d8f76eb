"""clean/*: entities of a month, in euros, grams, ISO countries and pseudonyms."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.reference import require_sound
from cryptodrug_assets.assets.specs import asset_deps, asset_specs, layer_checks, observed_cell
from cryptodrug_assets.checks.context import ecb_rates
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.checks.made_from import cleaned_of, stated_files, stated_rates
from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.pipeline import clean
from cryptodrug_assets.reference.fetched_rates import marks_by_month
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

TABLES = asset_deps(clean.READS)

# Stated in the markets' files, not in the code; another source is another count of sales.
_SOURCES = [f"{name} counts feedback by {config.feedback_source}" for name, config in sorted(market_configs().items())]

CODE = code_version("cleaning", "reference", "pipeline/clean.py", "assets/clean.py", stated=_SOURCES)


@dg.multi_asset(
    name="clean_tables",
    specs=asset_specs(
        "clean",
        TABLES,
        kinds={"polars", "deltalake"},
        code_version=CODE,
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
    platform.require_kept(*cell, also_next=True)
    pseudonyms, options = platform.pseudonyms, platform.cleaning_options
    require_sound(*clean.REFERENCE)
    # Told before it is read: what changes meanwhile makes the month due again.
    files = stated_files(platform.settings.coin_rates, platform.settings.corrections_file)
    files += stated_rates(marks_by_month(platform.settings.fetched_rates), cell[1])
    made = cleaned_of(platform.store, cell, CODE, files)
    read = clean.read(platform.store, *cell)
    yield from write_audit_publish(
        context,
        "clean",
        clean.clean(*read, pseudonyms=pseudonyms, options=options).by_name(),
        cell,
        platform,
        metadata=options.as_metadata() | pseudonyms.as_metadata() | made.as_metadata(),
        extra={f"parsed.{name}": frame for name, frame in read.month.by_name().items()}
        | {"reference.ecb_rates": ecb_rates(options.fetched_rates)},
    )
