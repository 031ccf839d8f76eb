"""What the assets of a survey's wave share: specifications over several layers, duties, publication layer by layer."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import polars as pl

from cryptodrug_assets.assets.formulas import formulas_of_wave
from cryptodrug_assets.assets.partitions import waves
from cryptodrug_assets.assets.specs import Deps, asset_specs, layer_checks
from cryptodrug_assets.buyers.incoming import Kind, take_interviews, take_survey
from cryptodrug_assets.buyers.survey.study import of_wave
from cryptodrug_assets.buyers.wave_tables import ASKED, rows_of_wave
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.resources.platform import Platform

#: Tables with what they are made of, by layer, in the order in which they are made.
Layers = Mapping[str, Mapping[str, Deps]]


#: Tag of a run that imports files of the incoming folder first: their digest.
INCOMING_TAG = "cryptodrug/incoming"


def wave_specs(layers: Layers, *, group: str, code_version: str) -> list[dg.AssetSpec]:
    """The asset specifications of all tables of the layers, partitioned by wave."""
    return [
        spec
        for layer, tables in layers.items()
        for spec in asset_specs(
            layer,
            tables,
            kinds={"polars", "deltalake"},
            partitions_def=waves,
            code_version=code_version,
            group=group,
            formulas=formulas_of_wave(tables),
        )
    ]


def wave_checks(layers: Layers) -> list[dg.AssetCheckSpec]:
    """The check specifications of all tables of the layers."""
    return [spec for layer, tables in layers.items() for spec in layer_checks(layer, list(tables), waves)]


def take_incoming(context: dg.AssetExecutionContext, kind: Kind, platform: Platform) -> None:
    """Import the files of the incoming folder that the run's tag names; a run without the tag imports nothing.

    Raises dagster.Failure, with nothing kept, for files that an import by hand would refuse.
    """
    digest = context.run.tags.get(INCOMING_TAG)
    if digest is None:
        return
    wave, settings = context.partition_key, platform.settings
    try:
        if kind == "survey":
            take_survey(settings.home, wave, digest)
        else:
            survey = rows_of_wave(platform.store, "parsed.survey_answers", wave, ASKED)
            take_interviews(settings.home, settings.archive, wave, digest, survey)
    except UserError as err:
        raise dg.Failure(f"nothing was imported: {err}", allow_retries=False) from None


def publish_wave(
    context: dg.AssetExecutionContext,
    layers: Layers,
    frames: Mapping[str, pl.DataFrame],
    platform: Platform,
    metadata: Mapping[str, Any],
    *,
    asked: Mapping[str, pl.DataFrame] | None = None,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Judge and publish the frames ("layer.table") of the run's wave, layer by layer.

    `metadata` says whether they are `synthetic`; `asked` are tables of other assets that rules ask. Raises
    dagster.Failure where answers of real persons lack what the wave's study has to state, or a blocking rule failed.
    """
    wave = context.partition_key
    study = of_wave(wave)
    today = datetime.now(UTC).date()
    if study and (missed := study.duty_missed(synthetic=metadata["synthetic"], today=today)):
        raise dg.Failure(f"nothing was made: {missed}", allow_retries=False)
    for layer, tables in layers.items():
        of_layer = {table: frames[f"{layer}.{table}"] for table in tables}
        yield from write_audit_publish(
            context, layer, of_layer, None, platform, wave=wave, extra={**frames, **(asked or {})}, metadata=metadata
        )
