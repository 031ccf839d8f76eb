"""The study's full-sized world, from its parsed tables to the indicators, against the separate SQL over its truth."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.indicators.month import IndicatorOptions, indicators_month
from cryptodrug_assets.observation import is_observed, month_after, observed_cells
from cryptodrug_assets.replica.tables import parsed_month
from cryptodrug_assets.replica.truth import true_indicators

SEED = 1
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


def compare(
    parsed: dict[str, pl.DataFrame],
    later: dict[str, pl.DataFrame] | None,
    market: str,
    month: str,
    truth: pl.DataFrame,
    tmp_path: Path,
) -> None:
    """Levels and shares of all drugs computed from parsed tables equal the truth's, of every country."""
    keys = Pseudonyms.load(tmp_path / "keys")
    clean = clean_month(parsed, later, market=market, month=month, pseudonyms=keys, options=CleaningOptions())
    captures = contracts.load("raw", "captures").polars_schema
    tables = indicators_month(
        clean, pl.DataFrame(schema=captures), parsed["pages"], parsed["market_counters"], market=market, month=month,
        options=IndicatorOptions(bootstrap=20),
    )  # fmt: skip
    found = (
        pl.concat([tables["activity"], tables["shares"]])
        .filter((pl.col("drug_class") == "all") & ~pl.col("indicator").str.contains("_(bound|observed)$"))
        .select("indicator", "country", found="value")
    )
    expected = truth.filter((pl.col("market") == market) & (pl.col("month") == date.fromisoformat(f"{month}-01")))
    joined = expected.join(found, on=["indicator", "country"], how="full", coalesce=True).filter(
        pl.col("value").is_not_null() | pl.col("found").is_not_null()
    )
    assert joined.height >= 100
    # Counts and cents exactly; a sum of many n-ths of a sale to the last bits of a float.
    off = joined.filter(((pl.col("value") - pl.col("found")).abs() > 1e-7).fill_null(True))
    assert off.is_empty(), off.head(10)
