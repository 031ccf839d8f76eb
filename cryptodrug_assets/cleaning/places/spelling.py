"""Names of places and words of exclusion that are misspelt or written without blanks."""

from functools import lru_cache

from rapidfuzz.distance import OSA

from cryptodrug_assets.cleaning.places.ordinary_words import ORDINARY
from cryptodrug_assets.cleaning.places.phrases import TYPO_LENGTH, place_phrases, single_words, switch_phrases
from cryptodrug_assets.reference import place_names as names

# A misspelt name: the longer the word, the more letters may differ; "worldwide" is misspelt most and has no neighbours.
_LONG_TYPO_LENGTH = 10
# Names and codes up to this length are found in glued words only with a longer one.
_SHORT = 3
# Codes that may be part of glued words.
_GLUED_CODES = ("uk", "us", "usa", "eu", "gb", "uae", "nz", "ww")


@lru_cache(maxsize=4096)
def misspelt(word: str) -> tuple[str, ...]:
    """Codes of the one known name a word is a misspelling of; empty when none or several, or for an ordinary word.

    >>> misspelt("netherlnads"), misspelt("banana")
    (('NL',), ())
    """
    return () if word in ORDINARY else near_name(word)


def near_name(word: str) -> tuple[str, ...]:
    """Codes of the one known name that is as near as a misspelling. With five letters alone, a letter may be missing or
    two may be swapped: too many other words differ in one."""
    if len(word) < TYPO_LENGTH - 1 or word in names.NO_TYPOS:
        return ()
    if word[0] == "w" and OSA.distance(word, "worldwide", score_cutoff=3) <= 3 and len(word) > TYPO_LENGTH:
        return ("WW",)
    limit = 2 if len(word) >= _LONG_TYPO_LENGTH else 1
    near = [
        (OSA.distance(word, name, score_cutoff=limit), codes)
        for name, codes in single_words()
        if len(word) >= TYPO_LENGTH or len(name) == TYPO_LENGTH or sorted(name) == sorted(word)
    ]
    closest = min((distance for distance, _ in near), default=limit + 1)
    candidates = {codes for distance, codes in near if distance == closest}
    return candidates.pop() if closest <= limit and len(candidates) == 1 else ()


@lru_cache(maxsize=4096)
def misspelt_switch(word: str) -> bool:
    """Whether a word is a misspelt word of exclusion."""
    if len(word) < TYPO_LENGTH - 1 or word in names.NO_TYPOS_OF_EXCLUDING or word in switch_words():
        return False
    return any(OSA.distance(word, meant, score_cutoff=1) <= 1 for meant in names.EXCLUDING_MISSPELT)


@lru_cache
def switch_words() -> frozenset[str]:
    return frozenset(phrase[0] for found in switch_phrases().values() for phrase, _ in found if len(phrase) == 1)


@lru_cache(maxsize=4096)
def glued(token: str) -> tuple[str, ...]:
    """The words of a token that was written without blanks ("UKandIreland", "TheNetherlands"): all of them known, one a
    name; nothing where the token is no such thing.

    >>> glued("TheNetherlands")
    ('the', 'netherlands')
    """
    word = token.lower()
    if len(word) < TYPO_LENGTH or word in ORDINARY or not word.isalpha():
        return ()
    pieces = _pieces()
    alone = word.removesuffix("only")
    if alone != word and alone in pieces and (len(alone) > _SHORT or token[: len(alone)].isupper()):
        return (*(part.upper() if part in _GLUED_CODES else part for part in pieces[alone]), "only")
    best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for begin in range(end):
            before, words = best[begin], pieces.get(word[begin:end])
            if before is None or words is None or (words[0] in _GLUED_CODES and begin and end < len(word)):
                # Codes stand at either end only.
                continue
            split = (*before, *words)
            if best[end] is None or len(split) < len(best[end] or ()):
                best[end] = split
    parts = best[-1] or ()
    others = names.JOINING | switch_words()
    named = any(len(part) > _SHORT + 1 and part not in others for part in parts)
    codes = token != word and sum(part in _GLUED_CODES for part in parts) > 1
    if len(parts) < 2 or parts[-1] in others or not (named or codes):
        return ()
    return tuple(part.upper() if part in _GLUED_CODES else part for part in parts)


@lru_cache
def _pieces() -> dict[str, tuple[str, ...]]:
    """What glued words are made of: names, a few codes, words that join or exclude."""
    found = {"".join(phrase): phrase for entries in place_phrases().values() for phrase, codes in entries
             if codes and all(part.isalpha() for part in phrase) and len("".join(phrase)) > _SHORT}  # fmt: skip
    found |= {word: (word,) for word in ("and", "und", "et", "the", "except", "excluding", "only", *_GLUED_CODES)}
    return found
