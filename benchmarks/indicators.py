"""Indicators: point estimates beside one hand-written query, the bootstrap at size, linearity, the demo's 19 months.

The month is made up here: offers and sales drawn at once as clean tables, since nothing before cleaning is timed.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.contributions import contributions
from cryptodrug_assets.indicators.registry import CLEAN_COLUMNS, compute_month
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.pipeline.worlds import all_fetched, world_indicators

_LISTINGS, _SALES, _PER_VENDOR = 500_000, 5_000_000, 40
_COUNTRIES = ("US", "GB", "DE", "NL", "AU", "CA", "FR", "ES", "PL", "IT", "BE")
_CLASSES = ("cannabis", "cocaine", "mdma", "amphetamine", "heroin", "hallucinogens", "benzodiazepines", "dissociatives")
# The aggregates that point estimates consist of, as someone would write them by hand.
_QUERY = """
WITH l AS (SELECT vendor_key, drug_class, n_origins, unnest(origins) AS country FROM listings WHERE is_drug),
s AS (SELECT vendor_key, drug_class, n_origins, price_eur, price_source, unnest(origins) AS country
      FROM transactions WHERE is_drug)
SELECT 'LV01' AS indicator, country, drug_class, sum(1.0 / n_origins) AS value, count(*) AS n,
       count(DISTINCT vendor_key)
FROM l GROUP BY GROUPING SETS ((country, drug_class), (country), (drug_class), ())
UNION ALL SELECT 'LV02', country, drug_class, count(DISTINCT vendor_key), count(*), count(DISTINCT vendor_key)
FROM l GROUP BY GROUPING SETS ((country, drug_class), (country), (drug_class), ())
UNION ALL SELECT 'LV03', country, drug_class, sum(1.0 / n_origins), count(*), count(DISTINCT vendor_key)
FROM s GROUP BY GROUPING SETS ((country, drug_class), (country), (drug_class), ())
UNION ALL SELECT 'LV04', country, drug_class, sum(price_eur / n_origins), count(*), count(DISTINCT vendor_key)
FROM s WHERE price_source = 'exact' GROUP BY GROUPING SETS ((country, drug_class), (country), (drug_class), ())
"""


def month(listings: int, sales: int) -> dict[str, pl.DataFrame]:
    """Clean listings, vendors and transactions of a made-up market-month."""
    rng = np.random.default_rng(1)
    vendors = max(50, listings // _PER_VENDOR)
    homes = rng.choice(len(_COUNTRIES), vendors)
    seller = rng.integers(0, vendors, listings)
    second = rng.integers(0, len(_COUNTRIES), listings)
    two = (rng.random(listings) < 0.05) & (second != homes[seller])
    origins = [
        [_COUNTRIES[first], _COUNTRIES[other]] if both else [_COUNTRIES[first]]
        for first, other, both in zip(homes[seller], second, two, strict=True)
    ]
    offers = pl.DataFrame(
        {
            "listing_key": pl.Series(np.arange(listings)).cast(pl.String).str.zfill(24),
            "vendor_key": pl.Series(seller).cast(pl.String).str.zfill(24),
            "drug_class": pl.Series(np.array(_CLASSES)[rng.integers(0, len(_CLASSES), listings)]),
            "origins": origins,
        }
    ).with_columns(
        is_drug=pl.lit(value=True), n_origins=pl.col("origins").list.len().cast(pl.Int64),
        destinations=pl.lit(["WW"]), excluded=pl.lit([], pl.List(pl.String)),
        price_amount=pl.lit(50).cast(pl.Decimal(28, 10)), price_currency=pl.lit("USD"), price_basis=pl.lit("page_fiat"),
        is_holding_price=pl.lit(value=False), quantity=pl.lit(5.0), quantity_unit=pl.lit("g"),
        quantity_confidence=pl.lit("high"),
    )  # fmt: skip
    sold = rng.integers(0, listings, sales)
    euros = (np.exp(rng.normal(3.8, 1.0, sales)) * 100).round().astype(np.int64)
    of_offer = ["listing_key", "vendor_key", "drug_class", "origins", "n_origins", "is_drug"]
    made = offers.select(of_offer)[sold].with_columns(
        transaction_key=pl.Series(np.arange(sales)).cast(pl.String).str.zfill(24),
        price_eur=(pl.Series(euros).cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2)),
        price_amount=(pl.Series(euros).cast(pl.Decimal(28, 10)) / 100).cast(pl.Decimal(28, 10)),
        price_currency=pl.lit("EUR"), price_source=pl.lit("exact"), rating=pl.lit(5.0), status=pl.lit("observed"),
        gap=pl.lit(value=False), destinations=pl.lit(["WW"]),
        dated_at=pl.Series(rng.integers(0, 28 * 86_400, sales) * 1_000_000).cast(pl.Duration("us"))
        + pl.lit(datetime(2019, 10, 1, tzinfo=UTC)),
    )  # fmt: skip
    sellers = pl.DataFrame(schema=contracts.load("clean", "vendors").polars_schema)
    return {"listings": _full("listings", offers), "transactions": _full("transactions", made), "vendors": sellers}


def _full(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    contract = contracts.load("clean", table)
    missing = [
        pl.lit(None, dtype).alias(name) for name, dtype in contract.polars_schema.items() if name not in frame.columns
    ]
    return frame.with_columns(missing).with_columns(
        market=pl.lit("empire"), month=pl.date(2019, 10, 1)
    ).select(list(contract.polars_schema))  # fmt: skip


def _seconds(work: Callable[[], object], times: int = 1) -> float:
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def _whole(clean: dict[str, pl.DataFrame], bootstrap: int) -> dict[str, pl.DataFrame]:
    empty = {n: pl.DataFrame(schema=contracts.load("parsed", n).polars_schema) for n in ("pages", "market_counters")}
    return compute_month(
        clean, all_fetched("empire", "2019-10"), empty["pages"], empty["market_counters"], market="empire",
        month="2019-10", options=IndicatorOptions(bootstrap=bootstrap),
    )  # fmt: skip


def _measure(folder: str, size: str) -> None:
    """In a process of its own: the month's clean tables as the product reads them, then all indicators of it."""
    began = time.perf_counter()
    clean = {
        name: pl.read_parquet(Path(folder) / f"{size}-{name}.parquet", columns=list(columns))
        for name, columns in CLEAN_COLUMNS.items()
    }
    read = time.perf_counter() - began
    seconds = [_seconds(lambda: _whole(clean, 1000)), _seconds(lambda: _whole(clean, 0))]
    print(json.dumps([read, *seconds, _peak()]))


