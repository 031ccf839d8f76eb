"""A bulletin as files: PDF in each language, CSV and JSON with codes, and as Markdown for a preview."""

import csv
import io
import json
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from cryptodrug_assets.publishing.bulletin.content import CLEAR, Bulletin, Line, Value
from cryptodrug_assets.publishing.bulletin.pdf import bulletin_pdf
from cryptodrug_assets.publishing.bulletin.texts import Text, bulletin_text, summary
from cryptodrug_assets.publishing.embargo import band
from cryptodrug_assets.publishing.package.facts import MARK, Facts, Publisher, json_bytes
from cryptodrug_assets.publishing.words import LANGUAGES, Words

_PLACE = ("section", "market", "origin", "indicator", "param", "drug_class", "period")
_PARTS = ("now", "before", "change")
_OF_VALUE = ("value", "lower", "upper", "status")


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The JSON Schema of bulletins."""
    content: dict[str, Any] = json.loads(files(__package__).joinpath("bulletin.schema.json").read_text("utf-8"))
    return content


def bulletin_files(
    bulletin: Bulletin,
    publisher: Publisher,
    *,
    languages: Sequence[str] = tuple(LANGUAGES),
    facts: Facts | None = None,
) -> dict[str, bytes]:
    """The files of a bulletin by name: `2019-11.nl.pdf`, …, `2019-11.csv`, `2019-11.json`; `2019-11.amber.…` of the
    restricted edition. The same bytes for the same bulletin; `facts` are those of the release that holds it."""
    stem = stem_of(bulletin)
    table = bulletin_csv(bulletin)
    made = {}
    for language in languages:
        text = bulletin_text(bulletin, language, publisher)
        author, attachment = publisher.name[language], (f"{stem}.csv", table)
        made[f"{stem}.{language}.pdf"] = bulletin_pdf(
            bulletin, text, author=author, attachment=attachment, embargo=band(facts, text.words)
        )
    return made | {f"{stem}.csv": table, f"{stem}.json": bulletin_json(bulletin, publisher)}


def stem_of(bulletin: Bulletin) -> str:
    """What the names of its files begin with."""
    return bulletin.month if bulletin.edition == CLEAR else f"{bulletin.month}.amber"


def bulletin_csv(bulletin: Bulletin) -> bytes:
    """A line a value, with its codes; empty where there is none. The first column repeats the marking."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    values = [name if part == "now" else f"{part}_{name}" for part in _PARTS for name in _OF_VALUE]
    writer.writerow(["marking", "synthetic", *_PLACE, *values, "moved"])
    for line in bulletin.lines:
        row = _line(line)
        cells = [row[part][name] for part in _PARTS for name in _OF_VALUE]
        writer.writerow([
            bulletin.edition, str(bulletin.synthetic).lower(), *(row[name] for name in _PLACE),
            *("" if cell is None else repr(cell) if isinstance(cell, float) else cell for cell in cells), row["moved"],
        ])  # fmt: skip
    return out.getvalue().encode()


def bulletin_json(bulletin: Bulletin, publisher: Publisher) -> bytes:
    """The bulletin for programs, valid by `schema()`."""
    from jsonschema import Draft202012Validator

    content: dict[str, Any] = {
        "marking": bulletin.edition,
        "audience": bulletin.audience,
        "mark": MARK if bulletin.synthetic else None,
        "month": bulletin.month,
        "number": bulletin.number,
        "issued": bulletin.issued.isoformat(),
        "publisher": publisher.name["en"],
        "contact": publisher.contact.email,
        "country": bulletin.country,
        "markets": list(bulletin.markets),
        "first_observed": list(bulletin.first_observed),
        "last_observed": list(bulletin.last_observed),
        "events": [
            {"market": one.market, "type": one.kind, "date": one.date.isoformat(), "precision": one.precision}
            for one in bulletin.happenings
        ],
        "summary": {language: summary(bulletin, Words(language)) for language in LANGUAGES},
        "values": [_line(line) for line in bulletin.lines],
    }
    Draft202012Validator(schema()).validate(content)
    return json_bytes(content)


def markdown(text: Text) -> str:
    """The bulletin as Markdown, for a preview."""
    lines = [f"# {text.title}", "", *([f"**{text.mark}**", ""] if text.mark else [])]
    lines += [f"- {name}: {fact}" for name, fact in text.facts]
    for part in text.parts:
        lines += ["", f"## {part.title}", ""]
        lines += [f"- {sentence}" if part.as_list else f"{sentence}\n" for sentence in part.sentences]
        for name, table in part.tables:
            lines += ["", f"**{name}**", "", f"| {' | '.join(table.head)} |", f"|{'-|' * len(table.head)}"]
            lines += [f"| {' | '.join(row)} |" for row in table.rows]
        lines += ["", *part.reading] if part.reading else []
    return "\n".join(lines) + "\n"


def _line(line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _PLACE} | {
        "now": _value(line.now), "before": _value(line.before), "change": _value(line.change), "moved": line.moved,
    }  # fmt: skip


def _value(value: Value) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _OF_VALUE}
