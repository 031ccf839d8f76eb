"""The made-up wave as files of real platforms, kept as an import is: what the demo shows of buyers. SYNTHETIC."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from cryptodrug_assets.buyers.interviews import tables as interviews
from cryptodrug_assets.buyers.interviews.code_list import load_code_list
from cryptodrug_assets.buyers.interviews.files import InterviewFile, read_bytes
from cryptodrug_assets.buyers.interviews.links import COLUMNS, LinkList, read_links
from cryptodrug_assets.buyers.interviews.refi_writer import write_qdpx
from cryptodrug_assets.buyers.interviews.synthetic import synthetic_project
from cryptodrug_assets.buyers.survey import kept_wave, statements
from cryptodrug_assets.buyers.survey.formats.door import MOST_MB, File
from cryptodrug_assets.buyers.survey.instrument import for_wave
from cryptodrug_assets.buyers.survey.tables import wave_tables
from cryptodrug_assets.replica.interviews import synthetic_interviews
from cryptodrug_assets.replica.survey.files import EXPORTS
from cryptodrug_assets.replica.survey.wave import synthetic_wave

WAVE = "2019"
EXPORT = "limesurvey_lsa"
# The same wave as another platform writes it: compared with the first, since two exports are never put together.
OTHER_EXPORT = "qualtrics_qsf"
# The same files every time, and with them the same tables.
_WHEN = datetime(2019, 12, 1, tzinfo=UTC)


def survey_files(export: str = EXPORT) -> list[File]:
    """The made-up answers as a platform exports them."""
    return [File(name, data) for name, data in EXPORTS[export](synthetic_wave()).items()]


def interview_file() -> InterviewFile:
    """The made-up interviews as a coding program exports them."""
    data = write_qdpx(synthetic_project(synthetic_interviews(synthetic_wave().interviewees)))
    return read_bytes(data, "SYNTHETIC.qdpx")


def interview_links() -> LinkList:
    """Who of the made-up respondents was interviewed, as an institute keeps it beside its files."""
    lines = [",".join(COLUMNS)]
    lines += [f"{one.name},{one.respondent}" for one in synthetic_interviews(synthetic_wave().interviewees)]
    return read_links("\n".join([*lines, ""]).encode(), "SYNTHETIC.csv")


def tables_in_memory() -> dict[str, pl.DataFrame]:
    """All tables of the made-up wave ("layer.table"), without a home and without bootstrap: names stay as they are."""
    made = wave_tables(
        survey_files(), for_wave(WAVE), statements.of_wave(WAVE), lambda respondent: respondent, replicates=0
    )
    held = interviews.prepare(
        [interview_file()], WAVE, load_code_list(WAVE), key=bytes(32), now=_WHEN, links=interview_links(),
        survey=made.frames["parsed.survey_answers"],
    )  # fmt: skip
    return made.frames | held.frames


def is_brought_in(home: Path) -> bool:
    """Whether the home's survey of the wave is the made-up one, byte for byte."""
    held = kept_wave.kept_import(home, WAVE)
    return held is not None and [file.data for file in held.files] == [file.data for file in survey_files()]


def bring_in(home: Path, archive: Path) -> bool:
    """Keep the synthetic survey (.lsa) and interviews (.qdpx) where the home holds none; whether anything was kept.

    What somebody imported for the wave is never touched.
    """
    done = False
    if WAVE not in kept_wave.waves_with_survey(home):
        kept_wave.keep_files(home, WAVE, survey_files(), most_mb=MOST_MB, now=_WHEN)
        done = True
    if WAVE not in interviews.waves_with_interviews(archive):
        interviews.keep_files(archive, WAVE, [interview_file()], now=_WHEN, links=interview_links())
        done = True
    return done
