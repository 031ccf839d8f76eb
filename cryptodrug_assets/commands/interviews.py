"""`cryptodrug interviews`: import coded interviews, agreement of coders; `cryptodrug export qdpx`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from cryptodrug_assets.buyers.interviews.tables import Import
    from cryptodrug_assets.storage.store import TableStore

app = typer.Typer(help="Coded interviews: import, agreement, synthetic.", no_args_is_help=True)
exports = typer.Typer(help="Files for other programs and archives: qdpx, ddi, sav, deposit.", no_args_is_help=True)
_SHOWN = 20
_Wave = Annotated[str, typer.Option("--wave", help="Wave of the survey, such as 2019.")]


@app.command("import")
def import_files(
    paths: Annotated[
        list[Path], typer.Argument(help="REFI-QDA projects (.qdpx, .qde), QualCoder projects, Taguette exports.")
    ],
    wave: _Wave,
    codes: Annotated[
        Path | None, typer.Option("--codes", help="Declared codes; default: data_contracts/interview_codes.")
    ] = None,
    link: Annotated[
        Path | None,
        typer.Option(
            "--link", help="Who was interviewed: CSV with the columns interview, respondent; kept restricted."
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="In place of the files that the wave holds.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read all, say what would come in, write nothing.")
    ] = False,
) -> None:
    """Import all files of a wave's coded interviews; transcripts and names stay in the restricted zone."""
    from cryptodrug_assets.buyers.interviews import code_list, tables
    from cryptodrug_assets.buyers.interviews.files import open_file
    from cryptodrug_assets.buyers.interviews.links import open_links
    from cryptodrug_assets.buyers.wave_tables import ASKED, rows_of_wave
    from cryptodrug_assets.storage.store import TableStore

    code_list.check_wave(wave)
    declared = code_list.load_code_list(wave) if codes is None else code_list.read_code_list(codes)
    if declared is not None and declared.wave != wave:
        raise UserError(f"the declared codes are of wave {declared.wave}, not {wave}; give the file of this wave")
    files = [open_file(path) for path in paths]
    settings = Settings()
    links = tables.kept_links(settings.archive, wave) if link is None else open_links(link)
    survey = rows_of_wave(TableStore(settings.tables), "parsed.survey_answers", wave, ASKED)
    key = b"-" * 32 if dry_run else _secret(settings)
    prepared = tables.prepare(files, wave, declared, key=key, now=_now(), links=links, survey=survey)
    if not dry_run:
        given = None if codes is None else codes.read_bytes()
        tables.write(prepared, wave, _store(settings), settings.archive, replace=replace, declared=given)
    _tell(prepared, wave)
    say("next: the same without --dry-run" if dry_run else f"next: cryptodrug interviews agreement --wave {wave}")


@app.command()
def agreement(wave: _Wave) -> None:
    """Print how far coders agree: percent, Krippendorff's alpha, Gwet's AC1, Cohen's kappa, with 95 % intervals."""
    from cryptodrug_assets.buyers.interviews import code_list, tables

    frame = tables.table_of_wave(_store(Settings()), "indicators.coding_agreement", code_list.check_wave(wave))
    if frame["synthetic"].all():
        say("SYNTHETIC interviews")
    for row in frame.iter_rows(named=True):
        value = "not defined" if row["value"] is None else f"{row['value']:.2f}"
        interval = "" if row["lower"] is None else f" [{row['lower']:.2f}, {row['upper']:.2f}]"
        size = f"{row['interviews_n']} interviews, {row['coders_n']} coders"
        reason = f"; {row['reason'].removeprefix('not defined: ')}" if row["reason"] else ""
        say(f"{row['code']:28} {row['measure']:8} {value}{interval} ({size}{reason})")


@app.command()
def synthetic(folder: Annotated[Path, typer.Argument(help="Folder to write into.")]) -> None:
    """Write the ten made-up interviews as a REFI-QDA project, and the list of who was interviewed; SYNTHETIC."""
    from cryptodrug_assets.buyers.synthetic import interview_file, interview_links

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in (("SYNTHETIC.qdpx", interview_file().data), ("who.csv", interview_links().data)):
            (folder / name).write_bytes(data)
            say(folder / name)
    except OSError as err:
        raise UserError(f"cannot write into {folder.name}: {err.strerror}; give another folder") from err


