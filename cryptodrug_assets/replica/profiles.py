"""Sizes of the synthetic worlds, and which markets have a replica at all.

Numbers only; the world model turns them into vendors, offers and sales. A replica is an offer, not a duty: a market
without one is in no profile, and its pages are imported or captured live.
"""

from dataclasses import dataclass
from hashlib import blake2b

from cryptodrug_assets.observation import MARKETS, UserError, observed_cells

# Part of the seed of every draw of a market, and what sets its handles and keys apart from other markets'. The first
# replicas keep the numbers their worlds were made with; any other has one of its name, whatever markets there are.
_NUMBERS = {"dream": 0, "wall_street": 1, "empire": 2}


@dataclass(frozen=True)
class MarketProfile:
    """Size of one market: vendors (of them Belgian, Belgian with several origins, of these with NL), offers (of them no
    drugs), sales in the first month and their monthly growth, the most sales one offer may have in a month, and how
    unequal offers sell (Pareto's exponent: the larger, the more alike)."""

    vendors: int
    belgian: int
    belgian_multi: int
    belgian_with_nl: int
    listings: int
    other_goods: int
    sales: int
    growth: float
    most_per_listing: int = 60
    tail: float = 1.6


@dataclass(frozen=True)
class Profile:
    """A world's size per market, and what it is for. `calibrated`: made by the rules of the study world."""

    name: str
    purpose: str
    markets: dict[str, MarketProfile]
    calibrated: bool = False


PROFILES = {
    "tiny": Profile(
        "tiny",
        "seconds; every feature once; for tests",
        {
            "dream": MarketProfile(4, 2, 1, 1, 9, 1, 22, 0.05, 12),
            "wall_street": MarketProfile(4, 2, 1, 1, 9, 1, 20, 0.06, 12),
            "empire": MarketProfile(4, 2, 1, 1, 9, 1, 40, 0.03, 40),
        },
    ),
    "demo": Profile(
        "demo",
        "a few hundred pages per market-month, of many small vendors; Belgium's share raised to have something to see",
        {
            "dream": MarketProfile(99, 12, 6, 5, 220, 12, 900, 0.05, 50, 3.0),
            "wall_street": MarketProfile(99, 12, 6, 3, 190, 10, 800, 0.06, 50, 3.0),
            "empire": MarketProfile(96, 12, 4, 2, 150, 8, 700, 0.03, 60, 3.0),
        },
    ),
    "study": Profile(
        "study",
        "full size; its true indicators meet the study's published figures",
        {
            "dream": MarketProfile(2600, 20, 8, 7, 25000, 900, 43_500, 0.05, 120),
            "wall_street": MarketProfile(3000, 24, 11, 5, 28500, 1000, 24_500, 0.05, 120),
            "empire": MarketProfile(1700, 13, 3, 2, 16500, 500, 54_000, 0.03, 250),
        },
        calibrated=True,
    ),
}


def market_number(market: str) -> int:
    """The number of a market's replica: part of its seeds, and the same whatever other markets there are.

    >>> market_number("empire")
    2
    """
    if market in _NUMBERS:
        return _NUMBERS[market]
    return int.from_bytes(blake2b(market.encode(), digest_size=4).digest()) + len(_NUMBERS)


def replicated() -> list[str]:
    """The markets that every profile has a replica of, in the order of their windows."""
    return [market for market in MARKETS if all(market in profile.markets for profile in PROFILES.values())]


def replica_cells() -> list[tuple[str, str]]:
    """The observed (market, month) cells of the markets that have a replica, by month and then market."""
    markets = set(replicated())
    return [cell for cell in observed_cells() if cell[0] in markets]


def check_replica(market: str) -> str:
    """The market's name, or UserError when it has no replica."""
    if market not in replicated():
        raise UserError(
            f"{market} has no replica; set `source: archive` in data_contracts/markets/{market}.yaml and import its"
            f" pages with `cryptodrug import-archive --market {market} --month YYYY-MM PATH`"
        )
    return market


def profile_named(name: str) -> Profile:
    """The profile, or UserError listing those there are."""
    if name not in PROFILES:
        raise UserError(f"unknown replica profile '{name}'; profiles: {', '.join(PROFILES)}")
    return PROFILES[name]
