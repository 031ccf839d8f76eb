"""The `cryptodrug` command: turns errors and interrupts into one line and an exit code.

Nothing is imported before `main` watches: an interrupt may come at any moment, also while libraries load.
"""

import signal
import sys
from typing import Any

_INTERRUPTED_CODE = 130
_INTERRUPTED = "interrupted; what was captured is kept: run the same command again to continue"


def main() -> None:
    """Entry point: 0 done, 1 the work failed, 2 wrong use or an obstacle named in one line, 130 interrupted."""
    try:
        from cryptodrug_assets import interrupts

        interrupts.watch()
        code = _run()
    except KeyboardInterrupt:
        code = _INTERRUPTED_CODE
    # What is left is tidying up; an interrupt now would only lose the exit code.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if code == _INTERRUPTED_CODE:
        print(_INTERRUPTED, file=sys.stderr)
    sys.exit(code)


def _run() -> int:
    """The command's exit code; everything foreseen has been said."""
    from cryptodrug_assets.errors import UserError

    try:
        from cryptodrug_assets.commands.app import app  # market files are read here: choices are made of them
        from cryptodrug_assets.failures import in_a_line
    except UserError as err:
        return _say_error(str(err))
    import click
    import typer

    # typer may carry a click of its own, whose errors are other classes.
    of_typer = {base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"}
    wrong_use: tuple[type[Exception], ...] = (click.ClickException, *of_typer)
    try:
        # Not standalone, or typer would turn an interrupt into an exit code that means "failed".
        code = app(standalone_mode=False)
    except (click.exceptions.Abort, typer.Abort):
        return _INTERRUPTED_CODE
    except wrong_use as err:
        return _say_wrong_use(err)
    except UserError as err:
        return _say_error(str(err))
    except BrokenPipeError:
        return 0
    except Exception as err:
        line = in_a_line(err)
        if line is None:
            raise
        return _say_error(line)
    return code if isinstance(code, int) else 0


def _say_error(text: str) -> int:
    from cryptodrug_assets.inert import one_line

    print(f"error: {one_line(text)}", file=sys.stderr)
    return 2


def _say_wrong_use(err: Any) -> int:
    """What was wrong with the command line in one line; the help of a command that was given nothing."""
    from cryptodrug_assets.inert import one_line

    context = getattr(err, "ctx", None)
    if type(err).__name__ == "NoArgsIsHelpError":
        err.show()
    else:
        where = context.command_path if context else "cryptodrug"
        print(f"error: {one_line(err.format_message())} (see `{where} --help`)", file=sys.stderr)
    return int(err.exit_code)


if __name__ == "__main__":
    main()
