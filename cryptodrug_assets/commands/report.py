"""`cryptodrug report`: the report as one HTML file."""

from typing import Annotated

import typer

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings


def report(
    country: Annotated[str, typer.Option("--country", help="Country the report is about (ISO code).")] = "BE",
) -> None:
    """Write the report from the indicators there are."""
    from cryptodrug_assets.report.build import build_report, write_report
    from cryptodrug_assets.resources.store import TableStore

    settings = Settings()
    store = TableStore(settings.tables)
    shares = store.read("indicators", "shares")
    if shares.filter(shares["country"] == country).is_empty():
        raise UserError(f"no indicators of {country} yet; run `cryptodrug backfill` first")
    html = build_report(shares, store.read("indicators", "coverage"), store.read("raw", "captures"), country=country)
    print(write_report(html, settings.reports))