def _peak() -> float:
    """Highest memory of this process in GB. The usual `ru_maxrss` begins with what the parent held at the fork."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_048_576
    [line] = [line for line in status.read_text("utf-8").splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1_048_576


def _in_its_own_process(folder: str, size: str) -> list[float]:
    """Seconds to read, to compute with and without the bootstrap, and peak memory in GB."""
    command = [sys.executable, "-m", "benchmarks.indicators", folder, size]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - own module
    return [float(value) for value in json.loads(done.stdout.splitlines()[-1])]


def main() -> None:
    """Print the figures of the issue on indicators."""
    with TemporaryDirectory() as folder:
        for size, part in (("tenth", 10), ("whole", 1)):
            for name, frame in month(_LISTINGS // part, _SALES // part).items():
                frame.write_parquet(Path(folder) / f"{size}-{name}.parquet")
        _point_estimates(Path(folder))
        _, tenth, _, _ = _in_its_own_process(folder, "tenth")
        read, whole, plain, memory = _in_its_own_process(folder, "whole")
    print(f"all indicators of the month, 1,000 replicates: {whole:.1f} s, of it the bootstrap {whole - plain:.1f} s;")
    print(f"a tenth of the rows {tenth:.1f} s ({whole / tenth:.1f} × for 10 ×); reading the tables {read:.1f} s;")
    print(f"peak memory {memory:.1f} GB", flush=True)
    demo = _seconds(lambda: world_indicators("demo", 7, 1000))
    print(f"the demo's 19 market-months, parsed to all indicators and scorecard: {demo:.1f} s")


def _point_estimates(folder: Path) -> None:
    clean = {name: pl.read_parquet(folder / f"whole-{name}.parquet") for name in ("listings", "transactions")}
    with duckdb.connect(":memory:") as connection:
        for name, frame in clean.items():
            connection.register(name, frame.to_arrow())
        by_hand = _seconds(lambda: connection.sql(_QUERY).fetchall(), 3)
    points = _seconds(lambda: contributions(clean), 3)
    print(
        f"{_LISTINGS:,} listings, {_SALES:,} transactions: point estimates {points:.2f} s, one query {by_hand:.2f} s,"
    )
    print(f"ratio {points / by_hand:.2f}", flush=True)


if __name__ == "__main__":
    _measure(sys.argv[1], sys.argv[2])
