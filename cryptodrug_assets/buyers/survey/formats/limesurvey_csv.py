"""LimeSurvey CSV: full answers or answer codes; the header as codes, texts, or both.

Full answers say "N/A" where a box was not shown; for every other type an empty cell is blank for both. Codes are blank
for both everywhere. Headers and words are in the exporter's language.
"""

import re

import polars as pl

from cryptodrug_assets.buyers.survey.formats.door import File
from cryptodrug_assets.buyers.survey.formats.export import Export, SourceColumn, text_series
from cryptodrug_assets.buyers.survey.formats.tabular import Sheet, read_sheet
from cryptodrug_assets.buyers.survey.model import State, column_key
from cryptodrug_assets.errors import UserError

_ID = {
    "id",
    "responseid",
    "responsid",
    "antwoordid",
    "reactieid",
    "iddelareponse",
    "idreponse",
    "identifiantdelareponse",
    "antwortid",
}
_SUBMITTED = {
    "submitdate",
    "datesubmitted",
    "datumverzonden",
    "datumingediend",
    "datedesoumission",
    "datedenvoi",
    "datumabgeschickt",
    "completed",
}
_PAGE = {"lastpage", "laatstepagina", "dernierepage", "letzteseite"}
_LANGUAGE = {"startlanguage", "starttaal", "langueinitiale", "languededepart", "startsprache"}
_OTHER = {"seed", "startdate", "datestarted", "datestamp", "datelastaction", "datumgestart", "datumlaatsteactie",
          "datedelancement", "datededebut", "datedederniereaction", "datedeladerniereaction", "zufallsstartwert",
          "totaltime", "interviewtime", "syntheticnote"}  # fmt: skip
_PARADATA = _SUBMITTED | _PAGE | _LANGUAGE | _OTHER
#: How a code stands before its text where the header has both: "G1Q1. Age" or "G1Q1[SQ1]. Age [first]".
_BOTH = re.compile(r"^([A-Za-z][\w]*(?:\[[\w#]+\]){0,2})[.:]\s", re.DOTALL)
_SUBCODE = re.compile(r"^(?P<question>.*)\[(?P<option>[^\[\]]*)\]\s*$", re.DOTALL)


def looks_like(header: list[str]) -> bool:
    """Whether a header is LimeSurvey's: an id, and what it says of every response."""
    keys = [_head(name) for name in header]
    # Where somebody moved the id, only what no other platform writes tells whose it is.
    telling = _PAGE | _LANGUAGE | _SUBMITTED if keys[0] in _ID else _PAGE | _LANGUAGE
    return bool(_ID & set(keys)) and bool(telling & set(keys))


def _head(name: str) -> str:
    return column_key(
        re.sub(r"^(id|submitdate|lastpage|startlanguage|seed|startdate|datestamp)\.\s.*$", r"\1", name, flags=re.DOTALL)
    )


def read_csv(file: File) -> Export:
    """The responses of a CSV; UserError when it is none of LimeSurvey's."""
    sheet = read_sheet(file)
    if not looks_like(sheet.header):
        raise UserError(f"{file.shown} has no LimeSurvey id, lastpage or startlanguage; include them in the export")
    return from_sheet(sheet, "csv", synthetic=b"SYNTHETIC" in file.data)


def from_sheet(sheet: Sheet, dialect: str, *, synthetic: bool, boxes_say_shown: frozenset[str] = frozenset()) -> Export:
    """The responses of a LimeSurvey sheet. `boxes_say_shown`: columns in which 0 is "shown, not ticked" and blank is
    "not shown" (the R and SPSS exports' boxes)."""
    keys = [_head(name) for name in sheet.header]
    place = next((at for at, key in enumerate(keys) if key in _ID), None)
    ids = [] if place is None else sheet.column(place)
    if place is None or any(not one.strip() for one in ids):
        raise UserError("a LimeSurvey response has no id; export with the response id")
    pages = pl.Series("pages", [None] * len(ids), dtype=pl.Int64)
    finished = pl.Series("finished", [None] * len(ids), dtype=pl.Boolean)
    language = ""
    columns: list[SourceColumn] = []
    for at, name in enumerate(sheet.header):
        if at == place:
            continue
        values = sheet.column(at)
        if keys[at] in _PAGE:
            pages = pl.Series("pages", values, dtype=pl.String).cast(pl.Int64, strict=False)
        elif keys[at] in _SUBMITTED:
            finished = pl.Series("finished", [value.strip() not in ("", "N", "No", "N/A") for value in values])
        elif keys[at] in _LANGUAGE:
            language = ",".join(sorted({value for value in values if value}))
        elif keys[at] not in _PARADATA:
            columns.append(_column(name, values, boxes=name in boxes_say_shown))
    return Export(
        platform="limesurvey", dialect=dialect, respondents=pl.Series("respondent", ids, dtype=pl.String),
        columns=tuple(columns), finished=finished, pages=pages, language=language, synthetic=synthetic,
    )  # fmt: skip


def _column(name: str, values: list[str], *, boxes: bool) -> SourceColumn:
    code = match[1] if (match := _BOTH.match(name)) else name
    # "N/A" of a box is NULL; of a yes/no or gender question it stands for both.
    marks: dict[str, State] = {"n/a": "not_shown"}
    full = _SUBCODE.match(name)
    text = name[len(code) :].lstrip(". :") if code != name else (full["question"].strip() if full else name)
    return SourceColumn(
        code, text_series(code, list(values)), text=" ".join(text.split()), empty="not_shown" if boxes else "nothing",
        set_marks=marks, other_names=(name,) if name != code else (),
    )  # fmt: skip
