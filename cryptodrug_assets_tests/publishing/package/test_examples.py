"""The examples of a release run on its tables, as script, notebook and in R, and print what the tables hold."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cryptodrug_assets.publishing.exchange.observations import observations
from cryptodrug_assets.publishing.package.build import data_package
from cryptodrug_assets.publishing.package.examples import examples
from cryptodrug_assets.publishing.package.tables import package_tables
from cryptodrug_assets_tests.publishing.package.given import facts
from cryptodrug_assets_tests.publishing.public import public_tables


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    for name, data in data_package(package_tables(observations(public_tables()), {}), facts()).items():
        if name.startswith(("examples/", "data/shares.", "data/codebook.", "datapackage")):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("folder", [".", "examples"])
def test_the_script_runs_in_both_folders(release: Path, folder: str) -> None:
    script = release / "examples" / "first_steps.py"
    done = subprocess.run([sys.executable, script], cwd=release / folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("SYNTHETIC: CRYPTODRUG") and "BE 0.3333333333333333\n_U 0.25\n" in done.stdout
    assert "Missing value; suppressed" in done.stdout


def test_the_notebook_holds_no_output_and_runs_cell_by_cell(
    release: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = json.loads((release / "examples" / "first_steps.ipynb").read_text("utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert notebook["nbformat"] == 4 and len(cells) == 4 and all(cell["outputs"] == [] for cell in cells)
    monkeypatch.chdir(release / "examples")
    names: dict[str, object] = {}
    for cell in cells:
        exec("".join(cell["source"]), names)
    assert "BE 0.3333333333333333" in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_the_script_in_r_runs(release: Path) -> None:
    done = subprocess.run(
        ["Rscript", "examples/first_steps.R"], cwd=release, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "0.3333333" in done.stdout and "suppressed" in done.stdout


def test_without_the_table_that_they_read_there_are_none() -> None:
    without = {name: frame for name, frame in public_tables().items() if name != "shares"}
    assert examples(package_tables(observations(without), {})) == {}
