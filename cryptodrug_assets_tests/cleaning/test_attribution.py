"""Sales whose offer the month's capture lacks: archives made by hand, answers worked out by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets_tests.cleaning.months import END, Tables, parsed, sale

COCAINE = ["Drugs & Chemicals", "Stimulants", "Cocaine"]
HASH = ["Drugs & Chemicals", "Cannabis & Hashish", "Hash"]
GUIDE = ["Guides & Tutorials", "Drugs"]
MAY, APRIL, JULY = (datetime(2019, month, 28, tzinfo=UTC) for month in (5, 4, 7))


def offer(number: str, path: list[str], origin: str | None, vendor: str = "Ann", **more: Any) -> dict[str, Any]:
    titles = {"Cocaine": "2g Cocaine", "Hash": "10g Hash", "Drugs": "How to grow money"}
    return {"listing_id": number, "vendor_name": vendor, "title": titles[path[-1]], "category_path": path,
            "ships_from": origin, "ships_to": ["Europe"]} | more  # fmt: skip


def month_of(seen: datetime, *offers: dict[str, Any]) -> pl.DataFrame:
    return parsed(list(offers), [], seen=seen)["listings"]


def sold(*numbers: str | None, vendor: str = "Ann") -> list[dict[str, Any]]:
    return [
        sale(place, place + 1, listing_id=number, vendor_name=vendor, buyer_masked=f"b{place}")
        for place, number in enumerate(numbers)
    ]


def told(
    tmp_path: Path, offers: list[dict[str, Any]], sales: list[dict[str, Any]], *before: pl.DataFrame | None,
    after: list[dict[str, Any]] | None = None, market: str = "empire",
) -> list[tuple[str, bool | None, str | None, list[str]]]:  # fmt: skip
    """attribution, is_drug, class and origins of the sales, the latest first."""
    following = None if after is None else parsed(after, [], seen=JULY)
    found = clean_month(
        parsed(offers, sales), following, market=market, month="2019-06",
        pseudonyms=Pseudonyms.load(tmp_path / "keys"), options=CleaningOptions(), months_before=before,
    )["transactions"]  # fmt: skip
    assert found.height == len(sales)
    assert found["n_origins"].to_list() == found["origins"].list.len().to_list()
    return found.sort("dated_at", descending=True).select("attribution", "is_drug", "drug_class", "origins").rows()


def test_an_offer_that_the_month_lacks_is_taken_from_the_nearest_month_that_has_it(tmp_path: Path) -> None:
    """Offer 2 is in May and April, 3 in April alone, 4 in July alone, 5 in May and July (May wins), 6 nowhere."""
    april = month_of(APRIL, offer("2", HASH, "Spain"), offer("3", HASH, "Morocco"))
    may = month_of(MAY, offer("2", COCAINE, "Netherlands"), offer("5", COCAINE, "Belgium"))
    july = [offer("4", GUIDE, None), offer("5", HASH, "France")]
    here = [offer("1", COCAINE, "Germany")]
    found = told(tmp_path, here, sold("1", "2", "3", "4", "5", "6"), may, april, after=july)
    assert found == [
        ("listing", True, "cocaine", ["DE"]),
        ("other_month", True, "cocaine", ["NL"]),
        ("other_month", True, "cannabis", ["MA"]),
        ("other_month", False, "not_a_drug", []),
        ("other_month", True, "cocaine", ["BE"]),
        # Ann sells drugs and guides: nothing sound can be said.
        ("none", None, None, []),
    ]


def test_half_of_the_offers_are_missing(tmp_path: Path) -> None:
    """Ten offers of ten vendors, of which every second was captured, each sold once; nothing else is known."""
    for market in ("empire", "wall_street"):
        offers = [offer(str(n), COCAINE, "Netherlands", vendor=f"v{n}") for n in range(0, 10, 2)]
        sales = [row for n in range(10) for row in sold(str(n), vendor=f"v{n}")]
        sales = [row | {"page_kind": "listing" if market == "wall_street" else "vendor"} for row in sales]
        found = told(tmp_path, offers, sales, market=market)
        assert sorted(found, key=str) == sorted(
            [("listing", True, "cocaine", ["NL"])] * 5 + [("none", None, None, [])] * 5, key=str
        )


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([offer("7", COCAINE, "Belgium"), offer("8", COCAINE, "Belgium")], ("vendor", True, "cocaine", ["BE"])),
        ([offer("7", COCAINE, "Belgium"), offer("8", HASH, "Belgium")], ("vendor", True, None, ["BE"])),
        ([offer("7", COCAINE, "Belgium"), offer("8", COCAINE, "Spain")], ("vendor", True, "cocaine", [])),
        ([offer("7", COCAINE, "Belgium"), offer("8", COCAINE, None)], ("vendor", True, "cocaine", [])),
        ([offer("7", COCAINE, "Belgium, Netherlands"), offer("8", COCAINE, "Netherlands / Belgium")],
         ("vendor", True, "cocaine", ["BE", "NL"])),
        ([offer("7", GUIDE, None), offer("8", GUIDE, None)], ("vendor", False, "not_a_drug", [])),
        ([offer("7", COCAINE, "Belgium"), offer("8", GUIDE, None)], ("none", None, None, [])),
        # An offer of which nobody knows what it is agrees with no other.
        ([offer("7", COCAINE, "Belgium"), offer("8", HASH, "Belgium", title="Golden", category_path=None)],
         ("none", None, None, [])),
        ([offer("7", COCAINE, "Belgium", vendor="Bob")], ("none", None, None, [])),
    ],
)  # fmt: skip
def test_a_vendors_offers_speak_for_the_unknown_one_where_all_agree(
    known: list[dict[str, Any]], expected: tuple[object, ...], tmp_path: Path
) -> None:
    assert told(tmp_path, known, sold("99")) == [expected]
    # The same where the evidence is spread over months: here, before, after.
    stranger = [offer("1", HASH, "France", vendor="Zoe")]
    first, *rest = known
    assert told(tmp_path, [*stranger, first], sold("99"), None, month_of(APRIL, *rest, *stranger)) == [expected]
    assert told(tmp_path, stranger, sold("99"), month_of(MAY, first, *stranger), after=[*rest, *stranger]) == [expected]


def test_a_sale_without_a_named_offer_is_the_vendors_where_all_agree(tmp_path: Path) -> None:
    offers = [offer("1", COCAINE, "Belgium"), offer("2", COCAINE, "Belgium")]
    assert told(tmp_path, offers, sold(None, "1")) == [
        ("vendor", True, "cocaine", ["BE"]), ("listing", True, "cocaine", ["BE"]),
    ]  # fmt: skip


def test_an_offer_of_undecided_class_makes_its_sales_no_other_goods(tmp_path: Path) -> None:
    offers = [offer("1", HASH, "Belgium", title="Golden", category_path=None)]
    assert told(tmp_path, offers, sold("1")) == [("listing", None, None, ["BE"])]


def test_dreams_vendors_without_a_captured_offer_are_unknown(tmp_path: Path) -> None:
    """Feedback of vendors, no offers named: Ann sells drugs and a guide, Bob guides, Cid and Dan were not captured,
    but Dan was in May; Eve's one offer says nothing of what it is."""
    offers = [
        offer("1", COCAINE, "Belgium"), offer("2", GUIDE, "France"), offer("3", GUIDE, None, vendor="Bob"),
        offer("4", HASH, "Spain", vendor="Eve", title="Golden", category_path=None),
    ]  # fmt: skip
    sales = [
        sale(0, days, listing_id=None, vendor_name=name)
        for days, name in enumerate(("Ann", "Bob", "Cid", "Dan", "Eve"))
    ]
    may = month_of(MAY, offer("9", HASH, "Spain", vendor="Dan"))
    assert told(tmp_path, offers, sales, may, market="dream") == [
        ("vendor", True, None, ["BE"]),
        ("vendor", False, None, []),
        ("none", None, None, []),
        ("vendor", True, None, ["ES"]),
        ("none", None, None, []),
    ]


