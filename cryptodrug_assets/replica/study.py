"""The study world: full size, calibrated so that its true indicators meet the published figures of the study.

Quotas, not draws, decide what the figures rest on (vendors, origins, classes, monthly sales, sizes of Belgian sales);
the seed decides who, which and when. Belgian sales on Empire follow a lognormal of euros cut to [5, 973] whose mean is
75, whose part above 200 is 30 % of revenue, with more than 90 % of sales below 200 (docs/replica.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from cryptodrug_assets.months import month_after, month_start
from cryptodrug_assets.replica import vocabulary as words
from cryptodrug_assets.replica.draws import draw_listing, draw_vendors, listing_title, market_months, quota
from cryptodrug_assets.replica.facts import Listing, MarketWorld, Sale, Vendor
from cryptodrug_assets.replica.profiles import MarketProfile, market_number

_MU, _SIGMA, _LEAST, _MOST = 3.832, 0.991, 5.0, 973.0
# The day Dream announced its end; Wall Street's sales per day are this much higher from then on.
_EVENT, _JUMP = datetime(2019, 3, 26, tzinfo=UTC), 1.9
_MOST_PER_VENDOR = 280
_RARE = ("methamphetamine", "other_opioids", "nps", "medicines_other", "steroids")


@dataclass(frozen=True)
class _Rules:
    """Belgian sales in the first month and their growth; vendors (by number) that entered by each month, and moves."""

    belgian_sales: int
    belgian_growth: float
    belgian_entered: tuple[int, ...]
    to_belgium: tuple[int, ...] = ()
    from_belgium: tuple[int, ...] = ()


_RULES = {
    "dream": _Rules(304, 0.05, (17, 18, 19, 20, 20), to_belgium=(0,)),
    "wall_street": _Rules(190, 0.06, (17, 17, 18, 18, 19, 24), to_belgium=(0, 1, 2), from_belgium=(5,)),
    "empire": _Rules(450, 0.03, (10, 10, 11, 11, 12, 12, 13, 13)),
}
# Numbers of Wall Street's Belgian vendors that came from Dream, and of the Dream vendors they were: three with name and
# key, one with the name only, one who uses another's name with a key of his own.
_MIGRANTS = {19: (9, "key"), 20: (10, "key"), 21: (12, "key"), 22: (13, "name"), 23: (14, "other")}
_MOVE_MONTH = 2


def study_market(market: str, profile: MarketProfile, seed: int) -> MarketWorld:
    """One market of the study world."""
    rng = np.random.default_rng([seed, market_number(market), 2018])
    months = market_months(market)
    vendors = _vendors(market, profile, seed, rng)
    listings = _listings(market, profile, vendors, months, rng)
    sales = _Sales(market, profile, vendors, listings, months, rng)
    made = sales.make()
    return MarketWorld(market, months, tuple(vendors), tuple(sales.listings), tuple(made))


def _vendors(market: str, profile: MarketProfile, seed: int, rng: np.random.Generator) -> list[Vendor]:
    vendors = draw_vendors(market, profile, rng)
    # A hundred keys of the pool for each market, so that only migrants share one.
    first = 100 * market_number(market)
    keys = [
        first + number if number < min(100, 260 - first) and number % 6 != 5 else None for number in range(len(vendors))
    ]
    vendors = [replace(vendor, key=key) for vendor, key in zip(vendors, keys, strict=True)]
    if market != "wall_street":
        return vendors
    from cryptodrug_assets.replica.profiles import profile_named

    dream_profile = profile_named("study").markets["dream"]
    dream = _vendors("dream", dream_profile, seed, np.random.default_rng([seed, market_number("dream"), 2018]))
    for number, (origin, how) in _MIGRANTS.items():
        own = {"key": dream[origin].key, "name": None, "other": 100 + number}[how]
        vendors[number] = replace(vendors[number], name=dream[origin].name, key=own)
    # Three in ten of the others were on Dream as well.
    for number in range(profile.belgian, profile.vendors, 10):
        for other in range(number, min(number + 3, profile.vendors)):
            if other < len(dream):
                vendors[other] = replace(vendors[other], name=dream[other].name, key=dream[other].key)
    return vendors


def _windows(
    market: str, vendors: Sequence[Vendor], months: tuple[str, ...], belgian: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """First and last month (positions) of every vendor."""
    last = len(months) - 1
    windows = np.zeros((len(vendors), 2), dtype=np.int64)
    windows[:, 1] = last
    entered = _RULES[market].belgian_entered
    for number in range(belgian):
        windows[number, 0] = next(place for place, count in enumerate(entered) if number < count)
    others = np.arange(belgian, len(vendors))
    late = others[rng.random(len(others)) < 0.25]
    windows[late, 0] = rng.integers(0, last + 1, len(late))
    early = others[rng.random(len(others)) < 0.15]
    windows[early, 1] = np.maximum(windows[early, 0], rng.integers(0, last + 1, len(early)))
    if market == "wall_street":
        # After Dream's notice vendors came who had not been there before.
        fresh = others[rng.random(len(others)) < 0.12]
        windows[fresh] = (last, last)
    return windows


def _listings(
    market: str, profile: MarketProfile, vendors: list[Vendor], months: tuple[str, ...], rng: np.random.Generator
) -> list[Listing]:
    windows = _windows(market, vendors, months, profile.belgian, rng)
    drugs = profile.listings - profile.other_goods
    counts = rng.multinomial(drugs - 4 * len(vendors), np.full(len(vendors), 1 / len(vendors))) + 4
    counts[: profile.belgian] = np.maximum(counts[: profile.belgian], 8)
    places = [(vendor, position) for vendor in vendors for position in range(int(counts[vendor.number]))]
    spans, belgian = [], []
    rules = _RULES[market]
    for index, (vendor, position) in enumerate(places):
        first, last = (int(value) for value in windows[vendor.number])
        origin = vendor.origins[position % len(vendor.origins)]
        if vendor.number in rules.to_belgium:
            first, last = (_MOVE_MONTH, last) if origin == "BE" else (0, _MOVE_MONTH - 1)
        elif vendor.number in rules.from_belgium:
            first, last = (0, _MOVE_MONTH) if origin == "BE" else (_MOVE_MONTH + 1, last)
        elif vendor.number >= profile.belgian and last > first and rng.random() < 0.3:
            first = int(rng.integers(first, last + 1))
        spans.append((first, last))
        if origin == "BE":
            belgian.append(index)
    classes: dict[int, str] = {}
    ordered = sorted(belgian, key=lambda index: (spans[index], index))
    classes.update(zip(ordered, _spread(belgian_mix(market), len(ordered)), strict=True))
    rest = [index for index in range(len(places)) if index not in classes]
    world = quota(words.WORLD_MIX, len(rest))
    classes.update({index: world[turn] for index, turn in zip(rest, rng.permutation(len(rest)), strict=True)})
    products: dict[str, list[words.Product]] = {}
    for product in words.PRODUCTS:
        products.setdefault(product.drug_class, []).append(product)
    listings: list[Listing] = []
    for index, (vendor, position) in enumerate(places):
        chosen = products[classes[index]]
        product = chosen[int(rng.integers(len(chosen)))]
        first, last = spans[index]
        drawn = draw_listing(market, len(listings), vendor, position, product, months, rng)
        listings.append(replace(drawn, first_month=months[first], last_month=months[last], bulk=()))
    for number in range(profile.other_goods):
        vendor = vendors[profile.belgian + number % (profile.vendors - profile.belgian)]
        goods = words.OTHER_GOODS[number % len(words.OTHER_GOODS)]
        first, last = (int(value) for value in windows[vendor.number])
        drawn = draw_listing(market, len(listings), vendor, number, goods, months, rng)
        listings.append(replace(drawn, first_month=months[first], last_month=months[last], bulk=()))
    return listings


def belgian_mix(market: str) -> dict[str, float]:
    """Shares of classes in Belgian supply; on Dream and Wall Street every class is present."""
    mix = dict(words.BELGIAN_MIX[market])
    if market != "empire":
        mix |= dict.fromkeys(_RARE, 0.012)
    return mix


def _spread(mix: dict[str, float], total: int) -> list[str]:
    """Classes by integer quota, each evenly spread over the sequence, so that any part of it has about the same mix."""
    counts: dict[str, int] = {}
    for name in quota(mix, total):
        counts[name] = counts.get(name, 0) + 1
    places = [((turn + 0.5) / count, name) for name, count in counts.items() for turn in range(count)]
    return [name for _, name in sorted(places)]


def sizes(count: int) -> NDArray[np.float64]:
    """`count` quantiles of the calibrated lognormal, ascending, in euros to the cent."""
    low, high = (ndtr((np.log(bound) - _MU) / _SIGMA) for bound in (_LEAST, _MOST))
    middle = (np.arange(count) + 0.5) / count
    euros: NDArray[np.float64] = np.round(np.exp(_MU + _SIGMA * ndtri(low + middle * (high - low))), 2)
    return euros


class _Sales:
    """Sales of a market: how many of which offer in which month, then when, for how much and what was said."""

    def __init__(
        self,
        market: str,
        profile: MarketProfile,
        vendors: list[Vendor],
        listings: list[Listing],
        months: tuple[str, ...],
        rng: np.random.Generator,
    ) -> None:
        self.market, self.profile, self.months, self.rng = market, profile, months, rng
        self.listings = listings
        pull = rng.lognormal(0, 0.9, len(vendors))
        self.weights = rng.lognormal(0, 0.8, len(listings)) * pull[[item.vendor for item in listings]]
        self.weights[[not item.is_drug for item in listings]] *= 0.2
        self.sellers = np.array([item.vendor for item in listings])
        # A fixed place of every offer among those of its class, from the smallest to the largest.
        self.tier = rng.random(len(listings))

    def make(self) -> list[Sale]:
        chosen: list[NDArray[np.int64]] = []
        prices: list[NDArray[np.int64]] = []
        moments: list[NDArray[np.int64]] = []
        rules = _RULES[self.market]
        for place, month in enumerate(self.months):
            live = np.array([item.number for item in self.listings if item.first_month <= month <= item.last_month])
            here = np.array([self.listings[number].origin == "BE" for number in live])
            lift = self._lift(month)
            belgian = self._belgian(live[here], round(rules.belgian_sales * (1 + rules.belgian_growth) ** place * lift))
            total = round(self.profile.sales * (1 + self.profile.growth) ** place * lift)
            others = self._others(live[~here], total - len(belgian))
            fixed = np.zeros(len(belgian), dtype=np.int64)
            if self.market == "empire":
                fixed = np.round(sizes(len(belgian)) * 100).astype(np.int64)
                if place == len(self.months) - 1:
                    fixed[-1] = round(_MOST * 100)
            numbers = np.concatenate([belgian, others])
            chosen.append(numbers)
            prices.append(np.concatenate([fixed, np.zeros(len(others), dtype=np.int64)]))
            moments.append(self._moments(month, len(numbers)))
        numbers, cents = np.concatenate(chosen), np.concatenate(prices)
        self._price_belgian(numbers, cents)
        return self._build(numbers, cents, np.concatenate(moments))

    def _lift(self, month: str) -> float:
        """How much more is sold in the month because of the event."""
        if self.market != "wall_street" or month < "2019-03":
            return 1.0
        if month > "2019-03":
            return _JUMP
        return 1 + (_JUMP - 1) * 6 / 31

    def _belgian(self, live: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """Offers sold, in the order in which sizes are dealt: every class evenly from small to large."""
        present: dict[str, list[int]] = {}
        for number in live:
            present.setdefault(self.listings[number].drug_class, []).append(int(number))
        mix = {name: share for name, share in belgian_mix(self.market).items() if name in present}
        dealt: list[tuple[float, str, int]] = []
        names = quota(mix, count)
        for name in mix:
            offers = np.array(present[name])
            weights = self.weights[offers]
            drawn = self.rng.choice(offers, size=names.count(name), p=weights / weights.sum())
            drawn = drawn[np.argsort(self.tier[drawn], kind="stable")]
            dealt += [((turn + 0.5) / len(drawn), name, int(number)) for turn, number in enumerate(drawn)]
        return np.array([number for _, _, number in sorted(dealt)], dtype=np.int64)

    def _others(self, live: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        weights = self.weights[live]
        counts = np.minimum(self.rng.multinomial(count, weights / weights.sum()), self.profile.most_per_listing)
        # No vendor sells more in a month than a page of ratings holds.
        sold = np.bincount(self.sellers[live], weights=counts)
        scale = np.minimum(1.0, _MOST_PER_VENDOR / np.maximum(sold, 1))
        counts = np.floor(counts * scale[self.sellers[live]]).astype(np.int64)
        return np.repeat(live, counts)

    def _moments(self, month: str, count: int) -> NDArray[np.int64]:
        """Seconds since 1970, never in the first hour or the last two hours of the month."""
        begin = int(datetime.combine(month_start(month), datetime.min.time(), UTC).timestamp()) + 3600
        end = int(datetime.combine(month_start(month_after(month)), datetime.min.time(), UTC).timestamp()) - 7200
        event = int(_EVENT.timestamp())
        if self.market != "wall_street" or not begin < event < end:
            return self.rng.integers(begin, end, count)
        before, after = event - begin, (end - event) * _JUMP
        later = self.rng.random(count) < after / (before + after)
        return np.where(later, self.rng.integers(event, end, count), self.rng.integers(begin, event, count))

    def _price_belgian(self, numbers: NDArray[np.int64], cents: NDArray[np.int64]) -> None:
        """Belgian offers on Empire cost what they were usually sold for, and hold an amount that fits the price."""
        if self.market != "empire":
            return
        usual = sizes(1000)
        for item in [item for item in self.listings if item.origin == "BE"]:
            paid = np.sort(cents[numbers == item.number])
            price = (
                Decimal(int(paid[len(paid) // 2])) / 100
                if len(paid)
                else Decimal(str(usual[int(self.tier[item.number] * 1000)]))
            )
            product = next(
                product
                for product in words.PRODUCTS
                if product.drug_class == item.drug_class and product.empire[0] == item.category_id
            )
            size = min(product.sizes, key=lambda amount: abs(float(price) - product.price * amount))
            name = product.names[item.number % len(product.names)]
            title = listing_title(name, product.unit, size, item.digital, item.number)
            self.listings[item.number] = replace(
                item, price=price.quantize(Decimal("0.01")), currency="EUR", title=title
            )

    def _build(self, numbers: NDArray[np.int64], cents: NDArray[np.int64], moments: NDArray[np.int64]) -> list[Sale]:
        rng, count = self.rng, len(numbers)
        order = np.lexsort((numbers, moments))
        rating = rng.choice(np.array([5, 3, 1]), size=count, p=[0.93, 0.03, 0.04])
        comment = rng.integers(0, 1000, count)
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        buyer = rng.integers(0, 62, (count, 2))
        amount = np.where(rng.random(count) < 0.8, 1, rng.integers(2, 4, count))
        start = datetime(1970, 1, 1, tzinfo=UTC)
        # Plain lists and shared prices: there is near a million of these.
        columns = (numbers, cents, moments, rating, comment, buyer[:, 0], buyer[:, 1], amount)
        prices: dict[tuple[int, int], Decimal] = {}
        sales = []
        for number, fixed, moment, stars, said, first, second, pieces in zip(
            *(column[order].tolist() for column in columns), strict=True
        ):
            item = self.listings[number]
            if (number, pieces) not in prices:
                prices[number, pieces] = item.price * pieces
            said_of = words.COMMENTS if stars > 1 else words.BAD_COMMENTS
            sales.append(
                Sale(
                    number,
                    start + timedelta(seconds=moment),
                    stars,
                    "" if said < 300 else said_of[said % len(said_of)],
                    letters[first] + letters[second],
                    Decimal(fixed) / 100 if fixed else prices[number, pieces],
                    item.currency,
                )
            )
        return sales
