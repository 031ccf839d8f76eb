"""Made-up pages of the markets without a replica: every field, what a damaged page yields, and links."""

import os
import random
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets_tests.markets.more_pages import PAGES
from cryptodrug_assets_tests.markets.mutations import LISTING, MUTATIONS, VENDOR

FEEDBACK_FIELDS = ("vendor_name", "rating", "price_amount", "price_currency", "dated_lo")
CASES = [(market, kind) for market, kinds in PAGES.items() for kind in kinds]


def _read(market: str, text: str) -> ParsedPage:
    return get_market(market).parse(text.encode(), url="http://saved.page/", captured_at=None)


def _page(market: str, kind: str, *replacements: tuple[str, str]) -> ParsedPage:
    text = PAGES[market][kind]
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return _read(market, text)


def _filled(record: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in record.items() if value not in (None, [])}


@pytest.mark.parametrize(("market", "kind"), CASES)
def test_read_without_a_problem(market: str, kind: str) -> None:
    page = _page(market, kind)
    assert (page.page_kind, page.problems) == (kind, [])
    assert page.unread_labels == (["feedback sign icono-crossCircle"] if page.feedback else [])


def test_an_offer_of_cryptonia() -> None:
    page = _page("cryptonia", "listing")
    offer = _filled(page.listings[0])
    assert {name: offer[name] for name in offer if name not in ("price_quotes", "shipping_options")} == {
        "listing_id": "151", "title": "14g of hay", "vendor_name": "ann", "category_path": ["Weed"],
        "price_amount": Decimal("240.00"), "price_currency": "USD", "price_unit": "14g", "minimum_order": Decimal(2),
        "price_text": "240.00 USD/14g", "ships_from": "Belgium", "ships_to": ["Belgium", "Netherlands"],
        "payment": "FE Required", "escrow": False, "product_class": "physical", "quantity_left": 1000,
        "is_sticky": False, "description": "Dried in the sun.",
    }  # fmt: skip
    assert offer["shipping_options"] == [
        {"name": "Letter (tracked)", "days": None, "currency": "USD", "amount": Decimal("4.50"), "per": None}
    ]
    vendor = page.vendors[0]
    assert (vendor["sales"], vendor["vendor_level"]) == (1676, 2)
    assert [(row["market"], row["sales"], row["rating"]) for row in vendor["external_ratings"] or []] == [
        ("Dream", 6400, 4.98), ("CGMC", 5000, 4.96)
    ]  # fmt: skip
    assert page.exchange_rates == {"EUR": 8496.89, "USD": 9424.18, "XMR": 164.99009234}


def test_feedback_of_cryptonia_is_of_the_vendor_and_its_day() -> None:
    """A row with a sign that was never seen is a sale of unknown rating, not one that never was."""
    for kind in ("listing", "vendor"):
        first, second = _page("cryptonia", kind).feedback
        assert (first["vendor_name"], first["listing_id"], first["listing_title"]) == ("ann", None, "14g of hay")
        assert (first["rating"], second["rating"]) == (5, None)
        assert (first["price_amount"], first["price_currency"], first["price_exact"]) == (
            Decimal("0.0261"),
            "BTC",
            False,
        )
        assert first["dated_lo"] and first["dated_lo"].isoformat() == "2019-10-26T00:00:00+00:00"
        assert first["dated_hi"] and first["dated_hi"].isoformat() == "2019-10-27T00:00:00+00:00"


def test_a_list_of_cryptonia() -> None:
    page = _page("cryptonia", "listing_index")
    rows = [(row["listing_id"], row["price_amount"], row["price_unit"], row["minimum_order"], row["escrow"])
            for row in page.listings]  # fmt: skip
    assert rows == [
        ("7", Decimal(1795), "1LB", Decimal(1), True), ("8", Decimal("2.5"), "Piece", Decimal(5), True)
    ]  # fmt: skip
    assert [(row["category"], row["value"]) for row in page.counters] == [("Weed", 2867), ("Seeds and Clones", 28)]
    links = {link.url.removeprefix("http://saved.page"): (link.kind, link.category, link.page) for link in page.links}
    assert links["/products/all/Weed/2"] == ("listing_index", "Weed", 2)
    assert links["/product/7"][0] == "listing"
    assert not any("logout" in url for url in links)


