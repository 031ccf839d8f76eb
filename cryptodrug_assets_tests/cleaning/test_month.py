"""Rules of a month on small parsed tables whose right answer is worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets_tests.frames import rows

END = datetime(2019, 6, 30, 23, 59, tzinfo=UTC)
Tables = dict[str, pl.DataFrame]


def parsed(
    listings: list[dict[str, Any]],
    feedback: list[dict[str, Any]],
    vendors: list[dict[str, Any]] | None = None,
    seen: datetime = END,
) -> Tables:
    common = {"captured_at": seen, "month": seen.date().replace(day=1), "sweep_id": seen.isoformat()}
    offer = common | {"listing_id": "1", "vendor_name": "Ann", "title": "10g Speed", "page_kind": "listing"}
    vendor = common | {"page_kind": "vendor", "vendor_name": "Ann"}
    row = common | {"page_kind": "vendor", "list_offset": 0}
    return {
        "listings": rows("parsed", "listings", *(offer | given for given in listings)),
        "feedback": rows("parsed", "feedback", *(row | given for given in feedback)),
        "vendors": rows("parsed", "vendors", *(vendor | given for given in vendors or [{}])),
        "pages": rows("parsed", "pages", {**common, "capture_id": "page"}),
    }


def sale(position: int, days_ago: float, **more: Any) -> dict[str, Any]:
    at = END - timedelta(days=days_ago)
    exact = {"dated_at": at, "dated_lo": at, "dated_hi": at + timedelta(minutes=1)}
    row = {"vendor_name": "Ann", "listing_id": "1", "position": position + 1, "rating": 5.0, "list_name": "p_feedback"}
    price = {"price_exact": True, "price_amount": Decimal("50"), "price_currency": "USD"}
    return row | price | exact | more


def clean(
    tables: Tables, tmp_path: Path, market: str = "empire", after: Tables | None = None, **options: Any
) -> Tables:
    return clean_month(
        tables, after, market=market, month="2019-06", pseudonyms=Pseudonyms.load(tmp_path / "keys"),
        options=CleaningOptions(**options),
    )  # fmt: skip


def rules(tables: Tables) -> dict[str, int]:
    counts = tables["decisions"].group_by("rule").agg(pl.col("n_rows").sum())
    return dict(counts.iter_rows())


def test_the_detailed_page_says_more_than_the_index(tmp_path: Path) -> None:
    index = {"page_kind": "listing_index", "title": "10g Sp…", "is_sticky": True, "views": 7}
    path = ["Drugs & Chemicals", "Stimulants", "Speed"]
    detail = {"ships_from": "Belgium", "ships_to": ["Europe"], "category_path": path,
              "price_amount": Decimal(60), "price_currency": "EUR"}  # fmt: skip
    found = clean(parsed([index, detail, index], [sale(0, 1)]), tmp_path)["listings"]
    assert found.height == 1
    row = found.row(0, named=True)
    assert (row["drug_class"], row["class_review"], row["origins"], row["destinations"]) == (
        "amphetamine", False, ["BE"], ["EUROPE"]
    )  # fmt: skip
    assert (row["quantity"], row["price_eur"], row["unit_price_eur"]) == (10, Decimal("60.00"), 6.0)
    assert (row["is_sticky"], row["views"], row["n_captures"]) == (True, 7, 3)


def test_a_fiat_quote_comes_before_a_coins_rate_and_the_operators_table_last(tmp_path: Path) -> None:
    table = tmp_path / "coins.csv"
    table.write_text("date,currency,units_per_eur\n2019-06-29,LTC,0.0081\n", encoding="utf-8")
    coin = {"price_amount": Decimal("0.01"), "price_currency": "BTC", "exchange_rates": '{"EUR": 9600.0}'}
    offers = [
        coin | {"listing_id": "1", "price_quotes": '[{"amount": 99.5, "currency": "EUR"}]'},
        coin | {"listing_id": "2"},
        {"listing_id": "3", "price_amount": Decimal("0.81"), "price_currency": "LTC"},
    ]
    priced = clean(parsed(offers, []), tmp_path, coin_rates=table)["listings"]
    found = {row["price_basis"]: (row["price_eur"], row["rate_date"]) for row in priced.iter_rows(named=True)}
    assert found == {
        "page_fiat": (Decimal("99.50"), END.date()),
        "page_rate": (Decimal("96.00"), END.date()),
        "reference": (Decimal("100.00"), date(2019, 6, 29)),
    }


def test_feedback_of_offer_pages_counts_only_without_vendor_tabs(tmp_path: Path) -> None:
    offers = [{}, {"listing_id": "2", "vendor_name": "Bob"}]
    feedback = [
        sale(0, 1), sale(1, 2), sale(0, 1, page_kind="listing"),
        sale(0, 3, vendor_name=None, listing_id="2", page_kind="listing"),
    ]  # fmt: skip
    found = clean(parsed(offers, feedback), tmp_path)
    assert found["transactions"].height == 3
    assert rules(found)["counted_from_vendor_else_listing"] == 1


def test_the_next_month_adds_what_was_left_late_and_repeats_nothing(tmp_path: Path) -> None:
    first = parsed([{}], [sale(0, 2), sale(1, 10)])
    later = END + timedelta(days=31)
    after = parsed([{}], [sale(0, -9), sale(1, 0.5), sale(2, 2), sale(3, 10)], seen=later)
    found = clean(first, tmp_path, after=after)
    assert found["transactions"].height == 3
    assert rules(found)["other_month"] == 1
    assert not found["transactions"]["gap"].any()


def test_sales_are_in_euros_of_their_day_and_of_the_offer(tmp_path: Path) -> None:
    offers = [{"ships_from": "Netherlands"}, {"listing_id": "2", "title": "Replica watch"}]
    found = clean(parsed(offers, [sale(0, 1), sale(1, 2, listing_id="2"), sale(2, 3, listing_id="99")]), tmp_path)
    sales = found["transactions"].sort("dated_at", descending=True)
    assert sales["attribution"].to_list() == ["listing", "listing", "none"]
    assert sales["is_drug"].to_list() == [True, False, False]
    assert sales["origins"].to_list() == [["NL"], [], []]
    # 29 June 2019 is a Saturday: the rate of 28 June, 1.1380 dollars per euro.
    assert sales["price_eur"][0] == Decimal("43.94")
    assert (sales["eur_rate"][0], sales["rate_date"][0]) == (1.138, date(2019, 6, 28))
    assert rules(found)["offer_not_captured"] == 1


def test_the_lag_moves_sales_to_the_month_before(tmp_path: Path) -> None:
    tables = parsed([{}], [sale(0, 1), sale(1, 27)])
    assert clean(tables, tmp_path)["transactions"].height == 2
    shifted = clean(tables, tmp_path, attribution_lag_days=7)["transactions"]
    assert shifted["dated_at"].to_list() == [END - timedelta(days=8) + timedelta(seconds=30)]


def test_dreams_sales_belong_to_the_vendor(tmp_path: Path) -> None:
    offers = [{"ships_from": "Belgium"}, {"listing_id": "2", "ships_from": "Netherlands", "title": "5g MDMA"},
              {"listing_id": "3", "ships_from": "Germany", "title": "E-book"}]  # fmt: skip
    feedback = [sale(0, 1, listing_id=None, price_exact=False), sale(0, 1, page_kind="listing")]
    found = clean(parsed(offers, feedback), tmp_path, market="dream")
    row = found["transactions"].row(0, named=True)
    assert found["transactions"].height == 1
    assert (row["attribution"], row["origins"], row["n_origins"], row["is_drug"]) == ("vendor", ["BE", "NL"], 2, True)
    assert (row["price_eur"], row["price_amount"], row["price_source"]) == (None, None, "rounded")


def test_a_list_that_ends_within_the_month_is_marked(tmp_path: Path) -> None:
    feedback = [sale(place, place + 1, listing_id=None) for place in range(3)]
    whole = clean(parsed([{}], feedback), tmp_path, market="dream")
    assert not whole["transactions"]["gap"].any()
    cut = clean(parsed([{}], feedback, [{"vendor_name": "Ann", "feedback_not_shown": 40}]), tmp_path, market="dream")
    assert cut["transactions"].sort("dated_at")["gap"].to_list() == [True, False, False]
    assert rules(cut)["overlap_lost"] == 1


def test_holding_prices_are_flagged_and_wholesale_is_kept(tmp_path: Path) -> None:
    offers = [
        {"listing_id": str(grams), "title": f"{grams}g Speed", "price_amount": Decimal(10 * grams)}
        for grams in (1, 5, 10, 25, 50, 2000)
    ]
    offers += [{"listing_id": "held", "title": "2g Speed", "price_amount": Decimal(62000)},
               {"listing_id": "vague", "title": "Speed", "price_amount": Decimal(30000)},
               {"listing_id": "free", "title": "3g Speed", "price_amount": Decimal(0)}]  # fmt: skip
    tables = parsed([offer | {"price_currency": "EUR"} for offer in offers], [sale(0, 1)])
    found = clean(tables, tmp_path)
    flagged = found["listings"].filter("is_holding_price")
    assert sorted(flagged["holding_rule"]) == ["cap", "unit_price", "zero"]
    assert found["listings"].height == len(offers), "flagged, never deleted"
    assert found["listings"].filter(pl.col("price_eur") == 20000)["is_holding_price"].to_list() == [False]
    assert not clean(tables, tmp_path, flag_holding_prices=False)["listings"]["is_holding_price"].any()


def test_a_category_the_map_lacks_is_reported(tmp_path: Path) -> None:
    found = clean(parsed([{"category_path": ["Drugs & Chemicals", "New shelf"]}], [sale(0, 1)]), tmp_path)
    assert rules(found)["unmapped_category"] == 1


@pytest.mark.parametrize("market", ["dream", "wall_street", "empire"])
def test_a_month_without_feedback_or_vendor_pages(market: str, tmp_path: Path) -> None:
    tables = parsed([{}], [sale(0, 1)])
    tables |= {name: tables[name].clear() for name in ("feedback", "vendors")}
    found = clean(tables, tmp_path, market=market)
    assert found["transactions"].is_empty()
    assert found["vendors"]["is_active"].to_list() == [True]
    assert found["vendors"]["capture_id"].to_list() == [None]
    assert found["listings"]["month"].unique().to_list() == [date(2019, 6, 1)]
