"""Which characters a text must hold for a regular expression to match: checking them first saves most searches.

A pattern that needs an "x" cannot match a text without one. The characters that a pattern needs are derived from its
syntax tree; where nothing is certain, nothing is required. Results are the same as without it (test).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cryptodrug_assets.private_re import codes, syntax_tree

# Any decimal digit of any script, as \d understands it.
DIGIT = "\x00"
Needs = tuple[frozenset[str], ...]
# So many ways of matching are told apart; more cost more than they save.
_MOST_WAYS = 8
_DIGITS = frozenset("0123456789")


def held(text: str) -> frozenset[str]:
    """The characters of a text, and DIGIT when one of them is a digit."""
    signs = frozenset(text)
    digits = signs & _DIGITS if text.isascii() else any(map(str.isdecimal, signs))
    return signs | {DIGIT} if digits else signs


def needs(pattern: str) -> Needs:
    """The ways in which a pattern can match: each a set of characters that the text then holds."""
    found = _sequence(syntax_tree(pattern))
    return _without_covered(found)


def can_match(ways: Needs, signs: frozenset[str]) -> bool:
    r"""Whether a text with these characters may hold a match.

    >>> ways = needs(r"\d+ ?x")
    >>> can_match(ways, held("5 x")), can_match(ways, held("five"))
    (True, False)
    """
    for way in ways:  # noqa: SIM110 - several times faster than any() here
        if way <= signs:
            return True
    return False


class GuardedPatterns:
    """Patterns with what each becomes, put to a text one after the other, those that cannot match left out."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._pairs: list[tuple[Needs, Callable[[str, str], str], str]] = [
            (needs(pattern), re.compile(pattern).sub, becomes) for pattern, becomes in pairs
        ]

    def rewrite(self, text: str) -> str:
        """The text after all replacements in order."""
        signs = held(text)
        for ways, sub, becomes in self._pairs:
            # can_match, without the call: this is the innermost loop over all titles.
            for way in ways:
                if way <= signs:
                    changed = sub(becomes, text)
                    if changed != text:
                        text, signs = changed, held(changed)
                    break
        return text


def _sequence(tokens: Iterable[tuple[object, Any]]) -> list[frozenset[str]]:
    """Ways to match one token after the other."""
    ways = [frozenset[str]()]
    for token in tokens:
        options = list(_token(*token))
        if len(ways) * len(options) > _MOST_WAYS:
            options = [frozenset.intersection(*options)]
        ways = [way | option for way in ways for option in options]
    return ways


def _token(code: object, value: Any) -> Iterator[frozenset[str]]:
    """Ways to match one token of the syntax tree; a set that asks for nothing where that is not known."""
    if code is codes.LITERAL:
        yield frozenset((chr(value),))
    elif code is codes.IN:
        yield from _one_of(value)
    elif code is codes.SUBPATTERN:
        yield from _sequence(value[-1])
    elif code is codes.BRANCH:
        for branch in value[1]:
            yield from _sequence(branch)
    elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT) and value[0] > 0:
        yield from _sequence(value[2])
    elif code is codes.ATOMIC_GROUP or (code is codes.ASSERT and value[0] >= 0):
        yield from _sequence(value if code is codes.ATOMIC_GROUP else value[1])
    else:
        yield frozenset()


def _one_of(members: Iterable[tuple[object, Any]]) -> Iterator[frozenset[str]]:
    """Ways to match a class of characters: each of a few, or any digit."""
    listed = list(members)
    plain = [chr(value) for code, value in listed if code is codes.LITERAL]
    if listed == [(codes.CATEGORY, codes.CATEGORY_DIGIT)] or (
        len(listed) == 1 and listed[0][0] is codes.RANGE and chr(listed[0][1][0]) in _DIGITS
        and chr(listed[0][1][1]) in _DIGITS
    ):  # fmt: skip
        yield frozenset((DIGIT,))
    elif len(plain) == len(listed) <= 2:
        yield from (frozenset((sign,)) for sign in plain)
    elif plain and len(plain) == len(listed) and _DIGITS.issuperset(plain):
        yield frozenset((DIGIT,))
    else:
        yield frozenset()


def _without_covered(ways: Iterable[frozenset[str]]) -> Needs:
    """Without the ways that ask for all that another asks for, and more."""
    distinct = sorted(set(ways), key=lambda way: (len(way), sorted(way)))
    kept: list[frozenset[str]] = []
    for way in distinct:
        if not any(other <= way for other in kept):
            kept.append(way)
    return tuple(kept)
