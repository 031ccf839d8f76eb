"""Qualtrics CSV in its three dialects, alone or with the survey's .qsf.

Legacy: two header lines, V1.. for the facts of a response, a trailing empty column. 2016: a third line {'ImportId': ..}
in single quotes. Today: the third line is JSON. A blank is both "not shown" and "no answer" unless the export wrote
"seen but unanswered" as -99. Columns are matched by ImportId or name, never by place.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from cryptodrug_assets.buyers.survey.formats.door import File, decode
from cryptodrug_assets.buyers.survey.formats.export import Export, SourceColumn, text_series, unknown_pages
from cryptodrug_assets.buyers.survey.formats.qualtrics_qsf import Question, column_of
from cryptodrug_assets.buyers.survey.formats.tabular import parse, shaped
from cryptodrug_assets.buyers.survey.model import column_key
from cryptodrug_assets.errors import UserError

SEEN_UNANSWERED = "-99"
_IMPORT_ID = re.compile(r"""^\{\s*['"]ImportId['"]\s*:\s*['"]([^'"]*)['"]""")
_CHOICE_ID = re.compile(r"""['"]choiceId['"]\s*:\s*['"]([^'"]*)['"]""")
#: Columns about a question and no answer to it: how long it took, in which order choices stood.
_ABOUT = re.compile(r"(first[_ ]click|last[_ ]click|page[_ ]submit|click[_ ]count|_DO(_[-\w]+)?)$", re.IGNORECASE)
_ID = {"responseid", "recordid"}
_PARADATA = {
    "responseset",
    "status",
    "startdate",
    "enddate",
    "progress",
    "durationinseconds",
    "duration",
    "recordeddate",
    "userlanguage",
    "distributionchannel",
    "syntheticnote",
    "qtotalduration",
    "qrecaptchascore",
    "qrelevantidduplicate",
    "qlanguage",
}
_NOT_RESPONSES = {"survey preview", "survey test", "spam", "1", "2", "8"}
_HEADER_LINES = {"qualtrics_legacy": 2, "qualtrics_2016": 3, "qualtrics": 3}


def dialect_of(rows: list[list[str]]) -> str | None:
    """The dialect of the first lines, or None when they are not Qualtrics'."""
    if len(rows) >= 3 and rows[2] and _IMPORT_ID.match(rows[2][0]):
        return "qualtrics_2016" if rows[2][0].startswith("{'") else "qualtrics"
    if len(rows) >= 2 and ("V1", "responseid") in zip(rows[0], map(column_key, rows[1]), strict=False):
        return "qualtrics_legacy"
    if len(rows) >= 2 and {"ResponseID", "ResponseSet"} <= set(rows[0]):
        return "qualtrics_legacy"
    return None


def read_csv(file: File, questions: Mapping[str, Question] | None = None) -> Export:
    """The responses of a CSV; UserError when it is in none of the dialects or torn."""
    rows = parse(decode(file), file.shown)
    dialect = dialect_of(rows)
    if dialect is None:
        raise UserError(
            f"{file.shown} is in no dialect of Qualtrics CSV; export responses as CSV, not as legacy XML or TSV"
        )
    lines = _HEADER_LINES[dialect]
    sheet = shaped([rows[0], *rows[lines:]], file.shown)
    width = len(sheet.header)
    if any(len(row) < width for row in rows[1:lines]):
        raise UserError(f"{file.shown} is torn: its header lines differ in width; export it again")
    texts = rows[1][:width]
    ids = [_import_id(cell, file) for cell in rows[2][:width]] if lines == 3 else [""] * width
    heads = [
        texts[at] if dialect == "qualtrics_legacy" and re.fullmatch(r"V\d+", name) else name
        for at, name in enumerate(sheet.header)
    ]
    keys = [column_key(re.sub(r"\s*\(.*\)$", "", head)) for head in heads]
    if not _ID & set(keys):
        raise UserError(f"{file.shown} has no ResponseId; export with all fields of the response")
    kept, set_aside = _real_responses(sheet.rows, keys)
    respondent = next(at for at, key in enumerate(keys) if key in _ID)
    finished: list[bool | None] = [None] * len(kept)
    seen_marked = any(cell.strip() == SEEN_UNANSWERED for row in kept for cell in row)
    columns: list[SourceColumn] = []
    for at, name in enumerate(sheet.header):
        values = [row[at] for row in kept]
        if keys[at] == "finished":
            finished = [_truth(value, file) for value in values]
        elif at != respondent and keys[at] not in _PARADATA:
            columns.append(
                _column(heads[at], name, texts[at], ids[at], values, questions or {}, seen_marked=seen_marked)
            )
    return Export(
        platform="qualtrics", dialect=dialect, columns=tuple(columns), pages=unknown_pages(len(kept)),
        respondents=pl.Series("respondent", [row[respondent] for row in kept], dtype=pl.String),
        finished=pl.Series("finished", finished, dtype=pl.Boolean), complete_structure=bool(questions),
        synthetic=b"SYNTHETIC" in file.data, set_aside=set_aside,
    )  # fmt: skip


def _import_id(cell: str, file: File) -> str:
    match = _IMPORT_ID.match(cell.strip())
    if match is None:
        raise UserError(
            f"{file.shown} is torn: its third line does not name the ImportId of every column; export it again"
        )
    choice = _CHOICE_ID.search(cell)
    return f"{match[1]}_{choice[1]}" if choice else match[1]


def _real_responses(rows: list[list[str]], keys: list[str]) -> tuple[list[list[str]], tuple[tuple[str, str], ...]]:
    """Responses of people, and the ids of previews, tests and spam with why they are set aside."""
    if "status" not in keys:
        return rows, ()
    status, respondent = keys.index("status"), next(at for at, key in enumerate(keys) if key in _ID)
    aside = [row for row in rows if row[status].strip().lower() in _NOT_RESPONSES]
    kept = [row for row in rows if row[status].strip().lower() not in _NOT_RESPONSES]
    return kept, tuple((row[respondent], "preview, test or spam") for row in aside)


def _truth(value: str, file: File) -> bool | None:
    text = value.strip().lower()
    if text in ("1", "true"):
        return True
    if text in ("0", "false"):
        return False
    if not text:
        return None
    raise UserError(f"{file.shown}: Finished is neither 1/0 nor True/False; is a column moved? Export it again")


def _column(
    head: str, name: str, text: str, import_id: str, values: list[str], questions: Mapping[str, Question], *,
    seen_marked: bool,
) -> SourceColumn:  # fmt: skip
    if _ABOUT.search(name) or _ABOUT.search(import_id):
        return SourceColumn(head, text_series(head, values), type="*")
    known = column_of(questions, import_id, name)
    code = known.code if known else head
    other = tuple(one for one in dict.fromkeys((name, import_id, head)) if one and one != code)
    return SourceColumn(
        code,
        text_series(code, values),
        text=known.text if known else " ".join(text.split()),
        other_names=other,
        empty="not_shown" if seen_marked else "nothing",
        empty_box="nothing",
        marks={SEEN_UNANSWERED: "no_answer"},
        labels=known.labels if known else {},
        relevance=known.relevance if known else "",
        type=known.type if known else "",
        block=known.block if known else "",
    )


def is_qsf(file: File) -> bool:
    """Whether a file looks like a .qsf."""
    return file.data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" and b"SurveyElements" in file.data


def load_json(file: File) -> Any:
    """The parsed JSON of a .qsf; UserError when it is torn."""
    try:
        return json.loads(decode(file))
    except (ValueError, RecursionError) as err:
        raise UserError(f"{file.shown} is torn JSON ({str(err)[:60]}); export the survey again") from err
