"""A home that holds the synthetic wave, survey and interviews, brought in by the importers as a user would."""

import shutil
from pathlib import Path

import pytest

from cryptodrug_assets.buyers.interviews.refi_writer import write_qdpx
from cryptodrug_assets.buyers.interviews.synthetic import synthetic_project
from cryptodrug_assets.replica.interviews import synthetic_interviews
from cryptodrug_assets.replica.survey.files import write_export
from cryptodrug_assets_tests.buyers.survey.kit import run, wave


@pytest.fixture(scope="session")
def imported_wave(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; tests work on copies."""
    root = tmp_path_factory.mktemp("imported_wave")
    (path,) = write_export(wave(), "limesurvey_lsa", root)
    coded = root / "interviews.qdpx"
    coded.write_bytes(write_qdpx(synthetic_project(synthetic_interviews([f"R{n}" for n in range(10)]))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRYPTODRUG_HOME", str(root / "home"))
        assert run(patch, "survey", "import", str(path), "--wave", "2019") == 0
        assert run(patch, "interviews", "import", str(coded), "--wave", "2019") == 0
    return root / "home"


@pytest.fixture
def wave_home(imported_wave: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own with the wave in it."""
    home = tmp_path / "home"
    shutil.copytree(imported_wave, home)
    monkeypatch.setenv("CRYPTODRUG_HOME", str(home))
    return home
