"""clean.listings: the offers of a month as entities.

Contains one row per offer: its most detailed and latest values, with class, places, quantity and price in euros. An
offer is live in a month when it was captured in it. Keep out: bridging months (listing_history.py), counting.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from hashlib import sha256

import polars as pl

from cryptodrug_assets.cleaning.corrections import Correction, read_corrections, with_corrections
from cryptodrug_assets.cleaning.decisions import Decisions, in_order, map_distinct, to_contract
from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.cleaning.places.statements import parse_place, parse_places, sides
from cryptodrug_assets.cleaning.prices.euros import ecb_rates, official_rates
from cryptodrug_assets.cleaning.prices.holding_prices import flag_holding_prices, flag_unsold
from cryptodrug_assets.cleaning.prices.offer_prices import PRICE, price_offers, price_points, with_price_history
from cryptodrug_assets.cleaning.prices.units import with_stated_units
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.cleaning.titles.descriptions import READ, with_description
from cryptodrug_assets.cleaning.titles.drugs import Drug, category_class, classify, names_a_class
from cryptodrug_assets.cleaning.titles.quantities import parse_quantity

_TABLE = "listings"
_SEPARATOR = "\x1f"
_LAST = [
    "title", "vendor_name", "category_path", "ships_from", "ships_to", "escrow", "product_class", "views",
    "price_unit", "minimum_order", "description",
]  # fmt: skip
# What is read of parsed.listings: ways of sending, prices by number and the like stay where they are.
NEEDED = (
    "capture_id", "row", "page_kind", "listing_id", "units_sold", "units_sold_hi", "is_sticky", *_LAST, *PRICE,
)  # fmt: skip
# What is read of other months, to know the offers of sales that this month lacks.
OFFER_COLUMNS = (
    "listing_id", "vendor_name", "page_kind", "captured_at", "capture_id", "row", "title", "category_path",
    "ships_from", "ships_to", "description",
)  # fmt: skip
_OFFER_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "identity": pl.String, "vendor_name": pl.String, "origins": pl.List(pl.String),
    "destinations": pl.List(pl.String), "is_drug": pl.Boolean, "drug_class": pl.String,
}  # fmt: skip


def offers_of_parsed(
    rows: pl.DataFrame | None, market: str, pseudonyms: Pseudonyms | None = None, corrections: Sequence[Correction] = ()
) -> pl.DataFrame:
    """What parsed rows of another month say of their offers: identity (as _identified), vendor, places and class, as
    people corrected them.

    None gives the empty frame.
    """
    if rows is None or rows.is_empty():
        return pl.DataFrame(schema=_OFFER_SCHEMA)
    rows = rows.select(OFFER_COLUMNS).with_columns(pl.col("description").str.slice(0, READ))
    rows = _with_identity(rows, market, Decisions())
    rows = rows.with_columns(detail=pl.col("page_kind") == "listing").sort("detail", "captured_at", "capture_id", "row")
    last = ("title", "vendor_name", "category_path", "ships_from", "description")
    offers = rows.group_by("identity", maintain_order=True).agg(
        *(pl.col(name).drop_nulls().last() for name in last),
        pl.col("ships_to").filter(pl.col("ships_to").list.len() > 0).last(),
    )
    offers = _with_places(_with_class_and_quantity(offers, market)).filter(pl.col("vendor_name").is_not_null())
    if corrections and pseudonyms is not None:
        keys = pseudonyms.column("listing", market + "|" + offers["identity"])
        offers = with_corrections(offers.with_columns(listing_key=keys), corrections, pseudonyms)
    return offers.select(pl.col(name).cast(dtype) for name, dtype in _OFFER_SCHEMA.items()).sort("identity")


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
    rows = parsed.select(NEEDED).with_columns(pl.col("description").str.slice(0, READ))
    rows = _with_rates(rows, pages)
    entities = _one_row_per_offer(_with_identity(rows, market, decisions), decisions)
    entities = _with_keys(entities, market, pseudonyms)
    entities = _with_class_and_quantity(entities, market)
    entities = with_stated_units(entities, decisions)
    _report_unmapped(entities, market, decisions)
    entities = _with_places(entities)
    entities = with_corrections(entities, read_corrections(options.corrections), pseudonyms, decisions)
    reference = ecb_rates(options.coin_rates) if options.coin_rates else None
    entities = price_offers(entities, official_rates(options.fetched_rates), reference)
    entities = flag_holding_prices(with_price_history(entities, rows), options)
    entities = flag_unsold(entities, feedback, options)
    held = entities.filter("is_holding_price")
    decisions.rows(_TABLE, "flagged", "holding_price", held, "listing_key", after=pl.col("holding_rule"))
    far = entities.filter(pl.col("price_amount").is_not_null() & (pl.col("price_basis") == "none"))
    decisions.rows(_TABLE, "flagged", "no_rate", far, "listing_key", before=pl.col("price_currency"))
    prices = price_points(rows, entities, reference, options)
    return to_contract(entities, _TABLE, market, month), prices


def _with_rates(rows: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """Rows with the exchange rates of their page where they have none of their own."""
    shown = pages.filter(pl.col("exchange_rates").is_not_null()).select("capture_id", on_page="exchange_rates")
    if shown.is_empty():
        return rows
    shown = shown.unique("capture_id", keep="last", maintain_order=True)
    rows = rows.join(shown, on="capture_id", how="left", maintain_order="left")
    return rows.with_columns(exchange_rates=pl.coalesce("exchange_rates", "on_page")).drop("on_page")


def plain_title(column: str) -> pl.Expr:
    """A title's letters and numbers alone, in lower case: equal for titles that differ in decoration.

    >>> pl.DataFrame({"title": ["** 5G  Haze!! **"]}).select(plain_title("title")).item()
    '5g haze'
    """
    return pl.col(column).str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()


def identity() -> pl.Expr:
    """What parsed offers are told apart by: the market's own id, else vendor and plain title."""
    from_title = pl.concat_str(pl.lit("~"), "vendor_name", pl.lit(_SEPARATOR), plain_title("title"))
    return pl.coalesce("listing_id", from_title)


