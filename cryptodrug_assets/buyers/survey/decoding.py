"""From the texts of a column to codes and numbers of an item, once for each distinct text; nothing is guessed."""

import re
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from cryptodrug_assets.buyers.survey.formats.export import SourceColumn
from cryptodrug_assets.buyers.survey.model import Item

_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,12})?", re.ASCII)
_YES = {"y", "yes", "ja", "oui", "true", "selected", "checked", "x", "vrai", "waar", "geselecteerd", "coché"}
_NO = {
    "n",
    "no",
    "nee",
    "non",
    "false",
    "not selected",
    "unchecked",
    "faux",
    "onwaar",
    "niet geselecteerd",
    "non coché",
}
#: What a cell says besides a valid answer: a state of the platform, "nothing", or "bad" (outside the code list).
SILENT = ("no_answer", "not_shown", "broken_off", "not_asked", "nothing", "bad")


@dataclass(frozen=True)
class Decoded:
    """A column as an item has it: `state` is "valid" or one of SILENT; code and number are null but where valid."""

    code: pl.Series
    number: pl.Series
    state: pl.Series
    verbatim: pl.Series


def decode(column: SourceColumn, item: Item) -> Decoded:
    """Codes, numbers and what silence says, a row a respondent."""
    distinct = column.values.unique().to_list()
    pairs = {text: _one(text, column, item) for text in distinct}
    keys = list(pairs)
    table = pl.DataFrame(
        {
            "text": pl.Series(keys, dtype=pl.String),
            "state": pl.Series([pairs[key][0] for key in keys], dtype=pl.String),
            "code": pl.Series([pairs[key][1] for key in keys], dtype=pl.Int64),
            "number": pl.Series([pairs[key][2] for key in keys], dtype=pl.Float64),
        }
    )
    joined = pl.DataFrame({"text": column.values}).join(
        table, on="text", how="left", nulls_equal=True, maintain_order="left"
    )
    return Decoded(joined["code"], joined["number"], joined["state"], column.values)


def _one(text: str | None, column: SourceColumn, item: Item) -> tuple[str, int | None, float | None]:
    """(state, code, number) of one text."""
    if text is None:
        return column.absent, None, None
    plain = text.strip()
    if not plain:
        return (column.empty_box if item.item_set and column.empty_box else column.empty), None, None
    folded = plain.casefold()
    if folded in column.marks:
        return column.marks[folded], None, None
    if folded in column.set_marks:
        return column.set_marks[folded] if item.kind == "multi" else "nothing", None, None
    if item.kind == "text":
        return "valid", None, None
    if item.kind == "number":
        number = parse_number(plain)
        if number is None or (item.integer and not number.is_integer()) or not _within(number, item):
            return "bad", None, None
        return "valid", None, number
    code = _code(plain, column, item)
    return ("bad", None, None) if code is None else ("valid", code, None)


def _within(number: float, item: Item) -> bool:
    low, high = item.minimum, item.maximum
    return (low is None or number >= low) and (high is None or number <= high)


def parse_number(text: str) -> float | None:
    """The number a text writes, or None: `1,5` is one and a half, `1,000` could be either and is none.

    >>> parse_number("1,5"), parse_number("1,000"), parse_number("nan")
    (1.5, None, None)
    """
    if not _NUMBER.fullmatch(text) or re.fullmatch(r"[+-]?\d{1,3},\d{3}", text):
        return None
    return float(text.replace(",", "."))


def _code(text: str, column: SourceColumn, item: Item) -> int | None:
    """The code of a closed answer: by the file's own label of it, by the code itself, by the label in any language."""
    words, codes = _lists(item)
    label = column.labels.get(text)
    if label is not None and (found := words.get(" ".join(label.split()).casefold())) is not None:
        return found
    number = parse_number(text)
    if number is not None and number.is_integer() and int(number) in codes:
        return int(number)
    if (found := words.get(" ".join(text.split()).casefold())) is not None:
        return found
    if codes == {0, 1}:
        folded = (label or text).strip().casefold()
        if folded in _YES | _NO:
            return int(folded in _YES)
    return None


@lru_cache(maxsize=4096)
def _lists_of(
    item_name: str, values: tuple[tuple[int, tuple[str, ...]], ...], own: tuple[str, ...]
) -> tuple[dict[str, int], set[int]]:
    words: dict[str, int] = {}
    doubtful: set[str] = set()
    for code, texts in values:
        for text in texts:
            if words.setdefault(text, code) != code:
                doubtful.add(text)
    for text in own:
        words.setdefault(text, 1)
    return {text: code for text, code in words.items() if text not in doubtful}, {code for code, _ in values}


def _lists(item: Item) -> tuple[dict[str, int], set[int]]:
    """Code by word, and the codes; a box is also ticked by its option's own name or label."""
    values = tuple(
        (choice.code, tuple(" ".join(text.split()).casefold() for text in (*choice.label.values(), *choice.written)))
        for choice in item.values
    )
    own: tuple[str, ...] = ()
    if item.kind == "multi":
        own = tuple(text.casefold() for text in (*item.label.values(), item.option or "") if text)
    return _lists_of(item.name, values, own)
