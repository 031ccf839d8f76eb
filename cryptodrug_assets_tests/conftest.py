"""What all tests share: no settings from the developer's shell, a home of their own, real pages if there are any."""

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cryptodrug_assets_tests.selection import is_long, is_slow, reduced, simulates

# Helpers assert, too, and lie beside the tests.
pytest.register_assert_rewrite(
    *(f"{__package__}.{path.name}" for path in Path(__file__).parent.iterdir() if path.is_dir())
)
REPOSITORY = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where tests of the UI leave their pictures."""
    parser.addoption("--pictures", type=Path, default=None, help="folder for the pictures of the UI's tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make check` leaves out: what needs the synthetic markets, and what takes many seconds.

    Of long lists of cases all but each n-th are slow.
    """
    seen: Counter[str] = Counter()
    for item in items:
        if is_slow(item.path):
            item.add_marker(pytest.mark.slow)
        if hasattr(item, "callspec"):
            name = item.nodeid.partition("[")[0]
            if seen[name] % reduced(item.path):
                item.add_marker(pytest.mark.slow)
            seen[name] += 1
        if simulates(item.path):
            item.add_marker(pytest.mark.simulation)
        if is_long(item.path):
            item.add_marker(pytest.mark.long)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Settings and instance of the person running the tests stay untouched."""
    for name in [name for name in os.environ if name.startswith("CRYPTODRUG_") and name != "CRYPTODRUG_REAL_PAGES"]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("CRYPTODRUG_CONFIG", os.devnull)


@pytest.fixture(autouse=True)
def _signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command that a test runs in this process takes the signals and leaves them ignored."""
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


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
    from cryptodrug_assets.capture.browser.launch import find_browser
    from cryptodrug_assets.observation import UserError

    try:
        return find_browser(None)
    except UserError as err:
        pytest.skip(str(err))
