# ruff: noqa: E501 - patterns read better whole
"""The class of an offer where its title is silent and its description is not.

A description counts for less than a title: it compares, warns and advertises. It decides only where the title names no
substance, or where an offer under a cannabis name is said to be a synthetic cannabinoid. Keep out: titles and
categories (drugs.py). Method: docs/methods/drugs.md.
"""

import re
from functools import lru_cache

from cryptodrug_assets.cleaning.titles.drugs import Drug, is_about_texts, plain, substances_of, without_comparisons

#: Characters of a description that are read: what an article is stands at its beginning.
READ = 600
_SYNTHETIC = ("nps", "synthetic_cannabinoids")
#: Rules of a title that named no substance.
_SILENT = frozenset(("nothing_known", "category", "nickname", "nickname_and_category"))
# Names of synthetic cannabinoids, and what is sold with them on it. "Spice" alone is a flavour, "K2" a mountain.
_CANNABINOIDS = re.compile(
    r"\bsynthetic (?:cannabinoids?|cannabis|weed|marijuana|thc|spice)\b|\bsynthetische? cannabinoid\w*|\bcannabinoides? (?:synthetiques?|de synthese)\b"
    r"|\bk2 (?:papers?|sprays?|spice|sheets?|liquid|incense)\b|\bspice (?:papers?|sprays?|sheets?|blend|mix|liquid|k2)\b"
    r"|\bherbal (?:incense|smoking (?:mix|blend)|spice)\b|\bkrauter ?mischung\w*|\b(?:5f|4f) ?(?:mdmb|adb|akb|pb|cumyl|edmb)\w*"
    r"|\bm[dm]mb ?(?:4en ?)?(?:pinaca|chmica|fubinaca|inaca|chminaca)\b|\badb ?(?:butinaca|binaca|fubinaca|pinaca|inaca|chminaca)\b"
    r"|\b(?:ab|ama?) ?(?:chminaca|fubinaca|pinaca)\b|\bjwh ?\d{3}\b|\bam ?(?:2201|694)\b|\bhu ?210\b|\bur ?144\b|\bxlr ?11\b|\bcumyl ?\w*(?:pinaca|pegaclone)\b"
)
# "no spice paper", "is not a synthetic cannabinoid", "free of synthetic weed".
_DENIED = re.compile(
    r"\b(?:no|not|non|never|without|free of|free from|isn t|aren t|don t|unlike|zero|contains? no|kein\w*|geen|sans|pas de|ohne|zonder)"
    r"(?: \w+){0,3} ?$"
)
_DENIED_WIDTH = 40


def with_description(drug: Drug, title: str | None, description: str | None, *, on_shelf: bool) -> Drug:
    """The class of an offer in the light of its description; `drug` is what title and category gave.

    `on_shelf`: the offer's category names a class (not the root of all drugs). Rules: `description_synthetic`, of a
    cannabis name on a synthetic cannabinoid; `category_and_description`, both agree; `description`, the category says
    nothing. What the description alone says stays marked for review.

    >>> from cryptodrug_assets.cleaning.titles.drugs import classify
    >>> weed = classify("Purple Haze 5g")
    >>> with_description(weed, "Purple Haze 5g", "Herbs sprayed with 5F-MDMB-2201.", on_shelf=False).drug_class
    'nps'
    >>> with_description(weed, "Purple Haze 5g", "Organic, no synthetic weed here.", on_shelf=False) == weed
    True
    """
    if not description or drug.drug_class == "not_a_drug":
        return drug
    silent = drug.rule_id in _SILENT
    if drug.drug_class in ("cannabis", None) and _is_synthetic(description[:READ]):
        # A title that names the substance itself has said so already.
        return Drug(*_SYNTHETIC, "description_synthetic", True)
    if not silent or is_about_texts(title):
        return drug
    described = described_substances(description[:READ])
    classes = {level1 for level1, _ in described}
    if len(classes) != 1:
        return drug
    level1, level2 = described[0][0], next((level2 for _, level2 in described if level2), None)
    if not on_shelf:
        return Drug(level1, level2, "description", True)
    if drug.drug_class != level1:
        return drug
    return Drug(level1, drug.drug_subclass or level2, "category_and_description", False)


@lru_cache(maxsize=16_384)
def described_substances(description: str) -> tuple[tuple[str, str | None], ...]:
    """Classes and subclasses that a description names and does not deny, in order; nothing of a text that is about
    books, tools or how to make them.

    >>> described_substances("Strong tablets with 2 mg alprazolam each.")
    (('benzodiazepines', 'alprazolam'),)
    >>> described_substances("No fentanyl, ever.")
    ()
    """
    if is_about_texts(description):
        return ()
    text = without_comparisons(plain(description))
    return tuple(
        dict.fromkeys((level1, level2) for start, _, level1, level2 in substances_of(text) if not _denied(text, start))
    )


@lru_cache(maxsize=16_384)
def _is_synthetic(description: str) -> bool:
    text = plain(description)
    return any(not _denied(text, match.start()) for match in _CANNABINOIDS.finditer(text))


def _denied(text: str, start: int) -> bool:
    return _DENIED.search(text[max(0, start - _DENIED_WIDTH) : start]) is not None
