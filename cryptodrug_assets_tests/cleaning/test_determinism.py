"""The same pages give the same tables byte for byte, however many threads there are and in whatever order rows come."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.months import month_after
from cryptodrug_assets_tests.cleaning.digests import CELLS, TABLES
from cryptodrug_assets_tests.cleaning.site import parsed_month

SEED = 7


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parsed months, each with the next one; a list is cut short and a page was fetched twice."""
    folder = tmp_path_factory.mktemp("parsed")
    for market, month in CELLS:
        for turn, name in enumerate((month, month_after(month))):
            tables = dict(parsed_month("demo", SEED, market, name))
            feedback = tables["feedback"]
            again = feedback.filter(pl.col("capture_id") == pl.col("capture_id").min()).with_columns(
                capture_id=pl.lit("another fetch of the page")
            )
            tables["feedback"] = pl.concat([feedback.filter(pl.col("position") < 20), again])
            for table in TABLES:
                tables[table].write_parquet(folder / f"{market}-{month}-{turn}-{table}.parquet")
    return folder


def digests(folder: Path, *, threads: int, seed: int) -> list[str]:
    command = [sys.executable, "-m", "cryptodrug_assets_tests.cleaning.digests", str(folder), str(seed)]
    environment = os.environ | {"POLARS_MAX_THREADS": str(threads), "PYTHONHASHSEED": str(seed + threads)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=300)
    return done.stdout.splitlines()


def test_threads_and_the_order_of_rows_change_nothing(saved: Path) -> None:
    expected = digests(saved, threads=1, seed=0)
    assert len(expected) > 30
    assert not any(line.split()[-2] == "0" for line in expected if "transactions" in line)
    assert digests(saved, threads=2, seed=0) == expected
    for seed in (1, 2):
        assert digests(saved, threads=2, seed=seed) == expected
