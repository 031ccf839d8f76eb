"""The synthetic wave as KoBo, REDCap and SPSS have it.

KoBo holds finished submissions alone; REDCap writes 0 for a box whatever happened; a .sav holds every state as a number
in a missing range.
"""

import csv
import io
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cryptodrug_assets.replica.survey.questionnaire import NOTE, Question, Questionnaire
from cryptodrug_assets.replica.survey.wave import Wave

_MISSING = {-9: "no answer", -8: "not shown", -7: "broken off", -6: "not asked"}
_HEADER_TIME = slice(92, 109)  # creation date and time in the header of a .sav
_TIME_TEXT = b"30 Nov 1912:00:00"
_DICTIONARY = [
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
]


def _table(rows: Iterable[Iterable[object]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _workbook(sheets: dict[str, list[list[str]]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsform(form: Questionnaire) -> bytes:
    """The form as a workbook: survey, choices, settings."""
    survey = [
        ["type", "name", "label::English (en)", "label::Nederlands (nl)", "label::Français (fr)", "relevant"],
        ["start", "start", "", "", "", ""],
    ]
    choices = [["list_name", "name", "label::English (en)", "label::Nederlands (nl)", "label::Français (fr)"]]
    for block, label in form.blocks.items():
        survey.append(["begin_group", block, label["en"], label["nl"], label["fr"], ""])
        for question in form.of_block(block):
            kind = {"number": "integer", "multi": f"select_multiple {question.name}", "rank": "integer"}.get(
                question.kind, f"select_one {question.name}"
            )
            relevant = ""
            if question.condition:
                owner, option = form.owner(question.condition[0])
                relevant = (
                    f"selected(${{{owner.name}}}, '{option}')"
                    if option
                    else f"${{{owner.name}}} = '{question.condition[1]}'"
                )
            names = question.variables if question.kind == "rank" else [question.name]
            for name in names:
                option = name.removeprefix(f"{question.name}_")
                text = question.options[option] if question.kind == "rank" else question.label
                survey.append([kind, name, text["en"], text["nl"], text["fr"], relevant])
            listed = question.options if question.kind == "multi" else {str(k): v for k, v in question.values.items()}
            choices += [[question.name, name, text["en"], text["nl"], text["fr"]] for name, text in listed.items()]
        survey.append(["end_group", "", "", "", "", ""])
    return _workbook(
        {"survey": survey, "choices": choices, "settings": [["form_title", "form_id"], [NOTE, "synthetic"]]}
    )


def _submissions(wave: Wave) -> list[list[str]]:
    form = wave.questionnaire
    head = ["start", "end"]
    for question in form.questions:
        if question.kind == "multi":
            head += [
                f"{question.block}/{question.name}",
                *(f"{question.block}/{question.name}/{option}" for option in question.options),
            ]
        else:
            head += [f"{question.block}/{variable}" for variable in question.variables]
    rows = [[*head, "_id", "_uuid", "_submission_time", "__version__", "synthetic_note"]]
    for at, who in enumerate((one for one in wave.respondents if wave.finished(one)), start=1):
        row = ["2019-11-30T12:00:00", "2019-11-30T12:20:00"]
        for question in form.questions:
            values = [wave.answers[variable][who] for variable in question.variables]
            if question.kind == "multi":
                missing = values[0] < 0
                ticked = [option for option, value in zip(question.options, values, strict=True) if value == 1]
                row += ["" if missing else " ".join(ticked), *("" if missing else str(value) for value in values)]
            else:
                row += ["" if value < 0 else str(value) for value in values]
        rows.append([*row, str(at), who, "2019-11-30T12:20:01", "v1", NOTE])
    return rows


def kobo_csv(wave: Wave) -> bytes:
    """Submissions as CSV, cut by semicolons as KoBo does."""
    return _table(_submissions(wave), ";")


def kobo_xlsx(wave: Wave) -> bytes:
    """Submissions as a workbook."""
    return _workbook({"data": _submissions(wave)})


def redcap_dictionary(form: Questionnaire) -> bytes:
    """The data dictionary."""
    rows: list[list[str]] = [_DICTIONARY, _field("record_id", next(iter(form.blocks)), "text", "Record", "", "")]
    for question in form.questions:
        logic = ""
        if question.condition:
            owner, option = form.owner(question.condition[0])
            logic = f"[{owner.name}({option})] = '1'" if option else f"[{owner.name}] = '{question.condition[1]}'"
        if question.kind == "rank":
            listed = " | ".join(f"{at}, {label['en']}" for at, label in enumerate(question.options.values(), start=1))
            rows += [
                _field(
                    f"{question.name}_{place}",
                    question.block,
                    "dropdown",
                    f"{question.label['en']}: {place}",
                    listed,
                    logic,
                )
                for place in range(1, question.places + 1)
            ]
        elif question.kind == "multi":
            listed = " | ".join(f"{option}, {label['en']}" for option, label in question.options.items())
            rows.append(_field(question.name, question.block, "checkbox", question.label["en"], listed, logic))
        else:
            listed = " | ".join(f"{code}, {label['en']}" for code, label in question.values.items())
            rows.append(
                _field(
                    question.name, question.block, "radio" if listed else "text", question.label["en"], listed, logic
                )
            )
    return _table(rows)


def _field(name: str, form: str, kind: str, label: str, choices: str, logic: str) -> list[str]:
    row = [""] * len(_DICTIONARY)
    row[0], row[1], row[3], row[4], row[5], row[6], row[11] = name, form, kind, label, choices, NOTE, logic
    return row


def redcap_data(wave: Wave) -> bytes:
    """Raw data: boxes 0 or 1 whatever happened, and each form's status."""
    form = wave.questionnaire
    head = ["record_id"]
    for block in form.blocks:
        for question in form.of_block(block):
            head += _redcap_names(question)
        head.append(f"{block}_complete")
    rows: list[list[str]] = [[*head, "synthetic_note"]]
    for who in wave.respondents:
        row = [who]
        for at, block in enumerate(form.blocks):
            for question in form.of_block(block):
                values = {option: wave.answers[f"{question.name}_{option}"][who] for option in question.options}
                if question.kind == "multi":
                    row += [str(max(value, 0)) for value in values.values()]
                elif question.kind == "rank":
                    numbers = {value: str(number) for number, value in enumerate(values.values(), start=1) if value > 0}
                    row += [numbers.get(place, "") for place in range(1, question.places + 1)]
                else:
                    value = wave.answers[question.name][who]
                    row.append("" if value < 0 else str(value))
            row.append("2" if at < wave.reached[who] else "")
        rows.append([*row, NOTE])
    return _table(rows)


def _redcap_names(question: Question) -> list[str]:
    if question.kind == "multi":
        return [f"{question.name}___{option}" for option in question.options]
    if question.kind == "rank":
        return [f"{question.name}_{place}" for place in range(1, question.places + 1)]
    return [question.name]


def sav(wave: Wave) -> bytes:
    """SPSS file with labels, measures and one missing range; the same bytes each time."""
    import polars as pl
    import pyreadstat

    form = wave.questionnaire
    data: dict[str, list[str] | list[float]] = {"respondent": list(wave.respondents)}
    labels, values, measures = {"respondent": NOTE}, {}, {"respondent": "nominal"}
    names = {variable: variable if variable[0].isalpha() else f"v_{variable}" for variable in form.variables}
    for variable in form.variables:
        question, option = form.owner(variable)
        name = names[variable]
        data[name] = [float(wave.answers[variable][who]) for who in wave.respondents]
        labels[name] = f"{question.label['en']}: {question.options[option]['en']}" if option else question.label["en"]
        codes = (
            {1: "yes", 0: "no"}
            if question.kind == "multi"
            else {code: text["en"] for code, text in question.values.items()}
        )
        values[name] = {float(code): text for code, text in {**codes, **_MISSING}.items()}
        measures[name] = {"number": "scale", "ordinal": "ordinal", "rank": "ordinal"}.get(question.kind, "nominal")
    with tempfile.TemporaryDirectory(prefix="survey-") as folder:
        path = Path(folder) / "wave.sav"
        pyreadstat.write_sav(
            pl.DataFrame(data), str(path), file_label=NOTE[:60], column_labels=[labels[name] for name in data],
            variable_value_labels=values, missing_ranges={name: [{"lo": -9, "hi": -6}] for name in values},
            variable_measure=measures,
        )  # fmt: skip
        content = bytearray(path.read_bytes())
    content[_HEADER_TIME] = _TIME_TEXT
    return bytes(content)
