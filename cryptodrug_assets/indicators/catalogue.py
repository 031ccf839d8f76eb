"""What indicator codes mean, in English, Dutch and French: read from indicators/metadata/<table>.yaml.

Whoever shows a code (the UI, the report, the data dictionary, the exchange formats) takes label, definition, unit and
note from here. `problems` finds codes without a text and texts without a code.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.indicators.code import LINK_CLASSES, MEASURES, parse_code
from cryptodrug_assets.indicators.family import Family
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.languages import LANGUAGES
from cryptodrug_assets.yaml_text import safe_load

_FOLDER = files("cryptodrug_assets.indicators").joinpath("metadata")
_PLACES = ("measure", "parameter", "link_class")


@dataclass(frozen=True)
class Text:
    """What a code means in one language: a label, a definition, the unit of its values, and what else to know."""

    label: str
    definition: str
    unit: str
    note: str = ""


@lru_cache(maxsize=64)
def document(table: str) -> Mapping[str, Any]:
    """The metadata of a family as it stands in its file; UserError naming the file when there is none or it is not
    YAML."""
    return _read(f"{table}.yaml")


@lru_cache(maxsize=4)
def words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Units, measures, classes of links and parameters that are words, by language."""
    return _read("_words.yaml")


def word(kind: str, name: str, language: str) -> str:
    """A word of _words.yaml; UserError for an unknown name or a language it lacks.

    >>> word("units", "days", "nl")
    'dagen'
    """
    said = words()[kind].get(name, {}).get(language)
    if not said:
        raise UserError(f"no {language} of {kind} {name} in indicators/metadata/_words.yaml; add it")
    return said


def text_of(table: str, indicator: str, language: str = "en", *, parameter: str | None = None) -> Text:
    """What an indicator of a table (or of its public variant) means; UserError for a code that the family does not
    state, or without a text. `parameter` says the code's parameter in words.

    >>> text_of("concentration", "CN03_T:10").label
    'Share of the largest 10 % of vendors (transactions)'
    >>> text_of("shares_public", "SH01", "nl").label
    'Aandeel in de actieve drugaanbiedingen'
    """
    family = families().get(table.removesuffix("_public"))
    code = None if family is None else family.code(indicator)
    if family is None or code is None:
        raise UserError(f"{indicator} is no code of indicators.{table}; `cryptodrug contracts docs` lists them")
    parsed = parse_code(indicator)
    if parameter is None:
        # A country, a number or a week stands for itself.
        is_word = parsed.parameter in words()["parameters"]
        parameter = word("parameters", parsed.parameter, language) if is_word else parsed.parameter
    fill = {
        "measure": word("measures", parsed.measure, language) if parsed.measure else "",
        "parameter": parameter,
        "link_class": word("link_classes", parsed.link_class, language) if parsed.link_class else "",
    }
    unit = word("units", code.unit_of(parsed), language)
    return _filled(_texts(family.table, code.key, language), fill, unit)


def serves(table: str, key: str) -> tuple[str, ...]:
    """The recommendations of the study that a code of a family serves, by the numbers of their statements.

    >>> serves("conduct", "HR01"), serves("shipping", "RT02")
    (('76',), ('72',))
    """
    content = document(table)
    return tuple(content["codes"].get(key, {}).get("serves") or content["serves"])


def stated(family: Family, language: str = "en") -> list[tuple[str, Text]]:
    """Every code of a family by its pattern (`CN03_{L,T,R}:percent`) with its text, in the family's order."""
    listed = []
    for code in family.codes:
        measures = "{" + ",".join(code.measures) + "}" if len(code.measures) > 1 else code.measures
        pattern = f"{code.id}_{measures}" if measures else code.id
        texts = _texts(family.table, code.key, language)
        links = "_{A,AB,ABC}" if "{link_class}" in texts["label"] else ""
        parameter = f":{code.parameter}" if code.parameter else ""
        fill = {"measure": "…", "parameter": code.parameter, "link_class": "…"}
        unit = ", ".join(word("units", name, language) for name in code.units())
        listed.append((pattern + links + parameter, _filled(texts, fill, unit)))
    return listed


def code_rows() -> dict[str, list[list[str]]]:
    """The codes of every family's table, as the data dictionary shows them: code, unit, meaning, other labels."""
    rows = {}
    for table, family in families().items():
        spoken = [stated(family, language) for language in LANGUAGES]
        rows[f"indicators.{table}"] = [
            [f"`{code}`", text.unit, f"**{text.label}.** {text.definition} {text.note}".strip()]
            + [other.label for _, other in others]
            for (code, text), *others in zip(*spoken, strict=True)
        ]
    return rows


