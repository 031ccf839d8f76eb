"""The study world from its rendered pages: all 19 months written as HTML, parsed, cleaned, measured; against the truth.

Some hundred thousand pages, most of an hour on two cores. `CRYPTODRUG_RENDERED_STUDY` names a folder that keeps the
parsed months, so that an interrupted run goes on and a second one looks at the same pages again.
"""

import os
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.markets.tables import TABLES, parse_captures
from cryptodrug_assets.months import month_after
from cryptodrug_assets.observation import is_observed, observed_cells
from cryptodrug_assets.pipeline.worlds import TablesByMonth, indicators_of, outcomes_index
from cryptodrug_assets.replica.truth import true_indicators
from cryptodrug_assets_tests.cleaning.site import month_end, sweep
from cryptodrug_assets_tests.indicators.study import SEED
from cryptodrug_assets_tests.indicators.study_statements import all_equal_the_truth, all_reproduced
from cryptodrug_assets_tests.indicators.study_truth import compare

pytestmark = [pytest.mark.slow, pytest.mark.timeout(14_400)]
# Read now: the environment of a test is a clean one.
KEPT = os.environ.get("CRYPTODRUG_RENDERED_STUDY")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(KEPT) if KEPT else tmp_path_factory.mktemp("rendered")


def rendered(folder: Path, market: str, month: str) -> dict[str, pl.DataFrame]:
    """The parsed tables of every page of a market, rendered at the end of the month; made once."""
    place = folder / f"{market}-{month}"
    if not place.is_dir():
        tables = parse_captures(market, month, sweep("study", SEED, market, month_end(month)), workers=2)
        making = folder / f".{place.name}"
        making.mkdir(parents=True, exist_ok=True)
        for name, frame in tables.items():
            frame.write_parquet(making / f"{name}.parquet")
        making.rename(place)
    return {name: contracts.conform(_table(place, name), contracts.load("parsed", name)) for name in TABLES}


def _table(place: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(place / f"{name}.parquet")


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    return true_indicators("study", SEED)


@pytest.mark.parametrize(("market", "month"), observed_cells())
def test_levels_and_shares_equal_the_truth(
    market: str, month: str, truth: pl.DataFrame, folder: Path, tmp_path: Path
) -> None:
    after = month_after(month)
    parsed = rendered(folder, market, month)
    assert parsed["rejects"].is_empty()
    later = rendered(folder, market, after) if is_observed(market, after) else None
    compare(parsed, later, market, month, truth, tmp_path)


def test_every_statement_is_reproduced_and_equals_the_truth(folder: Path) -> None:
    def read(market: str, month: str) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
        parsed = rendered(folder, market, month)
        return parsed, outcomes_index(market, month, parsed["pages"].with_columns(outcome=pl.lit("done")))

    world = indicators_of(TablesByMonth(read), replicates=100)
    all_reproduced(world)
    all_equal_the_truth(world)
