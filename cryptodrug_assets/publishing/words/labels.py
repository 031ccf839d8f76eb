"""Labels of codes by kind (market, ref_area, drug_class, …): contains the loader of labels.yaml and its neighbours.

Indicators and units come from indicators/metadata, markets from their files, countries from Babel: one place for each.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.languages import LANGUAGES
from cryptodrug_assets.reference.regions import MORE_COUNTRIES
from cryptodrug_assets.yaml_text import safe_load

Label = Mapping[str, Any]


@lru_cache(maxsize=1)
def document() -> Mapping[str, Mapping[str, Label]]:
    """labels.yaml as it stands; UserError when it is not YAML or not {kind: {code: {en, nl, fr}}}."""
    try:
        content = safe_load(files(__package__).joinpath("labels.yaml").read_text("utf-8"))
    except yaml.YAMLError as err:
        raise UserError(f"labels.yaml is not YAML: {' '.join(str(err).split())}; mend it at that line") from err
    if not isinstance(content, dict) or not all(isinstance(entries, dict) for entries in content.values()):
        raise UserError("labels.yaml is not a list of codes by kind; write `kind: {code: {en: …, nl: …, fr: …}}`")
    return content


@lru_cache(maxsize=1)
def country_codes() -> tuple[str, ...]:
    """Every code a country may have, sorted."""
    import pycountry

    return tuple(sorted({*(country.alpha_2 for country in pycountry.countries), *MORE_COUNTRIES}))


@lru_cache(maxsize=1)
def markets() -> Mapping[str, str]:
    """Names of the markets by their code, those that can be read and are not observed included."""
    from cryptodrug_assets.observation import MORE_MARKETS_DIR, market_configs

    both = {**market_configs(MORE_MARKETS_DIR), **market_configs()}
    return {name: both[name].label for name in sorted(both)}


def label(kind: str, code: str, language: str, part: str = "") -> str:
    """The label of a code; with `part` "means" what it means. UserError for an unknown code or a missing label.

    >>> label("drug_class", "cocaine", "nl"), label("ref_area", "BE", "fr"), label("market", "dream", "fr")
    ('Cocaïne', 'Belgique', 'Dream Market')
    >>> label("drug_class", "soma", "nl")
    Traceback (most recent call last):
    ...
    cryptodrug_assets.errors.UserError: drug_class has no code soma; add it to publishing/words/labels.yaml
    """
    entry = document().get(kind, {}).get(code)
    if entry is None:
        text = _ELSEWHERE[kind](code, language) if kind in _ELSEWHERE else None
        if text is None:
            raise UserError(f"{kind} has no code {code}; add it to publishing/words/labels.yaml")
        return text
    text = (entry.get(part) or {}).get(language) if part else entry.get(language)
    if not text:
        raise UserError(f"{kind} {code} has no {part or 'label'} in {language}; add it to publishing/words/labels.yaml")
    return str(text)


def native_names() -> dict[str, str]:
    """Each language by its own name."""
    from babel import Locale

    return {code: str(Locale.parse(code).get_display_name(code)) for code in LANGUAGES}


def codes(kind: str) -> tuple[str, ...]:
    """Every code of a kind, in the order of the file; those that stand elsewhere behind them, sorted."""
    more: Mapping[str, Callable[[], tuple[str, ...]]] = {"ref_area": country_codes, "market": lambda: tuple(markets())}
    named = tuple(document().get(kind, {}))
    return (*named, *(code for code in more[kind]() if code not in named)) if kind in more else named


def _country(code: str, language: str) -> str | None:
    from babel import Locale

    name = Locale.parse(LANGUAGES[language].locale).territories.get(code) if code in country_codes() else None
    return str(name) if name else None


def _market(code: str, language: str) -> str | None:
    """A market's name is a proper name: the same in every language."""
    return markets().get(code)


def _unit(code: str, language: str) -> str | None:
    from cryptodrug_assets.indicators.catalogue import word, words

    return word("units", code, language) if code in words()["units"] else None


_ELSEWHERE: Mapping[str, Callable[[str, str], str | None]] = {
    "ref_area": _country, "market": _market, "unit_measure": _unit,
}  # fmt: skip
