"""Readers of Taguette: its project file (.sqlite3) and its list of highlights (highlights.csv).

Source: the tables Taguette creates. Documents are HTML; positions count UTF-8 bytes of their text and exclude the end.
Who made a highlight stands in the log of commands alone. The list of highlights has neither coder nor place.
"""

import csv
import io
import json
from typing import Any

from cryptodrug_assets.buyers.interviews import offsets
from cryptodrug_assets.buyers.interviews.containers import LARGEST_TEXT, MEGABYTE, Database, decoded, whole_number
from cryptodrug_assets.buyers.interviews.model import CodePath, Coding, Problem, Project, Source
from cryptodrug_assets.buyers.interviews.offsets import Selection
from cryptodrug_assets.errors import UserError

_NEEDED = ("documents", "highlights", "highlight_tags", "tags")
_COLUMNS = ("id", "document", "tag", "content")
# Tags are a flat list whose names make a tree by this sign.
_BELOW = "."


def is_taguette(database: Database) -> bool:
    """Whether the database has the tables of a Taguette project."""
    return database.tables.issuperset(_NEEDED)


def read_taguette(database: Database) -> Project:
    """The project; UserError when tables are missing."""
    if not is_taguette(database):
        raise UserError(f"{database.place} is no Taguette project; export one as .sqlite3")
    problems: list[Problem] = []
    tags = {row["id"]: _path(row["path"]) for row in database.rows("tags", ("id", "path"))}
    tags_of: dict[Any, list[CodePath]] = {}
    for row in database.rows("highlight_tags", ("highlight_id", "tag_id")):
        if row["tag_id"] in tags:
            tags_of.setdefault(row["highlight_id"], []).append(tags[row["tag_id"]])
        else:
            problems.append(Problem("", "a highlight names a tag that is not in the file"))
    coders = _coders(database, problems)
    highlights: dict[Any, list[dict[str, Any]]] = {}
    for row in database.rows("highlights", ("id", "document_id", "start_offset", "end_offset", "snippet")):
        if row["id"] in tags_of:
            highlights.setdefault(row["document_id"], []).append(row)
    sources = []
    names: dict[str, int] = {}
    for row in database.rows("documents", ("id", "name", "contents")):
        name = str(row["name"] or f"document {row['id']}")
        names[name] = names.get(name, 0) + 1
        name = name if names[name] == 1 else f"{name} ({names[name]})"
        sources.append(_source(name, row["contents"], highlights.pop(row["id"], []), tags_of, coders, problems))
    if highlights:
        problems.append(
            Problem("", f"{sum(map(len, highlights.values()))} highlights of documents that are not in the file")
        )
    named = dict.fromkeys(coding.coder for source in sources for coding in source.codings if coding.coder)
    return Project(
        name="Taguette project", origin="Taguette", dialect="taguette", coders=tuple(named),
        codes=tuple(dict.fromkeys(tags.values())), sources=tuple(sources), problems=tuple(problems),
    )  # fmt: skip


def read_highlights(data: bytes, place: str) -> Project:
    """The list of highlights: which tags a document has; no coder and no place is known of any."""
    if len(data) > LARGEST_TEXT:
        raise UserError(f"{place} is larger than {LARGEST_TEXT // MEGABYTE} MB; is it the right file?")
    text = decoded(data).removeprefix("\ufeff")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as err:
        raise UserError(f"{place} is no list of highlights ({err}); export it again from Taguette as CSV") from err
    head = [name.strip().lower() for name in rows[0]] if rows else []
    if head != list(_COLUMNS):
        raise UserError(
            f"{place} has not the columns {', '.join(_COLUMNS)}; export the highlights from Taguette as CSV"
        )
    if ragged := [number for number, row in enumerate(rows[1:], 2) if len(row) != len(_COLUMNS)]:
        raise UserError(f"{place} is torn: row {ragged[0]} has not {len(_COLUMNS)} fields; export it again")
    codings: dict[str, list[Coding]] = {}
    for _, document, tag, _ in rows[1:]:
        codings.setdefault(document.strip(), []).append(Coding(_path(tag), None))
    sources = tuple(
        Source(name, "none", None, tuple(items), review="the list of highlights has no places")
        for name, items in codings.items()
    )
    codes = dict.fromkeys(coding.code for source in sources for coding in source.codings)
    return Project("Taguette highlights", "Taguette", "taguette", codes=tuple(codes), sources=sources)


def _path(tag: object) -> CodePath:
    parts = tuple(part.strip() for part in str(tag or "").split(_BELOW) if part.strip())
    return parts or ("(no name)",)


def _coders(database: Database, problems: list[Problem]) -> dict[int, str]:
    """Who added each highlight, from the log of commands; a later change of it does not change who coded."""
    found: dict[int, str] = {}
    for row in database.rows("commands", ("user_login", "payload")):
        try:
            payload = json.loads(row["payload"] or "")
        except (ValueError, TypeError, RecursionError):
            problems.append(Problem("", "an entry of the log of commands cannot be read: who coded is unknown there"))
            continue
        if isinstance(payload, dict) and payload.get("type") == "highlight_add" and row["user_login"]:
            number = whole_number(payload.get("highlight_id"))
            if number is not None:
                found.setdefault(number, str(row["user_login"]))
    return found


def _source(
    name: str,
    contents: object,
    highlights: list[dict[str, Any]],
    tags_of: dict[Any, list[CodePath]],
    coders: dict[int, str],
    problems: list[Problem],
) -> Source:
    text = _text(contents) if isinstance(contents, str) else None
    placed: list[tuple[dict[str, Any], Selection | None]] = []
    for row in highlights:
        start, end = whole_number(row["start_offset"]), whole_number(row["end_offset"])
        snippet = _text(row["snippet"]) if isinstance(row["snippet"], str) else None
        placed.append((row, None if start is None or end is None else Selection(start, end, snippet)))
    selections = [selection for _, selection in placed if selection is not None]
    located = offsets.located(text, selections, offsets.TAGUETTE) if text is not None else None
    spans = iter(located.spans if located else [None] * len(selections))
    codings = []
    for row, selection in placed:
        span = next(spans) if selection is not None else None
        coder = coders.get(row["id"])
        for code in tags_of[row["id"]]:
            codings.append(Coding(code, coder, *span) if span else Coding(code, coder))
    if located is None:
        return Source(name, "text", None, tuple(codings), review="the text is not in the file")
    if located.review is None and None in located.spans:
        problems.append(Problem(name, f"{located.spans.count(None)} highlights lie outside its text"))
    return Source(name, "text", text, tuple(codings), located.convention, located.score, located.review)


def _text(html: str) -> str:
    """The text of a document as browsers see it: characters of its text nodes, nothing added."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(html).body
    return body.text(deep=True, separator="", strip=False) if body is not None else ""
