"""What a materialisation shows: numbers and a picture known by hand, and nothing of one or two vendors."""

import base64
from datetime import date
from xml.etree import ElementTree

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.metadata import preview, table_metadata
from cryptodrug_assets.definitions import defs
from cryptodrug_assets.publishing.plots import dots, headlines, picture, strips
from cryptodrug_assets_tests.frames import rows

SHARES = contracts.load("indicators", "shares")


def shares(*given: tuple[str, str, float | None, str]) -> pl.DataFrame:
    """indicators.shares of (indicator, country, value, conf_status)."""
    return rows(
        "indicators",
        "shares",
        *(
            {
                "month": date(2018, 11, 1), "indicator": indicator, "country": country, "drug_class": "all",
                "unit": "ratio", "value": value, "lower": None if value is None else value / 2,
                "upper": None if value is None else value * 2, "coverage": 0.97, "method": "m",
                "obs_status": "M" if value is None else "A", "conf_status": status,
            }
            for indicator, country, value, status in given
        ),
    )  # fmt: skip


FRAME = shares(
    ("SH03", "BE", 0.0625, "F"), ("SH03", "NL", 0.777, "C"), ("SH03", "DE", 0.25, "F"), ("SH01", "BE", 0.5, "F"),
    ("SH04", "BE", None, "F"), ("SH01_full", "BE", 0.4, "F"),
)  # fmt: skip


def test_headline_numbers() -> None:
    assert headlines("shares", FRAME, "BE") == {
        "values": 5, "missing": 1, "confidential": 1, "low_coverage": 0, "coverage_unknown": 0, "coverage": 0.97,
        "BE SH01": 0.5, "BE SH03": 0.0625,
    }  # fmt: skip


def test_confidential_values_are_neither_listed_nor_drawn() -> None:
    shown = str(table_metadata(SHARES, FRAME, "BE"))
    drawn = picture("shares", FRAME, "BE")
    assert drawn is not None
    for text in (shown, drawn, preview(SHARES, FRAME)):
        assert "0.777" not in text and "| NL" not in text and ">NL<" not in text
    assert "0.0625" in preview(SHARES, FRAME)


def test_the_largest_transaction_is_not_shown() -> None:
    frame = shares(("TS02", "BE", 973.0, "F"), ("TS03", "BE", 75.0, "F"))
    assert "973" not in str(headlines("transaction_sizes", frame, "BE")) + preview(SHARES, frame)


def test_the_picture_is_an_svg_with_a_dot_per_value_in_their_order() -> None:
    metadata = table_metadata(SHARES, FRAME, "BE")
    text = metadata["figure"].value
    assert text.startswith("![shares](data:image/svg+xml;base64,")
    image = base64.b64decode(text.partition("base64,")[2].rstrip(")")).decode()
    tree = ElementTree.fromstring(image)
    space = "{http://www.w3.org/2000/svg}"
    dots_drawn = [float(dot.attrib["cx"]) for dot in tree.iter(f"{space}circle")]
    assert len(dots_drawn) == 2 and dots_drawn[0] > dots_drawn[1]
    texts = [part.text for part in tree.iter(f"{space}text")]
    assert texts[1:] == ["DE", "0.25", "BE", "0.0625"]


def test_dots_stand_where_their_values_are() -> None:
    """On an axis from 0 to 4 the value 2 stands midway between 0 and 4, and negative values left of zero."""
    tree = ElementTree.fromstring(dots("t", ["a", "b", "c"], [(0.0, None, None), (2.0, 1.0, 4.0), (4.0, None, None)]))
    x = [float(dot.attrib["cx"]) for dot in tree.iter("{http://www.w3.org/2000/svg}circle")]
    assert x[1] - x[0] == x[2] - x[1] > 0
    negative = ElementTree.fromstring(dots("t", ["a", "b"], [(-1.0, None, None), (1.0, None, None)]))
    left, right = (float(dot.attrib["cx"]) for dot in negative.iter("{http://www.w3.org/2000/svg}circle"))
    assert left < right


def test_plots_of_characters() -> None:
    """On 24 characters from 0 to 23: the value 4 with bounds 2 and 8, and a value without bounds at the end."""
    assert strips([(4.0, 2.0, 8.0), (23.0, None, None)]) == [
        "··──●────···············",
        "·······················●",
    ]
    assert strips([(-1.0, None, None), (1.0, None, None)]) == ["●" + "·" * 23, "·" * 23 + "●"]


def test_plot_and_preview_are_short_enough_to_be_shown_at_once() -> None:
    many = shares(*(("SH03", f"C{number}", number / 100, "F") for number in range(60)))
    metadata = table_metadata(SHARES, many, "BE")
    for name in ("plot", "preview"):
        assert 100 < len(metadata[name].value) < 1000
    assert "C59 | 0.59 |" in metadata["plot"].value


def test_nothing_to_show_is_no_picture() -> None:
    frame = shares(("SH03", "BE", None, "F"), ("SH03", "NL", 0.3, "C"))
    assert picture("shares", frame, "BE") is None
    assert "plot" not in table_metadata(SHARES, frame, "BE")
    assert preview(SHARES, frame) == "no rows to show"


def test_descriptions_say_what_formula_unit_source_and_limits() -> None:
    graph = defs.resolve_asset_graph()
    found = [key for key in graph.materializable_asset_keys if key.path[0] == "indicators"]
    assert len(found) > 15
    for key in found:
        text = graph.get(key).description or ""
        for part in ("**Formula.**", "**Source.**", "**Limits.**"):
            assert part in text, f"{key.to_user_string()}: {part}"
        if "unit" in contracts.load(*key.path).polars_schema:
            assert "**Unit.**" in text


def test_column_lineage_is_there_for_machines_and_for_people() -> None:
    contract = contracts.load("clean", "listings")
    metadata = table_metadata(contract, contracts.empty(contract), "BE")
    assert "dagster/column_lineage" in metadata
    assert "| quantity | parsed/listings: " in metadata["column_lineage"].value
    assert "title" in metadata["column_lineage"].value
