"""The synthetic wave as Qualtrics writes it: CSV in three dialects, with or without -99, and the survey's .qsf.

Names and order of the facts of a response differ between the dialects; choice ids, recode values and their order too.
"""

import csv
import io
import json
from typing import Literal

from cryptodrug_assets.replica.survey.questionnaire import NOTE, Question, Questionnaire
from cryptodrug_assets.replica.survey.quotas import NO_ANSWER
from cryptodrug_assets.replica.survey.wave import Wave

Dialect = Literal["legacy", "2016", "today"]
_FACTS: dict[str, list[str]] = {
    "legacy": [
        "ResponseID",
        "ResponseSet",
        "Name",
        "ExternalDataReference",
        "EmailAddress",
        "IPAddress",
        "Status",
        "StartDate",
        "EndDate",
        "Finished",
    ],
    "2016": [
        "ResponseID",
        "StartDate",
        "EndDate",
        "Status",
        "IPAddress",
        "Progress",
        "Duration (in seconds)",
        "Finished",
        "RecordedDate",
        "RecipientLastName",
        "RecipientFirstName",
        "RecipientEmail",
        "ExternalReference",
    ],
    "today": [
        "StartDate",
        "EndDate",
        "Status",
        "Progress",
        "Duration (in seconds)",
        "Finished",
        "RecordedDate",
        "ResponseId",
        "DistributionChannel",
        "UserLanguage",
    ],
}


def _tag(question: Question) -> str:
    return question.name


def _qid(form: Questionnaire, question: Question) -> str:
    return f"QID{form.questions.index(question) + 1}"


def _columns(form: Questionnaire) -> list[tuple[str, str, str, str]]:
    """(name, text, ImportId, variable) of each column of answers."""
    found = []
    for question in form.questions:
        qid, text = _qid(form, question), question.label["en"]
        if not question.options:
            found.append((_tag(question), text, qid, question.name))
        for at, (option, label) in enumerate(question.options.items(), start=1):
            found.append(
                (f"{_tag(question)}_{at}", f"{text} - {label['en']}", f"{qid}_{at}", f"{question.name}_{option}")
            )
    return found


def responses(wave: Wave, dialect: Dialect = "today", *, mark_unanswered: bool = False) -> bytes:
    """The CSV of a dialect; a blank is both "not shown" and "no answer" unless the latter is marked as -99."""
    form = wave.questionnaire
    columns = _columns(form)
    if dialect == "2016":  # the order of questions is the export's own
        columns = columns[::-1]
    facts = _FACTS[dialect]
    names = [f"V{at}" for at in range(1, len(facts) + 1)] if dialect == "legacy" else facts
    head = [*names, *(name for name, *_ in columns), "synthetic_note"]
    texts = [*facts, *(text for _, text, *_ in columns), "synthetic note"]
    lines = [head, texts]
    if dialect != "legacy":
        ids = [
            *(fact[0].lower() + fact[1:] for fact in facts),
            *(import_id for *_, import_id, _ in columns),
            "synthetic_note",
        ]
        quote = "'" if dialect == "2016" else '"'
        lines.append(
            [f"{{{quote}ImportId{quote}:{' ' if dialect == '2016' else ''}{quote}{one}{quote}}}" for one in ids]
        )
    for who in wave.respondents:
        progress = round(100 * wave.reached[who] / len(form.blocks))
        known = {
            "ResponseID": who,
            "ResponseId": who,
            "ResponseSet": "Default Response Set",
            "Status": "0",
            "StartDate": "2019-11-30 12:00:00",
            "EndDate": "2019-11-30 12:20:00",
            "RecordedDate": "2019-11-30 12:20:01",
            "Finished": str(int(wave.finished(who))) if dialect != "2016" else str(wave.finished(who)),
            "Progress": str(progress),
            "Duration (in seconds)": "1200",
            "DistributionChannel": "anonymous",
            "UserLanguage": "NL",
        }
        row = [known.get(fact, "") for fact in facts]
        row += [
            _cell(wave.answers[variable][who], form.owner(variable)[0], mark_unanswered=mark_unanswered)
            for *_, variable in columns
        ]
        lines.append([*row, NOTE])
    if dialect == "legacy":
        lines = [[*line, ""] for line in lines]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\n").writerows(lines)
    return (b"\xef\xbb\xbf" if dialect == "legacy" else b"") + out.getvalue().encode()


def _cell(value: int, question: Question, *, mark_unanswered: bool) -> str:
    if value == NO_ANSWER and mark_unanswered:
        return "-99"
    if value < 0 or (question.options and value == 0):
        return ""
    return str(value)


def qsf(form: Questionnaire) -> bytes:
    """The survey's definition."""
    elements: list[dict[str, object]] = [
        {
            "Element": "BL",
            "PrimaryAttribute": "Survey Blocks",
            "Payload": {
                str(at): {
                    "Type": "Default",
                    "Description": block,
                    "ID": f"BL_{at}",
                    "BlockElements": [{"Type": "Question", "QuestionID": _qid(form, q)} for q in form.of_block(block)],
                }
                for at, block in enumerate(form.blocks)
            },
        }
    ]
    for question in form.questions:
        kind, selector = {"number": ("TE", "SL"), "multi": ("MC", "MAVR"), "rank": ("RO", "DND")}.get(
            question.kind, ("MC", "SAVR")
        )
        payload: dict[str, object] = {
            "QuestionText": f"<p>{question.label['en']}</p>", "DataExportTag": _tag(question), "QuestionType": kind,
            "Selector": selector, "QuestionID": _qid(form, question),
            "Language": {"NL": {"QuestionText": question.label["nl"]}, "FR": {"QuestionText": question.label["fr"]}},
        }  # fmt: skip
        labels = question.options or question.values
        if labels:
            # Choice ids start at 11 where values are recoded: no id is a code by accident.
            start = 1 if question.options else 11
            payload["Choices"] = {
                str(at): {"Display": label["en"]} for at, label in enumerate(labels.values(), start=start)
            }
            if not question.options:
                payload["RecodeValues"] = {str(at): str(code) for at, code in enumerate(labels, start=start)}
        if question.condition:
            payload["DisplayLogic"] = {
                "Type": "BooleanExpression",
                "inPage": False,
                "0": {"0": {"LogicType": "Question", "Operator": "Selected"}},
            }
        elements.append({"Element": "SQ", "PrimaryAttribute": _qid(form, question), "Payload": payload})
    entry = {"SurveyName": NOTE, "SurveyLanguage": "EN"}
    return json.dumps({"SurveyEntry": entry, "SurveyElements": elements}, ensure_ascii=False, indent=1).encode()
