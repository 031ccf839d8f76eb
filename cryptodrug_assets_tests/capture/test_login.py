"""A login by hand: a real window where there is a screen, through the proxy; what is saved is what a capture uses."""

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cryptodrug_assets.capture.browser.launch import find_window_browser
from cryptodrug_assets.capture.browser.login import open_login, save_login
from cryptodrug_assets.capture.sources import read_login
from cryptodrug_assets.observation import UserError
from cryptodrug_assets_tests.capture.live import ONION
from cryptodrug_assets_tests.capture.site import running_site
from cryptodrug_assets_tests.capture.socks import running_socks

SAVED = {"storage_state": {"cookies": [{"name": "s"}], "origins": []}, "user_agent": "Agent/1"}


def test_a_saved_login_is_read_back_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = save_login(tmp_path, "dream", {"storage_state": {"cookies": [], "origins": []}, "user_agent": "Old"})
    path.chmod(0o644)
    assert save_login(tmp_path, "dream", SAVED) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_login(tmp_path, "dream") == SAVED
    assert list(path.parent.iterdir()) == [path]


def test_without_a_screen_it_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from cryptodrug_assets.commands import capture
    from cryptodrug_assets.commands.app import app
    from cryptodrug_assets.observation import market_configs

    live = {"dream": market_configs()["dream"].model_copy(update={"live": {"base_url": f"http://{ONION}"}})}
    monkeypatch.setattr(capture, "market_configs", lambda: live)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("CRYPTODRUG_PROXY", "socks5://127.0.0.1:9050")
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    result = CliRunner().invoke(app, ["login", "--market", "dream"])
    assert isinstance(result.exception, UserError)
    assert "needs a screen" in str(result.exception)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A virtual screen, and a browser that can open a window on it."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed")
    try:
        find_window_browser()
    except UserError:
        pytest.skip("there is no Chromium with a window")
    read, write = os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
        pass_fds=[write], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    monkeypatch.setenv("DISPLAY", f":{number}")
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.mark.browser
def test_a_window_through_the_proxy_gives_cookies_and_user_agent(screen: None) -> None:
    with running_site() as site, running_socks(ONION, site.port) as socks:
        site.requests.clear()

        def person() -> None:
            deadline = time.monotonic() + 60
            while not site.requests and time.monotonic() < deadline:
                time.sleep(0.1)

        saved = open_login(f"http://{ONION}/latin", f"socks5://127.0.0.1:{socks.port}", wait=person)
    assert [cookie["value"] for cookie in saved["storage_state"]["cookies"]] == ["TOPSECRET"]
    assert "Chrome/" in saved["user_agent"] and "Headless" not in saved["user_agent"]
    assert {kind for kind, name in socks.asked if name == ONION} == {3}


@pytest.mark.browser
def test_what_goes_wrong_at_a_login_is_one_line(screen: None) -> None:
    def closed() -> None:
        raise EOFError

    with running_site() as site, running_socks(ONION, site.port) as socks:
        proxy = f"socks5://127.0.0.1:{socks.port}"
        with pytest.raises(UserError, match="run this in a terminal"):
            open_login(f"http://{ONION}/latin", proxy, wait=closed)
        with pytest.raises(UserError, match="nobody is logged in; nothing was saved"):
            open_login(f"http://{ONION}/", proxy, wait=lambda: None)
        with pytest.raises(UserError, match="does not come through the proxy") as caught:
            open_login("http://elsewhere.onion/", proxy, wait=lambda: None)
    assert "elsewhere" not in str(caught.value)
