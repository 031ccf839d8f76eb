"""`cryptodrug erase`: pages, rows, one vendor or keys, with a log that says what and why."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError, check_market, check_month
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from cryptodrug_assets.retention.erase import Erased

_LAYERS = ("raw", "parsed")


def erase(
    *,
    market: Annotated[str | None, typer.Option("--market", help="Market of the month to erase.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="Month to erase, YYYY-MM.")] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", help="Only this layer: raw (pages and their index) or parsed (rows).")
    ] = None,
    vendor: Annotated[
        str | None, typer.Option("--vendor", help="Erase one vendor everywhere, by the pseudonym (vendor_key).")
    ] = None,
    keys: Annotated[bool, typer.Option("--keys", help="Erase the pseudonym keys: no way back to names.")] = False,
    expired: Annotated[
        bool, typer.Option("--expired", help="Erase what the settings keep_raw_months and keep_parsed_months say.")
    ] = False,
    why: Annotated[str | None, typer.Option("--why", help="The reason, for the log; never a name.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it, only say what would be erased.")] = False,
) -> None:
    """Erase bytes, rows and their old versions; aggregates stay, and a log says what went and why.

    Stop the UI and the daemon before. Backups are not reached: erase in them, too.
    """
    from cryptodrug_assets.retention import erase as erasing

    settings = Settings()
    chosen = [bool(market or month), vendor is not None, keys, expired]
    if sum(chosen) != 1 or (market is None) != (month is None):
        raise UserError("say what to erase: --market with --month, or --vendor KEY, or --keys, or --expired")
    if layer not in (None, *_LAYERS):
        raise UserError(f"unknown layer '{layer}'; what can be erased is raw or parsed")
    if not (why or "").strip():
        raise UserError("an erasure needs a reason for its log; give it with --why")
    now = datetime.now(UTC)
    cells: dict[tuple[str, str], list[str]] = {}
    if market is not None and month is not None:
        cells = {(check_market(market), check_month(month)): [layer] if layer else list(_LAYERS)}
    elif expired:
        cells = erasing.expired(settings, now)
        if not cells:
            say("nothing is past its term (settings keep_raw_months and keep_parsed_months)")
            return
    for cell, layers in cells.items():
        say(f"{'erasing' if yes else 'would erase'}: {' '.join(cell)} {', '.join(layers)}")
    if vendor is not None or keys:
        what = f"the vendor {vendor} in every market and month" if vendor else "the pseudonym keys"
        say(f"{'erasing' if yes else 'would erase'}: {what}")
    if not yes:
        say("nothing was erased; add --yes to do it")
        return
    _refuse_while_running(settings)
    for erased in (erasing.erase_months(settings, cells, str(why), now) if cells else {}).values():
        _report(erased)
    if vendor is not None:
        _report(erasing.erase_vendor(settings, vendor, str(why), now))
    if keys:
        say(f"erased: {', '.join(erasing.erase_keys(settings, str(why), now))}")
    say(f"written into {settings.home / 'erasures.jsonl'}; backups hold it still", file=sys.stderr)


def _refuse_while_running(settings: Settings) -> None:
    """UserError while a run is under way: it may have read what is erased, and would write it again."""
    import dagster as dg

    from cryptodrug_assets.runs.instance import open_instance

    if not settings.dagster_home.exists():
        return
    with open_instance(settings) as instance:
        running = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]))
    if running:
        raise UserError(f"{len(running)} runs are under way; wait until they end, or stop them in the UI, then erase")


def _report(erased: "Erased") -> None:
    rows = ", ".join(f"{name} {count:,}" for name, count in erased.rows.items() if count)
    say(f"erased: {erased.pages:,} pages of the archive; rows: {rows or 'none'}")
