"""The command line as one object: registers the commands of every room."""

from typing import Annotated

import typer

from cryptodrug_assets.commands import (
    alerts,
    bulletin,
    capture,
    contracts,
    dissemination,
    docs,
    erase,
    explain,
    export,
    health,
    import_table,
    importing,
    interviews,
    keys,
    labels,
    market,
    parse,
    platform,
    release,
    repair,
    replica,
    report,
    review,
    service,
    simulate,
    sql,
    study,
    survey,
    triangulate,
    try_,
    ui,
    waive,
)
from cryptodrug_assets.inert import say
from cryptodrug_assets.versions import package_version

app = typer.Typer(
    name="cryptodrug",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        say(package_version())
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """CRYPTODRUG monitor: capture, parse, clean and measure cryptomarkets, market by market and month by month."""


app.command("demo")(platform.demo)
app.command("study")(study.study)
app.command("ui")(ui.ui)
app.command("status")(platform.status)
app.command("backfill")(platform.backfill)
app.command("repair")(repair.repair)
app.command("erase")(erase.erase)
app.command("health")(health.health)
app.command("simulate")(simulate.simulate)
app.command("sql")(sql.sql)
app.command("settings")(platform.print_settings)
app.command("docs")(docs.docs)
app.command("waive")(waive.waive)
app.command("parse")(parse.parse)
app.command("import-archive")(importing.import_archive)
app.command("import-table")(import_table.import_table)
app.command("verify")(capture.verify)
app.command("login")(capture.login)
app.command("browser")(capture.browser)
app.command("explain")(explain.explain)
app.command("review")(review.review)
app.command("correct")(review.correct)
app.command("report")(report.report)
app.command("quality")(report.quality)
app.command("bulletin")(bulletin.bulletin)
for step in (
    dissemination.draft, dissemination.check, dissemination.approve, dissemination.publish, dissemination.correct,
    dissemination.withdraw, dissemination.diff, dissemination.status,
):  # fmt: skip
    release.app.command(step.__name__)(step)
app.add_typer(release.app, name="release")
app.add_typer(dissemination.calendar, name="calendar")
app.add_typer(labels.app, name="labels")
app.add_typer(replica.app, name="replica")
app.add_typer(try_.app, name="try")
app.add_typer(market.app, name="market")
app.add_typer(contracts.app, name="contracts")
app.add_typer(keys.app, name="keys")
app.add_typer(alerts.app, name="alerts")
app.add_typer(service.app, name="service")
app.add_typer(interviews.app, name="interviews")
for write in (export.ddi, export.sav, export.deposit):
    interviews.exports.command(write.__name__)(write)
app.add_typer(interviews.exports, name="export")
app.add_typer(survey.app, name="survey")
app.command("triangulate")(triangulate.triangulate)
