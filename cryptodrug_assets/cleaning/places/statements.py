"""Ships-from and ships-to statements in four languages as ISO 3166 countries, region tokens and exclusions.

Contains the grammar. Country names come from pycountry and its Dutch, French, German and Spanish translations, the
rest from reference/place_names; phrases.py makes phrases of them, spelling.py reads misspelt and glued ones.
Keep out: counting of origins (indicators). Conventions: docs/methods/places.md.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from cryptodrug_assets.cleaning.places.phrases import fold, longest_phrase, place_phrases, switch_phrases
from cryptodrug_assets.cleaning.places.spelling import glued, misspelt, misspelt_switch, switch_words
from cryptodrug_assets.reference import place_names as names

_TOKEN = re.compile(r"[A-Za-z0-9]+|[()\[\];.\n,/|+&]")
# "se/no/dk": a list of codes.
_CODES_ONLY = re.compile(r"[a-z]{2,3}(?: ?[/+,|&] ?[a-z]{2,3})+")
_CLOSING = frozenset(")];.\n")
_ENDING = _CLOSING | {"(", "["}
_FILLER = frozenset(
    (
        "ships", "from", "shipping", "certain", "countries", "with", "versand", "livraison", "verzending", "mainland",
        "domestic", "stealth", "free", "also", "please", "contact", "ship", "send", "sending", "only",
    )
)  # fmt: skip


# Fields that state both where something comes from and where it goes.
_BOTH = (
    re.compile(
        r"(?:ships?\s+)?from\b\s*:?(?P<origin>.+?)[\s,;/|-]+(?:ships?\s+)?to\b\s*:?(?P<destination>.+)", re.I | re.S
    ),
    re.compile(r"(?P<origin>[^→>»]+?)\s*(?:[-=]+>|→|»|>)\s*(?P<destination>[^→>»]+)", re.S),
    re.compile(r"(?P<origin>[^|]+)\|(?P<destination>\s*(?:eu|europe|ww|world ?-?wide|international)\s*)", re.I),
)
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
    """What a ships-from or ships-to text says; any text has an answer, and none raises.

    `include` and `exclude` hold ISO 3166 alpha-2 codes and the tokens EU, EUROPE, ASIA, NORTH_AMERICA, SOUTH_AMERICA,
    OCEANIA, AFRICA and WW (the world). `kind` is country, region (one token), worldwide, list (two places or more) or
    unknown. EU is not EUROPE; a city counts as its country; jokes and "Undeclared" are unknown; words that name no
    place are ignored and kept in `unmapped`. Method: docs/methods/places.md.

    >>> parse_place("Belgium or the Netherlands").include
    ('BE', 'NL')
    >>> everywhere = parse_place("Worldwide except USA")
    >>> everywhere.include, everywhere.exclude, everywhere.kind
    (('WW',), ('US',), 'worldwide')
    >>> parse_place("the moon").kind
    'unknown'
    """
    if not text or not text.strip():
        return Place((), (), "unknown", "empty")
    folded = fold(text).strip()
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
        # Of a country that is named itself, only a part can be left out ("Germany except Bavaria").
        named = {codes for codes in self.include if len(codes) == 1 and codes[0] not in names.REGIONS}
        outside = [codes for codes in self.exclude if codes not in named]
        return _place(chain(*self.include), chain(*outside), self.unmapped)

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
        span, codes = longest_phrase(place_phrases(), self.words, position)
        if span == 1 and (not _stands_as_code(self.tokens, position) or _is_german_from(self.tokens, position)):
            span = 0
        if not span and (code := _code_in_list(self.tokens, position)):
            span, codes = 1, (code,)
        if span:
            # "No USA, worldwide": the world is never what is excluded.
            self.excluding = self.excluding and codes != ("WW",)
            part = " ".join(word for word in self.words[position : position + span] if word[0].isalnum())
            if self.excluding and part in names.PARTS_OF_REGIONS:
                # Not the whole region; what the part is made of where that is known.
                parts = names.PARTS_OF_REGIONS[part]
                self.unmapped += [] if parts else [part]
                self.exclude += [(code,) for code in parts]
                self.blurred = False
            else:
                self._put(codes)
        return span

    def _put(self, codes: tuple[str, ...]) -> None:
        if codes:
            (self.exclude if self.excluding else self.include).append(codes)
        self.blurred = False

    def _switch(self, position: int) -> int:
        span, switch = longest_phrase(switch_phrases(), self.words, position)
        if not span and misspelt_switch(self.words[position]):
            span, switch = 1, ("exclude",)
        if span and switch == ("behind",) and self._ends_clause(position + span):
            number = 0 if self.blurred else _excluded_behind(self.include[self.clause :])
            excluded = [self.include.pop() for _ in range(number)]
            # Of a country that is named itself, only a part was excluded.
            self.exclude += [codes for codes in excluded if codes not in self.include]
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
        parts = glued(self.tokens[position]) if meant else ()
        if parts:
            self.tokens[position : position + 1] = parts
            self.words[position : position + 1] = [part.lower() for part in parts]
            return self._place(position) or self._switch(position) or 1
        codes = misspelt(word) if meant else ()
        if codes and (self._alone(position) or not self._names_place()):
            self._put(codes)
            return 1
        self.unmapped += [word] if meant else []
        self.blurred = True
        return 1

    def _names_place(self) -> bool:
        """Whether some place is written as it should be."""
        return any(longest_phrase(place_phrases(), self.words, position)[1] for position in range(len(self.words)))

    def _alone(self, position: int) -> bool:
        """Whether a word is all that stands between two signs or words that exclude, include or join."""
        return all(
            not 0 <= beside < len(self.words)
            or not self.words[beside][0].isalnum()
            or self.words[beside] in names.JOINING
            or self.words[beside] in _FILLER
            or self.words[beside] in switch_words()
            or misspelt_switch(self.words[beside])
            for beside in (position - 1, position + 1)
        )


def sides(text: str | None) -> tuple[str | None, str | None]:
    """Origin and destination of a field that states both ("From: USA To: Worldwide", "EU -> WW", "NL|EU"); the whole
    text for each where it does not.

    >>> sides("From: USA To: Worldwide")
    ('USA', 'Worldwide')
    >>> sides("Belgium")
    ('Belgium', 'Belgium')
    """
    both = text and next((match for pattern in _BOTH if (match := pattern.fullmatch(text.strip()))), None)
    if not both:
        return text, text
    origin, destination = both["origin"].strip(), both["destination"].strip()
    both_read = parse_place(origin).include and parse_place(destination).include
    return (origin, destination) if both_read else (text, text)


def parse_places(texts: Iterable[str]) -> Place:
    """The places of a list of statements together (a market may list destinations one by one).

    >>> parse_places(["Germany", "Austria"]).include
    ('AT', 'DE')
    """
    statements = [parse_place(text) for text in texts]
    if len(statements) == 1:
        return statements[0]
    return _place(
        [code for place in statements for code in place.include],
        [code for place in statements for code in place.exclude],
        [word for place in statements for word in place.unmapped],
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
    span, codes = longest_phrase(place_phrases(), words, position + 1)
    return span > 0 and codes != ("WW",) and words[position + 1 + span : position + 2 + span] in ([], [";"])


def _abbreviated(word: str) -> bool:
    """Whether a point behind the word is no end of a sentence ("excl. US", "N. America")."""
    return len(word) <= 2 or word in ("excl", "incl", "exc", "inkl", "ausg", "uitgez")


def _stands_as_code(tokens: list[str], position: int) -> bool:
    """Whether a short word means a place; one that is also an everyday word must stand alone or in capitals."""
    word = tokens[position]
    if word.lower() not in names.WORD_CODES or word.isupper():
        return True
    before = tokens[position - 1] if position else ","
    after = tokens[position + 1] if position + 1 < len(tokens) else ","
    free_before = not before[0].isalnum() or longest_phrase(switch_phrases(), [before.lower()], 0)[0] == 1
    return free_before and not after[0].isalnum()


def _is_german_from(tokens: list[str], position: int) -> bool:
    """Whether "Aus" at the beginning is German for "from": a place follows straight, and not Australia's neighbour."""
    if tokens[position].lower() != "aus" or tokens[position].isupper() or position or len(tokens) < 2:
        return False
    span, codes = longest_phrase(place_phrases(), [token.lower() for token in tokens], 1)
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
