"""The synthetic markets as facts: vendors, offers and sales over the study's months, from a profile and a seed.

It knows no page layout and no parser. Truth is what stands here; pages, archives and tables are made from it.

Rules that make the truth exactly recoverable from month-end captures: an offer is live for whole months; sales happen
only on live offers, never in the first hour or the last two hours of a month; every sale leaves feedback.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache

import numpy as np

from cryptodrug_assets.observation import MARKETS, market_configs, month_after, month_start
from cryptodrug_assets.replica import vocabulary as words
from cryptodrug_assets.replica.profiles import MarketProfile, Profile, profile_named


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


@lru_cache(maxsize=4)
def make_world(profile: str, seed: int) -> World:
    """The world of a profile and a seed; the same arguments give the same world."""
    chosen = profile_named(profile)
    if chosen.calibrated:
        from cryptodrug_assets.replica.study import study_market as made
    else:
        made = _market
    return World(chosen, seed, {market: made(market, chosen.markets[market], seed) for market in MARKETS})


def _until(sales: list[Sale], moment: datetime) -> list[Sale]:
    return sales[: bisect_right(sales, moment, key=lambda sale: sale.at)]


def market_months(market: str) -> tuple[str, ...]:
    """The months a market is observed in."""
    window = market_configs()[market].window
    last = window.end or datetime.now(UTC).strftime("%Y-%m")
    months = [window.start]
    while months[-1] < last:
        months.append(month_after(months[-1]))
    return tuple(months)


def _market(market: str, profile: MarketProfile, seed: int) -> MarketWorld:
    rng = np.random.default_rng([seed, MARKETS.index(market)])
    months = market_months(market)
    vendors = draw_vendors(market, profile, rng)
    listings = _listings(market, profile, vendors, months, rng)
    sales = _sales(profile, vendors, listings, months, rng)
    return MarketWorld(market, months, tuple(vendors), tuple(listings), tuple(sales))


def quota(shares: dict[str, float], total: int) -> list[str]:
    """Keys repeated by integer quota (largest remainder), so that small worlds keep their order of shares."""
    exact = {key: share * total / sum(shares.values()) for key, share in shares.items()}
    counts = {key: int(value) for key, value in exact.items()}
    rest = sorted(exact, key=lambda key: (counts[key] - exact[key], key))
    for key in rest[: total - sum(counts.values())]:
        counts[key] += 1
    return [key for key, count in counts.items() for _ in range(count)]


def draw_vendors(market: str, profile: MarketProfile, rng: np.random.Generator) -> list[Vendor]:
    """The vendors of a market, Belgian ones first, numbered in this order."""
    abroad = quota({code: share for code, (_, share) in words.COUNTRIES.items()}, profile.vendors - profile.belgian)
    origins: list[tuple[str, ...]] = [(code,) for code in abroad]
    # A tenth of the others and the stated number of Belgians send from two places.
    for index in range(0, len(origins), 10):
        if origins[index][0] not in ("", "NL"):
            origins[index] = (*origins[index], "NL")
    belgian: list[tuple[str, ...]] = [("BE",)] * profile.belgian
    for index in range(profile.belgian_multi):
        belgian[index] = ("BE", "NL") if index < profile.belgian_with_nl else ("BE", "DE")
    origins = belgian + [origins[i] for i in rng.permutation(len(origins))]
    numbers = rng.permutation(profile.vendors)
    vendors = []
    for index, places in enumerate(origins):
        joined = date(2017, 1, 15) + timedelta(days=int(rng.integers(0, 500)))
        if market == "empire":
            joined = date(2018, 9, 1) + timedelta(days=int(rng.integers(0, 200)))
        external: tuple[tuple[str, int, float], ...] = ()
        if market == "empire" and index % 4 == 0:
            external = (("Dream", int(rng.integers(20, 900)), round(float(rng.uniform(4.5, 5)), 2)),)
        elif market == "dream" and index % 5 == 0:
            external = (("alphabay", int(rng.integers(20, 900)), 0.0),)
        vendors.append(
            Vendor(
                number=index,
                name=words.vendor_name(int(numbers[index]) + 7 * MARKETS.index(market), market),
                account_id=100_000 + 37 * int(numbers[index]),
                origins=places,
                joined=joined,
                level=int(rng.integers(1, 10)),
                trust=int(rng.integers(1, 8)),
                finalize_early=bool(rng.random() < 0.2),
                banned=index == profile.vendors - 1,
                profile=words.PROFILES[index % len(words.PROFILES)],
                key=None if index % 6 == 5 else index + 100 * MARKETS.index(market),
                external=external,
                earlier_sales=int(rng.integers(0, 60)) if index % 3 else int(rng.integers(0, 4000)),
            )
        )
    return vendors


def _listings(
    market: str, profile: MarketProfile, vendors: Sequence[Vendor], months: tuple[str, ...], rng: np.random.Generator
) -> list[Listing]:
    drugs = profile.listings - profile.other_goods
    per_vendor = np.maximum(1, rng.multinomial(drugs - len(vendors), np.full(len(vendors), 1 / len(vendors))) + 1)
    belgian_total = int(sum(per_vendor[v.number] for v in vendors if v.origins[0] == "BE"))
    world = quota(words.WORLD_MIX, int(per_vendor.sum()) - belgian_total)
    classes = {
        True: iter([quota(words.BELGIAN_MIX[market], belgian_total)[i] for i in rng.permutation(belgian_total)]),
        False: iter([world[i] for i in rng.permutation(len(world))]),
    }
    listings: list[Listing] = []
    for vendor in vendors:
        for position in range(int(per_vendor[vendor.number])):
            drug_class = next(classes[vendor.origins[0] == "BE"])
            choices = [product for product in words.PRODUCTS if product.drug_class == drug_class]
            product = choices[int(rng.integers(len(choices)))]
            listings.append(draw_listing(market, len(listings), vendor, position, product, months, rng))
    for index in range(profile.other_goods):
        vendor = vendors[int(rng.integers(len(vendors)))]
        product = words.OTHER_GOODS[index % len(words.OTHER_GOODS)]
        listings.append(draw_listing(market, len(listings), vendor, 1, product, months, rng))
    return listings


def draw_listing(
    market: str,
    number: int,
    vendor: Vendor,
    position: int,
    product: words.Product,
    months: tuple[str, ...],
    rng: np.random.Generator,
) -> Listing:
    """An offer of the vendor; `position` counts the vendor's offers and turns through its origins."""
    # Every vendor's first offers stay the whole window, one per origin, so that no month is without them.
    first, last = 0, len(months) - 1
    if position >= len(vendor.origins) and product.drug_class != "not_a_drug":
        first = int(rng.integers(0, len(months))) if rng.random() < 0.5 else 0
        last = int(rng.integers(first, len(months))) if rng.random() < 0.5 else len(months) - 1
    origin = vendor.origins[position % len(vendor.origins)]
    size = product.sizes[int(rng.integers(len(product.sizes)))]
    euros = max(2.0, product.price * size * (size / product.sizes[0]) ** -0.12 * float(rng.lognormal(0, 0.15)))
    currency = _currency(market, origin, rng)
    digital = product.dream[1][0] == "Digital Goods"
    ships_to, excluded = _destinations(market, origin, vendor.number, position, rng)
    name = product.names[int(rng.integers(len(product.names)))]
    category_id, category = {
        "dream": product.dream,
        "empire": product.empire,
        "wall_street": (0, product.wall_street),
    }[market]
    cents = Decimal("0.01")
    price = Decimal(str(round(euros, 2))).quantize(cents)
    bulk: tuple[tuple[int, int | None, Decimal], ...] = ()
    if number % 7 == 3:
        bulk = ((5, 9, (price * Decimal("0.95")).quantize(cents)), (10, None, (price * Decimal("0.9")).quantize(cents)))
    listing_id = {
        "dream": f"{600000 + 97 * number}.{100000 + (7919 * number) % 900000}",
        "wall_street": str(210000 + 13 * number),
        "empire": str(35000 + 17 * number),
    }[market]
    return Listing(
        number=number,
        listing_id=listing_id,
        vendor=vendor.number,
        title=listing_title(name, product.unit, size, digital, number),
        drug_class=product.drug_class,
        category_id=category_id,
        category=category,
        origin=origin,
        ships_to=ships_to,
        excluded=excluded,
        price=price,
        currency=currency,
        first_month=months[first],
        last_month=months[last],
        quantity_left=None if number % 3 == 0 else int(rng.integers(1, 500)),
        views=int(rng.integers(10, 20000)),
        earlier_sold=int(rng.integers(0, 300)),
        escrow=not vendor.finalize_early,
        digital=digital,
        sticky=number % 41 == 5,
        shipping=(("standard letter - untracked", 5, Decimal("3.00")), ("priority", 2, Decimal("8.50")))[
            : 1 + number % 2
        ],
        bulk=bulk,
        description=words.DESCRIPTIONS[number % len(words.DESCRIPTIONS)],
    )


