"""The interviews of a wave in the store: import of files, reading them back, the project without transcripts.

Everything is read, computed and judged by its contract before the first byte is written. The bytes of the files lie in
the archive folder under their sha256, for the owner alone; tables after `parsed` hold neither text nor name.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers import kept
from cryptodrug_assets.buyers.interviews.code_list import CodeList, load_code_list, read_code_list
from cryptodrug_assets.buyers.interviews.codings import (
    Matrix,
    code_matrix,
    codings_frame,
    interview_key,
    interview_name,
    is_synthetic,
)
from cryptodrug_assets.buyers.interviews.files import InterviewFile, read_bytes
from cryptodrug_assets.buyers.interviews.links import KEPT_AS, LinkList, links_frame, read_links
from cryptodrug_assets.buyers.interviews.model import CodePath, Coding, Project, Source
from cryptodrug_assets.buyers.interviews.themes import agreement_frame, themes
from cryptodrug_assets.buyers.wave_tables import ASKED, commit_wave, rows_of_wave
from cryptodrug_assets.cleaning.pseudonyms import secret_key
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.storage.store import TableStore

FOLDER = "interviews"
KEY = "pseudonym-interview"
Frames = dict[str, pl.DataFrame]  # by "layer.table"


@dataclass(frozen=True)
class Import:
    """What an import brings: frames by table, and what its user should be told."""

    files: tuple[InterviewFile, ...]
    links: LinkList | None
    frames: Frames
    matrix: Matrix


def prepare(
    files: Sequence[InterviewFile], wave: str, codes: CodeList | None, *, key: bytes, now: datetime | None = None,
    links: LinkList | None = None, survey: pl.DataFrame | None = None,
) -> Import:  # fmt: skip
    """All tables of a wave from its files; `key` is the secret behind the pseudonyms of interviews (32 bytes).

    `links` says who was interviewed, `survey` are the wave's parsed.survey_answers where there are any. Files of the
    same bytes count once. Raises UserError where no file holds a coding, made-up interviews are mixed with real ones,
    or a table breaks a rule of its contract.
    """
    from cryptodrug_assets.buyers.judging import refuse_broken

    made = _made(files, wave, codes, key, now, links)
    refuse_broken(made.frames, asked_of_survey(survey))
    return made


def _made(
    files: Sequence[InterviewFile], wave: str, codes: CodeList | None, key: bytes, now: datetime | None,
    links: LinkList | None,
) -> Import:  # fmt: skip
    """The tables, not yet judged by their contracts."""
    different = tuple({file.sha256: file for file in files}.values())
    if not any(source.codings for file in different for source in file.project.sources):
        raise UserError("there is no coding in what was given; export the whole project, not its code book alone")
    if len({is_synthetic(file) for file in different if file.project.sources}) > 1:
        raise UserError("made-up (SYNTHETIC) and real interviews cannot be of one wave; import them under two names")
    matrix = code_matrix(different, wave, codes, pseudonym=lambda name: interview_key(key, wave, name))
    frames = {
        "raw.interview_files": _files_frame(different, wave, now or datetime.now(UTC)),
        "parsed.interview_codings": codings_frame(different, wave),
        "parsed.interview_links": links_frame(links, different, wave),
        "clean.interview_codes": matrix.frame,
        "indicators.interview_themes": themes(matrix.frame, codes),
        "indicators.coding_agreement": agreement_frame(matrix.frame),
    }
    return Import(different, links, frames, matrix)


def write(
    prepared: Import, wave: str, store: TableStore, archive: Path, *, replace: bool = False,
    declared: bytes | None = None,
) -> None:  # fmt: skip
    """Put an import into the store, in place of what the wave holds.

    A wave that holds other files is only replaced when asked: UserError otherwise, and nothing is written.
    """
    held = rows_of_wave(store, "raw.interview_files", wave)
    earlier = set() if held is None else set(held["sha256"])
    if earlier - {file.sha256 for file in prepared.files} and not replace:
        raise UserError(
            f"wave {wave} holds {len(earlier)} other files already; give all its files at once with --replace, or"
            " another --wave"
        )
    keep_files(
        archive, wave, prepared.files, now=_imported_at(prepared), declared=declared, links=prepared.links
    )  # fmt: skip
    commit_wave(store, wave, prepared.frames)


def keep_files(
    archive: Path, wave: str, files: Sequence[InterviewFile], *, now: datetime, declared: bytes | None = None,
    links: LinkList | None = None,
) -> None:  # fmt: skip
    """Keep the files of a wave's interviews; `declared` is a list of codes that was given by hand."""
    entries = [kept.KeptFile(file.name, file.data, file.sha256) for file in files]
    if links is not None:
        name = f"{KEPT_AS}{kept.digest(links.data)}.csv"
        entries.append(kept.KeptFile(name, links.data, name))
    kept.keep(archive / FOLDER / wave, entries, now=now, declared=declared)


def kept_import(archive: Path, wave: str) -> kept.KeptImport | None:
    """What the archive keeps of a wave's interviews; None where nobody imported them."""
    return kept.kept(archive / FOLDER / wave, wave)


def kept_tables(archive: Path, keys: Path, wave: str) -> Import | None:
    """All tables of a wave's interviews, made anew from its kept files; None where nobody imported it.

    Whoever publishes them judges them by their contracts.
    """
    held = kept_import(archive, wave)
    if held is None:
        return None
    codes = load_code_list(wave) if held.declared is None else read_code_list(held.declared)
    files = [read_bytes(file.data, file.name) for file in held.files if not file.stored_as.startswith(KEPT_AS)]
    return _made(files, wave, codes, secret_key(keys, KEY), held.imported_at, _links_in(held))


