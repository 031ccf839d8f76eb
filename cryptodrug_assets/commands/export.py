"""`cryptodrug export`: ddi, sav, deposit: a survey's wave for archives and other programs.

Answers of persons stay in the home, which is restricted: an `--out` elsewhere is refused. Descriptions may go anywhere.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import say
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from cryptodrug_assets.buyers.deposit.ddi import Version
    from cryptodrug_assets.buyers.deposit.package import Wave
    from cryptodrug_assets.storage.store import TableStore

_Wave = Annotated[str, typer.Option("--wave", help="Wave of the survey, such as 2019.")]
_Instrument = Annotated[
    Path | None, typer.Option("--instrument", help="Instrument file; else the project's own of the wave.")
]
_Schema = Annotated[str, typer.Option("--schema", help="Version of DDI-Codebook: 2.5 or 2.6.")]
_Out = Annotated[Path, typer.Option("--out", help="File to write; one that exists is not overwritten.")]


def ddi(
    wave: _Wave,
    out: _Out,
    *,
    schema: _Schema = "2.5",
    counts: Annotated[
        bool, typer.Option("--counts", help="Counts of persons, too, where none is of 1 to 4; only into the home.")
    ] = False,
    instrument: _Instrument = None,
) -> None:
    """Write the survey's code book as DDI-Codebook 2.5 or 2.6: study, variables, questions, codes."""
    from cryptodrug_assets.buyers.deposit.package import ddi_document
    from cryptodrug_assets.commands.waves import write_new

    settings = Settings()
    version = _version(schema)
    if counts:
        _within_home(out, settings, "counts of persons")
    described = _wave(settings, wave, instrument)
    document = ddi_document(described, version, counts=counts)
    write_new(out, document)
    _say_synthetic(described)
    say(f"wrote {out.name}: DDI-Codebook {version}, {document.count(b'<var ')} variables")
    if unstated := described.description.unstated():
        say(f"not stated in data_contracts/deposits: {', '.join(unstated)}")


def sav(
    wave: _Wave,
    out: _Out,
    *,
    language: Annotated[str, typer.Option("--language", help="Language of the labels: en, nl or fr.")] = "en",
    instrument: _Instrument = None,
) -> None:
    """Write the answers as SPSS file: labels, missing range -9 to -6, measures. Only into the home."""
    from cryptodrug_assets.buyers.deposit import microdata
    from cryptodrug_assets.buyers.deposit.sav import write_sav
    from cryptodrug_assets.buyers.survey.model import LANGUAGES
    from cryptodrug_assets.commands.waves import write_new

    settings = Settings()
    _within_home(out, settings, "answers of persons")
    if language not in LANGUAGES:
        raise UserError(f"there are no labels in '{language}'; give --language {', '.join(LANGUAGES)}")
    described = _wave(settings, wave, instrument)
    titles = described.description.title
    title = next((text for name, text in titles.items() if name == language), next(iter(titles.values())))
    table = microdata.wide(described.answers, described.instrument)
    write_new(out, write_sav(table, described.instrument, title=title, language=language))
    _say_synthetic(described)
    say(f"wrote {out.name}: {table.height:,} respondents, {table.width - 1} variables")


def deposit(
    wave: _Wave,
    out: Annotated[Path, typer.Option("--out", help="Folder to make; one that exists is not touched.")],
    *,
    metadata_only: Annotated[
        bool, typer.Option("--metadata-only", help="No answers of persons; may be written anywhere.")
    ] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Write although items are open; it says DRAFT.")] = False,
    schema: _Schema = "2.5",
    instrument: _Instrument = None,
) -> None:
    """Write the package for a social science archive (a Dataverse): description, DDI, code books, data, checklists."""
    from cryptodrug_assets.buyers.deposit import checklists
    from cryptodrug_assets.buyers.deposit.package import open_items, package
    from cryptodrug_assets.commands.waves import write_new_folder

    settings = Settings()
    version = _version(schema)
    if not metadata_only:
        _within_home(out, settings, "answers of persons", "or add --metadata-only")
    described = _wave(settings, wave, instrument)
    lines = checklists.lines(wave)
    unfinished = open_items(described, lines)
    if unfinished and not draft:
        for one in unfinished:
            say(f"open: {one}")
        raise UserError(
            f"the package of wave {wave} has {len(unfinished)} open matters and nothing was written; answer them in"
            " data_contracts/checklist_answers and data_contracts/deposits, or add --draft"
        )
    files = package(described, lines, metadata_only=metadata_only, version=version)
    write_new_folder(out, files)
    _say_synthetic(described)
    for one in unfinished:
        say(f"open: {one}")
    kind = "metadata only" if metadata_only else "with answers of persons: restricted access only"
    say(f"wrote {out.name}: {len(files)} files, {kind}{'; DRAFT' if unfinished else ''}")


def _version(schema: str) -> "Version":
    if schema == "2.5":
        return "2.5"
    if schema == "2.6":
        return "2.6"
    raise UserError(f"there is no DDI-Codebook {schema} here; give --schema 2.5 or 2.6")


def _within_home(out: Path, settings: Settings, what: str, other: str = "") -> None:
    if not out.resolve().is_relative_to(settings.home.resolve()):
        raise UserError(f"{what} stay in the restricted zone: give an --out within {settings.home} {other}".rstrip())


def _say_synthetic(described: "Wave") -> None:
    if described.synthetic:
        say("SYNTHETIC answers: nobody was asked")


def _wave(settings: Settings, wave: str, path: Path | None) -> "Wave":
    """The wave from the store; UserError where it was not imported, or under another instrument."""
    from cryptodrug_assets.buyers.deposit.description import load_description
    from cryptodrug_assets.buyers.deposit.package import Wave
    from cryptodrug_assets.buyers.survey import instrument, study
    from cryptodrug_assets.commands.waves import imported_rows
    from cryptodrug_assets.storage.store import TableStore

    store = TableStore(settings.tables)
    answers = imported_rows(store, "clean.answers", wave)
    files = imported_rows(store, "raw.survey_files", wave)
    chosen = instrument.for_wave(wave) if path is None else instrument.load_file(path)
    if set(answers["item"]) != set(chosen.by_name):
        raise UserError(
            f"wave {wave} was imported under another instrument than {chosen.name}; give --instrument FILE, or import"
            " it again"
        )
    return Wave(
        chosen, load_description(wave), study.of_wave(wave), answers, bool(files["synthetic"].any()),
        _structure(store, settings.home / "surveys" / wave, wave),
    )  # fmt: skip


def _structure(store: "TableStore", folder: Path, wave: str) -> bytes | None:
    """The LimeSurvey structure of the wave without persons; None where the wave came from another platform."""
    from cryptodrug_assets.buyers.deposit.structure import without_persons
    from cryptodrug_assets.buyers.survey.formats.door import File, unzip
    from cryptodrug_assets.buyers.survey.formats.limesurvey_structure import is_structure
    from cryptodrug_assets.commands.waves import imported_rows

    for row in imported_rows(store, "raw.survey_files", wave).iter_rows(named=True):
        kept = next((path for path in sorted(folder.rglob(f"{row['sha256']}*")) if path.is_file()), None)
        if kept is None:
            continue
        try:
            file = File(kept.name, kept.read_bytes())
        except OSError as err:
            raise UserError(f"a file of wave {wave} cannot be read: {err.strerror}; import it again") from err
        if row["ending"] == ".lsa":
            for name, data in unzip(file, most_mb=max(64, row["size"])).items():
                if name.lower().endswith(".lss"):
                    return without_persons(data, name)
        elif is_structure(file):
            return without_persons(file.data, "the kept .lss")
    return None
