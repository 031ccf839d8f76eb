"""Damage done to pages, and what of them may not come out wrong."""

import random
from collections.abc import Callable, Mapping
from typing import Any

# What may never be wrong. Text that a mutation may have changed on the page itself (titles, descriptions) is not here.
LISTING = (
    "listing_id", "vendor_name", "vendor_id", "category_id", "price_amount", "price_currency", "ships_from", "escrow",
    "product_class", "quantity_left", "units_sold", "views",
)  # fmt: skip
VENDOR = (
    "vendor_name", "vendor_id", "sales", "rating", "rating_count", "vendor_level", "trust_level", "member_since",
    "last_active", "is_banned", "finalize_early", "feedback_not_shown", "pgp_fingerprint",
)  # fmt: skip
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


def byte_noise(page: bytes, rng: random.Random) -> bytes:
    """Noise anywhere: the page itself says other things now, so only that it is read without an exception counts."""
    out = bytearray(page)
    for _ in range(rng.randrange(1, 200)):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


MUTATIONS: tuple[Mutation, ...] = (_cut, _without_a_part, _part_twice, _parts_swapped, _tag_noise, byte_noise)
# Join parts of the page that were not neighbours.
SPLICES = (_without_a_part, _part_twice, _parts_swapped)


def wrong_fields(
    records: list[Any], known: Mapping[Any, Mapping[str, Any]], fields: tuple[str, ...], key: str
) -> list[str]:
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
