"""A month is read again from the archive by a newer parser: one command, and the data version says what changed."""

from pathlib import Path

import dagster as dg
import pytest

from cryptodrug_assets.markets import get_market
from cryptodrug_assets.runs.backfill import run_cells
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.integration import archives

CELL = ("empire", "2019-04")


def _run(group: str) -> dict[str, str]:
    """Run a group of the cell; the data version of each table made so far."""
    versions = {}
    with open_instance(Settings()) as instance:
        runs = run_cells(instance, [CELL], select=group, tag="test", on_run=lambda *_: None)
        assert [run.error for run in runs if not run.success] == []
        for key in (["raw", "captures"], ["parsed", "listings"], ["parsed", "pages"]):
            event = instance.get_latest_data_version_record(dg.AssetKey(key), partition_key="|".join(CELL))
            if event is not None and event.asset_materialization is not None:
                made = event.asset_materialization
                versions["/".join(key)] = (made.tags or {})["dagster/data_version"]
                if key[0] == "parsed":
                    assert made.metadata["parser_version"].value == get_market("empire").parser_version
    return versions


def test_a_newer_parser_reads_the_month_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in archives.environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    archives.render(tmp_path)
    _run("raw")
    first = _run("parsed")
    assert _run("parsed") == first
    monkeypatch.setattr(type(get_market("empire")), "parser_version", "99.0.0")
    again = _run("parsed")
    assert again["raw/captures"] == first["raw/captures"]
    assert again["parsed/listings"] != first["parsed/listings"]
    assert again["parsed/pages"] != first["parsed/pages"]
    listings = TableStore(Settings().tables).read("parsed", "listings", *CELL)
    assert listings.height > 0
    assert set(listings["parser_version"]) == {"99.0.0"}
