"""The `cryptodrug` command: registers the commands of every room and turns errors into one line and an exit code."""

import sys
from typing import Any, NoReturn

import click
import typer

from cryptodrug_assets.errors import UserError

try:
    from cryptodrug_assets.commands import capture, contracts, explain, parse, platform, release, replica, report, try_
except UserError as err:  # the market files are read at import: partitions and choices are made of them
    print(f"error: {err}", file=sys.stderr)
    sys.exit(2)

# typer may carry a click of its own, whose errors are other classes.
_WRONG_USE: tuple[type[Exception], ...] = tuple(
    {click.ClickException, *(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")}
)
_INTERRUPTED_CODE = 130
_INTERRUPTED = "interrupted; what was captured is kept: run the same command again to continue"

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
app.command("settings")(platform.print_settings)
app.command("parse")(parse.parse)
app.command("import-archive")(capture.import_archive)
app.command("verify")(capture.verify)
app.command("login")(capture.login)
app.command("browser")(capture.browser)
app.command("explain")(explain.explain)
app.command("report")(report.report)
app.command("quality")(report.quality)
app.add_typer(release.app, name="release")
app.add_typer(replica.app, name="replica")
app.add_typer(try_.app, name="try")
app.add_typer(contracts.app, name="contracts")


def main() -> None:
    """Entry point: 0 done, 1 the work failed, 2 wrong use or an obstacle named in one line, 130 interrupted."""
    try:
        # Not standalone, or typer would turn an interrupt into an exit code that means "failed".
        code = app(standalone_mode=False)
    except (click.exceptions.Abort, typer.Abort):
        print(_INTERRUPTED, file=sys.stderr)
        sys.exit(130)
    except _WRONG_USE as err:
        _say_wrong_use(err)
    except UserError as err:
        print(f"error: {err}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(_INTERRUPTED, file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    if code == _INTERRUPTED_CODE:  # typer answers an interrupt with the exit code alone
        print(_INTERRUPTED, file=sys.stderr)
    sys.exit(code if isinstance(code, int) else 0)


def _say_wrong_use(err: Any) -> NoReturn:
    """What was wrong with the command line in one line; the help of a command that was given nothing."""
    context = getattr(err, "ctx", None)
    if type(err).__name__ == "NoArgsIsHelpError":
        err.show()
    else:
        where = context.command_path if context else "cryptodrug"
        print(f"error: {' '.join(err.format_message().split())} (see `{where} --help`)", file=sys.stderr)
    sys.exit(err.exit_code)


if __name__ == "__main__":
    main()
