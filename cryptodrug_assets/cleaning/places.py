"""Ships-from and ships-to statements in four languages as ISO 3166 countries, region tokens and exclusions.

Country names come from pycountry and its Dutch, French, German and Spanish translations, the rest from place_names.
Conventions: docs/methods/places.md. Counting of origins belongs to the indicators.
"""

import contextlib
import gettext
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from rapidfuzz.distance import OSA

from cryptodrug_assets.cleaning import place_names as names

_TOKEN = re.compile(r"[A-Za-z0-9]+|[()\[\];.\n,/|+&]")
_SPACED = re.compile(r"\b(?:[A-Za-z] ){4,}[A-Za-z]\b")
# "se/no/dk": a list of codes.
_CODES_ONLY = re.compile(r"[a-z]{2,3}(?: ?[/+,|&] ?[a-z]{2,3})+")
# Flags are pairs of letters of their own, from this one on.
_FLAG_A = 0x1F1E6
_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_CLOSING = frozenset(")];.\n")
_ENDING = _CLOSING | {"(", "["}
_LANGUAGES = ("nl", "fr", "de", "es")
_FILLER = frozenset(
    (
        "ships", "from", "shipping", "certain", "countries", "with", "versand", "livraison", "verzending", "mainland",
        "domestic", "stealth", "free", "also", "please", "contact", "ship", "send", "sending", "only",
    )
)  # fmt: skip

Phrases = dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]


# A misspelt name: the longer the word, the more letters may differ; "worldwide" is misspelt most and has no neighbours.
_TYPO_LENGTH, _LONG_TYPO_LENGTH = 6, 10
# Words up to this length that are no known place say nothing.
_SHORT = 3


@dataclass(frozen=True)
class Place:
    """A statement of places: sorted codes, excluded codes, kind, rule, and the words nothing is known about."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]
    kind: str
    rule_id: str
    unmapped: tuple[str, ...] = field(default=(), compare=False)


@lru_cache(maxsize=65536)
def parse_place(text: str | None) -> Place:
    """What a ships-from or ships-to text says.

    kind: country, region (one region token), worldwide, list (two or more places) or unknown. EU is not EUROPE; a city
    counts as its country; jokes and "Undeclared" are unknown. Words that name no place are ignored.
    """
    if not text or not text.strip():
        return Place((), (), "unknown", "empty")
    folded = _fold(text).strip()
    tokens = _TOKEN.findall(folded.upper() if _CODES_ONLY.fullmatch(folded) else folded)
    words = [token.lower() for token in tokens]
    statement = " ".join(word for word in words if word[0].isalnum())
    if statement in names.NOTHING:
        return Place((), (), "unknown", "no_statement")
    if statement in names.EVERYTHING:
        return _place(["WW"], (), ())
    return _Reader(tokens).read()


class _Reader:
    """Reads a statement from left to right: places, words that exclude or include, signs; each step says how many words
    it took, 0 for none."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.words = tokens, [token.lower() for token in tokens]
        self.include: list[tuple[str, ...]] = []
        self.exclude: list[tuple[str, ...]] = []
        self.unmapped: list[str] = []
        self.excluding = False
        self.switched_at = -1
        self._begin_clause()

    def read(self) -> Place:
        """What is included and excluded, and the words nothing is known about."""
        position = 0
        while position < len(self.words):
            if self.words[position][0].isalnum():
                position += self._place(position) or self._switch(position) or self._other(position)
            else:
                self._sign(position)
                position += 1
        return _place(chain(*self.include), chain(*self.exclude), self.unmapped)

    def _begin_clause(self) -> None:
        """The places from here on belong together; no word that may be a place as well stands behind the last one."""
        self.clause, self.blurred = len(self.include), False

    def _sign(self, position: int) -> None:
        """A closed bracket or sentence ends an exclusion; the point of an abbreviation does not."""
        word = self.words[position]
        if word not in _ENDING or (word == "." and position and _abbreviated(self.words[position - 1])):
            return
        if word in _CLOSING and not (word == ";" and _goes_on(self.words, position)):
            self.excluding = False
        self._begin_clause()

    def _place(self, position: int) -> int:
        span, codes = _longest(_place_phrases(), self.words, position)
        if span == 1 and (not _stands_as_code(self.tokens, position) or _is_german_from(self.tokens, position)):
            span = 0
        if not span and (code := _code_in_list(self.tokens, position)):
            span, codes = 1, (code,)
        if span:
            # "No USA, worldwide": the world is never what is excluded.
            self.excluding = self.excluding and codes != ("WW",)
            self._put(codes)
        return span

    def _put(self, codes: tuple[str, ...]) -> None:
        if codes:
            (self.exclude if self.excluding else self.include).append(codes)
        self.blurred = False

    def _switch(self, position: int) -> int:
        span, switch = _longest(_switch_phrases(), self.words, position)
        if span and switch == ("behind",) and self._ends_clause(position + span):
            number = 0 if self.blurred else _excluded_behind(self.include[self.clause :])
            taken = [self.include.pop() for _ in range(number)]
            # Of a country that is named itself, only a part was excluded.
            self.exclude += [codes for codes in taken if codes not in self.include]
            self.excluding = not number and not self.blurred
        elif span:
            # "not to": the second word of an exclusion does not end it.
            self.excluding = switch != ("include",) or (self.excluding and self.switched_at == position)
            if self.excluding and not self.include and position and self.words[position - 1] in names.EVERYTHING:
                self.include.append(("WW",))
            self.switched_at = position + span
            self._begin_clause()
        return span

    def _ends_clause(self, position: int) -> bool:
        """Whether nothing of a clause is left here: what excludes does so backwards."""
        if self.words[position : position + 1] == ["."] and _abbreviated(self.words[position - 1]):
            position += 1
        return position >= len(self.words) or self.words[position] in _ENDING | {","}

    def _other(self, position: int) -> int:
        """A word that is no known place: perhaps a misspelt one."""
        word = self.words[position]
        if word in _FILLER or word in names.JOINING:
            return 1
        meant = len(word) > _SHORT and not word.isdigit()
        codes = _misspelt(word) if meant else ()
        if codes:
            self._put(codes)
            return 1
        self.unmapped += [word] if meant else []
        self.blurred = True
        return 1


