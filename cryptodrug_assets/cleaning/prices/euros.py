"""Prices in euros: the ladder of rates, ECB reference rates, exact rounding.

Contains the euro foreign exchange reference rates of the ECB, frozen in reference/ecb_rates.csv (units of a currency
per euro, working days only), and the conversion. Arithmetic is done in integers: a price is never a float.
Keep out: which prices are not meant (holding_prices), what a price is for (units). Method: docs/methods/money.md.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import polars as pl

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.reference.fetched_rates import frozen_rates, read_rates
from cryptodrug_assets.reference.files import RATES_FILE

EUR_SCALE = Decimal("0.01")
_COLUMNS = ["date", "currency", "units_per_eur"]
# A price beyond a billion is a typing error or a joke, and would leave the range of exact arithmetic.
MAX_AMOUNT = Decimal(10**9)
# A rate older than this is no rate of the day any more (the longest holiday gap of the ECB is 5 days).
_MAX_RATE_AGE_DAYS = 10


class EcbRates:
    """ECB reference rates: units of a currency per euro, the last one published on or before a day."""

    def __init__(self, rows: Iterable[tuple[date, str, Decimal]]) -> None:
        self._days: dict[str, list[date]] = {}
        self._rates: dict[str, list[Decimal]] = {}
        for day, currency, rate in sorted(rows):
            self._days.setdefault(currency, []).append(day)
            self._rates.setdefault(currency, []).append(rate)

    @property
    def currencies(self) -> frozenset[str]:
        """Currencies with a rate, the euro included."""
        return frozenset(self._days) | {"EUR"}

    def on(self, currency: str, day: date) -> tuple[Decimal, date] | None:
        """(units per euro, day it was published), never a later rate; None when there is none within ten days.

        >>> from datetime import date
        >>> ecb_rates().on("USD", date(2018, 12, 25))
        (Decimal('1.1408'), datetime.date(2018, 12, 24))
        """
        if currency == "EUR":
            return Decimal(1), day
        days = self._days.get(currency, [])
        place = bisect_right(days, day) - 1
        if place < 0 or (day - days[place]).days > _MAX_RATE_AGE_DAYS:
            return None
        return self._rates[currency][place], days[place]


@lru_cache(maxsize=4)
def ecb_rates(path: Path = RATES_FILE) -> EcbRates:
    """The frozen table of ECB rates, or an operator's table of the same columns; UserError when it is not one."""
    if not path.is_file():
        raise UserError(f"the table of rates {path} is missing; its columns are {','.join(_COLUMNS)}")
    text = pl.read_csv(path, infer_schema=False)
    if text.columns != _COLUMNS:
        raise UserError(f"{path}: columns are {','.join(text.columns)}; expected {','.join(_COLUMNS)}")
    return EcbRates(_rate(path, line, row) for line, row in enumerate(text.iter_rows(), start=2))


