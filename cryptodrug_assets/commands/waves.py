"""What the commands on buyers share: the rows of one wave, and files that are written whole or not at all."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cryptodrug_assets.errors import UserError

if TYPE_CHECKING:
    import polars as pl

    from cryptodrug_assets.buyers.survey.model import Instrument
    from cryptodrug_assets.storage.store import TableStore

WAVE = typer.Option("--wave", help="Wave of the survey, such as 2019.")
INSTRUMENT = typer.Option("--instrument", help="Instrument file; else the project's own of the wave.")
MOST_MB = typer.Option("--max-mb", min=1, max=4000, help="Megabytes a file may have, or an archive unpack to.")


def instrument_of(path: Path | None, wave: str) -> "Instrument":
    """The instrument in a file, or the project's own of the wave; UserError when it is of another wave."""
    from cryptodrug_assets.buyers.survey import instrument as instruments

    chosen = instruments.for_wave(wave) if path is None else instruments.load_file(path)
    if chosen.wave != wave:
        raise UserError(
            f"instrument {chosen.name} is of wave {chosen.wave}, not {wave}; give --wave {chosen.wave} or correct it"
        )
    return chosen


def imported_rows(store: "TableStore", name: str, wave: str) -> "pl.DataFrame":
    """Rows of a wave of a table of the survey; UserError saying how to get them."""
    from cryptodrug_assets.buyers.wave_tables import rows_of_wave

    rows = rows_of_wave(store, name, wave)
    if rows is None:
        raise UserError(f"wave {wave} has not been imported; run `cryptodrug survey import FILE --wave {wave}`")
    return rows


def write_new(path: Path, data: bytes) -> None:
    """A file for its owner alone that is never half written and never takes the place of another."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.writing")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        os.link(aside, path)
    except FileExistsError as err:
        raise UserError(f"{path} exists; give another --out or remove it") from err
    except OSError as err:
        raise UserError(f"cannot write {path}: {err.strerror}; give another --out") from err
    finally:
        aside.unlink(missing_ok=True)


def write_new_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """A folder of files for its owner alone: it is there whole, or not at all."""
    import shutil

    if path.exists():
        raise UserError(f"{path} exists; give another --out or remove it")
    aside = path.with_name(f".{path.name}.{os.getpid()}.writing")
    try:
        aside.mkdir(mode=0o700)
        for name, data in files.items():
            place = aside / name
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
        aside.rename(path)
    except OSError as err:
        raise UserError(f"cannot write {path}: {err.strerror}; give another --out") from err
    finally:
        shutil.rmtree(aside, ignore_errors=True)
