"""The world's truth as tables, and the true indicators by SQL (truth.sql), independent of the pipeline's code."""

import csv
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from cryptodrug_assets.replica.facts import World
from cryptodrug_assets.replica.world import make_world


def truth_tables(world: World) -> dict[str, pl.DataFrame]:
    """vendors, listings, sales, months and rates of a world, as facts."""
    vendors: list[dict[str, Any]] = []
    listings: list[dict[str, Any]] = []
    sales: list[pl.DataFrame] = []
    months: list[dict[str, Any]] = []
    for market, facts in world.markets.items():
        months += [{"market": market, "month": month} for month in facts.months]
        vendors += [
            {
                "market": market,
                "vendor": vendor.number,
                "name": vendor.name,
                "origins": list(vendor.origins),
                "joined": vendor.joined,
                "key": vendor.key,
                "banned": vendor.banned,
                "earlier_sales": vendor.earlier_sales,
            }
            for vendor in facts.vendors
        ]
        listings += [
            {
                "market": market,
                "listing": item.number,
                "listing_id": item.listing_id,
                "vendor": item.vendor,
                "title": item.title,
                "drug_class": item.drug_class,
                "is_drug": item.is_drug,
                "origin": item.origin,
                "ships_to": list(item.ships_to),
                "excluded": list(item.excluded),
                "price_cents": int(item.price * 100),
                "currency": item.currency,
                "first_month": item.first_month,
                "last_month": item.last_month,
            }
            for item in facts.listings
        ]
        # In columns: the study world has near a million sales.
        sales.append(
            pl.DataFrame(
                {
                    "listing": [sale.listing for sale in facts.sales],
                    "at": [sale.at for sale in facts.sales],
                    "rating": [sale.rating for sale in facts.sales],
                    "price_cents": [int(sale.price * 100) for sale in facts.sales],
                    "currency": [sale.currency for sale in facts.sales],
                },
                schema_overrides={"at": pl.Datetime("us", "UTC")},
            ).select(pl.lit(market).alias("market"), pl.all())
        )
    text = files("cryptodrug_assets.reference").joinpath("ecb_rates.csv").read_text("utf-8")
    rates = [
        {"day": row["date"], "currency": row["currency"], "micro_units": int(Decimal(row["units_per_eur"]) * 1_000_000)}
        for row in csv.DictReader(text.splitlines())
    ]
    days = {row["day"] for row in rates}
    rates += [{"day": day, "currency": "EUR", "micro_units": 1_000_000} for day in sorted(days)]
    return {
        "vendors": pl.DataFrame(vendors),
        "listings": pl.DataFrame(listings),
        "sales": pl.concat(sales),
        "months": pl.DataFrame(months),
        "rates": pl.DataFrame(rates).with_columns(pl.col("day").str.to_date()),
    }


def true_indicators(profile: str, seed: int) -> pl.DataFrame:
    """The true LV and SH indicators: market, month (date), indicator, country, value."""
    return _query(profile, seed, "truth.sql")


def true_statements(profile: str, seed: int) -> pl.DataFrame:
    """What the study's statements are true of in the world: market, indicator, country, drug_class, value."""
    return _query(profile, seed, "truth.sql", "truth_statements.sql")


def _query(profile: str, seed: int, *files_of_sql: str) -> pl.DataFrame:
    """The result of the last statement; what stands before it makes views and tables."""
    statements = []
    for name in files_of_sql:
        text = files("cryptodrug_assets.replica").joinpath(name).read_text("utf-8")
        statements.append([part for part in text.split(";\n") if part.strip()])
    *views, query = statements[-1]
    before = [view for part in statements[:-1] for view in part[:-1]]
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, frame in truth_tables(make_world(profile, seed)).items():
            connection.register(name, frame.to_arrow())
        for view in (*before, *views):
            connection.execute(view)
        found: pl.DataFrame = connection.sql(query.rstrip().rstrip(";")).pl()
        return found


def write_truth(profile: str, seed: int, out: Path) -> list[Path]:
    """Write the truth tables and the true indicators as Parquet files; returns their paths."""
    out.mkdir(parents=True, exist_ok=True)
    tables = truth_tables(make_world(profile, seed)) | {
        "indicators": true_indicators(profile, seed),
        "statements": true_statements(profile, seed),
    }
    paths = []
    for name, frame in tables.items():
        paths.append(out / f"{name}.parquet")
        frame.write_parquet(paths[-1])
    return paths
