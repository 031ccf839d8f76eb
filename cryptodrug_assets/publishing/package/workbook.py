"""The workbook of a release in one language: cover, contents, notes, then one table a sheet.

The layout is that of the analysts of the British government (gptables): a sheet begins with its title and what is in
it, and the table follows whole. Text is text: what looks like a formula, a date or an address is not made one.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from cryptodrug_assets.publishing.package.facts import Facts
from cryptodrug_assets.publishing.package.tables import Table
from cryptodrug_assets.publishing.words import Words, labels

#: Beside a value in the column of notes: why there is none, or how far to trust it. The codes of the field.
NOTES: Mapping[str, str] = {"Q": "[c]", "O": "[x]", "M": "[z]", "U": "[low]", "E": "[e]"}
# A code, and the column before which its label stands.
_LABELLED = ("ref_area", "market", "indicator", "drug_class")
HEADER_ROW = 3
_WIDTH = 18


def workbook(tables: Sequence[Table], facts: Facts, language: str) -> bytes:
    """The workbook as bytes, the same each time."""
    import xlsxwriter

    words, out = Words(language), BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
            "nan_inf_to_errors": False,
        },
    )  # fmt: skip
    book.set_properties(
        {
            "title": facts.title(language), "company": facts.publisher.name[language], "created": facts.naive(),
            "comments": f"{facts.name}, {facts.publisher.licence.name}",
        }
    )  # fmt: skip
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    _cover(book, facts, words, bold, wrapped)
    _contents(book, tables, words, bold)
    _notes(book, words, bold, wrapped)
    for table in tables:
        _sheet(book, table, facts, words, bold)
    book.close()
    return out.getvalue()


def sheet_name(table: Table) -> str:
    """A sheet's name has 31 letters at most.

    >>> from types import SimpleNamespace
    >>> sheet_name(SimpleNamespace(name="transaction_sizes_window_and_more"))
    'transaction_sizes_window_and_mo'
    """
    return table.name[:31]


def _cover(book: Any, facts: Facts, words: Words, bold: Any, wrapped: Any) -> None:
    sheet = book.add_worksheet(words.say("Cover"))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    spoken = words.language
    lines = [
        (words.say("Title"), facts.title(spoken)),
        (words.say("Release"), facts.name),
        (words.say("Made at (UTC)"), facts.stamp),
        (words.say("Publisher"), facts.publisher.name[spoken]),
        (words.say("Contact"), facts.publisher.contact.email),
        (words.say("Licence"), f"{facts.publisher.licence.name}, {facts.publisher.licence.uri}"),
        (words.say("Months"), f"{words.month(facts.first, long=True)} – {words.month(facts.last, long=True)}"),
        (words.say("Markets"), ", ".join(words.label("market", market) for market in facts.markets)),
        (words.say("About"), facts.publisher.description[spoken]),
    ]
    if facts.synthetic:
        lines.append((words.say("Mark"), words.say("SYNTHETIC: made from pages of made-up markets. No value is real.")))
    if facts.supersedes:
        lines.append((words.say("Corrects release"), f"{facts.supersedes}: {facts.reason}"))
    for row, (name, text) in enumerate(lines):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, text, wrapped)


def _contents(book: Any, tables: Sequence[Table], words: Words, bold: Any) -> None:
    sheet = book.add_worksheet(words.say("Contents"))
    sheet.set_column(0, 1, 40)
    for column, name in enumerate(
        (words.say("Sheet"), words.say("Table"), words.say("Rows"), words.say("Values shown"))
    ):
        sheet.write_string(0, column, name, bold)
    for row, table in enumerate(tables, 1):
        sheet.write_url(row, 0, f"internal:'{sheet_name(table)}'!A1", string=sheet_name(table))
        sheet.write_string(row, 1, words.label("dataset", table.name))
        sheet.write_number(row, 2, table.frame.height)
        sheet.write_number(row, 3, table.values)


def _notes(book: Any, words: Words, bold: Any, wrapped: Any) -> None:
    sheet = book.add_worksheet(words.say("Notes"))
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 2, 90)
    lines = [
        (NOTES.get(code, ""), code, f"{words.label('obs_status', code)}. {words.meaning('obs_status', code)}")
        for code in labels.codes("obs_status")
    ]
    heading = (words.say("Note"), words.label("column", "obs_status"), words.say("Meaning"))
    for row, cells in enumerate([heading, *lines]):
        for column, text in enumerate(cells):
            sheet.write_string(row, column, text, wrapped if row else bold)
    more = [
        words.say("An offer states where it is sent from; nothing proves it."),
        words.say("Sales are counted from feedback, which is a lower bound of them."),
        words.say("What was not observed has no row. A value of zero is a result."),
        words.say("Bounds are intervals or limits of what was not seen; the method says which."),
    ]
    for row, text in enumerate(more, len(lines) + 2):
        sheet.write_string(row, 2, text, wrapped)


def _sheet(book: Any, table: Table, facts: Facts, words: Words, bold: Any) -> None:
    sheet = book.add_worksheet(sheet_name(table))
    title = words.label("dataset", table.name)
    sheet.write_string(0, 0, title + (f" ({words.say('SYNTHETIC')})" if facts.synthetic else ""), bold)
    about = words.say_n(
        "This sheet has one table of {n} row.", "This sheet has one table of {n} rows.", table.frame.height
    )
    sheet.write_string(1, 0, about)
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    columns = list(_columns(table, words)) if table.observations else [(name, name) for name in table.frame.columns]
    sheet.set_column(0, len(columns), _WIDTH)
    for number, (_, heading) in enumerate(columns):
        sheet.write_string(HEADER_ROW, number, heading, bold)
    spoken = _labelled(table, words) if table.observations else {}
    for row, values in enumerate(table.frame.iter_rows(named=True), HEADER_ROW + 1):
        for number, (name, _) in enumerate(columns):
            _cell(sheet, row, number, _value(name, values, spoken))


def _columns(table: Table, words: Words) -> list[tuple[str, str]]:
    """(name, heading): each coded column after its label, the note after the value."""
    listed: list[tuple[str, str]] = []
    for name in table.frame.columns:
        if name in _LABELLED:
            listed.append((f"{name}:label", words.label("column", name)))
        listed.append((name, name))
        if name == "obs_value":
            listed.append(("note", words.say("Note")))
    return listed


def _labelled(table: Table, words: Words) -> dict[tuple[str, ...], str]:
    """Label by column and code, each looked up once."""
    spoken: dict[tuple[str, ...], str] = {}
    for name in _LABELLED:
        if name != "indicator":
            spoken |= {(name, code): words.label(name, code) for code in table.frame[name].unique()}
    for pair in table.frame.select("indicator", "param").unique().iter_rows():
        spoken["indicator", *pair] = words.indicator(*pair)
    return spoken


def _value(name: str, row: Mapping[str, Any], spoken: Mapping[tuple[str, ...], str]) -> object:
    if name == "note":
        return NOTES.get(row["obs_status"])
    column, _, label = name.partition(":")
    if not label:
        return row[name]
    return spoken[(column, row[column], row["param"]) if column == "indicator" else (column, row[column])]


def _cell(sheet: Any, row: int, column: int, value: object) -> None:
    """A number as a number, anything else as text, nothing as nothing."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))
