"""What counts as wholesale (TS05), and prices in US dollars, in which the literature states its threshold."""

import io
from importlib.resources import files

import polars as pl

WHOLESALE_USD, WHOLESALE_OFFER_USD = 1000, 500
# Grams from which an offer counts as wholesale. No source states them per class: a choice, published with the values.
WHOLESALE_G = {
    "cannabis": 100.0, "cocaine": 25.0, "mdma": 50.0, "amphetamine": 100.0, "methamphetamine": 25.0, "heroin": 25.0,
    "dissociatives": 50.0,
}  # fmt: skip


def in_dollars(sales: pl.DataFrame) -> pl.DataFrame:
    """Add `dollars`: the price paid where it was in US dollars, else its euros at the ECB rate of the day or before."""
    text = files("cryptodrug_assets.reference").joinpath("ecb_rates.csv").read_text("utf-8")
    rates = pl.read_csv(io.StringIO(text), schema_overrides={"units_per_eur": pl.Float64}, try_parse_dates=True)
    rates = rates.filter(pl.col("currency") == "USD").select("date", "units_per_eur").sort("date")
    day = pl.col("dated_at").dt.date()
    days = sales.select(date=day).unique().drop_nulls().sort("date").join_asof(rates, on="date", strategy="backward")
    rate = day.replace_strict(days["date"], days["units_per_eur"], default=None, return_dtype=pl.Float64)
    paid = pl.when(pl.col("price_currency") == "USD").then(pl.col("price_amount").cast(pl.Float64))
    return sales.with_columns(dollars=paid.otherwise(pl.col("euros") * rate))
