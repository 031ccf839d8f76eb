"""Code book and questionnaire of a wave in Dutch, French and English, from its instrument: CSV and Markdown."""

import csv
import io
from collections.abc import Iterator, Mapping

from cryptodrug_assets.buyers.deposit.microdata import MISSING_LABELS, Column, columns
from cryptodrug_assets.buyers.survey.model import LANGUAGES, Instrument

_WORDS: dict[str, dict[str, str]] = {
    "title": {"en": "Code book", "nl": "Codeboek", "fr": "Dictionnaire des codes"},
    "questionnaire": {"en": "Questionnaire", "nl": "Vragenlijst", "fr": "Questionnaire"},
    "code": {"en": "code", "nl": "code", "fr": "code"},
    "meaning": {"en": "meaning", "nl": "betekenis", "fr": "signification"},
    "missing": {"en": "missing", "nl": "ontbrekend", "fr": "manquant"},
    "asked": {"en": "Asked if", "nl": "Gevraagd als", "fr": "Posé si"},
    "period": {"en": "Reference period", "nl": "Referentieperiode", "fr": "Période de référence"},
    "number": {"en": "A number.", "nl": "Een getal.", "fr": "Un nombre."},
    "text": {
        "en": "Free text; not deposited.",
        "nl": "Vrije tekst; niet gedeponeerd.",
        "fr": "Texte libre; non déposé.",
    },
    "empty": {
        "en": "An empty cell: why there is no answer is not known.",
        "nl": "Een lege cel: waarom er geen antwoord is, is niet bekend.",
        "fr": "Une cellule vide: on ne sait pas pourquoi il n'y a pas de réponse.",
    },
}


def codebook_csv(instrument: Instrument) -> bytes:
    """A row a variable and code; of numbers the rows of missing answers alone. UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = ("variable", "item", "set", "option", "block", "kind", "measure", "universe", "reference_period")
    writer.writerow((*head, "sensitivity", "statements", *(f"label_{language}" for language in LANGUAGES), "code",
                     "missing", *(f"meaning_{language}" for language in LANGUAGES)))  # fmt: skip
    for column in columns(instrument):
        item = column.item
        facts = (column.name, item.name, item.item_set or "", item.option or "", item.block, item.kind, column.measure,
                 item.universe or "", item.period or "", item.sensitivity, " ".join(item.statements),
                 *(column.label.get(language, "") for language in LANGUAGES))  # fmt: skip
        for code, missing, meaning in _codes(column):
            writer.writerow((*facts, code, int(missing), *(meaning.get(language, "") for language in LANGUAGES)))
    return out.getvalue().encode()


def _codes(column: Column) -> Iterator[tuple[int, bool, Mapping[str, str]]]:
    for choice in column.item.values:
        yield choice.code, False, choice.label
    for code, label in MISSING_LABELS.items():
        yield code, True, label


def codebook_markdown(instrument: Instrument, language: str, *, title: str) -> str:
    """The code book in one language; a text that there is not in it stands in English."""
    lines = [f"# {_WORDS['title'][language]}: {title}", "", _WORDS["empty"][language], ""]
    for column in columns(instrument):
        item = column.item
        lines += [f"## {column.name}", "", _said(column.label, language), ""]
        if item.universe:
            lines += [f"{_WORDS['asked'][language]}: `{item.universe}`", ""]
        if item.period:
            lines += [f"{_WORDS['period'][language]}: {item.period}", ""]
        if not item.closed:
            lines += [_WORDS["number"][language], ""]
        lines += [f"| {_WORDS['code'][language]} | {_WORDS['meaning'][language]} |", "|-:|-|"]
        for code, missing, meaning in _codes(column):
            mark = f" ({_WORDS['missing'][language]})" if missing else ""
            lines.append(f"| {code} | {_cell(_said(meaning, language))}{mark} |")
        lines.append("")
    return "\n".join(lines)


def questionnaire_markdown(instrument: Instrument, language: str, *, title: str) -> str:
    """The questions as they were asked, block by block, from the instrument: it holds nothing of persons."""
    lines = [f"# {_WORDS['questionnaire'][language]}: {title}", ""]
    if instrument.note:
        lines += [instrument.note, ""]
    block, shown = "", set()
    for item in instrument.items:
        if item.block != block:
            block = item.block
            lines += [f"## {block}", ""]
        owner = instrument.set_of.get(item.item_set) if item.item_set else None
        if owner is not None and owner.name in shown:
            continue
        label = owner.label if owner else item.label
        lines.append(f"**{owner.name if owner else item.name}** {_said(label, language)}")
        if item.universe:
            lines.append(f"\n*{_WORDS['asked'][language]}: `{item.universe}`*")
        lines.append("")
        if owner is not None:
            shown.add(owner.name)
            lines += [f"- {_said(instrument.by_name[member].label, language)}" for member in owner.members]
        elif item.closed:
            lines += [f"- {choice.code}: {_said(choice.label, language)}" for choice in item.values]
        else:
            lines.append(_WORDS["text" if item.kind == "text" else "number"][language])
        lines.append("")
    return "\n".join(lines)


def _said(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts.get("en") or next((text for text in texts.values() if text), "")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
