"""Dependencies found by disturbing inputs, on functions whose data flow is plain to see."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from cryptodrug_assets.checks.lineage.disturbance import depends_on, differing, disturbed

SALES = pl.DataFrame(
    {
        "id": ["s1", "s2", "s3", "s4"],
        "offer": ["o1", "o1", "o2", "o3"],
        "price": [10.0, 20.0, 40.0, 5.0],
        "kept": [True, True, True, False],
        "unused": ["p", "q", "r", "s"],
        "day": [date(2019, 1, day) for day in (1, 2, 3, 4)],
    }
)
OFFERS = pl.DataFrame({"offer": ["o1", "o2", "o3"], "title": ["5 g", "10 g", "2 g"], "places": [["BE"], ["NL"], []]})


def shop(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Total per offer of the kept sales, with grams read from the title; and a constant."""
    sales = tables["sales"].filter("kept").group_by("offer").agg(total=pl.col("price").sum(), last=pl.col("day").max())
    grams = tables["offers"].select(
        "offer", grams=pl.col("title").str.extract(r"(\d+)").cast(pl.Int64), places=pl.col("places").list.len()
    )
    joined = grams.join(sales, on="offer", how="left").with_columns(constant=pl.lit("x"))
    return {"made": joined.with_columns(per_gram=pl.col("total") / pl.col("grams")).sort("offer")}


def test_every_dependency_and_no_other() -> None:
    found = depends_on(shop, {"sales": SALES, "offers": OFFERS}, {"made": ["offer"]})["made"]
    price, kept, key = ("sales", "price"), ("sales", "kept"), ("sales", "offer")
    assert found["total"] == {price, kept, key, ("offers", "offer")}
    assert found["last"] == {("sales", "day"), kept, key, ("offers", "offer")}
    assert found["grams"] == {("offers", "title")}
    assert found["places"] == {("offers", "places")}
    assert found["per_gram"] == {price, kept, key, ("offers", "offer"), ("offers", "title")}
    assert found["offer"] == {("offers", "offer")}
    assert found["constant"] == set()


def test_columns_nobody_asks_for_are_found_by_taking_them_away() -> None:
    asked: list[list[str]] = []

    def watch(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        asked.append(tables["sales"].columns)
        return shop(tables)

    found = depends_on(watch, {"sales": SALES, "offers": OFFERS}, {"made": ["offer"]})["made"]
    assert all(("sales", "unused") not in sources and ("sales", "id") not in sources for sources in found.values())
    # Once taken away it is not disturbed: no run has it changed, so runs stay few.
    assert len(asked) < 60


def test_columns_to_skip_are_not_disturbed() -> None:
    found = depends_on(shop, {"sales": SALES, "offers": OFFERS}, {"made": ["offer"]}, skip=["price"])["made"]
    assert ("sales", "price") not in found["total"]


def test_disturbed_values_are_of_the_same_type_and_differ() -> None:
    for name in (*SALES.columns, *OFFERS.columns):
        frame = SALES if name in SALES.columns else OFFERS
        changes = list(disturbed(frame[name]))
        assert len(changes) >= 2, name
        for changed in changes:
            assert changed.dtype == frame[name].dtype
            assert len(changed) == len(frame)
        assert any(not changed.equals(frame[name]) for changed in changes)


def test_rows_that_vanish_do_not_make_every_column_depend() -> None:
    before = pl.DataFrame({"key": ["a", "b"], "value": [1, 2]})
    assert differing(before, before.head(1), ["key"]) == ["key"]
    assert differing(before, pl.DataFrame({"key": ["a"], "value": [9]}), ["key"]) == ["key", "value"]
    assert differing(before, before.reverse(), ["key"]) == []
