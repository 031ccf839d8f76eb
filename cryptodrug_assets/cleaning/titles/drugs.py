"""Which drug an offer is: EUDA class (level 1) and subclass (level 2) from title and category.

Contains the order of evidence: the title's words first, then the market's category (reference/categories, the most
specific path in it). Disagreement and titles that name nothing are marked for review, never settled silently.
Keep out: the words themselves (drug_words), how a long list of words is searched (lexicon). Method:
docs/methods/drugs.md.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from cryptodrug_assets.cleaning.titles.drug_words import (
    NICKNAMES,
    NOT_A_DRUG,
    NOT_A_DRUG_ALONE,
    OTHER_GOODS,
    SUBSTANCES,
    YIELDS_TO,
)
from cryptodrug_assets.cleaning.titles.lexicon import Lexicon
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.reference.category_files import category_rows
from cryptodrug_assets.reference.files import CATEGORIES_DIR, TAXONOMY_FILE

CLASSES = (
    "cannabis", "cocaine", "mdma", "amphetamine", "methamphetamine", "heroin", "other_opioids", "hallucinogens",
    "dissociatives", "benzodiazepines", "ghb", "nps", "medicines_other", "steroids", "tobacco_alcohol", "not_a_drug",
)  # fmt: skip
_NOT_A_DRUG, _NOT_ALONE, _OTHER_GOODS = (
    Lexicon(("not_a_drug", None, pattern) for pattern in patterns)
    for patterns in (NOT_A_DRUG, NOT_A_DRUG_ALONE, OTHER_GOODS)
)
_SUBSTANCES, _NICKNAMES = Lexicon(SUBSTANCES), Lexicon(NICKNAMES)
_DRUG_FORM = re.compile(r"\d ?(?:mg|ug|mcg)\b|\b(?:pills?|tabs|tablets?|blotters?|capsules?)\b")
_AMOUNT = re.compile(
    r"\d ?(?:g|gr|grams?|gramm|kg|kilo|oz|ounces?|lb|mg|ug|mcg|ml|x|pills?|tabs?|tablets?|blotters?|caps|pcs)\b|\bx ?\d"
)
# The main shelf of a market whose tree is not known.
_NO_DRUGS_ROOT = re.compile(
    r"(?:counterfeits?|digital|fraud|guides?|tutorials?|services?|software|information|forger(?:y|ies)|electronics"
    r"|jewel|security|hosting|hacking|weapons?|e-?books?|carded|erotica|documents?|watches)",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[-_/.*|~+,:;()\[\]{}!\"'®™]+")
# Names of strains that are everyday words: they mean cannabis beside a weight, or on its shelf.
_ALSO_STRAINS = re.compile(r"diesel|cookies|gelato|cheese|runt[zs]|shake|trim|hybrid|outdoor|sherbe?r?t|gorilla|og|ak")
# "a new drug like xanax": named only to be compared with.
_COMPARED = re.compile(
    r"\b(?:like|similar to|(?:better|stronger|cheaper) than|alternative (?:to|for)|unlike|instead of)"
    r" (?:an? |the )?[a-z0-9]+"
)


@dataclass(frozen=True)
class Drug:
    """Class of an offer; `review` when title and category disagree, the title names nothing or the path is unmapped."""

    drug_class: str | None
    drug_subclass: str | None
    rule_id: str
    review: bool


_NOTHING = Drug(None, None, "nothing_known", True)


@dataclass(frozen=True)
class Category:
    """What a market's category says; `mapped` is False when only a parent of the path is in the map."""

    drug_class: str
    drug_subclass: str | None
    mapped: bool


@lru_cache(maxsize=4)
def category_map(folder: Path = CATEGORIES_DIR) -> dict[tuple[str, str], tuple[str, str | None]]:
    """(market, path in lower case) → (class, subclass)."""
    return {
        (row.market, _key(row.path.split(" / "))): (row.drug_class, row.drug_subclass) for row in category_rows(folder)
    }


