"""Holding prices: absurd prices that keep an offer on the page while nothing is sold. Flagged, never deleted.

Contains the rules of Soska & Christin 2015 as restated in docs/methods/holding-prices.md, and a rule on unit prices,
because a majority of held observations defeats every rule that only looks at an offer's own prices.
Keep out: conversion to euros (euros), the history of an offer's price (offer_prices).
"""

from datetime import timedelta

import polars as pl

from cryptodrug_assets.cleaning.options import CleaningOptions

_LEAST_PEERS = 5
# Above the cap, an offer whose unit price is ordinary is wholesale.
_WHOLESALE_RATIO = 3.0
# Twice the amount costs 1.8 times as much: the usual discount for quantity, where no offers of like size are known.
_DISCOUNT = 0.85
# A price is beyond reason only where it is above what offers of the class cost; with peers of other sizes alone, twice.
_LEAST_PRICE, _LEAST_PRICE_ALONE = 1.0, 2.0
# Offers without an amount differ by what is behind them: more is needed to be beyond reason.
_WITHOUT_AMOUNT = 3.0
# A price without a sale says something only after this long.
_LEAST_WATCHED = timedelta(days=14)
# What an offer's price is judged by (references), beside own_median.
JUDGED_BY = ("usual", "least_price", "usual_without_amount")


def flag_holding_prices(entities: pl.DataFrame, options: CleaningOptions) -> pl.DataFrame:
    """The offers with is_holding_price and holding_rule (null when not flagged).

    Rules in order:

    - `zero`: the price is 0;
    - `own_median`: more than 5 times the median of the offer's own prices in the same currency;
    - `unit_price`: more than 10 times the usual unit price of like offers, and above the usual price of its class;
    - `no_amount`: without an amount, more than 30 times the median of the class's offers without an amount;
    - `cap`: above 10,000 euros without an ordinary unit price (up to 3 times the usual), so that wholesale is kept.

    `entities` has own_median (offer_prices.py), price_amount, price_eur, unit_price_eur, drug_class, drug_subclass and
    quantity_unit. The factors are those of `options`. The rule on sales is `flag_unsold`, since it needs feedback. The
    columns of JUDGED_BY are kept, so that other observations can be judged by the same references.
    """
    return flag_prices(with_usual_prices(entities), options)


def with_usual_prices(entities: pl.DataFrame) -> pl.DataFrame:
    """The offers with `usual` (unit price), `least_price` (in euros, below which no unit price is beyond reason) and
    `usual_without_amount` (price); null where fewer than five offers tell.

    The usual unit price is the median of the offers of the same class, subclass and unit of like size (bands of half a
    power of ten). Where these are too few, that of all sizes, by class and subclass, else by class alone, at the usual
    discount for quantity: a gram costs more than the thousandth part of a kilogram.
    """
    euros, each = pl.col("price_eur").cast(pl.Float64), pl.col("unit_price_eur")
    priced = each > 0
    # Goods of all kinds have no usual price.
    drug = (pl.col("drug_class") != "not_a_drug").fill_null(value=False)
    amount = pl.when(priced).then(euros / each)
    # Numbers that differ where names do: groups are told apart much faster.
    names = ("drug_class", "drug_subclass", "quantity_unit")
    prices = entities.select(
        *(pl.col(name).hash(seed).alias(name) for seed, name in enumerate(names, start=1)),
        euros=euros, each=each, amount=amount, band=(amount.log10() * 2).floor().hash(4),
        bare=pl.when(each.is_null() & (euros > 0) & drug).then(euros),
        at_one=pl.when(priced).then(euros / amount.pow(_DISCOUNT)),
    )  # fmt: skip
    of_class = pl.col("drug_class")
    kind, unit = of_class ^ pl.col("drug_subclass"), of_class ^ pl.col("quantity_unit")
    kind_unit = kind ^ pl.col("quantity_unit")
    prices = prices.with_columns(kind=kind, unit=unit, kind_unit=kind_unit, like=kind_unit ^ pl.col("band"))
    prices = prices.with_columns(
        alike=_median("each", "like"),
        alone=pl.coalesce(_median("at_one", "kind_unit"), _median("at_one", "unit"))
        * pl.col("amount").pow(_DISCOUNT - 1),
        usual_price=pl.col("euros").median().over("drug_class"),
        usual_without_amount=pl.coalesce(_median("bare", "kind"), _median("bare", "drug_class")),
    )
    factor = pl.when(pl.col("alike").is_not_null()).then(_LEAST_PRICE).otherwise(_LEAST_PRICE_ALONE)
    return entities.with_columns(
        prices.select(
            "usual_without_amount", usual=pl.coalesce("alike", "alone"), least_price=factor * pl.col("usual_price")
        )
    )


def _median(column: str, group: str) -> pl.Expr:
    """The group's median where it has enough values."""
    enough = pl.col(column).count().over(group) >= _LEAST_PEERS
    return pl.when(enough).then(pl.col(column).median().over(group))


def flag_prices(prices: pl.DataFrame, options: CleaningOptions) -> pl.DataFrame:
    """Any prices (price_amount, price_eur, unit_price_eur) judged beside own_median and their offer's references.

    >>> prices = pl.DataFrame({
    ...     "price_amount": [0.0, 90.0, 10.0], "price_eur": [0.0, 90.0, 10.0], "unit_price_eur": [None, 90.0, 10.0],
    ...     "own_median": [10.0, 10.0, 10.0], "usual": [10.0] * 3, "least_price": [50.0] * 3,
    ...     "usual_without_amount": [None] * 3,
    ... }, schema_overrides={"unit_price_eur": pl.Float64, "usual_without_amount": pl.Float64})
    >>> flag_prices(prices, CleaningOptions())["holding_rule"].to_list()
    ['zero', 'own_median', None]
    """
    if not options.flag_holding_prices:
        return prices.with_columns(is_holding_price=pl.lit(False), holding_rule=pl.lit(None, pl.String))
    price, euros = pl.col("price_amount").cast(pl.Float64), pl.col("price_eur").cast(pl.Float64)
    ratio = pl.col("unit_price_eur") / pl.col("usual")
    bare = pl.when(pl.col("unit_price_eur").is_null()).then(euros / pl.col("usual_without_amount"))
    rule = (
        pl.when(price == 0)
        .then(pl.lit("zero"))
        .when(price > options.holding_own_ratio * pl.col("own_median"))
        .then(pl.lit("own_median"))
        .when((ratio > options.holding_unit_ratio) & (euros > pl.col("least_price")))
        .then(pl.lit("unit_price"))
        .when(bare > _WITHOUT_AMOUNT * options.holding_unit_ratio)
        .then(pl.lit("no_amount"))
        .when((euros > options.holding_cap_eur) & ~(ratio <= _WHOLESALE_RATIO).fill_null(False))
        .then(pl.lit("cap"))
    )
    return prices.with_columns(holding_rule=rule).with_columns(is_holding_price=pl.col("holding_rule").is_not_null())


def flag_unsold(entities: pl.DataFrame, feedback: pl.DataFrame, options: CleaningOptions) -> pl.DataFrame:
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
    relevant = feedback.filter(pl.col("listing_id").is_in(suspects["identity"].implode())).join(
        suspects, left_on="listing_id", right_on="identity"
    )
    sold = relevant.group_by(identity="listing_id").agg(
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
