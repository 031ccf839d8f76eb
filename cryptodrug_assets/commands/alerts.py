"""`cryptodrug alerts`: what is wrong now, telling it, and trying the channels."""

from datetime import UTC, datetime

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings

app = typer.Typer(help="What is wrong, and telling it: file, mail, webhook.", no_args_is_help=True)


@app.command()
def test() -> None:
    """Send a message of trial through every channel that is set; exit code 2 when one does not get through."""
    from cryptodrug_assets.monitoring.channels import channels_of
    from cryptodrug_assets.monitoring.conditions import Alert
    from cryptodrug_assets.monitoring.messages import Message

    settings = Settings()
    trial = Alert("disk_full", "trial", "a message of trial: nothing is wrong", "none; it got through", "/")
    message = Message([trial], [], [], settings.ui_url)
    problems = []
    for name, send in channels_of(settings).items():
        try:
            send(message, datetime.now(UTC))
        except UserError as err:
            problems.append(str(err))
        else:
            say(f"{name}: sent")
    if problems:
        raise UserError("; ".join(problems))


@app.command("list")
def list_() -> None:
    """Print what is wrong now, each with its next step; exit code 1 when there is anything."""
    from cryptodrug_assets.commands.health import alerts_now
    from cryptodrug_assets.monitoring.messages import Message

    settings = Settings()
    found = alerts_now(settings)
    if not found:
        say("nothing is wrong")
        return
    say(Message(found, [], [], settings.ui_url).text, end="")
    raise typer.Exit(1)


@app.command()
def send() -> None:
    """Tell now what was not told yet, as the sensor does; for cron, where no daemon runs."""
    from cryptodrug_assets.commands.health import alerts_now
    from cryptodrug_assets.monitoring.channels import deliver

    settings = Settings()
    told_by, problems = deliver(settings, alerts_now(settings), datetime.now(UTC))
    say(f"told through {', '.join(told_by)}" if told_by else "nothing new to tell")
    if problems:
        raise UserError("; ".join(problems))
