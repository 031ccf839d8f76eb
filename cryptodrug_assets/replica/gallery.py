"""Pages of the synthetic markets beside what the parsers read: docs/parsers.md and docs/parsed-pages.html.

A page is asked for by an address, which alone says its kind: so the table of kinds judges what the parsers answered.
"""

import html
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptodrug_assets.contracts import load
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import PAGE_KINDS, Link, ParsedPage
from cryptodrug_assets.markets.records import FEEDBACK, LISTING, VENDOR
from cryptodrug_assets.markets.tables import page_as_json
from cryptodrug_assets.replica import spells
from cryptodrug_assets.replica.pages import SESSION_COOKIE
from cryptodrug_assets.replica.server import host_name, respond, session_value

_WORLD = ("tiny", 7)
_MOMENTS = {"dream": "2019-03-31T23:59", "wall_street": "2019-03-31T23:59", "empire": "2019-10-31T23:59"}
_MOST_PAGES = 400
_MOST_ROWS = 3
_RECORDS = (("listings", LISTING), ("vendors", VENDOR), ("feedback", FEEDBACK))
# Parts of an address, most special first, and the kind of page it asks for.
_ASKED = {
    "dream": {"/viewProduct": "listing", "/contactMember": "vendor", "category=": "listing_index", "/": "home"},
    "wall_street": {"/offer/": "listing", "/profile": "vendor", "/index": "listing_index", "/": "home"},
    "empire": {
        "/product/": "listing", "/category/": "listing_index", "/u/": "vendor", "/setUserTab/": "vendor",
        "/home": "category_index",
    },
}  # fmt: skip
_DREAM_ERROR = b"An Error has occured"
_MISSING = {"dream": "/viewProduct?offer=1.1", "wall_street": "/offer/999999999", "empire": "/no/such/page"}
# Pages the replica's server does not give: the marks of the real ones, with words of our own.
_NOTICES = {
    "dream": {
        "challenge": '<html><head><title>Dream Market - DDOS Protection</title></head><body><div class="verifyHuman">'
        '<form action="./verifyHuman2"><div class="ddos">Synthetic challenge</div></form></div></body></html>',
        "redirect": '<html><head><meta http-equiv="refresh" content="0; URL=./"></head><body></body></html>',
    },
    "empire": {
        "redirect": '<html><head><meta http-equiv="Refresh" content="0; URL=/index/login"></head><body></body></html>',
        "foreign": "<html><head><title>Error 404 - Bazaar Market</title></head><body>Synthetic page</body></html>",
    },
    "wall_street": {
        "redirect": '<html><head><meta http-equiv="refresh" content="0; URL=/"></head><body></body></html>',
        "unknown": "<html><head><title>503</title></head><body>Synthetic proxy error</body></html>",
    },
}


@dataclass(frozen=True)
class Shown:
    """A page as it was asked for and answered."""

    market: str
    asked: str
    url: str
    body: bytes


def _moment(market: str) -> datetime:
    return datetime.fromisoformat(_MOMENTS[market]).replace(tzinfo=UTC)


def _answer(market: str, link: Link, cookie: bool = True, **spell: Any) -> bytes:
    parts = urlsplit(link.url)
    answer = respond(
        *_WORLD, host=parts.netloc, method=link.method, path=parts.path or "/", query=parts.query,
        body=urlencode(link.form), cookies=f"{SESSION_COOKIE}={session_value(market)}" if cookie else "", **spell,
    )  # fmt: skip
    target = dict(answer.headers).get("location")
    return _answer(market, Link(target, link.kind), cookie) if target else answer.body


def shown_pages(market: str) -> Iterator[Shown]:
    """The pages a crawl of the market finds, its login page and a page that does not exist."""
    reader = get_market(market)
    root = f"http://{host_name(market, _moment(market))}"
    entry = Link(root + reader.entry_path, "home")
    yield Shown(market, "login", entry.url, _answer(market, entry, cookie=False))
    missing = Link(root + _MISSING[market], "listing")
    yield Shown(market, "not_found", missing.url, _answer(market, missing))
    for kind, notice in _NOTICES[market].items():
        yield Shown(market, kind, entry.url, notice.encode())
    if market == "dream":
        yield Shown(market, "error", missing.url, _answer(market, missing).replace(b"Listing not found", _DREAM_ERROR))
    if market in spells.MARKETS:
        for kind in ("challenge", "maintenance"):
            yield Shown(market, kind, entry.url, _answer(market, entry, wall=kind))
        front = reader.discover(_answer(market, entry), url=entry.url)
        form = next(link for link in front.links if link.method == "POST")
        yield Shown(market, "error", form.url, _answer(market, form, session=1))
    queue, known = [entry], {reader.canonical(entry)}
    for link in queue:
        body = _answer(market, link)
        target = link.url.removeprefix(root)
        yield Shown(market, next(kind for part, kind in _ASKED[market].items() if part in target), link.url, body)
        for found in reader.discover(body, url=link.url, context_category=link.category).links:
            if len(queue) < _MOST_PAGES and reader.in_scope(found) and reader.canonical(found) not in known:
                known.add(reader.canonical(found))
                queue.append(found)


