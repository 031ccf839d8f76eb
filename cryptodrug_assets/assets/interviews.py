"""The interviews with buyers, wave by wave: raw/interview_files to indicators, made of the files that were imported."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.specs import Deps
from cryptodrug_assets.assets.waves import publish_wave, take_incoming, wave_checks, wave_specs
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

GROUP = "interviews"
_CODES = "clean/interview_codes"
TABLES: dict[str, dict[str, Deps]] = {
    "raw": {"interview_files": []},
    "parsed": {
        "interview_codings": ["raw/interview_files"],
        # Its rules ask whether the interviewed answered the survey.
        "interview_links": ["raw/interview_files", "parsed/survey_answers"],
    },
    "clean": {"interview_codes": ["parsed/interview_codings"]},
    "indicators": {
        "interview_themes": [_CODES],
        "coding_agreement": [_CODES],
        "interview_themes_public": ["indicators/interview_themes"],
    },
}


@dg.multi_asset(
    name="interview_tables",
    specs=wave_specs(
        TABLES,
        group=GROUP,
        code_version=code_version(
            "buyers/interviews", "buyers/declared.py", "buyers/disclosure", "assets/interviews.py", "assets/waves.py"
        ),
    ),
    check_specs=wave_checks(TABLES),
    can_subset=True,
)
def interview_tables(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Read the kept files of the wave again and make all of its tables; of a wave that nobody imported, nothing."""
    from cryptodrug_assets.buyers.disclosure.words import public_themes
    from cryptodrug_assets.buyers.interviews.tables import asked_of_survey, kept_tables
    from cryptodrug_assets.buyers.wave_tables import ASKED, rows_of_wave

    wave, settings = context.partition_key, platform.settings
    take_incoming(context, "interviews", platform)
    made = kept_tables(settings.archive, settings.keys, wave)
    if made is None:
        context.log.info(f"wave {wave} has no interviews; run `cryptodrug interviews import FILE --wave {wave}`")
        return
    themes = public_themes(made.frames["indicators.interview_themes"])
    frames = made.frames | {"indicators.interview_themes_public": themes}
    asked = asked_of_survey(rows_of_wave(platform.store, "parsed.survey_answers", wave, ASKED))
    synthetic = bool(made.frames["clean.interview_codes"]["synthetic"].all())
    yield from publish_wave(context, TABLES, frames, platform, {"synthetic": synthetic}, asked=asked)
