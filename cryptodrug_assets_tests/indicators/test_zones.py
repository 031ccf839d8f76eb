"""Shares of offers by origin and zone: by hand, and hidden where few vendors stand behind any part of them."""

from typing import Any

import pytest

from cryptodrug_assets.indicators.zones import ZoneShare, zone_shares
from cryptodrug_assets_tests.frames import rows

COUNTRIES = ("BE", "NL")


def offers(origin: str | list[str], places: list[str], vendors: int, first: int = 0) -> list[dict[str, Any]]:
    """An offer of each of some vendors."""
    origins = [origin] if isinstance(origin, str) else origin
    common = {
        "is_drug": True, "drug_class": "mdma", "origins": origins, "n_origins": len(origins), "destinations": places
    }  # fmt: skip
    return [common | {"vendor_key": f"{origins}{places}{first + number}"} for number in range(vendors)]


def shares(*of: list[dict[str, Any]], public: tuple[str, ...] = ("BE", "NL")) -> dict[tuple[str, str], ZoneShare]:
    listings = rows("clean", "listings", *(row for part in of for row in part))
    return {(one.origin, one.zone): one for one in zone_shares(listings, countries=COUNTRIES, reach_open=public)}


def values(told: dict[tuple[str, str], ZoneShare], origin: str) -> list[float | None]:
    return [told[origin, zone].value for zone in ("domestic", "eu", "europe", "world")]


def test_an_offer_counts_in_each_zone_it_names() -> None:
    """16 offers say where to: 4 at home, 6 at home and in the Union, 3 to Europe and Russia, 3 to Norway, the Union and
    the world; those that say nothing are in no share."""
    told = shares(
        offers("BE", ["BE"], 4), offers("BE", ["BE", "FR", "EU"], 6), offers("BE", ["EUROPE", "RU"], 3),
        offers("BE", ["NO", "DE", "WW"], 3), offers("BE", [], 5),
    )  # fmt: skip
    assert values(told, "BE") == [10 / 16, round(9 / 16, 3), 6 / 16, round(3 / 16, 3)]
    one = told["BE", "world"]
    assert one.lower is not None and one.upper is not None and one.lower < 3 / 16 < one.upper


def test_an_offer_of_two_origins_counts_in_part_for_each() -> None:
    """9 offers of Belgium alone to the world, 4 of Belgium and the Netherlands, half each, to the latter: 9 + 2."""
    told = shares(offers("BE", ["WW"], 9), offers(["BE", "NL"], ["NL"], 4))
    assert values(told, "BE") == [0.0, round(2 / 11, 3), 0.0, round(9 / 11, 3)]
    assert values(told, "NL") == [None] * 4  # four vendors


@pytest.mark.parametrize(
    ("more", "public", "is_told"),
    [
        ([], ("BE",), True),
        (offers("BE", ["BE", "US"], 2), ("BE",), False),  # two vendors behind a combination
        (offers("BE", ["BE", "US"], 3), ("BE",), True),
        ([], (), False),  # its reach is suppressed
    ],
)
def test_few_vendors_behind_a_combination_hide_the_line(
    more: list[dict[str, Any]], public: tuple[str, ...], *, is_told: bool
) -> None:
    told = shares(offers("BE", ["BE"], 5), offers("BE", ["WW"], 5), more, public=public)
    assert all((value is not None) == is_told for value in values(told, "BE"))


def test_nine_vendors_are_too_few_and_none_looks_the_same() -> None:
    told = shares(offers("BE", ["BE"], 9))
    assert values(told, "BE") == values(told, "NL") == values(told, "REST") == [None] * 4


@pytest.mark.parametrize(("of_italy", "is_told"), [(0, True), (4, False), (9, False), (10, True)])
def test_a_group_less_its_members_that_are_public_tells_of_no_few(of_italy: int, *, is_told: bool) -> None:
    """Spain's reach is public, Italy's is not: the others of the Union less Spain are Italy."""
    told = shares(offers("ES", ["EU"], 12), offers("IT", ["EU"], of_italy), public=("ES",))
    assert (told["EU_OTHER", "eu"].value == 1.0) == is_told
    assert (told["EU_OTHER", "eu"].value is None) != is_told


def test_the_rest_of_the_world_is_told_together() -> None:
    told = shares(offers("US", ["US"], 6), offers("AU", ["AU", "US"], 6), public=("US", "AU"))
    assert values(told, "REST") == [1.0, 0.0, 0.0, 0.5]
