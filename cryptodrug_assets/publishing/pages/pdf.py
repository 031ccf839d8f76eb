"""The report on paper: contains its text for typst, and the PDF that typst makes of it.

PDF/UA-1 and PDF/A-3a: tagged, with a name for every figure, and with the observations attached as CSV. How it is set is
in typeset.py.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptodrug_assets.publishing.embargo import band
from cryptodrug_assets.publishing.package.facts import publisher
from cryptodrug_assets.publishing.pages import page, typeset
from cryptodrug_assets.publishing.pages.observed import Observed
from cryptodrug_assets.publishing.pages.typeset import heading, listed, quoted, said

ATTACHED = "observations.csv"
# The width that fills a page, height of its text with room for a caption, and millimetres of a unit then.
_FULL, _HIGH, _MM = 600, 215, 170 / 600
_HEAD = """
#set document(title: {title}, author: {author}, date: {date}, keywords: ("cryptomarkets",))
#set page(paper: "a4", margin: (x: 20mm, y: 22mm), numbering: "1", header: {band}, footer: context [
  #set text(size: 8pt)
  {mark} #h(1fr) #counter(page).display()
])
"""


def source(
    at: Observed, sections: Sequence[page.Section], *, author: str, moment: datetime, synthetic: bool,
    embargo: str = "",
) -> str:  # fmt: skip
    """The report as typst's text; figures are files figure-<n>.svg beside it, `embargo` stands on every page."""
    words = at.words
    locale = words.locale.split("_")
    title = words.say("{country} in the drug supply of cryptomarkets", country=at.name(at.country))
    mark = words.say("SYNTHETIC: made from pages of made-up markets. No value is real.") if synthetic else ""
    date = f"datetime(year: {moment.year}, month: {moment.month}, day: {moment.day})"
    head = (_HEAD + typeset.STYLE).format(
        title=quoted(title), author=quoted(author), date=date, language=quoted(locale[0]),
        region=quoted(locale[1]), mark=said(mark), band=typeset.embargo_header(embargo),
    )  # fmt: skip
    parts = [head, f"#heading(level: 1, outlined: false)[{said(title)}]"]
    if mark:
        parts.append(f"#block(stroke: 1pt, inset: 8pt, width: 100%)[#strong[{said(mark)}]]")
    parts += [heading(words.say("Before you read")), listed(page.caveats(words)), "#outline(depth: 2)"]
    number = 0
    for section in sections:
        parts.append(heading(section.title))
        for shown in section.findings:
            if shown.finding.heading:
                parts.append(heading(shown.finding.heading, level=3))
            parts += [f"{said(sentence)}\n" for sentence in shown.finding.sentences]
            if shown.drawn:
                number += 1
                name = quoted(shown.name)
                size = _size(shown.drawn)
                parts.append(f'#figure(image("figure-{number}.svg", {size}, alt: {name}), caption: {name})')
            if shown.finding.table is not None and shown.finding.table.rows:
                parts.append(typeset.table(shown.finding.table, shown.name or shown.finding.heading or section.title))
            if shown.finding.caveat:
                parts.append(f"#text(size: 9pt)[{said(shown.finding.caveat)}]\n")
    parts += [heading(words.say("How it was measured")), listed(page.method(words))]
    attached = words.say("All values of this report, one a row.")
    parts.append(typeset.attached(ATTACHED, "text/csv", attached))
    return "\n".join(parts) + "\n"


def _size(drawing: str) -> str:
    """How large a drawing stands on the page: as wide as it, but small ones no larger than drawn, long ones as it is
    high."""
    box = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', drawing)
    width, height = (float(box[1]), float(box[2])) if box is not None else (_FULL, 0.0)
    part = min(1.0, width / _FULL)
    return f"height: {_HIGH}mm" if height * part * _MM * _FULL / width > _HIGH else f"width: {100 * part:.0f}%"


def build_pdf(report: page.Report) -> bytes:
    """The report as PDF, the same bytes for the same report; of the release's day, else of the last month's first."""
    at, facts, sections = report.at, report.facts, report.sections
    last = datetime.fromisoformat(f"{max(at.frame['time_period'])}-01").replace(tzinfo=UTC)
    moment = facts.moment.astimezone(UTC) if facts is not None else last
    author = (facts.publisher if facts is not None else publisher()).name[at.words.language]
    text = source(at, sections, author=author, moment=moment, synthetic=report.synthetic, embargo=band(facts, at.words))
    drawings = [shown.drawn for section in sections for shown in section.findings if shown.drawn]
    files = {f"figure-{number}.svg": drawing.encode() for number, drawing in enumerate(drawings, 1)}
    return typeset.compiled(text, {ATTACHED: at.frame.write_csv().encode(), **files}, moment)
