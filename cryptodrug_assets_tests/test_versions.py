"""Code versions by content: the same files give the same version, another byte another."""

from pathlib import Path

import pytest

from cryptodrug_assets import versions
from cryptodrug_assets.definitions import defs


def test_a_changed_file_changes_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "a.py").write_text("x = 1\n")
    (tmp_path / "part" / "b.csv").write_text("k\n")
    (tmp_path / "part" / "ignored.pyc").write_text("1")
    monkeypatch.setattr(versions, "PACKAGE", tmp_path)

    def version() -> str:
        versions.content_of.cache_clear()
        return versions.code_version("part")

    first = version()
    (tmp_path / "part" / "ignored.pyc").write_text("2")
    assert version() == first
    (tmp_path / "part" / "b.csv").write_text("l\n")
    assert version() != first
    (tmp_path / "part" / "b.csv").rename(tmp_path / "part" / "c.csv")
    assert version() != first
    versions.content_of.cache_clear()
    with pytest.raises(FileNotFoundError):
        versions.content_of("nowhere")


def test_every_kind_of_file_of_the_package_counts() -> None:
    """A script or a style is part of what a page is made of; words compiled by gettext are made of their source."""
    there = {path.suffix for path in versions.PACKAGE.rglob("*") if path.is_file()}
    assert there - set(versions._KINDS) <= {".pyc", ".md", ".mo"}


def test_every_table_has_a_code_version_that_means_its_code() -> None:
    graph = defs.resolve_asset_graph()
    found = {key.to_user_string(): graph.get(key).code_version for key in graph.materializable_asset_keys}
    assert None not in found.values()
    assert found["clean/listings"] != found["indicators/shares"]
    assert found["indicators/shares"] == versions.code_version(
        "indicators", "reference", "pipeline/measure.py", "pipeline/tables.py", "assets/indicators.py"
    )
