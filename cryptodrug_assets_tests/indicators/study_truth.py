"""Levels and shares from parsed tables, held against the separate SQL over the truth."""

from datetime import date
from pathlib import Path

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.indicators.registry import compute_month
from cryptodrug_assets.indicators.rows import IndicatorOptions


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
    tables = compute_month(
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
