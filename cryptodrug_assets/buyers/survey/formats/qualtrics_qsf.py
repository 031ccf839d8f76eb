"""Qualtrics' .qsf: export tags, choices, recode values, display logic by question id (QID).

Recode values differ from choice ids and from their order; a CSV of values holds the recodes, a CSV of choice texts the
labels. Columns of a multiple answer end in the choice id, or in its "variable naming" where there is one.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptodrug_assets.errors import UserError

_TAG = re.compile(r"<[^<>]*>")
_QID = re.compile(r"(QID\d+)(?:[_-](.+))?$")


@dataclass(frozen=True)
class Question:
    """A question: its export tag, what its choices are called, and when it is shown."""

    tag: str
    text: str
    type: str
    many: bool
    choices: Mapping[str, str]
    recodes: Mapping[str, str]
    naming: Mapping[str, str]
    relevance: str = ""
    block: str = ""


@dataclass(frozen=True)
class QsfColumn:
    """A column of the CSV as the survey file knows it."""

    code: str
    text: str
    type: str
    relevance: str
    block: str
    labels: Mapping[str, str] = field(default_factory=dict)


def read_questions(document: Any, name: str) -> dict[str, Question]:
    """Questions by QID; UserError when the document is no survey."""
    try:
        elements = document["SurveyElements"]
        blocks = _blocks(elements)
        questions = {
            str(one["PrimaryAttribute"]): _question(one["Payload"], blocks.get(str(one["PrimaryAttribute"]), ""))
            for one in elements
            if one.get("Element") == "SQ"
            and (one.get("Payload") or {}).get("QuestionType") not in ("DB", "Timing", "Captcha")
        }
    except (KeyError, TypeError, AttributeError, ValueError) as err:
        raise UserError(
            f"{name} is no Qualtrics survey ({type(err).__name__} {err}); export the survey (.qsf) again"
        ) from err
    if not questions:
        raise UserError(f"{name} holds no question; export the survey (.qsf) again")
    return questions


def _blocks(elements: Any) -> dict[str, str]:
    """Block by QID."""
    found: dict[str, str] = {}
    for one in elements:
        if one.get("Element") == "BL" and one.get("Payload"):
            payload = one["Payload"]
            for block in payload.values() if isinstance(payload, dict) else payload:
                for element in block.get("BlockElements") or []:
                    if element.get("Type") == "Question":
                        found[str(element["QuestionID"])] = str(block.get("Description", ""))
    return found


def _plain(text: object) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", str(text or ""))).split())


def _by_id(entries: Any) -> dict[str, Any]:
    """Choices by id: a mapping, or a list counted from 0, as Qualtrics writes an unbroken run."""
    if isinstance(entries, list):
        return {str(at): entry for at, entry in enumerate(entries) if entry is not None}
    return {str(key): value for key, value in (entries or {}).items()}


def _question(payload: Mapping[str, Any], block: str) -> Question:
    kind = str(payload.get("QuestionType", ""))
    choices = {
        key: _plain(entry.get("Display") if isinstance(entry, dict) else entry)
        for key, entry in _by_id(payload.get("Choices")).items()
    }
    return Question(
        tag=str(payload["DataExportTag"]), text=_plain(payload.get("QuestionText")), type=kind,
        many=kind in ("RO", "Matrix", "SBS", "CS") or str(payload.get("Selector", "")).startswith(("MA", "FORM")),
        choices=choices, recodes={key: str(value) for key, value in _by_id(payload.get("RecodeValues")).items()},
        naming={key: str(value) for key, value in _by_id(payload.get("VariableNaming")).items()},
        relevance="display logic" if payload.get("DisplayLogic") else "", block=block,
    )  # fmt: skip


def column_of(questions: Mapping[str, Question], import_id: str, name: str) -> QsfColumn | None:
    """What the survey file says of a column, by its ImportId or else by its export tag."""
    match = _QID.match(import_id)
    question = questions.get(match[1]) if match else None
    suffix = (match[2] or "") if match else ""
    if question is None:
        tags = [one for one in questions.values() if name == one.tag or name.startswith(f"{one.tag}_")]
        question = max(tags, key=lambda one: len(one.tag), default=None)
        suffix = name[len(question.tag) :].lstrip("_") if question else ""
    if question is None:
        return None
    suffix = suffix.removeprefix("_")
    labels = {question.recodes.get(key, key): text for key, text in question.choices.items()}
    if question.many and suffix in question.choices:
        code = f"{question.tag}_{question.naming.get(suffix) or suffix}"
        return QsfColumn(
            code, f"{question.text} - {question.choices[suffix]}", question.type, question.relevance, question.block
        )
    if question.many and not suffix:
        return QsfColumn(question.tag, question.text, question.type, question.relevance, question.block, labels)
    code = f"{question.tag}_{suffix}" if suffix and suffix != "TEXT" else question.tag
    if suffix.endswith("TEXT"):
        return QsfColumn(f"{question.tag}_{suffix}", question.text, "TE", question.relevance, question.block)
    return QsfColumn(code, question.text, question.type, question.relevance, question.block, labels)
