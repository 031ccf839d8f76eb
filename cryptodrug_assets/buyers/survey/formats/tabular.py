"""Delimited text as institutes have it: comma, semicolon or tab; quotes; a mark at the start; lines within cells."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from cryptodrug_assets.buyers.survey.formats.door import File, decode
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import printable

_DELIMITERS = (",", ";", "\t", "|")
#: First line by which spreadsheets are told the delimiter.
_SEPARATOR = re.compile(r"sep=([,;|\t])\r?\n", re.IGNORECASE)
_SAMPLE = 65_536
_WIDEST = 20_000


@dataclass(frozen=True)
class Sheet:
    """A header and the rows below it, all of the same width."""

    header: list[str]
    rows: list[list[str]]

    def column(self, at: int) -> list[str]:
        """Texts of one column."""
        return [row[at] for row in self.rows]


def read_sheet(file: File) -> Sheet:
    """Header and rows of a delimited file; UserError when it is empty or torn."""
    return shaped(parse(decode(file), file.shown), file.shown)


def parse(text: str, name: str, *, delimiter: str | None = None, quote: str = '"') -> list[list[str]]:
    """Lines of cells; the delimiter is the one that cuts the first lines alike, or that a spreadsheet's line names."""
    csv.field_size_limit(10_000_000)
    if stated := _SEPARATOR.match(text):
        text, delimiter = text[stated.end() :], stated[1]
    try:
        chosen = delimiter or delimiter_of(text, quote)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=chosen, quotechar=quote, strict=False))
    except csv.Error as err:
        raise UserError(f"{name} is torn ({err}); export it again") from err


def delimiter_of(text: str, quote: str = '"') -> str:
    """The delimiter under which the first rows have the same width, the widest such.

    >>> delimiter_of("a;b;c\\n1,5;2;3\\n")
    ';'
    """
    best, score = ",", (-1.0, 0)
    sample = text[:_SAMPLE]
    for candidate in _DELIMITERS:
        rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=candidate, quotechar=quote))
        # The sample may end within a row.
        rows = [row for row in (rows[:-1] if len(text) > _SAMPLE and len(rows) > 1 else rows) if row]
        if not rows or len(rows[0]) < 2:
            continue
        alike = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        if (alike, len(rows[0])) > score:
            best, score = candidate, (alike, len(rows[0]))
    return best


def shaped(rows: list[list[str]], name: str) -> Sheet:
    """Header and rows; a trailing empty column goes, a row of another width is a torn file."""
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise UserError(f"{name} is empty; export the responses again")
    header = [cell.strip() for cell in rows[0]]
    body = rows[1:]
    while header and not header[-1] and all(len(row) < len(header) or not row[len(header) - 1].strip() for row in body):
        header.pop()
        body = [row[: len(header)] for row in body]
    if len(header) > _WIDEST:
        raise UserError(f"{name} has {len(header):,} columns, which no questionnaire has")
    for at, row in enumerate(body, start=2):
        if len(row) != len(header):
            raise UserError(
                f"{name} is torn: row {at} has {len(row)} cells and the header {len(header)}; export it again"
            )
    if "" in header:
        raise UserError(f"{name}: column {header.index('') + 1} has no name; export it again with codes in the header")
    twice = [text for text, times in Counter(header).items() if times > 1]
    if twice:
        raise UserError(
            f"{name}: two columns are called {printable(twice[0][:60])}; export it again with question codes"
        )
    return Sheet(header, body)
