"""Contract files checked against YAML and the Open Data Contract Standard: one line per fault, with its column or
rule."""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from cryptodrug_assets.contracts import OPERATORS
from cryptodrug_assets.yaml_text import Loader

if TYPE_CHECKING:
    from jsonschema import Draft201909Validator
    from jsonschema.exceptions import ValidationError

_LONGEST = 200


class _Loader(Loader):  # type: ignore[valid-type,misc]
    """YAML lets a key stand twice, and the second one win unseen; a contract may not."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"{key.value} stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


def read(path: Path) -> Any:
    """The document of a contract file; ValueError naming line and fault when it is not YAML."""
    try:
        return yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 1
        raise ValueError(f"line {line}: {err.problem}") from err
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as err:
        raise ValueError(f"not YAML: {' '.join(str(err).split())}") from err
    except OSError as err:
        raise ValueError(f"cannot be read: {err.strerror}") from err


def problems(document: Any) -> list[str]:
    """Violations of the standard's own JSON schema (v3.2, carried by its package)."""
    if not isinstance(document, dict):
        return [f"holds {type(document).__name__ if document else 'nothing'} where the keys of a contract should stand"]
    house_faults = list(_operators(document))
    own_places = {place for place, _ in house_faults}
    lines = [f"{_name(document, place)}: {text}" for place, text in house_faults]
    errors = sorted(_validator().iter_errors(document), key=lambda error: list(map(str, error.path)))
    for error in errors:
        place = tuple(error.absolute_path)
        # A fault makes its surroundings unfit, too; only the fault itself helps.
        follows = error.validator == "unevaluatedProperties" and any(
            other is not error and tuple(other.absolute_path)[: len(place)] == place and not _unknown(other)
            for other in errors
        )
        if not follows and place not in own_places:
            lines.append(f"{_name(document, place)}: {_text(error)}")
    return list(dict.fromkeys(lines))


def _operators(document: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Rules without exactly one comparison, which the schema reports as everything but that."""
    tables = document.get("schema")
    for number, table in enumerate(tables if isinstance(tables, list) else []):
        for position, rule in enumerate((table or {}).get("quality") or [] if isinstance(table, dict) else []):
            if not isinstance(rule, dict) or rule.get("type") in ("custom", "text"):
                continue
            given = [name for name in rule if str(name).startswith("must")]
            if len(given) != 1 or given[0] not in OPERATORS:
                has = f"has {', '.join(given)}" if given else "has none"
                yield ("schema", number, "quality", position), f"needs exactly one of {', '.join(OPERATORS)}; {has}"


def _unknown(error: "ValidationError") -> bool:
    return error.validator in ("unevaluatedProperties", "additionalProperties")


def _text(error: "ValidationError") -> str:
    if _unknown(error):
        return error.message.split("(")[-1].rstrip(")").replace(" was unexpected", " is not known here").replace(
            " were unexpected", " are not known here"
        )  # fmt: skip
    inner = min(error.context, key=lambda item: len(item.message)) if error.context else error
    return inner.message[:_LONGEST]


def _name(document: dict[str, Any], place: tuple[str | int, ...]) -> str:
    """The place as somebody finds it: the column or rule by its name, what stands in it after a slash."""
    kinds = {"properties": ("column", "name"), "quality": ("rule", "id")}
    if len(place) > 3 and place[0] == "schema" and place[2] in kinds:
        word, key = kinds[str(place[2])]
        entry = document["schema"][place[1]][place[2]][place[3]]
        called = entry.get(key) if isinstance(entry, dict) else None
        return "/".join([f"{word} {called or f'number {int(place[3]) + 1}'}", *map(str, place[4:])])
    return "/".join(map(str, place)) or "contract"


@cache
def _validator() -> "Draft201909Validator":
    from jsonschema import Draft201909Validator

    return Draft201909Validator(
        json.loads((resources.files("open_data_contract_standard") / "schema.json").read_text("utf-8"))
    )
