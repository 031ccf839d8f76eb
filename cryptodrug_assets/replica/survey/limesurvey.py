"""The synthetic wave as LimeSurvey writes it: .lsa (structure and responses), CSV, R and SPSS syntax with data.

NULL, which is an absent field, is what was not shown; an empty field was shown and left empty. Numbers know NULL alone.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptodrug_assets.replica.survey.questionnaire import NOTE, Question, Questionnaire
from cryptodrug_assets.replica.survey.quotas import BROKEN_OFF, NO_ANSWER, NOT_SHOWN
from cryptodrug_assets.replica.survey.wave import Wave

_SID = 201911
_TYPES = {"number": "N", "multi": "M", "rank": "R", "text": "T"}
_MOMENT = "2019-11-30 12:00:00"
_ZIP_TIME = (2019, 11, 30, 12, 0, 0)
_HEADS = {
    "nl": ("Respons ID", "Datum verzonden", "Laatste pagina", "Starttaal"),
    "fr": ("ID de la réponse", "Date de soumission", "Dernière page", "Langue initiale"),
    "en": ("Response ID", "Date submitted", "Last page", "Start language"),
}
_YES_NO = {"nl": ("Ja", "Nee"), "fr": ("Oui", "Non"), "en": ("Yes", "No")}
_RANK = {"nl": "Rang", "fr": "Rang", "en": "Rank"}


@dataclass(frozen=True)
class LimeCell:
    """One column: its question, its suffix, and the options behind it."""

    question: Question
    suffix: str
    variable: str
    place: int = 0

    @property
    def code(self) -> str:
        """The column's code as LimeSurvey writes it in headers."""
        return f"{self.question.code}[{self.suffix}]" if self.suffix else self.question.code


def lime_type(question: Question) -> str:
    """LimeSurvey's letter for a question."""
    if question.kind in ("single", "ordinal"):
        return "Y" if set(question.values) == {0, 1} else "L"
    return _TYPES[question.kind]


def columns(form: Questionnaire) -> list[LimeCell]:
    """The columns of the responses in order; of a ranking one a place."""
    found = []
    for question in form.questions:
        if question.kind == "rank":
            found += [LimeCell(question, str(at), question.variables[0], at) for at in range(1, question.places + 1)]
        elif question.options:
            found += [
                LimeCell(question, option.replace("_", ""), f"{question.name}_{option}") for option in question.options
            ]
        else:
            found.append(LimeCell(question, "", question.name))
    return found


def ranked(wave: Wave, who: str, cell: LimeCell) -> str:
    """The option at a place of someone's ranking, or nothing."""
    for option in cell.question.options:
        if wave.answers[f"{cell.question.name}_{option}"][who] == cell.place:
            return option.replace("_", "")
    return ""


def stored(wave: Wave, who: str, cell: LimeCell) -> str | None:
    """The value as the database has it: None for NULL."""
    value, kind = wave.answers[cell.variable][who], lime_type(cell.question)
    if value in (NOT_SHOWN, BROKEN_OFF):
        return None
    if value == NO_ANSWER:
        return None if kind == "N" else ""
    if cell.place:
        return ranked(wave, who, cell)
    if kind == "M":
        return "Y" if value else ""
    return ("Y" if value else "N") if kind == "Y" else str(value)


