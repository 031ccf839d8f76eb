"""The graph as users see it: assets, groups, jobs, schedule; a change here is a change they notice."""

import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml

from cryptodrug_assets.automation.outcomes import check_keys
from cryptodrug_assets.automation.schedules import monthly_capture
from cryptodrug_assets.definitions import defs
from cryptodrug_assets.observation import CONTRACTS_DIR
from cryptodrug_assets.partitions import market_month

LAYERS = {
    "raw": {"captures"},
    "parsed": {"pages", "listings", "vendors", "feedback", "market_counters", "rejects"},
    "clean": {"listings", "vendors", "transactions", "decisions"},
}
REPOSITORY = CONTRACTS_DIR.parent


def test_assets_by_layer_with_the_metadata_users_rely_on() -> None:
    graph = defs.resolve_asset_graph()
    for layer, tables in LAYERS.items():
        for table in tables:
            node = graph.get(dg.AssetKey([layer, table]))
            assert node.group_name == layer
            assert node.partitions_def == market_month
            assert node.owners and node.kinds and node.description
            assert node.metadata["dagster/table_name"] == f"{layer}.{table}"
            columns = node.metadata["dagster/column_schema"].columns
            assert {"market", "month"} <= {column.name for column in columns}
            assert all(column.description for column in columns)
    for table in ("activity", "shares", "coverage"):
        assert graph.get(dg.AssetKey(["indicators", table])).group_name == "indicators"


def test_the_checks_are_those_of_the_contracts() -> None:
    assert set(check_keys()) == set(defs.resolve_asset_graph().asset_check_keys)


def test_every_table_has_partitioned_checks() -> None:
    graph = defs.resolve_asset_graph()
    partitioned = [key for key in graph.materializable_asset_keys if graph.get(key).partitions_def == market_month]
    for key in partitioned:
        checks = graph.get_check_keys_for_assets({key})
        assert len(checks) >= 3, key
        for check in checks:
            assert graph.get(check).partitions_def == market_month


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2018-11-28", {"dream|2018-11", "wall_street|2018-11"}),
        ("2019-04-28", {"wall_street|2019-04", "empire|2019-04"}),
        ("2019-11-28", {"empire|2019-11"}),
        ("2020-02-28", set()),
        ("2018-10-28", set()),
    ],
)
def test_schedule_requests_only_observed_markets(when: str, expected: set[str]) -> None:
    moment = datetime.fromisoformat(when).replace(hour=6, tzinfo=UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=moment, repository_def=defs.get_repository_def()
        )
        result = monthly_capture.evaluate_tick(context)
    assert {request.partition_key for request in result.run_requests or []} == expected
    assert bool(result.skip_message) == (not expected)


def test_workspace_and_project_name_the_same_location() -> None:
    workspace = yaml.safe_load((REPOSITORY / "workspace.yaml").read_text("utf-8"))
    module = workspace["load_from"][0]["python_module"]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["dg"]["project"]
    assert module["module_name"] == "cryptodrug_assets.definitions"
    assert module["location_name"] == project["code_location_name"]


def test_definitions_load_without_the_heavy_libraries() -> None:
    code = (
        "import sys, cryptodrug_assets.definitions;"
        "heavy = {'great_expectations', 'pandas', 'playwright', 'splink', 'matplotlib'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path("/"))
    assert result.returncode == 0, result.stderr
