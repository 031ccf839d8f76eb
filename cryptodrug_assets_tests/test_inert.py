"""Text that a page chose: what terminals, Markdown and JSON are given of it."""

import json

import pytest

from cryptodrug_assets.inert import cell_text, json_text, markdown, one_line, printable, shown_text

ESCAPES = "a\x1b[31mred\x1b]0;title\x07\x9b31m\u202eevil\u200b\x00"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Drugs / Stimulants, 2.5 g", "Drugs / Stimulants, 2.5 g"),
        ("wall_street", "wall_street"),
        (None, ""),
        (0.0625, "0.0625"),
        (-3, "-3"),
        ("![a](/graphql?query=mutation{x})", "`![a](/graphql?query=mutation{x})`"),
        ("a | b", "a / b"),
        ("`![a](b)`", "`ˋ![a](b)ˋ`"),
        ("```", "`ˋˋˋ`"),
        ("\\", "`\\`"),
        ("*bold*", "`*bold*`"),
        ("_it_ and __it__", "`_it_ and __it__`"),
        ("www.evil.example", "`www.evil.example`"),
        ("http://evil.example", "`http://evil.example`"),
        ("a@evil.example", "`a@evil.example`"),
        ("&lt;", "`&lt;`"),
        ("a\n\n# b", "`a  # b`"),
        (["BE", "NL"], "`['BE', 'NL']`"),
        ("\x1b[31m", "`\\x1b[31m`"),
    ],
)
def test_a_cell_is_shown_and_never_read(value: object, cell: str) -> None:
    assert cell_text(value) == cell
    assert "\n" not in cell and "|" not in cell


def test_a_cell_cut_in_the_middle_is_still_closed() -> None:
    assert cell_text("![" + "x" * 200, 10) == "`![xxxxxxxx`"


def test_what_a_cell_shows_is_found_again() -> None:
    for text in ("plain words", "![a](b)", "\\", "*", "x" * 80):
        assert shown_text(cell_text(text)) == text


def test_only_our_own_columns_are_markdown() -> None:
    table = markdown(["found", "what to do"], [("`x`", "run `this`")], own={1})
    assert table.splitlines()[2] == "| `ˋxˋ` | run `this` |"


def test_a_terminal_gets_nothing_to_obey() -> None:
    shown = printable(ESCAPES)
    assert shown.isprintable()
    assert shown == "a\\x1b[31mred\\x1b]0;title\\x07\\x9b31m\\u202eevil\\u200b\\x00"
    assert printable("Grüße, 2 g – œuvre 漢字 🙂") == "Grüße, 2 g – œuvre 漢字 🙂"
    assert printable("a\n\tb\r", keep="\n\t") == "a\n\tb\\r"
    assert printable("\ud800") == "\\ud800"


def test_an_error_is_one_line_of_bounded_length() -> None:
    assert one_line("no\nsuch\r\n\x1b[2Jthing") == "no such \\x1b[2Jthing"
    assert len(one_line("x" * 100_000)) < 2_100


def test_json_says_every_character() -> None:
    text = json_text({"title": ESCAPES + "\U000e0001 é"})
    assert text.isprintable()
    assert json.loads(text) == {"title": ESCAPES + "\U000e0001 é"}
    assert "é" in text
