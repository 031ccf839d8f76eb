"""Where a sweep's pages come from: the replica on loopback, or a live site behind a proxy.

Contains how to reach the site and what its clock shows. Keep out: which pages there are (the market's module).
"""

import json
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from cryptodrug_assets.capture.clock import SteadyClock
from cryptodrug_assets.observation import MarketConfig, UserError
from cryptodrug_assets.origins import origin_of

SWEEP_FORMAT = "%Y-%m-%dT%H%M"
_REUSE_SWEEP = timedelta(hours=24)


@dataclass(frozen=True)
class Source:
    """One sweep's way to the site. `clock` gives the capture time: the replica's frozen moment, or now.

    `proxy` is socks5://host:port; `storage_state` is Playwright's.
    """

    market: str
    month: str
    sweep_id: str
    kind: Literal["live", "replica"]
    base_url: str
    clock: Callable[[], datetime]
    storage_state: dict[str, Any] | None = field(default=None, repr=False)
    user_agent: str | None = None
    proxy: str | None = None
    synthetic: bool = False

    def __post_init__(self) -> None:
        """Fail closed: nothing but loopback is reached without a proxy."""
        if origin_of(self.base_url) is None:
            raise UserError(
                f"the address of {self.market} is no plain http(s) address; set live.base_url to one such as"
                " http://name.onion (letters beyond a-z as xn--...)"
            )
        host = urlsplit(self.base_url).hostname or ""
        if self.proxy is None and not is_loopback(host):
            raise UserError("a site outside this machine is captured through a proxy only; set CRYPTODRUG_PROXY")

    @property
    def host_rules(self) -> str:
        """What Chromium's resolver may resolve at all: this one site of this machine, or the proxy's own host."""
        return loopback_rules(self.base_url) if self.proxy is None else proxy_rules(self.proxy)


def is_loopback(host: str) -> bool:
    """Whether a host name can only mean this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("market.onion")
    (True, False)
    """
    return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")


def loopback_rules(base_url: str) -> str:
    """Resolver rules that let the browser reach this one site of this machine, and no other name or port.

    A third lock behind the held requests and the walled-in tab: a request that is refused late may have opened its
    connection already, though it sent nothing.

    >>> loopback_rules("http://dream.localhost:8000/")
    'MAP dream.localhost:8000 127.0.0.1:8000, MAP * ~NOTFOUND'
    """
    parts = urlsplit(base_url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    host = "[::1]" if parts.hostname == "::1" else "127.0.0.1"
    name = host if parts.hostname == "::1" else parts.hostname
    return f"MAP {name}:{port} {host}:{port}, MAP * ~NOTFOUND"


def login_path(home: Path, market: str) -> Path:
    """Where the operator's login of a market is kept: storage state and User-Agent, mode 600."""
    return home / "keys" / f"{market}.login.json"


def live_source(
    config: MarketConfig, month: str, *, proxy: str | None, home: Path, now: datetime | None = None
) -> Source:
    """The real site, now, through the proxy, with the operator's login.

    An unfinished sweep of the month is continued, and so is one that began within 24 h; otherwise a new one starts.
    Raises UserError for a past or coming month, a missing proxy, address or login, or a login file others can read.
    """
    moment = now or datetime.now(UTC)
    market = config.name
    if month != moment.strftime("%Y-%m"):
        raise UserError(
            f"{market} {month} cannot be captured live: only the running month ({moment:%Y-%m}) can; other months"
            f" can be imported with `cryptodrug import-archive --market {market} --month {month} PATH`"
        )
    if not proxy:
        raise UserError("no proxy, no live capture; set CRYPTODRUG_PROXY to socks5://host:port")
    base_url = config.live.get("base_url")
    if not base_url:
        raise UserError(f"{market} has no address; set live.base_url in data_contracts/markets/{market}.yaml")
    login = read_login(home, market)
    return Source(
        market=market,
        month=month,
        sweep_id=_live_sweep(home.resolve() / "archive", market, month, moment),
        kind="live",
        base_url=base_url.rstrip("/"),
        clock=SteadyClock().now,
        storage_state=login["storage_state"],
        user_agent=login["user_agent"],
        proxy=check_proxy(proxy),
    )


def check_proxy(proxy: str) -> str:
    """The proxy address, or UserError: only SOCKS5 leaves name resolution to the proxy.

    >>> check_proxy("socks5://127.0.0.1:9050")
    'socks5://127.0.0.1:9050'
    """
    parts = urlsplit(proxy)
    if parts.scheme not in ("socks5", "socks5h") or not parts.hostname or not parts.port:
        raise UserError("the proxy must be written as socks5://host:port (CRYPTODRUG_PROXY)")
    if parts.username or parts.password:
        raise UserError("Chromium cannot log in to a SOCKS proxy; use a proxy port of its own for each market instead")
    return f"socks5://{parts.hostname}:{parts.port}"


def proxy_rules(proxy: str) -> str:
    """Resolver rules that leave every name to the proxy: only the proxy's own host may be resolved here."""
    return f"MAP * ~NOTFOUND, EXCLUDE {urlsplit(proxy).hostname}"


def read_login(home: Path, market: str) -> dict[str, Any]:
    """The operator's login {"storage_state", "user_agent"}; UserError when missing, readable by others or damaged."""
    path = login_path(home, market)
    if not path.exists():
        raise UserError(f"no login for {market}; make one with `cryptodrug login --market {market}`")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UserError(f"the login of {market} ({path.name}) can be read by others; run chmod 600 on it")
    try:
        login = json.loads(path.read_text("utf-8"))
        return {"storage_state": dict(login["storage_state"]), "user_agent": str(login["user_agent"])}
    except (ValueError, KeyError, TypeError) as err:
        raise UserError(
            f"the login of {market} is damaged; make a new one with `cryptodrug login --market {market}`"
        ) from err


def _live_sweep(archive_root: Path, market: str, month: str, now: datetime) -> str:
    """The sweep to continue, or a new id."""
    from cryptodrug_assets.capture.archive.journal import sweeps

    for sweep_id, complete in reversed(sweeps(archive_root / market / month)):
        began = datetime.strptime(sweep_id, SWEEP_FORMAT).replace(tzinfo=UTC)
        # A sweep that "began" in the future was begun under a wrong clock; it holds no later one back.
        if not complete or abs(now - began) < _REUSE_SWEEP:
            return sweep_id
    return now.strftime(SWEEP_FORMAT)
