"""Distinct listings by week, worked out by hand: equal ones once, partial captures dropped, few vendors hidden.

Dream in December 2018. Sweep s1 began on Monday the 3rd (week 49), s2 on Wednesday the 12th (50), s3 on Tuesday the
18th (51). All pages of s1 and s2 were fetched, half of those of s3.

s1: vendor ann from Belgium "MDMA 1g", the same again as "*** mdma 1G ***", "Cocaine 1g"; bob from Belgium and the
Netherlands "Cocaine 1g" (another vendor's, so another listing); cid, who says no origin, "Weed 5g"; an e-book.
s2: ann's "MDMA 1g" again; ann's "MDMA 10g", which is another listing. s3: bob's "Cocaine 1g".
"""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.disclosure.context import Disclosure
from cryptodrug_assets.indicators.disclosure.suppression import Hidden
from cryptodrug_assets.indicators.families.listing_series import FAMILY, fetched, listing_series, sightings
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.indicators.trace import rows_behind
from cryptodrug_assets.indicators.tracing.target import Target
from cryptodrug_assets_tests.frames import rows

CELL: dict[str, Any] = {"market": "dream", "month": "2018-12", "options": IndicatorOptions()}
_SWEEPS = {"s1": datetime(2018, 12, 3, 9, tzinfo=UTC), "s2": datetime(2018, 12, 12, 9, tzinfo=UTC),
           "s3": datetime(2018, 12, 18, 9, tzinfo=UTC)}  # fmt: skip
_DRUGS = {"MDMA": ["Drugs", "Ecstasy", "MDMA"], "Cocaine": ["Drugs", "Stimulants", "Cocaine"],
          "Weed": ["Drugs", "Cannabis", "Weed"], "Guide": ["Digital Goods", "E-Books"]}  # fmt: skip
_SEEN = [
    ("s1", "1", "MDMA 1g", "ann", "Belgium", "MDMA"),
    ("s1", "2", "*** mdma 1G ***", "ann", "Belgium", "MDMA"),
    ("s1", "3", "Cocaine 1g", "ann", "Belgium", "Cocaine"),
    ("s1", "4", "Cocaine 1g", "bob", "Belgium, Netherlands", "Cocaine"),
    ("s1", "5", "Weed 5g", "cid", None, "Weed"),
    ("s1", "6", "Guide to opsec", "cid", None, "Guide"),
    ("s2", "1", "MDMA 1g", "ann", "Belgium", "MDMA"),
    ("s2", "7", "MDMA 10g", "ann", "Belgium", "MDMA"),
    ("s3", "4", "Cocaine 1g", "bob", "Belgium, Netherlands", "Cocaine"),
]


def parsed() -> pl.DataFrame:
    """parsed.listings of the month."""
    return rows(
        "parsed",
        "listings",
        *(
            {
                "market": "dream", "month": _SWEEPS["s1"].date().replace(day=1), "capture_id": f"c{number}", "row": 0,
                "sweep_id": sweep, "captured_at": _SWEEPS[sweep], "page_kind": "listing", "listing_id": listing,
                "title": title, "vendor_name": vendor, "ships_from": origin, "ships_to": [],
                "category_path": _DRUGS[drug],
            }
            for number, (sweep, listing, title, vendor, origin, drug) in enumerate(_SEEN)
        ),
    )  # fmt: skip


def captures(*, mode: str = "crawl", failed: int = 4) -> pl.DataFrame:
    """raw.captures: four pages a sweep, and so many more of s3 that were never fetched."""
    pages = [(sweep, "done") for sweep in _SWEEPS for _ in range(4)] + [("s3", "given_up")] * failed
    return rows(
        "raw", "captures",
        *(
            {"sweep_id": sweep, "outcome": outcome, "mode": mode, "captured_at": _SWEEPS[sweep]}
            for sweep, outcome in pages
        ),
    )  # fmt: skip


def series(index: pl.DataFrame | None = None) -> pl.DataFrame:
    given = {"sightings": sightings(parsed()), "captures": captures() if index is None else index}
    return listing_series(given, **CELL)


