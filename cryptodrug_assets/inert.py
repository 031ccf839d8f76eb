"""Text from pages or arguments, written so that no reader obeys it: terminals, Markdown, JSON.

Whoever writes a page chooses its titles, names and categories. A terminal would obey escape sequences in them, and the
Markdown of the Dagster UI would fetch what they link, with the rights of the person who looks.
"""

import json
import re
from collections.abc import Collection, Sequence
from typing import TextIO

_PLAIN = re.compile(r"[\w ,;%±°€–−·…●─/.+-]*")
# What Markdown takes for an address without any mark, and the marks of emphasis at a word's edge.
_MEANT = re.compile(r"www\.|(?:^|\W)_|_(?:\W|$)", re.IGNORECASE)
_LONGEST_ERROR = 2_000


def printable(text: str, keep: str = "") -> str:
    r"""The text with everything a terminal would obey or not show written out, such as \x1b; `keep` stays.

    >>> printable("a\x1b[31mred")
    'a\\x1b[31mred'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else _written(c) for c in text)


def one_line(text: str) -> str:
    """The text as one printable line of bounded length: for errors, which may quote anything."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= _LONGEST_ERROR else f"{line[:_LONGEST_ERROR]}… ({len(line):,} characters)"


def say(*parts: object, file: TextIO | None = None, end: str = "\n", flush: bool = False) -> None:
    """`print` for commands: lines and tabs stay, what else a terminal would obey is written out."""
    text = " ".join(str(part) for part in parts)
    print(printable(text, keep="\n\t"), file=file, end=end, flush=flush)


def json_text(value: object) -> str:
    """The value as JSON on one line.

    >>> json_text({"share": 0.5})
    '{"share": 0.5}'
    """
    return json_inert(json.dumps(value, ensure_ascii=False))


def json_inert(text: str) -> str:
    """JSON that says the same with every character escaped that is not printable (JSON lines stay lines)."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else _json_escape(c) for c in text)


def cell_text(value: object, longest: int = 80) -> str:
    """A value as the text of a Markdown table's cell, at most `longest` characters of it, that is shown and never read
    as Markdown: anything but plain words and numbers stands in a code span that it cannot leave.

    >>> cell_text("plain words"), cell_text("[a](http://b)")
    ('plain words', '`[a](http://b)`')
    """
    text = "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    text = printable(text[:longest].replace("\n", " ")).replace("|", "/")
    if _PLAIN.fullmatch(text) and not _MEANT.search(text):
        return text
    return "`" + text.replace("`", "ˋ") + "`"


def shown_text(cell: str) -> str:
    """What a cell made by `cell_text` shows."""
    return cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == "`" and cell.count("`") == 2 else cell


def markdown(
    heading: Sequence[object], rows: Sequence[Sequence[object]], longest: int = 80, own: Collection[int] = ()
) -> str:
    """A Markdown table; cells are inert and cut at `longest` characters.

    Columns whose numbers are in `own` hold this project's own words, which may be Markdown themselves.

    >>> print(markdown(["market", "pages"], [["dream", 12]]))
    | market | pages |
    |-|-|
    | dream | 12 |
    """
    lines = ["| " + " | ".join(str(name) for name in heading) + " |", "|" + "-|" * len(heading)]
    for row in rows:
        cells = (
            " ".join(str(value).split()).replace("|", "/") if number in own else cell_text(value, longest)
            for number, value in enumerate(row)
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _written(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode()


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
