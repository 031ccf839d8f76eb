"""Private parts of libraries: confined to one module each, and as that module expects them; an upgrade is noticed here.

A failure says what to do: read the changelog, try the module named, then widen the range below.
"""

import ast
import asyncio
import contextlib
import inspect
import re
import sys
from importlib.metadata import version
from pathlib import Path

import dagster as dg
import pytest

from cryptodrug_assets.installation import WORKSPACE
from cryptodrug_assets.private_re import codes, syntax_tree
from cryptodrug_assets_tests.conftest import REPOSITORY

# Library → (module that may use its private parts, first version it was tried with, first version it was not).
TRIED = {
    "dagster": ("cryptodrug_assets/private_dagster.py", (1, 13), (1, 14)),
    "dagster-webserver": ("cryptodrug_assets/ui/webserver.py", (1, 13), (1, 14)),
    "playwright": ("cryptodrug_assets/capture/browser/private_playwright.py", (1, 65), (1, 66)),
    "great-expectations": ("cryptodrug_assets/quality/private_great_expectations.py", (1, 24), (1, 25)),
}
CONFINED = {
    **{name.partition("-")[0]: module for name, (module, *_) in TRIED.items() if name != "dagster-webserver"},
    "great_expectations": TRIED["great-expectations"][0],
    "re": "cryptodrug_assets/private_re.py",
}


@pytest.mark.parametrize("library", TRIED)
def test_the_version_is_one_that_was_tried(library: str) -> None:
    module, first, last = TRIED[library]
    now = tuple(int(part) for part in version(library).split(".")[:2])
    assert first <= now < last, f"{library} {version(library)}: try {module} with it, then widen the range"


def test_the_python_is_one_that_was_tried() -> None:
    assert (3, 11) <= sys.version_info[:2] < (3, 15), "try cryptodrug_assets/private_re.py with it"


