"""The names of places and the words around them as phrases to look up, folded to plain letters."""

import contextlib
import gettext
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from cryptodrug_assets.reference import place_names as names

Phrases = dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]
_LANGUAGES = ("nl", "fr", "de", "es")
_SPACED = re.compile(r"\b(?:[A-Za-z] ){4,}[A-Za-z]\b")
# Flags are pairs of letters of their own, from this one on.
_FLAG_A = 0x1F1E6
_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
# Names shorter than this by one and more are not recognised when misspelt.
TYPO_LENGTH = 6


def _flag(match: re.Match[str]) -> str:
    """The code that a flag stands for, set apart from the words around it."""
    return f" / {''.join(chr(ord(letter) - _FLAG_A + ord('A')) for letter in match.group())} / "


def fold(text: str) -> str:
    """Plain letters: accents and ligatures taken apart, typographic variants normalised, double encoding undone.

    >>> fold("Österreich & Zürich")
    'Osterreich & Zurich'
    """
    if "Ã" in text or "â€" in text:
        with contextlib.suppress(UnicodeError):
            text = text.encode("cp1252").decode("utf-8")
    text = _FLAGS.sub(_flag, text)
    text = _SPACED.sub(lambda match: match.group().replace(" ", ""), re.sub(r"(?<=[uU])\$(?=[aA])", "S", text))
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("æ", "ae"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _phrases(entries: Iterable[tuple[str, tuple[str, ...]]]) -> Phrases:
    table: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {}
    for text, value in entries:
        folded = fold(text).lower()
        # "Congo, the Democratic Republic of the": as it stands, and without its signs.
        for pattern in (r"[a-z0-9]+", r"[a-z0-9]+|[(),]"):
            phrase = tuple(re.findall(pattern, folded))
            if phrase:
                # The first entry of a phrase wins: aliases before the lists of all countries.
                table.setdefault(phrase[0], {}).setdefault(phrase, value)
    return {first: sorted(found.items(), key=lambda item: -len(item[0])) for first, found in table.items()}


@lru_cache
def place_phrases() -> Phrases:
    import pycountry

    entries: list[tuple[str, tuple[str, ...]]] = [(phrase, ()) for phrase in names.WITHOUT_PLACE]
    for group in (names.REGION_ALIASES, names.COUNTRY_ALIASES, names.CITIES):
        entries += [(alias, (code,)) for code, aliases in group.items() for alias in aliases.split(",")]
    entries += [(alias, codes) for codes, aliases in names.GROUPS.items() for alias in aliases.split(",")]
    translations = [gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[lang]) for lang in _LANGUAGES]
    for country in pycountry.countries:
        official = getattr(country, "official_name", country.name)
        common = getattr(country, "common_name", country.name)
        english = (country.name, official, common, country.name.split(",")[0])
        for text in dict.fromkeys(english):
            entries.append((text, (country.alpha_2,)))
            entries += [(tongue.gettext(text), (country.alpha_2,)) for tongue in translations]
    return _phrases(entries)


@lru_cache
def single_words() -> list[tuple[str, tuple[str, ...]]]:
    """Names of one word that are long enough to be recognised when misspelt."""
    return [
        (phrase[0], codes)
        for found in place_phrases().values()
        for phrase, codes in found
        if len(phrase) == 1 and len(phrase[0]) >= TYPO_LENGTH - 1
    ]


@lru_cache
def switch_phrases() -> Phrases:
    entries = [(phrase, ("behind",)) for phrase in names.EXCLUDING_BEHIND]
    entries += [(phrase, ("exclude",)) for phrase in names.EXCLUDING]
    entries += [(phrase, ("include",)) for phrase in names.INCLUDING]
    return _phrases(entries)


def longest_phrase(table: Phrases, words: list[str], position: int) -> tuple[int, tuple[str, ...]]:
    for phrase, value in table.get(words[position], ()):
        match = _match(phrase, words, position)
        if match:
            return match, value
    return 0, ()


def _match(phrase: tuple[str, ...], words: list[str], position: int) -> int:
    """Number of tokens a phrase takes from here; points and ampersands inside a name ("U.S.A.") are passed over."""
    place = position
    for number, part in enumerate(phrase):
        while number and place < len(words) and words[place] in (".", "&") and words[place] != part:
            place += 1
        if number and part == "and" and words[place - 1] == "&":
            continue
        if place >= len(words) or words[place] != part:
            return 0
        place += 1
    return place - position
