"""Prices of offers: in euros, over the month, and since when an offer has its present price.

Keep out: the conversion itself (euros.py), which prices are not meant (holding_prices.py).
"""

import json

import polars as pl

from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.cleaning.prices.euros import EcbRates, official_rates, to_eur
from cryptodrug_assets.cleaning.prices.holding_prices import JUDGED_BY, flag_prices

PRICE = ("price_amount", "price_currency", "price_quotes", "exchange_rates", "captured_at")
_OF = ["identity", "price_currency"]


def price_offers(entities: pl.DataFrame, rates: EcbRates, reference: EcbRates | None) -> pl.DataFrame:
    """Price in euros; a fiat quote beside a coin price comes before the coin's rate."""
    entities = entities.with_columns(price_day=pl.col("priced_at").dt.date())
    fiat = sorted(rates.currencies)
    coin = ~pl.col("price_currency").is_in(fiat)
    keys = entities.filter(coin & pl.col("price_quotes").is_not_null()).select("price_quotes").unique()
    quotes = [_fiat_quote(text, fiat) for text in keys["price_quotes"]]
    values = keys.with_columns(
        pl.Series("q_amount", [quote[0] if quote else None for quote in quotes], pl.String).cast(
            pl.Decimal(28, 10), strict=False
        ),
        pl.Series("q_currency", [quote[1] if quote else None for quote in quotes], pl.String),
    )
    entities = entities.join(values, on="price_quotes", how="left", maintain_order="left")
    quoted = coin & pl.col("q_amount").is_not_null()
    entities = entities.with_columns(
        e_amount=pl.when(quoted).then("q_amount").otherwise("price_amount"),
        e_currency=pl.when(quoted).then("q_currency").otherwise("price_currency"),
    )
    entities = to_eur(
        entities, amount="e_amount", currency="e_currency", day="price_day", page_rates="exchange_rates",
        rates=rates, reference=reference,
    )  # fmt: skip
    euros = pl.col("price_eur").cast(pl.Float64)
    amount = pl.coalesce("price_quantity", "quantity")
    return entities.with_columns(
        eur_rate=pl.when(quoted & (euros > 0))
        .then(pl.col("price_amount").cast(pl.Float64) / euros)
        .otherwise("eur_rate"),
        unit_price_eur=pl.when((amount > 0) & (pl.col("quantity_confidence") == "high")).then(euros / amount),
    )


def _fiat_quote(text: str, fiat: list[str]) -> tuple[str, str] | None:
    """The first quote in a currency with an official rate, euro before others."""
    quotes = [
        (str(quote["amount"]), quote["currency"])
        for quote in json.loads(text)
        if quote.get("currency") in fiat and quote.get("amount") is not None
    ]
    return min(quotes, key=lambda quote: quote[1] != "EUR", default=None)


def with_price_history(entities: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The offers with own_median, that of their prices in the same currency, price_since, when their price was first
    seen, and price_moved, whether they were seen at several; null where the offer has no id of the market's own or no
    price. `rows` are what the offers were made of, price_first when their first price was seen, one_price whether it
    is the only one."""
    several = entities.filter(~pl.col("one_price")).select("identity")
    history = rows.filter(pl.col("price_amount").is_not_null()).join(
        several, left_on="listing_id", right_on="identity", how="semi"
    )
    history = history.select("price_amount", "price_currency", "captured_at", identity="listing_id")
    medians = history.group_by(_OF).agg(own_median=pl.col("price_amount").cast(pl.Float64).median())
    since = history.group_by(*_OF, "price_amount").agg(price_since=pl.col("captured_at").min())
    changed = since.join(medians, on=_OF, nulls_equal=True).with_columns(price_moved=pl.col("identity").is_duplicated())
    entities = entities.join(changed, on=[*_OF, "price_amount"], how="left", nulls_equal=True, maintain_order="left")
    # Most offers have one price, which is its own median.
    return entities.with_columns(
        own_median=pl.when("one_price").then(pl.col("price_amount").cast(pl.Float64)).otherwise("own_median"),
        price_since=pl.when("one_price").then("price_first").otherwise("price_since"),
        price_moved=pl.when("one_price").then(pl.lit(value=False)).otherwise("price_moved"),
    )


def price_points(
    rows: pl.DataFrame,
    entities: pl.DataFrame,
    reference: EcbRates | None,
    options: CleaningOptions,
) -> pl.DataFrame:
    """Euro prices over the month of the offers whose price changed, holding prices left out."""
    moved = entities.filter(pl.col("price_moved").fill_null(value=False))
    observations = rows.with_columns(identity=pl.col("listing_id"))
    observations = observations.join(moved.select("identity"), on="identity", how="semi", maintain_order="left")
    observations = observations.filter(pl.col("price_amount").is_not_null()).select("identity", *PRICE)
    offers = moved.select(
        "identity", "listing_key", "quantity", "price_quantity", "quantity_confidence", "own_median", *JUDGED_BY,
        own_currency="price_currency",
    )  # fmt: skip
    observations = observations.rename({"captured_at": "priced_at"}).join(offers, on="identity", maintain_order="left")
    # A median of other units says nothing.
    observations = observations.with_columns(
        own_median=pl.when(pl.col("price_currency") == pl.col("own_currency")).then("own_median")
    )
    points = flag_prices(price_offers(observations, official_rates(options.fetched_rates), reference), options)
    points = points.filter(~pl.col("is_holding_price") & pl.col("price_eur").is_not_null())
    return points.select("listing_key", "price_eur", seen_at="priced_at").unique(maintain_order=True)


def paid_in_eur(sales: pl.DataFrame, pages: pl.DataFrame, rates: EcbRates, reference: EcbRates | None) -> pl.DataFrame:
    """The sales with price_eur, eur_rate and rate_date of what was paid: price_amount in price_currency.

    An official currency has the rate of the sale's day. A coin has that of the page which showed the sale first, of
    that page's day, since a market states its coins' rates as of now; else that of the operator's table on the sale's
    day. `pages` have capture_id, captured_at and exchange_rates.
    """
    sales = sales.with_columns(sale_day=pl.col("dated_at").dt.date())
    coin = (~pl.col("price_currency").is_in(sorted(rates.currencies))).fill_null(value=False)
    if not sales.select(coin.any()).item():
        return _of_sale(sales, rates)
    shown = pages.filter(pl.col("exchange_rates").is_not_null()).unique("capture_id", keep="last", maintain_order=True)
    shown = shown.select("capture_id", "exchange_rates", page_day=pl.col("captured_at").dt.date())
    coins = sales.filter(coin).join(shown, on="capture_id", how="left", maintain_order="left")
    coins = _of_sale(coins, rates, day="page_day", page_rates="exchange_rates")
    converted = pl.col("price_eur").is_not_null()
    rest = coins.filter(~converted).select(sales.columns)
    parts = [_of_sale(sales.filter(~coin), rates), coins.filter(converted), _of_sale(rest, rates, reference=reference)]
    return pl.concat([part.select(parts[0].columns) for part in parts])


def _of_sale(
    sales: pl.DataFrame,
    rates: EcbRates,
    day: str = "sale_day",
    page_rates: str | None = None,
    reference: EcbRates | None = None,
) -> pl.DataFrame:
    return to_eur(
        sales,
        amount="price_amount",
        currency="price_currency",
        day=day,
        page_rates=page_rates,
        rates=rates,
        reference=reference,
    )
