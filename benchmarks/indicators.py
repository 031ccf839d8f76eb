"""Indicators: point estimates beside one hand-written query, the bootstrap at size, linearity, the demo's 19 months.

The month is made up here: offers and sales drawn at once as clean tables, since nothing before cleaning is timed.
"""

import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime

import duckdb
import numpy as np
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.commands.scorecard import all_fetched, world_indicators
from cryptodrug_assets.indicators.families import compute_month
from cryptodrug_assets.indicators.month import contributions
from cryptodrug_assets.indicators.rows import IndicatorOptions

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
            "listing_key": pl.Series(np.arange(listings)).cast(pl.String).str.zfill(12),
            "vendor_key": pl.Series(seller).cast(pl.String).str.zfill(12),
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
        transaction_key=pl.Series(np.arange(sales)).cast(pl.String).str.zfill(12),
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


def main() -> None:
    """Print the figures of the issue on indicators."""
    small, large = month(_LISTINGS // 10, _SALES // 10), month(_LISTINGS, _SALES)
    with duckdb.connect(":memory:") as connection:
        for name in ("listings", "transactions"):
            connection.register(name, large[name].to_arrow())
        by_hand = _seconds(lambda: connection.sql(_QUERY).fetchall(), 3)
    points = _seconds(lambda: contributions(large), 3)
    print(
        f"{_LISTINGS:,} listings, {_SALES:,} transactions: point estimates {points:.2f} s, one query {by_hand:.2f} s,"
    )
    print(f"ratio {points / by_hand:.2f}")
    tenth, whole = _seconds(lambda: _whole(small, 1000)), _seconds(lambda: _whole(large, 1000))
    plain = _seconds(lambda: _whole(large, 0))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_048_576
    print(f"all indicators of the month, 1,000 replicates: {whole:.1f} s, of it the bootstrap {whole - plain:.1f} s;")
    print(f"a tenth of the rows {tenth:.1f} s ({whole / tenth:.1f} × for 10 ×); peak memory {memory:.1f} GB")
    demo = _seconds(lambda: world_indicators("demo", 7, 1000))
    print(f"the demo's 19 market-months, parsed to all indicators and scorecard: {demo:.1f} s")
