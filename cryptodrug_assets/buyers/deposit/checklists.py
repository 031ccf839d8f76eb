"""Checklists of reporting standards as data: CROSS, COREQ, SRQR, GRAMMS, and where a wave answers each item.

Items are in data_contracts/checklists, answers in data_contracts/checklist_answers (a file a wave). An item without one
is open; nothing is taken for answered because it is not listed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cryptodrug_assets.buyers.declared import declared_for, read_declared
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import CONTRACTS_DIR

ITEMS, ANSWERS = CONTRACTS_DIR / "checklists", CONTRACTS_DIR / "checklist_answers"
Status = Literal["answered", "not_applicable", "open"]
_Said = Annotated[str, Field(min_length=3)]


class Item(BaseModel):
    """One item: its number in the standard, and what it asks in short."""

    model_config = ConfigDict(extra="forbid")
    item: str
    asks: _Said


class Checklist(BaseModel):
    """A standard, its source and items."""

    model_config = ConfigDict(extra="forbid")
    checklist: str
    name: str
    about: str
    source: _Said
    items: list[Item] = Field(min_length=1)


class Answer(BaseModel):
    """Where an item is answered, or why it does not apply."""

    model_config = ConfigDict(extra="forbid")
    status: Literal["answered", "not_applicable"]
    where: _Said


class Answers(BaseModel):
    """The answers of a wave by checklist and item."""

    model_config = ConfigDict(extra="forbid")
    wave: str
    checklists: dict[str, dict[str, Answer]]


@dataclass(frozen=True)
class Line:
    """A row of the table that a report prints."""

    checklist: str
    item: str
    asks: str
    status: Status
    where: str | None


def load_checklists(folder: Path = ITEMS) -> dict[str, Checklist]:
    """All checklists by name; UserError naming the file that is wrong."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        checklist = read_declared(path, Checklist)
        numbers = [item.item for item in checklist.items]
        if checklist.checklist != path.stem or len(set(numbers)) != len(numbers):
            raise UserError(
                f"checklists/{path.name} is not valid: its name is not the file's, or an item is there twice"
            )
        found[checklist.checklist] = checklist
    return found


def lines(wave: str, *, items: Path = ITEMS, answers: Path = ANSWERS) -> list[Line]:
    """Every item of every checklist with its status for a wave; UserError for answers to items that do not exist."""
    declared = declared_for(wave, answers, lambda path: read_declared(path, Answers))
    said = declared or Answers(wave=wave, checklists={})
    checklists = load_checklists(items)
    for name, given in said.checklists.items():
        known = {item.item for item in checklists[name].items} if name in checklists else set()
        if unknown := sorted(set(given) - known):
            raise UserError(f"checklist_answers of wave {wave} answer {name} {unknown[0]}, which does not exist")
    rows = []
    for name, checklist in checklists.items():
        for item in checklist.items:
            answer = said.checklists.get(name, {}).get(item.item)
            status: Status = answer.status if answer else "open"
            rows.append(Line(name, item.item, item.asks, status, answer.where if answer else None))
    return rows


def unanswered(rows: list[Line]) -> dict[str, list[str]]:
    """Numbers of open items by checklist; a check fails while there are any.

    >>> unanswered([Line("cross", "1a", "…", "open", None), Line("cross", "2", "…", "answered", "page 3")])
    {'cross': ['1a']}
    """
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.status == "open":
            found.setdefault(row.checklist, []).append(row.item)
    return found
