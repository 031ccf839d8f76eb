"""Values as data sets write them: texts, numbers, prices, ratings, moments. What cannot be read is never guessed.

Every reader gives the value, or null for what says nothing, and raises UnreadableError for what says something else.
"""

import html
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from cryptodrug_assets.markets._text import clean, clean_lines, repaired
from cryptodrug_assets.markets.data_sets.mapping import Mapping, Spec

_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "฿": "BTC", "₿": "BTC"}
_CURRENCY = re.compile(
    r"(?<![A-Za-z])(BTC|XBT|XMR|LTC|BCH|ETH|USD|EUR|GBP|AUD|CAD|CHF|SEK|NOK|DKK|[$€£฿₿])(?![A-Za-z])", re.I
)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_GROUPS = {".": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"), ",": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?")}
_RATIO = re.compile(r"~?\s*([\d.,]+)\s*/\s*(\d+)")
_YES, _NO = frozenset(("true", "yes", "y", "t", "1")), frozenset(("false", "no", "n", "f", "0"))
# Room of a contract's amounts: DECIMAL(28, 10).
_LARGEST, _STEP = Decimal(10) ** 18, Decimal(1).scaleb(-10)
_LARGEST_COUNT = 2**62
_FIRST, _LAST = datetime(2009, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MS_FROM = 10**11
_DAY = timedelta(days=1)
_STARS = 5


class UnreadableError(Exception):
    """A value that is there and is none of its kind; the message says why, without the value."""


@dataclass(frozen=True, slots=True)
class When:
    """A moment, or a day as the time from `lo` to `hi`."""

    lo: datetime
    hi: datetime

    @property
    def is_day(self) -> bool:
        """Whether the day alone is known."""
        return self.hi > self.lo


def raw_value(cells: dict[str, Any], way: Spec, mapping: Mapping) -> Any:
    """What a row says in the column of a field, or its constant; null where that says nothing."""
    if way.column is None:
        return way.constant
    value = cell(cells, way.column)
    if value is None or isinstance(value, (dict, list)):
        return value or None
    text = str(value).strip().lower()
    if text in way.values:
        return way.values[text]
    # -1 and -1.0 say the same.
    short = text.removesuffix(".0")
    says_nothing = short in mapping.missing_texts or short in way.missing_texts
    return None if says_nothing or text in mapping.missing_texts or text in way.missing_texts else value


def cell(cells: dict[str, Any], column: str) -> Any:
    """The cell of a column; a dotted name leads into nested ones."""
    if column in cells:
        return cells[column]
    head, _, rest = column.partition(".")
    inner = cells.get(head)
    return cell(inner, rest) if rest and isinstance(inner, dict) else None


def text(value: Any, way: Spec, mapping: Mapping, *, lines: bool = False) -> str | None:
    """A text: entities and encodings repaired as the mapping says, white space folded."""
    if isinstance(value, (dict, list)):
        raise UnreadableError("a list or table where a text is expected")
    written = str(value)
    if "html_entities" in mapping.repair:
        written = html.unescape(written)
    if "mojibake" in mapping.repair:
        written = repaired(repaired(written))
    written = clean_lines(written) if lines else clean(written)
    return (written.lower() if way.case == "lower" else written) or None


def texts(value: Any, way: Spec, mapping: Mapping) -> list[str] | None:
    """A list of texts, or one text parted at `split`."""
    items = value if isinstance(value, list) else str(value).split(way.split) if way.split else [value]
    found = [written for item in items if item is not None and (written := text(item, way, mapping))]
    return found or None


def number(value: Any, way: Spec, mapping: Mapping) -> Decimal:
    """A number with the mapping's decimal mark; groups of three digits may be parted by the other mark."""
    if isinstance(value, (bool, dict, list)):
        raise UnreadableError("no number")
    if isinstance(value, (int, float, Decimal)):
        return _finite(Decimal(str(value)))
    written = re.sub(r"[\s\u00a0\u202f'’]", "", str(value))
    mark = way.decimal or mapping.decimal
    other = "," if mark == "." else "."
    if other in written:
        if not _GROUPS[mark].fullmatch(written):
            raise UnreadableError(f"no number with the decimal mark '{mark}'")
        written = written.replace(other, "")
    written = written.replace(mark, ".")
    if not _NUMBER.fullmatch(written):
        raise UnreadableError("no number")
    return _finite(Decimal(written))


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) >= _LARGEST:
        raise UnreadableError("a number beyond all prices")
    return value