def test_months_before_are_read_only_as_far_as_needed(tmp_path: Path) -> None:
    read: list[datetime] = []

    def months() -> Iterator[pl.DataFrame]:
        for moment, number in ((MAY, "2"), (APRIL, "3")):
            read.append(moment)
            yield month_of(moment, offer(number, COCAINE, "Belgium"))

    def clean(*numbers: str) -> Tables:
        read.clear()
        return clean_month(
            parsed([offer("1", COCAINE, "Belgium")], sold(*numbers)), None, market="empire", month="2019-06",
            pseudonyms=Pseudonyms.load(tmp_path / "keys"), options=CleaningOptions(), months_before=months(),
        )  # fmt: skip

    clean("1", "1")
    assert read == []
    clean("1", "2")
    assert read == [MAY]
    found = clean("3", "99")
    assert read == [MAY, APRIL]
    assert dict(found["decisions"].group_by("rule").agg(pl.col("n_rows").sum()).iter_rows()) == {
        "offer_of_other_month": 1, "offer_like_vendors_others": 1,
    }  # fmt: skip
    assert found["transactions"]["capture_id"].null_count() == 0
    assert END > MAY


def test_feedback_that_names_the_article_alone_is_of_the_vendors_offer_of_that_title(tmp_path: Path) -> None:
    """Titles without ids: of offer 1 (written otherwise), of an offer without an id, of a title that two offers share,
    of another vendor's title, of an offer that July has."""
    offers = [
        offer("1", COCAINE, "Belgium", title="2g Cocaine *HQ*"), offer("2", HASH, "Spain", title="10g Hash"),
        offer("3", HASH, "Morocco", title="10g hash!"), offer("5", COCAINE, "France", vendor="Bob", title="5g Cocaine"),
        offer("x", HASH, "Morocco", title="5g Charas") | {"listing_id": None}, offer("6", GUIDE, None),
    ]  # fmt: skip
    july = [offer("4", COCAINE, "Germany", title="1g Cocaine")]
    titles = ("★ 2G cocaine HQ ★", "5g charas", "10g Hash", "5g Cocaine", "1g Cocaine")
    sales = [row | {"listing_title": title} for row, title in zip(sold(*[None] * 5), titles, strict=True)]
    assert told(tmp_path, offers, sales, after=july) == [
        ("listing", True, "cocaine", ["BE"]),
        ("listing", True, "cannabis", ["MA"]),
        ("none", None, None, []),
        ("none", None, None, []),
        ("other_month", True, "cocaine", ["DE"]),
    ]
