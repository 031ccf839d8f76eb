"""Writer of DDI-Codebook: a survey and its variables, for archives (CESSDA, Dataverse).

Versions 2.5 (what Dataverse and CESSDA exchange, the default) and 2.6. Source: the schemas of the DDI Alliance, where
the order of elements is fixed. Same description, same bytes.

Frequencies are tables like any other: a variable with a category of one to four persons has none written, since with
the number of valid answers the hidden one could be told.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from cryptodrug_assets.errors import UserError

Version = Literal["2.5", "2.6"]
NAMESPACES: dict[str, str] = {"2.5": "ddi:codebook:2_5", "2.6": "ddi:codebook:2_6"}
SMALLEST_CELL = 5
_XML = "{http://www.w3.org/XML/1998/namespace}"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
Texts = Mapping[str, str]  # by language: en, nl, fr


@dataclass(frozen=True)
class Category:
    """A value of a variable with its labels; `count` of persons, null where not known."""

    value: str
    label: Texts
    count: int | None = None
    missing: bool = False


@dataclass(frozen=True)
class Variable:
    """One column of the deposited data: labels and question by language, to whom it was shown, categories.

    `valid` and `invalid` count persons; `invalid_range` is the range of codes for missing values.
    """

    name: str
    label: Texts
    question: Texts
    universe: Texts = field(default_factory=dict)
    categories: tuple[Category, ...] = ()
    valid: int | None = None
    invalid: int | None = None
    numeric: bool = False
    response_set: str | None = None
    invalid_range: tuple[int, int] | None = None


@dataclass(frozen=True)
class Study:
    """The study as an archive describes it; empty where it is not known, which `problems` tells."""

    title: Texts
    identifier: str
    agency: str
    uri: str
    distributor: Texts
    abstract: Texts
    authors: tuple[str, ...] = ()
    keywords: Texts = field(default_factory=dict)
    nation: Texts = field(default_factory=dict)
    collected: tuple[date, date] | None = None
    unit: Texts = field(default_factory=dict)
    universe: Texts = field(default_factory=dict)
    time_method: Texts = field(default_factory=dict)
    sampling: Texts = field(default_factory=dict)
    mode: Texts = field(default_factory=dict)
    access: Texts = field(default_factory=dict)
    synthetic: bool = False


def problems(study: Study, variables: Sequence[Variable]) -> list[str]:
    """What keeps the description out of an archive: CESSDA's required elements, and names that cannot be written.

    CESSDA requires title, identifier with its agency, a URI, distributor and abstract; of each variable the question.
    """
    texts = {"title": study.title, "distributor": study.distributor, "abstract": study.abstract}
    plain = {"identifier": study.identifier, "agency": study.agency, "uri": study.uri}
    found = [f"{name} is empty" for name, said in texts.items() if not any(text.strip() for text in said.values())]
    found += [f"{name} is empty" for name, text in plain.items() if not text.strip()]
    names = [variable.name for variable in variables]
    found += [f"variable {name} is there twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    for variable in variables:
        if not _NAME.fullmatch(variable.name):
            found.append(f"variable {variable.name!r} has a name that DDI cannot hold")
        if not any(text.strip() for text in variable.question.values()):
            found.append(f"variable {variable.name} has no question")
    if study.synthetic and not all(text.startswith("SYNTHETIC") for text in study.title.values()):
        found.append("the title of made-up data does not begin with SYNTHETIC")
    return found


def write_ddi(study: Study, variables: Sequence[Variable], version: Version = "2.5") -> bytes:
    """The code book as XML; UserError naming the first of `problems`."""
    from lxml import etree

    if missing := problems(study, variables):
        raise UserError(f"no DDI is written: {missing[0]}" + (f" (and {len(missing) - 1} more)" * (len(missing) > 1)))
    space = NAMESPACES[version]
    try:
        root = etree.Element(f"{{{space}}}codeBook", nsmap={None: space})
        root.set("version", version)
        root.set(f"{_XML}lang", next(iter(study.title)))
        writer = _Writer(space)
        writer.study(root, study)
        writer.variables(root, variables)
    except ValueError as err:
        raise UserError(f"no DDI is written: a text holds what XML cannot ({err})") from err
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def shown_counts(categories: Iterable[Category]) -> bool:
    """Whether a variable's frequencies may be written: all are known, and none is of one to four persons.

    >>> shown_counts([Category("1", {}, 64), Category("0", {}, 4)]), shown_counts([Category("1", {}, 60)])
    (False, True)
    """
    counts = [category.count for category in categories]
    return bool(counts) and all(count is not None and (count == 0 or count >= SMALLEST_CELL) for count in counts)


class _Writer:
    """Elements in the order that the schema fixes."""

    def __init__(self, namespace: str) -> None:
        self._space = namespace

    def add(self, parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
        from lxml import etree

        element = etree.SubElement(parent, f"{{{self._space}}}{tag}", attributes)
        element.text = text
        return element

    def texts(self, parent: Any, tag: str, said: Texts) -> None:
        """An element a language."""
        for language, text in said.items():
            if text.strip():
                self.add(parent, tag, text).set(f"{_XML}lang", language)

    def study(self, root: Any, study: Study) -> None:
        """stdyDscr: citation, stdyInfo, method, dataAccs."""
        described = self.add(root, "stdyDscr")
        citation = self.add(described, "citation")
        title = self.add(citation, "titlStmt")
        first, *others = study.title.items()
        self.texts(title, "titl", dict([first]))
        self.texts(title, "parTitl", dict(others))
        self.add(title, "IDNo", study.identifier, agency=study.agency)
        if study.authors:
            responsible = self.add(citation, "rspStmt")
            for author in study.authors:
                self.add(responsible, "AuthEnty", author)
        self.texts(self.add(citation, "distStmt"), "distrbtr", study.distributor)
        self.add(citation, "holdings", URI=study.uri)
        info = self.add(described, "stdyInfo")
        if any(study.keywords.values()):
            self.texts(self.add(info, "subject"), "keyword", study.keywords)
        self.texts(info, "abstract", study.abstract)
        summary = self.add(info, "sumDscr")
        for event, day in zip(("start", "end"), study.collected or (), strict=False):
            self.add(summary, "collDate", day.isoformat(), event=event, date=day.isoformat())
        for tag, said in (("nation", study.nation), ("anlyUnit", study.unit), ("universe", study.universe)):
            self.texts(summary, tag, said)
        collection = self.add(self.add(described, "method"), "dataColl")
        for tag, said in (("timeMeth", study.time_method), ("sampProc", study.sampling), ("collMode", study.mode)):
            self.texts(collection, tag, said)
        if any(study.access.values()):
            self.texts(self.add(self.add(described, "dataAccs"), "useStmt"), "restrctn", study.access)

    def variables(self, root: Any, variables: Sequence[Variable]) -> None:
        """dataDscr: sets of several answers, then variables."""
        if not variables:
            return
        data = self.add(root, "dataDscr")
        sets: dict[str, list[str]] = {}
        for variable in variables:
            if variable.response_set:
                sets.setdefault(variable.response_set, []).append(f"V_{variable.name}")
        for name, members in sets.items():
            self.add(data, "varGrp", ID=f"G_{name}", type="multipleResp", var=" ".join(members))
        for variable in variables:
            self._variable(data, variable)

    def _variable(self, data: Any, variable: Variable) -> None:
        kind = "contin" if variable.numeric else "discrete"
        element = self.add(data, "var", ID=f"V_{variable.name}", name=variable.name, intrvl=kind)
        self.texts(element, "labl", variable.label)
        self.texts(self.add(element, "qstn"), "qstnLit", variable.question)
        if variable.invalid_range:
            low, high = variable.invalid_range
            self.add(self.add(element, "invalrng"), "range", UNITS="INT", min=str(low), max=str(high))
        self.texts(element, "universe", variable.universe)
        for kind, count in (("vald", variable.valid), ("invd", variable.invalid)):
            if count is not None:
                self.add(element, "sumStat", str(count), type=kind)
        shown = shown_counts(variable.categories)
        for category in variable.categories:
            value = self.add(element, "catgry", **({"missing": "Y"} if category.missing else {}))
            self.add(value, "catValu", category.value)
            self.texts(value, "labl", category.label)
            if shown:
                self.add(value, "catStat", str(category.count), type="freq")
        self.add(element, "varFormat", type="numeric")
