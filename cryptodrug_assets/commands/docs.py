"""`cryptodrug docs`: the pages of docs/ that are made from the code, so that they cannot say anything else.

Contains the pages of commands and settings. Keep out: the data dictionary (contracts docs) and the gallery of parsers
(replica gallery), which have commands of their own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.settings import Settings

_COMMANDS = """# Commands

Every command with its arguments and options, as `--help` shows them. Made by `make docs`. Errors are one line on
stderr. Exit code 0: done; 1: the work failed; 2: wrong use, or an obstacle that the line names; 130: interrupted.
"""
_SETTINGS = """# Settings

Environment variables, or the same names in lower case without the prefix in `cryptodrug.toml`
(another path: `CRYPTODRUG_CONFIG`). The environment wins. A home may hold a `cryptodrug.toml` of its own, which says
what it is made of; both win over that. Made by `make docs`.

| variable | default | meaning |
|-|-|-|
"""


def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a page is out of date.")] = False,
    out: Annotated[Path, typer.Option("--out", help="Folder of the documentation.")] = Path("docs"),
) -> None:
    """Write the pages made from the code: commands, settings, glossary."""
    stale = [
        name for name, text in pages().items() if not (out / name).is_file() or (out / name).read_text("utf-8") != text
    ]
    if check:
        for name in stale:
            say(f"{out / name} is out of date; run `cryptodrug docs`")
        if stale:
            raise typer.Exit(1)
        say(f"{len(pages())} pages are up to date")
        return
    for name, text in pages().items():
        (out / name).write_text(text, "utf-8")
        say(f"wrote {out / name}")


def pages() -> dict[str, str]:
    """The generated pages by file name."""
    from cryptodrug_assets.publishing.glossary import glossary, glossary_page

    return {"commands.md": commands_page(), "settings.md": settings_page(), "glossary.md": glossary_page(glossary())}


def settings_page() -> str:
    """Every setting with its default and meaning, as Markdown.

    >>> "| `CRYPTODRUG_HOME` | `data` |" in settings_page()
    True
    """
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        rows.append(f"| `CRYPTODRUG_{name.upper()}` | {default} | {field.description} |\n")
    return _SETTINGS + "".join(rows)


def commands_page() -> str:
    """Every command with its help, arguments and options, as Markdown."""
    parts = [_COMMANDS]
    for path, command in commands():
        parts.append(f"\n## cryptodrug {path}\n\n{_sentences(command.help)}\n")
        context = command.context_class(command, info_name=path)
        records = [parameter.get_help_record(context) for parameter in command.params]
        rows = [f"| `{_cell(name)}` | {_cell(meaning)} |\n" for name, meaning in filter(None, records)]
        if rows:
            parts.append("\n| argument | meaning |\n|-|-|\n" + "".join(rows))
    return "".join(parts)


def commands() -> Iterator[tuple[str, Any]]:
    """(words after `cryptodrug`, click command) of every command, in the order of the help."""
    from cryptodrug_assets.commands.app import app

    def below(command: Any, path: str) -> Iterator[tuple[str, Any]]:
        for name, child in getattr(command, "commands", {}).items():
            words = f"{path} {name}".strip()
            if getattr(child, "commands", None):
                yield from below(child, words)
            else:
                yield words, child

    yield from below(typer.main.get_command(app), "")


def _sentences(text: str | None) -> str:
    """A docstring without the breaks of its lines; paragraphs stay."""
    return "\n\n".join(" ".join(part.split()) for part in (text or "").strip().split("\n\n"))


def _cell(text: str) -> str:
    """Text of a cell: on one line, with its bars escaped; angle brackets are no HTML."""
    return " ".join(text.split()).replace("|", "\\|")
