"""publication/explorer and publication/sdmx: what is made of exchange.observations between releases, each checked.

Neither is a release: these are the present public tables, for whoever works with the home.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from cryptodrug_assets.assets.exchange import GROUP
from cryptodrug_assets.assets.exchange import TABLES as EXCHANGE
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

AGREES, STRUCTURE, DATA = "equals_the_table_of_record", "structure_valid", "data_fit_structure"
# Larger pages open slowly on a telephone.
_MOST_BYTES = 2 * 1024 * 1024
_DEPS = [dg.AssetDep(["exchange", table]) for table in EXCHANGE]
_Made = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]


def _checks(name: str, **described: str) -> list[dg.AssetCheckSpec]:
    key = ["publication", name]
    return [dg.AssetCheckSpec(check, asset=key, description=text) for check, text in described.items()]


@dg.asset(
    key=["publication", "explorer"],
    deps=_DEPS,
    group_name=GROUP,
    kinds={"html"},
    code_version=code_version("publishing/explorer", "publishing/words", "assets/products.py"),
    owners=["team:research"],
    check_specs=_checks(
        "explorer",
        **{AGREES: "Every page holds the rows of exchange.observations, each once and to the last bit, in 2 MiB."},
    ),
)
def explorer(context: dg.AssetExecutionContext, platform: Platform) -> _Made:
    """explorer.nl.html and its sisters: choices, line with its band, table and download; without the extra nothing."""
    from cryptodrug_assets.publishing.explorer.data import observations_of
    from cryptodrug_assets.publishing.files import publish_explorer

    if _lacks_packages(context):
        yield from _nothing(AGREES)
        return
    paths = publish_explorer(platform.store, platform.settings.reports, country=platform.settings.country)
    wanted = platform.store.read("exchange", "observations")
    wanted = wanted.sort(wanted.columns)
    wrong = [
        path.name
        for path in paths
        if path.stat().st_size > _MOST_BYTES
        or not observations_of(path.read_text("utf-8")).select(wanted.columns).equals(wanted)
    ]
    numbers = {"observations": wanted.height, "with_value": wanted["obs_value"].count()}
    yield _files(paths, **numbers, suppressed=wanted.filter(obs_status="Q").height)
    yield _verdict(AGREES, wrong)


@dg.asset(
    key=["publication", "sdmx"],
    deps=_DEPS,
    group_name=GROUP,
    kinds={"xml", "csv"},
    code_version=code_version("publishing/exchange", "publishing/words", "assets/products.py"),
    owners=["team:research"],
    check_specs=_checks(
        "sdmx",
        **{
            STRUCTURE: "The structures pass the schemas of the standard (3.0, 2.1, JSON).",
            DATA: "Codes, keys, levels, statuses and bounds of the data are as the structure says.",
        },
    ),
)
def sdmx(context: dg.AssetExecutionContext, platform: Platform) -> _Made:
    """Structures and data as SDMX, in the folder sdmx of the reports; without the extra nothing."""
    from cryptodrug_assets.publishing.exchange.structure import codes_of
    from cryptodrug_assets.publishing.exchange.violations import structure_faults, violations
    from cryptodrug_assets.publishing.files import publish_sdmx

    if _lacks_packages(context):
        yield from _nothing(STRUCTURE, DATA)
        return
    paths = publish_sdmx(platform.store, platform.settings.reports)
    files = {f"sdmx/{path.name}": path.read_bytes() for path in paths}
    codes = codes_of(platform.store.read("exchange", "observations"))
    listed = "\n".join(f"| {column} | {len(codes)} |" for column, codes in codes.items())
    yield _files(paths, codes=dg.MetadataValue.md(f"| column | codes |\n|-|-:|\n{listed}"))
    yield _verdict(STRUCTURE, structure_faults(files))
    yield _verdict(DATA, violations(files["sdmx/observations.csv"], codes))


def _lacks_packages(context: dg.AssetExecutionContext) -> bool:
    """Whether the extra for publication is not installed: such an installation has the tables all the same."""
    from cryptodrug_assets.publishing.extra import missing_packages

    missing = missing_packages()
    if missing:
        context.log.warning(f"nothing made: {', '.join(missing)} are not installed (the extra `publish`)")
    return bool(missing)


def _nothing(*checks: str) -> _Made:
    yield dg.MaterializeResult()
    for check in checks:
        yield dg.AssetCheckResult(check_name=check, passed=True, description="Nothing was made.")


def _files(paths: list[Path], **more: Any) -> dg.MaterializeResult[None]:
    sizes = "\n".join(f"| {path.name} | {path.stat().st_size:,} |" for path in paths)
    files = {
        "file": dg.MetadataValue.path(str(paths[0])),
        "files": dg.MetadataValue.md(f"| file | bytes |\n|-|-:|\n{sizes}"),
    }
    return dg.MaterializeResult(metadata=files | more)


def _verdict(check: str, wrong: list[str]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=check, passed=not wrong, metadata={"wrong": len(wrong), "first": "; ".join(wrong[:20]) or "none"}
    )
