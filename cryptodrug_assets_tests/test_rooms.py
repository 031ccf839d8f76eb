"""The floors of the house: every module stands on one, and an import goes to the same floor or below, never above."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import cryptodrug_assets

PACKAGE = Path(cryptodrug_assets.__file__).parent
# From top to bottom; modules of one line may know each other, as far as no circle comes of it.
FLOORS = (
    ("cli",), ("commands",), ("ui",), ("runs",), ("definitions",), ("automation",), ("assets",), ("monitoring",),
    ("checks",),
    ("resources",), ("retention",), ("publishing",), ("provenance",), ("pipeline",), ("study",),
    ("buyers",), ("replica",),
    ("capture",), ("indicators",), ("cleaning",), ("markets",), ("quality",), ("storage",), ("reference",),
    ("contracts", "observation", "months", "languages", "layers", "settings", "errors", "versions", "inert", "origins",
     "failures", "interrupts", "synthetic", "installation", "yaml_text", "private_dagster", "private_re"),
)  # fmt: skip
# Rooms and modules within a floor, in the same way; what is not named lies below.
INNER = {
    "capture": (
        ("crawl",), ("sweep", "page_look", "form_session"), ("imports",), ("browser",), ("sources",), ("archive",)
    ),
    "indicators": (
        ("contract_block", "publication", "trace", "zones"), ("catalogue",), ("registry",), ("families",),
        ("disclosure", "family", "tracing"), ("estimates", "windows"), ("contributions", "statistics"),
    ),
    "cleaning": (
        ("month", "review"), ("transactions",), ("attribution", "feedback", "vendors"), ("listings",), ("corrections",),
        ("prices",), ("titles",), ("places",),
    ),
}  # fmt: skip
# Rooms that know nothing of each other, in either direction.
STRANGERS = [
    ("capture.browser", "capture.archive"), ("capture.browser", "capture.imports"),
    ("cleaning.vendors", "cleaning.feedback"), ("indicators.disclosure", "indicators.tracing"),
]  # fmt: skip
# Arrows that are against the order for the time being, and why.
ALLOWED = {
    # What the browser hands over and the archive keeps (an exchange, its headers) has no place of its own yet.
    ("capture.archive.evidence", "capture.browser.exchange"),
    ("capture.archive.records", "capture.browser.exchange"),
    ("capture.browser.exchange", "capture.archive.headers"),
    # What an import noted beside its pages is in the index, and so is which of its pages are a sweep.
    ("capture.archive.index", "capture.imports.log"),
    ("capture.archive.index", "capture.imports.sweeps"),
    # A code states its trace rule, of which it knows the type alone.
    ("indicators.code", "indicators.tracing.target"),
}


@cache
def modules() -> dict[str, Path]:
    """The modules by their names within the package; a room's own file is named as the room."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            found[name] = path
    return found


def imported(path: Path, *, on_loading: bool = False) -> Iterator[str]:
    """Modules of the package that a module imports: at any time and for types alone as well, or only when it loads."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in tree.body if on_loading else ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if not name.startswith(f"{PACKAGE.name}."):
                continue
            parts = name.split(".")[1:]
            # The longest beginning that is a module: the rest is a name within it.
            longest = next((k for k in range(len(parts), 0, -1) if ".".join(parts[:k]) in modules()), 0)
            if longest:
                yield ".".join(parts[:longest])


@cache
def arrows() -> frozenset[tuple[str, str]]:
    """(who imports, what is imported)."""
    return frozenset((name, other) for name, path in modules().items() for other in imported(path) if other != name)


def inside(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def test_every_module_stands_on_a_floor() -> None:
    assert {name.split(".")[0] for name in modules()} <= {name for floor in FLOORS for name in floor}


def test_arrows_point_down() -> None:
    level = {name: number for number, floor in enumerate(FLOORS) for name in floor}
    up = {(one, other) for one, other in arrows() if level[other.split(".")[0]] < level[one.split(".")[0]]}
    assert len(arrows()) > 500
    assert up - ALLOWED == set()


@pytest.mark.parametrize("floor", INNER)
def test_arrows_between_inner_rooms_point_down(floor: str) -> None:
    level = {name: number for number, rooms in enumerate(INNER[floor]) for name in rooms}

    def of(module: str) -> int:
        inner = module.split(".")[1:]
        return level.get(inner[0], len(INNER[floor]))

    within = {(one, other) for one, other in arrows() if inside(one, floor) and inside(other, floor)}
    within = {(one, other) for one, other in within if floor not in (one, other)}
    assert len(within) > 10
    assert {(one, other) for one, other in within if of(other) < of(one)} - ALLOWED == set()


@pytest.mark.parametrize(("one", "other"), STRANGERS)
def test_strangers_know_nothing_of_each_other(one: str, other: str) -> None:
    for room in (one, other):
        assert any(inside(name, room) for name in modules()), f"there is no room {room}"
    pairs = [(one, other), (other, one)]
    met = {(a, b) for a, b in arrows() if any(inside(a, here) and inside(b, there) for here, there in pairs)}
    assert met - ALLOWED == set()


def test_an_arrow_that_is_allowed_is_there() -> None:
    """Else take it off the list."""
    assert arrows() >= ALLOWED


def test_there_are_no_circles() -> None:
    """Among what is imported while modules load; a room's own file counts as one with it."""
    graph = {name: set(imported(path, on_loading=True)) - {name} for name, path in modules().items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as err:
        pytest.fail(" → ".join(err.args[1]))
