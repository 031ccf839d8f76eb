"""`cryptodrug bulletin`: the shipping bulletin of a month, for all or for a named organisation."""

from typing import Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.languages import LANGUAGES
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings


def bulletin(
    month: Annotated[str, typer.Argument(help="Month of the bulletin, such as 2019-11.")],
    edition: Annotated[
        str, typer.Option("--edition", help="clear (TLP:CLEAR, public values) or amber (TLP:AMBER).")
    ] = "clear",
    to: Annotated[
        str | None, typer.Option("--to", help="Organisation that an amber edition is for; never a person.")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="Language of the PDF; may be repeated. Else all.")
    ] = None,
) -> None:
    """Write the shipping bulletin of a month as PDF, CSV and JSON.

    clear goes into the reports. amber goes into a folder for its owner alone; who it is for is noted with the digests.
    """
    from datetime import UTC, datetime

    from cryptodrug_assets.publishing.bulletin.content import AMBER, CLEAR
    from cryptodrug_assets.publishing.extra import require_publish

    editions = {"clear": CLEAR, "amber": AMBER}
    if edition not in editions:
        raise UserError(f"'{edition}' is no edition; choose clear or amber")
    chosen = editions[edition]
    if chosen == CLEAR and to is not None:
        raise UserError("TLP:CLEAR is for all; leave out --to, or choose --edition amber")
    languages = language or list(LANGUAGES)
    if unknown := [code for code in languages if code not in LANGUAGES]:
        raise UserError(f"'{unknown[0]}' is no language of bulletins; choose {', '.join(LANGUAGES)}")
    require_publish()
    from cryptodrug_assets.publishing.bulletin import sending
    from cryptodrug_assets.resources.platform import Platform

    settings = Settings()
    platform = Platform.of(settings)
    made = sending.make_bulletin(
        platform.store, month, country=settings.country, min_coverage=platform.indicator_options.min_coverage,
        edition=chosen, audience=to,
    )  # fmt: skip
    if chosen == CLEAR:
        paths = sending.write_clear(made, settings.reports, languages)
    else:
        paths = sending.write_restricted(made, settings.home, languages, clock=datetime.now(UTC))
    for path in paths:
        say(path)
    if chosen == AMBER:
        say(f"noted in {sending.restricted_folder(settings.home) / sending.LOG}: for {made.audience}")
