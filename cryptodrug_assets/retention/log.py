"""The log of erasures: what was erased, when and why, by function and never by name. Kept as long as the home."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.months import month_after
from cryptodrug_assets.storage.home import append_line, private_folder

Cell = tuple[str, str]


def erasures_file(home: Path) -> Path:
    """Where a home keeps its log."""
    return home / "erasures.jsonl"


def note(home: Path, entry: Mapping[str, Any], now: datetime) -> None:
    """Append an entry."""
    path = erasures_file(home)
    private_folder(path.parent)
    append_line(path, {"at": now.isoformat(timespec="seconds"), **entry})


def entries(home: Path) -> list[dict[str, Any]]:
    """All entries, oldest first; UserError when the log cannot be read."""
    path = erasures_file(home)
    if not path.exists():
        return []
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    except (ValueError, OSError) as err:
        raise UserError(
            f"{path} cannot be read ({err}); restore it from its backup, it says what may not come back"
        ) from err


def erased_layers(home: Path, *, ended: bool = False) -> dict[Cell, set[str]]:
    """By market-month, the layers of which everything was erased, or (unless `ended`) began to be."""
    found: dict[Cell, set[str]] = {}
    for entry in entries(home):
        if entry.get("what") == "month" and (entry["state"] == "done" or not ended):
            found.setdefault((entry["market"], entry["month"]), set()).update(entry["layers"])
    return found


def require_kept(home: Path, cell: Cell, *, also_next: bool = False) -> None:
    """UserError when what a cell is made from was erased: made again from nothing, its figures would be lost, too.

    `also_next`: the month after it counts as well, whose pages show its later feedback.
    """
    erased = erased_layers(home)
    for market, month in (cell, (cell[0], month_after(cell[1])))[: 1 + also_next]:
        if layers := erased.get((market, month)):
            raise UserError(
                f"{market} {month} was erased ({', '.join(sorted(layers))}; see erasures.jsonl):"
                f" {cell[0]} {cell[1]} is not"
                " made again, its figures stay as they are"
            )
