"""Live captures: rules of month, proxy and login; nothing reaches the site but through the proxy."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.capture.sources import Source, live_source, login_path
from cryptodrug_assets.observation import CaptureConfig, MarketConfig, UserError, market_configs
from cryptodrug_assets.replica.source import replica_sweeps
from cryptodrug_assets_tests.capture.live import ONION, live_over
from cryptodrug_assets_tests.capture.site import SiteMarket, running_site
from cryptodrug_assets_tests.capture.socks import running_socks

NOW = datetime(2018, 11, 20, 12, 0, tzinfo=UTC)
PROXY = "socks5://127.0.0.1:9050"


def _config() -> MarketConfig:
    return market_configs()["dream"].model_copy(update={"live": {"base_url": f"http://{ONION}"}, "source": "live"})


def _login(home: Path, mode: int = 0o600) -> None:
    path = login_path(home, "dream")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"storage_state": {"cookies": [], "origins": []}, "user_agent": "Agent/1"}))
    path.chmod(mode)


def test_only_the_running_month_can_be_captured_live(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="only the running month"):
        live_source(_config(), "2018-10", proxy=PROXY, home=tmp_path, now=NOW)


@pytest.mark.parametrize("proxy", [None, ""])
def test_no_proxy_no_capture(tmp_path: Path, proxy: str | None) -> None:
    with pytest.raises(UserError, match="no proxy, no live capture"):
        live_source(_config(), "2018-11", proxy=proxy, home=tmp_path, now=NOW)


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:8118", "socks5://127.0.0.1", "socks5://me:secret@127.0.0.1:9050"])
def test_only_plain_socks5_proxies(tmp_path: Path, proxy: str) -> None:
    _login(tmp_path)
    with pytest.raises(UserError, match="proxy") as caught:
        live_source(_config(), "2018-11", proxy=proxy, home=tmp_path, now=NOW)
    assert "secret" not in str(caught.value)


def test_a_missing_or_open_login_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="`cryptodrug login --market dream`"):
        live_source(_config(), "2018-11", proxy=PROXY, home=tmp_path, now=NOW)
    _login(tmp_path, 0o644)
    with pytest.raises(UserError, match="chmod 600"):
        live_source(_config(), "2018-11", proxy=PROXY, home=tmp_path, now=NOW)


def test_a_live_source(tmp_path: Path) -> None:
    _login(tmp_path)
    source = live_source(_config(), "2018-11", proxy=PROXY, home=tmp_path, now=NOW)
    assert (source.sweep_id, source.kind, source.synthetic) == ("2018-11-20T1200", "live", False)
    assert source.user_agent == "Agent/1"
    assert source.proxy == PROXY
    assert "cookies" not in repr(source)


def test_a_source_outside_this_machine_needs_a_proxy() -> None:
    with pytest.raises(UserError, match="proxy only"):
        Source("dream", "2018-11", "s", "live", f"http://{ONION}", clock=lambda: NOW)


def test_replica_sweeps_end_with_the_month() -> None:
    assert [moment.isoformat() for moment in replica_sweeps("2019-02", 2)] == [
        "2019-02-27T23:59:00+00:00",
        "2019-02-28T23:59:00+00:00",
    ]
    with pytest.raises(UserError, match="do not fit"):
        replica_sweeps("2019-02", 29)


@pytest.mark.browser
def test_the_whole_live_capture_goes_through_the_proxy(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=3) as site, running_socks(ONION, site.port) as socks:
        source = live_over(socks.port)
        capture_month(
            market=SiteMarket(), config=CaptureConfig(render_sample=1.0), month="2018-11", source=source,
            sweep_id=source.sweep_id, archive_root=tmp_path, browser_path=chromium, hmac_key=b"k" * 32,
        )  # fmt: skip
    assert index_frame(tmp_path, "dream", "2018-11").filter(outcome="done").height > 10
    names = {name for _, name in socks.asked}
    # Names travel to the proxy unresolved (address type 3); the two canaries were asked of it and refused.
    assert {kind for kind, name in socks.asked if name == ONION} == {3}
    assert names <= {ONION, "127.0.0.1", "canary.invalid"}
    assert {"127.0.0.1", "canary.invalid"} <= names


@pytest.mark.browser
def test_a_proxy_that_reaches_into_this_machine_is_refused(tmp_path: Path, chromium: Path) -> None:
    with running_site(pages=1) as site, running_socks(ONION, site.port, open_to_all=True) as socks:
        source = live_over(socks.port)
        with pytest.raises(UserError, match="past the proxy|must refuse"):
            capture_month(
                market=SiteMarket(), config=CaptureConfig(), month="2018-11", source=source,
                sweep_id=source.sweep_id, archive_root=tmp_path, browser_path=chromium, hmac_key=b"k" * 32,
            )  # fmt: skip
        assert site.requests.total() == 0


_TRACED = """
import sys
from pathlib import Path
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.observation import CaptureConfig
from cryptodrug_assets_tests.capture.site import SiteMarket
from cryptodrug_assets_tests.capture.live import live_over
source = live_over(int(sys.argv[1]))
capture_month(market=SiteMarket(), config=CaptureConfig(), month="2018-11", source=source, sweep_id=source.sweep_id,
              archive_root=Path(sys.argv[2]), browser_path=Path(sys.argv[3]), hmac_key=b"k" * 32)
"""


@pytest.mark.slow
@pytest.mark.browser
def test_the_process_tree_connects_to_the_proxy_only(tmp_path: Path, chromium: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    log = tmp_path / "trace"
    with running_site(pages=2) as site, running_socks(ONION, site.port) as socks:
        command = [strace, "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(log)]
        code = [sys.executable, "-c", _TRACED, str(socks.port), str(tmp_path / "archive"), str(chromium)]
        result = subprocess.run([*command, *code], capture_output=True, text=True, check=False, timeout=240)
    if "ptrace" in result.stderr and "not permitted" in result.stderr:
        pytest.skip("tracing is not permitted here")
    assert result.returncode == 0, result.stderr[-2000:]
    lines = log.read_text("utf-8", "replace").splitlines()
    connects = [line for line in lines if "connect(" in line and "AF_INET" in line]
    # Chromium's reachability probe connects datagram sockets to two addresses without sending: no packet leaves.
    probes = [line for line in connects if '"8.8.8.8"' in line or '"2001:4860:4860::8888"' in line]
    others = [line for line in connects if f"htons({socks.port})" not in line and line not in probes]
    assert connects
    assert others == []
    # A stream socket would not be connected at once (EINPROGRESS), a datagram socket is.
    assert [line for line in probes if "EINPROGRESS" in line] == []
    assert [line for line in lines if "send" in line and "AF_INET" in line] == []
