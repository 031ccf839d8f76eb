"""Finding, installing and launching the headless Chromium.

Nothing here knows of pages or markets. Flags are those that keep the browser quiet on the network: it talks to the
site (through the proxy, if there is one) and to nobody else.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from cryptodrug_assets.observation import UserError

COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHT_INSTALL = ["install", "--only-shell", "chromium"]
APT_INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "chromium-headless-shell"]
_MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_INSTALL_TIMEOUT_S = 900
# The last --disable-features counts, and ours comes after Playwright's: what Playwright needs off is named here too.
_OFF = (
    # what would go to the network by itself, or elsewhere than asked
    "NetworkPrediction", "Prerender2", "OptimizationHints", "MediaRouter", "AsyncDns", "DnsOverHttps",
    "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "NetworkTimeServiceQuerying", "AimEnabled",
    "PreconnectToSearch",
    # what Playwright switches off to keep hold of its pages
    "DestroyProfileOnBrowserClose", "LensOverlay", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    # a new frame for each navigation within a site, made and thrown away though nothing is painted
    "RenderDocument",
)  # fmt: skip


def find_browser(setting: Path | None = None) -> Path:
    """The browser to use: the setting, Playwright's own, chromium-headless-shell, chromium, Chrome; else UserError.

    Headless shell is preferred to a full Chromium: it costs about a third less CPU per page.
    """
    if setting is not None:
        found = shutil.which(setting)
        if found is None:
            raise UserError(f"CRYPTODRUG_CHROMIUM names {setting}, which is not an executable; correct or unset it")
        return Path(found)
    own = playwright_browser()
    if own is not None:
        return own
    for command in COMMANDS:
        found = shutil.which(command)
        if found is not None:
            return Path(found)
    if os.access(_MAC_CHROME, os.X_OK):
        return _MAC_CHROME
    raise UserError(
        "no headless Chromium found; install one with `cryptodrug browser --install`, or by hand with"
        f" `playwright {' '.join(PLAYWRIGHT_INSTALL)}` or `{' '.join(APT_INSTALL)}` (as root),"
        " or set CRYPTODRUG_CHROMIUM to an executable"
    )


def find_window_browser() -> Path:
    """A Chromium that can open a window, for a login by hand; UserError without one (a headless shell cannot)."""
    own = playwright_browser()
    candidates = [shutil.which(command) for command in COMMANDS if "headless" not in command]
    if own is not None and "headless" not in str(own):
        return own
    found = [path for path in candidates if path is not None] or ([str(_MAC_CHROME)] if _MAC_CHROME.exists() else [])
    if not found:
        raise UserError(
            "no Chromium with a window found; install one with `playwright install chromium` or"
            " `apt-get install chromium` (as root)"
        )
    return Path(found[0])


def playwright_browser() -> Path | None:
    """The headless shell (or Chromium) that Playwright itself downloaded, newest revision first; None without one."""
    root = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    folders = (
        [Path(root)] if root else [Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright"]
    )
    patterns = (
        "chromium_headless_shell-*/*/headless_shell",
        "chromium_headless_shell-*/*/chrome-headless-shell",
        "chromium-*/chrome-*/chrome",
        "chromium-*/chrome-*/*.app/Contents/MacOS/*",
    )
    for folder in folders:
        for pattern in patterns:
            found = [path for path in folder.glob(pattern) if os.access(path, os.X_OK)]
            if found:
                return max(found, key=lambda path: _revision(path, folder))
    return None


def _revision(path: Path, folder: Path) -> int:
    number = path.relative_to(folder).parts[0].rpartition("-")[2]
    return int(number) if number.isdigit() else 0


def install_browser() -> Path:
    """Install a headless Chromium: Playwright's download, else apt when root; UserError lists the commands otherwise.

    The installers' own output goes to stderr, so that whoever waits sees what is happening.
    """
    commands = [[sys.executable, "-m", "playwright", *PLAYWRIGHT_INSTALL]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        commands += [["apt-get", "update"], APT_INSTALL]
    for command in commands:
        try:
            done = subprocess.run(command, stdout=sys.stderr, timeout=_INSTALL_TIMEOUT_S, check=False)  # noqa: S603 - constants
        except subprocess.TimeoutExpired:
            continue
        if done.returncode == 0 and command[1] != "update":
            return find_browser()
    return find_browser()


def launch_args(host_rules: str) -> list[str]:
    """Chromium's flags; `host_rules` is the value of --host-resolver-rules (what may be resolved at all).

    No QUIC, background traffic, prefetch or WebRTC beside the proxy; no sandbox where the kernel refuses it to root.
    """
    args = [
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-domain-reliability",
        f"--disable-features={','.join(_OFF)}",
        "--dns-prefetch-disable",
        "--no-first-run",
        "--no-pings",
        "--disable-gpu",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        f"--host-resolver-rules={host_rules}",
    ]
    if os.geteuid() == 0:
        args.append("--no-sandbox")
    return args
