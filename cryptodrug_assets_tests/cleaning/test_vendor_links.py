"""Links over all months and markets: renames, badges, imitators, the study world's migrants, public totals."""

import json
import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.cleaning.titles.drugs import CLASSES
from cryptodrug_assets.cleaning.vendors.links import vendor_links
from cryptodrug_assets.observation import MARKETS
from cryptodrug_assets.replica import study
from cryptodrug_assets.replica.keys import fingerprint
from cryptodrug_assets.replica.profiles import profile_named
from cryptodrug_assets_tests.frames import rows

TEXT = "we send every order within two days in plain letters with three layers of foil and answer all mail"
KEY, OTHER = "A" * 40, "B" * 40


def page(market: str, name: str, month: date, **more: Any) -> dict[str, Any]:
    seen = datetime(month.year, month.month, 27, tzinfo=UTC)
    return {"market": market, "vendor_name": name, "month": month, "captured_at": seen} | more


def linked(tmp_path: Path, *pages: dict[str, Any], origins: tuple[str, ...] = ("NL",)) -> pl.DataFrame:
    """The links with names in place of pseudonyms: (left, right) → row."""
    return _named(tmp_path, rows("parsed", "vendors", *pages), list(origins))["vendor_links"]


def _offered(market: str, name: str) -> list[str]:
    """Some classes for each account, whoever it is; small vendors' offers differ from market to market."""
    draw = random.Random(f"{market}{name}")
    return sorted(draw.sample(CLASSES[:8], draw.randint(3, 8)))


def _named(tmp_path: Path, parsed: pl.DataFrame, origins: list[str] | dict[str, list[str]]) -> dict[str, pl.DataFrame]:
    pseudonyms = Pseudonyms.load(tmp_path / "keys")
    names = {
        pseudonyms.pseudonym("vendor", f"{market}|{name}"): name
        for market, name in parsed.select("market", "vendor_name").unique().iter_rows()
    }
    known = parsed.select("market", "month", "vendor_name").unique().sort("market", "vendor_name", "month")
    clean = rows(
        "clean",
        "vendors",
        *(
            {"market": market, "month": month, "vendor_key": pseudonyms.pseudonym("vendor", f"{market}|{name}"),
             "origins": origins[name] if isinstance(origins, dict) else origins, "drug_classes": _offered(market, name)}
            for market, month, name in known.iter_rows()
        ),
    )  # fmt: skip
    found = vendor_links(parsed, clean, pseudonyms=pseudonyms)
    for name, frame in found.items():
        contract = contracts.load("clean", name)
        assert frame.schema == contract.polars_schema
        assert not frame.select(contract.primary_key).is_duplicated().any()
    text = found["vendor_links"].write_json() + found["vendor_link_totals"].write_json()
    assert not [name for name in names.values() if f'"{name}"' in text]
    links = found["vendor_links"].with_columns(pl.col("vendor_key", "other_vendor_key").replace(names))
    return found | {"vendor_links": links}


def pairs(links: pl.DataFrame) -> dict[tuple[str, str], tuple[str, list[str]]]:
    columns = ("vendor_key", "other_vendor_key", "link_class", "evidence")
    return {(a, b): (rank, list(why)) for a, b, rank, why in links.select(columns).iter_rows()}


def test_a_renamed_account_is_one_vendor_and_is_linked_under_its_latest_name(tmp_path: Path) -> None:
    months = [date(2019, month, 1) for month in (4, 5, 6)]
    links = linked(
        tmp_path,
        page("dream", "Carol", date(2019, 1, 1), pgp_fingerprint=KEY),
        page("empire", "carolEM", months[0], vendor_id="7", pgp_fingerprint=OTHER),
        page("empire", "CarolNew", months[1], vendor_id="7", pgp_fingerprint=KEY.lower()),
        # The same key under two names at once: two accounts, or a copied key.
        page("wall_street", "one", date(2019, 1, 1), pgp_fingerprint="C" * 40),
        page("wall_street", "two", date(2019, 1, 1), pgp_fingerprint="C" * 40),
        # One after the other.
        page("wall_street", "early", date(2018, 11, 1), pgp_fingerprint="D" * 40),
        page("wall_street", "late", date(2019, 2, 1), pgp_fingerprint="D" * 40),
    )  # fmt: skip
    found = pairs(links)
    assert found["carolEM", "CarolNew"] == ("A", ["account"])
    assert found["early", "late"] == ("A", ["key"])
    assert found["Carol", "CarolNew"][0] == "A"
    assert ("Carol", "carolEM") not in found
    assert not {("one", "two"), ("two", "one")} & set(found)
    kinds = dict(links.select("vendor_key", "kind").iter_rows())
    assert (kinds["carolEM"], kinds["Carol"]) == ("rename", "across")
    assert links.filter(kind="rename")["key_conflict"].to_list() == [True, False]


def test_a_verified_badge_with_the_same_name_is_near_certain_unless_keys_differ(tmp_path: Path) -> None:
    badge = {"external_ratings": json.dumps([{"market": "Dream Market", "sales": 138, "rating": 5.0, "text": "x"}])}
    old, new = date(2019, 3, 1), date(2019, 6, 1)
    links = linked(
        tmp_path,
        page("dream", "Ann", old), page("empire", "ANN", new, **badge),
        page("dream", "Bob", old, pgp_fingerprint=KEY), page("empire", "Bob", new, pgp_fingerprint=OTHER, **badge),
        # The badge says that she was somebody on Dream, not who.
        page("dream", "Dora", old), page("empire", "Emma", new, **badge),
        page("wall_street", "Ann", old),
    )  # fmt: skip
    found = pairs(links.filter(market="dream", other_market="empire"))
    assert found["Ann", "ANN"][0] == "A"
    assert "badge" in found["Ann", "ANN"][1]
    assert found["Bob", "Bob"][0] == "B"
    assert not any("Dora" in pair or "Emma" in pair for pair in found)


