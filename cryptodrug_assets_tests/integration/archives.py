"""Homes made from a rendered archive of the tiny world: the whole platform without a browser, as an import would be."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cryptodrug_assets.replica.archive import write_archive
from cryptodrug_assets.runs.backfill import run_cells
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings

CELLS = [("wall_street", "2018-11"), ("empire", "2019-04"), ("empire", "2019-05")]
SEED = 11


def environment(home: Path, **more: str) -> dict[str, str]:
    """The settings of such a home: captures come from the archive alone."""
    return {
        "CRYPTODRUG_HOME": str(home),
        "CRYPTODRUG_SOURCE": "archive",
        "CRYPTODRUG_ENGINE": "duckdb",
        "CRYPTODRUG_BOOTSTRAP": "50",
        **more,
    }


def render(home: Path) -> None:
    """Write the archive of the cells."""
    for cell in CELLS:
        write_archive("tiny", SEED, *cell, archive_root=home / "archive", hmac_key=b"0" * 32)


def build(home: Path, cells: Sequence[tuple[str, str]] = CELLS, **more: str) -> None:
    """Run the cells of a home through all layers."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(home, **more).items():
            patch.setenv(name, value)
        with open_instance(Settings()) as instance:
            runs = run_cells(instance, cells, tag="test", on_run=lambda *_: None)
        assert [run.error for run in runs if not run.success] == []


def cryptodrug(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, on that home."""
    command = [str(Path(sys.executable).with_name("cryptodrug")), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, env=os.environ | environment(home, **more)
    )
