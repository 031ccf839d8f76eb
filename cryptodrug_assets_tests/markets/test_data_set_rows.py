"""Rows of data sets, read through mappings: every expected value is worked out by hand from the cells."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.data_sets import values
from cryptodrug_assets.markets.data_sets.mapping import Mapping, Spec, read_mapping
from cryptodrug_assets.markets.data_sets.rows import RowOfDataSet, moment_of, read_row
from cryptodrug_assets.observation import UserError

HEAD: dict[str, Any] = {"name": "m", "source": "s", "licence": "CC0", "captured_at": {"constant": "2019-05-02"}}
OFFER: dict[str, Any] = {"title": "t", "vendor_name": "v"}


def mapping(**blocks: Any) -> Mapping:
    """A mapping with these blocks."""
    return Mapping.model_validate(HEAD | blocks)


def read(given: Mapping, source: Any = "vendor_else_listing", **cells: Any) -> ParsedPage:
    """What a row of these cells says."""
    return read_row(RowOfDataSet("0" * 64, None, "1", cells).encoded(), given, "empire", source)


@pytest.mark.parametrize(
    ("written", "mark", "expected"),
    [
        ("1,299.50", ".", "1299.50"),
        ("1.299,50", ",", "1299.50"),
        ("1 299,50", ",", "1299.50"),
        ("1'299.5", ".", "1299.5"),
        ("0,5", ",", "0.5"),
        (".5", ".", "0.5"),
        ("5e-3", ".", "0.005"),
        (12, ".", "12"),
        (0.1, ".", "0.1"),
        ("12,345,678", ".", "12345678"),
        ("0", ".", "0"),
    ],
)
def test_numbers(written: object, mark: Any, expected: str) -> None:
    way = Spec(column="p", decimal=mark)
    assert values.amount(written, way, mapping(offer=OFFER)) == Decimal(expected)


@pytest.mark.parametrize("written", ["1,29", "12,34,567", "1.2.3", "ten", "--5", "-5", "inf", "1e30", True, [1], ""])
def test_no_numbers(written: object) -> None:
    with pytest.raises(values.UnreadableError):
        values.amount(written, Spec(column="p"), mapping(offer=OFFER))


@pytest.mark.parametrize(
    ("price", "currency", "expected"),
    [
        ("$30", None, ("30", "USD")),
        ("30 €", None, ("30", "EUR")),
        ("0.0502 BTC", None, ("0.0502", "BTC")),
        ("USD 1,399.18", None, ("1399.18", "USD")),
        (12.5, "gbp", ("12.5", "GBP")),
        ("12.5", "£", ("12.5", "GBP")),
        ("$30", "USD", ("30", "USD")),
        ("0", "EUR", ("0", "EUR")),
        ("$30", "EUR", None),
        ("30", None, None),
        ("30 EUR or 40 USD", None, None),
        ("N/A", "EUR", None),
        ("-1", "EUR", None),
    ],
)
def test_prices(price: object, currency: str | None, expected: tuple[str, str] | None) -> None:
    given = mapping(offer=OFFER | {"price_amount": "p", "price_currency": "c"}, missing=["-1"])
    offer = read(given, t="x", v="y", p=price, c=currency).listings[0]
    amount = offer["price_amount"]
    assert (None if amount is None else (amount, offer["price_currency"])) == (
        None if expected is None else (Decimal(expected[0]), expected[1])
    )


def test_a_price_against_its_column_is_told() -> None:
    given = mapping(offer=OFFER | {"price_amount": "p", "price_currency": {"constant": "EUR"}})
    page = read(given, t="x", v="y", p="0.05 BTC")
    assert [(problem.field, problem.reason) for problem in page.problems] == [("price_currency", "conflict")]


@pytest.mark.parametrize(
    ("written", "lo", "by_day"),
    [
        ("2019-05-02", datetime(2019, 5, 2, tzinfo=UTC), True),
        ("02/05/2019", datetime(2019, 5, 2, tzinfo=UTC), True),
        ("2 May", datetime(2019, 5, 2, tzinfo=UTC), True),
        # 13:00 in Brussels in summer is 11:00 UTC; a time with its own offset is that time.
        ("2019-05-02 13:00", datetime(2019, 5, 2, 11, tzinfo=UTC), False),
        ("2019-05-02T13:00:00+00:00", datetime(2019, 5, 2, 13, tzinfo=UTC), False),
        # 2019-05-02 00:00:00 UTC is 1556755200 seconds after 1970.
        (1556755200, datetime(2019, 5, 2, tzinfo=UTC), False),
        ("1556755200000", datetime(2019, 5, 2, tzinfo=UTC), False),
        ("1556755200.0", datetime(2019, 5, 2, tzinfo=UTC), False),
    ],
)
def test_dates_of_several_forms_in_one_column(written: object, lo: datetime, by_day: bool) -> None:
    given = mapping(
        offer=OFFER, dates=["iso", "%d/%m/%Y", "%d %b", "epoch_s", "epoch_ms"], year=2019, timezone="Europe/Brussels"
    )
    found = values.when(written, Spec(column="d"), given)
    assert (found.lo, found.is_day) == (lo, by_day)


@pytest.mark.parametrize("written", ["31/02/2019", "yesterday", "1899-01-01", "0", "nan", "2150-01-01", {}])
def test_no_dates(written: object) -> None:
    with pytest.raises(values.UnreadableError):
        values.when(written, Spec(column="d"), mapping(offer=OFFER, dates=["iso", "%d/%m/%Y", "epoch_s"]))


@pytest.mark.parametrize(
    ("written", "out_of", "expected"),
    [
        ("4.9/5", None, 4.9),
        ("~4.5/5", None, 4.5),
        ("98%", None, 4.9),
        ("8", 10, 4.0),
        (3, None, 3.0),
        ("Good", None, 5.0),
    ],
)
def test_ratings_of_other_scales_are_of_five(written: object, out_of: float | None, expected: float) -> None:
    way = {"column": "r", "out_of": out_of, "values": {"good": 5, "bad": 1}}
    given = mapping(review={"vendor_name": "v", "dated_at": "d", "rating": way})
    assert read(given, v="y", d="2019-05-01", r=written).feedback[0]["rating"] == pytest.approx(expected)


def test_a_rating_beyond_its_scale_is_unread() -> None:
    given = mapping(review={"vendor_name": "v", "dated_at": "d", "rating": {"column": "r", "out_of": 10}})
    page = read(given, v="y", d="2019-05-01", r="11")
    assert page.feedback[0]["rating"] is None
    assert page.problems[0].field == "rating"


def test_an_offer_field_by_field() -> None:
    given = mapping(
        repair=["mojibake", "html_entities"],
        missing=["-1"],
        exchange_rates={"USD": {"column": "usd"}},
        offer={
            "listing_id": "id",
            "title": "t",
            "vendor_name": {"column": "v", "case": "lower"},
            "category_path": {"column": "c", "split": ">"},
            "ships_from": "place.from",
            "ships_to": {"column": "to", "split": ";"},
            "price_amount": "p",
            "price_currency": {"constant": "USD"},
            "escrow": "e",
            "quantity_left": "left",
            "units_sold": "sold",
            "sold_since": "since",
            "minimum_order": "least",
            "price_unit": "unit",
        },
    )
    page = read(
        given,
        id=17,
        t="  QualitÃ¤t &amp; more ",
        v="Ann",
        c="Drugs > Hash",
        place={"from": "Belgium"},
        to="EU; US ;",
        p="40",
        e="TRUE",
        left="-1",
        sold="1,200",
        since="2019-04-01",
        least="2",
        unit="gram",
        usd="5000",
    )
    offer = page.listings[0]
    assert (offer["listing_id"], offer["title"], offer["vendor_name"]) == ("17", "Qualität & more", "ann")
    assert (offer["category_path"], offer["ships_from"], offer["ships_to"]) == (
        ["Drugs", "Hash"],
        "Belgium",
        ["EU", "US"],
    )
    assert (offer["price_amount"], offer["price_currency"], offer["escrow"]) == (Decimal(40), "USD", True)
    assert (offer["quantity_left"], offer["units_sold"], offer["sold_since"]) == (None, 1200, date(2019, 4, 1))
    assert (offer["minimum_order"], offer["price_unit"], page.exchange_rates) == (Decimal(2), "gram", {"USD": 5000.0})
    assert (page.page_kind, page.problems, [one["vendor_name"] for one in page.vendors]) == ("listing", [], ["ann"])


def test_what_says_nothing_is_unknown_and_what_says_nonsense_is_told() -> None:
    given = mapping(offer=OFFER | {"views": "n", "escrow": "e", "units_sold": "s"}, missing=["-1"])
    page = read(given, t="x", v="y", n="many", e="perhaps", s=-1.0)
    assert {problem.field for problem in page.problems} == {"views", "escrow"}
    assert (page.listings[0]["views"], page.listings[0]["escrow"], page.listings[0]["units_sold"]) == (None, None, None)


def test_a_review_has_its_day_and_its_own_identity() -> None:
    given = mapping(captured_at=None, review={"vendor_name": "v", "dated_at": "d", "comment": "c", "price_amount": "p"})
    first = read(given, v="y", d="2019-05-02", c="fine", p="$5").feedback[0]
    assert (first["dated_at"], first["dated_lo"], first["dated_hi"]) == (
        None,
        datetime(2019, 5, 2, tzinfo=UTC),
        datetime(2019, 5, 3, tzinfo=UTC),
    )
    assert (first["price_exact"], first["position"], first["list_offset"]) == (True, 1, 0)
    same, other = (read(given, v="y", d=day, c="fine", p="$5").feedback[0] for day in ("2019-05-02", "2019-05-03"))
    assert same["list_name"] == first["list_name"] != other["list_name"]
    row = RowOfDataSet("0" * 64, None, "1", {"v": "y", "d": "2019-05-02"})
    assert moment_of(row, given) == datetime(2019, 5, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "kind"), [("vendor", "vendor"), ("vendor_else_listing", "vendor"), ("listing", "listing")]
)
def test_reviews_are_counted_wherever_the_market_counts(source: str, kind: str) -> None:
    given = mapping(review={"listing_id": "id", "dated_at": "d"})
    assert read(given, source, id="7", d="2019-05-01").page_kind == kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("offer: [", "not YAML"),
        ("just words", "no mapping"),
        ("name: a", "is not set"),
        (
            "name: a\nsource: s\nlicence: l\ncaptured_at: d\noffer: {titel: t, vendor_name: v}",
            "unknown key offer.titel",
        ),
        ("name: a\nsource: s\nlicence: l\noffer: {title: t, vendor_name: v}", "captured_at is not mapped"),
        ("name: a\nsource: s\nlicence: l\ncaptured_at: d\noffer: {vendor_name: v}", "listing_id"),
        ("name: a\nsource: s\nlicence: l\nreview: {rating: r, dated_at: d}", "of a vendor or of an offer"),
        (
            "name: a\nsource: s\nlicence: l\ndates: ['%d %b']\ncaptured_at: d\noffer: {title: t, vendor_name: v}",
            "`year`",
        ),
        (
            "name: a\nsource: s\nlicence: l\nencoding: utf-9\ncaptured_at: d\noffer: {title: t, vendor_name: v}",
            "no encoding",
        ),
        (
            "name: a\nsource: s\nlicence: l\ncaptured_at: {column: d, constant: 1}\noffer: {title: t, vendor_name: v}",
            "either",
        ),
    ],
)
def test_a_mapping_that_cannot_be_is_one_line(text: str, words: str) -> None:
    with pytest.raises(UserError, match="m.yaml") as caught:
        read_mapping(text, "m.yaml")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