def _filled(texts: Mapping[str, str], fill: Mapping[str, str], unit: str) -> Text:
    label, definition, note = (texts.get(part, "").format_map(fill) for part in ("label", "definition", "note"))
    return Text(label[:1].upper() + label[1:], definition[:1].upper() + definition[1:], unit, note)


def problems() -> list[str]:
    """What is wrong with the metadata, as "file: problem" lines: the schema, codes that lack a language, texts
    without a code, words that are missing."""
    return [line for family in families().values() for line in _family_problems(family)] + list(_orphans())


def _family_problems(family: Family) -> Iterator[str]:
    place = f"indicators/metadata/{family.table}.yaml"
    try:
        content = document(family.table)
    except UserError as err:
        yield str(err)
        return
    from jsonschema import Draft202012Validator

    schema = json.loads(_FOLDER.joinpath("_schema.json").read_text("utf-8"))
    faults = [
        f"{place}: {'/'.join(str(part) for part in fault.absolute_path) or 'file'}: {fault.message[:200]}"
        for fault in Draft202012Validator(schema).iter_errors(content)
    ]
    if faults:
        yield from faults
        return
    if content["table"] != family.table:
        yield f"{place}: table {content['table']} does not match the file's name"
    keys = [code.key for code in family.codes]
    yield from (f"{place}: {key} is declared twice by the family" for key in {k for k in keys if keys.count(k) > 1})
    yield from (f"{place}: no text of {key}" for key in keys if key not in content["codes"])
    yield from (f"{place}: {key} is no code of the family" for key in content["codes"] if key not in keys)
    units = {unit for code in family.codes for unit in code.units()}
    yield from (f"{place}: no word for the unit {unit}" for unit in sorted(units - words()["units"].keys()))
    if (family.publish is None) == ("public" in content["contract"]):
        yield f"{place}: a public contract and `publish` of the family go together"
    for key in content["codes"]:
        yield from (f"{place}: {fault}" for fault in _text_faults(family.table, key))


def _text_faults(table: str, key: str) -> Iterator[str]:
    for language in LANGUAGES:
        try:
            found = _texts(table, key, language)
            for part, text in found.items():
                text.format_map(dict.fromkeys(_PLACES, ""))
                if text != text.strip() or (part != "label" and not text.rstrip().endswith(".")):
                    yield f"{key}: {language}: {part} is not a sentence"
        except UserError as err:
            yield str(err)
        except (KeyError, ValueError, IndexError) as err:
            yield f"{key}: {language}: a place {{{err}}} that nothing fills"


def _orphans() -> Iterator[str]:
    """Files of families that are not there, and words that lack a language."""
    for entry in sorted(_FOLDER.iterdir(), key=lambda entry: entry.name):
        name = entry.name.removesuffix(".yaml")
        if entry.name.endswith(".yaml") and not name.startswith("_") and name not in families():
            yield f"indicators/metadata/{entry.name}: there is no family {name}"
    for kind, wanted in (("measures", MEASURES), ("link_classes", LINK_CLASSES)):
        yield from (
            f"indicators/metadata/_words.yaml: {kind}: no {name}" for name in wanted if name not in words()[kind]
        )
    for kind, entries in words().items():
        for name, spoken in entries.items():
            yield from (
                f"indicators/metadata/_words.yaml: {kind}: {name}: no {language}"
                for language in LANGUAGES
                if not spoken.get(language)
            )


def _texts(table: str, key: str, language: str) -> Mapping[str, str]:
    """Label, definition and note of a code's key, from its own family or the one whose text it shares."""
    entry = document(table)["codes"].get(key)
    if entry is None:
        raise UserError(f"no text of {key} in indicators/metadata/{table}.yaml; add its label and definition there")
    if "same_as" in entry:
        other = document(entry["same_as"])["codes"].get(key)
        if other is None or "same_as" in other:
            raise UserError(f"indicators/metadata/{table}.yaml: {key} has no text in {entry['same_as']}.yaml")
        entry = other
    if language not in entry:
        raise UserError(f"no {language} text of {key} in indicators/metadata/{table}.yaml; add it")
    return entry[language]  # type: ignore[no-any-return]


def _read(name: str) -> Mapping[str, Any]:
    place = f"indicators/metadata/{name}"
    entry = _FOLDER.joinpath(name)
    if not entry.is_file():
        raise UserError(f"no {place}; every family of indicators needs one, with the texts of its codes")
    try:
        content = safe_load(entry.read_text("utf-8"))
    except yaml.YAMLError as err:
        raise UserError(f"{place} is not YAML: {' '.join(str(err).split())}") from err
    if not isinstance(content, dict):
        raise UserError(f"{place} is not a mapping of table, contract and codes")
    return content