def test_who_takes_a_name_without_key_or_text_is_an_imitator_at_most(tmp_path: Path) -> None:
    old, new = date(2019, 3, 1), date(2019, 4, 1)
    links = linked(
        tmp_path,
        page("dream", "Zephyr", old, pgp_fingerprint=KEY, profile_text=TEXT),
        page("wall_street", "Zephyr", new, pgp_fingerprint=OTHER, profile_text="quite other words on other things"),
        page("dream", "Mistral", old, pgp_fingerprint="C" * 40, profile_text=TEXT.replace("two", "three")),
        page("wall_street", "Mistral", new, pgp_fingerprint="D" * 40, profile_text=TEXT.replace("two", "three")),
        *(page("dream", f"filler{name}", old) for name in "abcdefghijklmnopqrstuvwxyz"),
        *(page("wall_street", f"other{name}", new) for name in "abcdefghijklmnopqrstuvwxyz"),
    )  # fmt: skip
    found = pairs(links)
    # A rotated key with the name and the text is the same vendor; the bare name under another key is not.
    assert found["Mistral", "Mistral"][0] == "B"
    assert found.get(("Zephyr", "Zephyr"), ("X", []))[0] in ("C", "X")
    assert links.filter(pl.col("possible_imitation"))["vendor_key"].to_list() in (["Zephyr"], [])


def _study_pages(market: str, month: date) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    profile = profile_named("study").markets[market]
    rng = np.random.default_rng([7, MARKETS.index(market), 2018])
    vendors = study._vendors(market, profile, 7, rng)
    made = [
        page(market, vendor.name, month, pgp_fingerprint=fingerprint(vendor.key), profile_text=vendor.profile or None)
        for vendor in vendors
    ]  # fmt: skip
    return made, {vendor.name: [place for place in vendor.origins if place] for vendor in vendors}


def test_the_study_worlds_migrants_come_out(tmp_path: Path) -> None:
    """Planted among Wall Street's Belgians: three from Dream with name and key, one with the name, one imitator."""
    dream, places = _study_pages("dream", date(2019, 3, 1))
    wall_street, others = _study_pages("wall_street", date(2019, 4, 1))
    belgians = [row["vendor_name"] for row in wall_street[: profile_named("study").markets["wall_street"].belgian]]
    found = _named(tmp_path, rows("parsed", "vendors", *dream, *wall_street), places | others)
    links = found["vendor_links"].filter(pl.col("other_vendor_key").is_in(belgians))
    links = links.filter(pl.col("vendor_key") == pl.col("other_vendor_key"))
    counts = dict(links.group_by("link_class").len().iter_rows())
    assert counts == {"A": 3, "B": 1, "C": 1}
    assert links.filter(link_class="C")["possible_imitation"].to_list() == [True]
    totals = found["vendor_link_totals"].row(0, named=True)
    assert totals["linked_a"] >= 3
    # Three in ten of Wall Street's others came from Dream too: their names are the same, letter by letter.
    true = len({row["vendor_name"] for row in dream} & {row["vendor_name"] for row in wall_street}) - 1
    assert totals["expected"] == pytest.approx(true, rel=0.15)


def test_totals_never_let_one_or_two_vendors_be_worked_out(tmp_path: Path) -> None:
    old, new = date(2019, 3, 1), date(2019, 4, 1)
    for number, shown in ((2, None), (3, 3)):
        pages = [
            page(market, f"{market[0]}{name}", month, pgp_fingerprint=str(place) * 40)
            for market, month in (("dream", old), ("wall_street", new))
            for place, name in enumerate(("Quartz", "Velvet", "Onyx")[:number])
        ]
        row = _named(tmp_path, rows("parsed", "vendors", *pages), [])["vendor_link_totals"].row(0, named=True)
        assert (row["linked_a"], row["linked_ab"], row["expected"]) == (shown, shown, shown)
        assert row["conf_status"] == ("F" if shown else "C")


@pytest.mark.parametrize(("partial", "expected"), [((), "C"), (("dream",), "B")])
def test_classes_of_a_part_of_a_market_say_nothing_against(
    tmp_path: Path, partial: tuple[str, ...], expected: str
) -> None:
    """Twenty equal names of sixty on either side, without keys or texts; on Dream, of which only the cocaine was
    captured, all offer cocaine alone. As if that were all they sell, no name is more than possible."""
    pseudonyms = Pseudonyms.load(tmp_path / "keys")
    month = date(2018, 11, 1)
    draw = np.random.default_rng(3)
    letters = list("bcdfghjklmnpqrstvwxz")
    names = ["".join(draw.choice(letters, 9)) for _ in range(100)]
    sides = {"dream": names[:60], "wall_street": names[40:]}
    sold = {"dream": ["cocaine"], "wall_street": ["cannabis", "hallucinogens", "mdma"]}
    pages = rows("parsed", "vendors", *(page(m, name, month) for m, found in sides.items() for name in found))
    clean = rows(
        "clean", "vendors",
        *(
            {"market": m, "month": month, "vendor_key": pseudonyms.pseudonym("vendor", f"{m}|{name}"), "origins": [],
             "drug_classes": sold[m]}
            for m, found in sides.items()
            for name in found
        ),
    )  # fmt: skip
    links = vendor_links(pages, clean, pseudonyms=pseudonyms, partial=partial)["vendor_links"]
    equal = links.filter(pl.col("evidence").list.contains("name"))
    assert equal.height == 20
    assert set(equal["link_class"]) == {expected}
