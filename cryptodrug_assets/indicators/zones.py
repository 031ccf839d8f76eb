"""Where the offers of an origin are offered to, by zone: for the restricted bulletin, with the rules it is hidden by.

RT01 counts each destination (families/shipping.py) and stays internal. Here destinations are zones, and what is told is
the share of an origin's live offers with a stated destination that name the zone; an offer that names several counts in
each. Counts are not told: with them the shares over the window would tell hidden months (decision 0043).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from cryptodrug_assets.indicators.disclosure.few_vendors import LEAST_FOR_PROPORTION
from cryptodrug_assets.indicators.places import EU28, EUROPE
from cryptodrug_assets.indicators.rows import LEAST_VENDORS, UNKNOWN, add_up, around, by_country, drugs
from cryptodrug_assets.indicators.statistics.pooled_variance import Pool
from cryptodrug_assets.reference.regions import REGION_COUNTRIES

#: The origin's own country, the rest of the Union (of 28), the rest of Europe, everything beyond, `WW` included.
ZONES = ("domestic", "eu", "europe", "world")
#: Origins that are told together: the other countries of the Union, and all others.
OTHER_EU, REST = "EU_OTHER", "REST"
_PATTERN = "pattern"
_DIGITS = 3


@dataclass(frozen=True)
class ZoneShare:
    """Share of an origin's offers that name a zone, to three decimals, with its interval; without a value where it may
    not be told, whether there are few vendors or none."""

    origin: str
    zone: str
    value: float | None
    lower: float | None
    upper: float | None


def group_of(country: str, countries: Collection[str]) -> str:
    """The origin as it is told: itself where it is one of `countries`, else its group.

    >>> group_of("BE", ("BE", "NL")), group_of("PL", ("BE", "NL")), group_of("US", ("BE", "NL"))
    ('BE', 'EU_OTHER', 'REST')
    """
    if country in countries:
        return country
    return OTHER_EU if country in REGION_COUNTRIES["EU"] else REST


def zone_shares(listings: pl.DataFrame, *, countries: Collection[str], reach_open: Collection[str]) -> list[ZoneShare]:
    """Shares by origin and zone of one market-month, each of `countries` and the two groups, every zone of each.

    `listings`: clean.listings of the market-month. `reach_open`: the origins whose RT04 of the month is public; the
    origin of a country is told only where it is one of them, and a group only where its members that are none are safe
    together, too. Safe: ten vendors, and three behind every combination of zones that an offer names; then whatever
    follows from shares, reach and totals together is of three vendors at least.
    """
    offers = _with_zones(listings)
    pools = _pools(offers)
    told: list[ZoneShare] = []
    for origin in (*countries, OTHER_EU, REST):
        own = _of(offers, origin, countries)
        closed = own.filter(~pl.col("country").is_in(list(reach_open)))
        of_closed = not closed.is_empty() and (origin in countries or not _is_safe(closed))
        hidden = of_closed or not _is_safe(own)
        told += _shares(origin, own, pools, hidden=hidden)
    return told


def _with_zones(listings: pl.DataFrame) -> pl.DataFrame:
    """vendor_key, country, weight, each zone and their combination, of every offer from a known origin that says where
    to; an offer of several origins stands in each with its part."""
    offers = drugs(listings).select("vendor_key", "drug_class", "origins", "n_origins", "destinations")
    placed = by_country(offers).filter(pl.col("country") != UNKNOWN, pl.col("destinations").list.len() > 0)
    to, home = pl.col("destinations"), pl.concat_list("country")
    abroad = to.list.set_difference(home)
    beyond_union = abroad.list.set_difference(pl.lit(sorted(EU28)))
    beyond = abroad.list.set_difference(pl.lit(sorted(EUROPE)))
    zones = {
        "domestic": to.list.set_intersection(home).list.len() > 0,
        "eu": abroad.list.set_intersection(pl.lit(sorted(EU28))).list.len() > 0,
        "europe": beyond_union.list.set_intersection(pl.lit(sorted(EUROPE))).list.len() > 0,
        "world": beyond.list.len() > 0,
    }
    made = placed.with_columns(weight=1.0 / pl.col("n_origins").clip(1), **zones)
    return made.select(
        "vendor_key", "country", "weight", *ZONES, pl.concat_str(pl.col(*ZONES).cast(pl.Int8)).alias(_PATTERN)
    )


def _of(offers: pl.DataFrame, origin: str, countries: Collection[str]) -> pl.DataFrame:
    members = [name for name in offers["country"].unique() if group_of(name, countries) == origin]
    return offers.filter(pl.col("country").is_in(members))


def _is_safe(offers: pl.DataFrame) -> bool:
    if offers["vendor_key"].n_unique() < LEAST_FOR_PROPORTION:
        return False
    behind = offers.group_by(_PATTERN).agg(pl.col("vendor_key").n_unique())["vendor_key"]
    return bool((behind >= LEAST_VENDORS).all())


def _by_vendor(offers: pl.DataFrame) -> pl.DataFrame:
    parts = [(pl.col("weight") * pl.col(zone)).alias(f"_{zone}") for zone in ZONES]
    named = offers.with_columns(parts).sort("weight", *(f"_{zone}" for zone in ZONES))
    return add_up(named, ["vendor_key"], *(f"_{zone}" for zone in ZONES), "weight")


def _pools(offers: pl.DataFrame) -> Mapping[str, Pool]:
    each = _by_vendor(offers)
    return {zone: Pool.of(each[f"_{zone}"].to_numpy(), each["weight"].to_numpy()) for zone in ZONES}


def _shares(origin: str, own: pl.DataFrame, pools: Mapping[str, Pool], *, hidden: bool) -> Iterator[ZoneShare]:
    vendors = _by_vendor(own)
    whole = vendors["weight"].to_numpy()
    for zone in ZONES:
        part = vendors[f"_{zone}"].to_numpy()
        if hidden:
            yield ZoneShare(origin, zone, None, None, None)
            continue
        # A fraction told to all its digits would tell what it is made of.
        value = round(float(np.sum(part) / np.sum(whole)), _DIGITS)
        low, high = around(value, pools[zone].share(part, whole))
        bounds = (None, None) if low is None or high is None else (round(low, _DIGITS), round(high, _DIGITS))
        yield ZoneShare(origin, zone, value, *bounds)
