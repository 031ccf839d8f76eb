"""Synthetic PGP keys for vendor pages: a small file of keys generated for this purpose and for nothing else.

Key generation cannot be seeded, so the pool is data; vendors beyond the pool show no key.
"""

import json
from functools import lru_cache
from importlib.resources import files


@lru_cache
def _pool() -> list[dict[str, str]]:
    text = files("cryptodrug_assets.replica").joinpath("synthetic_keys.json").read_text("utf-8")
    keys: list[dict[str, str]] = json.loads(text)
    return keys


def armoured_key(number: int | None) -> str:
    """The armoured public key of a number; empty when the vendor shows none."""
    return "" if number is None or number >= len(_pool()) else _pool()[number]["armour"]


def fingerprint(number: int | None) -> str | None:
    """The key's fingerprint, upper-case hex."""
    return None if number is None or number >= len(_pool()) else _pool()[number]["fingerprint"]