def value(frame: pl.DataFrame, indicator: str, country: str = "W", drug_class: str = "all") -> float | None:
    return frame.filter(indicator=indicator, country=country, drug_class=drug_class)["value"].item()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("indicator", "country", "drug_class", "expected"),
    [
        # Four listings: ann's MDMA and cocaine, bob's cocaine, cid's weed; the guide is no drug.
        ("LS01:2018-W49", "W", "all", 4),
        ("LS01:2018-W49", "W", "mdma", 1),
        ("LS01:2018-W49", "W", "cocaine", 2),
        # Ann's two, and half of bob's.
        ("LS01:2018-W49", "BE", "all", 2.5),
        ("LS01:2018-W49", "NL", "all", 0.5),
        ("LS01:2018-W49", "_U", "all", 1),
        ("LS02:2018-W49", "W", "all", 1),
        ("LS02:2018-W49", "NL", "all", 0),
        # 1 g and 10 g are two.
        ("LS01:2018-W50", "W", "all", 2),
        ("LS01:2018-W50", "BE", "mdma", 2),
        ("LS02:2018-W50", "W", "all", 0),
        ("LS03", "W", "all", 2),
    ],
)
def test_weeks_by_hand(indicator: str, country: str, drug_class: str, expected: float) -> None:
    assert value(series(), indicator, country, drug_class) == expected


def test_a_partial_capture_is_missing_and_not_zero() -> None:
    """Half of the third sweep's pages were fetched: bob's listing of that week is in no figure."""
    assert fetched(captures()) == {"s1": 1.0, "s2": 1.0, "s3": 0.5}
    week = series().filter(indicator="LS01:2018-W51")
    assert set(week["country"]) == {"W", "BE"}
    assert week["value"].to_list() == [None, None] and set(week["obs_status"]) == {"M"}
    assert "partial captures alone, at most 50% of the pages" in week["method"][0]
    whole = series(captures(failed=0))
    assert value(whole, "LS01:2018-W51") == 1 and value(whole, "LS03") == 3


def test_an_import_is_of_unknown_coverage() -> None:
    frame = series(captures(mode="import"))
    assert value(frame, "LS03") == 0
    weeks = frame.filter(pl.col("indicator") != "LS03")
    assert weeks["value"].null_count() == weeks.height == 6
    assert set(weeks["method"]) == {"not computable: captures of unknown coverage"}


def test_a_sweep_that_reaches_into_the_next_week_counts_where_it_began() -> None:
    late = parsed().with_columns(
        captured_at=pl.when(pl.col("listing_id") == "5")
        .then(pl.lit(datetime(2018, 12, 10, 1, tzinfo=UTC)))
        .otherwise("captured_at")
    )
    frame = listing_series({"sightings": sightings(late), "captures": captures()}, **CELL)
    assert value(frame, "LS01:2018-W49") == 4 and value(frame, "LS01:2018-W50") == 2


def test_titles_that_read_alike_with_other_quantities_are_apart() -> None:
    """Letters and numbers of both titles are the same; read with their signs they are half a gram and five."""
    twins = parsed().filter(pl.col("listing_id").is_in(["1", "2"]) & (pl.col("sweep_id") == "s1"))
    twins = twins.with_columns(title=pl.Series(["Speed 0.5 g", "Speed 0 - 5 g"]))
    made = sightings(twins)
    assert made.height == 2 and made["copies"].to_list() == [1, 1]


def test_no_word_of_a_page_is_in_what_formulas_see() -> None:
    made = sightings(parsed())
    texts = {text for name in made.columns if made.schema[name] == pl.String for text in made[name].drop_nulls()}
    assert texts <= {"s1", "s2", "s3", "2018-W49", "2018-W50", "2018-W51", "mdma", "cocaine", "cannabis", "not_a_drug"}


def test_without_parsed_listings_it_says_so() -> None:
    frame = listing_series({"captures": captures()}, **CELL)
    assert frame.select("indicator", "value").rows() == [("LS03", None)]
    assert sightings(parsed().clear()).is_empty()


