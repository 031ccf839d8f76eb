"""One cause, one line: equal failures of several months are reported once, with the months they stopped."""

from collections.abc import Iterable, Sequence

from cryptodrug_assets.months import spans_of_months

Cell = tuple[str, str]  # market, month
# What failed (a job, a layer), where (None: all months) and why.
Failed = tuple[str, Cell | None, str]


def by_cause(failed: Iterable[Failed]) -> list[str]:
    """A line per cause: what, the months, and the cause as the first of them has it.

    >>> by_cause([("raw", ("dream", "2018-11"), "disk full"), ("raw", ("dream", "2018-12"), "disk full")])
    ['raw dream 2018-11 to 2018-12 (2 months, the first:) disk full']
    """
    lines = []
    for group in grouped_by_cause(failed):
        what = group[0][0]
        cells = [cell for _, cell, _ in group if cell]
        where = f" {spans(cells)}" if cells else ""
        first = f" ({len(cells)} months, the first:)" if len(cells) > 1 else ""
        lines.append(f"{what}{where}{first or ':'} {group[0][2]}")
    return lines


def grouped_by_cause(failed: Iterable[Failed]) -> list[list[Failed]]:
    """The failures in groups of the same cause."""
    groups: dict[tuple[str, str], list[Failed]] = {}
    for item in failed:
        groups.setdefault((item[0], _without_cell(item)), []).append(item)
    return list(groups.values())


def spans(cells: Sequence[Cell]) -> str:
    """Cells market by market, months that follow each other as a span.

    >>> spans([("dream", "2018-11"), ("dream", "2018-12"), ("empire", "2019-04")])
    'dream 2018-11 to 2018-12; empire 2019-04'
    """
    texts = []
    for market in dict.fromkeys(market for market, _ in cells):
        texts.append(f"{market} {spans_of_months(sorted(month for name, month in cells if name == market))}")
    return "; ".join(texts)


def _without_cell(item: Failed) -> str:
    """The cause without the names of its market and month: what is left is the same for other months."""
    _, cell, text = item
    for part, name in zip(cell or (), ("MARKET", "MONTH"), strict=False):
        text = text.replace(part, name)
    return text
