"""The languages of what is published. A leaf: every place that keeps words reads it.

A further language is a line here and its words, wherever `cryptodrug labels missing` says that they lack
(docs/add-a-language.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass

#: The language of the source: sentences stand in the code in it.
SOURCE = "en"


@dataclass(frozen=True)
class Language:
    """A language: its English name, the locale of numbers, dates and countries, its code in the EU's authorities."""

    english: str
    locale: str
    authority: str


#: By their codes (ISO 639-1), in the order in which they stand beside each other.
LANGUAGES: Mapping[str, Language] = {
    "en": Language("English", "en_GB", "ENG"),
    "nl": Language("Dutch", "nl_BE", "NLD"),
    "fr": Language("French", "fr_BE", "FRA"),
}
#: Those that sentences and labels are translated to.
TRANSLATED = tuple(code for code in LANGUAGES if code != SOURCE)


def listed() -> str:
    """The languages as a sentence names them: "Dutch, French and English"."""
    *others, last = [LANGUAGES[code].english for code in (*TRANSLATED, SOURCE)]
    return f"{', '.join(others)} and {last}" if others else last