def parse_places(texts: Iterable[str]) -> Place:
    """The places of a list of statements together (a market may list destinations one by one)."""
    found = [parse_place(text) for text in texts]
    if len(found) == 1:
        return found[0]
    return _place(
        [code for place in found for code in place.include],
        [code for place in found for code in place.exclude],
        [word for place in found for word in place.unmapped],
    )


def _place(include: Iterable[str], exclude: Iterable[str], unmapped: Iterable[str]) -> Place:
    inside, outside = tuple(sorted(set(include))), tuple(sorted(set(exclude)))
    if not inside:
        kind = "unknown"
    elif inside == ("WW",):
        kind = "worldwide"
    elif len(inside) > 1:
        kind = "list"
    else:
        kind = "region" if inside[0] in names.REGIONS else "country"
    return Place(inside, outside, kind, f"{kind}_except" if outside else kind, tuple(unmapped))


def _excluded_behind(clause: list[tuple[str, ...]]) -> int:
    """How many of the last places of a clause are excluded by a word behind them: all, but never the world, nor a
    region or country that the last ones are part of."""
    number = 0
    for codes in reversed(clause):
        wider = len(codes) > 1 or codes[0] in names.REGIONS
        if codes == ("WW",) or (number and (wider or codes == clause[-1])):
            break
        number += 1
    return number


def _goes_on(words: list[str], position: int) -> bool:
    """Whether a semicolon stands within a list of places ("except: Japan; Singapore; UAE")."""
    if position + 1 >= len(words):
        return False
    span, codes = _longest(_place_phrases(), words, position + 1)
    return span > 0 and codes != ("WW",) and words[position + 1 + span : position + 2 + span] in ([], [";"])


def _abbreviated(word: str) -> bool:
    """Whether a point behind the word is no end of a sentence ("excl. US", "N. America")."""
    return len(word) <= 2 or word in ("excl", "incl", "exc", "inkl", "ausg", "uitgez")


