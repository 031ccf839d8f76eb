"""Methods as codes: contains the reading of methods.yaml, from the text in a table to its code and sentence."""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.languages import LANGUAGES
from cryptodrug_assets.yaml_text import safe_load

_PLACE = "publishing/words/methods.yaml"


@dataclass(frozen=True)
class Method:
    """A method: its code, the texts that mean it, whether it says why a value is missing, and its sentences."""

    code: str
    texts: re.Pattern[str]
    missing: bool
    cannot_exist: bool
    sentences: dict[str, str]


@lru_cache(maxsize=1)
def methods() -> dict[str, Method]:
    """Every method by its code, in the order of the file; UserError naming the method that is not whole."""
    content = safe_load(files(__package__).joinpath("methods.yaml").read_text("utf-8"))
    found = {}
    for code, entry in content.items():
        try:
            pattern = re.compile(entry["texts"])
        except (KeyError, TypeError, re.error) as err:
            raise UserError(f"method {code} has no texts that can be read ({err}); mend it in {_PLACE}") from err
        said = {language: entry[language] for language in LANGUAGES if entry.get(language)}
        found[code] = Method(code, pattern, bool(entry.get("missing")), bool(entry.get("cannot_exist")), said)
    return found


@lru_cache(maxsize=4096)
def method_of(text: str) -> Method:
    """The method that a text in a table means; UserError where none, or more than one does.

    >>> method_of("proportion of vendors; Wilson 95 %").code
    'WILSON'
    >>> method_of("not computable: prices beside sales are rounded").cannot_exist
    True
    """
    matching = [method for method in methods().values() if method.texts.fullmatch(text)]
    if len(matching) == 1:
        return matching[0]
    which = " and ".join(method.code for method in matching)
    raise UserError(
        f"the method “{text}” has {f'two codes, {which}' if matching else 'no code'}; give it one in {_PLACE}"
    )


def sentence(code: str, language: str) -> str:
    """The sentence of a method; UserError for an unknown code or a missing sentence."""
    method = methods().get(code)
    if method is None:
        raise UserError(f"there is no method {code}; add it to {_PLACE}")
    if language not in method.sentences:
        raise UserError(f"method {code} has no sentence in {language}; add it to {_PLACE}")
    return method.sentences[language]
