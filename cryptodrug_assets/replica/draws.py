"""Draws of vendors and offers, as the small worlds and the study's size share them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np

from cryptodrug_assets.months import months_from
from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.replica import vocabulary as words
from cryptodrug_assets.replica.facts import Listing, Vendor
from cryptodrug_assets.replica.profiles import MarketProfile, market_number


def market_months(market: str) -> tuple[str, ...]:
    """The months a market is observed in."""
    window = market_configs()[market].window
    last = window.end or datetime.now(UTC).strftime("%Y-%m")
    return tuple(months_from(window.start, last))


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
                name=words.vendor_name(int(numbers[index]) + 7 * market_number(market), market),
                account_id=100_000 + 37 * int(numbers[index]),
                origins=places,
                joined=joined,
                level=int(rng.integers(1, 10)),
                trust=int(rng.integers(1, 8)),
                finalize_early=bool(rng.random() < 0.2),
                banned=index == profile.vendors - 1,
                profile=words.PROFILES[index % len(words.PROFILES)],
                key=None if index % 6 == 5 else index + 100 * market_number(market),
                external=external,
                earlier_sales=int(rng.integers(0, 60)) if index % 3 else int(rng.integers(0, 4000)),
            )
        )
    return vendors


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