def _with_identity(rows: pl.DataFrame, market: str, decisions: Decisions) -> pl.DataFrame:
    """Rows with an identity: the market's own id, else vendor and normalised title."""
    rows = rows.with_columns(identity="listing_id")
    if not rows["identity"].null_count():
        return rows
    rows = rows.with_columns(identity=identity())
    decisions.mass(_TABLE, "dropped", "no_identity", rows["identity"].null_count())
    return rows.filter(pl.col("identity").is_not_null())


def _one_row_per_offer(rows: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    """One row per offer. The offer's own page says more than a row of an index, a later page more than an earlier."""
    # The store gives rows in this order already.
    if not rows.select(in_order("capture_id", "row")).item():
        rows = rows.sort("capture_id", "row")
    priced = pl.col("price_amount").is_not_null()
    own_price = priced & pl.col("listing_id").is_not_null()
    price = pl.col("price_amount").hash(1) ^ pl.col("price_currency").hash(2)
    # Numbers that differ where names do: within a group they are told apart much faster.
    rows = rows.with_columns(
        capture=pl.col("capture_id").rle_id(),
        vendor=pl.when(pl.col("vendor_name").is_not_null()).then(pl.col("vendor_name").hash()),
        price=pl.when(own_price).then(price),
        detail=pl.col("page_kind") == "listing",
    )
    # What no page states costs nothing.
    never = [name for name in _LAST if name != "ships_to" and rows[name].null_count() == rows.height]
    entities = (
        rows.sort("detail", "captured_at", maintain_order=True)
        .group_by("identity")
        .agg(
            *(pl.col(name).drop_nulls().last() for name in _LAST if name not in ("ships_to", *never)),
            *(pl.col(name).first() for name in never),
            pl.col("ships_to").filter(pl.col("ships_to").list.len() > 0).last(),
            *(pl.col(name).filter(priced).last().alias(f"p_{name}") for name in PRICE),
            price_first=pl.col("captured_at").filter(own_price).min(),
            one_price=pl.col("price").min() == pl.col("price").max(),
            units_sold_lo=pl.col("units_sold").filter(pl.col("units_sold").is_not_null()).last(),
            units_sold_hi=pl.col("units_sold_hi").filter(pl.col("units_sold").is_not_null()).last(),
            is_sticky=pl.col("is_sticky").fill_null(False).any(),
            n_captures=pl.col("capture").n_unique(),
            first_seen=pl.col("captured_at").min(),
            last_seen=pl.col("captured_at").max(),
            capture_id=pl.col("capture_id").last(),
            several_vendors=pl.col("vendor").min() != pl.col("vendor").max(),
        )
    )
    decisions.mass(_TABLE, "merged", "repeated_rows", rows.height - entities.height)
    decisions.mass(_TABLE, "altered", "latest_of_several_vendors", entities.filter("several_vendors").height)
    nameless = entities["vendor_name"].null_count()
    decisions.mass(_TABLE, "dropped", "no_vendor", nameless)
    return entities.filter(pl.col("vendor_name").is_not_null()).rename(
        {f"p_{name}": ("priced_at" if name == "captured_at" else name) for name in PRICE}
    )


def _with_keys(entities: pl.DataFrame, market: str, pseudonyms: Pseudonyms) -> pl.DataFrame:
    vendor = market + "|" + entities["vendor_name"]
    listing = market + "|" + entities["identity"]
    return entities.with_columns(
        vendor_key=pseudonyms.column("vendor", vendor), listing_key=pseudonyms.column("listing", listing)
    ).sort("listing_key")


def _with_class_and_quantity(entities: pl.DataFrame, market: str) -> pl.DataFrame:
    """Class and quantity of the offers, worked out once for each title in a category."""
    entities = entities.with_columns(path=pl.col("category_path").list.join(_SEPARATOR))
    keys = entities.select("title", "path").unique()
    drugs = [_class_of(title, path, market) for title, path in keys.iter_rows()]
    quantities = [parse_quantity(title) for title in keys["title"]]
    values = keys.with_columns(
        pl.Series("drug_class", [drug.drug_class for drug in drugs], pl.String),
        pl.Series("drug_subclass", [drug.drug_subclass for drug in drugs], pl.String),
        pl.Series("class_rule", [drug.rule_id for drug in drugs], pl.String),
        pl.Series("class_review", [drug.review for drug in drugs], pl.Boolean),
        pl.Series("quantity", [quantity.amount for quantity in quantities], pl.Float64),
        pl.Series("quantity_unit", [quantity.unit for quantity in quantities], pl.String),
        pl.Series("strength_mg", [quantity.strength_mg for quantity in quantities], pl.Float64),
        pl.Series("quantity_rule", [quantity.rule_id for quantity in quantities], pl.String),
        pl.Series("quantity_confidence", [quantity.confidence for quantity in quantities], pl.String),
    )
    entities = _with_descriptions(map_distinct(entities, ["title", "path"], values), market)
    return entities.with_columns(is_drug=(pl.col("drug_class") != "not_a_drug").fill_null(False))


def _with_descriptions(entities: pl.DataFrame, market: str) -> pl.DataFrame:
    """The class in the light of the description, where the title is silent or names cannabis: few offers, so row by
    row."""
    asked = pl.col("description").is_not_null() & (
        pl.col("drug_class").is_null() | (pl.col("drug_class") == "cannabis")
        | pl.col("class_rule").str.contains("category|nickname")
    )  # fmt: skip
    keys = entities.filter(asked & (pl.col("drug_class") != "not_a_drug").fill_null(value=True))
    of_class = ["drug_class", "drug_subclass", "class_rule", "class_review"]
    keys = keys.select("title", "path", "description", *of_class).unique(maintain_order=True)
    if keys.is_empty():
        return entities
    drugs = [
        with_description(
            Drug(*said), title, text, on_shelf=names_a_class(path.split(_SEPARATOR) if path else (), market)
        )
        for title, path, text, *said in keys.iter_rows()
    ]
    columns = [pl.Series(f"{name}_now", values, keys.schema[name]) for name, values in zip(
        of_class, zip(*((drug.drug_class, drug.drug_subclass, drug.rule_id, drug.review) for drug in drugs),
    strict=True), strict=True )]  # fmt: skip
    read = keys.select("title", "path", "description").with_columns(*columns, described=pl.lit(value=True))
    joined = map_distinct(entities, ["title", "path", "description"], read)
    return joined.with_columns(
        pl.when("described").then(f"{name}_now").otherwise(name).alias(name) for name in of_class
    ).drop(*(f"{name}_now" for name in of_class), "described")


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
            decisions.mass(_TABLE, "flagged", "unmapped_category", number, path_digest(path.split(_SEPARATOR)))


def path_digest(path: Sequence[str]) -> str:
    """What stands for an unmapped category path outside the restricted tables, where a page's words do not belong.

    DuckDB makes the same of parsed.listings: left(sha256(array_to_string(category_path, ' / ')), 16).

    >>> path_digest(["Drugs", "Cannabis"])
    '7de770af13cf359a'
    """
    return sha256(" / ".join(path).encode()).hexdigest()[:16]


def _with_places(entities: pl.DataFrame) -> pl.DataFrame:
    """Origins and destinations. "Worldwide" does not say where something comes from: no origin."""
    origin_keys = entities.select("ships_from").unique()
    origins = [parse_place(sides(text)[0]) for text in origin_keys["ships_from"]]
    codes = [[code for code in place.include if code != "WW"] for place in origins]
    origin_values = origin_keys.with_columns(
        pl.Series("origins", codes, pl.List(pl.String)),
        pl.Series("origin_kind", [place.kind for place in origins], pl.String),
    )
    entities = entities.with_columns(to=pl.col("ships_to").list.join(_SEPARATOR))
    goal_keys = entities.select("to").unique()
    goals = [
        parse_places(sides(part)[1] or "" for part in text.split(_SEPARATOR)) if text else parse_places(())
        for text in goal_keys["to"]
    ]
    goal_values = goal_keys.with_columns(
        pl.Series("destinations", [list(place.include) for place in goals], pl.List(pl.String)),
        pl.Series("excluded", [list(place.exclude) for place in goals], pl.List(pl.String)),
        pl.Series("destination_kind", [place.kind for place in goals], pl.String),
    )
    entities = map_distinct(entities, ["ships_from"], origin_values)
    entities = map_distinct(entities, ["to"], goal_values)
    return entities.with_columns(n_origins=pl.col("origins").list.len().cast(pl.Int64))
