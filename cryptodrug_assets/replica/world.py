"""The synthetic worlds: facts (facts.py) over the study's months, from a profile and a seed.

Rules that make the truth exactly recoverable from month-end captures: an offer is live for whole months; sales happen
only on live offers, never in the first hour or the last two hours of a month; every sale leaves feedback.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from cryptodrug_assets.months import month_after, month_start
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica import vocabulary as words
from cryptodrug_assets.replica.draws import draw_listing, draw_vendors, market_months, quota
from cryptodrug_assets.replica.facts import Listing, MarketWorld, Sale, Vendor, World
from cryptodrug_assets.replica.profiles import MarketProfile, market_number, profile_named, replicated
from cryptodrug_assets.replica.study import study_market


@lru_cache(maxsize=4)
def make_world(profile: str, seed: int) -> World:
    """The world of a profile and a seed; the same arguments give the same world.

    It holds the markets that have a replica; UserError when none has.
    """
    chosen = profile_named(profile)
    markets = replicated()
    if not markets:
        raise UserError("no market of data_contracts/markets has a replica: there is no synthetic world to make")
    made = study_market if chosen.calibrated else _market
    return World(chosen, seed, {market: made(market, chosen.markets[market], seed) for market in markets})


def _market(market: str, profile: MarketProfile, seed: int) -> MarketWorld:
    rng = np.random.default_rng([seed, market_number(market)])
    months = market_months(market)
    vendors = draw_vendors(market, profile, rng)
    listings = _listings(market, profile, vendors, months, rng)
    sales = _sales(profile, vendors, listings, months, rng)
    return MarketWorld(market, months, tuple(vendors), tuple(listings), tuple(sales))


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


def _sales(
    profile: MarketProfile,
    vendors: Sequence[Vendor],
    listings: Sequence[Listing],
    months: tuple[str, ...],
    rng: np.random.Generator,
) -> list[Sale]:
    weights = rng.pareto(profile.tail, len(listings)) + 0.2
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
