"""`cryptodrug report` and `cryptodrug quality`: the report and the quality page, each as one HTML file."""

from typing import Annotated

import typer

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings


def report(
    country: Annotated[str, typer.Option("--country", help="Country the report is about (ISO code).")] = "BE",
) -> None:
    """Write the report from the indicators there are."""
    from cryptodrug_assets.report.publish import publish_report
    from cryptodrug_assets.resources.store import TableStore

    settings = Settings()
    store = TableStore(settings.tables)
    known = store.exists("indicators", "shares_public")
    if not known or country not in store.read("indicators", "shares_public")["country"]:
        raise UserError(f"no indicators of {country} yet; run `cryptodrug backfill` first")
    print(publish_report(store, settings.reports, country=country))


def quality() -> None:
    """Write the quality page: checks of every market, month and layer, what the failed ones found, coverage."""
    from cryptodrug_assets.automation.instance import open_instance
    from cryptodrug_assets.automation.overview import quality_facts
    from cryptodrug_assets.report.publish import publish_quality_page
    from cryptodrug_assets.resources.store import TableStore

    settings = Settings()
    with open_instance(settings) as instance:
        counts, findings = quality_facts(instance)
    print(publish_quality_page(TableStore(settings.tables), settings.reports, counts, findings))