@dataclass(frozen=True)
class TaxonomyRow:
    """A class or subclass: its label, its drug group in UNODC reporting and the code it is exchanged under."""

    label: str
    unodc_group: str | None
    unodc_code: str | None
    source: str


@lru_cache(maxsize=4)
def taxonomy(path: Path = TAXONOMY_FILE) -> dict[tuple[str, str | None], TaxonomyRow]:
    """(class, subclass) → its row; the subclass None stands for the class as a whole."""
    if not path.is_file():
        raise UserError(f"the drug taxonomy {path.name} is missing; restore cryptodrug_assets/reference")
    rows = pl.read_csv(path, infer_schema=False).iter_rows()
    return {
        (level1, level2): TaxonomyRow(label, group, code, source) for level1, level2, label, group, code, source in rows
    }


def category_class(market: str | None, path: Sequence[str]) -> Category | None:
    """The class of a category path, or of its nearest mapped parent; None when not even the root is known.

    Without a market, the path is looked up in the maps of all markets. Where a page shows a leaf alone, a leaf that
    has one class in the whole map of the market is understood.

    >>> category_class("empire", ["Drugs & Chemicals", "Stimulants", "Cocaine"]).drug_class
    'cocaine'
    """
    return _category(market, tuple(path))


@lru_cache(maxsize=4096)
def _category(market: str | None, path: tuple[str, ...]) -> Category | None:
    parts = [part for part in path if part and part.strip()]
    for length in range(len(parts), 0, -1):
        found = _lookup(market, _key(parts[:length]))
        if found:
            return Category(*found, mapped=length == len(parts))
    if parts:
        found = _leaves().get((market or "", _key(parts[-1:])))
        if found:
            return Category(*found, mapped=True)
        if _NO_DRUGS_ROOT.match(parts[0].strip()):
            return Category("not_a_drug", None, mapped=False)
    return None


def classify(title: str | None, path: Sequence[str] | None = None, market: str | None = None) -> Drug:
    """Class of an offer from its title and category path (root to leaf); any text has an answer.

    The title's substance wins; another class in the category marks the offer for review, and so does a title that names
    nothing. A root that holds all drugs contradicts no title, and a shelf of all opioids no heroin. On the shelves of
    books, software and services a title without an amount is about the substance, not the substance. With a `market`
    its category map alone is asked.
    Raises UserError when the category map is damaged.

    >>> drug = classify("100 x 2C-B pills 20mg", ["Drugs", "Psychedelics"], "dream")
    >>> drug.drug_class, drug.drug_subclass, drug.review
    ('hallucinogens', '2c_x', False)
    >>> classify("How to grow weed, ebook", ["Digital Goods", "E-Books"]).drug_class
    'not_a_drug'
    """
    category = category_class(market, path or ())
    named = named_substances(title or "")
    if not named:
        return _without_substance(title or "", category)
    classes = list(dict.fromkeys(level1 for level1, _ in named))
    if category and category.drug_class == "not_a_drug" and classes != ["not_a_drug"] and _is_about(title or "", path):
        return Drug("not_a_drug", None, "category_of_texts", True)
    if category and category.drug_class in classes:
        chosen, rule, review = category.drug_class, "title_and_category", False
    elif len(classes) == 1:
        chosen, rule, review = classes[0], "title", category is not None and not _holds_all(path, classes[0])
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


def _without_substance(title: str, category: Category | None) -> Drug:
    """The class of an offer whose title names no substance."""
    suggested = nicknames(title)
    if category is None:
        if names_other_goods(title):
            return Drug("not_a_drug", None, "title", False)
        return Drug(*suggested[0], "nickname", True) if suggested else _NOTHING
    if category.drug_class in {level1 for level1, _ in suggested}:
        return Drug(category.drug_class, category.drug_subclass, "nickname_and_category", not category.mapped)
    # The plain shelf of digital goods or services needs no substance in its titles.
    review = category.drug_class != "not_a_drug" or not category.mapped
    return Drug(category.drug_class, category.drug_subclass, "category", review)