def test_a_profile_of_cryptonia() -> None:
    vendor = _filled(_page("cryptonia", "vendor").vendors[0])
    assert (vendor["vendor_name"], vendor["sales"], vendor["vendor_level"]) == ("ann", 676, 2)
    assert (vendor["member_since"], vendor["finalize_early"]) == (date(2019, 6, 24), True)
    assert vendor["profile_text"] == "Hay and straw."
    assert vendor["external_ratings"][0]["rating"] == 100.0


def test_an_offer_of_apollon() -> None:
    page = _page("apollon", "listing")
    offer = page.listings[0]
    assert (offer["listing_id"], offer["title"], offer["vendor_name"]) == ("73", "10g of hay", "ann")
    assert (offer["price_amount"], offer["price_currency"], offer["units_sold"]) == (Decimal("49.88"), "USD", 18)
    assert (offer["ships_from"], offer["ships_to"]) == ("Belgium", ["World Wide", "Europe"])
    assert (offer["escrow"], offer["product_class"], offer["quantity_left"]) == (True, "physical", 25)
    assert offer["shipping_options"] == [
        {"name": "Letter", "days": 2, "currency": "USD", "amount": Decimal("1.50"), "per": None}
    ]
    vendor = page.vendors[0]
    assert (vendor["sales"], vendor["vendor_level"], vendor["trust_level"]) == (111, 2, 3)
    assert page.exchange_rates == {"USD": 9422.19, "EUR": 8500.24}
    assert _page("apollon", "listing", ("Full Escrow", "50% Finalize Early")).listings[0]["escrow"] is None


def test_a_list_of_apollon() -> None:
    page = _page("apollon", "listing_index")
    (offer,) = page.listings
    assert (offer["listing_id"], offer["category_path"], offer["category_id"]) == ("43", ["Drugs", "Cannabis"], "2|53")
    assert (offer["units_sold"], offer["views"], offer["quantity_left"], offer["is_sticky"]) == (6, 506, None, True)
    assert [(row["category"], row["depth"], row["value"]) for row in page.counters] == [
        ("Drugs", 0, 44260), ("Drugs / Cannabis", 1, 12439)
    ]  # fmt: skip
    assert {link.page for link in page.links if link.category == "2"} == {1, 2}
    assert not any("ndm" in link.url or "logout" in link.url for link in page.links)


def test_a_profile_of_apollon() -> None:
    vendor = _page("apollon", "vendor").vendors[0]
    assert (vendor["sales"], vendor["finalize_early"], vendor["last_active"]) == (216, True, date(2020, 2, 2))
    assert vendor["feedback_counts"] == [[135], [1], [2]]
    assert vendor["profile_text"] == "Hay\nand straw."
    assert [(row["market"], row["sales"], row["rating"]) for row in vendor["external_ratings"] or []] == [
        ("dream", 1450, 4.95), ("empire", 1040, None)
    ]  # fmt: skip


@pytest.mark.parametrize(("market", "kind"), CASES)
def test_another_brand_is_foreign(market: str, kind: str) -> None:
    text = PAGES[market][kind]
    for brand in ("Oasis Market", "Oasis"):
        page = _read(market, text.replace(f"{market.title()} Market", brand).replace(f"{market.upper()} MARKET", brand))
        assert page.page_kind == "foreign"
        assert not (page.listings or page.vendors or page.feedback or page.links)


@pytest.mark.parametrize(("market", "kind"), CASES)
def test_damage(market: str, kind: str) -> None:
    """Nothing escapes, and what is still read is right or null. CRYPTODRUG_FUZZ_SEED tries other damage."""
    body = PAGES[market][kind].encode()
    whole = _page(market, kind)
    known = {name: [dict(row) for row in getattr(whole, name)] for name in ("listings", "vendors", "feedback")}
    fields = {"listings": LISTING, "vendors": VENDOR, "feedback": FEEDBACK_FIELDS}
    rng = random.Random(f"{os.environ.get('CRYPTODRUG_FUZZ_SEED', '1')}{market}{kind}")
    for number in range(300):
        mutation = MUTATIONS[number % len(MUTATIONS)]
        page = get_market(market).parse(mutation(body, rng), url="http://saved.page/", captured_at=None)
        if mutation.__name__ == "_byte_noise":  # the page itself says other things now
            continue
        for name, records in known.items():
            for record in getattr(page, name):
                for field in fields[name]:
                    allowed = {str(each[field]) for each in records} | {"None"}
                    assert str(record[field]) in allowed, (mutation.__name__, number, name, field, record[field])
