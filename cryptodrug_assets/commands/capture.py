"""Commands around captures: import-archive, verify, login, browser."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cryptodrug_assets.observation import UserError, check_month, market_configs, require_observed
from cryptodrug_assets.settings import Settings

MarketOption = Annotated[str, typer.Option("--market", help="Name of the market.")]


def import_archive(
    paths: Annotated[list[Path], typer.Argument(help="WARC(.gz) or WACZ files, or folders of saved HTML.")],
    market: MarketOption,
    month: Annotated[str, typer.Option("--month", help="Month the captures belong to, YYYY-MM.")],
    source: Annotated[str, typer.Option("--source", help="Where the captures come from.")] = "unnamed",
    licence: Annotated[str, typer.Option("--licence", help="Licence or terms of the source.")] = "not stated",
    captured_at: Annotated[
        str | None, typer.Option("--captured-at", help="Capture time of pages that do not tell it (ISO 8601, UTC).")
    ] = None,
    name_pattern: Annotated[
        str | None,
        typer.Option("--name-pattern", help="How names of saved files or folders tell it, such as 'dream_%d.%m.%Y'."),
    ] = None,
) -> None:
    """Import existing captures into raw/captures with their provenance; the same bytes twice are one capture."""
    from cryptodrug_assets.capture.importer import import_paths
    from cryptodrug_assets.cleaning.pseudonyms import secret_key
    from cryptodrug_assets.markets import get_market

    month = check_month(month)
    reader = get_market(market)
    require_observed(market, month)
    settings = Settings()
    try:
        moment = datetime.fromisoformat(captured_at) if captured_at else None
    except ValueError as err:
        raise UserError(f"'{captured_at}' is not a time; write it as 2018-11-30T23:59:00") from err
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        key = secret_key(settings.keys, "capture")
    except OSError as err:
        raise UserError(
            f"cannot write to {settings.home}: {err.strerror}; set CRYPTODRUG_HOME to a folder you may write to"
        ) from err
    report = import_paths(
        paths,
        market=reader,
        month=month,
        archive_root=settings.archive,
        source=source,
        licence=licence,
        captured_at=moment,
        name_pattern=name_pattern,
        hmac_key=key,
    )
    for line in report.refused:
        print(f"not imported: {_printable(line)}", file=sys.stderr)
    if report.passed_over:
        kinds = ", ".join(f"{count} {ending}" for ending, count in report.passed_over.most_common(8))
        print(f"passed over: {kinds}", file=sys.stderr)
    print(f"{report.imported} pages imported, {report.known} known already, {len(report.refused)} not imported")
    if not report.imported and not report.known:
        raise UserError("nothing was imported; the lines above say why" if report.refused else "no page found there")
    print(f"next: CRYPTODRUG_SOURCE=archive cryptodrug backfill --market {market} --from {month} --to {month}")


def _printable(line: str) -> str:
    """A line with what a terminal would obey, as names of files may hold it, written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in line)


def verify(
    market: Annotated[str | None, typer.Option("--market", help="Only this market.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="Only this month.")] = None,
    salvage_to: Annotated[
        Path | None, typer.Option("--salvage", help="Folder for the whole records of damaged files.")
    ] = None,
) -> None:
    """Re-read the archive: gzip members whole, digests right, index and files one to one."""
    from rich.progress import Progress

    from cryptodrug_assets.capture import verify as check
    from cryptodrug_assets.capture.warc import segment_path

    root = Settings().archive
    chosen = [cell for cell in check.archives(root) if market in (None, cell[0]) and month in (None, cell[1])]
    if not chosen:
        raise UserError(f"no archive of that in {root.name}/; `cryptodrug status` shows what there is")
    problems = 0
    from rich.console import Console

    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        for cell in chosen:
            task = bar.add_task(" ".join(cell), total=None)
            found = check.verify(root, *cell, progress=lambda n, task=task: bar.advance(task, n))  # type: ignore[misc]
            bar.remove_task(task)
            problems += len(found.problems)
            verdict = "whole" if not found.problems else f"{len(found.problems)} problems"
            print(f"{found.market} {found.month}: {found.records} records, {found.pages} pages, {verdict}")
            for line in found.problems:
                print(f"  {line}")
            if salvage_to is not None:
                for name in sorted(found.damaged):
                    path = segment_path(root / cell[0] / cell[1], name)
                    if path.exists():
                        print(f"  {_salvaged(path, salvage_to, f'{cell[0]}-{cell[1]}-{name}')}")
    if problems:
        if salvage_to is None:
            print("next: cryptodrug verify --salvage FOLDER copies what is whole", file=sys.stderr)
        raise typer.Exit(1)


def _salvaged(path: Path, folder: Path, name: str) -> str:
    """Salvage one segment; says what was saved."""
    from cryptodrug_assets.capture.verify import salvage
    from cryptodrug_assets.capture.warc import DamagedRecordError

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
    from cryptodrug_assets.capture.login import open_login, save_login
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
    print(f"login of {market} saved ({path.name}, {len(saved['storage_state']['cookies'])} cookies, for you alone)")


def browser(
    install: Annotated[bool, typer.Option("--install", help="Install one when none is found.")] = False,
) -> None:
    """Show the headless Chromium that captures use."""
    from cryptodrug_assets.capture.browser import find_browser, install_browser

    setting = Settings().chromium
    try:
        found = find_browser(setting)
    except UserError:
        if not install or setting is not None:
            raise
        print("browser: none found, installing one", flush=True)
        found = install_browser()
    print(f"browser: {found}")
