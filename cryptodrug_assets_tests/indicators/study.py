"""The study world from its parsed tables through cleaning to every indicator table, once per test session."""

import polars as pl

from cryptodrug_assets.pipeline.worlds import all_fetched, world_indicators
from cryptodrug_assets.replica.dirt import Dirt

__all__ = ["SEED", "indicators_of", "one_capture"]
SEED = 1
one_capture = all_fetched


def indicators_of(
    profile: str, seed: int = SEED, bootstrap: int = 100, dirt: Dirt | None = None
) -> dict[str, pl.DataFrame]:
    """Clean listings, vendors and transactions and all indicator tables of a world, the scorecard among them."""
    return world_indicators(profile, seed, bootstrap, dirt)
