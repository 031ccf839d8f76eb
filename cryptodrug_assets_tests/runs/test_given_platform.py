"""Runs on a platform that is handed to them: its settings count, for whole jobs and for some assets alike."""

from pathlib import Path

import pytest

from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.runs.backfill import run_cells
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore

CELL = ("empire", "2019-10")


@pytest.mark.parametrize("select", ["raw", None])
def test_runs_work_with_the_settings_of_their_platform(
    select: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment names an archive in which nothing is; the platform a world, which needs none."""
    monkeypatch.setenv("CRYPTODRUG_SOURCE", "archive")
    settings = Settings(home=tmp_path / "home", source="world", profile="tiny", seed=11, bootstrap=2)
    with open_instance(settings) as instance:
        runs = run_cells(
            instance, [CELL], select=select, tag="t", on_run=lambda *_: None, platform=Platform.of(settings)
        )
    assert [run.error for run in runs if run.cell] == [None] * (1 if select else 2)
    assert TableStore(settings.tables).exists("raw", "captures", *CELL)
    assert not Path(Settings().tables).exists()
