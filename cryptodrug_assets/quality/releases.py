"""The contracts of the last release, frozen in data_contracts/released.json, and what has changed since.

A release is compared with, never read by anything that runs.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cryptodrug_assets import contracts
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.observation import CONTRACTS_DIR, UserError, file_text
from cryptodrug_assets.quality.changes import Change, changes, version_problems, version_step
from cryptodrug_assets.yaml_text import safe_load

RELEASED = CONTRACTS_DIR / "released.json"
_VERSION_PARTS = 3
Documents = Mapping[str, Mapping[str, Any]]  # by qualified name


@dataclass(frozen=True)
class Comparison:
    """What changed between two sets of contracts, and which changes lack the version step that announces them."""

    changes: tuple[Change, ...]
    problems: tuple[str, ...]


def compare(old: Documents, new: Documents) -> Comparison:
    """The differences of all tables; every difference, however small, needs a higher version of its contract."""
    removed, added = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    every = [Change(name, "table removed", consumer=True, producer=True) for name in removed]
    every += [Change(name, "table added") for name in added]
    problems: list[str] = []
    for name in sorted(old.keys() & new.keys()):
        before, after = _contract(old[name], name), _contract(new[name], name)
        differences = changes(before, after)
        if not differences and _text(old[name]) != _text(new[name]):
            differences = [Change(name, "text of the contract changed")]
        every += differences
        problems += version_problems(before, after, differences)
    return Comparison(tuple(every), tuple(problems))


def current(folder: Path = contracts.TABLES_DIR) -> dict[str, dict[str, Any]]:
    """The contracts in the folder as documents by qualified name."""
    documents = {}
    for path in sorted(folder.glob("*/*.odcs.yaml")):
        try:
            document = safe_load(file_text(path, f"{path.parent.name}/{path.name}"))
            documents[str(document["name"])] = document
        except (yaml.YAMLError, KeyError, TypeError) as err:
            raise UserError(
                f"{path.parent.name}/{path.name} is no contract; `cryptodrug contracts lint` says why"
            ) from err
    return documents


def released(path: Path = RELEASED) -> tuple[str, dict[str, dict[str, Any]]]:
    """(version, documents) of the last release; UserError when there is none or the file is damaged."""
    if not path.is_file():
        raise UserError("no release of the contracts yet; freeze one with `cryptodrug contracts release 0.1.0`")
    try:
        frozen = json.loads(path.read_text("utf-8"))
        return str(frozen["release"]), dict(frozen["contracts"])
    except (ValueError, KeyError, TypeError) as err:
        raise UserError(f"{path.name} is damaged; restore it from version control") from err


def freeze(version: str, documents: Documents, path: Path = RELEASED) -> Comparison:
    """Make the documents the last release, under a version above the one before; returns what changed.

    Raises UserError, and freezes nothing, when the version is not higher or a change is not announced by its contract.
    """
    parts = version.split(".")
    if len(parts) != _VERSION_PARTS or not all(part.isdigit() for part in parts):
        raise UserError(f"'{version}' is not a version; write it as MAJOR.MINOR.PATCH")
    comparison = Comparison((), ())
    if path.is_file():
        last, before = released(path)
        if version_step(last, version) in ("none", "back"):
            raise UserError(f"the last release is {last}; a new one needs a higher version than {version}")
        comparison = compare(before, documents)
        if comparison.problems:
            raise UserError(f"not frozen, {len(comparison.problems)} problems; first: {comparison.problems[0]}")
    # A line per contract: a release shows in version control by the contracts it changed.
    lines = ",\n".join(f"{json.dumps(name)}: {_text(documents[name], None)}" for name in sorted(documents))
    path.write_text(f'{{"release": {json.dumps(version)}, "contracts": {{\n{lines}\n}}}}\n', "utf-8")
    return comparison


def _contract(document: Mapping[str, Any], name: str) -> Contract:
    return contracts.parse(document, name)


def _text(document: Mapping[str, Any], without: str | None = "version") -> str:
    kept = {key: value for key, value in document.items() if key != without}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False, default=str)
