"""Damaged pages of Wall Street, look-alikes and synthetic ones: what is still read is right or null, never wrong."""

import os
import random

import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets_tests.markets.mutations import LISTING, MUTATIONS, SPLICES, VENDOR, byte_noise, wrong_fields
from cryptodrug_assets_tests.markets.pages import pages
from cryptodrug_assets_tests.markets.wall_street_pages import CONTENT, NOW, SITE, WALLS

SEED = os.environ.get("CRYPTODRUG_FUZZ_SEED", "1")
MARKET = get_market("wall_street")
KINDS = ("listing", "vendor", "vendor", "vendor", "vendor", "listing_index", "home")
PAGES = CONTENT | {
    f"synthetic {url.partition('80')[2]}": (kind, url, text)
    for kind, (url, text) in zip(KINDS, pages("wall_street"), strict=True)
}
# The price is one of the two that an offer's page states (`_prices` compares both).
OFFER = tuple(field for field in LISTING if field not in ("price_amount", "price_currency"))
# Pages joined in the middle of two items or rows look whole: the next one's value has taken the place without a trace.
LOOSE = {
    "listing_index": ("vendor_name", "ships_from"),
    "listing": ("ships_from", "views", "units_sold", "quantity_left"),
    "vendor": ("last_active", "member_since"),
}


def _read(body: bytes, url: str) -> ParsedPage:
    page = MARKET.parse(body, url=url, captured_at=NOW)
    # A crawl sees the same page.
    assert MARKET.discover(body, url=url).page_kind == page.page_kind
    assert all(MARKET.canonical(link) for link in page.links)
    return page


def _prices(page: ParsedPage) -> dict[str | None, set[object]]:
    quotes: dict[str | None, set[object]] = {}
    for record in page.listings:
        for quote in record["price_quotes"] or ():
            quotes.setdefault(record["listing_id"], set()).add((quote["amount"], quote["currency"]))
    return quotes


def _counters(page: ParsedPage) -> set[tuple[object, ...]]:
    return {(counter["counter"], counter["category_id"], counter["value"]) for counter in page.counters}


@pytest.mark.parametrize("rounds", [60, pytest.param(6000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", PAGES)
def test_content(name: str, rounds: int) -> None:
    kind, url, text = PAGES[name]
    body, rng = text.encode(), random.Random(f"{SEED}{name}")
    whole = _read(body, url)
    assert whole.page_kind == kind
    offers = {record["listing_id"]: record for record in whole.listings}
    vendors = {record["vendor_name"]: record for record in whole.vendors}
    dates = {row["dated_lo"] for row in whole.feedback} | {None}
    counters, prices = _counters(whole), _prices(whole)
    for number in range(rounds):
        mutation = MUTATIONS[number % len(MUTATIONS)]
        page = _read(mutation(body, rng), url)
        if mutation is byte_noise:
            continue
        loose = LOOSE.get(kind, ()) if mutation in SPLICES else ()
        wrong = wrong_fields(page.listings, offers, tuple(f for f in OFFER if f not in loose), "listing_id")
        wrong += wrong_fields(page.vendors, vendors, tuple(f for f in VENDOR if f not in loose), "vendor_name")
        if mutation not in SPLICES:  # a row of a larger amount may stand first
            wrong += [f"price of {key}" for key, quotes in _prices(page).items() if not quotes <= prices[key]]
        wrong += [f"counter {counter}" for counter in _counters(page) - counters]
        wrong += [f"date {row['dated_lo']}" for row in page.feedback if row["dated_lo"] not in dates]
        assert not wrong, (mutation.__name__, number, wrong)


@pytest.mark.parametrize("rounds", [30, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", WALLS)
def test_no_record_comes_out_of_a_wall(name: str, rounds: int) -> None:
    body, rng = WALLS[name][1].encode(), random.Random(f"{SEED}{name}")
    for number in range(rounds):
        page = _read(MUTATIONS[number % len(MUTATIONS)](body, rng), f"{SITE}/index")
        assert not (page.listings or page.vendors or page.feedback), number
