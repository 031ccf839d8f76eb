"""Quantities of titles, each right answer worked out by hand from the conventions. Titles are made up."""

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptodrug_assets.cleaning.titles.quantities import parse_quantity
from cryptodrug_assets_tests.cleaning.written import written_titles


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


_PIECES_OF_TEXT = (
    "9", "1.", "1,", "1-", "1/", "a1", "1 ", "1x", "0 0 ", "$1", "(", "(1", "+ 1 ", "½", "1 % ", "a-", "abcd-1",
    "+ free ", "10mg/", "1mg-", "box of 1 ", "1 pack ", "from 1", "1 1/2 ", ".5", "1 a b c ", "lsd ", "xanax 1 ",
    "oxy 5 ", "1 l ", "1st", "x 1 ", "thc 9", "top 1 ", "hgh 1", "1000 000 ", "2 for 1 ",
)  # fmt: skip


@pytest.mark.parametrize("part", _PIECES_OF_TEXT)
@pytest.mark.parametrize("tail", ["", "g", ")g", "mg/ml", "%", " $", " pills"])
def test_reading_takes_no_longer_however_long_the_text(part: str, tail: str) -> None:
    """Patterns that look at a text from each of its places once took 40 seconds for 16,000 digits; the slowest of these
    takes a few hundredths."""
    text = part * (16_000 // len(part)) + tail
    begun = process_time()
    found = parse_quantity(text)
    short = parse_quantity(text[:1500] + tail)
    assert process_time() - begun < 1.0
    for quantity in (found, short):
        assert quantity.amount is None or quantity.amount < 1e15
    json.dumps([vars(found), vars(short)], allow_nan=False)


@pytest.mark.parametrize("digits", [13, 400, 5000])
def test_a_number_too_long_to_be_one_is_no_amount(digits: int) -> None:
    for unit in ("g", " pills", "x 5g", "mg"):
        assert parse_quantity("9" * digits + unit + " Speed").amount in (None, 5.0)


@pytest.mark.parametrize(
    ("title", "amount", "unit", "confidence"),
    [
        ("HQ 1G Cocaine", 1, "g", "high"), ("8ball cocaine", 3.5, "g", "high"), ("Cocaine 8-ball", 3.5, "g", "high"),
        ("half 8ball coke", 1.75, "g", "high"), ("half ball of meth", 1.75, "g", "high"),
        ("ball of coke", 3.5, "g", "high"), ("Zip OG Kush", 28.3495, "g", "high"),
        ("2 zips Kush", 56.699, "g", "high"), ("Haze in zip lock bag", None, None, None),
        ("QP Gelato", 113.398, "g", "high"), ("HP of weed", 226.796, "g", "high"),
        ("Elbow of Gelato", 453.592, "g", "high"), ("2 elbows Kush", 907.184, "g", "high"),
        ("1 elbow OG Kush", 453.592, "g", "high"), ("Teenth meth", 1.771844, "g", "high"),
        ("1/16th coke", 1.771844, "g", "high"), ("Eighth of weed", 3.543687, "g", "high"),
        ("Quarter of weed", 7.087375, "g", "high"), ("Quarter shrooms", 7.087375, "g", "high"),
        ("Quarter coke", 7.087375, "g", "low"), ("Quarter pound Gelato", 113.398, "g", "high"),
        ("half quarter of weed", 3.543687, "g", "high"), ("half o Kush", 14.17475, "g", "high"),
        ("key of cocaine", 1000, "g", "high"), ("2 keys of coke", 2000, "g", "high"),
        ("Windows 10 key", None, None, None), ("1 bar hash 100g", 100, "g", "high"),
        ("2 bars hash 100g", 200, "g", "low"), ("10 Xanax bars 2mg", 10, "unit", "high"),
        ("box of 10 amps testosterone", 10, "unit", "high"), ("10ml @ 250mg/ml testosterone", 10, "ml", "high"),
        ("100 x 2mg Xanax", 100, "unit", "high"), ("100ct Xanax 2mg", 100, "unit", "high"),
        ("LSD 1000ug x 5", 5, "unit", "high"), ("0,5 g Speed", 0.5, "g", "high"),
        ("½ oz Kush", 14.17475, "g", "high"), (".5g heroin", 0.5, "g", "high"), ("1 gr coke", 1, "g", "high"),
        ("1 gm coke", 1, "g", "high"), ("5 grm coke", 5, "g", "high"), ("3.5 gramm Haze", 3.5, "g", "high"),
        ("30 stuks XTC", 30, "unit", "high"), ("25 pièces ecstasy", 25, "unit", "high"),
        ("10 Stück XTC", 10, "unit", "high"), ("10 Stueck XTC", 10, "unit", "high"),
        ("25 st XTC", 25, "unit", "high"), ("100 cpr Tramadol", 100, "unit", "high"),
        ("10 unidades MDMA", 10, "unit", "high"), ("1g*5 Speed", 5, "g", "high"), ("gram of coke", 1, "g", "high"),
        ("kilo of weed", 1000, "g", "high"), ("price per gram of coke", None, None, None),
        ("2 for 1 coke 1g", 2, "g", "low"), ("2 for 1 100 XTC pills", 200, "unit", "low"),
        ("2 for 1 XTC", None, None, "low"), ("1g/3.5g/7g/14g/28g Weed", None, None, "high"),
        ("HCG 5000 iu vial", None, None, None),
    ],
)  # fmt: skip
def test_ways_of_writing_seen_on_markets(title: str, amount: float | None, unit: str | None, confidence: str) -> None:
    found = parse_quantity(title)
    assert found.amount == (None if amount is None else pytest.approx(amount, rel=1e-4))
    assert found.unit == unit
    assert confidence in (None, found.confidence)


def test_a_strength_with_a_plus_is_its_lower_bound() -> None:
    found = parse_quantity("XTC 200+ mg 50 pills")
    assert (found.amount, found.unit, found.strength_mg) == (50, "unit", 200)
