"""The survey of buyers, wave by wave: raw/survey_files to indicators/survey_*, made of the files that were imported."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.specs import Deps
from cryptodrug_assets.assets.waves import publish_wave, take_incoming, wave_checks, wave_specs
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

GROUP = "survey"
_ANSWERS = "parsed/survey_answers"
# What few stand behind is hidden with what would tell it: estimates and missing answers, over sets and routed items.
_PUBLIC = ["indicators/survey_estimates", "indicators/survey_missing", "parsed/survey_items"]
TABLES: dict[str, dict[str, Deps]] = {
    "raw": {"survey_files": []},
    "parsed": {table: ["raw/survey_files"] for table in ("survey_items", "survey_answers", "survey_rejects")},
    "clean": {table: [_ANSWERS] for table in ("respondents", "answers")},
    "indicators": {
        "survey_estimates": ["clean/answers"],
        "survey_missing": ["clean/answers", "parsed/survey_items"],
        "survey_consistency": ["raw/survey_files"],
        "survey_estimates_public": _PUBLIC,
        "survey_missing_public": _PUBLIC,
    },
}


@dg.multi_asset(
    name="survey_tables",
    specs=wave_specs(
        TABLES,
        group=GROUP,
        code_version=code_version(
            "buyers/survey",
            "buyers/declared.py",
            "buyers/disclosure",
            "buyers/incoming.py",
            "assets/survey.py",
            "assets/waves.py",
        ),
    ),
    check_specs=wave_checks(TABLES),
    can_subset=True,
)
def survey_tables(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Read the kept files of the wave again and make all of its tables; of a wave that nobody imported, nothing."""
    from cryptodrug_assets.buyers.disclosure.survey import public_survey
    from cryptodrug_assets.buyers.survey import statements
    from cryptodrug_assets.buyers.survey.kept_wave import kept_tables

    wave, settings = context.partition_key, platform.settings
    take_incoming(context, "survey", platform)
    made = kept_tables(settings.home, settings.keys, wave)
    if made is None:
        context.log.info(f"wave {wave} was not imported; run `cryptodrug survey import FILE --wave {wave}`")
        return
    frames = made.frames | public_survey(made.frames, statements.of_wave(wave))
    report = made.report
    metadata = {"synthetic": report.synthetic, "respondents": report.respondents, "rejects": report.rejects}
    yield from publish_wave(context, TABLES, frames, platform, metadata)
