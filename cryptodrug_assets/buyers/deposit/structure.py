"""A LimeSurvey structure (.lss) without its persons: only the tables and fields of the questions are kept.

Kept by a list of what may stay, so that a field of a version not seen yet goes. Administrators, mail addresses,
templates of mails, texts of welcome and end, plug-ins and tables of participants go; addresses and telephone numbers
within the texts of questions are cut out.
"""

import re
from typing import Any

from cryptodrug_assets.buyers.survey.formats.door import xml_rows
from cryptodrug_assets.errors import UserError

_QUESTION = {
    "sid", "qid", "parent_qid", "gid", "type", "title", "question", "help", "language", "other", "mandatory",
    "encrypted", "question_order", "scale_id", "same_default", "relevance", "question_theme_name", "modulename",
    "same_script", "preg", "id",
}  # fmt: skip
_FIELDS: dict[str, set[str]] = {
    "groups": {"gid", "sid", "group_name", "group_order", "description", "language", "randomization_group",
               "grelevance"},
    "group_l10ns": {"id", "gid", "group_name", "description", "language"},
    "questions": _QUESTION,
    "subquestions": _QUESTION,
    "question_l10ns": {"id", "qid", "question", "help", "language"},
    "answers": {"aid", "qid", "code", "answer", "sortorder", "assessment_value", "scale_id", "language"},
    "answer_l10ns": {"id", "aid", "answer", "language"},
    "conditions": {"cid", "qid", "cqid", "cfieldname", "method", "value", "scenario"},
    "surveys": {"sid", "language", "additional_languages", "anonymized", "format", "questionindex", "showxquestions"},
    "surveys_languagesettings": {"surveyls_survey_id", "surveyls_language", "surveyls_title"},
}  # fmt: skip
_ADDRESS = re.compile(r"[^\s<>@\"'():;,]+@[^\s<>@\"'():;,]+\.[A-Za-z]{2,}")
_TELEPHONE = re.compile(r"(?<![\w.])(?:\+\d{1,3}|0)(?:[ ./()-]{0,2}\d){7,}(?!\w)")
_REMOVED = "[removed]"


def without_persons(data: bytes, name: str) -> bytes:
    """The structure in a .lss without what leads to persons; UserError when it is none."""
    from lxml import etree

    root = etree.Element("document")
    tables: dict[str, list[dict[str, str]]] = {}
    head: list[tuple[str, str]] = []
    languages: list[str] = []
    for tag, element in xml_rows(data, name, wanted=(*_FIELDS, "LimeSurveyDocType", "DBVersion", "languages")):
        if tag == "languages":
            languages += [(one.text or "").strip() for one in element.iter("language")]
        elif tag in _FIELDS:
            tables.setdefault(tag, []).extend(
                {str(cell.tag): _cleared(cell.text or "") for cell in row if cell.tag in _FIELDS[tag]}
                for row in element.iter("row")
            )
        else:
            head.append((tag, (element.text or "").strip()))
    if ("LimeSurveyDocType", "Survey") not in head or not tables.get("questions"):
        raise UserError(f"{name} is no LimeSurvey structure; export it as .lss or .lsa")
    for tag, text in head:
        etree.SubElement(root, tag).text = text
    listed = etree.SubElement(root, "languages")
    for language in languages:
        etree.SubElement(listed, "language").text = language
    for table, rows in tables.items():
        _table(root, table, rows)
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content


def _table(root: Any, table: str, rows: list[dict[str, str]]) -> None:
    from lxml import etree

    element = etree.SubElement(root, table)
    fields = etree.SubElement(element, "fields")
    for field in dict.fromkeys(name for row in rows for name in row):
        etree.SubElement(fields, "fieldname").text = field
    body = etree.SubElement(element, "rows")
    for row in rows:
        line = etree.SubElement(body, "row")
        for field, text in row.items():
            etree.SubElement(line, field).text = text


def _cleared(text: str) -> str:
    """A text without mail addresses and telephone numbers.

    >>> _cleared("Questions? Mail jan@example.org or call +32 2 123 45 67.")
    'Questions? Mail [removed] or call [removed].'
    """
    return _TELEPHONE.sub(_REMOVED, _ADDRESS.sub(_REMOVED, text))
