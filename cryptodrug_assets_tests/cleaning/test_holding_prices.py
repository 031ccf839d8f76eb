"""Holding prices on a market like AlphaBay 2017, whose one absurd offer made a third of its naive revenue."""

import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import polars as pl

from cryptodrug_assets_tests.cleaning.months import END, clean, parsed, rules, sale

_GRAMS = (0.5, 1, 1, 1, 2, 3.5, 5, 7, 10, 14, 28, 50, 100, 250)


def alphabay() -> list[dict[str, Any]]:
    """400 offers of speed with quantity discount, 25 of them wholesale up to 20,000 euros, each with its sales."""
    draw = random.Random(4)
    offers = []
    for number in range(400):
        grams = draw.choice(_GRAMS) if number >= 25 else draw.choice((500, 1000, 2000))
        euros = 25 * grams**0.85 * draw.lognormvariate(0, 0.25)
        sold = max(1, int(draw.paretovariate(0.8))) if number >= 25 else draw.randint(1, 6)
        offers.append({"listing_id": str(number), "title": f"{grams}g Speed paste", "vendor_name": f"v{number % 90}",
                       "price_amount": Decimal(str(round(euros, 2))), "price_currency": "EUR",
                       "units_sold": min(sold, 900)})  # fmt: skip
    return offers


def test_the_offer_that_makes_a_third_of_the_revenue_is_caught_and_wholesale_is_kept(tmp_path: Path) -> None:
    offers = alphabay()
    true = sum(float(offer["price_amount"]) * offer["units_sold"] for offer in offers)
    # 99,999 x 923 of 267 million: 35 %. Here the same share of this market's revenue, at the same price.
    times = round(true / 99_999 * 0.35 / 0.65)
    held = {"listing_id": "held", "title": "LSD speed *Restock Soon*", "vendor_name": "x", "units_sold": max(times, 1),
            "price_amount": Decimal(99_999), "price_currency": "EUR"}  # fmt: skip
    found = clean(parsed([*offers, held], [sale(0, 1)]), tmp_path)["listings"]
    euros = pl.col("price_eur").cast(pl.Float64) * pl.col("units_sold_lo")
    naive = found.select(euros.sum()).item()
    assert naive / true > 1.4
    kept = found.filter(~pl.col("is_holding_price"))
    assert kept.select(euros.sum()).item() / true > 0.995
    assert found.filter("is_holding_price").height <= 2
    assert found.height == 401
    # Genuine wholesale: above 1,000 euros, and all of it kept, also the offers above the cap of 10,000.
    large = found.filter((pl.col("price_eur") > 1000) & (pl.col("price_eur") < 99_999))
    assert large.height >= 25
    assert not large["is_holding_price"].any()
    assert not large.filter(pl.col("price_eur") > 10_000).is_empty()
    # The relative rule on whole prices, which methods of others use, would lose these.
    usual = median(float(offer["price_amount"]) for offer in offers)
    assert large.filter(pl.col("price_eur").cast(pl.Float64) > 10 * usual).height >= 20
    assert quantiles([float(offer["price_amount"]) for offer in offers], n=4)[2] < 10 * usual


def test_an_offer_without_amount_is_held_when_it_sold_before_and_not_since(tmp_path: Path) -> None:
    """The price rose on the 5th; the offer sold until the 3rd, and another at as high a price sold on."""
    begun = END - timedelta(days=25)
    usual = [{"listing_id": str(n), "title": f"Speed surprise {n}", "price_amount": Decimal(50 + n),
              "vendor_name": f"v{n}", "price_currency": "EUR"} for n in range(8)]  # fmt: skip
    rare = [{"listing_id": name, "title": f"Speed {name}", "price_amount": Decimal(900), "price_currency": "EUR",
             "captured_at": begun} for name in ("idle", "busy", "new")]  # fmt: skip
    feedback = [sale(0, 2, listing_id="busy"), sale(1, 27, listing_id="idle"), sale(2, 28, listing_id="busy")]
    found = clean(parsed([*usual, *rare], feedback), tmp_path)
    flagged = found["listings"].filter("is_holding_price")
    assert flagged["holding_rule"].to_list() == ["no_feedback_since"]
    assert rules(found)["holding_price"] == 1
    # Seen too short to tell.
    late = [offer | {"captured_at": END - timedelta(days=3)} for offer in rare]
    assert not clean(parsed([*usual, *late], feedback), tmp_path)["listings"]["is_holding_price"].any()


def test_a_sale_has_the_price_of_its_day(tmp_path: Path) -> None:
    """20 euros on the 10th, 60,000 (held) on the 20th, 30 on the 28th: sales of the 25th and the 5th cost 20."""
    days = {10: 20, 20: 60_000, 28: 30}
    offers = [{"listing_id": "1", "title": "Speed", "price_amount": Decimal(euros), "price_currency": "EUR",
               "captured_at": END - timedelta(days=30 - day)} for day, euros in days.items()]  # fmt: skip
    feedback = [sale(n, 30 - day, page_kind="listing", list_name="offer", price_exact=False, price_amount=None,
                     price_currency=None) for n, day in enumerate((29, 25, 5))]  # fmt: skip
    found = clean(parsed(offers, feedback), tmp_path, market="wall_street", price_rule="listing")["transactions"]
    assert found.sort("dated_at")["price_eur"].to_list() == [Decimal(20), Decimal(20), Decimal(30)]


