"""A value as what it asks for, and what stands behind it: the terms that tracing a value is written in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

Rows = dict[str, pl.DataFrame]
_CODE = re.compile(r"(?P<base>[A-Z]+\d*)(?P<words>(?:_[A-Za-z]+)*)(?::(?P<parameter>.+))?")
_BY_NUMBER = {"01": "L", "02": "V", "03": "T", "04": "R"}


@dataclass(frozen=True)
class Target:
    """A value as what it asks for: its table and key, and its code taken apart.

    `TS04_top:10` has the base TS04, the word `top` and the parameter 10; `measure` is L, V, T or R (offers, vendors,
    transactions, revenue), or empty where the code names none.
    """

    table: str
    market: str
    month: str
    indicator: str
    country: str
    drug_class: str
    base: str = ""
    words: tuple[str, ...] = ()
    parameter: str = ""
    measure: str = ""

    @classmethod
    def of(cls, table: str, row: Mapping[str, object]) -> "Target":
        """The target of a row of an indicator table; a public table asks for what its internal one does."""
        indicator = str(row["indicator"])
        found = _CODE.fullmatch(indicator)
        base, words, parameter = (found["base"], found["words"], found["parameter"]) if found else (indicator, "", "")
        return cls(
            table=table.removesuffix("_public"),
            market=str(row["market"]),
            month=str(row["month"])[:7],
            indicator=indicator,
            country=str(row["country"]),
            drug_class=str(row["drug_class"]),
            base=base,
            words=tuple(words.split("_")[1:]),
            parameter=parameter or "",
            measure=_measure(base, words.split("_")[1:], parameter or ""),
        )


@dataclass
class Behind:
    """Rows counted in a value and rows it is compared with, by table, and what else is to be known of them."""

    counted: Rows = field(default_factory=dict)
    compared: Rows = field(default_factory=dict)
    note: str = ""


def _measure(base: str, words: Sequence[str], parameter: str) -> str:
    family = base[:2]
    if family in ("LV", "SH"):
        return _BY_NUMBER.get(base[2:], "")
    if family == "GR":
        return _BY_NUMBER.get(parameter[2:4], "")
    if family == "TS" or base == "CMP02":
        return "R"
    return next((word for word in words if word in ("L", "V", "T", "R")), "")