@lru_cache(maxsize=4096)
def _misspelt(word: str) -> tuple[str, ...]:
    """Codes of the one known name a word is a misspelling of; empty when none or several. With five letters alone, a
    letter may be missing or two may be swapped: too many other words differ in one."""
    if len(word) < _TYPO_LENGTH - 1 or word in names.NO_TYPOS:
        return ()
    if word[0] == "w" and OSA.distance(word, "worldwide", score_cutoff=3) <= 3 and len(word) > _TYPO_LENGTH:
        return ("WW",)
    limit = 2 if len(word) >= _LONG_TYPO_LENGTH else 1
    near = [
        (OSA.distance(word, name, score_cutoff=limit), codes)
        for name, codes in _single_words()
        if len(word) >= _TYPO_LENGTH or len(name) == _TYPO_LENGTH or sorted(name) == sorted(word)
    ]
    closest = min((distance for distance, _ in near), default=limit + 1)
    found = {codes for distance, codes in near if distance == closest}
    return found.pop() if closest <= limit and len(found) == 1 else ()


def _stands_as_code(tokens: list[str], position: int) -> bool:
    """Whether a short word means a place; one that is also an everyday word must stand alone or in capitals."""
    word = tokens[position]
    if word.lower() not in names.WORD_CODES or word.isupper():
        return True
    before = tokens[position - 1] if position else ","
    after = tokens[position + 1] if position + 1 < len(tokens) else ","
    free_before = not before[0].isalnum() or _longest(_switch_phrases(), [before.lower()], 0)[0] == 1
    return free_before and not after[0].isalnum()


def _is_german_from(tokens: list[str], position: int) -> bool:
    """Whether "Aus" at the beginning is German for "from": a place follows straight, and not Australia's neighbour."""
    if tokens[position].lower() != "aus" or tokens[position].isupper() or position or len(tokens) < 2:
        return False
    span, codes = _longest(_place_phrases(), [token.lower() for token in tokens], 1)
    return span > 0 and codes not in (("NZ",), ("WW",))


def _code_in_list(tokens: list[str], position: int) -> str | None:
    """The country of an ISO code in capitals between separators ("SE/NO/DK"), whatever the word means elsewhere."""
    word = tokens[position]
    beside = (tokens[place] for place in (position - 1, position + 1) if 0 <= place < len(tokens))
    if not word.isupper() or any(token[0].isalnum() for token in beside):
        return None
    return None if len(tokens) == 1 and word in names.NO_LONE_CODES else _iso_codes().get(word)


@lru_cache
def _iso_codes() -> dict[str, str]:
    """Two- and three-letter codes of ISO 3166; NA is a missing value."""
    import pycountry

    codes = {code: country.alpha_2 for country in pycountry.countries for code in (country.alpha_2, country.alpha_3)}
    codes = names.OTHER_CODES | codes
    return {code: country for code, country in codes.items() if code not in names.NO_CODES}


def _longest(table: Phrases, words: list[str], position: int) -> tuple[int, tuple[str, ...]]:
    for phrase, value in table.get(words[position], ()):
        found = _match(phrase, words, position)
        if found:
            return found, value
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


def _flag(match: re.Match[str]) -> str:
    """The code that a flag stands for, set apart from the words around it."""
    return f" / {''.join(chr(ord(letter) - _FLAG_A + ord('A')) for letter in match.group())} / "


def _fold(text: str) -> str:
    """Plain letters: accents and ligatures taken apart, typographic variants normalised, double encoding undone."""
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
        folded = _fold(text).lower()
        # "Congo, the Democratic Republic of the": as it stands, and without its signs.
        for pattern in (r"[a-z0-9]+", r"[a-z0-9]+|[(),]"):
            phrase = tuple(re.findall(pattern, folded))
            if phrase:
                # The first entry of a phrase wins: aliases before the lists of all countries.
                table.setdefault(phrase[0], {}).setdefault(phrase, value)
    return {first: sorted(found.items(), key=lambda item: -len(item[0])) for first, found in table.items()}


@lru_cache
def _place_phrases() -> Phrases:
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
def _single_words() -> list[tuple[str, tuple[str, ...]]]:
    """Names of one word that are long enough to be recognised when misspelt."""
    return [
        (phrase[0], codes)
        for found in _place_phrases().values()
        for phrase, codes in found
        if len(phrase) == 1 and len(phrase[0]) >= _TYPO_LENGTH - 1
    ]


@lru_cache
def _switch_phrases() -> Phrases:
    entries = [(phrase, ("behind",)) for phrase in names.EXCLUDING_BEHIND]
    entries += [(phrase, ("exclude",)) for phrase in names.EXCLUDING]
    entries += [(phrase, ("include",)) for phrase in names.INCLUDING]
    return _phrases(entries)