def _parse(market: str, page: Shown) -> ParsedPage:
    return get_market(market).parse(page.body, url=page.url, captured_at=_moment(page.market))


def _filled(page: ParsedPage) -> set[str]:
    return {
        f"{name}.{field}"
        for name, _ in _RECORDS
        for record in getattr(page, name)
        for field, value in record.items()
        if value not in (None, [])
    }


def chosen(pages: list[tuple[Shown, ParsedPage]]) -> list[tuple[Shown, ParsedPage]]:
    """Of each market, kind and list of feedback the page that shows most fields, the smallest of those."""
    best: dict[tuple[str, str, str], tuple[Shown, ParsedPage]] = {}
    for shown, page in pages:
        lists = "+".join(sorted({str(record["list_name"]) for record in page.feedback}))
        key = (shown.market, page.page_kind, lists)
        rank = (len(_filled(page)), -len(shown.body))
        if key not in best or rank > (len(_filled(best[key][1])), -len(best[key][0].body)):
            best[key] = (shown, page)
    return list(best.values())


def _kinds(pages: list[tuple[Shown, ParsedPage]]) -> str:
    """Asked for × read as; the last rows are the pages of the other markets."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for shown, page in pages:
        counts[shown.market, shown.asked][page.page_kind] += 1
        for market in _MOMENTS:
            if market != shown.market:
                counts[market, "page of another market"][_parse(market, shown).page_kind] += 1
    return matrix(counts)


def matrix(counts: Mapping[tuple[str, str], Counter[str]]) -> str:
    """Kinds as read, by market and kind asked for, as a Markdown table."""
    columns = [kind for kind in PAGE_KINDS if any(row[kind] for row in counts.values())]
    lines = [f"| market | asked for | {' | '.join(columns)} |", "|---|---|" + "---:|" * len(columns)]
    for (market, asked), row in sorted(counts.items()):
        lines.append(f"| {market} | {asked} | {' | '.join(str(row[kind] or '·') for kind in columns)} |")
    return "\n".join(lines)


def _fields(pages: list[tuple[Shown, ParsedPage]], name: str, fields: Iterable[str]) -> str:
    """Fields × market and kind of page: on all records (●), on some (◐), on none (·)."""
    records: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for shown, page in pages:
        records[shown.market, page.page_kind] += getattr(page, name)
    columns = sorted(key for key, rows in records.items() if rows)
    required = {column.name for column in load("parsed", name).columns if column.required}
    lines = [
        f"| {name} | required | {' | '.join(f'{market} {kind}' for market, kind in columns)} |",
        "|---|---|" + ":---:|" * len(columns),
    ]
    for field in fields:
        marks = []
        for key in columns:
            shares = [record[field] not in (None, []) for record in records[key]]
            marks.append("●" if all(shares) else "◐" if any(shares) else "·")
        lines.append(f"| `{field}` | {'yes' if field in required else ''} | {' | '.join(marks)} |")
    return "\n".join(lines)


def _side_by_side(pages: list[tuple[Shown, ParsedPage]]) -> str:
    parts = []
    for shown, page in chosen(pages):
        read = page_as_json(urlsplit(shown.url).path, page)
        for name in ("listings", "vendors", "feedback", "counters", "links"):
            rest = len(read[name]) - _MOST_ROWS
            read[name] = read[name][:_MOST_ROWS] + ([f"… {rest} more"] if rest > 0 else [])
        text = json.dumps(read, ensure_ascii=False, indent=1)
        source = html.escape(shown.body.decode("utf-8", "replace"), quote=True)
        parts.append(
            f'<section><h2>{shown.market}: {page.page_kind}</h2><div class="pair">'
            f'<iframe sandbox srcdoc="{source}" title="the page" loading="lazy"></iframe>'
            f"<pre>{html.escape(text)}</pre></div></section>"
        )
    return "\n".join(parts)


def gallery() -> dict[str, str]:
    """Both documents by file name, the same for the same code."""
    pages = [(shown, _parse(shown.market, shown)) for market in _MOMENTS for shown in shown_pages(market)]
    tables = "\n\n".join(_fields(pages, name, fields) for name, fields in _RECORDS)
    archived = {(market, asked): Counter(row) for market, rows in _ARCHIVED.items() for asked, row in rows.items()}
    return {
        "parsers.md": _TEXT.format(count=len(pages), archived=matrix(archived), kinds=_kinds(pages), fields=tables),
        "parsed-pages.html": _PAGE.replace("SECTIONS", _side_by_side(pages)),
    }


# Asked for is what the expected values of the conformance set say; test_conformance.py counts the pages again.
_ARCHIVED: dict[str, dict[str, dict[str, int]]] = {
    "dream": {
        "challenge": {"challenge": 1}, "home": {"home": 1}, "listing": {"listing": 3},
        "listing_index": {"listing_index": 1}, "login": {"login": 1}, "not_found": {"not_found": 1},
        "vendor": {"vendor": 4}, "page of another market": {"redirect": 1, "foreign": 24},
    },
    "empire": {
        "category_index": {"category_index": 1}, "foreign": {"foreign": 1}, "listing": {"listing": 7},
        "listing_index": {"listing_index": 2}, "login": {"login": 2}, "redirect": {"redirect": 1},
        "vendor": {"vendor": 5}, "page of another market": {"foreign": 11, "unknown": 7},
    },
    "wall_street": {
        "challenge": {"challenge": 1}, "login": {"login": 1}, "maintenance": {"maintenance": 1},
        "page of another market": {"redirect": 1, "foreign": 29, "unknown": 7},
    },
}  # fmt: skip

_TEXT = """# What the parsers read

