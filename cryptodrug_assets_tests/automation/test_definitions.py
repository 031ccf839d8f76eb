"""The graph as users see it: assets, groups, jobs, schedule; a change here is a change they notice."""

import subprocess
import sys
import tomllib
from pathlib import Path

import dagster as dg
import yaml

from cryptodrug_assets.assets.partitions import market_month
from cryptodrug_assets.checks.outcomes import check_keys
from cryptodrug_assets.definitions import defs
from cryptodrug_assets.observation import CONTRACTS_DIR

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


def test_the_checks_of_tables_are_those_of_the_contracts() -> None:
    """Pages have checks of their own, which compare them with their tables."""
    checks = defs.resolve_asset_graph().asset_check_keys
    assert set(check_keys()) == {key for key in checks if key.asset_key.path[0] != "publication"}


def test_every_table_has_partitioned_checks() -> None:
    graph = defs.resolve_asset_graph()
    partitioned = [key for key in graph.materializable_asset_keys if graph.get(key).partitions_def == market_month]
    for key in partitioned:
        checks = graph.get_check_keys_for_assets({key})
        assert len(checks) >= 3, key
        for check in checks:
            assert graph.get(check).partitions_def == market_month


def test_tags_select_zones_and_closed_markets_have_no_freshness() -> None:
    graph = defs.resolve_asset_graph()
    zones = {key.to_user_string(): graph.get(key).tags["zone"] for key in graph.materializable_asset_keys}
    assert {name for name, zone in zones.items() if zone == "restricted"} == {
        name for name in zones if name.startswith(("raw/", "parsed/"))
    }
    assert all(graph.get(key).freshness_policy is None for key in graph.materializable_asset_keys)


def test_what_fires_by_itself_is_off_while_no_market_is_made_without_hands() -> None:
    repository = defs.get_repository_def()
    assert {schedule.name: schedule.default_status.value for schedule in repository.schedule_defs} == {
        "captures": "STOPPED",
        "weekly_health": "STOPPED",
    }
    assert {sensor.name: sensor.default_status.value for sensor in repository.sensor_defs} == {
        "alerts": "STOPPED",
        "calculations": "STOPPED",
        "incoming_waves": "STOPPED",
    }


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
