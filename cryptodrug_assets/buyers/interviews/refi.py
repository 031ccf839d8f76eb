"""Reader of REFI-QDA: projects (.qdpx, .qde) and code books (.qdc).

Source of the format: REFI-QDA standard 1.5, Project.xsd and Codebook.xsd (qdasoftware.org). What programs write
differs from it (NVivo, ATLAS.ti, MAXQDA, QualCoder, Taguette), so reading is lenient in form: names of files and
folders, namespaces, empty elements. It is strict in meaning: a coding whose code or coder cannot be told is a
problem that is reported, never a guess.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from cryptodrug_assets.buyers.interviews import containers, offsets
from cryptodrug_assets.buyers.interviews.containers import Archive, decoded, parse_xml, whole_number
from cryptodrug_assets.buyers.interviews.model import Case, CodePath, Coding, Problem, Project, Source
from cryptodrug_assets.buyers.interviews.offsets import Convention, Selection
from cryptodrug_assets.errors import UserError

if TYPE_CHECKING:
    from lxml.etree import _Element

_PROJECT, _CODEBOOK = "urn:QDA-XML:project:", "urn:QDA-XML:codebook:"
_KINDS = {
    "TextSource": "text", "PDFSource": "pdf", "PictureSource": "picture",
    "AudioSource": "audio", "VideoSource": "video",
}  # fmt: skip
_VALUES = ("TextValue", "BooleanValue", "IntegerValue", "FloatValue", "DateValue", "DateTimeValue")
_DIALECTS = ("nvivo", "atlas.ti", "maxqda", "qualcoder", "taguette")
#: How the programs are known to count; what none is known of is left to the positions.
EXPECTED: dict[str, Convention] = {
    "nvivo": offsets.NVIVO, "qualcoder": offsets.QUALCODER, "taguette": offsets.TAGUETTE,
}  # fmt: skip
_MOST_SELECTIONS = 500_000


def read_qdpx(data: bytes, place: str) -> Project:
    """The project in a .qdpx archive; UserError when it is torn, no such archive, or made to do harm."""
    archive = Archive(data, place)
    names = [name for name in archive.members if name.lower().endswith(".qde")]
    # ATLAS.ti names it after the project; the standard says project.qde. Resource forks of archivers are not it.
    names = [name for name in names if not name.startswith("__MACOSX/")]
    if len(names) > 1:
        names = [name for name in names if PurePosixPath(name).name.lower() == "project.qde"] or names
    if len(names) != 1:
        what = "no project (.qde)" if not names else "several projects (.qde)"
        raise UserError(f"{place} holds {what}; it is no REFI-QDA project, export one from the coding program")
    return _project(parse_xml(archive.read(names[0], containers.LARGEST_XML), place), place, _Texts(archive))


def read_qde(data: bytes, place: str) -> Project:
    """The project in a bare .qde, with the texts that stand in it; of a code book (.qdc) the codes alone."""
    return _project(parse_xml(data, place), place, _Texts(None))


def read_qdc(data: bytes, place: str) -> tuple[CodePath, ...]:
    """Paths of all codes of a code book, in its order."""
    root = parse_xml(data, place)
    if _name(root) != "CodeBook" or not _namespace(root).startswith(_CODEBOOK):
        raise UserError(f"{place} is no REFI-QDA code book; export one (.qdc) from the coding program")
    return tuple(_codes(root, place).paths)


class _Texts:
    """The plain texts of an archive, looked up by their name alone: no path of the file is followed."""

    def __init__(self, archive: Archive | None) -> None:
        self._archive = archive
        self._members: dict[str, str] = {}
        for name in archive.members if archive else ():
            if not name.lower().endswith(".qde"):
                self._members.setdefault(PurePosixPath(name.replace("\\", "/")).name.casefold(), name)

    def get(self, path: str) -> str | None:
        """The text at "internal://name.txt", "relative://…" or a bare name; null where the archive lacks it."""
        name = PurePosixPath(path.split("://", 1)[-1].replace("\\", "/")).name.casefold()
        member = self._members.get(name)
        if self._archive is None or member is None:
            return None
        return decoded(self._archive.read(member, containers.LARGEST_TEXT))


@dataclass
class _Codes:
    """Codes by GUID and their paths in order."""

    by_guid: dict[str, CodePath] = field(default_factory=dict)
    paths: list[CodePath] = field(default_factory=list)


class _Raw(NamedTuple):
    """A coding before its place is known: the position in the list of selections, or none."""

    code: CodePath
    coder: str | None
    selection: int | None


def _project(root: "_Element", place: str, texts: _Texts) -> Project:
    if _name(root) == "CodeBook" and _namespace(root).startswith(_CODEBOOK):
        return Project(
            name=place, origin=root.get("origin", ""), dialect="refi", codes=tuple(_codes(root, place).paths)
        )
    if _name(root) != "Project" or not _namespace(root).startswith(_PROJECT):
        raise UserError(f"{place} is no REFI-QDA project (its XML is a {_name(root)[:40]}); export one as .qdpx")
    problems: list[Problem] = []
    origin = root.get("origin", "").strip()
    dialect = next((name for name in _DIALECTS if name in origin.lower().replace("atlasti", "atlas.ti")), "refi")
    users = {}
    for user in _children(_child(root, "Users"), "User"):
        # Coders are told apart by what they are called; an unnamed one by its GUID.
        guid = _guid(user.get("guid"))
        users[guid] = (user.get("name") or user.get("id") or guid).strip() or guid
    book = _child(root, "CodeBook")
    codes = _codes(book, place) if book is not None else _Codes()
    reader = _SourceReader(codes.by_guid, users, texts, EXPECTED.get(dialect), problems)
    sources: list[Source] = []
    guids: dict[str, str] = {}
    names: dict[str, int] = {}
    listed = _child(root, "Sources")
    for element in listed if listed is not None else ():
        kind = _KINDS.get(_name(element))
        if kind is None:
            continue
        guid = _guid(element.get("guid"))
        name = (element.get("name") or guid or f"source {len(sources) + 1}").strip()
        names[name] = names.get(name, 0) + 1
        name = name if names[name] == 1 else f"{name} ({names[name]})"
        guids[guid] = name
        sources.append(reader.source(element, kind, name))
    return Project(
        name=root.get("name", ""), origin=origin, dialect=dialect, coders=tuple(dict.fromkeys(users.values())),
        codes=tuple(codes.paths), sources=tuple(sources), cases=tuple(_cases(root, guids)), problems=tuple(problems),
    )  # fmt: skip


def _codes(book: "_Element", place: str) -> _Codes:
    found = _Codes()

    def walk(parent: "_Element", above: CodePath) -> None:
        for element in _children(parent, "Code"):
            path = (*above, element.get("name", "").strip() or "(no name)")
            guid = _guid(element.get("guid"))
            if guid and found.by_guid.setdefault(guid, path) != path:
                raise UserError(f"{place}: two codes share one GUID; export the project again")
            if path not in found.paths:
                found.paths.append(path)
            walk(element, path)

    for holder in _children(book, "Codes"):
        walk(holder, ())
    return found


def _cases(root: "_Element", sources: Mapping[str, str]) -> Iterator[Case]:
    variables = {
        _guid(element.get("guid")): element.get("name", "")
        for element in _children(_child(root, "Variables"), "Variable")
    }
    for number, element in enumerate(_children(_child(root, "Cases"), "Case"), 1):
        guids = [_guid(ref.get("targetGUID")) for ref in _children(element, "SourceRef")]
        values = []
        for value in _children(element, "VariableValue"):
            ref = _child(value, "VariableRef")
            name = variables.get(_guid(ref.get("targetGUID"))) if ref is not None else None
            said = next((child.text for kind in _VALUES if (child := _child(value, kind)) is not None), None)
            if name and said is not None:
                values.append((name, said))
        members = tuple(sources[guid] for guid in guids if guid in sources)
        yield Case((element.get("name") or f"case {number}").strip(), members, tuple(values))


@dataclass
class _SourceReader:
    """Reads sources one by one; problems are added to the list."""

    codes: Mapping[str, CodePath]
    users: Mapping[str, str]
    texts: _Texts
    expected: Convention | None
    problems: list[Problem]

    def source(self, element: "_Element", kind: str, name: str) -> Source:
        """The source with its codings; without a text their places are null."""
        selections: list[Selection] = []
        raw: list[_Raw] = list(self._codings(element, name))
        stored = None
        for holder in self._text_holders(element):
            text = self._text(holder)
            stored = text if stored is None else stored
            raw += self._on_text(holder, name, selections)
        if kind != "text":
            raw += self._on_media(element, name)
        if stored is None:
            if kind == "text":
                self.problems.append(Problem(name, "its text is not in the file"))
            codings = tuple(Coding(item.code, item.coder) for item in raw)
            missing = "the text is not in the file" if selections else None
            return Source(name, kind, None, codings, review=missing)
        spans = offsets.located(stored, selections, self.expected)
        codings = tuple(self._placed(item, spans.spans) for item in raw)
        outside = sum(span is None for span in spans.spans)
        if outside and spans.review is None:
            self.problems.append(Problem(name, f"{outside} selections lie outside its text"))
        text = offsets.Transcript(stored).text
        return Source(name, kind, text, codings, spans.convention, spans.score, spans.review)

    @staticmethod
    def _placed(item: _Raw, spans: tuple[tuple[int, int] | None, ...]) -> Coding:
        span = spans[item.selection] if item.selection is not None else None
        return Coding(item.code, item.coder, *span) if span else Coding(item.code, item.coder)

    @staticmethod
    def _text_holders(element: "_Element") -> Iterator["_Element"]:
        """The text source itself; of a PDF its text representation."""
        if _name(element) == "TextSource":
            yield element
        yield from _children(element, "Representation")

    def _text(self, element: "_Element") -> str | None:
        content = _child(element, "PlainTextContent")
        if content is not None:
            return content.text or ""
        path = element.get("plainTextPath")
        return self.texts.get(path) if path else None

    def _on_text(self, element: "_Element", name: str, selections: list[Selection]) -> Iterator[_Raw]:
        for selection in _children(element, "PlainTextSelection"):
            codings = list(self._codings(selection, name))
            if not codings:
                continue
            start = whole_number(selection.get("startPosition"))
            end = whole_number(selection.get("endPosition"))
            index = None
            if start is None or end is None:
                self.problems.append(Problem(name, "a selection has no place that can be read"))
            elif len(selections) >= _MOST_SELECTIONS:
                raise UserError(f"a source has more than {_MOST_SELECTIONS:,} selections; is it the right file?")
            else:
                index = len(selections)
                selections.append(Selection(start, end, selection.get("name")))
            yield from (item._replace(selection=index) for item in codings)

    def _on_media(self, element: "_Element", name: str) -> Iterator[_Raw]:
        """Codings on parts of pages, pictures and sound: which code and who, no place in a text."""
        for child in element.iter():
            if _name(child).endswith("Selection") and _name(child) != "PlainTextSelection":
                yield from self._codings(child, name)

    def _codings(self, holder: "_Element", name: str) -> Iterator[_Raw]:
        """The codings right below an element; who coded stands on the coding, else on the selection.

        Some programs leave the coding out and put references to codes into the selection.
        """
        for coding in (*_children(holder, "Coding"), holder):
            refs = list(_children(coding, "CodeRef"))
            if not refs and coding is not holder:
                self.problems.append(Problem(name, "a coding names no code"))
            for ref in refs:
                code = self.codes.get(_guid(ref.get("targetGUID")))
                if code is None:
                    self.problems.append(Problem(name, "a coding names a code that is not in the code book"))
                    continue
                guid = _guid(coding.get("creatingUser")) or _guid(holder.get("creatingUser"))
                yield _Raw(code, self.users.get(guid, guid or None), None)


def _name(element: "_Element") -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _namespace(element: "_Element") -> str:
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def _children(element: "_Element | None", name: str) -> Iterable["_Element"]:
    return () if element is None else (child for child in element if _name(child) == name)


def _child(element: "_Element | None", name: str) -> "_Element | None":
    return next(iter(_children(element, name)), None)


def _guid(text: str | None) -> str:
    """A GUID without braces, in small letters."""
    return (text or "").strip().strip("{}").lower()
