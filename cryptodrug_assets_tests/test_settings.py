"""Settings: environment over file over default, and what cannot be is one clear line."""

import subprocess
import sys
from pathlib import Path

import pytest

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.countries import country_name
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


def test_a_home_may_say_what_it_is_made_of_and_environment_and_file_win_over_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = Path("elsewhere")
    home.mkdir()
    (home / "cryptodrug.toml").write_text("seed = 1\nbootstrap = 60\nsweeps = 3\n", "utf-8")
    Path("cryptodrug.toml").write_text("bootstrap = 50\n", "utf-8")
    monkeypatch.setenv("CRYPTODRUG_SEED", "5")
    assert Settings(home=home).sweeps == 3
    monkeypatch.setenv("CRYPTODRUG_HOME", str(home))
    settings = Settings()
    assert (settings.seed, settings.bootstrap, settings.sweeps) == (5, 50, 3)
    (home / "cryptodrug.toml").write_text("sede = 1\n", "utf-8")
    with pytest.raises(UserError, match="there is no setting sede"):
        Settings()
    (home / "cryptodrug.toml").write_text("seed = = 1\n", "utf-8")
    with pytest.raises(UserError, match=r"elsewhere/cryptodrug.toml cannot be read as TOML"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SEED", "abc", r"setting seed \(CRYPTODRUG_SEED\) cannot be 'abc': .*integer"),
        ("COUNTRY", "Belgium", r"setting country \(CRYPTODRUG_COUNTRY\) cannot be 'Belgium'"),
        ("ENGINE", "spark", r"setting engine .* cannot be 'spark': .*'gx' or 'duckdb'"),
        ("SOURCE", "tor", r"setting source .* cannot be 'tor'"),
        ("CONCURRENCY", "0", "setting concurrency .* cannot be '0'"),
        ("CONCURRENCY", "-1", "setting concurrency .* cannot be '-1'"),
        ("CONCURRENCY", "300", "setting concurrency .* cannot be '300'"),
        ("RENDER_SAMPLE", "7.5", "setting render_sample .* cannot be '7.5'"),
        ("RENDER_SAMPLE", "nan", "setting render_sample .* cannot be 'nan'"),
        ("BOOTSTRAP", "-5", "setting bootstrap .* cannot be '-5'"),
        ("MIN_COVERAGE", "nan", "setting min_coverage .* cannot be 'nan'"),
        ("MIN_COVERAGE", "1.5", "setting min_coverage .* cannot be '1.5'"),
        ("HOLDING_CAP_EUR", "inf", "setting holding_cap_eur .* cannot be .*inf.*finite"),
        ("SWEEPS", "0", "setting sweeps .* cannot be '0'"),
        ("PARSE_WORKERS", "-2", "setting parse_workers .* cannot be '-2'"),
        ("REPLICA_PORT", "99999", "setting replica_port .* cannot be '99999'"),
        ("HOME", "", "setting home .* cannot be ''.*working folder"),
        ("CONCURENCY", "2", r"there is no setting CRYPTODRUG_CONCURENCY .*did you mean CRYPTODRUG_CONCURRENCY\?"),
        ("QQ", "2", "there is no setting CRYPTODRUG_QQ .*`cryptodrug settings` lists"),
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


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"profile = '\xe9'\n", r"cryptodrug.toml is not UTF-8 \(byte 11\)"),
        (None, "cryptodrug.toml is a folder"),
    ],
)
def test_a_file_that_is_none_is_named(content: bytes | None, message: str) -> None:
    path = Path("cryptodrug.toml")
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        Settings()


def test_values_at_their_bounds_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"CONCURRENCY": "16", "RENDER_SAMPLE": "1", "BOOTSTRAP": "0", "MIN_COVERAGE": "0", "REPLICA_PORT": "65535"}
    for name, value in given.items():
        monkeypatch.setenv(f"CRYPTODRUG_{name}", value)
    found = Settings()
    assert (found.concurrency, found.render_sample, found.bootstrap, found.min_coverage) == (16, 1, 0, 0)


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