def amount(value: Any, way: Spec, mapping: Mapping) -> Decimal:
    """A number that is not negative, to ten decimals."""
    found = number(value, way, mapping)
    if found < 0:
        raise UnreadableError("a negative amount")
    try:
        return found.quantize(_STEP)
    except InvalidOperation as err:
        raise UnreadableError("a number beyond all prices") from err


def price(value: Any, way: Spec, mapping: Mapping) -> tuple[Decimal, str | None]:
    """An amount, and the currency that stands beside it: "$30", "0.05 BTC", "1.299,00 €"."""
    if not isinstance(value, str):
        return amount(value, way, mapping), None
    marks = _CURRENCY.findall(value)
    codes = {currency(mark) for mark in marks}
    if len(codes) > 1:
        raise UnreadableError("two currencies in one price")
    return amount(_CURRENCY.sub(" ", value), way, mapping), (codes.pop() if codes else None)


def currency(value: Any) -> str:
    """A currency's code of three letters, from a code or a symbol."""
    written = str(value).strip()
    code = _SYMBOLS.get(written, written.upper().replace("XBT", "BTC"))
    if not re.fullmatch(r"[A-Z]{3,5}", code):
        raise UnreadableError("no currency")
    return code


def count(value: Any, way: Spec, mapping: Mapping) -> int:
    """A whole number that is not negative."""
    found = number(value, way, mapping)
    if found < 0 or found != found.to_integral_value() or found > _LARGEST_COUNT:
        raise UnreadableError("no count")
    return int(found)


def flag(value: Any) -> bool:
    """Yes or no."""
    written = str(value).strip().lower().removesuffix(".0")
    if written in _YES or written in _NO:
        return written in _YES
    raise UnreadableError("neither yes nor no")


def rating(value: Any, way: Spec, mapping: Mapping) -> float:
    """A rating of five: "4.9/5", "98%", or a number that is out of `out_of`."""
    best = Decimal(str(way.out_of)) if way.out_of is not None else Decimal(_STARS)
    if isinstance(value, str) and (ratio := _RATIO.fullmatch(value.strip())):
        value, best = ratio[1], Decimal(ratio[2])
    elif isinstance(value, str) and value.strip().endswith("%"):
        value, best = value.strip()[:-1], Decimal(100)
    found = number(value, way, mapping)
    if best <= 0 or not 0 <= found <= best:
        raise UnreadableError(f"a rating that is not between 0 and {best:f}")
    return float(found * _STARS / best)


def when(value: Any, way: Spec, mapping: Mapping) -> When:
    """A moment or a day, in the first of the ways to write one that fits."""
    if isinstance(value, (dict, list, bool)):
        raise UnreadableError("no date")
    written = str(value).strip()
    for pattern in way.dates or mapping.dates:
        found = _read_as(pattern, written, mapping)
        if found is not None:
            if not _FIRST <= found.lo < _LAST:
                raise UnreadableError("a date before 2009 or after 2099")
            return found
    raise UnreadableError("no date in any of the ways that the mapping names")


def _read_as(pattern: str, written: str, mapping: Mapping) -> When | None:
    try:
        if pattern == "iso":
            moment, by_day = datetime.fromisoformat(written), len(written) <= 10
        elif pattern in ("epoch_s", "epoch_ms"):
            ticks = Decimal(written)
            # Both may stand in one column; no market was there when the one looks like the other.
            if not ticks.is_finite() or (abs(ticks) >= _MS_FROM) != (pattern == "epoch_ms"):
                return None
            seconds = ticks / 1000 if pattern == "epoch_ms" else ticks
            moment, by_day = datetime.fromtimestamp(float(seconds), UTC), False
        elif re.search(r"%[YyGcxD]", pattern):
            moment, by_day = datetime.strptime(written, pattern), not re.search(r"%[HIcXT]", pattern)  # noqa: DTZ007
        else:
            moment = datetime.strptime(f"{written} {mapping.year}", f"{pattern} %Y")  # noqa: DTZ007
            by_day = not re.search(r"%[HIcXT]", pattern)
    except (ValueError, InvalidOperation, OverflowError, OSError):
        return None
    if by_day:
        # A day is a day wherever it was written down: it does not move into the month before.
        begin = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
        return When(begin, begin + _DAY)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(mapping.timezone))
    moment = moment.astimezone(UTC)
    return When(moment, moment)


def day(value: Any, way: Spec, mapping: Mapping) -> date:
    """A day."""
    return when(value, way, mapping).lo.date()
