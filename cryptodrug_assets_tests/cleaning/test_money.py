"""Euros: rates of the day, never of a later one; the ladder; exact rounding."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptodrug_assets.cleaning.money import EcbRates, conversion, ecb_rates, to_eur

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
    assert (found.basis, float(found.eur_per_unit)) == (basis, pytest.approx(euros))


def test_the_operators_table_comes_last_and_nothing_is_invented() -> None:
    table = EcbRates([(date(2018, 11, 2), "LTC", Decimal("0.0222"))])
    found = conversion("LTC", date(2018, 11, 3), None, RATES, table)
    assert found is not None
    assert found.basis == "reference"
    assert conversion("LTC", date(2018, 11, 3), None, RATES) is None


def euros(amounts: list[Decimal | None], currency: str) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"amount": amounts, "currency": currency, "day": date(2018, 11, 3)},
        schema={"amount": pl.Decimal(28, 10), "currency": pl.String, "day": pl.Date},
    )
    return to_eur(frame, amount="amount", currency="currency", day="day", rates=RATES)


def test_half_a_cent_is_rounded_away_from_zero() -> None:
    found = euros([Decimal("0.005"), Decimal("0.0049999999"), None, Decimal(10**9), Decimal(10**9 + 1)], "EUR")
    expected = [Decimal("0.01"), Decimal("0.00"), None, Decimal(10**9), None]
    assert found["price_eur"].to_list() == expected
    assert found["price_basis"].to_list() == ["page_fiat", "page_fiat", "none", "page_fiat", "none"]


@given(st.lists(st.decimals(0, 10**7, places=4), min_size=1, max_size=20))
def test_conversion_equals_decimal_arithmetic(amounts: list[Decimal]) -> None:
    found = euros(list(amounts), "USD")["price_eur"].to_list()
    assert found == [(amount / Decimal("1.1417")).quantize(Decimal("0.01"), ROUND_HALF_UP) for amount in amounts]
