"""Which drug an offer is: EUDA class (level 1) and subclass (level 2) from title and category.

Order of evidence: title lexicon, then the market's category (reference/category_map.csv, most specific path known).
Disagreement and titles that name nothing are marked for review, never settled silently. Words are in drug_words.py.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from cryptodrug_assets.cleaning.drug_words import NOT_A_DRUG, NOT_A_DRUG_ALONE, SUBSTANCES, YIELDS_TO
from cryptodrug_assets.observation import UserError

MAP_FILE = Path(__file__).resolve().parent.parent / "reference" / "category_map.csv"
CLASSES = (
    "cannabis", "cocaine", "mdma", "amphetamine", "methamphetamine", "heroin", "other_opioids", "hallucinogens",
    "dissociatives", "benzodiazepines", "ghb", "nps", "medicines_other", "steroids", "tobacco_alcohol", "not_a_drug",
)  # fmt: skip
_NOT_A_DRUG, _NOT_ALONE = re.compile("|".join(NOT_A_DRUG)), re.compile("|".join(NOT_A_DRUG_ALONE))
_SUBSTANCES = tuple((level1, level2, re.compile(pattern)) for level1, level2, pattern in SUBSTANCES)


@dataclass(frozen=True)
class Drug:
    """Class of an offer; `review` when title and category disagree, the title names nothing or the path is unmapped."""

    drug_class: str | None
    drug_subclass: str | None
    rule_id: str
    review: bool


@dataclass(frozen=True)
class Category:
    """What a market's category says; `mapped` is False when only a parent of the path is in the map."""

    drug_class: str
    drug_subclass: str | None
    mapped: bool


@lru_cache(maxsize=4)
def category_map(path: Path = MAP_FILE) -> dict[tuple[str, str], tuple[str, str | None]]:
    """(market, path in lower case) → (class, subclass)."""
    if not path.is_file():
        raise UserError(f"the category map {path.name} is missing; restore cryptodrug_assets/reference")
    rows = pl.read_csv(path, columns=["market", "path", "drug_class", "drug_subclass"]).iter_rows()
    return {(market, _key(text.split(" / "))): (level1, level2) for market, text, level1, level2 in rows}


def category_class(market: str | None, path: Sequence[str]) -> Category | None:
    """The class of a category path, or of its nearest mapped parent; None when not even the root is known.

    Without a market, the path is looked up in the maps of all markets. Where a page shows a leaf alone, a leaf that
    has one class in the whole map of the market is understood.
    """
    parts = [part for part in path if part and part.strip()]
    for length in range(len(parts), 0, -1):
        found = _lookup(market, _key(parts[:length]))
        if found:
            return Category(*found, mapped=length == len(parts))
    if parts:
        found = _leaves().get((market or "", _key(parts[-1:])))
        if found:
            return Category(*found, mapped=True)
    return None


def classify(title: str | None, path: Sequence[str] | None = None, market: str | None = None) -> Drug:
    """Class of an offer from its title and category path (root to leaf)."""
    category = category_class(market, path or ())
    named = named_substances(title or "")
    if not named:
        if category is None:
            return Drug(None, None, "nothing_known", True)
        # The plain shelf of digital goods or services needs no substance in its titles.
        review = category.drug_class != "not_a_drug" or not category.mapped
        return Drug(category.drug_class, category.drug_subclass, "category", review)
    classes = list(dict.fromkeys(level1 for level1, _ in named))
    if category and category.drug_class in classes:
        chosen, rule, review = category.drug_class, "title_and_category", False
    elif len(classes) == 1:
        chosen, rule, review = classes[0], "title", category is not None
    else:
        chosen, rule, review = classes[0], "title_first", True
    levels = [level2 for level1, level2 in named if level1 == chosen and level2]
    if (
        category
        and category.drug_class == chosen
        and category.drug_subclass in (*levels, *([] if levels else [category.drug_subclass]))
    ):
        return Drug(chosen, category.drug_subclass, rule, review)
    return Drug(chosen, levels[0] if levels else None, rule, review)


def named_substances(title: str) -> list[tuple[str, str | None]]:
    """Classes and subclasses the title names, in order of appearance."""
    text = " ".join(re.sub(r"[-_/.*|~+,:;()\[\]!\"']+", " ", title.lower()).split())
    if _NOT_A_DRUG.search(text):
        return [("not_a_drug", None)]
    hits = []
    for level1, level2, pattern in _SUBSTANCES:
        match = pattern.search(text)
        if match:
            hits.append((match.start(), -match.end(), level1, level2))
    if not hits and _NOT_ALONE.search(text):
        return [("not_a_drug", None)]
    # A longer name at the same place wins ("5-meo-dmt" before "dmt"); names inside another name do not count.
    kept: list[tuple[int, int, str, str | None]] = []
    for start, end, level1, level2 in sorted(hits, key=lambda hit: hit[:2]):
        inside = any(begin <= start and -end <= -last for begin, last, _, _ in kept if (begin, last) != (start, end))
        if not inside:
            kept.append((start, end, level1, level2))
    classes = {level1 for _, _, level1, _ in kept}
    weaker = {first for first, second in YIELDS_TO if second in classes}
    return [(level1, level2) for _, _, level1, level2 in kept if level1 not in weaker or classes <= weaker]


def _key(parts: Sequence[str]) -> str:
    return " / ".join(" ".join(part.replace("\u00a0", " ").split()).lower() for part in parts)


def _lookup(market: str | None, key: str) -> tuple[str, str | None] | None:
    found = category_map()
    if market is not None:
        return found.get((market, key))
    options = [value for (_, path), value in found.items() if path == key]
    return options[0] if options else None


@lru_cache(maxsize=1)
def _leaves() -> dict[tuple[str, str], tuple[str, str | None]]:
    """Leaves whose drug class is the same wherever they occur in a market's drug branch."""
    options: dict[tuple[str, str], set[tuple[str, str | None]]] = {}
    for (market, path), value in category_map().items():
        if value[0] != "not_a_drug":
            for owner in (market, ""):
                options.setdefault((owner, path.split(" / ")[-1]), set()).add(value)
    return {key: min(values, key=str) for key, values in options.items() if len({level1 for level1, _ in values}) == 1}
