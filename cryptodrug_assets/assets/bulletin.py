"""publication/bulletin: the shipping bulletin of a month for all (TLP:CLEAR), in every language.

It has a group and a job of its own: it is made by month, and everything else that is published is not.
"""

import dagster as dg

from cryptodrug_assets.assets.exchange import TABLES as EXCHANGE
from cryptodrug_assets.assets.partitions import months
from cryptodrug_assets.languages import LANGUAGES, SOURCE
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.versions import code_version


@dg.asset(
    key=["publication", "bulletin"],
    deps=[dg.AssetDep(["exchange", table]) for table in EXCHANGE],
    partitions_def=months,
    group_name="bulletin",
    kinds={"pdf"},
    code_version=code_version("publishing/bulletin", "publishing/pages", "publishing/words"),
    owners=["team:research"],
)
def bulletin(context: dg.AssetExecutionContext, platform: Platform) -> dg.MaterializeResult[None]:
    """The shipping bulletin of a month from public values alone, as PDF in every language, CSV and JSON.

    The restricted edition is made by `cryptodrug bulletin`, for a named organisation.
    """
    from cryptodrug_assets.publishing.bulletin.files import markdown
    from cryptodrug_assets.publishing.bulletin.sending import make_bulletin, write_clear
    from cryptodrug_assets.publishing.bulletin.texts import bulletin_text
    from cryptodrug_assets.publishing.extra import require_publish
    from cryptodrug_assets.publishing.package.facts import publisher

    require_publish()
    settings = platform.settings
    made = make_bulletin(
        platform.store,
        context.partition_key,
        country=settings.country,
        min_coverage=platform.indicator_options.min_coverage,
    )
    paths = write_clear(made, settings.reports, list(LANGUAGES))
    lines = [*made.of("abroad"), *made.of("reach")]
    return dg.MaterializeResult(
        metadata={
            "preview": dg.MetadataValue.md(markdown(bulletin_text(made, SOURCE, publisher()))),
            "files": dg.MetadataValue.md("\n".join(f"- {path.name}" for path in paths)),
            "folder": dg.MetadataValue.path(str(paths[0].parent)),
            "values": sum(line.now.value is not None for line in lines),
            "suppressed": sum(line.now.status == "Q" for line in lines),
        }
    )
