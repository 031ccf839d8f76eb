"""Days of the ECB's reference rates after those of the frozen table, from the file that the ECB publishes.

Contains reading that file (eurofxref-hist, CSV or zip), and what it has to satisfy before anything rests on it. Keep
out: the network (resources), conversion (cleaning/prices). What is frozen stays as it is.
"""

import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.reference.files import RATES_FILE
from cryptodrug_assets.versions import digest

CURRENCIES = ("AUD", "CAD", "GBP", "USD")
COLUMNS = ("date", "currency", "units_per_eur")
#: The most that is read, packed or not; the whole history since 1999 has two megabytes.
MOST_BYTES = 20_000_000
# The longest holiday gap of the ECB is 5 days.
_MOST_DAYS = timedelta(days=10)
# The largest step of a day since 1999 was 6 % (GBP, 24 June 2016).
_MOST_STEP = Decimal("0.1")
_SATURDAY = 5
# (day, currency) → units per euro.
Rates = Mapping[tuple[date, str], Decimal]


def read_ecb(content: bytes) -> dict[tuple[date, str], Decimal]:
    """Rates of our currencies in a file of the ECB: a column per currency, a row per day, N/A where there is none.

    Raises ValueError with what is wrong.

    >>> read_ecb(b"Date,USD,AUD,CAD,GBP,\\n2021-01-04,1.2296,N/A,1.5621,0.9016,\\n")[date(2021, 1, 4), "USD"]
    Decimal('1.2296')
    """
    try:
        lines = list(csv.reader(io.StringIO(_unpacked(content).decode("ascii")), strict=True))
    except (UnicodeDecodeError, csv.Error) as err:
        raise ValueError(f"it is no CSV ({err})") from err
    heading = [name.strip() for name in lines[0]] if lines else []
    if heading[:1] != ["Date"] or not {*CURRENCIES} <= {*heading}:
        raise ValueError(f"its first line is not Date and currencies, {', '.join(CURRENCIES)} among them")
    places = {currency: heading.index(currency) for currency in CURRENCIES}
    rates: dict[tuple[date, str], Decimal] = {}
    for number, cells in enumerate(lines[1:], start=2):
        try:
            day = date.fromisoformat(cells[0].strip())
            texts = {currency: cells[place].strip() for currency, place in places.items()}
            found = {(day, currency): Decimal(text) for currency, text in texts.items() if text != "N/A"}
        except (ValueError, IndexError, InvalidOperation) as err:
            raise ValueError(f"line {number} is not a day and its rates") from err
        if found.keys() & rates.keys():
            raise ValueError(f"{day} is there twice")
        if any(not rate.is_finite() or rate <= 0 for rate in found.values()):
            raise ValueError(f"a rate of {day} is not above zero")
        rates |= found
    return rates


def later_days(rates: Rates, known: Rates, frozen_until: date, today: date) -> dict[tuple[date, str], Decimal]:
    """The rates of days after `frozen_until`; ValueError where the file contradicts what is known or itself.

    `known`: the frozen rates and those fetched before. What the file has of their days has to be the same, and days of
    theirs that lie within its span may not lack.
    """
    if not rates:
        raise ValueError("it holds no rate")
    first, last = min(day for day, _ in rates), max(day for day, _ in rates)
    if last > today or today - last > _MOST_DAYS:
        raise ValueError(f"its last day is {last}, and today is {today}")
    if first > frozen_until:
        raise ValueError(
            f"it begins on {first}, after {frozen_until}, where the frozen table ends; take the whole history"
        )
    for (day, currency), rate in sorted(known.items()):
        if first <= day and rates.get((day, currency)) != rate:
            raise ValueError(f"{currency} of {day} is {rates.get((day, currency), 'not there')}; {rate} is known")
    for currency in CURRENCIES:
        days = sorted(day for day, name in rates if name == currency)
        for before, day in pairwise(days):
            if day <= frozen_until:
                continue
            if day.weekday() >= _SATURDAY:
                raise ValueError(f"{day} is a weekend, on which the ECB sets no rate")
            if day - before > _MOST_DAYS:
                raise ValueError(f"days of {currency} lack between {before} and {day}")
            if abs(rates[day, currency] / rates[before, currency] - 1) > _MOST_STEP:
                raise ValueError(f"{currency} jumps from {rates[before, currency]} to {rates[day, currency]} on {day}")
    return {(day, currency): rate for (day, currency), rate in sorted(rates.items()) if day > frozen_until}


def as_csv(rates: Rates) -> str:
    """The rates as a file of the frozen table's form."""
    rows = [f"{day},{currency},{rate}" for (day, currency), rate in sorted(rates.items())]
    return "\n".join([",".join(COLUMNS), *rows]) + "\n"


def read_rates(path: Path) -> dict[tuple[date, str], Decimal]:
    """Rates of a file of the frozen table's form; UserError when it is none."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            found = {(date.fromisoformat(row["date"]), row["currency"]): Decimal(row["units_per_eur"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError, InvalidOperation) as err:
        raise UserError(f"the rates in {path} cannot be read; remove the file, and `rates` fetches it again") from err
    return found


def frozen_rates() -> dict[tuple[date, str], Decimal]:
    """The frozen table."""
    return read_rates(RATES_FILE)


def marks_by_month(path: Path) -> dict[str, str]:
    """A short mark of the fetched rates up to the end of each month that they are of; nothing without a file.

    What comes later leaves the mark of a month as it is: its figures do not rest on it.
    """
    if not path.is_file():
        return {}
    rates = read_rates(path)
    months = sorted({f"{day:%Y-%m}" for day, _ in rates})
    texts = [(f"{day:%Y-%m}", f"{day} {currency} {rate}") for (day, currency), rate in sorted(rates.items())]
    return {month: digest(text for name, text in texts if name <= month)[:8] for month in months}


def mark_of(marks: Mapping[str, str], month: str) -> str | None:
    """The mark that counts for a month: its own, else that of the last month before it."""
    return next((marks[name] for name in sorted(marks, reverse=True) if name <= month), None)


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(b"PK"):
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            [member] = archive.infolist()
            if member.file_size > MOST_BYTES:
                raise ValueError(f"it unpacks to more than {MOST_BYTES // 1_000_000} MB")
            return archive.read(member)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as err:
        raise ValueError(f"its zip is damaged ({err})") from err
    except ValueError as err:
        raise ValueError(str(err) if "unpacks" in str(err) else "its zip does not hold one file") from err
