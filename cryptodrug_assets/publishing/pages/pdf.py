"""The report on paper: contains its text for typst, and the PDF that typst makes of it.

PDF/UA-1 and PDF/A-3a: tagged, with a name for every figure, and with the observations attached as CSV. Only typst's own
fonts are used, so that two machines make the same bytes.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptodrug_assets.publishing.package.facts import publisher
from cryptodrug_assets.publishing.pages import page
from cryptodrug_assets.publishing.pages.finding import Table
from cryptodrug_assets.publishing.pages.observed import Observed

ATTACHED = "observations.csv"
# A page cannot hold more columns of words than this.
_WIDE = 6
# The width that fills a page, height of its text with room for a caption, and millimetres of a unit then.
_FULL, _HIGH, _MM = 600, 215, 170 / 600
_HEAD = """
#set document(title: {title}, author: {author}, date: {date}, keywords: ("cryptomarkets",))
#set page(paper: "a4", margin: (x: 20mm, y: 22mm), numbering: "1", footer: context [
  #set text(size: 8pt)
  {mark} #h(1fr) #counter(page).display()
])
#set text(font: "Libertinus Serif", size: 10.5pt, lang: {language}, region: {region})
#set par(justify: false, leading: 0.62em)
#show heading: set block(above: 1.6em, below: 0.8em)
#show figure: set block(breakable: true)
#show figure.where(kind: table): set figure.caption(position: top)
#show table: set text(size: 8pt)
"""


def _quoted(text: str) -> str:
    """A string of typst: everything in it stands for itself."""
    return json.dumps(text.replace("\u202f", "\u00a0"), ensure_ascii=False)


def _said(text: str) -> str:
    return f"#{_quoted(text)}"


def source(at: Observed, sections: Sequence[page.Section], *, author: str, moment: datetime, synthetic: bool) -> str:
    """The report as typst's text; figures are files figure-<n>.svg beside it."""
    words = at.words
    locale = words.locale.split("_")
    title = words.say("{country} in the drug supply of cryptomarkets", country=at.name(at.country))
    mark = words.say("SYNTHETIC: made from pages of made-up markets. No value is real.") if synthetic else ""
    date = f"datetime(year: {moment.year}, month: {moment.month}, day: {moment.day})"
    head = _HEAD.format(
        title=_quoted(title), author=_quoted(author), date=date, language=_quoted(locale[0]),
        region=_quoted(locale[1]), mark=_said(mark),
    )  # fmt: skip
    parts = [head, f"#heading(level: 1, outlined: false)[{_said(title)}]"]
    if mark:
        parts.append(f"#block(stroke: 1pt, inset: 8pt, width: 100%)[#strong[{_said(mark)}]]")
    parts += [_heading(words.say("Before you read")), _listed(page.caveats(words)), "#outline(depth: 2)"]
    number = 0
    for section in sections:
        parts.append(_heading(section.title))
        for shown in section.findings:
            if shown.finding.heading:
                parts.append(_heading(shown.finding.heading, level=3))
            parts += [f"{_said(sentence)}\n" for sentence in shown.finding.sentences]
            if shown.drawn:
                number += 1
                name = _quoted(shown.name)
                size = _size(shown.drawn)
                parts.append(f'#figure(image("figure-{number}.svg", {size}, alt: {name}), caption: {name})')
            if shown.finding.table is not None and shown.finding.table.rows:
                parts.append(_table(shown.finding.table, shown.name or shown.finding.heading or section.title))
            if shown.finding.caveat:
                parts.append(f"#text(size: 9pt)[{_said(shown.finding.caveat)}]\n")
    parts += [_heading(words.say("How it was measured")), _listed(page.method(words))]
    attached = words.say("All values of this report, one a row.")
    parts.append(
        f'#pdf.attach("{ATTACHED}", mime-type: "text/csv", relationship: "data", description: {_quoted(attached)})'
    )
    return "\n".join(parts) + "\n"


def _heading(text: str, *, level: int = 2) -> str:
    return f"#heading(level: {level})[{_said(text)}]"


def _size(drawing: str) -> str:
    """How large a drawing stands on the page: as wide as it, but small ones no larger than drawn, long ones as it is
    high."""
    box = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', drawing)
    width, height = (float(box[1]), float(box[2])) if box is not None else (_FULL, 0.0)
    part = min(1.0, width / _FULL)
    return f"height: {_HIGH}mm" if height * part * _MM * _FULL / width > _HIGH else f"width: {100 * part:.0f}%"


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {_said(line)}" for line in lines) + "\n"


def _table(table: Table, name: str) -> str:
    columns = len(table.head)
    cells = [_quoted(cell) for row in table.rows for cell in row]
    head = ", ".join(f"strong({_quoted(cell)})" for cell in table.head)
    align = "left" if table.told else "(x, _) => if x == 0 { left } else { right }"
    size = "6.5pt" if columns > _WIDE else "8pt"
    return (
        f"#[#show table: set text(size: {size})\n#figure(kind: table, caption: {_quoted(name)}, table(columns: {columns},"
        f" stroke: (x: none, y: 0.4pt + luma(200)), align: {align},\n"
        f"table.header({head}),\n{', '.join(cells)}))]"
    )


def build_pdf(report: page.Report) -> bytes:
    """The report as PDF, the same bytes for the same report; of the release's day, else of the last month's first."""
    import typst

    at, facts, sections = report.at, report.facts, report.sections
    last = datetime.fromisoformat(f"{max(at.frame['time_period'])}-01").replace(tzinfo=UTC)
    moment = facts.moment.astimezone(UTC) if facts is not None else last
    author = (facts.publisher if facts is not None else publisher()).name[at.words.language]
    text = source(at, sections, author=author, moment=moment, synthetic=report.synthetic)
    drawings = [shown.drawn for section in sections for shown in section.findings if shown.drawn]
    files = {f"figure-{number}.svg": drawing.encode() for number, drawing in enumerate(drawings, 1)}
    given = {"main.typ": text.encode(), ATTACHED: at.frame.write_csv().encode(), **files}
    with TemporaryDirectory() as folder:
        for name, content in given.items():
            Path(folder, name).write_bytes(content)
        return typst.compile(
            Path(folder, "main.typ"), root=Path(folder), format="pdf", pdf_standards=["ua-1", "a-3a"],
            ignore_system_fonts=True, timestamp=int(moment.timestamp()),
        )  # fmt: skip
