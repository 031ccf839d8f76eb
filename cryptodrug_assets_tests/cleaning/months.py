"""Parsed months of a few rows, and their cleaning."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets_tests.frames import rows

END = datetime(2019, 6, 30, 23, 59, tzinfo=UTC)
Tables = dict[str, pl.DataFrame]


def parsed(
    listings: list[dict[str, Any]],
    feedback: list[dict[str, Any]],
    vendors: list[dict[str, Any]] | None = None,
    seen: datetime = END,
) -> Tables:
    """Parsed tables of a month."""
    common = {"captured_at": seen, "month": seen.date().replace(day=1), "sweep_id": seen.isoformat()}
    offer = common | {"listing_id": "1", "vendor_name": "Ann", "title": "10g Speed", "page_kind": "listing"}
    vendor = common | {"page_kind": "vendor", "vendor_name": "Ann"}
    row = common | {"page_kind": "vendor", "list_offset": 0}
    return {
        "listings": rows("parsed", "listings", *(offer | given for given in listings)),
        "feedback": rows("parsed", "feedback", *(row | given for given in feedback)),
        "vendors": rows("parsed", "vendors", *(vendor | given for given in vendors or [{}])),
        "pages": rows("parsed", "pages", {**common, "capture_id": "page"}),
    }


def sale(position: int, days_ago: float, **more: Any) -> dict[str, Any]:
    """A row of parsed feedback."""
    at = END - timedelta(days=days_ago)
    exact = {"dated_at": at, "dated_lo": at, "dated_hi": at + timedelta(minutes=1)}
    row = {"vendor_name": "Ann", "listing_id": "1", "position": position + 1, "rating": 5.0, "list_name": "p_feedback"}
    price = {"price_exact": True, "price_amount": Decimal("50"), "price_currency": "USD"}
    return row | price | exact | more


def clean(
    tables: Tables, tmp_path: Path, market: str = "empire", after: Tables | None = None, **options: Any
) -> Tables:
    """The tables after cleaning."""
    return clean_month(
        tables, after, market=market, month="2019-06", pseudonyms=Pseudonyms.load(tmp_path / "keys"),
        options=CleaningOptions(**options),
    )  # fmt: skip


def rules(tables: Tables) -> dict[str, int]:
    """How often each rule decided."""
    counts = tables["decisions"].group_by("rule").agg(pl.col("n_rows").sum())
    return dict(counts.iter_rows())
