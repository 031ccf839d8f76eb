"""publication/explorer: every observation in one page that asks for nothing, in every language."""

from collections.abc import Iterator

import dagster as dg

from cryptodrug_assets.assets.exchange import GROUP
from cryptodrug_assets.assets.exchange import TABLES as EXCHANGE
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version

AGREES = "equals_the_table_of_record"
# Larger pages open slowly on a telephone.
_MOST_BYTES = 2 * 1024 * 1024


@dg.asset(
    key=["publication", "explorer"],
    deps=[dg.AssetDep(["exchange", table]) for table in EXCHANGE],
    group_name=GROUP,
    kinds={"html"},
    code_version=code_version("publishing/explorer", "publishing/words", "assets/explorer.py"),
    owners=["team:research"],
    check_specs=[
        dg.AssetCheckSpec(
            AGREES,
            asset=["publication", "explorer"],
            description="Every page holds the rows of exchange.observations, each once and to the last bit, in 2 MiB.",
        )
    ],
)
def explorer(
    context: dg.AssetExecutionContext, platform: Platform
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """explorer.nl.html and its sisters: choices, line with its band, table and download; without the extra nothing."""
    from cryptodrug_assets.publishing.explorer.data import observations_of
    from cryptodrug_assets.publishing.extra import missing_packages
    from cryptodrug_assets.publishing.files import publish_explorer

    if missing := missing_packages():
        context.log.warning(f"no explorer: {', '.join(missing)} are not installed (the extra `publish`)")
        yield dg.MaterializeResult()
        yield dg.AssetCheckResult(check_name=AGREES, passed=True, description="Nothing was made.")
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
    sizes = "\n".join(f"| {path.name} | {path.stat().st_size:,} |" for path in paths)
    yield dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(str(paths[0])),
            "pages": dg.MetadataValue.md(f"| page | bytes |\n|-|-:|\n{sizes}"),
            "observations": wanted.height,
            "with_value": wanted["obs_value"].count(),
            "suppressed": wanted.filter(obs_status="Q").height,
        }
    )
    yield dg.AssetCheckResult(check_name=AGREES, passed=not wrong, metadata={"wrong": ", ".join(wrong) or "none"})
