"""What an import took in, what it refused, and why: each cause once, with its number and one example."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass
class _Cases:
    count: int = 0
    example: str = ""
    detail: str = ""

    def add(self, example: str, detail: str) -> None:
        self.count += 1
        if not self.example:
            self.example, self.detail = example, detail


@dataclass
class ImportReport:
    """How many pages were imported, how many were there already, what was not imported and why, what is doubtful, and
    how many files of a folder and records of a WARC are no pages, by ending or content type.

    `months` are those that pages were imported into, or are known in, each with its number of pages.
    """

    imported: int = 0
    known: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    contents: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    import_id: str = ""
    _refused: dict[str, _Cases] = field(default_factory=lambda: defaultdict(_Cases))
    _doubts: dict[str, _Cases] = field(default_factory=lambda: defaultdict(_Cases))
    _elsewhere: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def refuse(self, cause: str, origin: str, detail: str = "") -> None:
        """A page, record or file that is not imported; `detail` says it where it is the only one of its cause."""
        self._refused[cause].add(origin, detail or cause)

    def refuse_month(self, cause: str, month: str) -> None:
        """A page that is not imported for its month, counted by month; `cause` says what to do with them."""
        self._elsewhere[cause][month] += 1

    def doubt(self, cause: str, origin: str, detail: str = "") -> None:
        """Something that speaks against what is taken to be true of a page, which is imported all the same."""
        self._doubts[cause].add(origin, detail or cause)

    def retract(self, count: int, cause: str, origin: str) -> None:
        """Pages counted as imported that are left out after all."""
        self.imported -= count
        for _ in range(count):
            self.refuse(cause, origin)

    @property
    def not_imported(self) -> int:
        """Number of pages, records and files that were not imported."""
        by_month = sum(months.total() for months in self._elsewhere.values())
        return sum(cases.count for cases in self._refused.values()) + by_month

    @property
    def refused(self) -> list[str]:
        """What was not imported: a line for each cause."""
        lines = [_line(cause, cases) for cause, cases in self._refused.items()]
        for cause, months in self._elsewhere.items():
            listed = ", ".join(f"{month} {count:,}" for month, count in sorted(months.items()))
            lines.append(f"{_pages(months.total())}: {cause.format(months=listed)}")
        return lines

    @property
    def doubts(self) -> list[str]:
        """What speaks against the times of pages that were imported: a line for each cause."""
        return [_line(cause, cases) for cause, cases in self._doubts.items()]


def _line(cause: str, cases: _Cases) -> str:
    if cases.count == 1:
        return f"{cases.example}: {cases.detail}"
    return f"{cases.count:,} times: {cause} (first: {cases.example})"


def _pages(count: int) -> str:
    return "1 page" if count == 1 else f"{count:,} pages"
