"""The plan of the house is complete and true: README and CONTRIBUTING name every room. Arrows: test_rooms.py."""

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "cryptodrug_assets"


def rooms() -> set[str]:
    """Folders and modules of the package."""
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return folders | {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}


def floors() -> list[str]:
    """The rooms of CONTRIBUTING's table, top floor first."""
    part = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8").split("## The house")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)


def test_contributing_names_every_room_once() -> None:
    assert sorted(floors()) == sorted(rooms())


def test_readme_names_every_room() -> None:
    text = (REPOSITORY / "README.md").read_text("utf-8")
    plan = re.search(r"^cryptodrug_assets/\n(.*?)^cryptodrug_assets_tests/", text, re.MULTILINE | re.DOTALL)
    assert plan is not None
    named = [name for line in plan[1].splitlines() for name in re.findall(r"\b(\w+)(?:/|\.py)", line[:80])]
    assert set(named) - {"docs"} == rooms()


@pytest.mark.parametrize("room", sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")))
def test_every_room_says_what_it_contains(room: str) -> None:
    text = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8"))) or ""
    assert text.endswith(".")
    assert re.search(r"Keep\s+out|Nothing|\bNo\b", text)
