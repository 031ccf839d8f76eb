"""Liveness across months, worked out by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.listing_history import listing_history
from cryptodrug_assets_tests.frames import rows


def seen(month: int, first: int, last: int, price: int, key: str = "a", **more: Any) -> dict[str, Any]:
    days = {
        "first_seen": datetime(2019, month, first, tzinfo=UTC),
        "last_seen": datetime(2019, month, last, tzinfo=UTC),
    }
    offer = {"month": date(2019, month, 1), "listing_key": key, "vendor_key": "v", "price_eur": Decimal(price)}
    return offer | days | {"is_holding_price": False} | more


def months(*numbers: int) -> list[date]:
    return [date(2019, number, 1) for number in numbers]


def test_spells_bridges_and_prices() -> None:
    """a: seen in January, again 32 days later in March, April, then not for months: February is bridged, May is not."""
    frame = listing_history(
        rows(
            "clean", "listings",
            seen(1, 30, 30, 50), seen(3, 3, 30, 50), seen(4, 1, 30, 60), seen(7, 1, 30, 60),
            # b: seen at the end of January and of March, 59 days apart: another spell.
            seen(1, 30, 30, 10, "b"), seen(3, 30, 30, 99_999, "b", is_holding_price=True), seen(4, 30, 30, 10, "b"),
        )
    )  # fmt: skip
    assert frame.schema == contracts.load("clean", "listing_history").polars_schema
    found = {(row["listing_key"], row["spell"]): row for row in frame.iter_rows(named=True)}
    assert {key: row["months_live"] for key, row in found.items()} == {
        ("a", 1): months(1, 2, 3, 4), ("a", 2): months(7), ("b", 1): months(1), ("b", 2): months(3, 4)
    }  # fmt: skip
    first = found["a", 1]
    assert (first["months_seen"], first["months_bridged"], first["price_changes"]) == (3, 1, 1)
    assert (first["first_price_eur"], first["last_price_eur"], first["high_price_eur"]) == (50, 60, 60)
    held = found["b", 2]
    assert (held["months_held"], held["price_changes"], held["high_price_eur"]) == (1, 0, 10)
