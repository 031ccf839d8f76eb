"""What a market's parser makes of saved pages, as one offline HTML page: for writing a parser and for judging one.

Each page's text stands beside what was read of it; above them kinds, fill rates and labels nothing was read from. The
page asks for nothing and obeys nothing: all text of a market is shown as text, never as markup.
"""

import html
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptodrug_assets.inert import printable
from cryptodrug_assets.markets._html import Reader, raw_lines
from cryptodrug_assets.markets._text import clean_lines
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.markets.records import FEEDBACK, LISTING, VENDOR
from cryptodrug_assets.markets.tables import page_as_json

_RECORDS: dict[str, Mapping[str, Any]] = {"listings": LISTING, "vendors": VENDOR, "feedback": FEEDBACK}
_MOST_ROWS = 3
_LONGEST = 60_000


@dataclass(frozen=True, slots=True)
class Tried:
    """A saved page: its name, its bytes, what was read of it."""

    name: str
    body: bytes
    page: ParsedPage


@dataclass(frozen=True, slots=True)
class FillRate:
    """Of the records of one sort on one kind of page: how many have the field, and whether all numbers in it are 0."""

    records: str
    page_kind: str
    field: str
    filled: int
    count: int
    all_zero: bool


def fill_rates(pages: Iterable[ParsedPage]) -> list[FillRate]:
    """Fill rates by sort of record, kind of page and field, in the records' order. Null and empty lists count as
    not filled; kinds of page without records of a sort are left out.

    >>> page = ParsedPage("agora", "listing", "1.0.0", listings=[{**LISTING, "views": 0}])
    >>> [(rate.filled, rate.count, rate.all_zero) for rate in fill_rates([page]) if rate.field == "views"]
    [(1, 1, True)]
    """
    rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for page in pages:
        for name in _RECORDS:
            rows.setdefault((name, page.page_kind), []).extend(getattr(page, name))
    rates = []
    for name, fields in _RECORDS.items():
        for kind, records in ((kind, rows[of, kind]) for of, kind in rows if of == name):
            for field in fields if records else ():
                values = [record[field] for record in records if record[field] not in (None, [])]
                zero = bool(values) and all(not isinstance(value, bool) and value == 0 for value in values)
                rates.append(FillRate(name, kind, field, len(values), len(records), zero))
    return rates


def trial_page(market: str, tried: Sequence[Tried]) -> str:
    """The HTML page; the same for the same pages and parser."""
    pages = [each.page for each in tried]
    kinds = Counter(page.page_kind for page in pages)
    problems = Counter(f"{problem.field}: {problem.reason}" for page in pages for problem in page.problems)
    labels = Counter(label for page in pages for label in page.unread_labels)
    rates = [
        (rate.records, rate.page_kind, rate.field, f"{rate.filled} of {rate.count}", _remark(rate))
        for rate in fill_rates(pages)
    ]
    parts = [
        _table("Kinds of pages", ("kind", "pages"), kinds.most_common()),
        _table("Problems", ("field", "times"), problems.most_common()),
        _table("Labels that nothing was read from", ("label", "times"), labels.most_common()),
        _table("Fields by fill rate", ("records", "kind of page", "field", "filled", "look at"), rates),
        *(_side_by_side(each) for each in tried),
    ]
    title = f"{_shown(market)}: {len(tried)} pages and what was read of them"
    return _PAGE.replace("TITLE", title).replace("PARTS", "\n".join(parts))


def _remark(rate: FillRate) -> str:
    if rate.all_zero:
        return "0 everywhere"
    if rate.filled == 0:
        return "never"
    return "" if rate.filled == rate.count else f"{rate.filled / rate.count:.0%}"


def _shown(value: object) -> str:
    """Any text as text: no markup, no character that a reader would obey."""
    return html.escape(printable(str(value), keep="\n\t"))


def _table(title: str, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{_shown(cell)}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return f"<h2>{_shown(title)}</h2><p>None.</p>"
    head = "".join(f"<th>{_shown(cell)}</th>" for cell in heading)
    return f"<h2>{_shown(title)}</h2><table><tr>{head}</tr>{body}</table>"


def _side_by_side(tried: Tried) -> str:
    read = page_as_json(tried.name, tried.page)
    for name in ("listings", "vendors", "feedback", "counters", "links"):
        rest = len(read[name]) - _MOST_ROWS
        read[name] = read[name][:_MOST_ROWS] + ([f"... {rest} more"] if rest > 0 else [])
    text = json.dumps(read, ensure_ascii=False, indent=1)
    reader = Reader(tried.body)
    for node in reader.tree.css("script, style, option"):
        node.decompose()
    body = clean_lines(raw_lines(reader.tree.body)) if reader.tree.body is not None else ""
    lines = "\n".join(line for line in body.split("\n") if line)
    source = reader.raw.decode("utf-8", "replace")
    return (
        f'<section><h2>{_shown(tried.name)}: {_shown(tried.page.page_kind)}</h2><div class="pair">'
        f"<pre>{_cut(lines)}</pre><pre>{_cut(text)}</pre></div>"
        f"<details><summary>Source</summary><pre>{_cut(source)}</pre></details></section>"
    )


def _cut(text: str) -> str:
    rest = len(text) - _LONGEST
    return _shown(text[:_LONGEST]) + (f"\n... {rest:,} more characters" if rest > 0 else "")


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer"><title>TITLE</title><style>
body {font: 15px sans-serif; margin: 1.5rem; color: #1c1c1c} h2 {font-size: 1.1rem; margin: 2rem 0 .4rem}
table {border-collapse: collapse}
th, td {text-align: left; padding: .15rem .8rem .15rem 0; border-bottom: 1px solid #ddd}
.pair {display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; height: 34rem}
pre {border: 1px solid #bbb; margin: 0; padding: .6rem; background: #f6f6f4; font-size: 12px; overflow: auto;
 white-space: pre-wrap; overflow-wrap: anywhere; box-sizing: border-box} .pair pre {height: 100%}
</style></head><body>
<h1>TITLE</h1>
<p>Verbatim text of pages, names included: keep this file where the captures are kept. Lists are cut after three
records. No expected value is known here: compare each page's text, on the left, with what was read of it.</p>
PARTS
</body></html>
"""
