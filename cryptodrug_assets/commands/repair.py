"""`cryptodrug repair`: tables whose files are damaged are kept aside and made anew from the layer before them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.commands import platform
from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.home import private_folder

if TYPE_CHECKING:
    from cryptodrug_assets.commands.damage import Damage


def repair(
    look: Annotated[bool, typer.Option("--look", help="Only say which tables are damaged.")] = False,
) -> None:
    """Find tables whose log or files are damaged, move them to damaged/ and make the same months anew.

    Nothing is captured and nothing deleted: the index of captures is read from the archive again, every other table is
    computed from the one before it. Other tables stay as they are.
    """
    from cryptodrug_assets.commands.damage import find_damage
    from cryptodrug_assets.runs.backfill import GROUPS

    settings = Settings()
    if not settings.tables.is_dir():
        raise UserError(f"no tables in {settings.home} yet; run `cryptodrug backfill` first")
    damaged = find_damage(settings)
    for item in damaged:
        say(item.line)
    if not damaged:
        say("no table is damaged")
        return
    if look:
        raise typer.Exit(1)
    _move_aside(settings, damaged)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    # The evidence is the archive: a repair captures nothing, whatever the source of a market is.
    settings = settings.model_copy(update={"source": "archive"})
    runs = []
    for group in (group for group in GROUPS if any(item.group == group for item in damaged)):
        cells = sorted({cell for item in damaged if item.group == group for cell in item.cells})
        runs += platform.run(settings, cells, select=group, only_missing=False, tag=f"repair-{stamp}")
    platform.report_runs(settings, runs)


def _move_aside(settings: Settings, damaged: "Sequence[Damage]") -> None:
    """Move what is left of the tables away; a table that only lacks months stays."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    for item in damaged:
        if item.lost_only:
            continue
        folder = settings.home.resolve() / "damaged"
        private_folder(folder)
        target = folder / f"{item.layer}.{item.table}.{stamp}"
        Path(settings.tables / item.layer / item.table).rename(target)
        say(f"what is left of {item.layer}/{item.table} is kept in {target}")
