"""House rules of the tree that no tool of its own holds."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cryptodrug_assets_tests.conftest import REPOSITORY
from cryptodrug_assets_tests.selection import LONG, simulates

TREES = ("cryptodrug_assets", "cryptodrug_assets_tests", "benchmarks")


def imported(text: str) -> Iterator[str]:
    """Every module that a text of Python imports, also within functions and in code it hands to another process."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Constant) and re.match(r"cryptodrug_assets_tests(\.\w+)+$", str(node.value)):
            yield str(node.value)  # what is replaced by its name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "import " in node.value:
            try:
                yield from imported(node.value)
            except SyntaxError:
                continue


def files() -> list[Path]:
    return sorted(path for tree in TREES for path in (REPOSITORY / tree).rglob("*.py"))


def is_test_module(module: str) -> bool:
    return any(part.startswith("test_") for part in module.split("."))


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("from a.test_b import c", {"a.test_b", "a.test_b.c"}),
        ("from a import test_b", {"a.test_b"}),
        ("def f():\n    import a.test_b", {"a.test_b"}),
        ("CODE = 'from a.test_b import c'", {"a.test_b", "a.test_b.c"}),
        ("patch('cryptodrug_assets_tests.test_b.c', 1)", {"cryptodrug_assets_tests.test_b.c"}),
        ("from a.b import c", set()),
    ],
)
def test_an_import_of_a_test_module_is_seen(text: str, modules: set[str]) -> None:
    assert {module for module in imported(text) if is_test_module(module)} == modules


def test_nothing_imports_from_a_test_module() -> None:
    """What several tests share lies in a plain module beside them: a test module can be split, moved and deleted."""
    wrong = [
        f"{path.relative_to(REPOSITORY)}: {module}"
        for path in files()
        if path != Path(__file__)
        for module in imported(path.read_text("utf-8"))
        if is_test_module(module)
    ]
    assert wrong == []


# Where the environment of this process is written, and for whom: each is read by a library that has no other ear.
WRITERS = {
    "cryptodrug_assets/capture/browser/private_playwright.py",  # the driver, while it starts
    "cryptodrug_assets/quality/private_great_expectations.py",  # the library, before its import
    "cryptodrug_assets/runs/instance.py",  # Dagster, by whose variable it finds its instance
}


def writes_environment(text: str) -> bool:
    """Whether a text of Python sets or removes variables of its own process."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            if ast.unparse(node.value).endswith("environ"):
                return True
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if re.search(r"environ\.(update|setdefault|pop|clear)$|\b(putenv|unsetenv)$", name):
                return True
    return False


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("os.environ['A'] = 'b'", True),
        ("del os.environ['A']", True),
        ("os.environ.setdefault('A', 'b')", True),
        ("os.putenv('A', 'b')", True),
        ("environment = os.environ | {'A': 'b'}", False),
        ("os.environ['A']", False),
    ],
)
def test_a_written_environment_is_seen(text: str, writes: bool) -> None:
    assert writes_environment(text) is writes


def test_no_state_travels_by_the_environment_of_the_process() -> None:
    """Settings are read from it and handed on as arguments, configuration and resources."""
    found = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "cryptodrug_assets").rglob("*.py")
        if writes_environment(path.read_text("utf-8"))
    }
    assert found == WRITERS


def test_what_is_left_out_of_the_quick_tests_is_there() -> None:
    tests = REPOSITORY / "cryptodrug_assets_tests"
    assert [name for name in LONG if not (tests / name).is_file()] == []
    assert simulates(tests / "replica" / "test_truth.py") and simulates(tests / "indicators" / "test_disclosure.py")
    assert not simulates(tests / "cleaning" / "test_drugs.py")
