"""What tables were made from: the contents they read and the code that read them, kept with each commit.

A table is made again only when one of the two changed. Whoever writes a table notes both; whoever decides what is due
compares them with what there is now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.months import month_plus
from cryptodrug_assets.observation import MARKETS
from cryptodrug_assets.pipeline import clean, parse
from cryptodrug_assets.pipeline.reading import Read
from cryptodrug_assets.reference.fetched_rates import mark_of
from cryptodrug_assets.storage.store import TableStore, content_hash
from cryptodrug_assets.versions import digest, file_hash

INPUTS, CODE, CONTENT = "made/inputs", "made/code", "made/content"
Cell = tuple[str, str]
_SHORT = 8


def span_of(reads: Mapping[str, Sequence[Read]]) -> tuple[int, int]:
    """First and last month, counted from a step's own, of what it reads month by month.

    >>> span_of({"transactions": (Read("parsed/feedback", (0, 1)), Read("parsed/listings", (-12, 1)))})
    (-12, 1)
    """
    spans = [read.months for of_table in reads.values() for read in of_table if read.months is not None]
    return min(first for first, _ in spans), max(last for _, last in spans)


def inputs_of(versions: Mapping[Cell, str], cell: Cell, span: tuple[int, int], stated: Iterable[str] = ()) -> str:
    """What a cell is made of, in words that can be compared: the months of its market that there are, each with a short
    mark of its content; and what else is `stated`.

    >>> contents = {("dream", "2018-11"): "9f86d081884c", ("dream", "2019-01"): "2c26b46b68ff"}
    >>> inputs_of(contents, ("dream", "2018-11"), (0, 1))
    '2018-11=9f86d081'
    """
    market, month = cell
    parts = [
        f"{name}={version[:_SHORT]}"
        for name in _months_around(month, *span)
        if (version := versions.get((market, name))) is not None
    ]
    return " ".join([*parts, *stated])


@lru_cache(maxsize=4096)
def _months_around(month: str, first: int, last: int) -> tuple[str, ...]:
    return tuple(month_plus(month, number) for number in range(first, last + 1))


def changed_months(before: str, now: str) -> tuple[list[str], list[str]]:
    """Months that are new in `now`, and those with another content, of two texts of `inputs_of`.

    >>> changed_months("2018-11=aa rates=1", "2018-11=bb 2018-12=cc rates=1")
    (['2018-12'], ['2018-11'])
    """
    old = dict(part.partition("=")[::2] for part in before.split())
    new = dict(part.partition("=")[::2] for part in now.split())
    return [name for name in new if name not in old], [name for name in new if old.get(name, new[name]) != new[name]]


#: What people bring that values are made of beside pages: its name among the inputs, and how a reason tells it.
FILES = {
    "rates": "the file of rates changed",
    "corrections": "the corrections changed",
    "ecb": "rates of its days were fetched",
}


def stated_files(coin_rates: Path | None, corrections: Path | None) -> list[str]:
    """The files of people as something that values are made of; nothing of one that is not set, or of corrections that
    nobody made.

    A file of rates that is named and not there is told by the cleaning, which cannot do without it.
    """
    named = dict(
        zip(
            ("rates", "corrections"),
            (coin_rates, corrections if corrections and corrections.is_file() else None),
            strict=True,
        )
    )
    return [
        f"{name}={file_hash(path)[:_SHORT] if path.is_file() else 'missing'}"
        for name, path in named.items()
        if path is not None
    ]


def stated_rates(marks: Mapping[str, str], month: str) -> list[str]:
    """The fetched rates that a month's values are made of, from `marks_by_month`; nothing where there are none."""
    mark = mark_of(marks, month)
    return [] if mark is None else [f"ecb={mark}"]


@dataclass(frozen=True)
class Made:
    """What a cell's tables of one layer were made from; `version` is the content that came of it, where it is asked."""

    inputs: str
    code: str
    version: str = ""

    def as_metadata(self) -> dict[str, str]:
        """Both as facts of a commit."""
        return {INPUTS: self.inputs, CODE: self.code}


def content_of(frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """One mark of what parsed tables say, as a fact of their commit: whatever the parser that read it calls itself."""
    said = (content_hash(frames[table].drop("parser_version", strict=False)) for table in sorted(frames))
    return {CONTENT: digest(said)}


def inputs_of_captures(version: str) -> str:
    """The mark of an index of captures among what parsed tables were made from."""
    return version[:_SHORT]


def parsed_of(store: TableStore, cell: Cell) -> Made:
    """What parsing a cell now would be made from."""
    return Made(inputs_of_captures(captured_versions(store).get(cell, "")), get_market(cell[0]).parser_version)


def cleaned_of(store: TableStore, cell: Cell, code: str, files: Sequence[str]) -> Made:
    """What cleaning a cell now would be made from; `files` are those of `stated_files`."""
    versions = {at: made.version for at, made in made_cells(store, "parsed", parse.READS).items()}
    return Made(inputs_of(versions, cell, span_of(clean.READS), files), code)


def measured_of(store: TableStore, cell: Cell, code: str) -> Made:
    """What measuring a cell now would be made from: what its clean tables were, and by which code they were."""
    cleaned = made_cells(store, "clean", clean.READS).get(cell, Made("", ""))
    return Made(cleaned.inputs, measuring_code(cleaned.code, code))


def measuring_code(cleaning: str, measuring: str) -> str:
    """The code of clean tables and indicators as one."""
    return f"{cleaning} {measuring}"


def captured_versions(store: TableStore) -> dict[Cell, str]:
    """Content of the index of captures of each cell."""
    return {cell: str(facts.get("content_hash")) for cell, facts in _by_cell(store, "raw", "captures").items()}


def made_cells(store: TableStore, layer: str, tables: Iterable[str]) -> dict[Cell, Made]:
    """What the cells that have all of the tables were made from; tables of a cell that differ in it say nothing."""
    facts = [_by_cell(store, layer, table) for table in tables]
    cells = {}
    for cell in set.intersection(*(set(of_table) for of_table in facts)):
        told = {(str(of_table[cell].get(INPUTS, "")), str(of_table[cell].get(CODE, ""))) for of_table in facts}
        inputs, code = told.pop() if len(told) == 1 else ("", "")
        contents = {str(of_table[cell].get(CONTENT, "")) for of_table in facts}
        version = contents.pop() if len(contents) == 1 else ""
        version = version or digest(str(of_table[cell].get("content_hash")) for of_table in facts)
        cells[cell] = Made(inputs, code, version)
    return cells


def _by_cell(store: TableStore, layer: str, table: str) -> dict[Cell, dict[str, Any]]:
    """Facts of the latest commit of each market-month of a table."""
    found = {}
    for name, facts in store.facts(layer, table).items():
        market, _, month = name.partition("|")
        if market in MARKETS and month:
            found[market, month] = facts
    return found