def lsa(wave: Wave) -> bytes:
    """The archive: structure and responses."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            (f"survey_{_SID}.lss", lss(wave.questionnaire)),
            (f"survey_{_SID}_responses.lsr", lsr(wave)),
        ):
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), text.encode())
    return out.getvalue()


def _rows(table: str, rows: Iterable[dict[str, str]]) -> str:
    body = "".join(
        "   <row>\n"
        + "".join(
            f"    <{key}><![CDATA[{value}]]></{key}>\n" if value else f"    <{key}/>\n" for key, value in row.items()
        )
        + "   </row>\n"
        for row in rows
    )
    return f" <{table}>\n  <rows>\n{body}  </rows>\n </{table}>\n"


def _document(kind: str, body: str) -> str:
    languages = "".join(f"  <language>{language}</language>\n" for language in ("en", "nl", "fr"))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {NOTE} -->\n<document>\n'
        f" <LimeSurveyDocType>{kind}</LimeSurveyDocType>\n <DBVersion>366</DBVersion>\n"
        f" <languages>\n{languages} </languages>\n{body}</document>\n"
    )


def _relevance(form: Questionnaire, question: Question) -> str:
    if question.condition is None:
        return "1"
    variable, code = question.condition
    owner, option = form.owner(variable)
    name = f"{owner.code}_{option.replace('_', '')}" if option else owner.code
    wanted = "Y" if lime_type(owner) in "MY" and code == 1 else str(code)
    return f'(({name}.NAOK == "{wanted}"))'


def lss(form: Questionnaire) -> str:
    """The structure."""
    gids = {block: str(at) for at, block in enumerate(form.blocks, start=1)}
    qids = {question.name: str(100 * at) for at, question in enumerate(form.questions, start=1)}
    languages = ("en", "nl", "fr")
    groups = [{"gid": gids[block], "sid": str(_SID), "group_order": gids[block]} for block in form.blocks]
    group_texts = [
        {"gid": gids[block], "group_name": label[language], "language": language}
        for block, label in form.blocks.items()
        for language in languages
    ]
    questions = [
        {
            "qid": qids[q.name],
            "parent_qid": "0",
            "sid": str(_SID),
            "gid": gids[q.block],
            "type": lime_type(q),
            "title": q.code,
            "other": "N",
            "mandatory": "N",
            "question_order": str(at),
            "relevance": _relevance(form, q),
        }
        for at, q in enumerate(form.questions)
    ]
    texts = [
        {"qid": qids[q.name], "question": q.label[language], "language": language}
        for q in form.questions
        for language in languages
    ]
    subquestions, answers, answer_texts = [], [], []
    for q in form.questions:
        base = int(qids[q.name])
        if q.kind == "multi":
            for at, (option, label) in enumerate(q.options.items(), start=1):
                subquestions.append(
                    {
                        "qid": str(base + at),
                        "parent_qid": str(base),
                        "sid": str(_SID),
                        "gid": gids[q.block],
                        "type": "T",
                        "title": option.replace("_", ""),
                        "question_order": str(at),
                        "relevance": "1",
                    }
                )
                texts += [
                    {"qid": str(base + at), "question": label[language], "language": language} for language in languages
                ]
        listed = (
            {option.replace("_", ""): label for option, label in q.options.items()}
            if q.kind == "rank"
            else {str(code): label for code, label in q.values.items()}
            if lime_type(q) == "L"
            else {}
        )
        for at, (code, label) in enumerate(listed.items(), start=1):
            answers.append(
                {"aid": str(base * 10 + at), "qid": str(base), "code": code, "sortorder": str(at), "scale_id": "0"}
            )
            answer_texts += [
                {"aid": str(base * 10 + at), "answer": label[language], "language": language} for language in languages
            ]
    tables = {"answers": answers, "answer_l10ns": answer_texts, "groups": groups, "group_l10ns": group_texts,
              "questions": questions, "subquestions": subquestions, "question_l10ns": texts}  # fmt: skip
    return _document("Survey", "".join(_rows(name, rows) for name, rows in tables.items()))


def lsr(wave: Wave) -> str:
    """The responses."""
    form = wave.questionnaire
    gids = {block: at for at, block in enumerate(form.blocks, start=1)}
    qids = {question.name: 100 * at for at, question in enumerate(form.questions, start=1)}
    cells = columns(form)
    names = [f"_{_SID}X{gids[c.question.block]}X{qids[c.question.name]}{c.suffix}" for c in cells]
    heads = ["id", "submitdate", "lastpage", "startlanguage", *names]
    body = (
        " <responses>\n  <fields>\n"
        + "".join(f"   <fieldname>{name}</fieldname>\n" for name in heads)
        + "  </fields>\n  <rows>\n"
    )
    parts = [body]
    for who in wave.respondents:
        values: list[str | None] = [who, _MOMENT if wave.finished(who) else None, str(wave.reached[who]), "nl"]
        values += [stored(wave, who, cell) for cell in cells]
        row = "".join(
            f"    <{name}><![CDATA[{value}]]></{name}>\n" if value else f"    <{name}/>\n"
            for name, value in zip(heads, values, strict=True)
            if value is not None
        )
        parts.append(f"   <row>\n{row}   </row>\n")
    return _document("Responses", "".join(parts) + "  </rows>\n </responses>\n")


def _table(rows: Iterable[Iterable[str]], delimiter: str = ",", quote: str = '"') -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quotechar=quote, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _lines(wave: Wave, head: list[str], cell: Callable[[str, LimeCell], str]) -> list[list[str]]:
    found = [head]
    for who in wave.respondents:
        facts = [who, _MOMENT if wave.finished(who) else "", str(wave.reached[who]), "nl"]
        found.append([*facts, *(cell(who, column) for column in columns(wave.questionnaire)), NOTE])
    return found


def csv_codes(wave: Wave, delimiter: str = ",") -> bytes:
    """CSV of answer codes with codes in the header: NULL and empty are both blank."""
    head = [
        "id",
        "submitdate",
        "lastpage",
        "startlanguage",
        *(c.code for c in columns(wave.questionnaire)),
        "synthetic_note",
    ]
    return _table(_lines(wave, head, lambda who, cell: stored(wave, who, cell) or ""), delimiter).encode()


def csv_full(wave: Wave, language: str = "nl") -> bytes:
    """CSV of full answers with texts in the header, in the exporter's language: N/A of boxes is NULL."""
    yes, no = _YES_NO[language]

    def head(cell: LimeCell) -> str:
        text = cell.question.label[language]
        if cell.place:
            return f"{text} [{_RANK[language]} {cell.place}]"
        option = cell.variable.removeprefix(f"{cell.question.name}_")
        return f"{text} [{cell.question.options[option][language]}]" if cell.suffix else text

    def shown(who: str, cell: LimeCell) -> str:
        value, kind = stored(wave, who, cell), lime_type(cell.question)
        if kind == "M":
            return "N/A" if value is None else yes if value else no
        if kind == "Y":
            return "N/A" if not value else yes if value == "Y" else no
        if not value or kind == "N":
            return value or ""
        if cell.place:
            return next(
                label[language] for option, label in cell.question.options.items() if option.replace("_", "") == value
            )
        return cell.question.values[int(value)][language]

    heads = [*_HEADS[language], *(head(c) for c in columns(wave.questionnaire)), "synthetic_note"]
    return b"\xef\xbb\xbf" + _table(_lines(wave, heads, shown)).encode()


