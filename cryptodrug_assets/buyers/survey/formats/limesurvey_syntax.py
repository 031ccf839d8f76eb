"""LimeSurvey's R and SPSS exports: a syntax file that names the columns, and a data file without names of its own.

Boxes (types M and P) are 1, 0 or blank, and blank is "not shown"; every other type is blank for both. The data file's
name inside the syntax often differs from the real one, so the two are taken as given.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cryptodrug_assets.buyers.survey.formats.door import File, decode
from cryptodrug_assets.buyers.survey.formats.export import Export
from cryptodrug_assets.buyers.survey.formats.limesurvey_csv import from_sheet
from cryptodrug_assets.buyers.survey.formats.tabular import Sheet, parse
from cryptodrug_assets.errors import UserError

_QUOTED = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')"""
_R_NAME = re.compile(rf"^\s*names\(data\)\[(\d+)\]\s*<-\s*({_QUOTED})", re.MULTILINE)
_R_LABEL = re.compile(rf"^\s*attributes\(data\)\$variable\.labels\[(\d+)\]\s*<-\s*({_QUOTED})", re.MULTILINE)
_R_FACTOR = re.compile(
    r"^\s*data\[,\s*(\d+)\]\s*<-\s*factor\(data\[,\s*\d+\],\s*levels\s*=\s*c\((.*?)\)\s*,\s*labels\s*=\s*c\((.*)\)\)\s*$",
    re.MULTILINE,
)
_R_ITEM = re.compile(rf"{_QUOTED}|-?\d+(?:\.\d+)?")
_SPSS_VARIABLE = re.compile(r"^\s*V(\d+)\s+(?:[AF]\d|DATETIME|DATE|COMMA|DOT)", re.MULTILINE)
_SPSS_RENAME = re.compile(r"^RENAME VARIABLES?\s*\(\s*V(\d+)\s*=\s*([^\s)]+)\s*\)", re.MULTILINE | re.IGNORECASE)
_SPSS_LABEL = re.compile(rf"^VARIABLE LABELS\s+V(\d+)\s+({_QUOTED})", re.MULTILINE | re.IGNORECASE)
_SPSS_VALUES = re.compile(r"^VALUE LABELS\s+V(\d+)\s*\n((?:\s*\S+\s+.*\n?)+?)(?=^\S*\s*$|\Z|^[A-Z]{3,})", re.MULTILINE)
_SPSS_VALUE = re.compile(rf"^\s*({_QUOTED}|-?[\w.]+)\s+({_QUOTED})\s*\.?\s*$", re.MULTILINE)
_NOT_TICKED = {"not selected", "niet geselecteerd", "non sélectionné", "non selectionne", "nicht gewählt"}


@dataclass(frozen=True)
class Syntax:
    """Names, labels and code lists by position, from 1."""

    dialect: str
    names: Mapping[int, str]
    labels: Mapping[int, str] = field(default_factory=dict)
    codes: Mapping[int, Mapping[str, str]] = field(default_factory=dict)


def is_syntax(file: File) -> bool:
    """Whether a file looks like a LimeSurvey syntax file."""
    head = file.data[:2_000_000]
    return b"names(data)[" in head or (b"GET DATA" in head and b"RENAME VARIABLE" in head)


def read_syntax(file: File) -> Syntax:
    """The syntax; UserError when it names no column."""
    text = decode(file).replace("\r\n", "\n")
    if "names(data)[" in text:
        names = {int(m[1]): _unquoted(m[2]) for m in _R_NAME.finditer(text)}
        labels = {int(m[1]): _unquoted(m[2]) for m in _R_LABEL.finditer(text)}
        codes = {int(m[1]): _paired(m[2], m[3], file) for m in _R_FACTOR.finditer(text)}
        dialect = "r"
    else:
        names = {int(m[1]): m[2] for m in _SPSS_RENAME.finditer(text)}
        labels = {int(m[1]): _unquoted(m[2]) for m in _SPSS_LABEL.finditer(text)}
        codes = {
            int(m[1]): {_unquoted(v[1]): _unquoted(v[2]) for v in _SPSS_VALUE.finditer(m[2])}
            for m in _SPSS_VALUES.finditer(text)
        }
        dialect = "spss_syntax"
        if set(names) != {int(m[1]) for m in _SPSS_VARIABLE.finditer(text)}:
            raise UserError(f"{file.shown} is torn: it does not name the variables it reads; export it again")
    if not names or sorted(names) != list(range(1, len(names) + 1)):
        raise UserError(f"{file.shown} is torn: it does not name all columns from 1 on; export it again")
    return Syntax(dialect, names, labels, codes)


def read_with_data(syntax_file: File, data_file: File) -> Export:
    """The responses of a data file under its syntax; UserError when the two do not fit."""
    syntax = read_syntax(syntax_file)
    text = decode(data_file)
    rows = [row for row in parse(text, data_file.shown, delimiter=",", quote="'" if _single(text) else '"') if row]
    names = [syntax.names[at] for at in sorted(syntax.names)]
    headed = bool(rows) and rows[0][0].strip().lower() in (names[0].lower(), "v1")
    if rows and headed != (syntax.dialect == "r"):
        raise UserError(
            f"{data_file.shown} does not fit {syntax_file.shown}: the data of R have a header and those of SPSS none;"
            " export both again together"
        )
    header = rows[0] if headed else names
    body = rows[1:] if headed else rows
    wrong = next((at for at, row in enumerate(rows, start=1) if len(row) != len(names)), None)
    if wrong is not None:
        raise UserError(
            f"{data_file.shown} does not fit {syntax_file.shown}: row {wrong} has {len(rows[wrong - 1])} cells and the"
            f" syntax {len(names)} columns; export both again together"
        )
    order = list(range(len(names)))
    if set(header) == set(names) and len(set(names)) == len(names):  # a column may have moved: its name counts
        order = [header.index(name) for name in names]
    sheet = Sheet(names, [[row[at] for at in order] for row in body])
    boxes = {
        syntax.names[at]
        for at, codes in syntax.codes.items()
        if {label.lower() for label in codes.values()} & _NOT_TICKED and at in syntax.names
    }
    synthetic = b"SYNTHETIC" in syntax_file.data or b"SYNTHETIC" in data_file.data
    export = from_sheet(sheet, syntax.dialect, synthetic=synthetic, boxes_say_shown=frozenset(boxes))
    at_name = {name: at for at, name in syntax.names.items()}
    columns = tuple(
        replace(
            column,
            text=syntax.labels.get(at_name.get(column.name, 0), column.text),
            labels={} if column.name in boxes else syntax.codes.get(at_name.get(column.name, 0), {}),
        )
        for column in export.columns
    )
    return replace(export, columns=columns)


def _single(text: str) -> bool:
    """Whether cells are quoted with ' rather than with "."""
    return text.count("'") > text.count('"')


def _unquoted(text: str) -> str:
    if text[:1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text[1:-1].replace("''", "'") if text[:1] == "'" else text


def _paired(levels: str, labels: str, file: File) -> dict[str, str]:
    codes = [_unquoted(text) for text in _R_ITEM.findall(levels)]
    texts = [_unquoted(text) for text in _R_ITEM.findall(labels)]
    if len(codes) != len(texts):
        raise UserError(
            f"{file.shown} is torn: a factor has {len(codes)} levels and {len(texts)} labels; export it again"
        )
    return dict(zip(codes, texts, strict=True))