def listing_title(name: str, unit: str, size: float, digital: bool, number: int) -> str:
    """A title in one of the usual styles."""
    if digital or (unit == "unit" and size == 1):
        return name
    amount = f"{size:g}"
    label = {"g": "g", "ml": "ml", "unit": "x"}[unit]
    if unit == "unit":
        return f"{amount}x {name}" if number % 2 else f"{name} | {amount} pieces"
    return (f"{amount}{label} {name}", f"{name} - {amount} {label}", f"{amount} {label} {name} \u2605 & escrow")[
        number % 3
    ]


def _currency(market: str, origin: str, rng: np.random.Generator) -> str:
    if market in ("dream", "wall_street"):
        return "EUR"
    return {"US": "USD", "GB": "GBP", "AU": "AUD", "CA": "CAD"}.get(origin, "EUR" if rng.random() < 0.7 else "USD")


def _destinations(
    market: str, origin: str, vendor: int, position: int, rng: np.random.Generator
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    home = words.NAMES[origin] if origin else "Worldwide"
    world = "World Wide" if market == "empire" else "Worldwide"
    draw = rng.random()
    if market == "wall_street" and (vendor % 5 == 0 or vendor < 2):
        return (world,), (("United States", "Australia") if position % 2 else ("Netherlands", "United Kingdom"))
    if draw < 0.5:
        return (world,), ()
    if draw < 0.75:
        return ("Europe",), ()
    if draw < 0.85 and market == "empire":
        return tuple(dict.fromkeys(("Austria", "Belgium", "Finland", "France", home))), ()
    return ((home,) if origin else (world,)), ()


def _sales(
    profile: MarketProfile,
    vendors: Sequence[Vendor],
    listings: Sequence[Listing],
    months: tuple[str, ...],
    rng: np.random.Generator,
) -> list[Sale]:
    weights = rng.pareto(1.6, len(listings)) + 0.2
    sales: list[Sale] = []
    for index, month in enumerate(months):
        live = [item for item in listings if item.first_month <= month <= item.last_month]
        total = int(profile.sales * (1 + profile.growth) ** index)
        share = np.array([weights[item.number] * (0.15 if not item.is_drug else 1.0) for item in live])
        counts = rng.multinomial(total, share / share.sum())
        # Belgian offers that carry the cell's figures are never without a sale.
        for place, item in enumerate(live):
            if (
                vendors[item.vendor].origins[0] == "BE"
                and item.first_month == months[0]
                and item.last_month == months[-1]
            ):
                counts[place] = max(counts[place], 1 + index % 2)
        counts = np.minimum(counts, profile.most_per_listing)
        begin = datetime.combine(month_start(month), datetime.min.time(), UTC) + timedelta(hours=1)
        end = datetime.combine(month_start(month_after(month)), datetime.min.time(), UTC) - timedelta(hours=2)
        seconds = int((end - begin).total_seconds())
        for place, item in enumerate(live):
            for _ in range(int(counts[place])):
                at = begin + timedelta(seconds=int(rng.integers(0, seconds)))
                sales.append(_sale(item, at, rng))
    return sorted(sales, key=lambda sale: (sale.at, sale.listing, sale.buyer))


def _sale(listing: Listing, at: datetime, rng: np.random.Generator) -> Sale:
    draw = rng.random()
    rating = 5 if draw < 0.93 else 3 if draw < 0.96 else 1
    comments = words.COMMENTS if rating > 1 else words.BAD_COMMENTS
    comment = "" if rng.random() < 0.3 else comments[int(rng.integers(len(comments)))]
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    buyer = letters[int(rng.integers(62))] + letters[int(rng.integers(62))]
    amount = 1 if rng.random() < 0.8 else int(rng.integers(2, 4))
    unit = listing.price
    for least, most, price in listing.bulk:
        if least <= amount and (most is None or amount <= most):
            unit = price
    return Sale(listing.number, at, rating, comment, buyer, unit * amount, listing.currency)
