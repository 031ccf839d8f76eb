"""What every reader hands on: columns of text with what their silence means, and the facts of each response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from cryptodrug_assets.buyers.survey.model import State

#: What the absence of a text says: a state that the platform keeps apart, or nothing.
Silence = Literal["not_shown", "no_answer", "nothing"]


@dataclass(frozen=True)
class SourceColumn:
    """One column of a file.

    `values` holds text, null where the file has no field and "" where the field is empty; `absent` and `empty` say
    what these two mean. `marks` are texts that are states, `set_marks` those that are so in boxes alone and say nothing
    elsewhere. `labels` are texts of the file's own code list by code;
    `other_names` further names by which the instrument may know the column. `empty_box` is what an empty
    cell means where the column is a box of a set, if something else. `zero_is_silence`: an unticked box is 0
    here also when nobody saw it. `relevance`, `type` and `block` are the structure file's, for drafts.
    """

    name: str
    values: pl.Series
    text: str = ""
    other_names: tuple[str, ...] = ()
    absent: Silence = "nothing"
    empty: Silence = "nothing"
    marks: Mapping[str, State] = field(default_factory=dict)
    set_marks: Mapping[str, State] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    empty_box: Silence | None = None
    zero_is_silence: bool = False
    personal: bool = False
    type: str = ""
    relevance: str = ""
    block: str = ""


@dataclass(frozen=True)
class Export:
    """The responses of one wave as a platform wrote them.

    `respondents` are the file's own ids. `finished` is null where the file does not say; `pages` is how many pages a
    respondent sent off, null where the file does not say. `blocks` says of named blocks whether a respondent opened
    them (REDCap's forms). `complete_structure`: a structure file came along, so what is not in it was not asked.
    """

    platform: str
    dialect: str
    respondents: pl.Series
    columns: tuple[SourceColumn, ...]
    finished: pl.Series
    pages: pl.Series
    opened: Mapping[str, pl.Series] = field(default_factory=dict)
    language: str = ""
    complete_structure: bool = False
    synthetic: bool = False
    set_aside: tuple[tuple[str, str], ...] = ()
    emptied: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def text_series(name: str, values: "Sequence[str | None]") -> pl.Series:
    """A column of text."""
    return pl.Series(name, values, dtype=pl.String)


def unknown_pages(height: int) -> pl.Series:
    """Pages where the file does not count them."""
    return pl.Series("pages", [None] * height, dtype=pl.Int64)


def unknown_finish(height: int) -> pl.Series:
    """Completion where the file does not say."""
    return pl.Series("finished", [None] * height, dtype=pl.Boolean)
