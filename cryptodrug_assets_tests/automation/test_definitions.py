"""The graph as users see it: assets, groups, jobs, schedule; a change here is a change they notice."""

import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml

from cryptodrug_assets.assets.partitions import market_month
from cryptodrug_assets.automation import policies
from cryptodrug_assets.automation.policies import with_policies
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


def test_with_a_market_made_without_hands_all_that_has_a_date_has_to_be_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "BY_DEFAULT", True)
    graph = defs.resolve_asset_graph()
    found: dict[str, set[object]] = {}
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        spec = with_policies(dg.AssetSpec(key, group_name=node.group_name))
        found.setdefault(node.group_name, set()).add(spec.freshness_policy)
    month, week = (dg.FreshnessPolicy.time_window(fail_window=timedelta(days=days)) for days in (40, 9))
    once = ("reference", "across_months", "public", "dissemination", "publication", "bulletin")
    # Waves of survey and interviews come when people hold them.
    waves = ("survey", "interviews", "triangulation")
    assert found == {
        **{group: {month} for group in (*LAYERS, "indicators", *once)},
        **{group: {week} for group in ("monitoring", "rates")},
        **{group: {None} for group in waves},
    }


def test_every_asset_has_an_owner_kinds_and_tags() -> None:
    graph = defs.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.owners and node.kinds and {"zone", "layer"} <= node.tags.keys(), key


def test_what_fires_by_itself_is_off_while_no_market_is_made_without_hands() -> None:
    repository = defs.get_repository_def()
    assert {schedule.name: schedule.default_status.value for schedule in repository.schedule_defs} == {
        "captures": "STOPPED",
        "weekly_health": "STOPPED",
        "weekly_rates": "STOPPED",
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
        "heavy = {'great_expectations', 'pandas', 'playwright', 'splink', 'matplotlib', 'scipy.stats'};"
        "heavy &= set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path("/"))
    assert result.returncode == 0, result.stderr
