"""The asset of the explorer: files for everybody, what is in them in its metadata, and a check that can fail."""

from pathlib import Path

import dagster as dg
import pytest

from cryptodrug_assets.assets.explorer import AGREES, explorer
from cryptodrug_assets.publishing.explorer import data
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.settings import Settings
from cryptodrug_assets_tests.publishing.dissemination.homes import captured, opened, put


def materialized(home: Path) -> tuple[dg.ExecuteInProcessResult, bool]:
    result = dg.materialize(
        [explorer], resources={"platform": dg.ResourceDefinition.hardcoded_resource(Platform.of(Settings(home=home)))}
    )
    (evaluation,) = result.get_asset_check_evaluations()
    assert evaluation.check_name == AGREES
    return result, evaluation.passed


def test_the_explorer_is_made_and_checked_against_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(tmp_path)
    captured(made, synthetic=True)
    put(made)
    result, passed = materialized(tmp_path)
    metadata = result.asset_materializations_for_node("publication__explorer")[0].metadata
    assert passed and metadata["suppressed"].value == 1
    page = tmp_path / "reports" / "explorer.nl.html"
    assert page.stat().st_mode & 0o777 == 0o644 and "SYNTHETIC_cryptodrug" in page.read_text("utf-8")
    monkeypatch.setitem(data._CONFIDENTIAL, "Q", "F")  # a page that takes what is suppressed for free
    assert not materialized(tmp_path)[1]
