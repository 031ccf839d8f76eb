"""`cryptodrug report` and `cryptodrug quality`: the report in every language, and the quality page."""

from pathlib import Path
from typing import Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings


def report(
    country: Annotated[
        str | None, typer.Option("--country", help="Country the report is about (ISO code) instead of the setting's.")
    ] = None,
) -> None:
    """Write the report in every language, as page and PDF (report.nl.html, report.nl.pdf, …), and the explorer.

    About another country than the setting's in a folder of its name.
    """
    from cryptodrug_assets.publishing.files import publish_explorer, publish_report
    from cryptodrug_assets.storage.store import TableStore

    settings = Settings()
    store = TableStore(settings.tables)
    if not store.exists("indicators", "shares_public"):
        raise UserError("no indicators yet; run `cryptodrug backfill` first")
    about = (settings.country if country is None else country).upper()
    known = store.read("indicators", "shares_public", columns=["country"])["country"].unique().sort().to_list()
    if about not in known:
        raise UserError(f"no indicators of '{about}'; there are {', '.join(known)}")
    folder = settings.reports if about == settings.country else settings.reports / about
    for path in (*publish_report(store, folder, country=about), *publish_explorer(store, folder, country=about)):
        say(path)


def quality() -> None:
    """Write the quality page: checks of every market, month and layer, what failed and why, coverage."""
    say(write_quality_page(Settings()))


def write_quality_page(settings: Settings) -> Path:
    """Write quality.html from what the instance knows; returns its path."""
    from cryptodrug_assets.checks.outcomes import quality_facts
    from cryptodrug_assets.checks.run_failures import RunGraph, failures
    from cryptodrug_assets.definitions import defs
    from cryptodrug_assets.publishing.files import publish_quality_page
    from cryptodrug_assets.quality.waivers import in_force, waivers_file
    from cryptodrug_assets.runs.instance import open_instance
    from cryptodrug_assets.storage.store import TableStore

    with open_instance(settings) as instance:
        counts, whole, findings = quality_facts(instance)
        broken = failures(instance, RunGraph.of(defs))
    waived = in_force(waivers_file(settings.home))
    return publish_quality_page(TableStore(settings.tables), settings.reports, counts, whole, findings, broken, waived)