def listed(*offers: tuple[str, str, float]) -> list[dict[str, Any]]:
    """Offers of (name, title, euros), each of its own vendor."""
    return [{"listing_id": name, "title": title, "vendor_name": f"v{number}", "price_amount": Decimal(str(euros)),
             "price_currency": "EUR"} for number, (name, title, euros) in enumerate(offers)]  # fmt: skip


def held(offers: list[dict[str, Any]], tmp_path: Path) -> dict[float, str]:
    """Price → rule of the offers that are flagged."""
    found = clean(parsed(offers, [sale(0, 1)]), tmp_path)["listings"].filter("is_holding_price")
    return {float(euros): rule for euros, rule in found.select("price_eur", "holding_rule").iter_rows()}


KILOS = listed(*((f"k{n}", "1kg Speed paste", 950 + 10 * n) for n in range(12)))


def test_a_gram_among_kilograms_is_no_holding_price(tmp_path: Path) -> None:
    """Speed at 1 euro a gram by the kilogram and 15 by the gram, 15 times as much: one gram, or six of them."""
    for grams in (1, 6):
        few = listed(*((f"g{n}", "1g Speed paste", 14.5 + n / 10) for n in range(grams)))
        assert held([*KILOS, *few], tmp_path) == {}
    # Beyond reason for a gram, though cheaper than a kilogram's tenfold.
    assert held([*KILOS, *few, *listed(("x", "1g Speed paste", 1500))], tmp_path) == {1500.0: "unit_price"}
    assert held([*KILOS, *few, *listed(("x", "1kg Speed paste", 9999 * 1.2))], tmp_path) == {9999 * 1.2: "unit_price"}


def test_milligrams_of_strong_substances_are_no_holding_prices(tmp_path: Path) -> None:
    """Opium at 20 a gram; 10 mg of carfentanil at 60 are 6,000 a gram, 300 times as much, and 60 euros."""
    opium = listed(*((f"h{n}", f"{g}g Opium", 20 * g**0.9) for n, g in enumerate((1, 1, 2, 3.5, 5, 10, 28))))
    strong = listed(("c1", "Carfentanil 10mg", 60), ("c2", "Carfentanil 50mg", 95), ("f", "1g Fentanyl HCl", 190))
    assert held([*opium, *strong], tmp_path) == {}
    trips = listed(*((f"m{n}", f"{g}g Mushrooms", 9 * g) for n, g in enumerate((3.5, 7, 10, 14, 28, 56))))
    crystal = listed(("l", "LSD crystal powder 1mg", 25))
    assert held([*trips, *crystal], tmp_path) == {}
    assert held([*opium, *strong, *listed(("x", "Carfentanil 10mg", 60_000))], tmp_path) == {60_000.0: "unit_price"}


def test_a_dear_subclass_is_judged_by_its_own_prices(tmp_path: Path) -> None:
    """Ten cheap opium offers, six of a fentanyl at 20 times their price per gram, one of them at 15 times its own."""
    opium = listed(*((f"o{n}", "1g Opium", 10 + n / 10) for n in range(10)))
    dear = listed(*((f"d{n}", "1g Fentanyl HCl", 200 + n) for n in range(6)), ("x", "1g Fentanyl HCl", 3000))
    assert held([*opium, *dear], tmp_path) == {3000.0: "unit_price"}


def test_offers_without_an_amount_are_judged_by_those_without(tmp_path: Path) -> None:
    """Twenty at 20 to 115 euros, some at 600 and 900, and prices that the literature's cap of 10,000 lets pass."""
    usual = [(f"u{n}", f"Cocaine peruvian flakes best {n}", 20 + 5 * n) for n in range(20)]
    some = [("s1", "Cocaine uncut", 600), ("s2", "Cocaine fishscale", 900), ("s3", "Cocaine bricks", 1500)]
    high = [("x", "Cocaine uncut colombian", 4488), ("y", "Cocaine flakes vip", 7830)]
    assert held(listed(*usual, *some, *high), tmp_path) == {4488.0: "no_amount", 7830.0: "no_amount"}
    # Where amounts are known they speak: 7,830 for 200 g is wholesale.
    grams = [(f"g{n}", f"{g}g Cocaine", 60 * g) for n, g in enumerate((0.5, 1, 1, 2, 5, 10, 25))]
    assert held(listed(*usual, *grams, ("w", "200g Cocaine", 7830)), tmp_path) == {}
    # Too few to tell, and goods that are no drugs.
    assert held(listed(*usual[:2], *high), tmp_path) == {}
    guides = [(f"b{n}", f"E-book guide {n}", 5 + n) for n in range(10)]
    assert held(listed(*guides, ("z", "E-book guide to all", 4488)), tmp_path) == {}


def test_the_publishers_outliers_are_found(tmp_path: Path) -> None:
    """99,999 without an amount, 9,999 for a gram: the second lies below the usual cap."""
    grams = [(f"g{n}", f"{g}g Cocaine", 60 * g**0.9) for n, g in enumerate((0.5, 0.5, 1, 1, 1, 1, 2, 5, 10, 25, 100))]
    found = held(listed(*grams, ("x", "Cocaine restock soon", 99_999), ("y", "1g Cocaine", 9_999)), tmp_path)
    assert found == {99_999.0: "cap", 9_999.0: "unit_price"}
