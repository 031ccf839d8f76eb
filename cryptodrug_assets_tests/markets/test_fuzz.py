"""Damaged pages: nothing escapes the parser, and what it still reads is right or null, never wrong.

Real pages where they are on the machine, synthetic ones always. The ordinary suite runs some thousand mutations, the
slow one (`pytest -m slow`) tens of thousands; CRYPTODRUG_FUZZ_SEED tries others.
"""

import os
import random
import time
from pathlib import Path

import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets_tests.markets.mutations import LISTING, MUTATIONS, VENDOR, byte_noise, wrong_fields
from cryptodrug_assets_tests.markets.pages import SAVED, moment, pages

SEED = os.environ.get("CRYPTODRUG_FUZZ_SEED", "1")
# An item of a list says these once, with nothing near them that names the offer: in short synthetic lists the value of
# the next item can take their place without a trace.
LOOSE = {
    "dream": ("escrow",),
    "empire": ("price_amount", "price_currency", "views", "units_sold", "quantity_left"),
}
# Wall Street's are damaged in test_wall_street_fuzz.py.
MARKETS = tuple(LOOSE)


def _fuzz(market: str, url: str, body: bytes, rounds: int) -> None:
    reader, rng = get_market(market), random.Random(f"{SEED}{url}{len(body)}")
    whole = reader.parse(body, url=url, captured_at=moment(market))
    offers = {record["listing_id"]: record for record in whole.listings}
    vendors = {record["vendor_name"]: record for record in whole.vendors}
    loose = LOOSE[market] if whole.page_kind != "listing" else ()
    strict = tuple(field for field in LISTING if field not in loose)
    for number in range(rounds):
        mutation = MUTATIONS[number % len(MUTATIONS)]
        damaged = mutation(body, rng)
        began = time.process_time()
        page = reader.parse(damaged, url=url, captured_at=moment(market))
        assert time.process_time() - began < 1, (mutation.__name__, number)
        if mutation is byte_noise:
            continue
        if whole.page_kind not in ("listing", "listing_index", "vendor"):
            # No offer, account or feedback comes out of a page that has none.
            assert not (page.listings or page.vendors or page.feedback), (mutation.__name__, number)
            continue
        wrong = wrong_fields(page.listings, offers, strict, "listing_id")
        wrong += wrong_fields(page.vendors, vendors, VENDOR, "vendor_name")
        assert not wrong, (mutation.__name__, number, wrong)


@pytest.mark.parametrize("rounds", [60, pytest.param(3000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("market", MARKETS)
def test_mutated_synthetic_pages(market: str, rounds: int) -> None:
    for url, text in pages(market):
        _fuzz(market, url, text.encode(), rounds)


@pytest.mark.parametrize("rounds", [18, pytest.param(900, marks=pytest.mark.slow)])
@pytest.mark.parametrize("market", MARKETS)
def test_mutated_real_pages(real_pages: Path, market: str, rounds: int) -> None:
    for path in sorted((real_pages / market).glob("*.html")):
        _fuzz(market, SAVED, path.read_bytes(), rounds)
