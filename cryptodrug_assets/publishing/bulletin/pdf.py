"""The bulletin on paper: PDF/UA-1 and PDF/A-3a with its values attached, its marking on every page.

The marking is set as FIRST's Traffic Light Protocol 2.0 asks: in header and footer, to the right, 12 points or more,
its colour on black, never translated. How texts and tables are set is in pages/typeset.py.
"""

from datetime import UTC, datetime, time

from cryptodrug_assets.publishing.bulletin.content import AMBER, CLEAR, Bulletin
from cryptodrug_assets.publishing.bulletin.texts import Part, Text
from cryptodrug_assets.publishing.pages import typeset
from cryptodrug_assets.publishing.pages.typeset import heading, listed, quoted, said

#: Colours of the labels on black.
COLOURS = {CLEAR: "#FFFFFF", AMBER: "#FFC000"}
_HEAD = """
#set document(title: {title}, author: {author}, date: {date}, keywords: ({label}, "cryptomarkets"))
#let marking = box(fill: black, inset: (x: 6pt, y: 5pt),
  text(font: "DejaVu Sans Mono", size: 12pt, weight: "bold", fill: rgb("{colour}"), {label}))
#set page(paper: "a4", margin: (x: 20mm, top: 26mm, bottom: 24mm), numbering: "1",
  header: grid(columns: (1fr, auto), column-gutter: 10pt, align: (left + horizon, right), {band}, marking),
  footer: context grid(columns: (1fr, auto, auto), column-gutter: 10pt, align: (left + horizon, right + horizon, right),
    text(size: 8pt, {mark}), text(size: 8pt, counter(page).display()), marking))
"""


def bulletin_pdf(
    bulletin: Bulletin, text: Text, *, author: str, attachment: tuple[str, bytes], embargo: str = ""
) -> bytes:
    """The PDF of a bulletin in a language, the same bytes for the same bulletin.

    `attachment` is its CSV, `embargo` what every page of a draft says.
    """
    moment = datetime.combine(bulletin.issued, time(), UTC)
    name, content = attachment
    return typeset.compiled(
        source(bulletin, text, author=author, attached=name, embargo=embargo), {name: content}, moment
    )


def source(bulletin: Bulletin, text: Text, *, author: str, attached: str, embargo: str = "") -> str:
    """The bulletin as typst's text."""
    day, words = bulletin.issued, text.words
    language, region = words.locale.split("_")
    head = (_HEAD + typeset.STYLE).format(
        title=quoted(f"{bulletin.edition} {text.title}"), author=quoted(author), label=quoted(bulletin.edition),
        date=f"datetime(year: {day.year}, month: {day.month}, day: {day.day})", colour=COLOURS[bulletin.edition],
        mark=quoted(text.mark), language=quoted(language), region=quoted(region),
        band=typeset.embargo_header(embargo),
    )  # fmt: skip
    parts = [head, f"#heading(level: 1, outlined: false)[{said(text.title)}]"]
    if text.mark:
        parts.append(f"#block(stroke: 1pt, inset: 8pt, width: 100%)[#strong[{said(text.mark)}]]")
    parts += [f"/ {said(name)}: {said(fact)}" for name, fact in text.facts]
    for part in text.parts:
        parts += _part(part)
    parts.append(typeset.attached(attached, "text/csv", words.say("All values of this bulletin, one a line.")))
    return "\n".join(parts) + "\n"


def _part(part: Part) -> list[str]:
    made = [heading(part.title)]
    made += [listed(part.sentences)] if part.as_list else [f"{said(sentence)}\n" for sentence in part.sentences]
    made += [typeset.table(table, name) for name, table in part.tables]
    return made + [f"#text(size: 9pt)[{said(note)}]\n" for note in part.reading]
