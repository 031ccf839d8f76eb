"""Rules of a month on small parsed tables whose right answer is worked out by hand."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from cryptodrug_assets_tests.cleaning.months import END, Tables, clean, parsed, rules, sale


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
    assert sales["is_drug"].to_list() == [True, False, None]
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


def test_views_of_one_sweep_hours_apart_are_two_views(tmp_path: Path) -> None:
    """Several crawls under one name, as archives have them: 25 rows on either day, six of them the same, on two pages;
    a page that was tried again within the hour is one view."""
    later = [sale(place, 1 + place / 24, comment=f"sale {43 - place}") for place in range(25)]
    first = [sale(place, 1 + (place + 19) / 24, comment=f"sale {24 - place}") for place in range(25)]
    for hours, sales in ((24, 44), (2, 44)):
        seen = {"captured_at": END - timedelta(hours=hours), "capture_id": "first"}
        tables = parsed([{}], [row | seen for row in first] + [row | {"capture_id": "later"} for row in later])
        assert clean(tables, tmp_path)["transactions"].height == sales
    again = [row | {"capture_id": "again", "captured_at": END - timedelta(minutes=30)} for row in later[:10]]
    tables = parsed([{}], [row | {"capture_id": "later"} for row in later] + again)
    found = clean(tables, tmp_path)
    assert found["transactions"].height == 25
    assert rules(found)["same_view_again"] == 10


@pytest.mark.parametrize("off", range(11))
def test_contradicting_capture_dates_are_told_and_count_once(off: int, tmp_path: Path) -> None:
    """Eight ratings, nothing new, six captures whose dates are off against each other; ages in whole days."""
    ages, rows = [20, 19, 17, 16, 15, 14, 13, 12], []
    for view in range(6):
        seen = END - timedelta(days=6 - view) + timedelta(days=off * (view % 2) - 10)
        for place, age in enumerate(reversed(ages)):
            dated = seen - timedelta(days=age - 12 + view)
            whole = {"dated_at": dated, "dated_lo": dated - timedelta(days=1), "dated_hi": dated}
            common = {"captured_at": seen, "sweep_id": f"{view}", "capture_id": f"{view}", "comment": f"text {age}"}
            rows.append(sale(place, 0, **common) | whole)
    found = clean(parsed([{}], rows), tmp_path)
    assert found["transactions"].height == 8
    assert rules(found).get("clocks_disagree", 0) == (off > 2)


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
    """By the digest of its path, as sha256sum makes it: the words are the page's and stay in parsed."""
    found = clean(parsed([{"category_path": ["Drugs & Chemicals", "![x](/y)"]}], [sale(0, 1)]), tmp_path)
    assert rules(found)["unmapped_category"] == 1
    decisions = found["decisions"].filter(rule="unmapped_category")
    assert decisions["after"].to_list() == [hashlib.sha256(b"Drugs & Chemicals / ![x](/y)").hexdigest()[:16]]
    assert all("![x]" not in frame.write_json() for frame in found.values())
    with duckdb.connect() as connection:
        answer = connection.execute(
            "SELECT left(sha256(array_to_string(['Drugs & Chemicals', '![x](/y)'], ' / ')), 16)"
        ).fetchone()
    assert answer == (decisions["after"][0],), "the remedy's query finds the words again"


@pytest.mark.parametrize("market", ["dream", "wall_street", "empire"])
def test_a_month_without_feedback_or_vendor_pages(market: str, tmp_path: Path) -> None:
    tables = parsed([{}], [sale(0, 1)])
    tables |= {name: tables[name].clear() for name in ("feedback", "vendors")}
    found = clean(tables, tmp_path, market=market)
    assert found["transactions"].is_empty()
    assert found["vendors"]["is_active"].to_list() == [True]
    assert found["vendors"]["capture_id"].to_list() == [None]
    assert found["listings"]["month"].unique().to_list() == [date(2019, 6, 1)]


def in_coins(amount: str, coin: str) -> dict[str, Any]:
    return {"price_amount": Decimal(amount), "price_currency": coin}