Made by `cryptodrug replica gallery` from {count} pages of a small synthetic world; a test keeps it fresh.

**[Pages beside their parse](parsed-pages.html)**: open the file in a browser. `cryptodrug parse --market M page.html`
does the same for any saved page.

## Kinds of pages

What a page was asked for, by its address, against the kind the market's parser gave it. Pages of another market must
end as `foreign` or `unknown`, and nothing is read from them. Challenges, errors and redirects are made for this table
alone; what archived pages of the markets gave, the tests hold against this one:

{archived}

Of Wall Street only walls are known as archived pages (login, security check, maintenance). Its lists, offers and
profiles are read by what programs that once worked on the site say of them, in layouts with their dates
(`parsed.pages.layout`); [Wall Street's layout](wall-street-layout.md) tells what is evidence and what assumption. The
synthetic market is built from the same evidence.

The synthetic pages:

{kinds}

## Fields

A field is on all records of a kind of page (●), on some (◐) or on none (·). A required field that is missing, or any
field that matches more often than it may, is a problem: it rejects the record into `parsed/rejects`, or leaves an
optional field empty. The market modules read each field with `Reader.one` (exactly one match) or `Reader.maybe` (one
or none); the table marks what the contract requires of every row.

{fields}

## A month of pages

Pages are parsed by a process per core (`CRYPTODRUG_PARSE_WORKERS`), at most two batches of 64 pages or 8 MB for each at
once. Their rows go to temporary files in the data folder, and the tables are those files mapped into memory. With two
processes the anonymous memory of all together peaked at 287 MB for 2,000 Empire pages of 66 KB (127 menu counters on
most) and at 310 MB for 20,000; with one process at about 130 MB. This holds for the parse: the checks and the store
still work on whole tables. `python -m benchmarks parsing` measures memory and time anew, with one and with all cores;
for 7,000 pages spreading cost 23.0 s of CPU in all against 20.2 s in one process. On two cores shared with other work
they took 11.1 s with two processes and 16.2 s with one (1.5 times as fast), in busier hours no less than with one; a
figure for idle cores is not here yet.
"""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Pages beside their parse</title><style>
body {font: 15px sans-serif; margin: 1.5rem; color: #1c1c1c} h2 {font-size: 1.1rem; margin: 2rem 0 .4rem}
.pair {display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; height: 34rem}
iframe, pre {border: 1px solid #bbb; width: 100%; height: 100%; margin: 0; box-sizing: border-box; overflow: auto}
pre {padding: .6rem; background: #f6f6f4; font-size: 12px; white-space: pre-wrap; overflow-wrap: anywhere}
</style></head><body>
<h1>Pages beside their parse</h1>
<p>SYNTHETIC pages of the replica; nobody and nothing on them exists. Lists are cut after three records.</p>
SECTIONS
</body></html>
"""
