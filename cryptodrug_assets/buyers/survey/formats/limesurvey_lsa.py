"""LimeSurvey archive (.lsa) or its parts (.lss + .lsr): the one format that keeps "not shown" apart from "no answer".

A field that is absent is NULL: not shown; an empty field was shown and left empty. Not so for numbers and dates (types
N, K, D), whose empty answers are NULL too: their absence says nothing.
"""

from pathlib import PurePosixPath

import polars as pl

from cryptodrug_assets.buyers.survey.formats.door import HOW_WITHOUT, File, is_person, unzip, xml_rows
from cryptodrug_assets.buyers.survey.formats.export import (
    Export,
    SourceColumn,
    text_series,
    unknown_finish,
    unknown_pages,
)
from cryptodrug_assets.buyers.survey.formats.limesurvey_structure import (
    NUMERIC_TYPES,
    LimeStructure,
    is_responses,
    is_structure,
    read_structure,
)
from cryptodrug_assets.errors import UserError

PARADATA = ("id", "submitdate", "lastpage", "startlanguage", "startdate", "datestamp", "seed")


def read_archive(file: File, most_mb: int) -> Export:
    """The responses of a .lsa; UserError when it holds persons, no responses, or is torn."""
    members = unzip(file, most_mb)
    tokens = [
        name
        for name, data in members.items()
        if _suffix(name) in (".lst", ".lsp") or b"<LimeSurveyDocType>Tokens" in data[:2000]
    ]
    if any(b"<row>" in members[name] or b"<row " in members[name] for name in tokens):
        raise UserError(
            f"{file.shown} holds the table of participants ({tokens[0][:60]}): persons are refused; {HOW_WITHOUT}"
        )
    files = [File(name, data) for name, data in members.items()]
    return read_parts(files, file.shown)


def read_parts(files: list[File], name: str) -> Export:
    """The responses of a .lss and a .lsr that belong together."""
    structures = [one for one in files if _suffix(one.name) == ".lss" or is_structure(one)]
    responses = [one for one in files if _suffix(one.name) == ".lsr" or is_responses(one)]
    if structures and not responses:
        raise UserError(
            f"{name} holds 1 structure (.lss) and 0 tables of responses (.lsr): give its .lsr, too, or the archive of"
            " an active survey (.lsa); `cryptodrug survey draft` makes an instrument of a structure alone"
        )
    if len(structures) != 1 or len(responses) != 1:
        raise UserError(
            f"{name} holds {len(structures)} structures (.lss) and {len(responses)} tables of responses (.lsr), and"
            " one of each is needed; export the survey archive of an active survey"
        )
    structure = read_structure(structures[0].data, structures[0].shown)
    return _responses(responses[0], structure)


def read_structure_alone(file: File) -> Export:
    """The columns of a .lss without any response."""
    structure = read_structure(file.data, file.shown)
    nobody = pl.Series("respondent", [], dtype=pl.String)
    return Export(
        platform="limesurvey", dialect="lss", respondents=nobody, finished=unknown_finish(0), pages=unknown_pages(0),
        columns=tuple(_column(name, [], structure) for name in structure.columns), complete_structure=True,
        language=",".join(structure.languages), synthetic=structure.synthetic,
    )  # fmt: skip


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _responses(file: File, structure: LimeStructure) -> Export:
    names: list[str] = []
    cells: dict[str, list[str | None]] = {}
    kind, count = "", 0
    for tag, element in xml_rows(file.data, file.shown, wanted=("fieldname", "row", "LimeSurveyDocType")):
        if tag == "LimeSurveyDocType":
            kind = (element.text or "").strip()
        elif tag == "fieldname":
            names.append((element.text or "").strip())
            cells.setdefault(names[-1].removeprefix("_"), [])
        else:
            for cell in element:
                column = cells.setdefault(str(cell.tag).removeprefix("_"), [])
                column.extend([None] * (count - len(column)))
                if len(column) > count:
                    raise UserError(f"{file.shown} is torn: a response holds {cell.tag} twice; export it again")
                column.append(cell.text or "")
            count += 1
    if kind != "Responses":
        raise UserError(
            f"{file.shown} holds no LimeSurvey responses ({kind or 'no document type'}); export the archive again"
        )
    for column in cells.values():
        column.extend([None] * (count - len(column)))
    if "id" not in cells or None in cells["id"]:
        raise UserError(f"{file.shown} holds responses without id; export the survey archive again")
    columns = tuple(_column(name, values, structure) for name, values in cells.items() if name not in PARADATA)
    numbers = pl.Series("pages", cells.get("lastpage", [None] * count), dtype=pl.String).cast(pl.Int64, strict=False)
    submitted = pl.Series(
        "finished", [bool(value) for value in cells.get("submitdate", [None] * count)], dtype=pl.Boolean
    )
    languages = sorted({value for value in cells.get("startlanguage", []) if value})
    return Export(
        platform="limesurvey", dialect="lsa", respondents=pl.Series("respondent", cells["id"], dtype=pl.String),
        columns=columns, finished=submitted, pages=numbers, language=",".join(languages), complete_structure=True,
        synthetic=structure.synthetic or b"SYNTHETIC" in file.data[:4000],
    )  # fmt: skip


def _column(name: str, values: list[str | None], structure: LimeStructure) -> SourceColumn:
    known = structure.columns.get(name)
    if known is None:
        return SourceColumn(name, text_series(name, values), personal=is_person(name))
    numeric = known.type in NUMERIC_TYPES
    return SourceColumn(
        known.code, text_series(known.code, values), text=known.text, other_names=(name,),
        absent="nothing" if numeric else "not_shown", empty="no_answer", labels=known.labels, type=known.type,
        relevance="" if known.relevance in ("", "1") else known.relevance, block=known.block,
    )  # fmt: skip
