"""Sales of drugs counted once for all families: what is alike in everything that they ask of a sale is one row.

A month may hold millions of sales of a few thousand vendors; families count these rows, `n` sales each. Sizes of single
sales (transaction_sizes.py) and days (shocks.py) are not in them. No formula of an indicator belongs here.
"""

import polars as pl

from cryptodrug_assets.indicators.rows import Clean, drugs, is_exact

POSITIVE, NEUTRAL, NEGATIVE = "positive", "neutral", "negative"
_TEXTS = ("vendor_key", "drug_class", "status", "price_currency")
_PLACES = ("origins", "destinations")


def tally(transactions: pl.DataFrame) -> pl.DataFrame:
    """Sales by vendor_key, drug_class, origins, n_origins, destinations, status, price_currency, exact, rated; sorted.

    `n`: how many sales. `exact`: the price of the sale is exact, and `cents` the sum of these prices in euro cents
    (else 0). `rated`: positive, neutral or negative, null without a rating (of 5: at least 4, between, at most 2).
    """
    stars = pl.col("rating")
    rated = pl.when(stars >= 4).then(pl.lit(POSITIVE)).when(stars <= 2).then(pl.lit(NEGATIVE))
    sales = drugs(transactions)
    # Numbers in the place of texts, in categories that nothing else shares: grouped in a third of the time.
    coded = pl.Categorical(pl.Categories.random())
    narrow = sales.select(
        *(pl.col(name).cast(coded) for name in _TEXTS),
        *(pl.col(name).list.join("\x1f").cast(coded).alias(f"_{name}") for name in _PLACES),
        *(pl.col(name).is_null().alias(f"_no_{name}") for name in _PLACES),
        rated=rated.when(stars.is_not_null()).then(pl.lit(NEUTRAL)).cast(coded),
        exact=is_exact(),
        cents=pl.when(is_exact()).then((pl.col("price_eur") * 100).cast(pl.Int64)).otherwise(0),
    ).with_row_index("_first")
    keys = [name for name in narrow.columns if name not in ("cents", "_first")]
    counted = narrow.group_by(keys).agg(pl.col("_first").min(), pl.col("cents").sum(), n=pl.len().cast(pl.Int64))
    places = sales.select(*_PLACES, "n_origins")[counted["_first"]]
    texts = counted.select(pl.col(*_TEXTS, "rated", "_origins", "_destinations").cast(pl.String), "exact", "cents", "n")
    order = [*_TEXTS, "rated", "exact", "_origins", "_destinations"]
    return texts.hstack(places).sort(order, nulls_last=True).drop("_origins", "_destinations")


def tallied(clean: Clean) -> pl.DataFrame:
    """The tally of a market-month's sales, taken from `clean` where a caller has it already."""
    found = clean.get("tally")
    return tally(clean["transactions"]) if found is None else found
