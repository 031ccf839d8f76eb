"""Assets of products: files for everybody, what is in them in their metadata, and checks that can fail."""

from pathlib import Path

import dagster as dg
import pytest

from cryptodrug_assets.assets.products import AGREES, DATA, STRUCTURE, explorer, sdmx
from cryptodrug_assets.publishing import extra
from cryptodrug_assets.publishing.exchange import violations
from cryptodrug_assets.publishing.explorer import data
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.settings import Settings
from cryptodrug_assets_tests.publishing.dissemination.homes import captured, opened, put


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = opened(tmp_path)
    captured(made, synthetic=True)
    put(made)
    return tmp_path


def materialized(home: Path, asset: dg.AssetsDefinition) -> tuple[dict[str, bool], dict[str, object]]:
    """What the checks say, and the metadata."""
    platform = dg.ResourceDefinition.hardcoded_resource(Platform.of(Settings(home=home)))
    result = dg.materialize([asset], resources={"platform": platform})
    metadata = result.asset_materializations_for_node(asset.node_def.name)[0].metadata
    verdicts = {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()}
    return verdicts, {name: value.value for name, value in metadata.items()}


def test_the_explorer_is_checked_against_the_table(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts, metadata = materialized(home, explorer)
    assert verdicts == {AGREES: True} and metadata["suppressed"] == 1
    page = home / "reports" / "explorer.nl.html"
    assert page.stat().st_mode & 0o777 == 0o644 and "SYNTHETIC_cryptodrug" in page.read_text("utf-8")
    monkeypatch.setitem(data._CONFIDENTIAL, "Q", "F")  # a page that takes what is suppressed for free
    assert materialized(home, explorer)[0] == {AGREES: False}


def test_sdmx_is_checked_by_schema_and_structure(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts, metadata = materialized(home, sdmx)
    assert verdicts == {STRUCTURE: True, DATA: True} and "| market | 3 |" in str(metadata["codes"])
    names = ["observations.csv", "structure.json", "structure.xml", "structure_2.1.xml"]
    assert sorted(path.name for path in (home / "reports" / "sdmx").iterdir()) == names
    monkeypatch.setattr(violations, "_NO_VALUE", ("O", "M"))  # a reader to whom a suppressed value is one
    assert materialized(home, sdmx)[0] == {STRUCTURE: True, DATA: False}


def test_without_the_extra_nothing_is_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    assert materialized(home, sdmx) == ({STRUCTURE: True, DATA: True}, {})
    assert not (home / "reports").exists()
