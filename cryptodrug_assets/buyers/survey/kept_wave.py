"""A wave's survey in a home: kept by an import, made into tables again from the kept bytes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptodrug_assets.buyers import kept
from cryptodrug_assets.buyers.survey import instrument, statements, tables
from cryptodrug_assets.buyers.survey.formats.door import File
from cryptodrug_assets.cleaning.pseudonyms import secret_key

FOLDER = "surveys"
KEY = "pseudonym-respondent"


def keep_files(
    home: Path,
    wave: str,
    files: Sequence[File],
    *,
    keep_rejects: bool = False,
    most_mb: int,
    declared: bytes | None = None,
    now: datetime | None = None,
) -> None:
    """Keep the files of a wave's export; `declared` is an instrument that was given by hand.

    Their names are not kept, they may name persons.
    """
    entries = []
    for file in files:
        name = f"{tables.sha256(file)}{'' if tables.ending(file) == 'none' else tables.ending(file)}"
        entries.append(kept.KeptFile(name, file.data, name))
    options = {"keep_rejects": int(keep_rejects), "most_mb": most_mb}
    kept.keep(home / FOLDER / wave, entries, now=now or datetime.now(UTC), options=options, declared=declared)


def kept_import(home: Path, wave: str) -> kept.KeptImport | None:
    """What the home keeps of a wave's export; None where nobody imported it."""
    return kept.kept(home / FOLDER / wave, wave)


def kept_tables(home: Path, keys: Path, wave: str) -> tables.WaveTables | None:
    """All tables of a wave, made anew from its kept files; None where nobody imported it."""
    held = kept_import(home, wave)
    if held is None:
        return None
    chosen = instrument.for_wave(wave) if held.declared is None else instrument.load_file(held.declared)
    return tables.wave_tables(
        [File(file.name, file.data) for file in held.files],
        chosen,
        statements.of_wave(wave),
        tables.respondent_pseudonym(secret_key(keys, KEY), wave),
        keep_rejects=bool(held.options["keep_rejects"]),
        most_mb=held.options["most_mb"],
    )


def waves_with_survey(home: Path) -> list[str]:
    """The waves of which the home keeps an export."""
    return kept.waves_kept(home / FOLDER)