def _numbered(wave: Wave, who: str, cell: LimeCell) -> str:
    """A value as the R and SPSS exports have it: boxes 1 and 0, yes and no 1 and 2, NULL blank."""
    value, kind = stored(wave, who, cell), lime_type(cell.question)
    if value is None:
        return ""
    if kind == "M":
        return "1" if value else "0"
    return {"Y": "1", "N": "2"}.get(value, value) if kind == "Y" else value


def _codes(cell: LimeCell) -> dict[str, str]:
    kind = lime_type(cell.question)
    if kind == "M":
        return {"1": "Yes", "0": "Not selected"}
    if kind == "Y":
        return {"1": "Yes", "2": "No"}
    if cell.place:
        return {option.replace("_", ""): label["en"] for option, label in cell.question.options.items()}
    return {str(code): label["en"] for code, label in cell.question.values.items()}


def _syntax_names(form: Questionnaire) -> list[str]:
    return [
        "id",
        "submitdate",
        "lastpage",
        "startlanguage",
        *(c.code.replace("[", "_").rstrip("]") for c in columns(form)),
        "synthetic_note",
    ]


def r_files(wave: Wave) -> dict[str, bytes]:
    """R syntax and its data file."""
    cells = columns(wave.questionnaire)
    names = _syntax_names(wave.questionnaire)
    lines = [
        f"# {NOTE}",
        f'data <- read.csv("survey_{_SID}_R_data_file.csv", quote = "\'\\"", stringsAsFactors=FALSE)',
    ]
    for at, name in enumerate(names, start=1):
        cell = cells[at - 5] if 5 <= at < 5 + len(cells) else None
        label = f"{cell.question.label['en']}" if cell else name
        lines.append(f"# Field {at}")
        if cell and (codes := _codes(cell)):
            levels = ",".join(code if code.isdigit() else f'"{code}"' for code in codes)
            texts = ",".join(f'"{text}"' for text in codes.values())
            lines.append(f"data[, {at}] <- factor(data[, {at}], levels=c({levels}),labels=c({texts}))")
        lines += [f'attributes(data)$variable.labels[{at}] <- "{label}"', f'names(data)[{at}] <- "{name}"']
    data = _table(_lines(wave, names, lambda who, cell: _numbered(wave, who, cell)))
    return {
        f"survey_{_SID}_R_syntax_file.R": "\n".join(lines).encode(),
        f"survey_{_SID}_R_data_file.csv": data.encode(),
    }


def spss_files(wave: Wave) -> dict[str, bytes]:
    """SPSS syntax and its .dat, quoted with '."""
    cells = columns(wave.questionnaire)
    names = _syntax_names(wave.questionnaire)
    quoted = [name.replace("'", "''") for name in names]
    lines = [
        f"* {NOTE}.",
        "SET UNICODE=ON.",
        "GET DATA",
        " /TYPE=TXT",
        f" /FILE='survey_{_SID}_SPSS_data_file.dat'",
        " /DELCASE=LINE",
        ' /DELIMITERS=","',
        ' /QUALIFIER="\'"',
        " /ARRANGEMENT=DELIMITED",
        " /FIRSTCASE=1",
        " /IMPORTCASE=ALL",
        " /VARIABLES=",
    ]
    lines += [f" V{at} A{60 if at < 5 else 20}" for at in range(1, len(names) + 1)]
    lines += ["CACHE.", "EXECUTE.", "*Define Variable Properties."]
    for at in range(1, len(names) + 1):
        label = cells[at - 5].question.label["en"] if 5 <= at < 5 + len(cells) else quoted[at - 1]
        lines.append(f"VARIABLE LABELS V{at} '{label.replace(chr(39), chr(39) * 2)}'.")
    lines.append("*Define Value labels.")
    for at, cell in enumerate(cells, start=5):
        if codes := _codes(cell):
            pairs = [
                f"{code if code.isdigit() else repr(code)} '{text.replace(chr(39), chr(39) * 2)}'"
                for code, text in codes.items()
            ]
            lines += [f"VALUE LABELS  V{at}", *pairs[:-1], f"{pairs[-1]}."]
    lines += [f"RENAME VARIABLE ( V{at} = {name} )." for at, name in enumerate(quoted, start=1)]
    rows = _lines(wave, names, lambda who, cell: _numbered(wave, who, cell))[1:]
    return {
        f"survey_{_SID}_SPSS_syntax_file.sps": "\n".join(lines).encode(),
        f"survey_{_SID}_SPSS_data_file.dat": _table(rows, quote="'").encode(),
    }
