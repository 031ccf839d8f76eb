"""What a page says, as records: an offer, a vendor, a row of feedback, a counter. The fields of `cryptodrug parse`.

Typed dictionaries: mypy guards the parsers, and a record costs what a dictionary costs. A new one is a copy of LISTING,
VENDOR or FEEDBACK, in which everything is null: what a page does not show stays so.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict, cast


class Quote(TypedDict):
    """A price as shown: an amount of a currency."""

    amount: Decimal
    currency: str


class ShippingOption(TypedDict):
    """A way of sending: days it takes, what it costs, and for what (an order, a piece)."""

    name: str
    days: float | None
    currency: str
    amount: Decimal | None
    per: str | None


class BulkPrice(TypedDict):
    """The price of one from a number of pieces on; no upper bound is null."""

    min_quantity: int | None
    max_quantity: int | None
    currency: str
    amount: Decimal | None


class ExternalRating(TypedDict):
    """Sales and rating that the market attests from another one, with the text it shows; the scale is the other's."""

    market: str
    sales: int | None
    rating: float | None
    text: str


class Listing(TypedDict):
    """An offer, on its own page or in a list. `category_path` is from root to leaf; `units_sold_hi` the most that a
    coarse counter may stand for."""

    listing_id: str | None
    title: str | None
    vendor_name: str | None
    vendor_id: str | None
    category_path: list[str] | None
    category_id: str | None
    price_amount: Decimal | None
    price_currency: str | None
    price_unit: str | None
    minimum_order: Decimal | None
    price_text: str | None
    price_quotes: list[Quote] | None
    ships_from: str | None
    ships_to: list[str] | None
    payment: str | None
    escrow: bool | None
    product_class: str | None
    quantity_left: int | None
    units_sold: int | None
    units_sold_hi: int | None
    sold_since: date | None
    views: int | None
    is_sticky: bool | None
    shipping_options: list[ShippingOption] | None
    bulk_prices: list[BulkPrice] | None
    description: str | None


class Vendor(TypedDict):
    """What a page says of a vendor. `sales_hi` is the most that a coarse counter may stand for; tables of counts are
    lists of rows."""

    vendor_name: str | None
    vendor_id: str | None
    sales: int | None
    sales_hi: int | None
    rating: float | None
    rating_count: int | None
    vendor_level: int | None
    trust_level: int | None
    member_since: date | None
    last_active: date | None
    is_banned: bool | None
    finalize_early: bool | None
    external_ratings: list[ExternalRating] | None
    rating_buckets: list[list[int]] | None
    feedback_counts: list[list[int]] | None
    feedback_not_shown: int | None
    pgp_fingerprint: str | None
    pgp_key: str | None
    profile_text: str | None


class Feedback(TypedDict):
    """A row of a list of feedback: `position` in the list shown (from 1), `list_offset` rows before it. `dated_lo` and
    `dated_hi` bound its moment; `price_exact` is false for rounded prices and where there is none."""

    vendor_name: str | None
    listing_id: str | None
    listing_title: str | None
    position: int | None
    list_offset: int | None
    list_name: str | None
    rating: float | None
    comment: str | None
    buyer_masked: str | None
    price_amount: Decimal | None
    price_currency: str | None
    price_text: str | None
    price_exact: bool | None
    age_text: str | None
    dated_at: datetime | None
    dated_lo: datetime | None
    dated_hi: datetime | None


class Counter(TypedDict):
    """A number that the market states of itself: offers of a category (`depth` from 0), or of a list as a whole."""

    counter: str
    category_id: str | None
    category: str | None
    depth: int | None
    value: int


LISTING = cast("Listing", dict.fromkeys(Listing.__annotations__))
VENDOR = cast("Vendor", dict.fromkeys(Vendor.__annotations__))
FEEDBACK = cast("Feedback", dict.fromkeys(Feedback.__annotations__))
