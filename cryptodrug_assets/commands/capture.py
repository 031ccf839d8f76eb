"""Commands around captures: verify, login, browser."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError, market_configs
from cryptodrug_assets.settings import Settings

MarketOption = Annotated[str, typer.Option("--market", help="Name of the market.")]


def verify(
    market: Annotated[str | None, typer.Option("--market", help="Only this market.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="Only this month.")] = None,
    salvage_to: Annotated[
        Path | None, typer.Option("--salvage", help="Folder for the whole records of damaged files.")
    ] = None,
) -> None:
    """Re-read the archive: gzip members whole, digests right, index and files one to one."""
    from rich.progress import Progress

    from cryptodrug_assets.capture.archive import verify as check
    from cryptodrug_assets.capture.archive.data_sets import altered
    from cryptodrug_assets.capture.archive.warc import segment_path
    from cryptodrug_assets.monitoring.situation import note_verified

    settings = Settings()
    root = settings.archive
    chosen = [cell for cell in check.archives(root) if market in (None, cell[0]) and month in (None, cell[1])]
    if not chosen:
        raise UserError(f"no archive of that in {root.name}/; `cryptodrug status` shows what there is")
    problems, whole = 0, []
    from rich.console import Console

    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        for cell in chosen:
            task = bar.add_task(" ".join(cell), total=None)
            findings = check.verify(root, *cell, progress=lambda n, task=task: bar.advance(task, n))  # type: ignore[misc]
            bar.remove_task(task)
            problems += len(findings.problems)
            whole += [] if findings.problems else [cell]
            verdict = "whole" if not findings.problems else f"{len(findings.problems)} problems"
            say(f"{findings.market} {findings.month}: {findings.records} records, {findings.pages} pages, {verdict}")
            for line in findings.problems:
                say(f"  {line}")
            if salvage_to is not None:
                for name in sorted(findings.damaged):
                    path = segment_path(root / cell[0] / cell[1], name)
                    if path.exists():
                        say(f"  {_salvaged(path, salvage_to, f'{cell[0]}-{cell[1]}-{name}')}")
    for name in sorted({name for name, _ in chosen}):
        for line in altered(root / name):
            problems += 1
            whole = [cell for cell in whole if cell[0] != name]
            say(f"{name}: data set {line}")
    note_verified(settings.home, whole, datetime.now(UTC))
    if problems:
        if salvage_to is None:
            say("next: cryptodrug verify --salvage FOLDER copies what is whole", file=sys.stderr)
        raise typer.Exit(1)


def _salvaged(path: Path, folder: Path, name: str) -> str:
    """Salvage one segment; says what was saved."""
    from cryptodrug_assets.capture.archive.verify import salvage
    from cryptodrug_assets.capture.archive.warc import DamagedRecordError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        return f"salvaged {salvage(path, folder / name)} whole records of {path.name} to {folder / name}"
    except DamagedRecordError as err:
        return f"{err}; what could be read is in {folder / name}"
    except FileExistsError as err:
        raise UserError(f"{folder / name} exists and is not overwritten; name another folder for --salvage") from err
    except OSError as err:
        raise UserError(f"cannot write to {folder}: {err.strerror}; name another folder for --salvage") from err


def login(market: MarketOption) -> None:
    """Open a browser through the proxy for the operator to log in by hand; saves the session (mode 600)."""
    from cryptodrug_assets.capture.browser.login import open_login, save_login
    from cryptodrug_assets.capture.sources import check_proxy

    settings = Settings()
    if market not in market_configs():
        raise UserError(f"unknown market '{market}'; known markets: {', '.join(market_configs())}")
    if not settings.proxy:
        raise UserError("no proxy, no live login; set CRYPTODRUG_PROXY to socks5://host:port")
    base_url = market_configs()[market].live.get("base_url")
    if not base_url:
        raise UserError(f"{market} has no address; set live.base_url in data_contracts/markets/{market}.yaml")
    proxy = check_proxy(settings.proxy)
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise UserError(
            "logging in needs a screen, and there is none here (DISPLAY is not set); run this on a desktop with the"
            f" same proxy and copy keys/{market}.login.json over (mode 600)"
        )
    saved = open_login(
        base_url, proxy, wait=lambda: input("Log in by hand in the browser window, then press Enter here. ")
    )
    path = save_login(settings.home, market, saved)
    say(f"login of {market} saved ({path.name}, {len(saved['storage_state']['cookies'])} cookies, for you alone)")


def browser(
    install: Annotated[bool, typer.Option("--install", help="Install one when none is found.")] = False,
) -> None:
    """Show the headless Chromium that captures use."""
    from cryptodrug_assets.capture.browser.launch import find_browser, install_browser

    setting = Settings().chromium
    try:
        path = find_browser(setting)
    except UserError:
        if not install or setting is not None:
            raise
        say("browser: none found, installing one", flush=True)
        path = install_browser()
    say(f"browser: {path}")
