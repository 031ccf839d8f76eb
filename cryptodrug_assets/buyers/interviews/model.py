"""What a file of coded interviews says, whatever program wrote it. No file format is known here.

Positions count code points of a text whose lines end in LF and that has no byte order mark; the end is excluded, so
`text[start:end]` is what was coded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

#: What the kinds of sources are called.
SOURCE_KINDS = ("text", "pdf", "picture", "audio", "video", "none")
CodePath = tuple[str, ...]


class Problem(NamedTuple):
    """What could not be read, and of which source; what is said never names a person, the source may."""

    source: str
    what: str


@dataclass(frozen=True)
class Coding:
    """One code on one passage by one coder; start and end are null where no place in a text is known."""

    code: CodePath
    coder: str | None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Source:
    """A transcript with its codings.

    `convention` is how its file counts positions and `score` how well that fits (0 to 1); both are null where nothing
    had to be found out. `review` says why positions are not to be trusted; then they are null in the codings.
    """

    name: str
    kind: str = "text"
    text: str | None = None
    codings: tuple[Coding, ...] = ()
    convention: str | None = None
    score: float | None = None
    review: str | None = None

    def passage(self, coding: Coding) -> str | None:
        """The coded text; null where text or place is not known."""
        if self.text is None or coding.start is None or coding.end is None:
            return None
        return self.text[coding.start : coding.end]


@dataclass(frozen=True)
class Case:
    """An interviewee: names of the sources, and what is said of the person (variables)."""

    name: str
    sources: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Project:
    """A whole file. `codes` are all paths from the top of the code book; `problems` what could not be read."""

    name: str
    origin: str
    dialect: str
    coders: tuple[str, ...] = ()
    codes: tuple[CodePath, ...] = ()
    sources: tuple[Source, ...] = ()
    cases: tuple[Case, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    def interviews(self) -> dict[str, tuple[Source, ...]]:
        """Sources by interview: the case where every source belongs to exactly one, else each source by itself.

        >>> a, b = Source("a1"), Source("a2")
        >>> list(Project("p", "", "refi", sources=(a, b), cases=(Case("I01", ("a1", "a2")),)).interviews())
        ['I01']
        >>> list(Project("p", "", "refi", sources=(a, b)).interviews())
        ['a1', 'a2']
        """
        cases_of: dict[str, list[str]] = {}
        for case in self.cases:
            for name in dict.fromkeys(case.sources):
                cases_of.setdefault(name, []).append(case.name)
        if all(len(cases_of.get(source.name, ())) == 1 for source in self.sources):
            grouped: dict[str, list[Source]] = {}
            for source in self.sources:
                grouped.setdefault(cases_of[source.name][0], []).append(source)
            return {name: tuple(members) for name, members in grouped.items()}
        return {source.name: (source,) for source in self.sources}

    def codings(self) -> Iterator[tuple[str, Source, Coding]]:
        """Every coding with its interview and source."""
        for name, sources in self.interviews().items():
            for source in sources:
                for coding in source.codings:
                    yield name, source, coding
