"""`cryptodrug keys`: whether the secret keys are those the tables were made with, and giving up keys that are lost."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings

app = typer.Typer(help="The secret keys behind the pseudonyms: check them, give up lost ones.", no_args_is_help=True)


@app.command()
def check() -> None:
    """Compare the keys with the fingerprints in the tables; exit code 2 when one is lost or another."""
    from cryptodrug_assets.cleaning.keyring import partitions_by_key, pseudonyms_of, require_one_key
    from cryptodrug_assets.cleaning.pseudonyms import KINDS, key_path
    from cryptodrug_assets.storage.store import TableStore

    settings = Settings()
    store = TableStore(settings.tables)
    partitions, _ = partitions_by_key(store)
    missing = [kind for kind in KINDS if not key_path(settings.keys, kind).exists()]
    if missing and not partitions and not store.exists("clean", "vendors"):
        raise UserError("no keys yet; the first cleaning makes them, back them up then, apart from the data")
    marks = pseudonyms_of(settings.keys, store).fingerprints()
    require_one_key(store)
    for kind, mark in marks.items():
        cells = {cell for cells in partitions.get(kind, {}).values() for cell in cells if cell != "*"}
        say(f"{kind:<12} {mark}  {len(cells)} market-months were made with it")


@app.command()
def renew(
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it, only say what would happen.")] = False,
) -> None:
    """Give up the keys there were: make new ones, under which all months have to be cleaned anew.

    For keys that are lost for good. All pseudonyms change; releases made before stay readable, but cannot be made
    again. Keys that are still there are moved to keys/former-… and not deleted.
    """
    from cryptodrug_assets.cleaning.keyring import partitions_by_key, renew_keys
    from cryptodrug_assets.storage.store import TableStore

    settings = Settings()
    store = TableStore(settings.tables)
    if not yes:
        cells = {c for marks in partitions_by_key(store)[0].values() for made in marks.values() for c in made} - {"*"}
        raise UserError(
            f"this changes the pseudonyms of {len(cells)} market-months, all of which have to be made anew; if the keys"
            " are in no backup, run `cryptodrug keys renew --yes`"
        )
    moved, partitions = renew_keys(settings.keys, store, datetime.now(UTC).strftime("%Y%m%dT%H%M%S"))
    say(f"new keys in {settings.keys}; {len(moved)} former ones moved aside; back the new ones up, apart from the data")
    if partitions:
        say(f"next: cryptodrug backfill --select clean    ({len(partitions)} market-months), then the same for")
        say("      indicators, across_months, public and publication")
