"""A first draft of an instrument from an export: names, kinds, code lists and routing as far as the files say.

What they do not say is marked with TODO: blocks, translations, statements. A draft is read and corrected by a person.
"""

import re
from typing import Any

import yaml

from cryptodrug_assets.buyers.survey import routing
from cryptodrug_assets.buyers.survey.decoding import parse_number
from cryptodrug_assets.buyers.survey.formats.export import Export, SourceColumn
from cryptodrug_assets.buyers.survey.formats.limesurvey_structure import SET_TYPES
from cryptodrug_assets.errors import UserError

_WORD = re.compile(r"[^a-z0-9]+")
_SET = re.compile(r"^(?P<set>[A-Za-z]\w*?)(?:\[(?P<a>[^\]]+)\]|___(?P<b>\w+)|/(?P<c>[^/]+))$")
_TICKS = {"", "0", "1", "y", "n", "yes", "no", "ja", "nee", "oui", "non", "n/a", "true", "false"}
_MOST_CODES = 15
_LIMESURVEY_YES_NO = "Y"
_NUMBERS = ("N", "K")


def draft(export: Export, *, name: str, wave: str) -> str:
    """The YAML of a draft; UserError when the export has no column of answers."""
    if not export.columns:
        raise UserError("there is no column of answers in the export; include the questions")
    blocks: list[str] = []
    items: list[dict[str, Any]] = []
    by_name: dict[str, dict[str, Any]] = {}
    ignored: list[str] = []
    for column in export.columns:
        if column.type == "*":
            ignored.append(column.name)
            continue
        block = _name(column.block) or "questionnaire"
        if block not in blocks:
            blocks.append(block)
        match = _SET.match(column.name)
        if match and _boxes(column):
            stem = _name(match["set"])
            option = _WORD.sub("_", str(match["a"] or match["b"] or match["c"]).lower()).strip("_")
            if stem not in by_name:
                by_name[stem] = {
                    "name": stem,
                    "block": block,
                    "kind": "multi",
                    "label": {"en": column.text or stem},
                    "options": {},
                }
                items.append(by_name[stem])
            by_name[stem]["options"][option] = {
                "en": column.text.rsplit(" - ", 1)[-1] or option,
                "written": [column.name],
            }
            continue
        item = _plain(column, block)
        if item["name"] in by_name:
            item["name"] = f"{item['name']}_{len(items)}"
        by_name[item["name"]] = item
        items.append(item)
    order = {block: at for at, block in enumerate(blocks)}
    items.sort(key=lambda item: order[item["block"]])
    document = {
        "instrument": name,
        "wave": wave,
        "version": "1",
        "note": "DRAFT from an export: check kinds, code lists, universes; add labels, statements, sensitivity.",
        "languages": ["en"],
        "pages": "unknown",
        "blocks": [{"name": block, "label": {"en": block}} for block in blocks],
        "items": items,
        "ignore": ignored,
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=118)


def _name(text: str) -> str:
    plain = _WORD.sub("_", text.lower()).strip("_")[:60]
    return plain if not plain or plain[0].isalpha() else f"q_{plain}"


def _boxes(column: SourceColumn) -> bool:
    if not len(column.values):
        return column.type in SET_TYPES
    values = {(text or "").strip().casefold() for text in column.values.unique()}
    return values <= _TICKS


def _plain(column: SourceColumn, block: str) -> dict[str, Any]:
    name = _name(column.name) or "question"
    item: dict[str, Any] = {"name": name, "block": block, "kind": "text", "label": {"en": column.text or column.name}}
    texts = sorted(
        {
            text.strip()
            for text in column.values.drop_nulls()
            if text.strip() and text.strip().casefold() not in column.marks
        }
    )
    if column.type == _LIMESURVEY_YES_NO:
        item |= {"kind": "single", "values": {1: {"en": "yes", "written": ["Y"]}, 0: {"en": "no", "written": ["N"]}}}
    elif column.labels:
        item |= {"kind": "single", "values": _listed(dict(column.labels))}
    elif (not len(column.values) and column.type in _NUMBERS) or (
        texts and all(parse_number(text) is not None for text in texts)
    ):
        item["kind"] = "number"
    elif texts and len(texts) <= _MOST_CODES and max(map(len, texts)) <= _MOST_CODES:
        item |= {"kind": "single", "values": _listed({text: text for text in texts})}
    if column.name != name:
        item["columns"] = [column.name]
    if column.relevance and _understood(column.relevance):
        item["universe"] = column.relevance
    return item


def _numbers(column: SourceColumn, texts: list[str]) -> bool:
    """Whether answers are numbers: all there are, or by the type where nobody has answered yet."""
    if not len(column.values):
        return column.type in _NUMBERS
    return bool(texts) and all(parse_number(text) is not None for text in texts)


def _listed(labels: dict[str, str]) -> dict[int, dict[str, Any]]:
    """Codes as whole numbers; other codes of a platform are kept as `written`."""
    plain = all(re.fullmatch(r"-?\d{1,9}", code) for code in labels)
    if plain:
        return {int(code): {"en": text or code} for code, text in labels.items()}
    return {at: {"en": text or code, "written": [code]} for at, (code, text) in enumerate(labels.items(), start=1)}


def _understood(relevance: str) -> bool:
    try:
        routing.parse(relevance)
    except routing.RoutingError:
        return False
    return True
