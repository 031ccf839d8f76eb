"""All tables of a wave from its files: the whole road as one pure function, for the command and for assets."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import PurePosixPath

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.survey.consistency import survey_consistency
from cryptodrug_assets.buyers.survey.estimates import survey_estimates, survey_missing
from cryptodrug_assets.buyers.survey.formats.door import MOST_MB, File
from cryptodrug_assets.buyers.survey.formats.export import Export
from cryptodrug_assets.buyers.survey.formats.reading import read_export
from cryptodrug_assets.buyers.survey.importing import ImportReport, canonical, cleaned
from cryptodrug_assets.buyers.survey.intervals import REPLICATES
from cryptodrug_assets.buyers.survey.model import Instrument
from cryptodrug_assets.buyers.survey.statements import Statements
from cryptodrug_assets.errors import UserError

#: Tables of the survey by layer, in the order in which they are made.
TABLES: dict[str, tuple[str, ...]] = {
    "raw": ("survey_files",),
    "parsed": ("survey_items", "survey_answers", "survey_rejects"),
    "clean": ("respondents", "answers"),
    "indicators": ("survey_estimates", "survey_missing", "survey_consistency"),
}
_ENDING = re.compile(r"\.[a-z0-9]{1,12}")


@dataclass(frozen=True)
class WaveTables:
    """Frames of one wave by "layer.table", and what the import did."""

    frames: dict[str, pl.DataFrame]
    report: ImportReport


def wave_tables(
    files: Sequence[File], instrument: Instrument, statements: Statements, pseudonym: Callable[[str], str], *,
    keep_rejects: bool = False, most_mb: int = MOST_MB, replicates: int = REPLICATES,
) -> WaveTables:  # fmt: skip
    """Every table of a wave from the files of one export; UserError for what cannot be read, mapped or decoded."""
    export = read_export(files, most_mb=most_mb)
    parsed = canonical(export, instrument, keep_rejects=keep_rejects)
    respondents, answers = cleaned(parsed, pseudonym)
    frames = {
        "raw.survey_files": survey_files(files, export, instrument),
        "parsed.survey_items": parsed.items,
        "parsed.survey_answers": parsed.answers,
        "parsed.survey_rejects": parsed.rejects,
        "clean.respondents": respondents,
        "clean.answers": answers,
        "indicators.survey_estimates": survey_estimates(answers, instrument, statements, replicates=replicates),
        "indicators.survey_missing": survey_missing(answers, parsed.items),
        "indicators.survey_consistency": survey_consistency(statements),
    }
    return WaveTables(frames, parsed.report)


def survey_files(files: Sequence[File], export: Export, instrument: Instrument) -> pl.DataFrame:
    """raw.survey_files: the files of one export by hash; their names are not kept."""
    contract = contracts.load("raw", "survey_files")
    rows = {
        sha256(file): {
            "wave": instrument.wave, "sha256": sha256(file), "size": len(file.data), "ending": ending(file),
            "platform": export.platform, "dialect": export.dialect, "instrument": instrument.name,
            "instrument_version": instrument.version, "synthetic": export.synthetic,
        }
        for file in files
    }  # fmt: skip
    return contracts.conform(pl.DataFrame(list(rows.values()), schema=contract.polars_schema), contract)


def sha256(file: File) -> str:
    """The file's hash."""
    return hashlib.sha256(file.data).hexdigest()


def ending(file: File) -> str:
    """The ending of the file's name, or "none" where it has no plain one."""
    suffix = PurePosixPath(file.name).suffix.lower()
    return suffix if _ENDING.fullmatch(suffix) else "none"


def respondent_pseudonym(key: bytes, wave: str) -> Callable[[str], str]:
    """Pseudonyms of the respondents of one wave: the same key gives others for another wave, so nobody is followed."""
    of_wave = blake2b(f"wave {wave}".encode(), key=key, digest_size=32).digest()
    return lambda respondent: blake2b(respondent.encode(), key=of_wave, digest_size=12).hexdigest()


def same_export(stored: pl.DataFrame | None, new: pl.DataFrame, wave: str) -> None:
    """UserError when other files are stored for the wave: two exports of a wave are not put together."""
    if stored is None:
        return
    if set(stored["sha256"]) != set(new["sha256"]):
        raise UserError(
            f"wave {wave} was imported from other files; two exports of one wave are not put together: give --replace"
            " to take this one instead, or another --wave"
        )