def with_rates(tables: Tables, rates: str, capture: str = "fb") -> Tables:
    """The tables with all feedback on one page that states its rates (units per bitcoin)."""
    pages = tables["pages"].with_columns(capture_id=pl.lit(capture), exchange_rates=pl.lit(rates))
    return tables | {"feedback": tables["feedback"].with_columns(capture_id=pl.lit(capture)), "pages": pages}


def test_sales_in_coins_become_euros_by_the_page_then_by_the_table_of_the_day(tmp_path: Path) -> None:
    table = tmp_path / "coins.csv"
    table.write_text(
        "date,currency,units_per_eur\n2019-06-26,LTC,0.0080\n2019-06-27,LTC,0.0090\n2019-06-27,BTC,9\n",
        encoding="utf-8",
    )
    sales = [
        sale(0, 1, **in_coins("0.01", "BTC")), sale(1, 2, **in_coins("0.5", "XMR")),
        sale(2, 3, **in_coins("0.9", "LTC")), sale(3, 4, **in_coins("7", "DOGE")),
        sale(4, 5, price_amount=Decimal(20), price_currency="EUR"),
        sale(5, 6, price_exact=False, **in_coins("0.01", "BTC")),
    ]  # fmt: skip
    tables = with_rates(parsed([{}], sales), '{"USD": 11000.0, "EUR": 9600.0, "XMR": 130.0}')
    found = clean(tables, tmp_path, coin_rates=table)
    rows = found["transactions"].sort("dated_at", descending=True)
    told = rows.select("price_source", "price_eur", "rate_date").rows()
    assert told == [
        ("exact", Decimal("96.00"), date(2019, 6, 30)),
        # 0.5 x 9600 / 130.
        ("exact", Decimal("36.92"), date(2019, 6, 30)),
        # 0.9 at the table's rate of 27 June, the day of the sale.
        ("exact", Decimal("100.00"), date(2019, 6, 27)),
        ("exact", None, None),
        ("exact", Decimal("20.00"), date(2019, 6, 25)),
        ("rounded", None, None),
    ]
    assert rows["price_amount"].to_list()[:2] == [Decimal("0.01"), Decimal("0.5")]
    assert rows["eur_rate"].to_list()[:3] == pytest.approx([1 / 9600, 130 / 9600, 0.009])
    assert rules(found)["no_rate"] == 1


def test_a_page_without_euros_converts_by_its_dollars_at_the_pages_day(tmp_path: Path) -> None:
    """0.01 x 11,380 dollars at 1.1380 dollars per euro of 28 June (30 June is a Sunday)."""
    tables = with_rates(parsed([{}], [sale(0, 20, **in_coins("0.01", "BTC"))]), '{"USD": 11380.0}')
    row = clean(tables, tmp_path)["transactions"].row(0, named=True)
    assert (row["price_eur"], row["rate_date"]) == (Decimal("100.00"), END.date())


def test_a_sale_has_the_rate_of_the_page_that_showed_it_first(tmp_path: Path) -> None:
    early = END - timedelta(days=20)
    old = {"captured_at": early, "sweep_id": "early"}
    sold = in_coins("0.01", "BTC")
    tables = parsed([{}], [
        sale(0, 25, capture_id="a", buyer_masked="x", **sold, **old),
        sale(0, 5, capture_id="b", buyer_masked="y", **sold), sale(1, 25, capture_id="b", buyer_masked="x", **sold),
    ])  # fmt: skip
    page = tables["pages"]
    tables["pages"] = pl.concat([
        page.with_columns(capture_id=pl.lit("a"), exchange_rates=pl.lit('{"EUR": 7000}'), captured_at=pl.lit(early)),
        page.with_columns(capture_id=pl.lit("b"), exchange_rates=pl.lit('{"EUR": 9600}')),
    ], how="vertical_relaxed")  # fmt: skip
    found = clean(tables, tmp_path)["transactions"].sort("dated_at")
    assert found["price_eur"].to_list() == [Decimal("70.00"), Decimal("96.00")]
    assert found["rate_date"].to_list() == [early.date(), END.date()]
