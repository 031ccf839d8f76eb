"""The study's full-sized world, from its parsed tables to the indicators, against the separate SQL over its truth."""

from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.months import month_after
from cryptodrug_assets.observation import is_observed, observed_cells
from cryptodrug_assets.replica.tables import parsed_month
from cryptodrug_assets.replica.truth import true_indicators
from cryptodrug_assets_tests.indicators.study import SEED
from cryptodrug_assets_tests.indicators.study_truth import compare

# One month in every run, all nineteen among the slow tests.
EVERY_RUN = ("empire", "2019-06")
CELLS = [pytest.param(*cell, marks=[] if cell == EVERY_RUN else pytest.mark.slow) for cell in observed_cells()]


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    return true_indicators("study", SEED)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("market", "month"), CELLS)
def test_levels_and_shares_equal_the_truth(market: str, month: str, truth: pl.DataFrame, tmp_path: Path) -> None:
    parsed = parsed_month("study", SEED, market, month)
    after = month_after(month)
    later = parsed_month("study", SEED, market, after) if is_observed(market, after) else None
    compare(parsed, later, market, month, truth, tmp_path)
