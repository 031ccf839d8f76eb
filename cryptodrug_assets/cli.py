"""The `cryptodrug` command: registers the commands of every room and turns errors into one line and an exit code."""

import sys

import typer

from cryptodrug_assets.commands import capture, contracts, explain, parse, platform, replica, report, try_
from cryptodrug_assets.observation import UserError

app = typer.Typer(
    name="cryptodrug",
    help="CRYPTODRUG monitor: capture, parse, clean and measure cryptomarkets, market by market and month by month.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(platform.demo)
app.command("ui")(platform.ui)
app.command("status")(platform.status)
app.command("backfill")(platform.backfill)
app.command("sql")(platform.sql)
app.command("parse")(parse.parse)
app.command("import-archive")(capture.import_archive)
app.command("verify")(capture.verify)
app.command("login")(capture.login)
app.command("browser")(capture.browser)
app.command("explain")(explain.explain)
app.command("report")(report.report)
app.add_typer(replica.app, name="replica")
app.add_typer(try_.app, name="try")
app.add_typer(contracts.app, name="contracts")


def main() -> None:
    """Entry point: 0 done, 1 the work failed, 2 wrong use or an obstacle named in one line, 130 interrupted."""
    try:
        app()
    except UserError as err:
        print(f"error: {err}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted; what was captured is kept: run the same command again to continue", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)


if __name__ == "__main__":
    main()
