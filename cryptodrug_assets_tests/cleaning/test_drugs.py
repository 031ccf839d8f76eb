"""Drug classes: the title overrules the category, disagreement is marked, every category of the markets has a class."""

import json
import re
from pathlib import Path

import pytest

from cryptodrug_assets.cleaning.titles.drug_words import NOT_A_DRUG, SUBSTANCES
from cryptodrug_assets.cleaning.titles.drugs import CLASSES, category_class, category_map, classify, taxonomy
from cryptodrug_assets.cleaning.titles.lexicon import Lexicon
from cryptodrug_assets.replica import vocabulary
from cryptodrug_assets_tests.cleaning.written import written_substances


@pytest.mark.parametrize(
    ("title", "path", "expected", "review"),
    [
        ("Speed paste", "Drugs / Stimulants / Speed", "amphetamine", False),
        ("Green Crack 28g", "Drugs / Cannabis / Weed", "cannabis", False),
        ("Ketamine needles 5g", "Drugs / Ecstasy / MDMA", "dissociatives", True),
        ("The blue ones are back", "Drugs / Ecstasy / Pills", "mdma", True),
        ("E-book: growing mushrooms", "Drugs / Psychedelics / Mushrooms", "not_a_drug", True),
        ("Etizolam 1mg pellets", "", "benzodiazepines", False),
        ("25I-NBOMe blotters", "", "hallucinogens", False),
        ("1P-LSD 100ug", "", "hallucinogens", False),
        ("5-MeO-DMT", "", "hallucinogens", False),
        ("U-47700", "", "other_opioids", False),
        ("MDA crystals", "", "mdma", False),
        ("Crack cocaine", "", "cocaine", False),
        ("Adderall 30mg", "", "amphetamine", False),
        ("Ritalin 10mg", "", "medicines_other", False),
        ("DNP capsules", "", "medicines_other", False),
        ("CBD oil", "", "cannabis", False),
        ("Cannabis seeds", "", "cannabis", False),
        ("Kratom powder", "", "nps", False),
        ("4-FA", "", "nps", False),
        ("Reagent test kit for MDMA", "", "not_a_drug", False),
        ("PMK glycidate", "", "not_a_drug", False),
        ("Speedy delivery: heroin", "", "heroin", False),
        ("O-PCE", "", "dissociatives", False),
        ("nothing that names anything", "", None, True),
    ],
)
def test_titles(title: str, path: str, expected: str | None, review: bool) -> None:
    found = classify(title, [part for part in path.split(" / ") if part])
    assert (found.drug_class, found.review) == (expected, review)


def test_names_of_substances() -> None:
    wrong = {title: found for title, want in written_substances() if (found := classify(title).drug_class) != want}
    assert wrong == {}


def test_the_lexicon_finds_what_searching_every_pattern_finds() -> None:
    for entries in (SUBSTANCES, tuple(("not_a_drug", None, pattern) for pattern in NOT_A_DRUG)):
        lexicon = Lexicon(entries)
        for title, _ in written_substances():
            text = " ".join(re.sub(r"[-_/.*|~+,:;()!\"']+", " ", title.lower()).split())
            plainly = {(level1, level2) for level1, level2, pattern in entries if re.search(pattern, text)}
            assert {(level1, level2) for _, _, level1, level2 in lexicon.find(text)} == plainly, text


@pytest.mark.parametrize(
    ("title", "path", "expected", "rule", "review"),
    [
        # A name in a comparison is not what is sold.
        ("Phenibut, calming like xanax 15g", "Drugs / Benzos", "nps", "title", True),
        # Nicknames support a category and never overrule one.
        ("3.5g Stardawg", "Drugs / Cannabis / Weed", "cannabis", "nickname_and_category", False),
        ("Chocolate bar mint ice", "Drugs / Cannabis / Edibles", "cannabis", "category", True),
        # Books about a drug, and a drug among the books.
        ("Ketamine: dreams and realities", "Digital Goods / E-Books", "not_a_drug", "category_of_texts", True),
        ("5g ketamine", "Digital Goods / E-Books", "dissociatives", "title", True),
        # The root of all drugs contradicts no title.
        ("10g speed", "Drugs", "amphetamine", "title", False),
        ("Visa gift card $100", "", "not_a_drug", "title", False),
        ("Bitcoin pills 200mg", "Drugs / Ecstasy / Pills", "mdma", "category", True),
    ],
)
def test_what_settles_a_class(title: str, path: str, expected: str, rule: str, review: bool) -> None:
    found = classify(title, [part for part in path.split(" / ") if part])
    assert (found.drug_class, found.rule_id, found.review) == (expected, rule, review)


def test_every_class_and_subclass_has_a_code_for_exchange() -> None:
    rows = taxonomy()
    used = {(level1, level2) for level1, level2, _ in SUBSTANCES} | set(category_map().values())
    assert {(level1, None) for level1 in CLASSES} | used <= set(rows)
    # What UNODC reports on has a group and a code; one code means one group.
    for (level1, _), row in rows.items():
        assert (row.unodc_code is None) == (row.unodc_group is None) == (level1 in ("tobacco_alcohol", "not_a_drug"))
        assert row.source
    assert len({((row.unodc_code or "")[:3], row.unodc_group) for row in rows.values()}) == 10


def test_the_goods_of_the_replica() -> None:
    for product in (*vocabulary.PRODUCTS, *vocabulary.OTHER_GOODS):
        paths = (("dream", product.dream[1]), ("empire", product.empire[1]), ("wall_street", product.wall_street))
        for market, path in paths:
            for name in product.names:
                assert classify(name, path, market).drug_class == product.drug_class, (name, market)


def test_unmapped_paths_fall_back_to_their_parent_and_say_so() -> None:
    found = category_class("dream", ["Drugs", "Opioids", "Something new"])
    assert found is not None
    assert (found.drug_class, found.mapped) == ("other_opioids", False)
    assert category_class("dream", ["Unheard of"]) is None


def test_every_category_of_the_real_markets_is_mapped(real_pages: Path) -> None:
    trees = real_pages.parent / "reference" / "market_category_trees.json"
    if not trees.is_file():
        pytest.skip("the category trees are not here")
    facts = json.loads(trees.read_text("utf-8"))
    for market in ("dream", "empire"):
        lists = [value for key, value in facts[market].items() if key != "shipping_regions" and isinstance(value, list)]
        nodes = [node for nodes in lists for node in nodes]
        unmapped = [
            node["path"]
            for node in nodes
            if not getattr(category_class(market, node["path"].split(" / ")), "mapped", False)
        ]
        assert unmapped == []
    assert {level1 for level1, _ in category_map().values()} <= set(CLASSES)
