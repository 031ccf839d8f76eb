"""Places in four languages, and every shipping region of Dream Market."""

import csv
import json
import re
from pathlib import Path
from typing import cast

import pycountry
import pytest
from selectolax.lexbor import LexborHTMLParser

from cryptodrug_assets.cleaning.places.statements import parse_place, parse_places, sides
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.reference.place_names import REGIONS
from cryptodrug_assets.reference.regions import REGION_COUNTRIES, regions_of


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
    assert len(REGION_COUNTRIES["EU"]) == 28
    assert "GB" in REGION_COUNTRIES["EU"]


def written_places() -> list[dict[str, str]]:
    """Statements made up in four languages, with jokes; each answer worked out by hand."""
    with (Path(__file__).parent / "places.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", written_places(), ids=lambda row: row["text"])
def test_ways_of_writing(row: dict[str, str]) -> None:
    found = parse_place(row["text"])
    got = (" ".join(found.include), " ".join(found.exclude), found.kind)
    assert got == (row["include"], row["exclude"], row["kind"])


@pytest.mark.parametrize(
    "text", ["Wrldwide", "WORLWIDE", "Worldwid", "Belguim", "Germnay", "Phillipines", "Austrailia"]
)
def test_misspelt_names_are_recognised(text: str) -> None:
    assert parse_place(text).kind in ("worldwide", "country")


def test_every_shipping_region_of_dream_maps(real_pages: Path) -> None:
    trees = real_pages.parent / "reference" / "market_category_trees.json"
    if not trees.is_file():
        pytest.skip("the list of regions is not here")
    regions = json.loads(trees.read_text("utf-8"))["dream"]["shipping_regions"]
    found = {region["name"]: (region["depth"], parse_place(region["name"])) for region in regions}
    assert len(regions) == 202
    unmapped = [name for name, (_, place) in found.items() if place.kind == "unknown" or place.unmapped]
    assert unmapped == []
    countries = {name: place.include for name, (depth, place) in found.items() if depth == 2}
    assert all(len(codes) == 1 and codes[0] not in REGIONS for codes in countries.values())
    assert len(set(countries.values())) == len(countries), "two regions of the list are one country"


@pytest.mark.parametrize("market", ["dream", "empire"])
def test_every_statement_on_real_pages_maps(real_pages: Path, market: str) -> None:
    statements: set[str] = set()
    for path in sorted((real_pages / market).glob("*.html")):
        page = get_market(market).parse(path.read_bytes(), url="http://saved.page/", captured_at=None)
        for listing in page.listings:
            places = [listing["ships_from"], *cast("list[str]", listing["ships_to"] or [])]
            statements |= {str(text) for text in places if text}
    assert statements
    assert {text for text in statements if parse_place(text).kind == "unknown" or parse_place(text).unmapped} == set()


def test_names_with_their_codes_on_a_real_page(real_pages: Path) -> None:
    # Another market of the time writes "Belgium (BE)": 235 names whose code is known independently.
    page = real_pages / "apollon" / "search_0.html"
    if not page.is_file():
        pytest.skip("the page is not here")
    options = {option.text().strip() for option in LexborHTMLParser(page.read_text("utf-8")).css("option")}
    named = {match[1]: match[2] for text in options if (match := re.fullmatch(r"(.+) \(([A-Z]{2})\)", text))}
    special = {"World Wide": ("WW",), "Europe": ("EUROPE",), "NULL": ()}
    wrong = {name: parse_place(name).include for name, code in named.items()
             if parse_place(name).include != special.get(name, (code,))}  # fmt: skip
    assert len(named) > 200
    assert wrong == {}


@pytest.mark.parametrize(
    "text",
    ["service", "serve", "status", "stated", "stats", "settle", "bread", "pairs", "hungry", "handover", "intentional",
     "digital", "undeclared", "Torland", "my basement", "Status unknown", "not stated", "fresh bread",
     "Digital / Service", "state",
     "Geen idee", "bruggen", "pommes frites", "schweine", "service inclus", "zu Lasten", "statues"],
)  # fmt: skip
def test_everyday_words_are_no_places(text: str) -> None:
    found = parse_place(text)
    assert (found.include, found.exclude, found.kind) == ((), (), "unknown")


