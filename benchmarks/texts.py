"""Rules for titles and places: time per distinct text, without the memory that repeated texts are answered from."""

import csv
import time
from collections.abc import Callable
from pathlib import Path

_DATA = Path(__file__).parent.parent / "cryptodrug_assets_tests" / "cleaning"
_LIMIT_US = 500


def _texts(file: str, column: str) -> list[str]:
    with (_DATA / file).open(encoding="utf-8") as rows:
        return [row[column] for row in csv.DictReader(rows)]


def _microseconds(rule: Callable[[str], object], texts: list[str], *caches: Callable[[], None]) -> float:
    """Best of three passes over the texts, each with empty caches."""
    rule(texts[0])
    spent = []
    for _ in range(3):
        for clear in caches:
            clear()
        began = time.process_time()
        for text in texts:
            rule(text)
        spent.append((time.process_time() - began) / len(texts) * 1e6)
    return min(spent)


def main() -> None:
    """Microseconds of CPU per text."""
    from cryptodrug_assets.cleaning.places.spelling import misspelt
    from cryptodrug_assets.cleaning.places.statements import parse_place
    from cryptodrug_assets.cleaning.titles.drugs import classify, named_substances
    from cryptodrug_assets.cleaning.titles.quantities import parse_quantity

    places = _texts("places.csv", "text")
    titles = _texts("titles.csv", "title")
    named, read = named_substances.cache_clear, parse_quantity.cache_clear
    for name, spent in (
        ("quantity", _microseconds(parse_quantity, titles, named, read)),
        ("drug", _microseconds(classify, titles, named)),
        ("place", _microseconds(parse_place, places, parse_place.cache_clear, misspelt.cache_clear)),
    ):
        print(f"{name}: {spent:.0f} us of CPU per distinct text (limit {_LIMIT_US})")
