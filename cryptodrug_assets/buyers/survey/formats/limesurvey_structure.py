"""LimeSurvey's .lss: which columns a survey has, from the questions, subquestions and answer lists in it.

Before DBVersion 350 the texts stand in `questions`, a row a language; since then in `question_l10ns`. Types X
(boilerplate) and * (equation) are no questions, although * has a column.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptodrug_assets.buyers.survey.formats.door import File, xml_rows
from cryptodrug_assets.errors import UserError

#: Empty answers of these are NULL whether or not they were shown: numbers and dates.
NUMERIC_TYPES = frozenset("NKD")
SET_TYPES = frozenset("MP")
NO_QUESTION = frozenset("X*")
_TABLES = (
    "groups",
    "group_l10ns",
    "questions",
    "subquestions",
    "question_l10ns",
    "answers",
    "answer_l10ns",
    "languages",
    "DBVersion",
    "LimeSurveyDocType",
    "surveys",
)


@dataclass(frozen=True)
class LimeColumn:
    """One column of the responses: its code in the survey's language of codes, and what stands behind it."""

    code: str
    question: str
    suffix: str
    type: str
    text: str
    relevance: str
    block: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LimeStructure:
    """A survey's columns by their name in the responses (`12X3X45lsd`), and the groups in order."""

    columns: Mapping[str, LimeColumn]
    groups: tuple[str, ...]
    languages: tuple[str, ...]
    synthetic: bool


Row = dict[str, str]


def read_structure(data: bytes, name: str) -> LimeStructure:
    """The structure in a .lss; UserError when it is none."""
    tables: dict[str, list[Row]] = defaultdict(list)
    kind = ""
    languages: list[str] = []
    for tag, element in xml_rows(data, name, wanted=_TABLES):
        if tag == "LimeSurveyDocType":
            kind = (element.text or "").strip()
        elif tag == "languages":
            languages += [(child.text or "").strip() for child in element.iter("language")]
        elif tag != "DBVersion":
            for row in element.iter("row"):
                tables[tag].append({str(cell.tag): cell.text or "" for cell in row})
    if kind != "Survey" or not tables["questions"]:
        raise UserError(f"{name} is no LimeSurvey structure ({kind or 'no document type'}); export it as .lss or .lsa")
    return _structure(tables, tuple(dict.fromkeys(languages)), synthetic=b"SYNTHETIC" in data)


def is_structure(file: File) -> bool:
    """Whether a file looks like a .lss."""
    return _document_type(file, b"Survey")


def is_responses(file: File) -> bool:
    """Whether a file looks like a .lsr."""
    return _document_type(file, b"Responses")


def _document_type(file: File, kind: bytes) -> bool:
    # A packed archive may hold the very text, uncompressed, at its beginning.
    return file.data[:2] != b"PK" and b"<LimeSurveyDocType>" + kind + b"<" in file.data[:4000]


def _structure(tables: Mapping[str, list[Row]], languages: tuple[str, ...], *, synthetic: bool) -> LimeStructure:
    first = languages[0] if languages else ""

    def chosen(rows: list[Row], key: str) -> dict[str, Row]:
        """One row an id: the survey's first language where there are several."""
        found: dict[str, Row] = {}
        for row in rows:
            if row.get(key, "") not in found or row.get("language") == first:
                found[row.get(key, "")] = row
        return found

    questions = chosen([row for row in tables["questions"] if row.get("parent_qid", "0") in ("", "0")], "qid")
    below = [row for row in tables["questions"] if row.get("parent_qid", "0") not in ("", "0")] + tables["subquestions"]
    subquestions: dict[str, list[Row]] = defaultdict(list)
    for row in chosen(below, "qid").values():
        subquestions[row.get("parent_qid", "")].append(row)
    texts = chosen(tables["question_l10ns"], "qid")
    answer_texts = chosen(tables["answer_l10ns"], "aid")
    answers: dict[str, dict[str, str]] = defaultdict(dict)
    for row in tables["answers"]:
        text = row.get("answer") or answer_texts.get(row.get("aid", ""), {}).get("answer", "")
        if row.get("language", first) == first or row.get("code", "") not in answers[row.get("qid", "")]:
            answers[row.get("qid", "")][row.get("code", "")] = text
    group_texts = chosen(tables["group_l10ns"], "gid")
    group_rows = sorted(chosen(tables["groups"], "gid").values(), key=lambda row: _number(row.get("group_order", "")))
    names = {
        row["gid"]: row.get("group_name") or group_texts.get(row["gid"], {}).get("group_name", row["gid"])
        for row in group_rows if row.get("gid")
    }  # fmt: skip

    columns: dict[str, LimeColumn] = {}
    for qid, row in questions.items():
        kind = row.get("type", "")
        children = sorted(subquestions.get(qid, []), key=lambda one: _number(one.get("question_order", "")))
        stem = f"{row.get('sid', '')}X{row.get('gid', '')}X{qid}"
        text = row.get("question") or texts.get(qid, {}).get("question", "")
        for suffix, label in _suffixes(kind, row, children, texts, answers.get(qid, {})):
            question = row.get("title", "")
            columns[f"{stem}{suffix}"] = LimeColumn(
                f"{question}[{suffix}]" if suffix else question, question, suffix, kind, f"{text} {label}".strip(),
                row.get("relevance", ""), names.get(row.get("gid", ""), ""), answers.get(qid, {}),
            )  # fmt: skip
    return LimeStructure(columns, tuple(names.values()), languages, synthetic)


def _suffixes(
    kind: str, row: Row, children: list[Row], texts: Mapping[str, Row], answers: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Suffixes of a question's columns with their texts."""
    titles = [
        (one.get("title", ""), one.get("question") or texts.get(one.get("qid", ""), {}).get("question", ""))
        for one in children
    ]
    if kind in NO_QUESTION:
        return [("", "")] if kind == "*" else []
    if kind == "R":
        return [(str(at), "") for at in range(1, (len(answers) or len(titles)) + 1)]
    if kind == "1":
        return [(f"{title}#{scale}", text) for title, text in titles for scale in (0, 1)]
    if kind in ";:":
        across = [(one.get("title", ""), "") for one in children if one.get("scale_id") == "1"]
        down = [pair for pair, one in zip(titles, children, strict=True) if one.get("scale_id", "0") != "1"]
        return [(f"{title}_{other}", text) for title, text in down for other, _ in across]
    if kind in "FABCEHKQMP":
        found = list(titles)
        if kind == "P":
            found = [pair for title, text in titles for pair in ((title, text), (f"{title}comment", text))]
        if kind in "MP" and row.get("other") == "Y":
            found += [("other", "other")] + ([("othercomment", "other")] if kind == "P" else [])
        return found
    found = [("", "")]
    if kind in "L!" and row.get("other") == "Y":
        found.append(("other", "other"))
    if kind == "O":
        found.append(("comment", ""))
    if kind == "|":
        found.append(("_filecount", ""))
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
