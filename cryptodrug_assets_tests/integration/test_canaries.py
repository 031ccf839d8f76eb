"""No name leaves the restricted layers: the study's cells captured with the browser, every table and file searched."""

from pathlib import Path

import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.assets.partitions import observed_cells
from cryptodrug_assets.replica.server import running
from cryptodrug_assets.runs.backfill import run_cells
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.integration.canaries import canaries, looked_at

SEED = 12


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.browser
def test_no_name_of_any_cell_leaves_the_restricted_layers(
    tmp_path: Path, chromium: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = list(observed_cells())
    assert len(cells) == 19
    with running("tiny", SEED) as server:
        settings = {"HOME": str(tmp_path), "PROFILE": "tiny", "SEED": str(SEED), "REPLICA_PORT": str(server.port)}
        for name, value in settings.items():
            monkeypatch.setenv(f"CRYPTODRUG_{name}", value)
        with open_instance(Settings()) as instance:
            runs = run_cells(instance, cells, tag="test", on_run=lambda *_: None)
    assert [run.error for run in runs if not run.success] == []
    store = TableStore(tmp_path / "tables")
    words = canaries(store, cells)
    assert len(words) > 100
    searched = 0
    for name, data in looked_at(tmp_path, store):
        searched += 1
        assert [word for word in words if word in data] == [], name
    tables = [contract for contract in contracts.all_contracts() if contract.layer in ("clean", "indicators")]
    assert searched > len(tables) / 2
    # The search itself works: the archive's table of vendors shows every one of their names.
    vendors = store.read("parsed", "vendors", *cells[0])
    assert all(name in vendors.write_json() for name in vendors["vendor_name"].drop_nulls())
