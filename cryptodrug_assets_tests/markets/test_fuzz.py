"""Damaged pages: nothing escapes the parser, and what it still reads is right or null, never wrong.

Real pages where they are on the machine, synthetic ones always. The ordinary suite runs some thousand mutations, the
slow one (`pytest -m slow`) tens of thousands; CRYPTODRUG_FUZZ_SEED tries others.
"""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets_tests.markets.pages import MOMENT, SAVED, moment, pages

SEED = os.environ.get("CRYPTODRUG_FUZZ_SEED", "1")
# What may never be wrong. Text that a mutation may have changed on the page itself (titles, descriptions) is not here.
LISTING = (
    "listing_id", "vendor_name", "vendor_id", "category_id", "price_amount", "price_currency", "ships_from", "escrow",
    "product_class", "quantity_left", "units_sold", "views",
)  # fmt: skip
VENDOR = (
    "vendor_name", "vendor_id", "sales", "rating", "rating_count", "vendor_level", "trust_level", "member_since",
    "last_active", "is_banned", "finalize_early", "feedback_not_shown", "pgp_fingerprint",
)  # fmt: skip
# An item of a list says these once, with nothing near them that names the offer: in short synthetic lists the value of
# the next item can take their place without a trace.
LOOSE = {
    "dream": ("escrow",),
    "empire": ("price_amount", "price_currency", "views", "units_sold", "quantity_left"),
    "wall_street": (),
}
Mutation = Callable[[bytes, random.Random], bytes]


def _cut(page: bytes, rng: random.Random) -> bytes:
    return page[: rng.randrange(len(page))]


def _without_a_part(page: bytes, rng: random.Random) -> bytes:
    start = page.find(b"<", rng.randrange(len(page)))
    end = page.find(b"<", start + rng.randrange(10, 400))
    return page[:start] + page[end:] if 0 <= start < end else page


def _part_twice(page: bytes, rng: random.Random) -> bytes:
    start = page.find(b"<", rng.randrange(len(page)))
    end = page.find(b"<", start + rng.randrange(10, 800))
    return page[:end] + page[start:end] + page[end:] if 0 <= start < end else page


def _parts_swapped(page: bytes, rng: random.Random) -> bytes:
    cuts = sorted(page.find(b"<", rng.randrange(len(page))) for _ in range(3))
    if min(cuts) < 0:
        return page
    a, b, c = cuts
    return page[:a] + page[b:c] + page[a:b] + page[c:]


def _tag_noise(page: bytes, rng: random.Random) -> bytes:
    """Noise in markup, not in text: what the page says stays, how it is built does not."""
    out = bytearray(page)
    for _ in range(rng.randrange(1, 12)):
        at = page.find(b"<", rng.randrange(len(page)))
        if at >= 0:
            out[at + 1 : at + 2] = bytes([rng.randrange(256)])
    return bytes(out)


def _byte_noise(page: bytes, rng: random.Random) -> bytes:
    """Noise anywhere: the page itself says other things now, so only that it is read without an exception counts."""
    out = bytearray(page)
    for _ in range(rng.randrange(1, 200)):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


MUTATIONS: tuple[Mutation, ...] = (_cut, _without_a_part, _part_twice, _parts_swapped, _tag_noise, _byte_noise)


def _wrong(records: list[Any], known: dict[Any, dict[str, Any]], fields: tuple[str, ...], key: str) -> list[str]:
    """Fields of records that are neither null nor what the whole page says of the same one."""
    wrong = []
    for record in records:
        # The only one of the page; a mutation may leave no id, but never another one's values.
        same = known.get(record[key]) or (next(iter(known.values())) if len(known) == 1 else None)
        if same is None:
            wrong.append(f"new {key}")
        else:
            wrong += [field for field in fields if record[field] not in (same[field], None)]
    return wrong


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
        if mutation is _byte_noise or (market == "wall_street" and whole.page_kind != "listing"):
            continue
        if whole.page_kind not in ("listing", "listing_index", "vendor"):
            # No offer, account or feedback comes out of a page that has none.
            assert not (page.listings or page.vendors or page.feedback), (mutation.__name__, number)
            continue
        wrong = _wrong(page.listings, offers, strict, "listing_id")
        if market != "wall_street":
            wrong += _wrong(page.vendors, vendors, VENDOR, "vendor_name")
        assert not wrong, (mutation.__name__, number, wrong)


@pytest.mark.parametrize("rounds", [60, pytest.param(3000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("market", MOMENT)
def test_mutated_synthetic_pages(market: str, rounds: int) -> None:
    for url, text in pages(market):
        _fuzz(market, url, text.encode(), rounds)


@pytest.mark.parametrize("rounds", [18, pytest.param(900, marks=pytest.mark.slow)])
@pytest.mark.parametrize("market", ["dream", "empire"])
def test_mutated_real_pages(real_pages: Path, market: str, rounds: int) -> None:
    for path in sorted((real_pages / market).glob("*.html")):
        _fuzz(market, SAVED, path.read_bytes(), rounds)
