"""Writer of a REFI-QDA project (.qdpx): strict by Project.xsd, the same bytes for the same project.

Positions are written as the standard says (code points, last character included) unless another convention is asked.
"""

import io
import uuid
import zipfile
from typing import TYPE_CHECKING

from cryptodrug_assets.buyers.interviews import offsets
from cryptodrug_assets.buyers.interviews.model import CodePath, Coding, Project, Source
from cryptodrug_assets.buyers.interviews.offsets import Convention, Transcript
from cryptodrug_assets.errors import UserError

if TYPE_CHECKING:
    from lxml.etree import _Element

NAMESPACE = "urn:QDA-XML:project:1.0"
# The writing has no time of its own, or two builds would differ.
_STAMP = "2020-01-01T00:00:00Z"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
WITHOUT_TEXT = "The transcript is not part of this file."


def write_qdpx(project: Project, convention: Convention = offsets.STANDARD) -> bytes:
    """The project as a .qdpx archive whose positions count by `convention`.

    A source without a text gets a sentence that says so, and its codings stand on the whole source. Raises UserError
    for text that XML cannot hold in a name.
    """
    from lxml import etree

    writer = _Writer(project, convention)
    try:
        root = writer.root()
    except ValueError as err:
        raise UserError(f"a name in the project cannot be written as XML ({err}); rename it there") from err
    xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in {"project.qde": xml, **writer.files}.items():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


class _Writer:
    """Elements of one project; `files` are the texts beside it."""

    def __init__(self, project: Project, convention: Convention) -> None:
        self.project, self.convention = project, convention
        self.files: dict[str, bytes] = {}

    def root(self) -> "_Element":
        """The whole document."""
        from lxml import etree

        project = self.project
        root = etree.Element(f"{{{NAMESPACE}}}Project", nsmap={None: NAMESPACE})
        root.set("name", project.name or "interviews")
        if project.origin:
            root.set("origin", project.origin)
        coders = list(dict.fromkeys((*project.coders, *(c.coder for _, _, c in project.codings() if c.coder))))
        if coders:
            root.set("creatingUserGUID", self._guid("user", coders[0]))
        root.set("creationDateTime", _STAMP)
        if coders:
            users = _add(root, "Users")
            for coder in coders:
                _add(users, "User", guid=self._guid("user", coder), name=coder)
        self._code_book(root)
        self._cases(root)
        if project.sources:
            sources = _add(root, "Sources")
            for source in project.sources:
                self._source(sources, source)
        return root

    def _code_book(self, root: "_Element") -> None:
        used = (coding.code for source in self.project.sources for coding in source.codings)
        paths = list(dict.fromkeys((*self.project.codes, *used)))
        if not paths:
            return
        top = _add(_add(root, "CodeBook"), "Codes")
        elements: dict[CodePath, _Element] = {}
        for path in paths:
            for depth in range(1, len(path) + 1):
                part = path[:depth]
                if part not in elements:
                    parent = elements.get(part[:-1], top)
                    code = _add(parent, "Code", guid=self._guid("code", *part), name=part[-1], isCodable="true")
                    elements[part] = code

    def _cases(self, root: "_Element") -> None:
        cases = self.project.cases
        kinds = list(dict.fromkeys(name for case in cases for name, _ in case.variables))
        if kinds:
            variables = _add(root, "Variables")
            for kind in kinds:
                _add(variables, "Variable", guid=self._guid("variable", kind), name=kind, typeOfVariable="Text")
        if not cases:
            return
        holder = _add(root, "Cases")
        for case in cases:
            element = _add(holder, "Case", guid=self._guid("case", case.name), name=case.name)
            # The schema's order: values of variables, then sources.
            for name, said in case.variables:
                value = _add(element, "VariableValue")
                _add(value, "VariableRef", targetGUID=self._guid("variable", name))
                _add(value, "TextValue").text = said
            for name in case.sources:
                _add(element, "SourceRef", targetGUID=self._guid("source", name))

    def _source(self, holder: "_Element", source: Source) -> None:
        element = _add(holder, "TextSource", guid=self._guid("source", source.name), name=source.name)
        text = source.text if source.text is not None else WITHOUT_TEXT
        file = f"{self._guid('file', source.name)}.txt"
        element.set("plainTextPath", f"internal://{file}")
        element.set("creationDateTime", _STAMP)
        stored = text.replace("\n", "\r\n") if self.convention.newline == "crlf" else text
        self.files[f"sources/{file}"] = stored.encode()
        places = Transcript(stored).positions(self.convention)
        whole = []
        for number, coding in enumerate(source.codings):
            if coding.start is None or coding.end is None or source.text is None:
                whole.append((number, coding))
                continue
            end = coding.end - 1 if self.convention.end_included else coding.end
            selection = _add(
                element, "PlainTextSelection", guid=self._guid("selection", source.name, str(number)),
                startPosition=str(places[coding.start]), endPosition=str(places[end]),
            )  # fmt: skip
            self._author(selection, coding)
            self._coding(selection, source, number, coding)
        for number, coding in whole:
            self._coding(element, source, number, coding)

    def _coding(self, holder: "_Element", source: Source, number: int, coding: Coding) -> None:
        element = _add(holder, "Coding", guid=self._guid("coding", source.name, str(number)))
        self._author(element, coding)
        _add(element, "CodeRef", targetGUID=self._guid("code", *coding.code))

    def _author(self, element: "_Element", coding: Coding) -> None:
        if coding.coder:
            element.set("creatingUser", self._guid("user", coding.coder))
            element.set("creationDateTime", _STAMP)

    def _guid(self, *key: str) -> str:
        """Same project and key, same identifier."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, "\x1f".join((self.project.name, *key))))


def _add(parent: "_Element", tag: str, **attributes: str) -> "_Element":
    from lxml import etree

    return etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
