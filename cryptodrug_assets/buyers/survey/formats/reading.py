"""Which reader a file belongs to, told by what is in it; several files make one export where a platform does so."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from cryptodrug_assets.buyers.survey.formats import (
    limesurvey_csv,
    limesurvey_lsa,
    limesurvey_syntax,
    qualtrics,
    redcap,
    spss_sav,
    xlsform,
)
from cryptodrug_assets.buyers.survey.formats.door import MOST_MB, File, decode, refuse_persons
from cryptodrug_assets.buyers.survey.formats.export import Export
from cryptodrug_assets.buyers.survey.formats.limesurvey_structure import is_responses, is_structure
from cryptodrug_assets.buyers.survey.formats.qualtrics_qsf import read_questions
from cryptodrug_assets.buyers.survey.formats.tabular import parse, read_sheet
from cryptodrug_assets.errors import UserError

KNOWN = (
    "LimeSurvey .lsa, .lss + .lsr, CSV, R or SPSS syntax + data; Qualtrics CSV with or without .qsf; SPSS .sav;"
    " KoBo/ODK CSV or xlsx with or without its XLSForm; REDCap raw CSV + data dictionary"
)


def read_export(files: Sequence[File], *, most_mb: int = MOST_MB) -> Export:
    """The responses in the files of one export; UserError when no reader knows them or persons are in them.

    Columns of persons that hold nothing are left out and named in `emptied`.
    """
    if not files:
        raise UserError(f"no file given; known are {KNOWN}")
    empty = [file.shown for file in files if not file.data.strip()]
    if empty:
        raise UserError(f"{empty[0]} is empty; export it again")
    export = _read(list(files), most_mb)
    ids = export.respondents
    if not len(ids):
        raise UserError(f"{files[0].shown} holds no response; export it again with the responses")
    if ids.str.strip_chars().eq("").any():
        raise UserError(f"{files[0].shown}: a response has no id; export it with the response id")
    if ids.n_unique() < len(ids):
        twice = ids.filter(ids.is_duplicated())[0]
        raise UserError(f"response {twice} stands twice; give one export of the wave, not two")
    columns, emptied = refuse_persons(export.columns)
    return replace(export, columns=columns, emptied=emptied)


def read_for_draft(files: Sequence[File], *, most_mb: int = MOST_MB) -> Export:
    """As read_export, and a LimeSurvey structure alone, which has no response: for drafts of instruments."""
    if len(files) == 1 and is_structure(files[0]):
        return limesurvey_lsa.read_structure_alone(files[0])
    return read_export(files, most_mb=most_mb)


def _read(files: list[File], most_mb: int) -> Export:
    if len(files) == 1 and files[0].data[:2] == b"PK" and not xlsform.is_workbook(files[0]):
        return limesurvey_lsa.read_archive(files[0], most_mb)
    if any(is_structure(file) or is_responses(file) for file in files):
        return limesurvey_lsa.read_parts(files, " and ".join(file.shown for file in files))
    if any(spss_sav.is_sav(file) for file in files):
        return spss_sav.read_sav(_one(files, "a .sav"))
    syntax = [file for file in files if limesurvey_syntax.is_syntax(file)]
    if syntax:
        data = [file for file in files if file not in syntax]
        return limesurvey_syntax.read_with_data(_one(syntax, "a syntax file"), _one(data, "its data file"))
    surveys = [file for file in files if qualtrics.is_qsf(file)]
    if surveys:
        survey = _one(surveys, "a .qsf")
        rest = _one([file for file in files if file is not survey], "the CSV of a .qsf's responses")
        return qualtrics.read_csv(rest, read_questions(qualtrics.load_json(survey), survey.shown))
    if any(xlsform.is_workbook(file) for file in files):
        return _workbooks(files, most_mb)
    if any(file.data[:2] == b"PK" for file in files):
        raise UserError("give one archive at a time: two exports of one wave are not put together")
    return _tables(files)


def _one(files: list[File], what: str) -> File:
    if len(files) == 1:
        return files[0]
    names = ", ".join(file.shown for file in files) or "none"
    raise UserError(f"{what} is needed and {len(files)} were given ({names}); give the files of one export")


def _workbooks(files: list[File], most_mb: int) -> Export:
    books = {file.name: xlsform.workbook(file, most_mb) for file in files if xlsform.is_workbook(file)}
    forms = [file for file in files if file.name in books and xlsform.is_form(books[file.name])]
    data = _one([file for file in files if file not in forms], "the data of an XLSForm")
    form = xlsform.read_form(books[_one(forms, "an XLSForm").name], forms[0].shown) if forms else None
    sheet = xlsform.sheet_of(data, books.get(data.name))
    synthetic = b"SYNTHETIC" in data.data or any("SYNTHETIC" in cell for row in sheet.rows[:1] for cell in row)
    return xlsform.read_data(sheet, form, dialect="xlsx" if data.name in books else "csv", synthetic=synthetic)


def _tables(files: list[File]) -> Export:
    """Delimited files: told apart by their headers."""
    heads = {file.name: _head(file) for file in files}
    dictionaries = [file for file in files if redcap.is_dictionary(heads[file.name][0])]
    if dictionaries:
        dictionary = _one(dictionaries, "a data dictionary")
        data = _one([file for file in files if file is not dictionary], "the raw data of a dictionary")
        return redcap.read_data(data, redcap.read_dictionary(read_sheet(dictionary), dictionary.shown))
    file = _one(files, "one table")
    rows = heads[file.name]
    header = [cell.strip() for cell in rows[0]]
    if qualtrics.dialect_of(rows):
        return qualtrics.read_csv(file)
    if limesurvey_csv.looks_like(header):
        return limesurvey_csv.read_csv(file)
    if xlsform.looks_like(header):
        return xlsform.read_data(read_sheet(file), None, dialect="csv", synthetic=b"SYNTHETIC" in file.data)
    if redcap.looks_like(header):
        raise UserError(
            f"{file.shown} is REDCap data; give the data dictionary with it, which marks the fields of persons"
        )
    suffix = PurePosixPath(file.name).suffix.lower()
    raise UserError(f"{file.shown} is no survey export that is known ({suffix or 'no ending'}); known are {KNOWN}")


def _head(file: File) -> list[list[str]]:
    rows = parse(decode(file), file.shown)
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise UserError(f"{file.shown} is empty; export it again")
    return rows
