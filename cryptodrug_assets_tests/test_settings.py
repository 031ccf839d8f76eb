"""Settings: environment over file over default, and what cannot be is one clear line."""

import subprocess
import sys
from pathlib import Path

import pytest

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.report.countries import country_name
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.settings import Settings


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CRYPTODRUG_CONFIG")


def test_environment_wins_over_the_file_and_the_file_over_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("cryptodrug.toml").write_text("seed = 3\nbootstrap = 50\n", "utf-8")
    monkeypatch.setenv("CRYPTODRUG_SEED", "5")
    settings = Settings()
    assert (settings.seed, settings.bootstrap, settings.sweeps) == (5, 50, 1)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SEED", "abc", r"setting seed \(CRYPTODRUG_SEED\) cannot be 'abc': .*integer"),
        ("COUNTRY", "Belgium", r"setting country \(CRYPTODRUG_COUNTRY\) cannot be 'Belgium'"),
        ("ENGINE", "spark", r"setting engine .* cannot be 'spark': .*'gx' or 'duckdb'"),
        ("SOURCE", "tor", r"setting source .* cannot be 'tor'"),
        ("CONFIG", "nowhere.toml", "CRYPTODRUG_CONFIG names nowhere.toml, which does not exist"),
    ],
)
def test_what_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str) -> None:
    monkeypatch.setenv(f"CRYPTODRUG_{name}", value)
    with pytest.raises(UserError, match=message):
        Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [("bootstrp = 50\n", "there is no setting bootstrp"), ("seed = = 3\n", "cryptodrug.toml cannot be read as TOML")],
)
def test_mistakes_in_the_file_are_named(text: str, message: str) -> None:
    Path("cryptodrug.toml").write_text(text, "utf-8")
    with pytest.raises(UserError, match=message):
        Settings()


def test_a_bad_setting_is_one_line_and_an_exit_code() -> None:
    Path("cryptodrug.toml").write_text("sede = 3\n", "utf-8")
    command = [sys.executable, "-m", "cryptodrug_assets.cli", "status"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["error: there is no setting sede; `cryptodrug settings` lists those there are"]


def test_the_country_is_always_stated_beside_the_studys_own() -> None:
    assert Platform().indicator_options.focus == ("BE",)


def test_another_institutes_country_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYPTODRUG_COUNTRY", "NL")
    assert Platform().indicator_options.focus == ("NL", "BE")


@pytest.mark.parametrize(
    ("code", "name"), [("BE", "Belgium"), ("NL", "the Netherlands"), ("KR", "South Korea"), ("XX", "XX")]
)
def test_names_of_countries(code: str, name: str) -> None:
    assert country_name(code) == name