def private_imports(text: str) -> set[str]:
    """Modules and names of libraries that begin with an underscore, of a text's imports."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        for whole in (f"{module}.{name}".strip(".") for name in names):
            # The element of lxml has its documentation and its stubs under this name: there is no other for a type.
            own = whole.startswith(("cryptodrug_assets", "benchmarks")) or whole == "lxml.etree._Element"
            if not own and re.search(r"(^|\.)_(?!_)", whole):
                found.add(whole)
    return found


def test_an_import_of_a_private_name_is_seen() -> None:
    text = "from re import _parser\nimport dagster._core.x\nfrom a.b import c\nfrom __future__ import annotations"
    assert private_imports(text) == {"re._parser", "dagster._core.x"}


def test_private_names_are_imported_in_their_module_alone() -> None:
    wrong = []
    for tree in ("cryptodrug_assets", "cryptodrug_assets_tests", "benchmarks"):
        for path in sorted((REPOSITORY / tree).rglob("*.py")):
            place = path.relative_to(REPOSITORY).as_posix()
            for name in private_imports(path.read_text("utf-8")):
                if place not in (CONFINED.get(name.partition(".")[0]), "cryptodrug_assets_tests/test_private_parts.py"):
                    wrong.append(f"{place}: {name}")
    assert wrong == []


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


def test_dagsters_event_log_has_the_parts_that_are_replaced(tmp_path: Path) -> None:
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

    storage = SqliteEventLogStorage(str(tmp_path))
    assert {"_base_dir", "_db_lock", "_initialized_dbs"} <= vars(storage).keys()
    assert parameters(SqliteEventLogStorage.__init__) == ["self", "base_dir", "inst_data"]
    assert parameters(SqliteEventLogStorage._connect) == ["self", "shard"]
    assert parameters(SqliteEventLogStorage._initdb)[:2] == ["self", "engine"]
    assert parameters(SqliteEventLogStorage.from_config_value) == ["inst_data", "config_value"]
    storage.dispose()


def test_dagsters_instance_has_the_parts_that_are_called() -> None:
    from dagster._core.event_api import PartitionKeyFilter
    from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
    from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as Status
    from dagster._core.storage.event_log.base import EventLogStorage
    from dagster._core.workspace.load import location_origins_from_yaml_paths

    assert "remote_job_origin" in parameters(dg.DagsterInstance.create_run_for_job)
    assert parameters(EventLogStorage.get_asset_check_partition_info)[1] == "keys"
    history = {"check_key", "limit", "status", "partition_filter"}
    assert history <= set(parameters(EventLogStorage.get_asset_check_execution_history))
    assert {status.name for status in Status} == {"PLANNED", "SUCCEEDED", "FAILED"}
    assert PartitionKeyFilter(key=None).key is None
    [location] = location_origins_from_yaml_paths([str(WORKSPACE)])
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), "publish")
    assert (origin.job_name, origin.repository_origin.code_location_origin.location_name) == ("publish", "cryptodrug")


def test_dagsters_webserver_is_made_by_the_name_that_is_replaced() -> None:
    from dagster_webserver import app
    from dagster_webserver.webserver import DagsterWebserver

    assert "return DagsterWebserver(" in inspect.getsource(app.create_app_from_workspace_process_context)
    assert parameters(DagsterWebserver.build_middleware) == ["self"]


def test_playwrights_driver_gets_the_environment_and_dies_in_known_words(monkeypatch: pytest.MonkeyPatch) -> None:
    from playwright._impl import _driver, _errors, transport

    from cryptodrug_assets.capture.browser.private_playwright import DRIVER_GONE, is_driver

    monkeypatch.setenv("NODE_OPTIONS", "--max-old-space-size=256")
    assert _driver.get_driver_env()["NODE_OPTIONS"] == "--max-old-space-size=256"
    assert f'"{DRIVER_GONE[0]}"' in inspect.getsource(transport)
    assert str(_errors.TargetClosedError()).startswith(DRIVER_GONE[1])
    assert is_driver(_driver.compute_driver_executable())
    assert not is_driver(["/usr/bin/chromium-headless-shell", "--headless"])


def test_a_dead_driver_is_not_printed_and_other_failures_are() -> None:
    from cryptodrug_assets.capture.browser.private_playwright import DRIVER_GONE, quiet_about_dead_drivers

    loop, heard = asyncio.new_event_loop(), []
    with contextlib.closing(loop):
        loop.set_exception_handler(lambda _, context: heard.append(str(context["exception"])))
        quiet_about_dead_drivers(loop)
        for text in (*DRIVER_GONE, "something else"):
            loop.call_exception_handler({"message": "a future nobody waited for", "exception": Exception(text)})
    assert heard == ["something else"]


@pytest.mark.parametrize(
    ("pattern", "tree"),
    [
        ("ab", [("LITERAL", 97), ("LITERAL", 98)]),
        (r"\d", [("IN", [("CATEGORY", "CATEGORY_DIGIT")])]),
        ("x+", [("MAX_REPEAT", (1, "MAXREPEAT", [("LITERAL", 120)]))]),
        ("(?:a|b)c", [("IN", [("LITERAL", 97), ("LITERAL", 98)]), ("LITERAL", 99)]),
        ("(a)", [("SUBPATTERN", (1, 0, 0, [("LITERAL", 97)]))]),
        ("(?=a)", [("ASSERT", (1, [("LITERAL", 97)]))]),
        ("(?>a)", [("ATOMIC_GROUP", [("LITERAL", 97)])]),
        ("x++", [("POSSESSIVE_REPEAT", (1, "MAXREPEAT", [("LITERAL", 120)]))]),
    ],
)
def test_trees_of_regular_expressions_are_as_expected(pattern: str, tree: list[object]) -> None:
    assert codes.LITERAL.name == "LITERAL"
    assert plain(syntax_tree(pattern)) == tree


def plain(value: object) -> object:
    """The tree with the names of its operations."""
    if isinstance(value, int) and hasattr(value, "name"):
        return value.name
    if isinstance(value, tuple):
        return tuple(plain(part) for part in value)
    if isinstance(value, list) or type(value).__name__ == "SubPattern":
        return [plain(part) for part in value]  # type: ignore[attr-defined]
    return value


def test_great_expectations_has_the_parts_that_are_replaced() -> None:
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
    from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
    from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation

    assert {"_engine", "_cached_connection_string", "_execution_engine"} <= SQLDatasource.__private_attributes__.keys()
    assert parameters(SqlAlchemyExecutionEngine.get_connection) == ["self"]
    assert parameters(SqlAlchemyExecutionEngine.get_inspector) == ["self"]
    assert "self._connection" in inspect.getsource(SqlAlchemyExecutionEngine)
    assert parameters(UnexpectedRowsExpectation._validate)[:2] == ["self", "metrics"]
    assert "unexpected_rows_query.table" in UnexpectedRowsExpectation.metric_dependencies
