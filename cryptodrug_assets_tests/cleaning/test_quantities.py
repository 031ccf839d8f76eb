"""Quantities of titles, each right answer worked out by hand from the conventions. Titles are made up."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptodrug_assets.cleaning.quantities import parse_quantity


@pytest.mark.parametrize(
    ("title", "amount", "unit", "strength"),
    [
        ("100g Amnesia Haze", 100, "g", None),
        ("3,5g Hash", 3.5, "g", None),
        ("0.125 g LSD crystal", 0.125, "g", None),
        (".5g heroin #4", 0.5, "g", None),
        ("½ oz Kush", 14.17475, "g", None),
        ("1/8th oz Kush", 3.5436875, "g", None),
        ("Half ounce of mushrooms", 14.17475, "g", None),
        ("1 oz (28g) weed", 28, "g", None),
        ("QP (113g) Kush", 113, "g", None),
        ("8 ball cocaine", 3.5, "g", None),
        ("1kg speed", 1000, "g", None),
        ("10 x 5g ketamine", 50, "g", None),
        ("5g + 1g free cocaine", 6, "g", None),
        ("5 grammes de cocaïne", 5, "g", None),
        ("25 gram wiet", 25, "g", None),
        ("10 Gramm Speed Paste 70%", 10, "g", None),
        ("DMT 500mg", 0.5, "g", None),
        ("Cocaine $80/g 5 grams", 5, "g", None),
        ("GBL 1 liter", 1000, "ml", None),
        ("5 x 10ml vials testosterone 250mg/ml", 50, "ml", None),
        ("codeine syrup 16oz", 473.176, "ml", None),
        ("1.000 XTC pills 200mg", 1000, "unit", 200),
        ("1k pills xtc", 1000, "unit", None),
        ("25 stuks XTC 180-220mg", 25, "unit", 180),
        ("10 Stück Ecstasy 250mg", 10, "unit", 250),
        ("5 comprimés ecstasy 200mg", 5, "unit", 200),
        ("100 x LSD 150ug blotters", 100, "unit", 0.15),
        ("Xanax 2mg x100", 100, "unit", 2),
        ("2C-B 20mg x 10", 10, "unit", 20),
        ("Percocet 10/325 x 50", 50, "unit", 10),
        ("10 + 2 free xtc pills 220mg", 12, "unit", 220),
        ("Buy 10 get 2 free xanax 2mg", 12, "unit", 2),
        ("10 joints 1g each", 10, "unit", None),
        ("Oxycodone ER 40mg", None, None, 40),
    ],
)
def test_amounts(title: str, amount: float | None, unit: str | None, strength: float | None) -> None:
    found = parse_quantity(title)
    assert found.amount == (None if amount is None else pytest.approx(amount, rel=1e-4))
    assert (found.unit, found.strength_mg, found.menu) == (unit, strength, False)
    assert found.confidence == "high"


@pytest.mark.parametrize(
    "title", ["1-5GR crystal meth", "MDMA 1g 5g 10g", "5/10/25g MDMA", "XTC 10/20/50/100 pills", "Hash from 1g to 100g"]
)
def test_menus_have_no_amount(title: str) -> None:
    found = parse_quantity(title)
    assert (found.amount, found.menu) == (None, True)


@pytest.mark.parametrize(
    "title", ["2C-B", "4-FA crystals", "MDMA 24/7 support", "New harvest 2019 weed", "5-MeO-DMT", "AK-47 weed",
              "Cocaine 92% pure", "E-book 500g of facts", "Delivery in 3-5 days, speed", "#1 vendor MDMA", "U-47700"]
)  # fmt: skip
def test_names_dates_and_prices_are_no_amounts(title: str) -> None:
    assert parse_quantity(title).amount is None


def written_titles() -> list[dict[str, str]]:
    """Titles made up for every way of writing a quantity, each answer worked out by hand ("?" = not judged)."""
    with (Path(__file__).parent / "titles.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", written_titles(), ids=lambda row: row["title"])
def test_ways_of_writing(row: dict[str, str]) -> None:
    found = parse_quantity(row["title"])
    assert found.amount == (pytest.approx(float(row["amount"]), rel=1e-3) if row["amount"] else None)
    assert found.unit == (row["unit"] or None)
    assert found.menu == (row["menu"] == "true")
    if row["strength_mg"] != "?" and not found.menu:
        assert found.strength_mg == (pytest.approx(float(row["strength_mg"])) if row["strength_mg"] else None)


@given(st.text(max_size=80))
def test_any_text_is_answered(title: str) -> None:
    found = parse_quantity(title)
    assert found.amount is None or found.amount > 0
    assert (found.amount is None) == (found.unit is None)
    assert not (found.menu and found.amount is not None)