def kept_links(archive: Path, wave: str) -> LinkList | None:
    """The list of who was interviewed that is kept of a wave; None where none was given.

    The other files may be gone: whoever imports them again needs the list alone. UserError when it is not as it was.
    """
    try:
        held = kept.kept(archive / FOLDER / wave, wave, only=lambda name: name.startswith(KEPT_AS))
    except UserError as err:
        raise UserError(f"{err}, with --link LIST") from err
    return None if held is None else _links_in(held)


def _links_in(held: kept.KeptImport) -> LinkList | None:
    lists = [read_links(file.data, file.name) for file in held.files if file.stored_as.startswith(KEPT_AS)]
    return lists[0] if lists else None


def waves_with_interviews(archive: Path) -> list[str]:
    """The waves of which the archive keeps interviews."""
    return kept.waves_kept(archive / FOLDER)


def _imported_at(prepared: Import) -> datetime:
    """The time of the import as its table has it."""
    when: datetime = prepared.frames["raw.interview_files"]["imported_at"][0]
    return when


def stored_files(store: TableStore, archive: Path, wave: str) -> list[InterviewFile]:
    """The files of a wave, read again from their bytes; UserError where there are none or one is not as it was."""
    rows = table_of_wave(store, "raw.interview_files", wave)
    files = []
    for row in rows.iter_rows(named=True):
        try:
            data = (archive / row["stored_at"]).read_bytes()
        except OSError as err:
            raise UserError(f"a file of wave {wave} is gone from the archive; import it again") from err
        file = read_bytes(data, row["file_name"])
        if file.sha256 != row["sha256"]:
            raise UserError(f"a file of wave {wave} in the archive is not as it was; import it again")
        files.append(file)
    return files


def table_of_wave(store: TableStore, name: str, wave: str) -> pl.DataFrame:
    """Rows of a wave in one of the tables of interviews; UserError where the wave has none."""
    frame = rows_of_wave(store, name, wave)
    if frame is None:
        raise UserError(f"wave {wave} has no interviews; run `cryptodrug interviews import FILE --wave {wave}`")
    return frame


def whole_project(files: Sequence[InterviewFile], wave: str) -> Project:
    """The files of a wave as one project, transcripts and names included: for the restricted zone alone.

    Sources of one name and text become one; the codings of all coders stand in it.
    """
    sources: dict[tuple[str, str | None], list[Source]] = {}
    for file in files:
        for source in file.project.sources:
            sources.setdefault((interview_name(source.name), source.text), []).append(source)
    made: list[Source] = []
    names: dict[str, int] = {}
    for (name, text), members in sources.items():
        names[name] = names.get(name, 0) + 1
        shown = name if names[name] == 1 else f"{name} ({names[name]})"
        codings = tuple(dict.fromkeys(coding for source in members for coding in source.codings))
        made.append(Source(shown, "text", text, codings))
    mark = "SYNTHETIC " if all(is_synthetic(file) for file in files) else ""
    coders = dict.fromkeys(coder for file in files for coder in file.project.coders)
    codes = dict.fromkeys(code for file in files for code in file.project.codes)
    return Project(f"{mark}interviews {wave}", "cryptodrug", "refi", tuple(coders), tuple(codes), tuple(made))


def project_without_transcripts(matrix: pl.DataFrame, wave: str) -> Project:
    """clean.interview_codes as a project: pseudonyms, letters and declared codes; no text, no place, no name."""
    sources = []
    used: dict[CodePath, None] = {}
    for (key,), group in sorted(matrix.group_by("interview_key"), key=lambda item: str(item[0])):
        codings = []
        for row in group.sort("code", "coder").iter_rows(named=True):
            codings += [Coding(path, row["coder"]) for path in _paths(row)]
        used |= dict.fromkeys((coding.code for coding in codings), None)
        sources.append(Source(str(key), codings=tuple(codings)))
    codes: dict[CodePath, None] = {(code,): None for code in sorted(matrix["code"].unique())}
    mark = "SYNTHETIC " if bool(matrix["synthetic"].all()) else ""
    coders = tuple(sorted(matrix["coder"].unique()))
    return Project(
        f"{mark}interviews {wave}", "cryptodrug", "refi", coders, tuple({**codes, **used}), tuple(sources)
    )  # fmt: skip


def _paths(row: Mapping[str, Any]) -> list[CodePath]:
    marks = {"present": row["state"] == "present", "not asked": row["state"] == "not_asked"}
    paths: list[CodePath] = [(row["code"],)] if marks["present"] else []
    if marks["not asked"]:
        paths.append((row["code"], "not asked"))
    if row["counter_case"]:
        paths.append((row["code"], "counter-case"))
    return paths


def _files_frame(files: Sequence[InterviewFile], wave: str, now: datetime) -> pl.DataFrame:
    rows = [
        {
            "wave": wave,
            "sha256": file.sha256,
            "file_name": file.name,
            "format": file.format,
            "dialect": file.project.dialect,
            "origin": file.project.origin,
            "stored_at": f"{FOLDER}/{wave}/{file.sha256}",
            "size_bytes": len(file.data),
            "imported_at": now,
            "sources_n": len(file.project.sources),
            "codings_n": sum(len(source.codings) for source in file.project.sources),
            "codes_n": len(file.project.codes),
            "problems_n": len(file.project.problems),
            "problems": json.dumps(file.project.problems, ensure_ascii=False),
            "synthetic": is_synthetic(file),
        }
        for file in files
    ]
    return pl.DataFrame(rows, schema=contracts.load("raw", "interview_files").polars_schema)


def asked_of_survey(survey: pl.DataFrame | None) -> Frames:
    """The table of the survey that rules of the interviews ask, without rows where the wave has none."""
    name = "parsed.survey_answers"
    return {name: contracts.empty(contracts.load(*name.split("."))).select(ASKED) if survey is None else survey}
