"""Places in four languages, and every shipping region of Dream Market."""

import json
import os
from pathlib import Path

import pytest

from cryptodrug_assets.cleaning.place_names import EU28, REGIONS
from cryptodrug_assets.cleaning.places import parse_place, parse_places


@pytest.mark.parametrize(
    ("text", "include", "exclude", "kind"),
    [
        ("Wereldwijd behalve Nederland", "WW", "NL", "worldwide"),
        ("Worldwide (no USA)", "WW", "US", "worldwide"),
        ("No USA, worldwide", "WW", "US", "worldwide"),
        ("Worldwide except US, NL", "WW", "NL US", "worldwide"),
        ("Worldwide with Exceptions (United States, Australia)", "WW", "AU US", "worldwide"),
        ("worldwide but not to australia or new zealand", "WW", "AU NZ", "worldwide"),
        ("Monde entier sauf les États-Unis", "WW", "US", "worldwide"),
        ("Tout sauf la France", "WW", "FR", "worldwide"),
        ("weltweit außer USA und Australien", "WW", "AU US", "worldwide"),
        ("Europa (außer Schweiz), Kanada", "CA EUROPE", "CH", "list"),
        ("EU", "EU", "", "region"),
        ("Europese Unie", "EU", "", "region"),
        ("Europe", "EUROPE", "", "region"),
        ("Scandinavia", "DK NO SE", "", "list"),
        ("UK", "GB", "", "country"),
        ("U.S.A.", "US", "", "country"),
        ("us", "US", "", "country"),
        ("ships to us", "US", "", "country"),
        ("België, Nederland", "BE NL", "", "list"),
        ("NL/BE/DE", "BE DE NL", "", "list"),
        ("Belgique", "BE", "", "country"),
        ("Niederlande", "NL", "", "country"),
        ("Amsterdam", "NL", "", "country"),
        ("Bosnia and Herzegovina", "BA", "", "country"),
        ("Australia & NZ", "AU NZ", "", "list"),
        ("Guinea-Bissau", "GW", "", "country"),
        ("NA", "", "", "unknown"),
        ("Torland", "", "", "unknown"),
        ("Undeclared", "", "", "unknown"),
        ("", "", "", "unknown"),
    ],
)
def test_texts(text: str, include: str, exclude: str, kind: str) -> None:
    found = parse_place(text)
    assert (" ".join(found.include), " ".join(found.exclude), found.kind) == (include, exclude, kind)


def test_lists_are_read_together() -> None:
    assert parse_places(["Europe", "Belgium"]).include == ("BE", "EUROPE")
    assert parse_places(["Worldwide", "Worldwide"]).kind == "worldwide"
    assert parse_places([]).kind == "unknown"


def test_the_union_of_the_window_has_28_members() -> None:
    assert len(set(EU28)) == 28
    assert "GB" in EU28


def test_every_shipping_region_of_dream_maps() -> None:
    here = Path(__file__).resolve().parents[2]
    pages = Path(os.environ.get("CRYPTODRUG_REAL_PAGES", here.parent / "shared" / "real_pages"))
    trees = pages.parent / "reference" / "market_category_trees.json"
    if not trees.is_file():
        pytest.skip("the list of regions is not here")
    regions = json.loads(trees.read_text("utf-8"))["dream"]["shipping_regions"]
    found = {region["name"]: (region["depth"], parse_place(region["name"])) for region in regions}
    unmapped = [name for name, (_, place) in found.items() if place.kind == "unknown" or place.unmapped]
    assert unmapped == []
    countries = {name: place.include for name, (depth, place) in found.items() if depth == 2}
    assert all(len(codes) == 1 and codes[0] not in REGIONS for codes in countries.values())
    assert len(set(countries.values())) == len(countries), "two regions of the list are one country"
