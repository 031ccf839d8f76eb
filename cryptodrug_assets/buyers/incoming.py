"""The incoming folder: files of a wave that somebody laid into the home, to be imported by a run.

incoming/WAVE/survey holds the files of one export, incoming/WAVE/interviews those of a wave's interviews with the list
of who was interviewed as who.csv. They are read and judged as an import by hand is, and only then kept; what is kept of
a wave already is never replaced here.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import polars as pl

from cryptodrug_assets.buyers import kept
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import printable

Kind = Literal["survey", "interviews"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FOLDER = "incoming"
#: The name of the list of who was interviewed.
LINKS = "who.csv"
_NO_KEY = bytes(32)


@dataclass(frozen=True)
class Incoming:
    """The files of one kind of a wave, by name."""

    wave: str
    kind: Kind
    paths: tuple[Path, ...]

    @property
    def listing(self) -> str:
        """Names, sizes and times: it stays as it is once nobody copies files any more."""
        facts = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in self.paths]
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    @property
    def digest(self) -> str:
        """Of names and bytes."""
        whole = hashlib.sha256()
        for path in self.paths:
            with path.open("rb") as file:
                whole.update(f"{path.name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\0".encode())
        return whole.hexdigest()


def incoming(home: Path, wave: str, kind: Kind) -> Incoming | None:
    """The files that lie there; None where there are none. Links, folders and hidden files are passed over."""
    folder = home / FOLDER / wave / kind
    if not folder.is_dir():
        return None
    paths = sorted(
        path for path in folder.iterdir() if path.is_file() and not path.is_symlink() and path.name[0] not in ".~"
    )
    return Incoming(wave, kind, tuple(paths)) if paths else None


def waves_incoming(home: Path) -> list[str]:
    """The waves that have a folder there."""
    return sorted(path.name for path in (home / FOLDER).glob("*") if path.is_dir())


def take_survey(home: Path, wave: str, digest: str) -> None:
    """Import the survey of a wave from the incoming folder; UserError, with nothing kept, for whatever is wrong.

    `digest` says which files are meant: others that came since are not taken.
    """
    from cryptodrug_assets.buyers.judging import refuse_broken
    from cryptodrug_assets.buyers.survey import instrument, kept_wave, statements, tables
    from cryptodrug_assets.buyers.survey.formats.door import MOST_MB, read_file

    found = _meant(home, wave, "survey", digest)
    files = [read_file(path) for path in found.paths]
    if _kept_already(kept_wave.kept_import(home, wave), {kept.digest(file.data) for file in files}, found):
        return
    # What is judged are rows: neither the key of pseudonyms nor the number of resamples changes a verdict.
    pseudonym = tables.respondent_pseudonym(_NO_KEY, wave)
    made = tables.wave_tables(
        files, instrument.for_wave(wave), statements.of_wave(wave), pseudonym, most_mb=MOST_MB, replicates=0
    )
    refuse_broken(made.frames)
    kept_wave.keep_files(home, wave, files, most_mb=MOST_MB)


def take_interviews(home: Path, archive: Path, wave: str, digest: str, survey: pl.DataFrame | None) -> None:
    """The same of a wave's interviews; `survey` are its parsed.survey_answers, None where there are none yet."""
    from datetime import UTC, datetime

    from cryptodrug_assets.buyers.interviews import code_list, tables
    from cryptodrug_assets.buyers.interviews.files import open_file
    from cryptodrug_assets.buyers.interviews.links import open_links

    found = _meant(home, wave, "interviews", digest)
    files = [open_file(path) for path in found.paths if path.name != LINKS]
    links = next((open_links(path) for path in found.paths if path.name == LINKS), None)
    given = {file.sha256 for file in files} | ({kept.digest(links.data)} if links else set())
    if _kept_already(tables.kept_import(archive, wave), given, found):
        return
    now = datetime.now(UTC)
    codes = code_list.load_code_list(wave)
    tables.prepare(files, wave, codes, key=_NO_KEY, now=now, links=links, survey=survey)
    tables.keep_files(archive, wave, files, now=now, links=links)


def _meant(home: Path, wave: str, kind: Kind, digest: str) -> Incoming:
    found = incoming(home, wave, kind)
    if found is None or found.digest != digest:
        raise UserError(
            f"the files in {FOLDER}/{printable(wave)}/{kind} are not those that the run was asked for; wait until the"
            " sensor asks again, or import them by hand"
        )
    return found


def _replacing(found: Incoming) -> str:
    if found.kind == "survey":
        return f"`cryptodrug survey import FILE --wave {found.wave} --replace`"
    return f"`cryptodrug interviews import FILE --wave {found.wave} --replace`"


def _kept_already(held: kept.KeptImport | None, given: set[str], found: Incoming) -> bool:
    """Whether just these files are kept; UserError where others are."""
    if held is None:
        return False
    if {kept.digest(file.data) for file in held.files} == given:
        return True
    raise UserError(
        f"wave {found.wave} was imported from other files than those in {FOLDER}/{found.wave}/{found.kind}; two exports"
        f" of one wave are not put together: {_replacing(found)} takes these"
    )
