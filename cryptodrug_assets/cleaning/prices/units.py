"""What a price is for, where the market states it beside the price: per gram, per 3.5 g, per piece, per order.

A stated unit counts before one guessed from the title. Where the title states an amount as well, both must agree;
otherwise the offer has no unit price. Keep out: amounts in titles (titles/quantities.py). Method:
docs/methods/quantities.md.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from cryptodrug_assets.cleaning.decisions import Decisions, map_distinct
from cryptodrug_assets.cleaning.titles import quantity_words as words
from cryptodrug_assets.cleaning.titles.quantities import Quantity, parse_quantity
from cryptodrug_assets.cleaning.titles.quantity_text import normalised, number

CONFLICT, STATED = "unit_conflict", "stated_unit"
# Traders' ounces have 28, 28.35 or 25 grams.
_SAME = 0.15
_TEXT = re.compile(r"(?:(?:per|pro|par|a|1 x|/) ?)?(\d+(?:[.,]\d+)?|[.,]\d+)? ?x? ?([a-z]+(?:'s)?)\.?")
_LONGEST = 40
# The article as a whole, whatever it is.
_ORDER = frozenset(
    ("order", "orders", "listing", "offer", "deal", "lot", "package", "parcel", "pack", "packs", "set", "box", "bag",
     "bestellung", "bestelling", "commande", "angebot", "aanbod", "paket", "pakket", "paquet", "sample")
)  # fmt: skip
# One of what the title names: a pill where it names pills, else the article.
_ANY_PIECE = frozenset(
    ("piece", "pieces", "pc", "pcs", "unit", "units", "each", "ea", "item", "items", "stk", "stuck", "stuks", "stuk",
     "stueck", "ct", "count", "one")
)  # fmt: skip


@dataclass(frozen=True)
class PriceUnit:
    """kind measure (amount in g or ml), piece (amount of pieces of a kind), any_piece or order."""

    kind: str
    amount: float
    unit: str | None


def _like_a_title(text: str) -> PriceUnit | None:
    """ "1/2 oz", "10 x 1g", "box of 28 pills": an amount as a title would state it."""
    quantity = parse_quantity(text)
    if quantity.amount is None or quantity.unit is None or quantity.confidence == "low":
        return None
    return PriceUnit("piece" if quantity.unit == "unit" else "measure", quantity.amount, quantity.unit)


class StatedAmount(NamedTuple):
    """Amount of an order, its unit, what the price is for (null: the order), rule and confidence."""

    quantity: float | None
    unit: str | None
    price_quantity: float | None
    rule: str
    confidence: str


@lru_cache(maxsize=4096)
def read_unit(text: str | None) -> PriceUnit | None:
    """The unit of a price as a market writes it ("Gram", "3.5gram", "1LB", "per pill", "ORDER"); None if unknown.

    >>> read_unit("3.5gram")
    PriceUnit(kind='measure', amount=3.5, unit='g')
    >>> read_unit("per pill").kind, read_unit("ORDER").kind, read_unit("banana")
    ('piece', 'order', None)
    """
    plain = " ".join(normalised((text or "")[:_LONGEST]).split())
    match = _TEXT.fullmatch(plain)
    if match is None:
        return _like_a_title(plain)
    amount = number(match[1]) if match[1] else 1.0
    if not amount:
        return None
    word = match[2].removesuffix("'s")
    if word in words.MEASURES:
        dimension, factor = words.MEASURES[word]
        return PriceUnit("measure", amount * factor, "g" if dimension == "mg" else dimension)
    if word in _ORDER:
        return PriceUnit("order", 1.0, None)
    if word in _ANY_PIECE:
        return PriceUnit("any_piece" if amount == 1 else "piece", amount, "unit")
    return PriceUnit("piece", amount, "unit") if word in words.UNITS | words.PIECE_NAMES else None


def reconcile_amounts(title: Quantity, unit: PriceUnit | None, minimum: float | None) -> StatedAmount:
    """The amount in the title and the market's own unit of price and least order, made one.

    `title` is what the title states, `minimum` the least number of units in an order. Amounts agree when the title's is
    the unit's or that of the least order (within 15 %: traders' ounces have 25 to 28.35 g). A guess of the title's (low
    confidence) gives way; two clear amounts that differ are a conflict, and then neither is believed.

    >>> from cryptodrug_assets.cleaning.titles.quantities import parse_quantity
    >>> per_gram = read_unit("Gram")
    >>> reconcile_amounts(parse_quantity("Pure cocaine 5g"), per_gram, 5)[:3]
    (5.0, 'g', 1.0)
    >>> reconcile_amounts(parse_quantity("Pure cocaine 5g"), per_gram, None).rule
    'unit_conflict'
    """
    of_title = StatedAmount(title.amount, title.unit, None, title.rule_id, title.confidence)
    if unit is None or unit.kind == "order" or title.rule_id in ("not_a_drug", "other_goods"):
        return of_title
    sure = title.amount if title.confidence == "high" else None
    if unit.kind == "any_piece":
        if sure is not None and title.unit != "unit":
            # The piece is the article: 3.5 g at so much each.
            return of_title
        if sure is None and not (title.strength_mg or title.unit == "unit"):
            return of_title
    if sure is None:
        return StatedAmount(None, unit.unit, unit.amount, STATED, "high")
    if title.unit == unit.unit:
        if _same(sure, unit.amount):
            return of_title
        if minimum and _same(sure, unit.amount * minimum):
            return StatedAmount(sure, title.unit, unit.amount, STATED, "high")
    return StatedAmount(None, None, None, CONFLICT, "low")


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME * max(one, other)


def with_stated_units(offers: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    """The offers with price_quantity, and with the amounts of those whose price has a stated unit.

    `offers` have title, price_unit and minimum_order beside what their titles told.
    """
    nothing = pl.lit(None, pl.Float64)
    priced = offers.filter(pl.col("price_unit").is_not_null())
    if priced.is_empty():
        return offers.with_columns(price_quantity=nothing)
    keys = priced.select("title", "price_unit", "minimum_order").unique(maintain_order=True)
    units = [read_unit(text) for text in keys["price_unit"]]
    amounts = [
        reconcile_amounts(parse_quantity(title), unit, least)
        for title, unit, least in zip(keys["title"], units, keys["minimum_order"], strict=True)
    ]
    values = _columns(keys, amounts).with_columns(pl.Series("unread", [unit is None for unit in units], pl.Boolean))
    offers = map_distinct(offers, keys.columns, values)
    _report(offers, decisions)
    has_unit = pl.col("unread").is_not_null()
    replaced = ("quantity", "quantity_unit", "quantity_rule", "quantity_confidence")
    return offers.with_columns(
        pl.when(has_unit).then(f"stated_{name}").otherwise(name).alias(name) for name in replaced
    ).drop(*(f"stated_{name}" for name in replaced), "unread")


def _columns(keys: pl.DataFrame, amounts: Iterable[StatedAmount]) -> pl.DataFrame:
    schema = {
        "stated_quantity": pl.Float64, "stated_quantity_unit": pl.String, "price_quantity": pl.Float64,
        "stated_quantity_rule": pl.String, "stated_quantity_confidence": pl.String,
    }  # fmt: skip
    return keys.hstack(pl.DataFrame(list(amounts), schema=schema, orient="row"))


def _report(offers: pl.DataFrame, decisions: Decisions) -> None:
    """Conflicts one by one; units that are not known by how many offers have them."""
    conflict = offers.filter(pl.col("stated_quantity_rule") == CONFLICT)
    title = pl.concat_str(pl.col("quantity"), pl.lit(" "), pl.col("quantity_unit"))
    decisions.rows("listings", "flagged", CONFLICT, conflict, "listing_key", before=title)
    decisions.mass("listings", "flagged", "unit_unread", offers.filter("unread").height)