def official_rates(fetched: Path | None) -> EcbRates:
    """The frozen ECB rates, with those of the days after them that were fetched; UserError when that file is none."""
    return ecb_rates() if fetched is None else _with_fetched(fetched, fetched.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _with_fetched(path: Path, _written: int) -> EcbRates:
    return EcbRates((day, currency, rate) for (day, currency), rate in (frozen_rates() | read_rates(path)).items())


def _rate(path: Path, line: int, row: tuple[str | None, ...]) -> tuple[date, str, Decimal]:
    """A row of the table: a day, an upper-case currency and a positive rate."""
    day, currency, rate = (value or "" for value in row)
    try:
        parsed = date.fromisoformat(day), currency, Decimal(rate)
    except (ValueError, InvalidOperation):
        raise UserError(f"{path}, line {line}: {day},{currency},{rate} is not date,currency,rate") from None
    if not (currency.isupper() and parsed[2].is_finite() and parsed[2] > 0):
        raise UserError(f"{path}, line {line}: {day},{currency},{rate} is not date,currency,rate above zero")
    return parsed


@dataclass(frozen=True)
class Conversion:
    """How one unit of a currency became euros: euros = amount * eur_per_unit."""

    eur_per_unit: Fraction
    rate_date: date
    basis: str

    @property
    def units_per_eur(self) -> float:
        """Units of the currency per euro."""
        return float(1 / self.eur_per_unit)


def conversion(
    currency: str | None,
    day: date,
    page_rates: str | None,
    rates: EcbRates,
    reference: EcbRates | None = None,
) -> Conversion | None:
    """The first step of the ladder that can convert the currency on that day; None when none can.

    1. page_fiat: the ECB's rate of the day (last known before it); 2. page_rate: the rates per BTC that stand on the
    same page (JSON object, units of a currency per BTC), to the euro directly or through dollar or pound;
    3. reference: an operator's table of coin prices (units per euro).

    >>> from datetime import date
    >>> bitcoin = conversion("BTC", date(2018, 11, 5), '{"EUR": 5600.0}', ecb_rates())
    >>> bitcoin.basis, float(bitcoin.eur_per_unit)
    ('page_rate', 5600.0)
    >>> conversion("XMR", date(2018, 11, 5), None, ecb_rates()) is None
    True
    """
    if currency is None:
        return None
    quote = rates.on(currency, day)
    if quote is not None:
        return Conversion(1 / Fraction(quote[0]), quote[1], "page_fiat")
    on_page = _page_rates(page_rates)
    per_btc = Fraction(1) if currency == "BTC" else on_page.get(currency)
    if per_btc:
        for through in ("EUR", "USD", "GBP"):
            fiat = rates.on(through, day)
            if through in on_page and fiat is not None:
                return Conversion(on_page[through] / per_btc / Fraction(fiat[0]), day, "page_rate")
    quote = reference.on(currency, day) if reference else None
    return Conversion(1 / Fraction(quote[0]), quote[1], "reference") if quote else None


@lru_cache(maxsize=4096)
def _page_rates(text: str | None) -> dict[str, Fraction]:
    rates = json.loads(text) if text else {}
    return {name: Fraction(str(rate)) for name, rate in rates.items() if rate and rate > 0}


def to_eur(
    frame: pl.DataFrame,
    *,
    amount: str,
    currency: str,
    day: str,
    page_rates: str | None = None,
    rates: EcbRates | None = None,
    reference: EcbRates | None = None,
) -> pl.DataFrame:
    """The frame with price_eur (cents, half away from zero), eur_rate (units per euro), rate_date and price_basis.

    `amount` is a DECIMAL(28,10) column, `day` a date column, `page_rates` a JSON column. Each distinct combination of
    currency, day and page rates is looked up once; the multiplication is exact integer arithmetic on the whole column.
    Amounts above MAX_AMOUNT get basis none.

    >>> from datetime import date
    >>> from decimal import Decimal
    >>> prices = pl.DataFrame(
    ...     {"amount": [Decimal("25.00")], "currency": ["USD"], "day": [date(2018, 11, 5)]},
    ...     schema_overrides={"amount": pl.Decimal(28, 10)},
    ... )
    >>> to_eur(prices, amount="amount", currency="currency", day="day").select("price_eur", "price_basis").row(0)
    (Decimal('21.99'), 'page_fiat')
    """
    rates = rates or ecb_rates()
    by = [currency, day]
    if page_rates is not None:
        # Page rates matter for what the ECB does not quote only; left out elsewhere, few distinct rows remain.
        fiat = pl.col(currency).is_in(sorted(rates.currencies))
        frame = frame.with_columns(__page=pl.when(~fiat).then(page_rates))
        by.append("__page")
    keys = frame.select(by).unique()
    conversions = [
        conversion(unit, on, page[0] if page else None, rates, reference) for unit, on, *page in keys.iter_rows()
    ]
    looked_up = keys.with_columns(
        pl.Series("__num", [_scaled(c.eur_per_unit)[0] if c else None for c in conversions], pl.Int128),
        pl.Series("__den", [_scaled(c.eur_per_unit)[1] if c else None for c in conversions], pl.Int128),
        pl.Series("eur_rate", [c.units_per_eur if c else None for c in conversions], pl.Float64),
        pl.Series("rate_date", [c.rate_date if c else None for c in conversions], pl.Date),
        pl.Series("price_basis", [c.basis if c else "none" for c in conversions], pl.String),
    )
    frame = frame.join(looked_up, on=by, how="left", nulls_equal=True, maintain_order="left")
    usable = pl.col(amount).is_between(0, MAX_AMOUNT) & pl.col("__num").is_not_null()
    scaled = pl.when(usable).then(pl.col(amount)).to_physical()
    # cents = amount * num/den * 100, amount in units of 1e-10: half a cent is added before the floor division.
    divisor = pl.col("__den") * 10**8
    cents = (2 * scaled * pl.col("__num") + divisor) // (2 * divisor)
    nothing = ~usable | pl.col(amount).is_null()
    return frame.with_columns(
        price_eur=(cents.cast(pl.Decimal(38, 0)) * pl.lit(EUR_SCALE)).cast(pl.Decimal(18, 2)),
        eur_rate=pl.when(nothing.fill_null(True)).then(None).otherwise(pl.col("eur_rate")),
        rate_date=pl.when(nothing.fill_null(True)).then(None).otherwise(pl.col("rate_date")),
        price_basis=pl.when(nothing.fill_null(True)).then(pl.lit("none")).otherwise(pl.col("price_basis")),
    ).drop("__num", "__den", *by[2:])


def _scaled(value: Fraction) -> tuple[int, int]:
    """Numerator and denominator small enough for 128 bits together with any allowed amount."""
    small = value.limit_denominator(10**12)
    return small.numerator, small.denominator
