"""Holding prices: absurd prices that keep an offer on the page while nothing is sold. Flagged, never deleted.

Source: the rules of Soska & Christin 2015 as restated in docs/methods/holding-prices.md, with a unit-price rule added,
because a majority of held observations defeats every rule that only looks at an offer's own prices.
"""

from datetime import timedelta

import polars as pl

from cryptodrug_assets.cleaning.options import CleaningOptions

_LEAST_PEERS = 5
# Above the cap, an offer whose unit price is ordinary is wholesale.
_WHOLESALE_RATIO = 3.0
# A price without a sale says something only after this long.
_LEAST_WATCHED = timedelta(days=14)


def flag_holding_prices(entities: pl.DataFrame, options: CleaningOptions) -> pl.DataFrame:
    """The offers with is_holding_price and holding_rule (null when not flagged).

    Rules in order: `zero`; `own_median`: more than 5 times the median of the offer's own prices in the same currency;
    `unit_price`: more than 10 times the median unit price of its class and unit (at least 5 peers); `cap`: above
    10,000 euros without a unit price that is ordinary for its class (up to 3 times the median), so that genuine
    wholesale is kept. The offers have own_median (prices.py). What no_sales_since adds needs feedback. Also keeps peers
    and usual, by which observations are judged.
    """
    group = ["drug_class", "quantity_unit"]
    entities = entities.with_columns(
        peers=pl.col("unit_price_eur").count().over(group), usual=pl.col("unit_price_eur").median().over(group)
    )
    return flagged(entities, options)


def flagged(prices: pl.DataFrame, options: CleaningOptions) -> pl.DataFrame:
    """Any prices (price_amount, price_eur, unit_price_eur) judged beside own_median, peers and usual of their offer."""
    if not options.flag_holding_prices:
        return prices.with_columns(is_holding_price=pl.lit(False), holding_rule=pl.lit(None, pl.String))
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
    return prices.with_columns(holding_rule=rule).with_columns(is_holding_price=pl.col("holding_rule").is_not_null())


def no_sales_since(entities: pl.DataFrame, feedback: pl.DataFrame, options: CleaningOptions) -> pl.DataFrame:
    """The offers, with those flagged `no_feedback_since` that were sold before and are not since their price went up.

    For offers whose amount is not known, so that no unit price speaks: more than 10 times the median price of their
    class, feedback before that price was first seen, none in the two weeks or more after it. `feedback` has
    listing_id, captured_at, dated_lo and dated_hi; where it does not reach two weeks further, nothing is said.
    """
    if not options.flag_holding_prices or feedback.is_empty():
        return entities
    euros = pl.col("price_eur").cast(pl.Float64)
    usual = euros.filter(~pl.col("is_holding_price")).median().over("drug_class")
    peers = euros.count().over("drug_class")
    suspect = (
        ~pl.col("is_holding_price")
        & pl.col("unit_price_eur").is_null()
        & (peers >= _LEAST_PEERS)
        & (euros > options.holding_unit_ratio * usual)
    )
    suspects = entities.filter(suspect.fill_null(value=False)).select("identity", "price_since")
    if suspects.is_empty():
        return entities
    watched_until = feedback["captured_at"].max()
    told = feedback.filter(pl.col("listing_id").is_in(suspects["identity"].implode())).join(
        suspects, left_on="listing_id", right_on="identity"
    )
    sold = told.group_by(identity="listing_id").agg(
        before=(pl.col("dated_hi") <= pl.col("price_since")).any(),
        since=(pl.col("dated_hi") > pl.col("price_since")).any(),
    )
    held = (
        suspects.join(sold, on="identity")
        .filter(pl.col("before") & ~pl.col("since") & (pl.col("price_since") + _LEAST_WATCHED <= pl.lit(watched_until)))
        .select("identity", unsold=pl.lit(value=True))
    )
    entities = entities.join(held, on="identity", how="left", maintain_order="left")
    rule = pl.when("unsold").then(pl.lit("no_feedback_since")).otherwise("holding_rule")
    return entities.with_columns(holding_rule=rule, is_holding_price=rule.is_not_null()).drop("unsold")
