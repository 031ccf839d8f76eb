"""The facts of a synthetic market: vendors, offers and sales, and what of them shows at a moment.

They know no page layout and no parser. Truth is what stands here; pages, archives and tables are made from it.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from cryptodrug_assets.replica.profiles import Profile, check_replica


@dataclass(frozen=True, slots=True)
class Vendor:
    """A seller's account. `origins` are ISO codes it sends from ("" undeclared); `key` numbers its PGP key, if any."""

    number: int
    name: str
    account_id: int
    origins: tuple[str, ...]
    joined: date
    level: int
    trust: int
    finalize_early: bool
    banned: bool
    profile: str
    key: int | None
    external: tuple[tuple[str, int, float], ...]
    earlier_sales: int


@dataclass(frozen=True, slots=True)
class Listing:
    """An offer, live from the first to the last month, both inclusive."""

    number: int
    listing_id: str
    vendor: int
    title: str
    drug_class: str
    category_id: int
    category: tuple[str, ...]
    origin: str
    ships_to: tuple[str, ...]
    excluded: tuple[str, ...]
    price: Decimal
    currency: str
    first_month: str
    last_month: str
    quantity_left: int | None
    views: int
    earlier_sold: int
    escrow: bool
    digital: bool
    sticky: bool
    shipping: tuple[tuple[str, int | None, Decimal], ...]
    bulk: tuple[tuple[int, int | None, Decimal], ...]
    description: str

    @property
    def is_drug(self) -> bool:
        """Whether the article is a drug."""
        return self.drug_class != "not_a_drug"


@dataclass(frozen=True, slots=True)
class Sale:
    """One sale and the feedback it left."""

    listing: int
    at: datetime
    rating: int
    comment: str
    buyer: str
    price: Decimal
    currency: str


@dataclass(frozen=True)
class MarketWorld:
    """One market over its window. Sales are in order of time."""

    name: str
    months: tuple[str, ...]
    vendors: tuple[Vendor, ...]
    listings: tuple[Listing, ...]
    sales: tuple[Sale, ...]
    _cache: dict[tuple[str, object], object] = field(default_factory=dict, repr=False, compare=False)

    def live(self, moment: datetime) -> list[Listing]:
        """Offers shown at a moment: those live in its month."""
        month = self.month_of(moment)
        key = ("live", month)
        if key not in self._cache:
            self._cache[key] = [item for item in self.listings if item.first_month <= month <= item.last_month]
        return self._cache[key]  # type: ignore[return-value]

    def is_live(self, item: Listing, moment: datetime) -> bool:
        """Whether the offer is shown at the moment."""
        return item.first_month <= self.month_of(moment) <= item.last_month

    def category_counts(self, moment: datetime) -> dict[tuple[str, ...], int]:
        """Offers shown at the moment in each category, those of its children included."""
        return {path: len(items) for path, items in self._by_category(moment).items()}

    def in_category(self, path: tuple[str, ...], moment: datetime) -> list[Listing]:
        """Offers shown at the moment in a category or its children."""
        return self._by_category(moment).get(path, [])

    def _by_category(self, moment: datetime) -> dict[tuple[str, ...], list[Listing]]:
        key = ("by_category", self.month_of(moment))
        if key not in self._cache:
            found: dict[tuple[str, ...], list[Listing]] = {}
            for item in self.live(moment):
                for depth in range(1, len(item.category) + 1):
                    found.setdefault(item.category[:depth], []).append(item)
            self._cache[key] = found
        return self._cache[key]  # type: ignore[return-value]

    def month_of(self, moment: datetime) -> str:
        """The month a moment lies in, held within the window."""
        return min(max(moment.strftime("%Y-%m"), self.months[0]), self.months[-1])

    @cached_property
    def listings_by_id(self) -> dict[str, Listing]:
        """Offers by the market's id."""
        return {item.listing_id: item for item in self.listings}

    @cached_property
    def vendors_by_name(self) -> dict[str, Vendor]:
        """Vendors by handle."""
        return {vendor.name: vendor for vendor in self.vendors}

    @cached_property
    def _sales_by_vendor(self) -> dict[int, list[Sale]]:
        found: dict[int, list[Sale]] = {vendor.number: [] for vendor in self.vendors}
        for sale in self.sales:
            found[self.listings[sale.listing].vendor].append(sale)
        return found

    @cached_property
    def _sales_by_listing(self) -> dict[int, list[Sale]]:
        found: dict[int, list[Sale]] = {item.number: [] for item in self.listings}
        for sale in self.sales:
            found[sale.listing].append(sale)
        return found

    def vendor_sales(self, vendor: Vendor, moment: datetime) -> list[Sale]:
        """The vendor's sales until the moment, oldest first."""
        return _until(self._sales_by_vendor[vendor.number], moment)

    def listing_sales(self, listing: Listing, moment: datetime) -> list[Sale]:
        """The offer's sales until the moment, oldest first."""
        return _until(self._sales_by_listing[listing.number], moment)

    def vendor_listings(self, vendor: Vendor, moment: datetime) -> list[Listing]:
        """The vendor's offers shown at the moment."""
        key = ("by_vendor", self.month_of(moment))
        if key not in self._cache:
            found: dict[int, list[Listing]] = {}
            for item in self.live(moment):
                found.setdefault(item.vendor, []).append(item)
            self._cache[key] = found
        return self._cache[key].get(vendor.number, [])  # type: ignore[attr-defined, no-any-return]


@dataclass(frozen=True)
class World:
    """All markets of one profile and seed."""

    profile: Profile
    seed: int
    markets: dict[str, MarketWorld]

    def market(self, name: str) -> MarketWorld:
        """The facts of a market; UserError when it has no replica."""
        return self.markets[check_replica(name)]


def _until(sales: list[Sale], moment: datetime) -> list[Sale]:
    return sales[: bisect_right(sales, moment, key=lambda sale: sale.at)]
