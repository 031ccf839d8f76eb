"""REDCap: raw CSV with its data dictionary (18 columns).

A checkbox is 0 also when it was hidden or the form never opened, so 0 alone says nothing there. A form's status
(`<form>_complete`) is 2 when it was finished and blank when it was never opened. `Identifier?` = y marks persons.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cryptodrug_assets.buyers.survey.formats.door import File
from cryptodrug_assets.buyers.survey.formats.export import Export, SourceColumn, text_series, unknown_pages
from cryptodrug_assets.buyers.survey.formats.tabular import Sheet, read_sheet
from cryptodrug_assets.buyers.survey.model import column_key
from cryptodrug_assets.errors import UserError

_VARIABLE, _FORM, _TYPE, _LABEL = "Variable / Field Name", "Form Name", "Field Type", "Field Label"
_CHOICES, _IDENTIFIER = "Choices, Calculations, OR Slider Labels", "Identifier?"
_BRANCHING = "Branching Logic (Show field only if...)"
_EVENTS = {"redcapeventname", "redcaprepeatinstrument", "redcaprepeatinstance", "redcapdataaccessgroup",
           "redcapsurveyidentifier", "syntheticnote"}  # fmt: skip
_BOX = re.compile(r"^(?P<field>.+?)___(?P<choice>.+)$")


@dataclass(frozen=True)
class Field:
    """A row of the dictionary."""

    name: str
    form: str
    type: str
    text: str
    choices: Mapping[str, str]
    identifier: bool
    branching: str


def is_dictionary(header: list[str]) -> bool:
    """Whether a header is that of a data dictionary, as exported or as the API names it."""
    return _VARIABLE in header or {"field_name", "form_name", "field_type"} <= set(header)


def looks_like(header: list[str]) -> bool:
    """Whether a header is that of raw data."""
    return any(name.endswith("_complete") for name in header) and not is_dictionary(header)


def read_dictionary(sheet: Sheet, name: str) -> dict[str, Field]:
    """Fields by name."""
    api = {
        _VARIABLE: "field_name",
        _FORM: "form_name",
        _TYPE: "field_type",
        _LABEL: "field_label",
        _CHOICES: "select_choices_or_calculations",
        _IDENTIFIER: "identifier",
        _BRANCHING: "branching_logic",
    }
    at = {
        wanted: next((sheet.header.index(one) for one in (wanted, api[wanted]) if one in sheet.header), None)
        for wanted in api
    }
    if at[_VARIABLE] is None or at[_FORM] is None or at[_TYPE] is None or at[_IDENTIFIER] is None:
        raise UserError(f"{name} lacks columns of a data dictionary; download it again from REDCap's designer")

    def cell(row: list[str], wanted: str) -> str:
        place = at[wanted]
        return row[place].strip() if place is not None else ""

    return {
        cell(row, _VARIABLE): Field(
            cell(row, _VARIABLE), cell(row, _FORM), cell(row, _TYPE),
            " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", cell(row, _LABEL))).split()), _choices(cell(row, _CHOICES)),
            cell(row, _IDENTIFIER).lower() == "y", cell(row, _BRANCHING),
        )
        for row in sheet.rows
    }  # fmt: skip


def _choices(text: str) -> dict[str, str]:
    """Codes and labels of "1, Yes | 0, No"."""
    pairs = [part.split(",", 1) for part in text.split("|")]
    return {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}


def read_data(file: File, fields: Mapping[str, Field]) -> Export:
    """The records of a raw CSV under its dictionary; UserError when it is longitudinal, repeated or labelled."""
    sheet = read_sheet(file)
    if not looks_like(sheet.header):
        raise UserError(f"{file.shown} has no form status (<form>_complete); export all records as CSV (raw data)")
    # The record's id is the first field of the dictionary, wherever its column stands.
    identifier = sheet.header.index(first) if (first := next(iter(fields), "")) in sheet.header else 0
    ids = sheet.column(identifier)
    repeated = [
        at for at, name in enumerate(sheet.header) if name in ("redcap_repeat_instrument", "redcap_repeat_instance")
    ]
    if any(cell.strip() for at in repeated for cell in sheet.column(at)):
        raise UserError(f"{file.shown} holds repeated forms; export one wave's form without repeats")
    events = [at for at, name in enumerate(sheet.header) if name == "redcap_event_name"]
    if len({cell for at in events for cell in sheet.column(at)}) > 1:
        raise UserError(f"{file.shown} holds several events; export those of one wave alone, an event a wave")
    opened: dict[str, pl.Series] = {}
    done: list[list[bool]] = []
    columns: list[SourceColumn] = []
    forms = {field.form for field in fields.values()}
    for at, name in enumerate(sheet.header):
        if at == identifier:
            continue
        values = sheet.column(at)
        form = name.removesuffix("_complete")
        if name.endswith("_complete") and form in forms and name not in fields:
            status = [value.strip() for value in values]
            if any(one not in ("", "0", "1", "2") for one in status):
                raise UserError(f"{file.shown}: {name} is not 0, 1 or 2; export raw data, not labels")
            opened[form] = pl.Series(
                form, [None if one in ("0", "1") else one == "2" for one in status], dtype=pl.Boolean
            )
            done.append([one == "2" for one in status])
        elif name.endswith("_timestamp") and name.removesuffix("_timestamp") in forms:
            continue
        elif column_key(name) not in _EVENTS:
            columns.append(_column(name, values, fields))
    finished = [all(one) for one in zip(*done, strict=True)] if done else []
    return Export(
        platform="redcap",
        dialect="raw",
        respondents=pl.Series("respondent", ids, dtype=pl.String),
        columns=tuple(columns),
        finished=pl.Series("finished", finished, dtype=pl.Boolean),
        pages=unknown_pages(len(ids)),
        opened=opened,
        complete_structure=True,
        synthetic=b"SYNTHETIC" in file.data,
    )


def _column(name: str, values: list[str], fields: Mapping[str, Field]) -> SourceColumn:
    match = _BOX.match(name)
    box = match is not None and match["field"] in fields and fields[match["field"]].type == "checkbox"
    field = fields.get(match["field"] if match and box else name)
    if field is None:
        return SourceColumn(name, text_series(name, values))
    label = field.choices.get(match["choice"], "") if match and box else ""
    return SourceColumn(
        name, text_series(name, values), text=f"{field.text} - {label}" if label else field.text,
        labels={} if box else field.choices, zero_is_silence=box, personal=field.identifier, type=field.type,
        relevance=field.branching, block=field.form,
    )  # fmt: skip
