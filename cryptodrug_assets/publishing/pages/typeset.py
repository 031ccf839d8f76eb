"""What every printed page shares: texts, headings, lists and tables for typst, and the PDF that typst makes of them.

PDF/UA-1 and PDF/A-3a. Only typst's own fonts are used, so that two machines make the same bytes. What a page says is
in pdf.py (the report) and bulletin/pdf.py.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptodrug_assets.publishing.pages.finding import Table

# A page cannot hold more columns of words than this.
_WIDE = 6
#: Paragraphs, headings and tables of every printed page; `{language}` and `{region}` are strings of typst.
STYLE = """
#set text(font: "Libertinus Serif", size: 10.5pt, lang: {language}, region: {region})
#set par(justify: false, leading: 0.62em)
#show heading: set block(above: 1.6em, below: 0.8em)
#show figure: set block(breakable: true)
#show figure.where(kind: table): set figure.caption(position: top)
#show figure.caption: set block(sticky: true)
#show table: set text(size: 8pt)
"""


def quoted(text: str) -> str:
    r"""A string of typst: everything in it stands for itself.

    >>> quoted('a "b"')
    '"a \\"b\\""'
    """
    return json.dumps(text.replace("\u202f", "\u00a0"), ensure_ascii=False)


def said(text: str) -> str:
    """A text as content of typst."""
    return f"#{quoted(text)}"


def heading(text: str, *, level: int = 2) -> str:
    """A heading, of the second level if not said otherwise; the first is the title."""
    return f"#heading(level: {level})[{said(text)}]"


def listed(lines: Sequence[str]) -> str:
    """Lines as a list."""
    return "\n".join(f"- {said(line)}" for line in lines) + "\n"


def table(content: Table, name: str) -> str:
    """A table with its name above it and its head on every page it goes over."""
    columns = len(content.head)
    cells = [quoted(cell) for row in content.rows for cell in row]
    head = ", ".join(f"strong({quoted(cell)})" for cell in content.head)
    align = "left" if content.told else "(x, _) => if x == 0 { left } else { right }"
    size = "6.5pt" if columns > _WIDE else "8pt"
    return (
        f"#[#show table: set text(size: {size})\n#figure(kind: table, caption: {quoted(name)}, table(columns: {columns},"
        f" stroke: (x: none, y: 0.4pt + luma(200)), align: {align},\n"
        f"table.header({head}),\n{', '.join(cells)}))]"
    )


def attached(name: str, kind: str, description: str) -> str:
    """A file beside the text that goes into the PDF; `kind` is its media type."""
    return f'#pdf.attach("{name}", mime-type: "{kind}", relationship: "data", description: {quoted(description)})'


def compiled(source: str, files: Mapping[str, bytes], moment: datetime) -> bytes:
    """The PDF of a source with the files it names, as of a moment; the same bytes for the same arguments."""
    import typst

    with TemporaryDirectory() as folder:
        for name, content in {"main.typ": source.encode(), **files}.items():
            Path(folder, name).write_bytes(content)
        return typst.compile(
            Path(folder, "main.typ"), root=Path(folder), format="pdf", pdf_standards=["ua-1", "a-3a"],
            ignore_system_fonts=True, timestamp=int(moment.astimezone(UTC).timestamp()),
        )  # fmt: skip


def embargo_header(text: str) -> str:
    """The header of every page of a draft; none where there is nothing to say."""
    if not text:
        return "none"
    return f'block(fill: rgb("#7a0019"), inset: 6pt, width: 100%, text(fill: white, weight: "bold", {quoted(text)}))'
