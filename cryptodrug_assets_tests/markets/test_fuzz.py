"""Damaged pages: nothing escapes the parser, and what it still reads of an offer is right or null, never wrong.

Real pages where they are on the machine, synthetic ones always. The long suite runs tens of thousands of mutations.
"""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.replica.server import host_name, respond, session_value
from cryptodrug_assets.replica.world import make_world

MOMENT = {"dream": "2018-12-31T23:59", "wall_street": "2018-12-31T23:59", "empire": "2019-06-30T23:59"}
# What may never be wrong. Text that a mutation may have changed on the page itself (titles, descriptions) is not here.
FIELDS = ("listing_id", "vendor_name", "price_amount", "price_currency", "ships_from")
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


MUTATIONS: tuple[Mutation, ...] = (_cut, _without_a_part, _part_twice, _parts_swapped, _tag_noise)


def _synthetic(market: str) -> Iterator[tuple[str, bytes]]:
    moment = datetime.fromisoformat(MOMENT[market]).replace(tzinfo=UTC)
    world = make_world("tiny", 5).markets[market]
    host = host_name(market, moment) + ":80"
    first = world.live(moment)[0]
    vendor = world.vendors[first.vendor]
    paths = {
        "dream": [
            f"/viewProduct?offer={first.listing_id}",
            f"/contactMember?member={vendor.name}&tab=ratings",
            "/?category=104",
        ],
        "empire": [f"/product/{first.listing_id}/1/1", f"/u/{vendor.name}", "/category/categories/2/0"],
        "wall_street": [f"/offer/{first.listing_id}", f"/profile/{vendor.name}", "/"],
    }[market]
    for target in paths:
        path, _, query = target.partition("?")
        cookies = f"replica_session={session_value(market)}"
        answer = respond("tiny", 5, host=host, method="GET", path=path, query=query, body="", cookies=cookies)
        yield f"http://{host}{target}", answer.body


def _facts(page: Any) -> dict[Any, dict[str, Any]]:
    return {record["listing_id"]: {field: record[field] for field in FIELDS} for record in page.listings}


def _fuzz(market: str, url: str, body: bytes, rounds: int, seed: int) -> None:
    reader, rng = get_market(market), random.Random(f"{seed}{url}")
    moment = datetime.fromisoformat(MOMENT[market]).replace(tzinfo=UTC)
    whole = reader.parse(body, url=url, captured_at=moment)
    facts = _facts(whole)
    for number in range(rounds):
        mutation = MUTATIONS[number % len(MUTATIONS)]
        page = reader.parse(mutation(body, rng), url=url, captured_at=moment)
        if whole.page_kind != "listing":
            continue
        for identifier, record in _facts(page).items():
            # The offer of the page; a mutation may leave no id, but never another offer's values.
            known = facts.get(identifier) or next(iter(facts.values()))
            for field, value in record.items():
                assert value in (known[field], None), (mutation.__name__, number, field)


@pytest.mark.parametrize("rounds", [60, pytest.param(3000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("market", MOMENT)
def test_mutated_synthetic_pages(market: str, rounds: int) -> None:
    for url, body in _synthetic(market):
        _fuzz(market, url, body, rounds, seed=1)


@pytest.mark.parametrize("rounds", [15, pytest.param(600, marks=pytest.mark.slow)])
@pytest.mark.parametrize("market", ["dream", "empire"])
def test_mutated_real_pages(real_pages: Path, market: str, rounds: int) -> None:
    for path in sorted((real_pages / market).glob("*.html")):
        _fuzz(market, "http://saved.page/", path.read_bytes(), rounds, seed=2)
