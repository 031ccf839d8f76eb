"""Holding prices: absurd prices that keep an offer on the page while nothing is sold. Flagged, never deleted.

Source: the rules of Soska & Christin 2015 as restated in docs/methods/holding-prices.md, with a unit-price rule added,
because a majority of held observations defeats every rule that only looks at an offer's own prices.
"""

import polars as pl

from cryptodrug_assets.cleaning.options import CleaningOptions

_LEAST_PEERS = 5
# Above the cap, an offer whose unit price is ordinary is wholesale.
_WHOLESALE_RATIO = 3.0


def flag_holding_prices(entities: pl.DataFrame, history: pl.DataFrame, options: CleaningOptions) -> pl.DataFrame:
    """The offers with is_holding_price and holding_rule (null when not flagged).

    Rules in order: `zero`; `own_median`: more than 5 times the median of the offer's own prices in the same currency;
    `unit_price`: more than 10 times the median unit price of its class and unit (at least 5 peers); `cap`: above
    10,000 euros without a unit price that is ordinary for its class (up to 3 times the median), so that genuine
    wholesale is kept. `history` has identity, price_currency and price_amount of every observation.
    """
    if not options.flag_holding_prices:
        return entities.with_columns(is_holding_price=pl.lit(False), holding_rule=pl.lit(None, pl.String))
    own = history.group_by("identity", "price_currency").agg(
        own_median=pl.col("price_amount").cast(pl.Float64).median()
    )
    entities = entities.join(
        own, on=["identity", "price_currency"], how="left", nulls_equal=True, maintain_order="left"
    )
    group = ["drug_class", "quantity_unit"]
    entities = entities.with_columns(
        peers=pl.col("unit_price_eur").count().over(group), usual=pl.col("unit_price_eur").median().over(group)
    )
    price, euros = pl.col("price_amount").cast(pl.Float64), pl.col("price_eur").cast(pl.Float64)
    ratio = pl.when(pl.col("peers") >= _LEAST_PEERS).then(pl.col("unit_price_eur") / pl.col("usual"))
    rule = (
        pl.when(price == 0)
        .then(pl.lit("zero"))
        .when(price > options.holding_own_ratio * pl.col("own_median"))
        .then(pl.lit("own_median"))
        .when(ratio > options.holding_unit_ratio)
        .then(pl.lit("unit_price"))
        .when((euros > options.holding_cap_eur) & ~(ratio <= _WHOLESALE_RATIO).fill_null(False))
        .then(pl.lit("cap"))
    )
    return entities.with_columns(holding_rule=rule).with_columns(is_holding_price=pl.col("holding_rule").is_not_null())
