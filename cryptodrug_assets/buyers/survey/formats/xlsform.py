"""KoBo, ODK, Ona, SurveyCTO: an XLSForm workbook (survey, choices) and the data as CSV or xlsx.

A select_multiple comes as one column of codes and as a 0/1 column a choice; when it was not shown or left empty, all of
them are blank. Names change with groups (`block/item`). Only finished submissions exist: a break-off leaves no trace.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cryptodrug_assets.buyers.survey.formats.door import File, unzip
from cryptodrug_assets.buyers.survey.formats.export import Export, SourceColumn, text_series, unknown_pages
from cryptodrug_assets.buyers.survey.formats.tabular import Sheet, read_sheet, shaped
from cryptodrug_assets.buyers.survey.model import column_key
from cryptodrug_assets.errors import UserError

_IDS = ("_uuid", "KEY", "instanceID", "meta/instanceID", "meta-instanceID", "formhub/uuid", "_id")
_PARADATA = {
    "start",
    "end",
    "today",
    "id",
    "uuid",
    "submissiontime",
    "submissiondate",
    "validationstatus",
    "notes",
    "status",
    "version",
    "tags",
    "index",
    "instanceid",
    "metainstanceid",
    "instancename",
    "metainstancename",
    "formhubuuid",
    "key",
    "formdefversion",
    "reviewquality",
    "reviewstate",
    "reviewcomments",
    "reviewcorrections",
    "duration",
    "completiondate",
    "attachments",
    "xformidstring",
    "metarootuuid",
    "rootuuid",
    "deprecatedid",
    "starttime",
    "endtime",
    "caseid",
    "reviewstatus",
    "attachmentspresent",
    "attachmentsexpected",
    "edits",
    "setof",
    "formversion",
    "syntheticnote",
}
_NO_QUESTION = (
    "begin",
    "end",
    "note",
    "calculate",
    "hidden",
    "start",
    "today",
    "deviceid",
    "audit",
    "simserial",
    "phonenumber",
    "subscriberid",
    "username",
    "email",
)


@dataclass(frozen=True)
class FormItem:
    """A row of the form: type, label, relevance, group and choices."""

    name: str
    type: str
    text: str
    relevance: str
    block: str
    labels: Mapping[str, str]


def is_workbook(file: File) -> bool:
    """Whether a file is an xlsx."""
    if file.data[:4] != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            return any(name == "xl/workbook.xml" for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def looks_like(header: list[str]) -> bool:
    """Whether a header is that of a submission table."""
    return any(name in header for name in _IDS) and any(
        name.lstrip("_") in ("submission_time", "SubmissionDate", "uuid", "version_", "instanceID", "KEY", "index")
        or name == "_submission_time"
        for name in header
    )


def workbook(file: File, most_mb: int) -> dict[str, list[list[str]]]:
    """Sheets of an xlsx as rows of text, the archive's size and XML checked before."""
    import openpyxl

    for name, data in unzip(file, most_mb).items():
        if re.search(rb"<!(DOCTYPE|ENTITY)", data[:100_000], re.IGNORECASE):
            raise UserError(f"{file.shown} declares entities in {name[:60]}, which no spreadsheet does; refused")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a torn workbook is said in one line
            book = openpyxl.load_workbook(io.BytesIO(file.data), read_only=True, data_only=True)
            return {
                sheet.title: [
                    ["" if cell is None else _text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)
                ]
                for sheet in book.worksheets
            }
    except Exception as err:
        raise UserError(f"{file.shown} is a torn workbook ({type(err).__name__}); save it again as .xlsx") from err


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell)


def is_form(sheets: Mapping[str, list[list[str]]]) -> bool:
    """Whether the sheets are those of an XLSForm."""
    return (
        "survey" in sheets
        and bool(sheets["survey"])
        and {"type", "name"} <= {cell.strip() for cell in sheets["survey"][0]}
    )


