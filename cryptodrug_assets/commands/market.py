"""`cryptodrug market`: files of a new market, what its parser makes of pages, and whether it is observed here."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError

app = typer.Typer(help="Markets: write a new one, try its parser on saved pages, observe it.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the market: small letters, digits and _.")]


@app.command()
def new(
    name: Name,
    first: Annotated[str, typer.Option("--from", help="First month of its window (YYYY-MM).")],
    last: Annotated[str | None, typer.Option("--to", help="Last month; the first one when not given.")] = None,
    label: Annotated[str | None, typer.Option("--label", help="As people call it, such as 'Agora Market'.")] = None,
    tables: Annotated[
        bool, typer.Option("--tables", help="Of the market there are data sets alone: no parser, no pages.")
    ] = False,
) -> None:
    """Write the files of a market: parser, YAML, categories and test, which work on a made-up page.

    It is not observed until `cryptodrug market enable`. Nothing is written over. See docs/add-a-market.md.
    """
    from cryptodrug_assets.installation import repository
    from cryptodrug_assets.markets.scaffold import scaffold, write_new
    from cryptodrug_assets.observation import market_configs, unobserved_markets

    root = repository("a market is written")
    if name in market_configs() or name in unobserved_markets():
        raise UserError(f"there is a market '{name}' already; choose another name")
    shown = label or f"{name.replace('_', ' ').title()} Market"
    for path in write_new(root, scaffold(name, shown, first, last or first, tables=tables)):
        say(path.relative_to(root))
    if tables:
        say(
            f"next: `cryptodrug market enable {name}`, write its categories, and import a data set with"
            f" `cryptodrug import-table --market {name} --mapping FILE PATH`"
        )
        return
    say(f"next: change the selectors to those of its pages, and look with `cryptodrug market try {name} PAGES...`")


@app.command("try")
def try_pages(
    name: Name,
    pages: Annotated[list[Path], typer.Argument(help="Saved pages (HTML), or folders of them.")],
    output: Annotated[Path | None, typer.Option("--output", help="HTML file to write; in the home by default.")] = None,
    captured_at: Annotated[
        datetime | None, typer.Option("--captured-at", help="When the pages were captured (UTC); dates ages.")
    ] = None,
) -> None:
    """Read saved pages and show each beside what was read of it, with kinds, fill rates and unread labels.

    One HTML page that asks for nothing. It holds verbatim text: keep it where captures are kept.
    """
    from cryptodrug_assets.markets import get_market, reading
    from cryptodrug_assets.markets.trial import Tried, trial_page
    from cryptodrug_assets.settings import Settings

    market = get_market(name)
    moment = captured_at.replace(tzinfo=UTC) if captured_at is not None else None
    tried = []
    for path in _files(pages):
        try:
            body = path.read_bytes()
        except OSError as err:
            raise UserError(f"{path} cannot be read: {err.strerror}; name saved pages or folders of them") from err
        page = reading.parse(market, body, url=f"http://saved.page/{path.name}", captured_at=moment)
        tried.append(Tried(path.name, body, page))
    target = output or Settings().home / "tried" / f"{name}.html"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(trial_page(name, tried), "utf-8")
    except OSError as err:
        raise UserError(f"{target} cannot be written: {err.strerror}; choose another place with --output") from err
    say(target)


def _files(pages: list[Path]) -> list[Path]:
    """The pages named, and those in the folders named; UserError when there is none."""
    found = [file for path in pages for file in (sorted(path.rglob("*.htm*")) if path.is_dir() else [path])]
    if not found:
        raise UserError("there is no saved page (*.html) in what was named; name a file, or a folder that holds some")
    return found


@app.command()
def enable(name: Name) -> None:
    """Make a market that ships unobserved one of this installation: copies its YAML from data_contracts/markets/more.

    Set its window in the copy. Without it no month of the market is requested, shown or counted.
    """
    from cryptodrug_assets.installation import repository
    from cryptodrug_assets.markets.scaffold import write_new
    from cryptodrug_assets.observation import MORE_MARKETS_DIR, file_text, market_configs, unobserved_markets

    root = repository("a market is made observed")
    if name in market_configs():
        raise UserError(f"{name} is observed already (data_contracts/markets/{name}.yaml)")
    if name not in unobserved_markets():
        known = ", ".join(unobserved_markets()) or "none is left"
        raise UserError(
            f"there is no market '{name}' to observe; there are: {known}. `cryptodrug market new` writes one"
        )
    text = file_text(MORE_MARKETS_DIR / f"{name}.yaml", f"markets/more/{name}.yaml")
    path = f"data_contracts/markets/{name}.yaml"
    write_new(root, {path: text.partition("\n")[2] if text.startswith("#") else text})
    say(f"{path}: set its window, then import its pages with `cryptodrug import-archive --market {name}`")