@lru_cache(maxsize=65536)
def named_substances(title: str) -> tuple[tuple[str, str | None], ...]:
    """Classes and subclasses the title names, in order of appearance.

    >>> named_substances("MDMA and ketamine, 1g each")
    (('mdma', 'mdma_powder'), ('dissociatives', 'ketamine'))
    """
    text = plain(title)
    if _NOT_A_DRUG.matches(text):
        return (("not_a_drug", None),)
    text = without_comparisons(text)
    kept = substances_of(text)
    if not _AMOUNT.search(text):
        # "Diesel" and "cookies" are strains where they are weighed.
        kept = [hit for hit in kept if not (hit[2] == "cannabis" and _ALSO_STRAINS.fullmatch(text, hit[0], hit[1]))]
    if not kept and _NOT_ALONE.matches(text):
        return (("not_a_drug", None),)
    classes = {level1 for _, _, level1, _ in kept}
    weaker = {first for first, second in YIELDS_TO if second in classes}
    named = [(level1, level2) for _, _, level1, level2 in kept if level1 not in weaker or classes <= weaker]
    if "other_opioids" in classes:
        # Paracetamol in a tablet with an opioid.
        named = [pair for pair in named if pair != ("medicines_other", None)]
    return tuple(dict.fromkeys(named))


def substances_of(text: str) -> list[tuple[int, int, str, str | None]]:
    """Where a plain text names substances, and which (start, end, class, subclass): a longer name at the same place
    wins ("5-meo-dmt" before "dmt"), names inside another name do not count."""
    hits = _SUBSTANCES.find(text)
    kept: list[tuple[int, int, str, str | None]] = []
    for start, end, level1, level2 in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if not any(begin <= start and end <= last for begin, last, _, _ in kept if (begin, last) != (start, end)):
            kept.append((start, end, level1, level2))
    return kept


def without_comparisons(text: str) -> str:
    """A plain text without what it names only to compare with."""
    return _COMPARED.sub(" ", text)


def is_about_texts(text: str | None) -> bool:
    """Whether a text is about books, tools, precursors or papers, whatever substance it names beside them."""
    return _NOT_A_DRUG.matches(plain(text or ""))


def nicknames(title: str) -> tuple[tuple[str, str | None], ...]:
    """Classes a title suggests by a nickname or the name of a plant; they support a category and never overrule one.

    >>> nicknames("Purple Haze 5g")
    ()
    """
    return tuple(dict.fromkeys((level1, level2) for _, _, level1, level2 in sorted(_NICKNAMES.find(plain(title)))))


def names_other_goods(title: str) -> bool:
    """Whether a title that names no substance names goods that are no drugs: cards, accounts, documents, watches.

    The same words are printed on pills, so that they say nothing beside milligrams, pills or tabs.

    >>> names_other_goods("Netflix account, lifetime")
    True
    """
    text = plain(title)
    return _OTHER_GOODS.matches(text) and not _DRUG_FORM.search(text)


def plain(title: str) -> str:
    """Lower case without accents, separators as blanks."""
    text = title.lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.replace("µ", "u").replace("μ", "u"))
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(_SEPARATORS.sub(" ", text).split())


def _is_about(title: str, path: Sequence[str] | None) -> bool:
    """Whether an offer on a shelf of texts or services lacks any amount of what its title names."""
    root = (path or ("",))[0].strip().lower()
    return not root.startswith(("drug", "other")) and not _AMOUNT.search(plain(title))


def names_a_class(path: Sequence[str] | None, market: str | None) -> bool:
    """Whether a category says more than that there are drugs."""
    category = category_class(market, path or ())
    return category is not None and not _holds_all(path, category.drug_class)


def _holds_all(path: Sequence[str] | None, drug_class: str) -> bool:
    """Whether the category is a shelf of many drugs with this one among them: all drugs, or all opioids for heroin."""
    parts = [part.strip().lower() for part in path or () if part.strip()]
    if drug_class == "heroin" and parts[-1:] in (["opiates"], ["opioids"]):
        return True
    return drug_class != "not_a_drug" and parts in (["drugs"], ["drugs & chemicals"])


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
