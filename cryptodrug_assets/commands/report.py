"""`cryptodrug report` and `cryptodrug quality`: the report and the quality page, each as one HTML file."""

from typing import Annotated

import typer

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings


def report(
    country: Annotated[
        str | None, typer.Option("--country", help="Country the report is about (ISO code) instead of the setting's.")
    ] = None,
) -> None:
    """Write the report from the indicators there are: report.html, or report-<code>.html about another country."""
    from cryptodrug_assets.report.publish import publish_report
    from cryptodrug_assets.resources.store import TableStore

    settings = Settings()
    store = TableStore(settings.tables)
    if not store.exists("indicators", "shares_public"):
        raise UserError("no indicators yet; run `cryptodrug backfill` first")
    about = (country or settings.country).upper()
    known = store.read("indicators", "shares_public")["country"].unique().sort().to_list()
    if about not in known:
        raise UserError(f"no indicators of {about}; there are {', '.join(known)}")
    name = "report.html" if about == settings.country else f"report-{about}.html"
    print(publish_report(store, settings.reports, country=about, name=name))


def quality() -> None:
    """Write the quality page: checks of every market, month and layer, what the failed ones found, coverage."""
    from cryptodrug_assets.automation.instance import open_instance
    from cryptodrug_assets.automation.outcomes import quality_facts
    from cryptodrug_assets.report.publish import publish_quality_page
    from cryptodrug_assets.resources.store import TableStore

    settings = Settings()
    with open_instance(settings) as instance:
        counts, whole, findings = quality_facts(instance)
    print(publish_quality_page(TableStore(settings.tables), settings.reports, counts, whole, findings))
