"""A home built once from a rendered archive, for the tests that need all layers and no browser."""

from pathlib import Path

import pytest

from cryptodrug_assets_tests.integration import archives


@pytest.fixture(scope="session")
def archive_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of three cells of the tiny world; tests that change something in it put it back."""
    home = tmp_path_factory.mktemp("archive-home")
    archives.render(home)
    archives.build(home)
    return home