@exports.command()
def qdpx(
    wave: _Wave,
    out: Annotated[Path, typer.Option("--out", help="File to write; one that exists is not overwritten.")],
    with_transcripts: Annotated[
        bool, typer.Option("--with-transcripts", help="Texts and names, too; only into the home folder.")
    ] = False,
) -> None:
    """Write the coded interviews as a REFI-QDA project: without transcripts and names unless asked."""
    from cryptodrug_assets.buyers.interviews import code_list, tables
    from cryptodrug_assets.buyers.interviews.refi_writer import write_qdpx
    from cryptodrug_assets.commands.waves import write_new

    settings = Settings()
    store = _store(settings)
    code_list.check_wave(wave)
    if with_transcripts:
        if not out.resolve().is_relative_to(settings.home.resolve()):
            raise UserError(f"transcripts stay in the restricted zone: give an --out within {settings.home}")
        project = tables.whole_project(tables.stored_files(store, settings.archive, wave), wave)
    else:
        project = tables.project_without_transcripts(tables.table_of_wave(store, "clean.interview_codes", wave), wave)
    data = write_qdpx(project)
    write_new(out, data)
    text = "with transcripts and names" if with_transcripts else "without transcripts and names"
    say(f"wrote {out.name}: {len(project.sources)} interviews, {len(project.codes)} codes, {text}")


def _tell(prepared: "Import", wave: str) -> None:
    """Say what came in, and what is doubtful; names of sources and coders are not said."""
    if prepared.frames["clean.interview_codes"]["synthetic"].all():
        say("SYNTHETIC interviews")
    matrix = prepared.matrix
    for file in prepared.files:
        count = sum(len(source.codings) for source in file.project.sources)
        line = f"{file.name}: {file.format}, {len(file.project.sources)} sources, {count:,} codings"
        say(f"{line}, {len(file.project.codes)} codes")
        for what in dict.fromkeys(problem.what for problem in file.project.problems):
            times = sum(problem.what == what for problem in file.project.problems)
            say(f"  doubtful: {what}" + (f" ({times:,} times)" if times > 1 else ""))
        reviews = [source.review for source in file.project.sources if source.review]
        for why in dict.fromkeys(reviews):
            say(f"  needs review: {reviews.count(why)} sources, {why}; no passage of them is shown")
    frame = matrix.frame
    coders, codes = frame["coder"].n_unique(), frame["code"].n_unique()
    say(f"wave {wave}: {frame['interview_key'].n_unique()} interviews, {coders} coders, {codes} codes")
    if prepared.links is None:
        say("  doubtful: nobody said who was interviewed; give a list with --link (interview,respondent)")
    if matrix.idle:
        say(f"  doubtful: {len(matrix.idle)} users of the project coded nothing; they are not counted as coders")
    if matrix.unseen:
        say(f"  doubtful: {matrix.unseen} times a coder coded nothing in an interview; that is no absence")
    if matrix.unused:
        say(f"  doubtful: declared codes that no file has: {', '.join(matrix.unused)}")
    if matrix.undeclared:
        say(f"  undeclared: {len(matrix.undeclared)} codes, known by an opaque key; declare them in interview_codes:")
        for path in matrix.undeclared[:_SHOWN]:
            say(f"    {' / '.join(path)}")
        if len(matrix.undeclared) > _SHOWN:
            say(f"    … and {len(matrix.undeclared) - _SHOWN} more")


def _now() -> datetime:
    return datetime.now(UTC)


def _store(settings: Settings) -> "TableStore":
    from cryptodrug_assets.storage.home import private_home
    from cryptodrug_assets.storage.store import TableStore

    private_home(settings.home.resolve())
    return TableStore(settings.tables)


def _secret(settings: Settings) -> bytes:
    from cryptodrug_assets.buyers.interviews.tables import KEY
    from cryptodrug_assets.cleaning.pseudonyms import secret_key

    try:
        return secret_key(settings.keys, KEY)
    except OSError as err:
        raise UserError(
            f"cannot write to {settings.home}: {err.strerror}; set CRYPTODRUG_HOME to a folder you may write to"
        ) from err