def read_form(sheets: Mapping[str, list[list[str]]], name: str) -> dict[str, FormItem]:
    """Items of an XLSForm by name."""
    choices: dict[str, dict[str, str]] = {}
    for row in _records(sheets.get("choices", []), name):
        choices.setdefault(row.get("list_name") or row.get("list name", ""), {})[row.get("name", "")] = _label(row)
    items: dict[str, FormItem] = {}
    groups: list[str] = []
    for row in _records(sheets["survey"], name):
        words = row.get("type", "").split()
        kind = words[0] if words else ""
        if kind in ("begin_group", "begin_repeat") or words[:2] in (["begin", "group"], ["begin", "repeat"]):
            groups.append(row.get("name", ""))
        elif kind in ("end_group", "end_repeat") or words[:2] in (["end", "group"], ["end", "repeat"]):
            groups = groups[:-1]
        elif kind and not kind.startswith(_NO_QUESTION):
            listed = choices.get(words[1], {}) if len(words) > 1 else {}
            items[row.get("name", "")] = FormItem(
                row.get("name", ""), kind, _label(row), row.get("relevant", ""), groups[-1] if groups else "", listed
            )
    if not items:
        raise UserError(f"{name} holds no question; give the XLSForm with its sheet `survey`")
    return items


def _records(rows: list[list[str]], name: str) -> list[dict[str, str]]:
    if not rows:
        return []
    header = [cell.strip() for cell in rows[0]]
    if "name" not in header:
        raise UserError(f"{name} is no XLSForm: a sheet has no column `name`")
    return [dict(zip(header, (cell.strip() for cell in row), strict=False)) for row in rows[1:] if any(row)]


def _label(row: Mapping[str, str]) -> str:
    return row.get("label") or next((text for key, text in row.items() if key.startswith("label") and text), "")


def read_data(sheet: Sheet, form: Mapping[str, FormItem] | None, *, dialect: str, synthetic: bool) -> Export:
    """The submissions of a table; UserError when they have no id."""
    identifier = next((name for name in _IDS if name in sheet.header), None)
    if identifier is None:
        raise UserError("the submissions have no _uuid, _id or KEY; export them with the fields that the server adds")
    ids = sheet.column(sheet.header.index(identifier))
    columns = [
        _column(name, sheet.column(at), form or {})
        for at, name in enumerate(sheet.header)
        if name != identifier and column_key(name) not in _PARADATA
    ]
    return Export(
        platform="xlsform", dialect=dialect, respondents=pl.Series("respondent", ids, dtype=pl.String),
        columns=tuple(columns), finished=pl.Series("finished", [True] * len(ids), dtype=pl.Boolean),
        pages=unknown_pages(len(ids)), complete_structure=bool(form), synthetic=synthetic,
    )  # fmt: skip


def _column(name: str, values: list[str], form: Mapping[str, FormItem]) -> SourceColumn:
    parts = name.split("/")
    item, short = _placed(parts, form)
    personal = item is not None and item.type in ("geopoint", "geotrace", "geoshape")
    last = parts[-1]
    # The option's own label, where the column is one box of a select_multiple.
    text = (
        f"{item.text} - {item.labels[last]}"
        if item and last != item.name and last in item.labels
        else item.text
        if item
        else ""
    )
    return SourceColumn(
        short, text_series(short, values), text=text, other_names=tuple(dict.fromkeys((name, "_".join(parts[-2:])))),
        labels=item.labels if item else {}, relevance=item.relevance if item else "", type=item.type if item else "",
        block=item.block if item else "", personal=personal,
    )  # fmt: skip


def _placed(parts: list[str], form: Mapping[str, FormItem]) -> tuple[FormItem | None, str]:
    """The form's item of a column's path, and the path without its groups: a box is `item/choice`."""
    if len(parts) > 1 and parts[-2] in form and parts[-1] in form[parts[-2]].labels:
        return form[parts[-2]], "/".join(parts[-2:])
    return form.get(parts[-1]), parts[-1]


def sheet_of(file: File, sheets: Mapping[str, list[list[str]]] | None) -> Sheet:
    """The data as a sheet: the first of a workbook, or a CSV."""
    if sheets is None:
        return read_sheet(file)
    if not sheets:
        raise UserError(f"{file.shown} has no sheet; export the data again")
    return shaped(next(iter(sheets.values())), file.shown)
