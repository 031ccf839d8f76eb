"""The public tables of a home as a release: equal by separate SQL, every check passed, loaded by another reader."""

import shutil
from pathlib import Path

import duckdb
import pytest

from cryptodrug_assets.publishing.exchange.observations import datasets
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.integration.archives import cryptodrug
from cryptodrug_assets_tests.publishing.exchange.by_sql import differences

NAME = "2019-05.1"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_from_the_tables_of_a_home_to_a_published_folder(
    archive_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(archive_home, home)
    store = TableStore(Settings(home=home).tables)
    public = {name: store.read("indicators", f"{name}_public") for name in datasets()}
    assert differences(public, store.read("exchange", "observations")) == []
    for step in (
        ("draft", NAME),
        ("check", NAME),
        ("approve", NAME, "--not-before", "2019-06-03T08:00Z", "--role", "head of unit"),
        ("publish", NAME),
    ):
        result = cryptodrug(home, "release", *step)
        assert result.returncode == 0, result.stdout + result.stderr
    folder = home / "dissemination" / "public" / NAME
    monkeypatch.chdir(folder)
    connection = duckdb.connect()
    connection.execute((folder / "data" / "load.sql").read_text("utf-8"))
    (shown,) = connection.sql("SELECT count(obs_value) FROM activity").fetchall()[0]
    assert shown == public["activity"]["value"].count()
