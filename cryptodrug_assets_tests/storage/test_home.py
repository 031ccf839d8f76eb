"""Modes of a home under the most open umask there is, and a home that was moved or copied."""

import json
import os
import shutil
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from cryptodrug_assets.cleaning.pseudonyms import secret_key
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.runs.instance import open_instance, prepare_home
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.home import append_line, private_home, write_atomically


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def in_home(monkeypatch: pytest.MonkeyPatch, home: Path) -> Settings:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(home))
    return Settings()


def test_a_new_home_is_its_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "deep" / "home"
    settings = in_home(monkeypatch, home)
    prepare_home(settings)
    assert mode(home) == mode(settings.dagster_home) == 0o700
    other = tmp_path / "by-key"
    secret_key(other / "keys", "capture")
    assert mode(other) == mode(other / "keys") == 0o700
    third = tmp_path / "by-platform"
    in_home(monkeypatch, third)
    assert Platform().store.root == str(third / "tables")
    assert mode(third) == 0o700


def test_a_home_of_an_earlier_version_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in ("archive", "tables", "dagster", "reports", "releases", "keys"):
        (home / name).mkdir(mode=0o755, parents=True)
    (home / "warehouse.duckdb").write_bytes(b"")
    assert mode(home / "warehouse.duckdb") == 0o666
    private_home(home)
    assert mode(home) == 0o700
    for name in ("archive", "tables", "dagster", "reports", "releases"):
        assert mode(home / name) == 0o700, name
    assert mode(home / "warehouse.duckdb") == 0o600
    # That keys could be read has to be told (secret_key does), not mended in silence.
    assert mode(home / "keys") == 0o755


def test_a_folder_of_everybodys_is_left_alone(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    private_home(shared)
    assert mode(shared) == 0o1777


def test_internal_files_are_born_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    write_atomically(path, "first")
    path.chmod(0o644)
    write_atomically(path, "second")
    assert (mode(path), path.read_text("utf-8")) == (0o600, "second")
    assert [found.name for found in tmp_path.iterdir()] == ["manifest.json"]
    write_atomically(tmp_path / "report.html", "for all", 0o644)
    assert mode(tmp_path / "report.html") == 0o644


def seen(instance: dg.DagsterInstance) -> set[str]:
    """What was materialised, as the instance's event log tells it."""
    return {key.to_user_string() for key in instance.all_asset_keys()}


def materialise(settings: Settings, name: str) -> None:
    with open_instance(settings) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization(asset_key=name))


def test_a_moved_and_a_copied_home_write_into_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = in_home(monkeypatch, tmp_path / "first")
    materialise(first, "before")
    assert str(tmp_path) not in (first.dagster_home / "dagster.yaml").read_text("utf-8")
    shutil.copytree(first.home, tmp_path / "copy")
    copy = in_home(monkeypatch, tmp_path / "copy")
    materialise(copy, "in_the_copy")
    with open_instance(copy) as instance:
        assert seen(instance) == {"before", "in_the_copy"}
    with open_instance(in_home(monkeypatch, tmp_path / "first")) as instance:
        assert seen(instance) == {"before"}
    (tmp_path / "first").rename(tmp_path / "moved")
    moved = in_home(monkeypatch, tmp_path / "moved")
    materialise(moved, "after")
    assert not (tmp_path / "first").exists()


def test_an_absolute_path_of_an_earlier_version_is_made_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = in_home(monkeypatch, tmp_path / "home")
    prepare_home(settings)
    path = settings.dagster_home / "dagster.yaml"
    old = path.read_text("utf-8").replace("history/runs", f'"{tmp_path}/former home/dagster/history/runs"')
    path.write_text(old, "utf-8")
    materialise(settings, "here")
    assert not (tmp_path / "former home").exists()
    assert "base_dir: history/runs" in path.read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    ["{[garbage", "just words", "[1, 2]", "", "telemetry: 5\n", "nonsense: true\n",
     "event_log_storage: 5\n", "event_log_storage:\n  module: nowhere\n  class: X\n  config: {}\n"],
)  # fmt: skip
def test_a_configuration_that_cannot_be_used_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    settings = in_home(monkeypatch, tmp_path / "home")
    prepare_home(settings)
    (settings.dagster_home / "dagster.yaml").write_text(text, "utf-8")
    with (
        pytest.raises(UserError, match=r"dagster\.yaml cannot be used: .*remove it") as caught,
        open_instance(settings),
    ):
        pass
    assert "\n" not in str(caught.value)


def test_a_log_keeps_what_two_writers_add_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: append_line(path, {"number": number, "text": "é" * 500}), range(200)))
    entries = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert sorted(entry["number"] for entry in entries) == list(range(200))
    assert mode(path) == 0o600
