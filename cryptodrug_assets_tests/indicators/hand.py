"""Four months of the world of ten sales, so that windows, changes and trends can be worked out on paper, too.

November, January and February are the world as world.py has it, with prices, ratings, sizes and texts beside: offers in
dollars a1 600 and a2 100, in euros b1; a1 of 5 grams, a2 of 100; sales of b1 paid in dollars (60), the others in euros;
stars a1 5 5 5, a2 1 5, b1 3 5, b2 5, c1 none 5; a1 speaks of harm, a2 and b1 do not. One sale of c1 stands at a gap.
9 of 10 pages were fetched; the market says it has 8 offers. In December there are only a1 (two sales of 40 euros) and
b1 (one of 60).
"""

from datetime import date, datetime
from decimal import Decimal

import polars as pl

from cryptodrug_assets.indicators.registry import compute_across, compute_month
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.indicators.world import CELL, PAGES, captures, clean_world

MONTHS = ("2018-11", "2018-12", "2019-01", "2019-02")
_STARS = [5.0, 5.0, 5.0, 1.0, 5.0, 3.0, 5.0, 5.0, None, 5.0]
_ROUTES = {"a1": ["BE"], "a2": ["EU"], "b1": ["WW"], "b2": ["EU"], "c1": []}


def month(name: str) -> dict[str, pl.DataFrame]:
    """Clean tables and texts of a month."""
    clean = clean_world()
    offer = pl.col("listing_key")
    clean["listings"] = clean["listings"].with_columns(
        price_amount=offer.replace_strict({"a1": 600, "a2": 100, "b1": 50}, default=None).cast(pl.Decimal(28, 10)),
        price_currency=offer.replace_strict({"a1": "USD", "a2": "USD", "b1": "EUR"}, default=None),
        price_eur=offer.replace_strict({"b1": 50}, default=None).cast(pl.Decimal(18, 2)),
        last_seen=pl.lit(datetime.fromisoformat(f"{name}-28T12:00:00+00:00")),
        is_holding_price=pl.lit(value=False),
        quantity=offer.replace_strict({"a1": 5.0, "a2": 100.0}, default=None),
        quantity_unit=pl.lit("g"),
        quantity_confidence=pl.lit("high"),
    )
    dollars = pl.col("listing_key") == "b1"
    clean["transactions"] = (
        clean["transactions"]
        .sort("dated_at")
        .with_columns(
            rating=pl.Series(_STARS),
            gap=pl.col("transaction_key") == "t9",
            price_currency=pl.when(dollars).then(pl.lit("USD")).otherwise(pl.lit("EUR")),
            price_amount=pl.when(dollars).then(60).otherwise(pl.col("price_eur")).cast(pl.Decimal(28, 10)),
            destinations=offer.replace_strict(_ROUTES, return_dtype=pl.List(pl.String)),
        )
    )
    if name == "2018-12":
        kept = {"t0": 40, "t1": 40, "t5": 60}
        sales = clean["transactions"].filter(pl.col("transaction_key").is_in(list(kept)))
        euros = pl.Series([Decimal(kept[key]) for key in sales["transaction_key"]], dtype=pl.Decimal(18, 2))
        clean["transactions"] = sales.with_columns(price_eur=euros)
        clean["listings"] = clean["listings"].filter(offer.is_in(["a1", "b1"]))
        clean["vendors"] = clean["vendors"].filter(pl.col("vendor_key") != "c")
    day = date.fromisoformat(f"{name}-01")
    clean = {table: frame.with_columns(month=pl.lit(day)) for table, frame in clean.items()}
    texts = pl.DataFrame({"capture_id": ["c-a1", "c-a2", "c-b1"], "harm": [True, False, False]})
    return clean | {"texts": texts}


def tables() -> dict[str, pl.DataFrame]:
    """Every indicator table of the four months; monthly ones of all months under each other."""
    says = {"counter": "category_listings", "depth": 0, "category_id": "1", "value": 8}
    made: dict[str, list[pl.DataFrame]] = {}
    for name in MONTHS:
        clean = month(name)
        found = compute_month(
            clean, captures(), pl.DataFrame(schema=PAGES), rows("parsed", "market_counters", says),
            **(CELL | {"month": name}),
        )  # fmt: skip
        for table, frame in ({k: v for k, v in clean.items() if k != "texts"} | found).items():
            made.setdefault(table, []).append(frame)
    history = {table: pl.concat(frames) for table, frames in made.items()}
    return history | compute_across(history, options=CELL["options"])
