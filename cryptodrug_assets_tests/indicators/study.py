"""The study world from its parsed tables through cleaning to every indicator table, once per test session."""

from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.indicators.conduct import speaks_of_harm
from cryptodrug_assets.indicators.families import compute_across, compute_month
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.indicators.scorecard import study_scorecard
from cryptodrug_assets.observation import is_observed, month_after, observed_cells
from cryptodrug_assets.replica.tables import parsed_month

SEED = 1


def one_capture(market: str, month: str) -> pl.DataFrame:
    """raw.captures of a month in which every page was fetched."""
    schema = contracts.load("raw", "captures").polars_schema
    given = {"market": market, "month": f"{month}-01", "outcome": "done", "page_kind": "listing", "sweep_id": "s"}
    frame = pl.DataFrame([given]).with_columns(pl.col("month").str.to_date())
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    return frame.with_columns(missing).select(list(schema))


@lru_cache(maxsize=2)
def indicators_of(profile: str, seed: int = SEED, bootstrap: int = 100) -> dict[str, pl.DataFrame]:
    """Clean listings, vendors and transactions and all indicator tables of a world, the scorecard among them."""
    options = IndicatorOptions(bootstrap=bootstrap)
    made: dict[str, list[pl.DataFrame]] = defaultdict(list)
    with TemporaryDirectory() as folder:
        keys = Pseudonyms.load(Path(folder) / "keys")
        for market, month in observed_cells():
            parsed = parsed_month(profile, seed, market, month)
            after = month_after(month)
            later = parsed_month(profile, seed, market, after) if is_observed(market, after) else None
            clean = clean_month(parsed, later, market=market, month=month, pseudonyms=keys, options=CleaningOptions())
            given = clean | {"texts": speaks_of_harm(parsed["listings"])}
            tables = compute_month(
                given, one_capture(market, month), parsed["pages"], parsed["market_counters"], market=market,
                month=month, options=options,
            )  # fmt: skip
            for name, frame in (clean | tables).items():
                made[name].append(frame)
    history = {name: pl.concat(frames) for name, frames in made.items()}
    history |= compute_across(history, options=options)
    return history | {"study_scorecard": study_scorecard(history)}
