"""Units of prices as markets state them, and titles that agree with them or not; answers worked out by hand."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cryptodrug_assets.cleaning.prices.units import PriceUnit, read_unit, reconcile_amounts
from cryptodrug_assets.cleaning.titles.quantities import parse_quantity
from cryptodrug_assets_tests.cleaning.months import clean, parsed, rules, sale

GRAM, ORDER = PriceUnit("measure", 1.0, "g"), PriceUnit("order", 1.0, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gram", GRAM), ("gram", GRAM), ("per gram", GRAM), ("/g", GRAM), ("pro Gramm", GRAM), ("par gramme", GRAM),
        ("3.5gram", PriceUnit("measure", 3.5, "g")), ("3,5 g", PriceUnit("measure", 3.5, "g")),
        ("112g", PriceUnit("measure", 112.0, "g")), ("1LB", PriceUnit("measure", 453.592, "g")),
        ("2oz", PriceUnit("measure", 56.699, "g")), ("kg", PriceUnit("measure", 1000.0, "g")),
        ("½ oz", PriceUnit("measure", 14.17475, "g")), ("100 mg", PriceUnit("measure", 0.1, "g")),
        ("Litre", PriceUnit("measure", 1000.0, "ml")), ("10ml", PriceUnit("measure", 10.0, "ml")),
        ("ORDER", ORDER), ("per order", ORDER), ("Listing", ORDER), ("Bestellung", ORDER),
        ("Piece", PriceUnit("any_piece", 1.0, "unit")), ("Stück", PriceUnit("any_piece", 1.0, "unit")),
        ("stuk", PriceUnit("any_piece", 1.0, "unit")), ("pièce", PriceUnit("any_piece", 1.0, "unit")),
        ("Each", PriceUnit("any_piece", 1.0, "unit")), ("30Unit", PriceUnit("piece", 30.0, "unit")),
        ("pill", PriceUnit("piece", 1.0, "unit")), ("10 tabs", PriceUnit("piece", 10.0, "unit")),
        ("preroll", PriceUnit("piece", 1.0, "unit")),
        ("10 x 1g", PriceUnit("measure", 10.0, "g")), ("box of 28 pills", PriceUnit("piece", 28.0, "unit")),
        ("parsec", None), ("", None), (None, None), ("0 g", None), ("g" * 5000, None), ("1" * 5000, None),
    ],
)  # fmt: skip
def test_units_as_markets_write_them(text: str | None, expected: PriceUnit | None) -> None:
    found = read_unit(text)
    assert (found is None) == (expected is None)
    if found and expected:
        assert (found.kind, found.unit) == (expected.kind, expected.unit)
        assert found.amount == pytest.approx(expected.amount, rel=1e-4)


@pytest.mark.parametrize(
    ("title", "unit", "minimum", "quantity", "per", "rule"),
    [
        # The title says nothing, guesses or offers a choice: the page's unit stands.
        ("Speed paste", "Gram", None, None, 1.0, "stated_unit"),
        ("Hash 1g/3.5g/7g/14g/28g", "Gram", 5, None, 1.0, "stated_unit"),
        ("Cherry pie haze", "28g", None, None, 28.0, "stated_unit"),
        # Both say the same.
        ("28g Haze", "28g", None, 28.0, None, "measure"),
        ("1 oz Haze", "28g", None, 28.3495, None, "measure"),
        ("1g Speed", "Gram", 10, 1.0, None, "measure"),
        ("100g Speed", "Gram", 100, 100.0, 1.0, "stated_unit"),
        # 28 times off, five times off, other units.
        ("28g Haze", "Gram", 1, None, None, "unit_conflict"),
        ("28g Haze", "Gram", None, None, None, "unit_conflict"),
        ("5g Speed", "g", 2, None, None, "unit_conflict"),
        ("100 XTC pills 200mg", "Gram", None, None, None, "unit_conflict"),
        ("100 XTC pills 200mg", "Piece", None, None, None, "unit_conflict"),
        ("100 XTC pills 200mg", "pill", 100, 100.0, 1.0, "stated_unit"),
        # Per order and per piece of something weighed: the title's amount.
        ("28g Haze", "ORDER", None, 28.0, None, "measure"),
        ("28g Haze", "Piece", None, 28.0, None, "measure"),
        ("Haze", "Unit", None, None, None, "no_quantity"),
        ("Oxycodone 40mg", "Piece", 10, None, 1.0, "stated_unit"),
        ("Haze preroll", "preroll", None, None, 1.0, "stated_unit"),
        # An unknown unit is none.
        ("28g Haze", "parsec", None, 28.0, None, "measure"),
        ("Replica watch", "Gram", None, None, None, None),
    ],
)
def test_a_stated_unit_beats_a_guess_and_must_agree_with_a_clear_amount(
    title: str, unit: str, minimum: float | None, quantity: float | None, per: float | None, rule: str | None
) -> None:
    found = reconcile_amounts(parse_quantity(title), read_unit(unit), minimum)
    assert (found.quantity, found.price_quantity) == (quantity, per)
    assert found.rule == (rule or parse_quantity(title).rule_id)
    assert (found.confidence == "low") == (rule == "unit_conflict") or rule in (None, "no_quantity")


def test_unit_prices_follow_the_page(tmp_path: Path) -> None:
    """8.50 a gram; 115 for 28 g; 100 g at 5 a gram, sold from 100; 28 g "per gram" is not 115 a gram nor 4.11."""

    def offer(number: int, title: str, euros: str, unit: str | None, least: float | None = None) -> dict[str, Any]:
        return {"listing_id": str(number), "title": title, "price_amount": Decimal(euros), "price_currency": "EUR",
                "price_unit": unit, "minimum_order": least}  # fmt: skip

    offers = [
        offer(1, "Speed paste", "8.50", "Gram"), offer(2, "28g Speed", "115", "28g"),
        offer(3, "100g Speed", "5", "g", 100),
        offer(4, "28g Speed", "115", "Gram"), offer(5, "10g Speed", "60", None), offer(6, "10g Speed", "60", "furlong"),
    ]  # fmt: skip
    found = clean(parsed(offers, [sale(0, 1)]), tmp_path)
    told = {
        row["price_eur"]: (row["unit_price_eur"], row["quantity_rule"], row["quantity"], row["minimum_order"])
        for row in found["listings"].iter_rows(named=True)
        if row["quantity_rule"] != "unit_conflict"
    }
    assert told == {
        Decimal("8.50"): (8.5, "stated_unit", None, None),
        Decimal("115.00"): (pytest.approx(115 / 28), "measure", 28, None),
        Decimal("5.00"): (5.0, "stated_unit", 100, 100),
        Decimal("60.00"): (6.0, "measure", 10, None),
    }
    wrong = found["listings"].filter(quantity_rule="unit_conflict")
    assert wrong.select("unit_price_eur", "quantity", "quantity_confidence").rows() == [(None, None, "low")]
    assert rules(found)["unit_conflict"] == 1
    assert rules(found)["unit_unread"] == 1
    noted = found["decisions"].filter(rule="unit_conflict").row(0, named=True)
    assert (noted["subject_key"], noted["before"]) == (wrong["listing_key"].item(), "28.0 g")


def test_the_units_of_a_real_list_are_read(real_pages: Path) -> None:
    """25 prices of a market that states a unit with each; the kinds were counted by eye."""
    known = json.loads((real_pages / "more" / "expected.json").read_text("utf-8"))
    prices = known["cryptonia/search_in_category_0.html"]["as_own_market"]["also"]["prices"]
    kinds = Counter(unit.kind if (unit := read_unit(text)) else "unread" for _, _, text in prices)
    assert kinds == {"measure": 16, "order": 3, "any_piece": 4, "piece": 2}
