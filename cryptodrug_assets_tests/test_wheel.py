"""The wheel: what is read beside the package goes with it, and the command works where there is no repository.

Built without a network and installed into an environment that borrows this one's libraries.
"""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from cryptodrug_assets import contracts, installation
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import market_configs
from cryptodrug_assets_tests.conftest import REPOSITORY


def call(*command: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with none of this process's settings."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("CRYPTODRUG_", "PYTHON"))}
    return subprocess.run(
        [str(part) for part in command], cwd=folder, env=kept | environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    built = call(
        *pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, REPOSITORY, folder=folder
    )
    assert built.returncode == 0, built.stderr[-2000:]
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "environment", with_pip=False)
    commands = folder / "environment" / "bin"
    [packages] = (folder / "environment").glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    installed = call(*pip, "--python", commands / "python", "install", "--no-deps", "--no-index", wheel, folder=folder)
    assert installed.returncode == 0, installed.stderr[-2000:]
    return commands


def test_the_command_works_without_the_repository(bin_folder: Path, tmp_path: Path) -> None:
    place = call(bin_folder / "python", "-c", "import cryptodrug_assets as p; print(p.__file__)", folder=tmp_path)
    assert Path(place.stdout.strip()).is_relative_to(bin_folder.parent)
    command = bin_folder / "cryptodrug"
    assert call(command, "--version", folder=tmp_path).stdout == "0.1.0\n"
    lint = call(command, "contracts", "lint", folder=tmp_path)
    columns = sum(len(contract.columns) for contract in contracts.all_contracts())
    assert lint.stdout == f"{len(contracts.all_contracts())} contracts, {columns} columns: no problem\n", lint.stderr
    # An instance is made of the template, and its definitions load.
    (tmp_path / "data" / "dagster").mkdir(parents=True)
    status = call(command, "status", folder=tmp_path)
    assert status.returncode == 0, status.stderr
    assert "missing" in status.stdout and all(market in status.stdout for market in market_configs())
    assert (tmp_path / "data" / "dagster" / "dagster.yaml").read_text() == (REPOSITORY / "dagster.yaml").read_text()


def test_what_needs_the_repository_says_so(bin_folder: Path, tmp_path: Path) -> None:
    docs = call(bin_folder / "cryptodrug", "contracts", "docs", folder=tmp_path)
    assert docs.returncode == 2
    assert docs.stderr == (
        "error: the data dictionary is written in a checkout of the repository, and this is an installed wheel; run it"
        " there\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_in_a_checkout_the_repositorys_files_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation.CONTRACTS_DIR == REPOSITORY / "data_contracts"
    assert installation.repository("anything is written") == REPOSITORY
    monkeypatch.setattr(installation, "IN_CHECKOUT", False)
    with pytest.raises(UserError, match="anything is written in a checkout"):
        installation.repository("anything is written")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(1800)
def test_the_demo_runs_from_the_wheel_in_an_empty_folder(bin_folder: Path, tmp_path: Path, chromium: Path) -> None:
    done = call(
        bin_folder / "cryptodrug", "demo", "--profile", "tiny", folder=tmp_path, CRYPTODRUG_CHROMIUM=str(chromium)
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "19 market-months of the synthetic 'tiny' world" in done.stdout and " 0 failed\n" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
    status = call(bin_folder / "cryptodrug", "status", folder=tmp_path)
    assert "failed" not in status.stdout.splitlines()[-1] and "missing" not in status.stdout
