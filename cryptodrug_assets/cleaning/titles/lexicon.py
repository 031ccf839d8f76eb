r"""A list of patterns looked up by the first letters of a word, so that a long lexicon costs little per title.

Every top-level alternative of a pattern that begins with a word ("\bketa\b") is filed under its first one or two
characters, and tried only where a word of the text begins with them. The others are searched in the whole text. Results
are the same as searching every pattern in the whole text (test). Keep out: the words themselves (drug_words.py).
"""

import re
from collections.abc import Iterable, Iterator

from cryptodrug_assets.cleaning.titles.prefilter import can_match, held, needs

Entry = tuple[str, str | None, str]
Hit = tuple[int, int, str, str | None]

_WORD_START = re.compile(r"(?<![a-z0-9_])[a-z0-9]")
_LOOKBEHINDS = re.compile(r"(?:\(\?<!(?:[^()]|\([^()]*\))*\))*")
_FIRST = re.compile(r"\[([a-z0-9]+)\](?![?*+{])|([a-z0-9])(?![?*+{])")


class Lexicon:
    r"""Patterns with a class and subclass each; `find` gives every place where one of them matches.

    >>> lexicon = Lexicon([("dissociatives", "ketamine", r"\bketa(?:mine)?\b")])
    >>> list(lexicon.find("1g keta"))
    [(3, 7, 'dissociatives', 'ketamine')]
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        filed: dict[str, dict[tuple[str, str | None], list[str]]] = {}
        anywhere: dict[tuple[str, str | None], list[str]] = {}
        for level1, level2, pattern in entries:
            for alternative in _alternatives(pattern):
                keys = _keys(alternative)
                for key in keys:
                    filed.setdefault(key, {}).setdefault((level1, level2), []).append(alternative)
                if not keys:
                    anywhere.setdefault((level1, level2), []).append(alternative)
        compiled = {
            key: [(*label, re.compile("|".join(group))) for label, group in labels.items()]
            for key, labels in filed.items()
        }
        # Under two characters also what is filed under the first alone.
        self._filed = {key: [*group, *(compiled.get(key[0], ()) if key[1:] else ())] for key, group in compiled.items()}
        self._anywhere = [
            (*label, needs("|".join(group)), re.compile("|".join(group))) for label, group in anywhere.items()
        ]

    def find(self, text: str) -> Iterator[Hit]:
        """(start, end, class, subclass) of each match in lower-case text, in no particular order."""
        filed = self._filed
        for begin in _WORD_START.finditer(text):
            start = begin.start()
            for level1, level2, pattern in filed.get(text[start : start + 2]) or filed.get(text[start]) or ():
                match = pattern.match(text, start)
                if match:
                    yield match.start(), match.end(), level1, level2
        signs = held(text)
        for level1, level2, ways, pattern in self._anywhere:
            if can_match(ways, signs):
                for match in pattern.finditer(text):
                    yield match.start(), match.end(), level1, level2

    def matches(self, text: str) -> bool:
        """Whether any pattern matches anywhere."""
        return next(self.find(text), None) is not None


def _alternatives(pattern: str) -> list[str]:
    """The parts of a pattern between its top-level bars."""
    parts, depth, in_class, start, place = [], 0, False, 0, 0
    while place < len(pattern):
        sign = pattern[place]
        if sign == "\\":
            place += 2
            continue
        if in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "|" and depth == 0:
            parts.append(pattern[start:place])
            start = place + 1
        place += 1
    return [*parts, pattern[start:]]


def _keys(alternative: str) -> list[str]:
    """First one or two characters of the words an alternative can begin with; empty when that is not known."""
    behind = _LOOKBEHINDS.match(alternative)
    rest = alternative[behind.end() if behind else 0 :]
    if not rest.startswith("\\b"):
        return []
    first = _FIRST.match(rest, 2)
    if not first:
        return []
    heads = list(first[1] or first[2])
    second = _FIRST.match(rest, first.end())
    return [head + tail for head in heads for tail in (second[1] or second[2])] if second else heads
