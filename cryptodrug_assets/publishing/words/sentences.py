"""Sentences in gettext catalogues: contains their reading, in memory, from the .po files in locale/.

English is the language of the source: a sentence stands in the code as it is read, and a catalogue holds its Dutch or
French. What is missing there is an error, never English.
"""

import ast
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.languages import SOURCE

if TYPE_CHECKING:
    from babel.messages import Catalog

_CALLS = ("say", "say_n")


@lru_cache(maxsize=4)
def catalogue(language: str) -> "Catalog":
    """The sentences of a language, of all its files; UserError when there is none or one is damaged."""
    from babel.messages import Catalog
    from babel.messages.pofile import PoFileError, read_po

    place = f"locale/{language}/LC_MESSAGES"
    folder = files(__package__).joinpath(place)
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".po")) if folder.is_dir() else []
    if not found:
        raise UserError(f"no catalogue in publishing/words/{place}; copy those of another language and translate them")
    whole = Catalog(locale=language)
    for name in found:
        try:
            part = read_po(BytesIO(folder.joinpath(name).read_bytes()), locale=language, abort_invalid=True)
        except (PoFileError, ValueError) as err:
            raise UserError(f"{place}/{name} is damaged: {err}; mend it at that line") from err
        for message in part:
            if message.id:
                whole[message.id] = message
    return whole


def translation(sentence: str, language: str, number: int | None = None, plural: str = "") -> str:
    """A sentence in a language, or of its two forms the one for a number; UserError where the catalogue lacks it.

    >>> translation("Contents", "nl")
    'Inhoud'
    """
    if language == SOURCE:
        return sentence if number is None or number == 1 else plural
    message = catalogue(language).get(sentence)
    text = message.string if message is not None and not message.fuzzy else ""
    if number is not None and isinstance(text, list | tuple):
        text = text[int(_plural(language, number))] if all(text) else ""
    if not isinstance(text, str) or not text:
        raise UserError(f"no {language} of “{sentence[:60]}”; add it to publishing/words/locale/{language}")
    return text


def is_translated(sentence: str, language: str) -> bool:
    """Whether a language has a sentence; its own source always does.

    >>> is_translated("Contents", "fr"), is_translated("Contents of a jar", "fr")
    (True, False)
    """
    if language == SOURCE:
        return True
    message = catalogue(language).get(sentence)
    return message is not None and bool(message.string) and not message.fuzzy


def _plural(language: str, number: int) -> bool:
    """Whether a number takes the plural, by the rules of the language: in French from two, in Dutch all but one."""
    from babel import Locale

    return str(Locale.parse(language).plural_form(number)) != "one"


def spoken(folder: Path) -> Iterator[tuple[str, str]]:
    """Every sentence of the source and the place it stands: first arguments of `say` and `say_n` that are literal."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            for argument in node.args[: 1 if node.func.attr in _CALLS else 0]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value, f"{path.relative_to(folder)}:{node.lineno}"
