"""An asset over given clean frames, written, audited and published."""

from collections.abc import Iterator
from types import SimpleNamespace

import dagster as dg
import polars as pl

from cryptodrug_assets.assets.specs import asset_specs, layer_checks
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.frames import rows

CELL = ("dream", "2018-11")
TABLES: dict[str, list[str]] = {"vendors": [], "decisions": []}
# Vendors and decisions are held against offers and sales; these tests have none.
NO_OFFERS = {
    "clean.listings": rows("clean", "listings"),
    "clean.transactions": rows("clean", "transactions"),
    "parsed.listings": rows("parsed", "listings"),
}
TAKEN = {"action": "dropped", "subject_key": "*"}
IDLE = {"n_listings": 0, "n_drug_listings": 0, "n_origins": 0}


def clean_frames() -> dict[str, pl.DataFrame]:
    """Two vendors and a decision that break no rule."""
    return {
        "vendors": rows("clean", "vendors", {**IDLE, "vendor_key": "a"}, {**IDLE, "vendor_key": "b"}),
        "decisions": rows("clean", "decisions", {**TAKEN, "decision_id": 0}),
    }


def asset_over(store: TableStore, frames: dict[str, pl.DataFrame]) -> dg.AssetsDefinition:
    """The asset that publishes the frames into the store."""

    @dg.multi_asset(
        name="clean_tables",
        specs=asset_specs("clean", TABLES, kinds={"polars"}),
        check_specs=layer_checks("clean", list(TABLES)),
        can_subset=True,
    )
    def clean_tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        yield from write_audit_publish(
            context,
            "clean",
            frames,
            CELL,
            SimpleNamespace(store=store, settings=Settings()),
            metadata={"pages": 3},
            extra=NO_OFFERS,
        )

    return clean_tables
