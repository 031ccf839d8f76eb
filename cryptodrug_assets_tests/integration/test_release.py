"""Releases: the same archive gives the same tables wherever it is built; a manifest tells what is not the same."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.capture.archive.warc import segment_path
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.publishing.releases import licences
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.integration.archives import CELLS, cryptodrug, environment

_BUILD = """
import sys
from pathlib import Path
from cryptodrug_assets_tests.integration.archives import CELLS, build
build(Path(sys.argv[1]), CELLS[::-1], CRYPTODRUG_PARSE_WORKERS="1")
"""


def release(home: Path, name: str) -> Path:
    path = home / "releases" / f"{name}.json"
    if not path.exists():
        result = cryptodrug(home, "release", "make", name)
        assert result.returncode == 0, result.stderr
        assert "SYNTHETIC" in result.stdout
    return path


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_a_rebuild_elsewhere_gives_the_same_tables(archive_home: Path, tmp_path: Path) -> None:
    """Another folder and process, cells the other way round, one worker, one thread, another hash seed."""
    other = tmp_path / "other"
    shutil.copytree(archive_home / "archive", other / "archive")
    shutil.copytree(archive_home / "keys", other / "keys")
    changed = {"POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "4711", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _BUILD, str(other)]
    subprocess.run(command, check=True, timeout=800, env=os.environ | environment(other) | changed)
    manifest = release(archive_home, "first")
    tables = json.loads(manifest.read_text("utf-8"))["tables"]
    assert len(tables) >= 30
    assert {"clean.transactions", "indicators.shares", "indicators.trends", "indicators.study_scorecard"} <= set(tables)
    assert set(tables["clean.listings"]["partitions"]) == {"|".join(cell) for cell in CELLS}
    compared = cryptodrug(other, "release", "verify", str(manifest), CRYPTODRUG_PARSE_WORKERS="1")
    assert compared.returncode == 0, compared.stdout
    assert "the present state is release first" in compared.stdout


def test_the_data_version_of_a_materialisation_is_the_content_hash(
    archive_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dagster as dg

    from cryptodrug_assets.runs.instance import open_instance

    for name, value in environment(archive_home).items():
        monkeypatch.setenv(name, value)
    parts = json.loads(release(archive_home, "first").read_text("utf-8"))["tables"]["indicators.shares"]["partitions"]
    with open_instance(Settings()) as instance:
        records = instance.fetch_materializations(dg.AssetKey(["indicators", "shares"]), limit=50).records
    seen = {}
    for record in reversed(records):
        made = record.asset_materialization
        assert made is not None and made.tags is not None
        seen[made.partition] = made.tags["dagster/data_version"]
    assert seen == {cell: part["content_hash"] for cell, part in parts.items()}


def test_a_release_names_everything(archive_home: Path) -> None:
    manifest = json.loads(release(archive_home, "first").read_text("utf-8"))
    assert manifest["mark"] == "SYNTHETIC"
    assert {"capture", "cleaning", "indicators"} <= set(manifest["code"]["content"])
    assert manifest["contracts"]["clean.listings"]["version"]
    assert {"ecb_rates.csv", "dream.yaml"} <= set(manifest["references"])
    assert manifest["options"]["indicators"]["bootstrap"] == 50
    assert set(manifest["archive"]) == {"|".join(cell) for cell in CELLS}
    assert all(len(digest) == 64 for files in manifest["archive"].values() for digest in files.values())


def test_what_differs_is_named_and_the_release_stays_readable(archive_home: Path) -> None:
    release(archive_home, "first")
    store = TableStore(archive_home / "tables")
    cell = ("empire", "2019-04")
    before = store.read("indicators", "shares", *cell)
    store.commit("indicators", "shares", before.with_columns(value=pl.col("value") / 2), *cell)
    try:
        result = cryptodrug(archive_home, "release", "verify", "first")
        assert result.returncode == 1
        assert "tables: indicators.shares.partitions.empire|2019-04.content_hash" in result.stdout
        assert "every table of release first can be read at its version" in result.stdout
    finally:
        store.commit("indicators", "shares", before, *cell)
    assert cryptodrug(archive_home, "release", "verify", "first").returncode == 0


@pytest.mark.slow
def test_a_changed_archive_and_other_options_are_named(archive_home: Path) -> None:
    manifest = json.loads(release(archive_home, "first").read_text("utf-8"))
    name = next(iter(manifest["archive"]["empire|2019-04"]))
    path = segment_path(archive_home / "archive" / "empire" / "2019-04", name)
    good = path.read_bytes()
    path.chmod(0o640)
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    try:
        result = cryptodrug(archive_home, "release", "verify", "first", CRYPTODRUG_BOOTSTRAP="51")
    finally:
        path.write_bytes(good)
        path.chmod(0o440)
    assert result.returncode == 1
    assert f"archive: empire|2019-04.{name}" in result.stdout
    assert "options: indicators.bootstrap: 50, now 51" in result.stdout


def test_a_release_is_never_overwritten_and_mistakes_are_one_line(archive_home: Path, tmp_path: Path) -> None:
    release(archive_home, "first")
    for arguments, message in (
        (["release", "make", "first"], "release first exists already"),
        (["release", "make", "../x"], "'../x' is no name for a release"),
        (["release", "verify", "never"], "no release never"),
    ):
        result = cryptodrug(archive_home, *arguments)
        assert result.returncode == 2 and message in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
    nothing = cryptodrug(tmp_path / "empty", "release", "make", "one")
    assert nothing.returncode == 2 and "no indicators to release yet" in nothing.stderr


@pytest.mark.slow
def test_a_second_release_is_read_beside_the_first(archive_home: Path, tmp_path: Path) -> None:
    """The same tables tell nothing new. A release that showed a month hidden now is warned of."""
    home = tmp_path / "copy"
    shutil.copytree(archive_home, home)
    release(home, "first")
    again = cryptodrug(home, "release", "make", "again")
    assert again.returncode == 0 and "warning" not in again.stderr
    assert "cite it as release again, sha256 " in again.stdout
    store = TableStore(home / "tables")
    public = store.read("indicators", "activity_public")
    few = store.read("indicators", "activity").filter(
        pl.col("n_vendors").is_in([1, 2]) & (pl.col("value") > 0),
        indicator="LV01", drug_class="all",
    )  # fmt: skip
    assert few.height
    where = ["market", "month", "indicator", "country", "drug_class"]
    told = public.join(few.head(1).select(*where, known="value"), on=where, how="left", maintain_order="left")
    store.commit(
        "indicators", "activity_public", told.with_columns(pl.col("value").fill_null(pl.col("known"))).drop("known")
    )
    release(home, "careless")
    store.commit("indicators", "activity_public", public)
    warned = cryptodrug(home, "release", "make", "mended")
    assert warned.returncode == 0
    lines = warned.stderr.strip().splitlines()
    assert [line for line in lines if "warning: beside release careless the public tables tell" in line]
    assert not [line for line in lines if "release first" in line or "release again" in line]


def test_a_damaged_table_is_named(archive_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(archive_home, home)
    release(home, "whole")
    for path in (home / "tables" / "indicators" / "coverage").rglob("*.parquet"):
        path.write_bytes(b"gone")
    result = cryptodrug(home, "release", "verify", "whole")
    assert result.returncode == 2
    # The library that reads them may add words of its own, before and after: its threads print when they like.
    assert any(
        line.startswith("error: the table indicators/coverage is damaged and cannot be read")
        for line in result.stderr.splitlines()
    )


def captures(tmp_path: Path, **values: object) -> TableStore:
    store = TableStore(tmp_path / "tables")
    frame = rows("raw", "captures", {"outcome": "done", **values})
    store.commit("raw", "captures", frame, "dream", "2018-11")
    return store


@pytest.mark.parametrize("provenance", [None, '{"source": "x"}', '{"licence": "not stated"}', '{"licence": " "}'])
def test_captures_that_are_neither_synthetic_nor_licensed_are_refused(tmp_path: Path, provenance: str | None) -> None:
    store = captures(tmp_path, synthetic=False, provenance=provenance)
    with pytest.raises(UserError, match="1 pages are neither synthetic nor licensed, such as those of dream 2018-11"):
        licences(store)


def test_licensed_and_synthetic_captures_may_be_released(tmp_path: Path) -> None:
    licensed = captures(tmp_path / "a", synthetic=False, provenance='{"licence": "CC BY 4.0", "source": "x"}')
    assert licences(licensed) == [{"market": "dream", "synthetic": False, "licence": "CC BY 4.0", "pages": 1}]
    made = captures(tmp_path / "b", synthetic=True, provenance=None)
    assert licences(made) == [{"market": "dream", "synthetic": True, "licence": None, "pages": 1}]
