"""`cryptodrug health`: whether the home is well, in a page and an exit code."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from cryptodrug_assets.monitoring.conditions import Alert, Situation


def health(
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing while all is well, for cron.")] = False,
) -> None:
    """Print the health report: months, checks, coverage, archive, changes; exit code 1 when something is wrong."""
    from cryptodrug_assets.monitoring.conditions import alerts_of
    from cryptodrug_assets.monitoring.health import health_report
    from cryptodrug_assets.monitoring.versions import versions_there_are

    settings = Settings()
    situation = _situation(settings)
    found = alerts_of(situation)
    if found or not quiet:
        say(health_report(settings, situation, found, versions_there_are()), end="")
    if found:
        raise typer.Exit(1)


def alerts_now(settings: Settings) -> "list[Alert]":
    """What is wrong with the home."""
    from cryptodrug_assets.monitoring.conditions import alerts_of

    return alerts_of(_situation(settings))


def _situation(settings: Settings) -> "Situation":
    from cryptodrug_assets.checks.run_failures import RunGraph
    from cryptodrug_assets.definitions import defs
    from cryptodrug_assets.monitoring.situation import situation_of
    from cryptodrug_assets.runs.instance import open_instance

    if not settings.dagster_home.exists():
        raise UserError(f"nothing in {settings.home} yet; run `cryptodrug demo` or `cryptodrug backfill` first")
    with open_instance(settings) as instance:
        return situation_of(settings, instance, RunGraph.of(defs), datetime.now(UTC))
