"""Tables made from the world against the same month rendered, reached by links and parsed."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica.tables import parsed_month
from cryptodrug_assets_tests.cleaning.site import parsed_month as read_month

CELLS = [("dream", "2018-12"), ("wall_street", "2019-01"), ("empire", "2019-06")]
LISTING = [
    "listing_id", "title", "vendor_name", "vendor_id", "category_path", "category_id", "price_amount",
    "price_currency", "price_unit", "minimum_order", "price_quotes", "exchange_rates", "ships_from", "ships_to",
    "payment", "escrow",
    "product_class", "quantity_left", "units_sold", "units_sold_hi", "sold_since", "views", "is_sticky",
    "shipping_options", "bulk_prices", "description", "captured_at", "sweep_id", "market", "month",
]  # fmt: skip
FEEDBACK = [
    "vendor_name", "listing_id", "listing_title", "position", "list_offset", "list_name", "rating", "comment",
    "buyer_masked", "price_amount", "price_currency", "price_exact", "dated_at", "dated_lo", "dated_hi",
]  # fmt: skip
VENDOR = ["vendor_name", "vendor_id", "sales", "sales_hi", "member_since", "pgp_fingerprint"]


@pytest.mark.parametrize(("market", "month"), CELLS)
def test_offers_are_those_a_reader_of_the_pages_finds(market: str, month: str) -> None:
    made, read = (
        tables["listings"].filter(page_kind="listing").select(LISTING).sort("listing_id")
        for tables in (parsed_month("tiny", 3, market, month), read_month("tiny", 3, market, month))
    )
    # Some Dream pages name a destination twice.
    once = pl.col("ships_to").list.unique(maintain_order=True)
    assert_frame_equal(made.with_columns(once), read.with_columns(once))


@pytest.mark.parametrize(("market", "month"), CELLS)
def test_feedback_is_that_of_the_pages_row_by_row(market: str, month: str) -> None:
    kind = "listing" if market == "wall_street" else "vendor"
    made, read = (
        tables["feedback"]
        .filter(page_kind=kind)
        .select(FEEDBACK)
        .sort("vendor_name", "listing_id" if kind == "listing" else "list_name", "list_offset", "position")
        for tables in (parsed_month("tiny", 3, market, month), read_month("tiny", 3, market, month))
    )
    assert_frame_equal(made, read)


@pytest.mark.parametrize(("market", "month"), CELLS)
def test_vendors_are_those_of_the_pages(market: str, month: str) -> None:
    made, read = (
        tables["vendors"]
        .filter(page_kind="vendor")
        .group_by("vendor_name")
        .agg(pl.col(name).drop_nulls().last() for name in VENDOR[1:])
        .sort("vendor_name")
        for tables in (parsed_month("tiny", 3, market, month), read_month("tiny", 3, market, month))
    )
    assert_frame_equal(made, read)


def test_keys_are_unique_and_a_month_outside_the_window_is_refused() -> None:
    tables = parsed_month("demo", 7, "empire", "2019-11")
    for name, keys in (
        ("pages", ["capture_id"]),
        ("listings", ["capture_id", "row"]),
        ("feedback", ["capture_id", "row"]),
    ):
        assert not tables[name].select(keys).is_duplicated().any()
    with pytest.raises(UserError, match="empire has no 2018-01"):
        parsed_month("demo", 7, "empire", "2018-01")
