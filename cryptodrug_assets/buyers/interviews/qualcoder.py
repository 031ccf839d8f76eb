"""Reader of a QualCoder project: the SQLite file `data.qda` in the project's folder.

Source: the tables QualCoder creates (code_name, code_cat, code_text, source, cases, case_text, attribute). `seltext` is
the coded text itself, so positions are checked against it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cryptodrug_assets.buyers.interviews import offsets
from cryptodrug_assets.buyers.interviews.containers import Database, whole_number
from cryptodrug_assets.buyers.interviews.model import Case, CodePath, Coding, Problem, Project, Source
from cryptodrug_assets.buyers.interviews.offsets import Selection
from cryptodrug_assets.errors import UserError

_NEEDED = ("source", "code_name", "code_text")
_DEEPEST = 64
_Row = Mapping[str, Any]


def is_qualcoder(database: Database) -> bool:
    """Whether the database has the tables of a QualCoder project."""
    return database.tables.issuperset(_NEEDED)


def read_qualcoder(database: Database) -> Project:
    """The project; UserError when tables are missing or codes are their own ancestors."""
    place = database.place
    if not is_qualcoder(database):
        raise UserError(f"{place} is no QualCoder project; give the file data.qda of the project's folder")
    problems: list[Problem] = []
    codes = _code_paths(database, place)
    sources, names = [], {}
    by_source = _codings(database, codes, problems)
    coders = dict.fromkeys(coding.coder for items in by_source.values() for _, coding in items if coding.coder)
    for row in database.rows("source", ("id", "name", "fulltext", "mediapath")):
        name = str(row["name"] or f"source {row['id']}")
        names[row["id"]] = name
        sources.append(_source(name, row, by_source.pop(row["id"], []), problems))
    if by_source:
        problems.append(Problem("", f"{sum(map(len, by_source.values()))} codings of sources that are not in the file"))
    version = next(iter(database.rows("project", ("databaseversion",))), {}).get("databaseversion")
    return Project(
        name="QualCoder project", origin=f"QualCoder database {version or 'of unknown version'}", dialect="qualcoder",
        coders=tuple(coders),
        codes=tuple(dict.fromkeys(codes.values())), sources=tuple(sources),
        cases=tuple(_cases(database, names)), problems=tuple(problems),
    )  # fmt: skip


def _code_paths(database: Database, place: str) -> dict[Any, CodePath]:
    """Path of every code through its categories, and through its parent codes where the version has them."""
    categories = {row["catid"]: row for row in database.rows("code_cat", ("catid", "name", "supercatid"))}
    codes = {row["cid"]: row for row in database.rows("code_name", ("cid", "name", "catid", "supercid"))}

    def category(catid: Any, depth: int) -> CodePath:
        row = categories.get(catid) if catid is not None else None
        if row is None:
            return ()
        return (*category(row["supercatid"], deeper(depth)), str(row["name"] or "(no name)"))

    def path(row: _Row, depth: int) -> CodePath:
        parent = codes.get(row["supercid"]) if row["supercid"] is not None else None
        above = path(parent, deeper(depth)) if parent is not None else category(row["catid"], depth)
        return (*above, str(row["name"] or "(no name)"))

    def deeper(depth: int) -> int:
        if depth >= _DEEPEST:
            raise UserError(f"{place}: its categories contain each other; mend them in QualCoder")
        return depth + 1

    return {cid: path(row, 0) for cid, row in codes.items()}


def _codings(
    database: Database, codes: Mapping[Any, CodePath], problems: list[Problem]
) -> dict[Any, list[tuple[Selection | None, Coding]]]:
    """Codings of texts, pictures and sound by source id."""
    found: dict[Any, list[tuple[Selection | None, Coding]]] = {}

    def add(row: _Row, source: Any, selection: Selection | None) -> None:
        code = codes.get(row["cid"])
        if code is None:
            problems.append(Problem("", "a coding names a code that is not in the code book"))
            return
        owner = str(row["owner"]).strip() if row["owner"] else None
        found.setdefault(source, []).append((selection, Coding(code, owner)))

    for row in database.rows("code_text", ("cid", "fid", "seltext", "pos0", "pos1", "owner")):
        start, end = whole_number(row["pos0"]), whole_number(row["pos1"])
        said = str(row["seltext"]) if row["seltext"] else None
        add(row, row["fid"], None if start is None or end is None else Selection(start, end, said))
    for table in ("code_image", "code_av"):
        for row in database.rows(table, ("id", "cid", "owner")):
            add(row, row["id"], None)
    return found


def _source(name: str, row: _Row, items: Sequence[tuple[Selection | None, Coding]], problems: list[Problem]) -> Source:
    text = row["fulltext"]
    media = str(row["mediapath"] or "")
    kind = next((word for word in ("audio", "video") if word in media), "picture" if "image" in media else "text")
    if not isinstance(text, str) or not text:
        return Source(name, kind, None, tuple(coding for _, coding in items))
    selections = [selection for selection, _ in items if selection is not None]
    located = offsets.located(text, selections, offsets.QUALCODER)
    spans = iter(located.spans)
    codings = []
    for selection, coding in items:
        span = next(spans) if selection is not None else None
        codings.append(Coding(coding.code, coding.coder, *span) if span else coding)
    if located.review is None and None in located.spans:
        problems.append(Problem(name, f"{located.spans.count(None)} selections lie outside its text"))
    canonical = offsets.Transcript(text).text
    return Source(name, "text", canonical, tuple(codings), located.convention, located.score, located.review)


def _cases(database: Database, names: Mapping[Any, str]) -> Iterable[Case]:
    members: dict[Any, list[str]] = {}
    for row in database.rows("case_text", ("caseid", "fid")):
        if row["fid"] in names:
            members.setdefault(row["caseid"], []).append(names[row["fid"]])
    values: dict[Any, list[tuple[str, str]]] = {}
    for row in database.rows("attribute", ("name", "attr_type", "value", "id")):
        if row["attr_type"] == "case" and row["value"]:
            values.setdefault(row["id"], []).append((str(row["name"]), str(row["value"])))
    for row in database.rows("cases", ("caseid", "name")):
        case = row["caseid"]
        sources = tuple(dict.fromkeys(members.get(case, ())))
        yield Case(str(row["name"] or f"case {case}"), sources, tuple(values.get(case, ())))
