"""clean.listings: the offers of a month as entities.

One row per offer: its most detailed and latest values, with class, places, quantity and price in euros. Liveness is
being captured in the month. Bridging months and counting belong to the indicators.
"""

import json
from datetime import date
from functools import lru_cache

import polars as pl

from cryptodrug_assets.cleaning.decisions import Decisions, map_distinct, to_contract
from cryptodrug_assets.cleaning.drugs import Drug, category_class, classify
from cryptodrug_assets.cleaning.holding import flag_holding_prices, flagged, no_sales_since
from cryptodrug_assets.cleaning.money import EcbRates, ecb_rates, to_eur
from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.cleaning.places import parse_place, parse_places
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.cleaning.quantities import parse_quantity

_TABLE = "listings"
_SEPARATOR = "\x1f"
_LAST = [
    "title", "vendor_name", "category_path", "ships_from", "ships_to", "escrow", "product_class", "views",
]  # fmt: skip
_PRICE = ["price_amount", "price_currency", "price_quotes", "exchange_rates", "captured_at"]


def clean_listings(
    parsed: pl.DataFrame,
    pages: pl.DataFrame,
    feedback: pl.DataFrame,
    *,
    market: str,
    month: date,
    pseudonyms: Pseudonyms,
    options: CleaningOptions,
    decisions: Decisions,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """clean.listings of a month from parsed.listings, pages and feedback; what it drops or flags goes to `decisions`.

    Second, the price history of the offers whose price changed within the month: listing_key, seen_at and price_eur of
    every observation that is no holding price.
    """
    rates = (
        parsed.select("capture_id")
        .unique()
        .join(pages.select("capture_id", on_page="exchange_rates").unique("capture_id"), on="capture_id", how="left")
    )
    rows = parsed.join(rates, on="capture_id", how="left", maintain_order="left").with_columns(
        exchange_rates=pl.coalesce("exchange_rates", "on_page")
    )
    entities = _entities(_identified(rows, market, decisions), decisions)
    entities = _with_keys(entities, market, pseudonyms)
    entities = _classified(entities, market)
    _report_unmapped(entities, market, decisions)
    entities = _placed(entities)
    entities = _measured(entities)
    reference = ecb_rates(options.coin_rates) if options.coin_rates else None
    entities = _priced(entities, ecb_rates(), reference)
    history = _price_history(rows)
    entities = flag_holding_prices(entities, history, options)
    entities = no_sales_since(_since(entities, history), feedback, options)
    held = entities.filter("is_holding_price")
    decisions.rows(_TABLE, "flagged", "holding_price", held, "listing_key", after=pl.col("holding_rule"))
    far = entities.filter(pl.col("price_amount").is_not_null() & (pl.col("price_basis") == "none"))
    decisions.rows(_TABLE, "flagged", "no_rate", far, "listing_key", before=pl.col("price_currency"))
    prices = _price_points(rows, history, entities, reference, options)
    return to_contract(entities, _TABLE, market, month).sort("listing_key"), prices


def _identified(rows: pl.DataFrame, market: str, decisions: Decisions) -> pl.DataFrame:
    """Rows with an identity: the market's own id, else vendor and normalised title."""
    title = pl.col("title").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    made_up = pl.concat_str(pl.lit("~"), "vendor_name", pl.lit(_SEPARATOR), title)
    rows = rows.with_columns(identity=pl.coalesce("listing_id", made_up))
    decisions.mass(_TABLE, "dropped", "no_identity", rows["identity"].null_count())
    return rows.filter(pl.col("identity").is_not_null())


def _entities(rows: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    """One row per offer. The offer's own page says more than a row of an index, a later page more than an earlier."""
    rows = rows.with_columns(detail=pl.col("page_kind") == "listing").sort("detail", "captured_at", "capture_id", "row")
    priced = pl.col("price_amount").is_not_null()
    entities = rows.group_by("identity", maintain_order=True).agg(
        *(pl.col(name).drop_nulls().last() for name in _LAST if name != "ships_to"),
        pl.col("ships_to").filter(pl.col("ships_to").list.len() > 0).last(),
        *(pl.col(name).filter(priced).last().alias(f"p_{name}") for name in _PRICE),
        units_sold_lo=pl.col("units_sold").filter(pl.col("units_sold").is_not_null()).last(),
        units_sold_hi=pl.col("units_sold_hi").filter(pl.col("units_sold").is_not_null()).last(),
        is_sticky=pl.col("is_sticky").fill_null(False).any(),
        n_captures=pl.col("capture_id").n_unique(),
        first_seen=pl.col("captured_at").min(),
        last_seen=pl.col("captured_at").max(),
        capture_id=pl.col("capture_id").last(),
        n_vendors=pl.col("vendor_name").drop_nulls().n_unique(),
    )
    decisions.mass(_TABLE, "merged", "repeated_rows", rows.height - entities.height)
    decisions.mass(_TABLE, "altered", "latest_of_several_vendors", entities.filter(pl.col("n_vendors") > 1).height)
    nameless = entities["vendor_name"].null_count()
    decisions.mass(_TABLE, "dropped", "no_vendor", nameless)
    return entities.filter(pl.col("vendor_name").is_not_null()).rename(
        {f"p_{name}": ("priced_at" if name == "captured_at" else name) for name in _PRICE}
    )


def _with_keys(entities: pl.DataFrame, market: str, pseudonyms: Pseudonyms) -> pl.DataFrame:
    vendor = market + "|" + entities["vendor_name"]
    listing = market + "|" + entities["identity"]
    return entities.with_columns(
        vendor_key=pseudonyms.column("vendor", vendor), listing_key=pseudonyms.column("listing", listing)
    )


def _classified(entities: pl.DataFrame, market: str) -> pl.DataFrame:
    entities = entities.with_columns(path=pl.col("category_path").list.join(_SEPARATOR))
    keys = entities.select("title", "path").unique()
    found = [_class_of(title, path, market) for title, path in keys.iter_rows()]
    values = keys.with_columns(
        pl.Series("drug_class", [drug.drug_class for drug in found], pl.String),
        pl.Series("drug_subclass", [drug.drug_subclass for drug in found], pl.String),
        pl.Series("class_rule", [drug.rule_id for drug in found], pl.String),
        pl.Series("class_review", [drug.review for drug in found], pl.Boolean),
    )
    return map_distinct(entities, ["title", "path"], values).with_columns(
        is_drug=(pl.col("drug_class") != "not_a_drug").fill_null(False)
    )


@lru_cache(maxsize=1 << 18)
def _class_of(title: str | None, path: str | None, market: str) -> Drug:
    """The class of a title in a category; the next month's offers are mostly the same."""
    return classify(title, path.split(_SEPARATOR) if path else (), market)


def _report_unmapped(entities: pl.DataFrame, market: str, decisions: Decisions) -> None:
    """One decision per category path that the map lacks, with the number of offers filed there."""
    counts = entities.filter(pl.col("path").is_not_null()).group_by("path").agg(n=pl.len()).sort("path")
    for path, number in counts.iter_rows():
        category = category_class(market, path.split(_SEPARATOR))
        if category is None or not category.mapped:
            decisions.mass(_TABLE, "flagged", "unmapped_category", number, " / ".join(path.split(_SEPARATOR)))


def _placed(entities: pl.DataFrame) -> pl.DataFrame:
    """Origins and destinations. "Worldwide" does not say where something comes from: no origin."""
    origin_keys = entities.select("ships_from").unique()
    origins = [parse_place(text) for text in origin_keys["ships_from"]]
    codes = [[code for code in place.include if code != "WW"] for place in origins]
    origin_values = origin_keys.with_columns(
        pl.Series("origins", codes, pl.List(pl.String)),
        pl.Series("origin_kind", [place.kind for place in origins], pl.String),
    )
    entities = entities.with_columns(to=pl.col("ships_to").list.join(_SEPARATOR))
    goal_keys = entities.select("to").unique()
    goals = [parse_places(text.split(_SEPARATOR) if text else ()) for text in goal_keys["to"]]
    goal_values = goal_keys.with_columns(
        pl.Series("destinations", [list(place.include) for place in goals], pl.List(pl.String)),
        pl.Series("excluded", [list(place.exclude) for place in goals], pl.List(pl.String)),
        pl.Series("destination_kind", [place.kind for place in goals], pl.String),
    )
    entities = map_distinct(entities, ["ships_from"], origin_values)
    entities = map_distinct(entities, ["to"], goal_values)
    return entities.with_columns(n_origins=pl.col("origins").list.len().cast(pl.Int64))


def _measured(entities: pl.DataFrame) -> pl.DataFrame:
    keys = entities.select("title").unique()
    found = [parse_quantity(title) for title in keys["title"]]
    values = keys.with_columns(
        pl.Series("quantity", [quantity.amount for quantity in found], pl.Float64),
        pl.Series("quantity_unit", [quantity.unit for quantity in found], pl.String),
        pl.Series("strength_mg", [quantity.strength_mg for quantity in found], pl.Float64),
        pl.Series("quantity_rule", [quantity.rule_id for quantity in found], pl.String),
        pl.Series("quantity_confidence", [quantity.confidence for quantity in found], pl.String),
    )
    return map_distinct(entities, ["title"], values)


def _priced(entities: pl.DataFrame, rates: EcbRates, reference: EcbRates | None) -> pl.DataFrame:
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
    return entities.with_columns(
        eur_rate=pl.when(quoted & (euros > 0))
        .then(pl.col("price_amount").cast(pl.Float64) / euros)
        .otherwise("eur_rate"),
        unit_price_eur=pl.when((pl.col("quantity") > 0) & (pl.col("quantity_confidence") == "high")).then(
            euros / pl.col("quantity")
        ),
    )


def _fiat_quote(text: str, fiat: list[str]) -> tuple[str, str] | None:
    """The first quote in a currency with an official rate, euro before others."""
    found = [
        (str(quote["amount"]), quote["currency"])
        for quote in json.loads(text)
        if quote.get("currency") in fiat and quote.get("amount") is not None
    ]
    return min(found, key=lambda quote: quote[1] != "EUR", default=None)


def _price_history(rows: pl.DataFrame) -> pl.DataFrame:
    """Every price seen in the month: identity, price_currency, price_amount, captured_at."""
    found = rows.with_columns(identity=pl.col("listing_id"))
    return found.filter(pl.col("price_amount").is_not_null() & pl.col("identity").is_not_null()).select(
        "identity", "price_currency", "price_amount", "captured_at"
    )


def _since(entities: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """The offers with price_since: when their price was first seen in the month."""
    same = ["identity", "price_currency", "price_amount"]
    first = history.group_by(same).agg(price_since=pl.col("captured_at").min())
    return entities.join(first, on=same, how="left", maintain_order="left")


def _price_points(
    rows: pl.DataFrame,
    history: pl.DataFrame,
    entities: pl.DataFrame,
    reference: EcbRates | None,
    options: CleaningOptions,
) -> pl.DataFrame:
    """Euro prices over the month of the offers whose price changed, holding prices left out."""
    changed = (
        history.group_by("identity")
        .agg(pl.struct("price_currency", "price_amount").n_unique().alias("prices"))
        .filter(pl.col("prices") > 1)
        .select("identity")
    )
    seen = rows.with_columns(identity=pl.col("listing_id")).join(changed, on="identity", how="semi")
    seen = seen.filter(pl.col("price_amount").is_not_null()).select("identity", *_PRICE)
    known = entities.select(
        "identity", "listing_key", "quantity", "quantity_confidence", "own_median", "peers", "usual",
        own_currency="price_currency",
    )  # fmt: skip
    seen = seen.rename({"captured_at": "priced_at"}).join(known, on="identity")
    # A median of other units says nothing.
    seen = seen.with_columns(own_median=pl.when(pl.col("price_currency") == pl.col("own_currency")).then("own_median"))
    points = flagged(_priced(seen, ecb_rates(), reference), options)
    points = points.filter(~pl.col("is_holding_price") & pl.col("price_eur").is_not_null())
    return points.select("listing_key", "price_eur", seen_at="priced_at").unique(maintain_order=True)
