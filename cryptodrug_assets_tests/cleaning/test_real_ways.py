"""Ways in which real strings are written, in our own words: places, classes by description, strains without weight."""

import pytest

from cryptodrug_assets.cleaning.places.statements import parse_place
from cryptodrug_assets.cleaning.titles.descriptions import described_substances, with_description
from cryptodrug_assets.cleaning.titles.drugs import classify, names_a_class

SHELF = ["Drugs & Chemicals", "Cannabis & Hashish", "Buds & Flowers"]


@pytest.mark.parametrize(
    ("text", "include", "exclude"),
    [
        ("cant ship to US", "", "US"),
        ("We can't send to Finland", "", "FI"),
        ("we do not deliver to Italy", "", "IT"),
        ("Europe, cannot ship to Norway", "EUROPE", "NO"),
        ("worldwide, unable to ship to Israel", "WW", "IL"),
        ("EU. Sorry, I don't deliver to Sweden", "EU", "SE"),
        ("World, not able to send to Japan", "WW", "JP"),
        ("USAonly", "US", ""),
        ("UKonly", "GB", ""),
        ("Belgiumonly", "BE", ""),
        ("europeonly", "EUROPE", ""),
        # Of a country that is named itself, only a part is left out.
        ("Germany exept Bavaria", "DE", ""),
        ("Spain, but not Canary Islands", "ES", ""),
        ("worldwide exept Germany", "WW", "DE"),
        ("TheNetherlands", "NL", ""),
        ("UKandIreland", "GB IE", ""),
        ("Commonly", "", ""),
        ("Middle Earth", "", ""),
        ("Shire", "", ""),
        ("Elbonia", "", ""),
        ("only UK", "GB", ""),
        ("canny ship", "", ""),
    ],
)
def test_places(text: str, include: str, exclude: str) -> None:
    found = parse_place(text)
    assert (" ".join(found.include), " ".join(found.exclude)) == (include, exclude)


@pytest.mark.parametrize(
    ("title", "path", "description", "expected", "rule"),
    [
        # Synthetic cannabinoids under the names of cannabis.
        ("Purple Haze 5g", SHELF, "Damiana leaf sprayed with MDMB-4en-PINACA.", "nps", "description_synthetic"),
        ("Diamond Kush, 10 grams", [], "A strong herbal incense for smoking.", "nps", "description_synthetic"),
        ("A4 sheet, very strong", [], "K2 paper, 5F-ADB on it, sent as a letter", "nps", "description_synthetic"),
        ("Mountain green 3g", SHELF, "Best synthetic weed of the year", "nps", "description_synthetic"),
        # Real cannabis that speaks of them, or of spices and mountains.
        ("Purple Haze 5g", SHELF, "Grown outdoors. We never sell synthetic weed.", "cannabis", "title_and_category"),
        ("Purple Haze 5g", SHELF, "Organic, without any synthetic cannabinoids", "cannabis", "title_and_category"),
        ("Purple Haze 5g", SHELF, "Notes of spice and pine, grown near K2", "cannabis", "title_and_category"),
        # A silent title: the description decides where no shelf does, and agrees with the shelf where there is one.
        ("The blue ones, ten pieces", [], "Tablets of 2 mg alprazolam", "benzodiazepines", "description"),
        ("Sunday special", SHELF, "Dried marijuana flowers", "cannabis", "category_and_description"),
        ("Sunday special", SHELF, "Comes with a free sample of cocaine", "cannabis", "category"),
        ("Sunday special", [], "Cocaine and heroin of the best", None, "nothing_known"),
        ("Sunday special", [], "No cocaine, just good mood", None, "nothing_known"),
        ("Sunday special", [], "A guide to making MDMA at home", None, "nothing_known"),
        # A title that says what it is needs no description.
        ("1g cocaine", [], "Better than any amphetamine", "cocaine", "title"),
        ("Netflix account", [], "Watch films about heroin", "not_a_drug", "title"),
    ],
)
def test_descriptions(title: str, path: list[str], description: str, expected: str | None, rule: str) -> None:
    drug = classify(title, path, "empire")
    found = with_description(drug, title, description, on_shelf=names_a_class(path, "empire"))
    assert (found.drug_class, found.rule_id) == (expected, rule)


def test_what_the_description_alone_says_stays_for_review() -> None:
    silent = classify("Sunday special", [], "empire")
    assert with_description(silent, "Sunday special", "pure ketamine", on_shelf=False).review
    shelved = classify("Sunday special", SHELF, "empire")
    assert not with_description(shelved, "Sunday special", "hash from home", on_shelf=True).review


@pytest.mark.parametrize(
    "text", ["no fentanyl in it", "free from any fentanyl", "this is not fentanyl", "ohne fentanyl"]
)
def test_what_is_denied_is_not_named(text: str) -> None:
    assert described_substances(text) == ()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("herbal incense 10g", "nps"),
        ("Herbal smoking blend, 3 grams", "nps"),
        ("10 x K2 paper", "nps"),
        ("Diesel jeans, new", None),
        ("Cookies of the world, box", None),
        ("Gelato machine", None),
        ("Mac and cheese", None),
        ("Diesel 7g", "cannabis"),
        ("14g Gelato", "cannabis"),
        ("Runtz x 3.5 g", "cannabis"),
        ("Sour Diesel", "cannabis"),
    ],
)
def test_strains_count_with_a_weight(title: str, expected: str | None) -> None:
    assert classify(title).drug_class == expected
    # On the shelf of cannabis they need none.
    if expected != "nps":
        assert classify(title.split(",", maxsplit=1)[0], SHELF, "empire").drug_class == "cannabis"
