"""Sizes of the synthetic worlds. Numbers only; the world model turns them into vendors, offers and sales."""

from dataclasses import dataclass

from cryptodrug_assets.observation import UserError


@dataclass(frozen=True)
class MarketProfile:
    """Size of one market: vendors (of them Belgian, Belgian with several origins, of these with NL), offers (of them no
    drugs), sales in the first month and their monthly growth, and the most sales one offer may have in a month."""

    vendors: int
    belgian: int
    belgian_multi: int
    belgian_with_nl: int
    listings: int
    other_goods: int
    sales: int
    growth: float
    most_per_listing: int = 60


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
        "a few hundred pages per market-month; Belgium's share raised to about a tenth to have something to see",
        {
            "dream": MarketProfile(56, 6, 3, 3, 280, 14, 900, 0.05, 50),
            "wall_street": MarketProfile(44, 5, 3, 2, 210, 12, 800, 0.06, 50),
            "empire": MarketProfile(32, 4, 2, 1, 150, 8, 700, 0.03, 60),
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


def profile_named(name: str) -> Profile:
    """The profile, or UserError listing those there are."""
    if name not in PROFILES:
        raise UserError(f"unknown replica profile '{name}'; profiles: {', '.join(PROFILES)}")
    return PROFILES[name]
