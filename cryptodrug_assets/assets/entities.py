"""clean/* across months: who is who among the vendors, how long offers were live. Made before the indicators there."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.specs import asset_specs, layer_checks
from cryptodrug_assets.checks import write_audit_publish
from cryptodrug_assets.cleaning.listing_history import listing_history
from cryptodrug_assets.cleaning.vendor_links import vendor_links
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

_OFFERS = [
    "market", "month", "listing_key", "vendor_key", "first_seen", "last_seen", "price_eur", "is_holding_price",
]  # fmt: skip
_ALL_CELLS = dg.AllPartitionMapping()


def _deps(*names: str) -> list[dg.AssetDep]:
    return [dg.AssetDep(name.split("/"), partition_mapping=_ALL_CELLS) for name in names]


TABLES = {
    "vendor_links": _deps("parsed/vendors", "clean/vendors"),
    "vendor_link_totals": _deps("parsed/vendors", "clean/vendors"),
    "listing_history": _deps("clean/listings"),
}


@dg.multi_asset(
    name="entities_across_months",
    specs=asset_specs(
        "clean",
        TABLES,
        kinds={"duckdb", "deltalake"},
        partitions_def=None,
        code_version=code_version("cleaning", "reference", "assets/entities.py"),
        group="across_months",
    ),
    check_specs=layer_checks("clean", list(TABLES), None),
    can_subset=True,
)
def entities_across_months(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Link the vendors of all months and markets there are, and the months of each offer."""
    pseudonyms = platform.pseudonyms
    store = platform.store
    clean = store.read("clean", "vendors", columns=["market", "month", "vendor_key", "origins", "drug_classes"])
    frames = vendor_links(store.read("parsed", "vendors"), clean, pseudonyms=pseudonyms)
    offers = store.read("clean", "listings", columns=_OFFERS)
    frames["listing_history"] = listing_history(offers)
    extra = {"clean.vendors": clean, "clean.listings": offers}
    yield from write_audit_publish(context, "clean", frames, None, None, store, {}, extra=extra)
