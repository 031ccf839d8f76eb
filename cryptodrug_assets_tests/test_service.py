"""The unit of systemd: what it says, that systemd takes it, and what is said of paths it cannot name."""

import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cryptodrug_assets.commands import service
from cryptodrug_assets.commands.app import app
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.settings import Settings


def lines(*words: str, folder: Path) -> list[str]:
    result = CliRunner().invoke(app, ["service", "install", "--to", str(folder), *words])
    assert result.exit_code == 0, (result.output, result.exception)
    assert f"written: {folder / service.UNIT}" in result.output.replace("\n", " ").replace("  ", " ")
    return (folder / service.UNIT).read_text("utf-8").splitlines()


def test_a_unit_restarts_is_limited_and_listens_on_loopback(tmp_path: Path) -> None:
    unit = lines("--port", "3210", "--memory", "4000", folder=tmp_path / "units")
    assert any(line.endswith("/cryptodrug ui --host 127.0.0.1 --port 3210") for line in unit)
    assert {"Restart=on-failure", "MemoryHigh=3600M", "MemoryMax=4000M", "NoNewPrivileges=true"} <= set(unit)
    assert f"Environment=CRYPTODRUG_HOME={Settings().home.resolve()}" in unit
    assert "WantedBy=default.target" in unit
    assert not any(line.startswith("User=") for line in unit)


@pytest.mark.parametrize("words", [(), ("--system", "--user", "root")])
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze on this machine")
def test_systemd_takes_the_unit(words: tuple[str, ...], tmp_path: Path) -> None:
    unit = lines(*words, folder=tmp_path)
    assert ("User=root" in unit) is bool(words)
    path = tmp_path / service.UNIT
    ran = subprocess.run(
        ["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, service.UNIT in ran.stderr) == (0, False)
    # The same question, asked of a unit that is wrong, is not answered with silence.
    path.write_text("\n".join(unit).replace("Restart=on-failure", "Restart=perhaps"))
    with pytest.raises(UserError, match="systemd does not take .*perhaps"):
        service.verify(path)


@pytest.mark.parametrize("words", [["--system"], ["--user", "monitor"]])
def test_a_unit_of_the_system_needs_an_account(words: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["service", "install", "--to", str(tmp_path), *words])
    assert "--system and --user NAME together" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_a_unit_cannot_name_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path / "my data"))
    result = CliRunner().invoke(app, ["service", "install", "--to", str(tmp_path / "units")])
    assert "use a path without blanks" in str(result.exception)
    assert not (tmp_path / "units").exists()
