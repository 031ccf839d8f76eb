"""Versions of what makes the numbers, and what changed of them since the last health report."""

import json
from collections.abc import Mapping
from pathlib import Path

from cryptodrug_assets import contracts
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.observation import MARKETS
from cryptodrug_assets.storage.home import private_folder, write_atomically
from cryptodrug_assets.versions import content_of, package_version

# Rooms whose code makes numbers.
_ROOMS = ("cleaning", "indicators", "reference", "pipeline", "publishing")


def versions_there_are() -> dict[str, str]:
    """By name: the package, each room that makes numbers, each parser, each contract."""
    found = {"package": package_version()}
    found |= {f"code of {room}": content_of(room)[:12] for room in _ROOMS}
    found |= {f"parser of {market}": get_market(market).parser_version for market in MARKETS}
    return found | {f"contract {entry.name}": entry.version for entry in contracts.all_contracts()}


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What is other than before, a line each.

    >>> changes({"parser of a": "1", "contract b": "1.0.0"}, {"parser of a": "2", "parser of c": "1"})
    ['contract b: gone', 'parser of a: 1 → 2', 'parser of c: new, 1']
    """
    lines = []
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if old != new:
            lines.append(
                f"{name}: gone" if new is None else f"{name}: new, {new}" if old is None else f"{name}: {old} → {new}"
            )
    return lines


def versions_file(home: Path) -> Path:
    """Where a home keeps the versions of its last health report."""
    return home / "monitoring" / "versions.json"


def read_versions(path: Path) -> dict[str, str] | None:
    """The versions of the last report; None where there was none, or its file cannot be read."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return {str(name): str(version) for name, version in found.items()} if isinstance(found, dict) else None


def write_versions(path: Path, versions: Mapping[str, str]) -> None:
    """Keep the versions of this report."""
    private_folder(path.parent)
    write_atomically(path, json.dumps(versions, indent=1, sort_keys=True) + "\n")
