"""Indicator codes: what one is made of, and the only place where the text of one is taken apart.

`TS04_top:10` has the base TS04, the word `top` and the parameter 10. Base and words, without those that name a measure
or a class of link, are the code's `id`; the id and the kind of parameter are its key in the metadata
(`TS04_top:percent`). The four measures L, V, T, R (live offers, active vendors, transactions, revenue) are the numbers
01–04 of levels (LV) and shares (SH), and a word elsewhere (`CN01_T`).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptodrug_assets.indicators.tracing.target import Rule

MEASURES = {"L": "01", "V": "02", "T": "03", "R": "04"}
#: What each measure is counted in; a code whose unit goes with its measure says BY_MEASURE.
UNITS = {"L": "listings", "V": "vendors", "T": "transactions", "R": "EUR"}
BY_MEASURE = "by measure"
#: Measures that are counted in sales: covered no better than sales are.
OF_SALES = ("T", "R")
LEVEL, SHARE = "LV", "SH"
LINK_CLASSES = ("A", "AB", "ABC")
_NUMBERS = {number: measure for measure, number in MEASURES.items()}
_CODE = re.compile(r"(?P<letters>[A-Z]+)(?P<number>\d*)(?P<words>(?:_[A-Za-z]+)*)(?::(?P<parameter>.+))?")


@dataclass(frozen=True)
class ParsedCode:
    """The parts of a code's text. `base` is letters and number; a text that is no code is its own base."""

    text: str
    letters: str = ""
    number: str = ""
    words: tuple[str, ...] = ()
    parameter: str = ""

    @property
    def base(self) -> str:
        """Letters and number: `TS04` of `TS04_top:10`."""
        return self.letters + self.number or self.text

    @property
    def id(self) -> str:
        """Base and words, without those that name a measure or a class of link: `CN03` of `CN03_T:10`."""
        kept = [word for word in self.words if word not in MEASURES and word not in LINK_CLASSES]
        return "_".join([self.base, *kept])

    @property
    def measure(self) -> str:
        """L, V, T or R where the text names one (in a trend the code after the colon does), else empty."""
        if self.letters in (LEVEL, SHARE):
            return _NUMBERS.get(self.number, "")
        of = self.of
        if of is not None and of.letters in (LEVEL, SHARE):
            return of.measure
        return next((word for word in self.words if word in MEASURES), "")

    @property
    def link_class(self) -> str:
        """A, AB or ABC where the text names one, else empty."""
        return next((word for word in self.words if word in LINK_CLASSES), "")

    @property
    def of(self) -> "ParsedCode | None":
        """The code that is the parameter: `LV03` of the trend `GR01:LV03`; None where the parameter is no code."""
        nested = parse_code(self.parameter) if self.parameter else None
        return nested if nested is not None and nested.number else None

    def has(self, *words: str) -> bool:
        """Whether one of the words is in the text."""
        return any(word in self.words for word in words)

    def of_measure(self, measure: str) -> str:
        """The text with the word of a measure: `CN03_T:10` of `CN03:10`."""
        return "_".join([self.base, *self.words, measure]) + (f":{self.parameter}" if self.parameter else "")

    def as_level(self) -> str:
        """The level a share is of: `LV03_observed` of `SH03_observed`."""
        return self._with(LEVEL)

    def as_share(self) -> str:
        """The share of a level: `SH03_full` of `LV03_full`."""
        return self._with(SHARE)

    def _with(self, letters: str) -> str:
        return "_".join([letters + self.number, *self.words]) + (f":{self.parameter}" if self.parameter else "")


@lru_cache(maxsize=4096)
def parse_code(text: str) -> ParsedCode:
    """The parts of a code.

    >>> parse_code("TS04_top:10").id, parse_code("TS04_top:10").parameter
    ('TS04_top', '10')
    >>> [parse_code(text).measure for text in ("SH03_mean", "CN01_T:10", "GR01_tau:LV04", "RT04:eu")]
    ['T', 'T', 'R', '']
    >>> parse_code("MG01_share_AB:empire").id, parse_code("RT05:RT03:NL").of.id
    ('MG01_share', 'RT03')
    """
    matched = _CODE.fullmatch(text)
    if matched is None:
        return ParsedCode(text)
    words = tuple(matched["words"].split("_")[1:])
    return ParsedCode(text, matched["letters"], matched["number"], words, matched["parameter"] or "")


def level_code(measure: str) -> str:
    """The code of a measure's level: LV03 of T."""
    return LEVEL + MEASURES[measure]


def share_code(measure: str) -> str:
    """The code of a measure's share: SH03 of T."""
    return SHARE + MEASURES[measure]


def levels(measures: Iterable[str] = MEASURES) -> dict[str, str]:
    """Level code → measure, of the measures in their order.

    >>> levels("LTR")
    {'LV01': 'L', 'LV03': 'T', 'LV04': 'R'}
    """
    return {level_code(measure): measure for measure in measures}


@dataclass(frozen=True)
class Code:
    """A code that a family states: its id, the unit of its values, and the rows that are behind them.

    `measures`: the measures it is stated in, each with its word (`CN01_L`, `CN01_T`). `measure`: the one measure of a
    code whose text names none. `parameter`: the kind of what follows the colon. `of_sales`: whether its values are made
    of sales, where that is not told by the measure. `comes_and_goes`: whether there is a row of a text only where some
    vendor does it, so that a hidden row would tell that its value is not zero. `internal`: never published.
    `two_months`: computed from its month and the one before. `of_vendors`: a proportion of vendors. `rows`: the trace
    rule, where it is another than the family's.
    """

    id: str
    unit: str
    measures: str = ""
    measure: str = ""
    parameter: str = ""
    of_sales: bool | None = None
    comes_and_goes: Callable[[ParsedCode], bool] | None = None
    internal: bool = False
    two_months: bool = False
    of_vendors: bool = False
    rows: "Rule | None" = None

    @property
    def key(self) -> str:
        """The code's key in the metadata: id and kind of parameter."""
        return f"{self.id}:{self.parameter}" if self.parameter else self.id

    def states(self, code: ParsedCode) -> bool:
        """Whether the text of an indicator is one of this code's."""
        return code.id == self.id and bool(code.parameter) == bool(self.parameter)

    def measure_of(self, code: ParsedCode) -> str:
        """The measure of a text of this code, or empty."""
        return self.measure or code.measure

    def unit_of(self, code: ParsedCode) -> str:
        """The unit of a text of this code."""
        return UNITS[self.measure_of(code)] if self.unit == BY_MEASURE else self.unit

    def units(self) -> list[str]:
        """The units of all texts of this code."""
        return [UNITS[measure] for measure in self.measures] if self.unit == BY_MEASURE else [self.unit]

    def is_of_sales(self, code: ParsedCode) -> bool:
        """Whether the value is made of sales."""
        return self.measure_of(code) in OF_SALES if self.of_sales is None else self.of_sales
