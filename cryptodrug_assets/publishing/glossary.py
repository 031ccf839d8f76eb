"""The field's terms in English, Dutch and French: contains the loader of glossary.yaml and its page.

Keep out: labels of indicators (they are metadata of their family) and any text of the report.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.languages import LANGUAGES, TRANSLATED
from cryptodrug_assets.yaml_text import safe_load

GLOSSARY_FILE = Path(__file__).with_name("glossary.yaml")

_SECTIONS = {
    "market": "On the market",
    "capture": "Captures and time",
    "measurement": "Measurement",
    "disclosure": "Persons, disclosure, publication",
    "quality": "Quality and evidence",
    "drugs": "Drugs",
}
_INTRODUCTION = """# Glossary

The field's terms in English (EN), Dutch (NL) and French (FR). Belgian usage comes first, then that of the EUDA, of
Trimbos and of the OFDT. Where these bodies leave a term in English, so does this list. The data are
`cryptodrug_assets/publishing/glossary.yaml`; this page is made by `make docs`. Names in code: [naming](naming.md).
"""


@dataclass(frozen=True)
class Term:
    """A term of the field: its words and meanings by language, and the near synonyms that are not used."""

    id: str
    section: str
    words: dict[str, str]
    meanings: dict[str, str]
    avoid: tuple[str, ...] = ()


@lru_cache(maxsize=8)
def glossary(path: Path = GLOSSARY_FILE) -> tuple[Term, ...]:
    """All terms in the order of the file.

    Raises UserError naming the file and the term when a language, a meaning or a section is missing or unknown.

    >>> {term.id: term.words["nl"] for term in glossary()}["cryptomarket"]
    'cryptomarkt'
    """

    document: list[dict[str, Any]] = safe_load(path.read_text("utf-8"))
    terms = [_term(entry, part["section"], path) for part in document for entry in part["terms"]]
    if len({term.id for term in terms}) != len(terms):
        raise UserError(f"{path.name}: an id stands twice; every term needs its own")
    return tuple(terms)


def _term(entry: dict[str, Any], section: str, path: Path) -> Term:
    name = entry.get("id", "a term without an id")
    if section not in _SECTIONS:
        raise UserError(f"{path.name}: section '{section}' of {name} is none of {', '.join(_SECTIONS)}")
    unknown = entry.keys() - {"id", "avoid", *LANGUAGES}
    if unknown or any(not (entry.get(language) or {}).get(key) for language in LANGUAGES for key in ("term", "means")):
        raise UserError(f"{path.name}: {name} needs term and means in each of {', '.join(LANGUAGES)}, and nothing else")
    words, meanings = ({language: entry[language][key] for language in LANGUAGES} for key in ("term", "means"))
    return Term(name, section, words, meanings, tuple(entry.get("avoid", ())))


def glossary_page(terms: Sequence[Term]) -> str:
    """docs/glossary.md: a table of words per section, then their meanings in the three languages."""
    parts = [_INTRODUCTION]
    for section, heading in _SECTIONS.items():
        rows = [term for term in terms if term.section == section]
        parts.append(f"\n## {heading}\n\n| EN | NL | FR | not |\n|-|-|-|-|\n")
        parts.extend(
            f"| {term.words['en']} | {term.words['nl']} | {term.words['fr']} | {', '.join(term.avoid)} |\n"
            for term in rows
        )
        for term in rows:
            parts.append(f"\n**{term.words['en']}.** {term.meanings['en']}\n")
            parts.extend(f"*{language.upper()}* {term.meanings[language]}\n" for language in TRANSLATED)
    return "".join(parts)
