"""How a file counts positions in a transcript, found out from the positions themselves.

Programs count differently: the standard counts code points and includes the last character; NVivo counts UTF-16 units
of a text with CRLF and excludes the end; QualCoder counts code points and excludes the end; Taguette counts UTF-8
bytes. People code words and sentences. So under the right convention a selection begins and ends at the edge of a
word, and is the text that the program wrote beside it, where it wrote one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

#: Below this share of right edges nobody should trust a convention.
LEAST_SCORE = 0.8
# Conventions whose scores differ by less are as good as each other.
_TIE = 1e-6
_DRAGGED = 0.6
_MARK = "\ufeff"
_NEWLINES = re.compile(r"\r\n|\r")


@dataclass(frozen=True, order=True)
class Convention:
    """unit: codepoint, utf16 or utf8; newline: lf, crlf or stored; whether the end is included, the mark counted."""

    unit: str
    newline: str
    end_included: bool
    mark_counted: bool = False

    def __str__(self) -> str:
        end = "included" if self.end_included else "excluded"
        return f"{self.unit}-{self.newline}-end-{end}" + ("-mark" if self.mark_counted else "")


STANDARD = Convention("codepoint", "lf", end_included=True)
NVIVO = Convention("utf16", "crlf", end_included=False)
QUALCODER = Convention("codepoint", "lf", end_included=False)
TAGUETTE = Convention("utf8", "lf", end_included=False)
# The plainest first: of several that mean the same spans the first one names them.
NAMED = {"standard": STANDARD, "qualcoder": QUALCODER, "nvivo": NVIVO, "taguette": TAGUETTE}
_ALL = tuple(
    dict.fromkeys(
        (
            *NAMED.values(),
            *(
                Convention(unit, newline, included)
                for unit in ("codepoint", "utf16", "utf8")
                for newline in ("lf", "crlf", "stored")
                for included in (False, True)
            ),
        )
    )
)


@dataclass(frozen=True)
class Selection:
    """Positions as a file says them, and the text it says was selected (maybe cut short), if any."""

    start: int
    end: int
    said: str | None = None


@dataclass(frozen=True)
class Spans:
    """The convention, how well it fits, and the spans in the canonical text; null spans where a position is none.

    `review` says why no span may be used; then all spans are null.
    """

    convention: str | None
    score: float | None
    review: str | None
    spans: tuple[tuple[int, int] | None, ...]


class Transcript:
    """A text as stored, and its canonical form (LF, no mark), with the positions of every convention."""

    def __init__(self, stored: str) -> None:
        self.has_mark = stored.startswith(_MARK)
        self._stored = stored.removeprefix(_MARK)
        self.text = _NEWLINES.sub("\n", self._stored)

    @cached_property
    def _points(self) -> NDArray[np.uint32]:
        return np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)

    def _widths(self, convention: Convention) -> NDArray[np.int64]:
        points = self._points
        widths = np.ones(len(points), dtype=np.int64)
        if convention.unit != "codepoint":
            widths += points >= 0x10000
        if convention.unit == "utf8":
            widths += (points >= 0x80).astype(np.int64) + (points >= 0x800)
        if convention.newline == "crlf":
            widths[points == 10] = 2
        elif convention.newline == "stored":
            stored = [len(match[0]) for match in re.finditer(r"\r\n|\r|\n", self._stored)]
            widths[points == 10] = stored
        return widths

    def positions(self, convention: Convention) -> NDArray[np.int64]:
        """Where each character of the canonical text begins, and last where the text ends."""
        mark = {"codepoint": 1, "utf16": 1, "utf8": 3}[convention.unit] if convention.mark_counted else 0
        return np.concatenate([[0], np.cumsum(self._widths(convention))]).astype(np.int64) + mark

    def spans(self, selections: Sequence[Selection], convention: Convention) -> tuple[tuple[int, int] | None, ...]:
        """The selections as spans of the canonical text; null where a position falls outside or within a character."""
        places = self.positions(convention)
        starts = _index(places, [selection.start for selection in selections])
        last = [selection.end for selection in selections]
        ends = _index(places, last)
        if convention.end_included:
            ends = [None if end is None or end >= len(self.text) else end + 1 for end in ends]
        return tuple(
            (start, end) if start is not None and end is not None and start < end else None
            for start, end in zip(starts, ends, strict=True)
        )


def _index(places: NDArray[np.int64], wanted: Sequence[int]) -> list[int | None]:
    found = np.searchsorted(places, np.asarray(wanted, dtype=np.int64))
    return [
        int(index) if index < len(places) and places[index] == position else None
        for index, position in zip(found, wanted, strict=True)
    ]


def located(stored: str, selections: Sequence[Selection], expected: Convention | None = None) -> Spans:
    """Find out how the positions of a source count and convert them.

    `expected` is what the writing program is known for; it only decides which name is stored where several conventions
    mean the very same spans. A score below 0.8, or two conventions that fit equally well and mean different spans,
    ask for review.

    >>> text = "Hello 🔒 there. Yes."
    >>> found = located(text, [Selection(8, 13), Selection(15, 18)])
    >>> found.convention, found.score, [text[a:b] for a, b in found.spans]
    ('codepoint-lf-end-included', 1.0, ['there.', 'Yes.'])
    """
    transcript = Transcript(stored)
    if not selections:
        return Spans(None, None, None, ())
    candidates = [expected, *_ALL] if expected else list(_ALL)
    if transcript.has_mark:
        candidates += [Convention(c.unit, c.newline, c.end_included, mark_counted=True) for c in _ALL]
    by_spans: dict[tuple[tuple[int, int] | None, ...], Convention] = {}
    for candidate in candidates:
        by_spans.setdefault(transcript.spans(selections, candidate), candidate)
    told = _told(transcript.text, selections, list(by_spans))
    scores = {spans: _score(transcript.text, selections, spans, told) for spans in by_spans}
    best = max(scores, key=lambda spans: scores[spans])
    score = round(scores[best], 4)
    rivals = [spans for spans in scores if spans != best and scores[best] - scores[spans] < _TIE]
    nothing: tuple[None, ...] = (None,) * len(selections)
    if score < LEAST_SCORE:
        return Spans(str(by_spans[best]), score, f"no way of counting fits the positions (best {score:.2f})", nothing)
    if rivals:
        names = ", ".join(sorted(str(by_spans[spans]) for spans in (best, *rivals)))
        return Spans(str(by_spans[best]), score, f"several ways of counting fit equally well: {names}", nothing)
    return Spans(str(by_spans[best]), score, None, best)


def _told(
    text: str, selections: Sequence[Selection], candidates: Sequence[tuple[tuple[int, int] | None, ...]]
) -> list[bool]:
    """For which selections the text said beside them is the selected one under any convention: others are names."""
    return [
        bool(selection.said)
        and any(spans[at] is not None and _same(text, spans[at], selection.said or "") for spans in candidates)
        for at, selection in enumerate(selections)
    ]


def _same(text: str, span: tuple[int, int] | None, said: str) -> bool:
    return span is not None and _plain(text[span[0] : span[1]]) == _plain(said)


def _plain(text: str) -> str:
    """With every end of a line or tab a blank, as attributes of XML have them."""
    return _NEWLINES.sub("\n", text).replace("\n", " ").replace("\t", " ")


def _score(
    text: str, selections: Sequence[Selection], spans: Sequence[tuple[int, int] | None], told: Sequence[bool]
) -> float:
    """Mean over selections: 1 or 0 where the selected text is told, else how good the two edges are."""
    total = 0.0
    for selection, span, by_text in zip(selections, spans, told, strict=True):
        if span is None:
            continue
        if by_text:
            total += _same(text, span, selection.said or "")
        else:
            total += (_start_edge(text, span[0]) + _end_edge(text, span[1])) / 2
    return total / len(selections)


def _start_edge(text: str, start: int) -> float:
    """1 where a word begins after a blank, half where it begins after a sign, 0 within a word or before a blank."""
    if text[start].isspace():
        return 0.0
    if start == 0 or text[start - 1].isspace():
        return 1.0
    return 0.0 if _within_word(text, start) else 0.5


def _end_edge(text: str, end: int) -> float:
    """1 where a blank follows, half where a sign follows, 0 within a word.

    Whoever drags over a sentence often takes the blank after it along: a little more than half, so that a source of
    such selections alone still passes, and the end without the blank is better where both may be meant.
    """
    if text[end - 1].isspace():
        return _DRAGGED if end < len(text) and not text[end].isspace() else 0.0
    if end == len(text) or text[end].isspace():
        return 1.0
    return 0.0 if _within_word(text, end) else 0.5


def _within_word(text: str, at: int) -> bool:
    return text[at - 1].isalnum() and text[at].isalnum()
