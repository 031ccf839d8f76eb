"""What survey, interviews and markets say together, wave by wave; and how the study's statements on buyers come out."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.specs import Deps
from cryptodrug_assets.assets.waves import wave_checks, wave_specs
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.pipeline import triangulate
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

GROUP = "triangulation"
_STRANDS = [*triangulate.OF_WAVE, *(f"indicators/{table}" for table in triangulate.MARKETS)]
TABLES: dict[str, Deps] = {
    "joint_display": _STRANDS,
    "study_scorecard_buyers": list(triangulate.OF_WAVE),
    "joint_display_public": ["indicators/joint_display", "indicators/survey_estimates_public"],
    "study_scorecard_buyers_public": ["indicators/study_scorecard_buyers"],
}
_LAYERS = {"indicators": TABLES}


@dg.multi_asset(
    name="triangulation_tables",
    specs=wave_specs(
        _LAYERS,
        group=GROUP,
        code_version=code_version(
            "buyers", "study", "pipeline/triangulate.py", "assets/triangulation.py", "assets/waves.py"
        ),
    ),
    check_specs=wave_checks(_LAYERS),
    can_subset=True,
)
def triangulation_tables(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Lay the strands beside each other; one that is not there is silent, of a wave without any nothing is made."""
    wave = context.partition_key
    strands = triangulate.read(platform.store, wave)
    if strands.empty:
        context.log.info(
            f"wave {wave} has neither survey nor interviews; run `cryptodrug survey import FILE --wave {wave}`"
        )
        return
    frames = triangulate.triangulate(strands)
    yield from write_audit_publish(
        context, "indicators", frames, None, platform, wave=wave, metadata={"synthetic": strands.synthetic}
    )
