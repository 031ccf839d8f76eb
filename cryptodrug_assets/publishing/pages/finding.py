"""The shape of what the report says: contains question, finding and table; what is found stands in the modules beside."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptodrug_assets.publishing.pages.charts import Drawing, Spec


@dataclass(frozen=True)
class Table:
    """Columns and rows of words, as a page shows them; the first cell of a row names it. `told`: cells are sentences."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    told: bool = False


@dataclass(frozen=True)
class Finding:
    """Sentences with their numbers; a figure (its one-sentence name and its chart or drawing) and the table behind it; a
    caveat; a heading where a question has several parts."""

    sentences: Sequence[str]
    figure: tuple[str, Spec | Drawing] | None = None
    table: Table | None = None
    caveat: str = ""
    heading: str = ""


@dataclass(frozen=True)
class Question:
    """A research question with what was found."""

    anchor: str
    title: str
    findings: Sequence[Finding] = field(default_factory=tuple)
