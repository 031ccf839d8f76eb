"""A wave as one row a respondent and one column an item: what is deposited as .sav and CSV, and its description.

Missing answers are the codes of one range (-9 no answer, -8 not shown, -7 broken off, -6 not asked), as SPSS allows no
more than one range; why nobody can say stays empty. Free text is not in clean.answers and so never comes here.
Respondents are numbered anew, in the order of their pseudonyms, which says nothing without the key.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from cryptodrug_assets.buyers.deposit.ddi import SMALLEST_CELL, Category, Variable, shown_counts
from cryptodrug_assets.buyers.survey.model import MISSING_CODES, Instrument, Item
from cryptodrug_assets.errors import UserError

RESPONDENT = "respondent"
MISSING_RANGE = (min(MISSING_CODES), max(MISSING_CODES))
MISSING_LABELS: dict[int, dict[str, str]] = {
    -9: {"en": "no answer", "nl": "geen antwoord", "fr": "pas de réponse"},
    -8: {"en": "not shown", "nl": "niet getoond", "fr": "non montré"},
    -7: {"en": "broken off", "nl": "afgebroken", "fr": "abandon"},
    -6: {"en": "not asked", "nl": "niet gevraagd", "fr": "non posé"},
}
_NOT_NAME = re.compile(r"[^A-Za-z0-9_.]")


@dataclass(frozen=True)
class Column:
    """An item as a column of the deposit; `name` is the item's unless a program could not hold it."""

    name: str
    item: Item
    label: Mapping[str, str]

    @property
    def measure(self) -> str:
        """Level of measurement as SPSS names it."""
        return {"number": "scale", "ordinal": "ordinal", "rank": "ordinal"}.get(self.item.kind, "nominal")


def columns(instrument: Instrument) -> tuple[Column, ...]:
    """The items that are deposited, in the order of the questionnaire; free text is not.

    Raises UserError when two items would have one name in a file that does not tell capitals apart, or a code is one of
    those for missing answers.
    """
    chosen = []
    for item in instrument.items:
        if item.kind == "text":
            continue
        owner = instrument.set_of[item.item_set].label if item.item_set else {}
        label = {
            language: f"{owner[language]}: {text}" if owner.get(language) else text
            for language, text in item.label.items()
        }
        chosen.append(Column(file_name(item.name), item, label))
        if taken := [choice.code for choice in item.values if _reserved(choice.code)]:
            raise UserError(
                f"item {item.name} has the code {taken[0]}, which a deposit uses for missing answers; recode"
            )
    names = [column.name.casefold() for column in chosen]
    if RESPONDENT in names or len(set(names)) < len(names):
        raise UserError(f"two columns of the deposit of {instrument.name} would have one name; rename an item")
    return tuple(chosen)


def _reserved(value: float) -> bool:
    low, high = MISSING_RANGE
    return low <= value <= high


def file_name(item: str) -> str:
    """The item's name as every program can hold it.

    >>> file_name("age"), file_name("2cb")
    ('age', 'v_2cb')
    """
    name = _NOT_NAME.sub("_", item)[:60]
    return name if name[:1].isalpha() else f"v_{name}"


def wide(answers: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """One row a respondent (1, 2, ..), one column an item: codes, numbers, codes of missing answers, or null.

    `answers` are rows of clean.answers of one wave. Raises UserError for a number that is a code of missing answers.
    """
    state = pl.col("state").cast(pl.String)
    low, high = MISSING_RANGE
    taken = answers.filter(state == "valid", pl.col("number").is_between(low, high))
    if taken.height:
        raise UserError(
            f"item {taken['item'][0]} has answers of {low} to {high}, which mean missing answers in a deposit;"
            " declare a minimum or recode it"
        )
    value = pl.when(state == "valid").then(pl.coalesce(pl.col("code").cast(pl.Float64), pl.col("number")))
    codes = {state_: code for code, state_ in MISSING_CODES.items()}
    missing = state.replace_strict(codes, default=None, return_dtype=pl.Float64)
    table = answers.select("respondent", "item", value=pl.coalesce(value, missing)).pivot(
        on="item", index="respondent", values="value"
    )
    order = table.sort("respondent")
    wanted = [
        (order[column.item.name] if column.item.name in order.columns else pl.Series([None] * order.height))
        .cast(pl.Float64).alias(column.name)
        for column in columns(instrument)
    ]  # fmt: skip
    return pl.DataFrame([pl.Series(RESPONDENT, range(1, order.height + 1), dtype=pl.Int64), *wanted])


def variables(table: pl.DataFrame, instrument: Instrument, *, counts: bool) -> tuple[Variable, ...]:
    """The columns as DDI describes them; with `counts` of persons, where these tell of no one to four of them."""
    described = [_variable(column, table[column.name], counts=counts) for column in columns(instrument)]
    if not counts:
        return tuple(described)
    hidden = {one.response_set for one in described if one.response_set and not shown_counts(one.categories)}
    # Options of a set share their base, and places of a ranking add up: what one hides, the others could tell.
    return tuple(_without_counts(one) if one.response_set in hidden else _without_small(one) for one in described)


def _variable(column: Column, values: pl.Series, *, counts: bool) -> Variable:
    item = column.item
    by_code = dict(values.drop_nulls().cast(pl.Int64).value_counts().iter_rows()) if counts and item.closed else {}

    def count(code: int) -> int | None:
        return int(by_code.get(code, 0)) if counts and item.closed else None

    missing = tuple(Category(str(code), text, count(code), missing=True) for code, text in MISSING_LABELS.items())
    valid = int((values.drop_nulls() >= 0).sum()) if counts and _never_negative(item) else None
    return Variable(
        name=column.name, label=column.label, question=column.label,
        universe={"en": f"asked if {item.universe}" if item.universe else "all respondents"},
        categories=(*(Category(str(one.code), one.label, count(one.code)) for one in item.values), *missing),
        valid=valid, invalid=None if valid is None else len(values) - valid, numeric=not item.closed,
        response_set=item.item_set, invalid_range=MISSING_RANGE,
    )  # fmt: skip


def _never_negative(item: Item) -> bool:
    return item.closed or (item.minimum is not None and item.minimum >= 0)


def _without_small(variable: Variable) -> Variable:
    """The variable without its counts where the number of those who did not answer, or did, is small itself."""
    ends = (variable.valid, variable.invalid)
    closed_hidden = not variable.numeric and not shown_counts(variable.categories)
    small = any(count is not None and 0 < count < SMALLEST_CELL for count in ends)
    return _without_counts(variable) if small or closed_hidden else variable


def _without_counts(variable: Variable) -> Variable:
    bare = tuple(replace(category, count=None) for category in variable.categories)
    return replace(variable, categories=bare, valid=None, invalid=None)


def csv_bytes(table: pl.DataFrame) -> bytes:
    """The table as CSV in UTF-8: whole numbers without a point, nothing for what nobody can say."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_plain(value) for value in row] for row in table.iter_rows())
    return out.getvalue().encode()


def _plain(value: float | int | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(value)
