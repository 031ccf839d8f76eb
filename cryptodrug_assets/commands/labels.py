"""`cryptodrug labels`: what of the words is missing in one of the languages."""

import typer

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import say
from cryptodrug_assets.languages import listed

app = typer.Typer(no_args_is_help=True, help=f"Words of what is published, in {listed()}.")


@app.callback()
def labels() -> None:
    """Words of what is published, in every language."""


@app.command("missing")
def missing() -> None:
    """List codes and sentences without words in one of the languages; exit code 1 when there are any."""
    from cryptodrug_assets.publishing.extra import require_publish

    require_publish()
    from cryptodrug_assets.publishing.words.missing import missing as without_words

    lines = without_words()
    for line in lines:
        say(line)
    if lines:
        raise UserError(f"{len(lines)} words are missing; nothing can be published before they are added")
    say(f"no words are missing: every code and sentence is there in {listed()}")
