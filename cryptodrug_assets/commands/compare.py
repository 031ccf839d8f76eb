"""`cryptodrug survey compare`: another export of a stored wave, answer by answer beside it. Writes nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.commands.waves import INSTRUMENT, MOST_MB, WAVE, imported_rows, instrument_of
from cryptodrug_assets.inert import printable, say
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptodrug_assets.buyers.survey.comparison import Comparison
    from cryptodrug_assets.buyers.survey.formats.door import File
    from cryptodrug_assets.buyers.survey.model import Instrument

_SHOWN = 12


def compare(
    files: Annotated[list[Path], typer.Argument(help="The files of another export of the wave.")],
    wave: Annotated[str, WAVE],
    *,
    instrument: Annotated[Path | None, INSTRUMENT] = None,
    max_mb: Annotated[int, MOST_MB] = 64,
) -> None:
    """Compare another export of a wave with the stored one, answer by answer; exit 1 where they differ.

    Answers missing in both, of which one export cannot say why, are counted apart. Nothing is written.
    """
    from cryptodrug_assets.buyers.survey.formats.door import read_file

    chosen = instrument_of(instrument, wave)
    given = [read_file(path, max_mb) for path in files]
    if compared(Settings(), wave, given, chosen, max_mb).different:
        raise typer.Exit(1)


def compared(
    settings: Settings, wave: str, files: "Sequence[File]", instrument: "Instrument", max_mb: int
) -> "Comparison":
    """Read the files through the importer, compare them with the stored wave, and say what came out."""
    from cryptodrug_assets.buyers.survey.comparison import compare as answers_compared
    from cryptodrug_assets.buyers.survey.formats.reading import read_export
    from cryptodrug_assets.buyers.survey.importing import canonical
    from cryptodrug_assets.storage.store import TableStore

    store = TableStore(settings.tables)
    stored, kept = (imported_rows(store, name, wave) for name in ("parsed.survey_answers", "raw.survey_files"))
    # A cell outside its code list is a difference here, no reason to stop.
    other = canonical(read_export(files, most_mb=max_mb), instrument, keep_rejects=True)
    found = answers_compared(stored, other.answers)
    mark = " (SYNTHETIC)" if other.report.synthetic else ""
    first = _written_by(kept["platform"][0], kept["dialect"][0])
    second = _written_by(other.report.platform, other.report.dialect)
    say(f"wave {wave}{mark}, stored from {first}, beside {second}: {found.respondents:,} respondents in both")
    if found.only_first or found.only_second:
        say(f"  only stored: {found.only_first:,} respondents; only in these files: {found.only_second:,}")
    say(
        f"  {found.answers:,} answers: {found.same:,} the same, {found.one_cannot_say:,} missing of which one export"
        f" cannot say why, {found.different:,} different"
    )
    for item, count in list(found.differences.items())[:_SHOWN]:
        say(f"  different: {printable(item)}, {count:,} respondents")
    if len(found.differences) > _SHOWN:
        say(f"  … and {len(found.differences) - _SHOWN} more items")
    return found


def _written_by(platform: str, dialect: str) -> str:
    return dialect.replace("_", " ") if dialect.startswith(platform) else f"{platform} {dialect}"
