"""What all tests share: no settings from the developer's shell, a home of their own, real pages if there are any."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Settings and instance of the person running the tests stay untouched."""
    for name in [name for name in os.environ if name.startswith("CRYPTODRUG_") and name != "CRYPTODRUG_REAL_PAGES"]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("CRYPTODRUG_CONFIG", os.devnull)


@pytest.fixture(scope="session")
def real_pages() -> Path:
    """The folder of real archived pages; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("CRYPTODRUG_REAL_PAGES", REPOSITORY.parent / "shared" / "real_pages"))
    if not (folder / "expected.json").is_file():
        pytest.skip("the real archived pages are not on this machine (CRYPTODRUG_REAL_PAGES)")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A headless Chromium; tests that need it are skipped where there is none."""
    from cryptodrug_assets.capture.browser import find_browser
    from cryptodrug_assets.observation import UserError

    try:
        return find_browser(None)
    except UserError as err:
        pytest.skip(str(err))