def test_demonyms_and_misspellings_stay() -> None:
    for text, code in (
        ("Belgian", "BE"),
        ("Italian post", "IT"),
        ("Germnay", "DE"),
        ("Belguim", "BE"),
        ("Albanian", "AL"),
    ):
        assert parse_place(text).include == (code,)


MIDDLE_EAST = "AE BH IL IQ IR JO KW LB OM PS QA SA SY TR YE"
SCHENGEN = "AT BE CH CZ DE DK EE ES FI FR GR HU IS IT LI LT LU LV MT NL NO PL PT SE SI SK"


@pytest.mark.parametrize(
    ("text", "include", "exclude"),
    [
        ("Belgium, discreet service", "BE", ""),
        ("Belgium servcie", "BE", ""),
        ("EU - next day service", "EU", ""),
        ("Germnay, Netherlands", "DE NL", ""),
        ("Worldwide except Ausralia", "WW", "AU"),
        ("UKandIreland", "GB IE", ""),
        ("TheNetherlands", "NL", ""),
        ("CzechRepublic", "CZ", ""),
        ("SouthAfrica", "ZA", ""),
        ("Canadagb france", "CA FR GB", ""),
        ("EUandUK", "EU GB", ""),
        ("WorldWide", "WW", ""),
        ("World-wide", "WW", ""),
        ("worldwideexceptUSA", "WW", "US"),
        ("Earth.", "WW", ""),
        ("Globe", "WW", ""),
        ("Worldwide exept USA", "WW", "US"),
        ("Worldwide expect USA", "WW", "US"),
        ("Worldwide exlcuding USA", "WW", "US"),
        ("Worldwide exclude Australia", "WW", "AU"),
        ("Wereldwijd behlave Nederland", "WW", "NL"),
        ("Worldwide but not USA", "WW", "US"),
        ("worldwide NO shipping to US", "WW", "US"),
        ("Europe, Switzerland Norway excluded", "EUROPE", "CH NO"),
        ("Worldwide, not US/AUS", "WW", "AU US"),
        ("Netherlands, no service to US", "NL", "US"),
        ("worldwide except italy, australia and middle east", "WW", f"AU IT {MIDDLE_EAST}"),
        ("Worldwide except Central America", "WW", ""),
        ("Schengen", SCHENGEN, ""),
        ("Benelux", "BE LU NL", ""),
        ("DACH", "AT CH DE", ""),
        ("Baltics", "EE LT LV", ""),
        ("Balkans", "AL BA BG HR ME MK RO RS SI XK", ""),
    ],
)
def test_joined_misspelt_and_regional_forms(text: str, include: str, exclude: str) -> None:
    found = parse_place(text)
    assert (set(found.include), set(found.exclude)) == (set(include.split()), set(exclude.split()))


def test_a_part_of_a_region_that_cannot_be_excluded_is_told() -> None:
    assert parse_place("Worldwide except Central America").unmapped == ("central america",)


@pytest.mark.parametrize(
    ("text", "origin", "destination"),
    [
        ("From: USA To: Worldwide", "US", "WW"),
        ("Ships from Netherlands to EU", "NL", "EU"),
        ("EU -> WW", "EU", "WW"),
        ("UK→Europe, USA", "GB", "EUROPE US"),
        ("NL|EU", "NL", "EU"),
        ("NL|BE", "BE NL", "BE NL"),
        ("Belgium", "BE", "BE"),
        ("worldwide, no shipping to US", "WW", "WW"),
    ],
)
def test_both_sides_in_one_field(text: str, origin: str, destination: str) -> None:
    assert tuple(" ".join(parse_place(side).include) for side in sides(text)) == (origin, destination)


def test_regions_hold_their_countries() -> None:
    assert regions_of("BE") == ("EU", "EUROPE", "WW")
    assert regions_of("CH") == ("EUROPE", "WW")
    assert regions_of("TR") == ("ASIA", "EUROPE", "WW")
    assert regions_of("US") == ("NORTH_AMERICA", "WW")
    assert (regions_of("EU"), regions_of("WW")) == (("EUROPE", "WW"), ())
    assert set(REGION_COUNTRIES) | {"WW"} == set(REGIONS)
    assert REGION_COUNTRIES["EU"] <= REGION_COUNTRIES["EUROPE"]
    every = {country.alpha_2 for country in pycountry.countries} | {"XK"}
    assert set().union(*REGION_COUNTRIES.values()) == every - {"AQ"}