def test_the_rows_behind_a_week() -> None:
    """Ann's offers and bob's of the first week ship from Belgium; one of the third week does not count."""
    offers = [
        {"market": "dream", "month": "x", "listing_key": key, "vendor_key": "v", "is_drug": True, "drug_class": "mdma",
         "origins": origins, "n_origins": len(origins), "first_seen": at, "last_seen": at}
        for key, origins, at in (
            ("a", ["BE"], _SWEEPS["s1"]), ("b", ["BE", "NL"], _SWEEPS["s1"]), ("c", ["NL"], _SWEEPS["s1"]),
            ("d", ["BE"], datetime(2018, 12, 24, tzinfo=UTC)),
        )
    ]  # fmt: skip
    clean = pl.DataFrame([{name: part for name, part in offer.items() if name != "month"} for offer in offers])
    key = {"market": "dream", "month": "2018-12-01", "indicator": "LS01:2018-W49", "country": "BE", "drug_class": "all"}
    behind = rows_behind(Target.of("listing_series", key), {"listings": clean})
    assert behind.counted["listings"]["listing_key"].to_list() == ["a", "b"] and not behind.compared


def published(*weeks: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of a table of these values as they are published; nothing of the month's levels is hidden."""
    common = {
        "market": "dream", "month": date(2018, 12, 1), "unit": "listings", "method": "count", "drug_class": "all",
        "obs_status": "A", "conf_status": "F", "n": 1,
    }  # fmt: skip
    table = rows("indicators", "listing_series", *(common | week for week in weeks))
    none = pl.DataFrame(
        schema=dict.fromkeys(("market", "month", "country", "drug_class", "vendor_key", "indicator"), pl.String)
        | {"value": pl.Float64}
    )
    disclosure = Disclosure(
        {"listing_series": table}, none, Hidden(dict.fromkeys("LVTR", frozenset())),
        families={"listing_series": FAMILY}, options=IndicatorOptions(), published={},
    )  # fmt: skip
    assert FAMILY.publish is not None
    return [
        row
        for row in table.iter_rows(named=True)
        if FAMILY.publish.keep(row, disclosure) and disclosure.is_open("listing_series", row)
    ]


def shown(*weeks: dict[str, Any]) -> set[tuple[str, str]]:
    return {(row["country"], row["drug_class"]) for row in published(*weeks)}


def test_countries_of_few_vendors_are_hidden_and_the_world_less_the_others_too() -> None:
    """Of 40 vendors 12 are in Belgium, 11 in the Netherlands and 2 in France: less these two the world is of 17."""
    week = {"indicator": "LS01:2018-W49"}
    countries = [("W", 40), ("BE", 12), ("NL", 11), ("FR", 2)]
    rows_of = [week | {"country": name, "value": 10.0 * n, "n_vendors": n} for name, n in countries]
    assert shown(*rows_of) == {("W", "all"), ("BE", "all"), ("NL", "all")}
    # Of 30 vendors 7 would be left: the smaller of the two goes as well.
    rows_of[0]["n_vendors"] = 30
    assert shown(*rows_of) == {("W", "all"), ("BE", "all")}


def test_copies_of_few_vendors_hide_what_the_month_less_the_week_would_tell() -> None:
    rows_of = [
        {"indicator": "LS01:2018-W49", "country": "W", "value": 90.0, "n_vendors": 40},
        {"indicator": "LS02:2018-W49", "country": "W", "value": 5.0, "n_vendors": 1},
    ]
    assert shown(*rows_of) == set()
    rows_of[1]["n_vendors"] = 3
    assert shown(*rows_of) == {("W", "all")}


def test_a_class_of_few_is_not_told_by_the_other_classes() -> None:
    week = {"indicator": "LS01:2018-W49", "country": "W"}
    whole = week | {"value": 90.0, "n_vendors": 40}
    cocaine = week | {"drug_class": "cocaine", "value": 50.0, "n_vendors": 20}
    heroin = week | {"drug_class": "heroin", "value": 2.0, "n_vendors": 1}
    assert shown(whole, cocaine) == {("W", "all"), ("W", "cocaine")}
    assert shown(whole, cocaine, heroin) == {("W", "all")}


def test_it_has_contracts() -> None:
    for table in ("listing_series", "listing_series_public"):
        assert contracts.load("indicators", table).partitioned
