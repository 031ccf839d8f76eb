"""Drug classes: the title overrules the category, disagreement is marked, every category of the markets has a class."""

import json
from pathlib import Path

import pytest

from cryptodrug_assets.cleaning.drugs import CLASSES, category_class, category_map, classify
from cryptodrug_assets.replica import vocabulary


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
