"""An attack on what is seen: values read back from the report's pictures and numbers, and from those of the graph.

Every coordinate drawn must be that of a value that is shown, or of its interval; no line crosses a hidden month, no
axis reaches for a hidden value.
"""

import re
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.metadata import table_metadata
from cryptodrug_assets.publishing.report import build_report
from cryptodrug_assets_tests.indicators.attack import world

SVG = "{http://www.w3.org/2000/svg}"
COUNTRIES = ["BE", "NL", "DE", "US", "FR"]
# A value that nothing else in the world has, at a month in the middle that is hidden.
CANARY, HIDDEN = 0.87654321, date(2018, 12, 1)


@lru_cache(maxsize=1)
def tables() -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Public tables with intervals, and the same in which one more hidden value is far above all that are shown."""
    _, made = world(1, varied=True)
    public = {name.removesuffix("_public"): frame for name, frame in made.items()}
    shares = public["shares"].with_columns(lower=pl.col("value") * 0.9, upper=pl.col("value") * 1.1)
    spot = (pl.col("country") == "BE") & (pl.col("market") == "dream") & (pl.col("month") == HIDDEN)
    known = public | {"shares": shares.with_columns(
        *(pl.when(spot).then(CANARY).otherwise(name).alias(name) for name in ("value", "lower", "upper"))
    )}  # fmt: skip
    hidden = public | {"shares": shares.with_columns(
        *(pl.when(spot).then(None).otherwise(name).alias(name) for name in ("value", "lower", "upper")),
        conf_status=pl.when(spot).then(pl.lit("C")).otherwise("conf_status"),
        obs_status=pl.when(spot).then(pl.lit("C")).otherwise("obs_status"),
    )}  # fmt: skip
    return hidden, known


def report(public: dict[str, pl.DataFrame], country: str) -> str:
    return build_report(public, country=country, synthetic=True, pages={"dream": 7, "empire": 7})


def pictures(html: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(text) for text in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]


def strokes(picture: ElementTree.Element) -> dict[str, list[list[tuple[float, float]]]]:
    """By kind (line2d, LineCollection, ...) the strokes in the axes, without ticks, spines and legend."""
    found: dict[str, list[list[tuple[float, float]]]] = {}

    def walk(element: ElementTree.Element, kind: str) -> None:
        name = element.get("id", "")
        if name.startswith(("matplotlib.axis", "legend", "patch", "text")):
            return
        kind = name.rpartition("_")[0] if element.tag == f"{SVG}g" and name else kind
        if element.tag == f"{SVG}path" and "clip-path" in element.attrib:
            for stroke in re.findall(r"M[^M]+", element.get("d", "")):
                numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", stroke)]
                found.setdefault(kind, []).append(list(zip(numbers[::2], numbers[1::2], strict=True)))
        for child in element:
            if child.tag != f"{SVG}defs":
                walk(child, kind)

    walk(picture, "")
    return found


class Reader:
    """Turns a point of a picture into month and value, from two values that are known to be drawn."""

    def __init__(self, picture: ElementTree.Element, shown: list[tuple[int, float]]) -> None:
        self.strokes = strokes(picture)
        points = [point for stroke in self.strokes["line2d"] for point in stroke]
        columns = sorted({x for x, _ in points})
        self.first, self.step = columns[0], min((b - a for a, b in pairwise(columns)), default=1.0)
        self.month = min(month for month, _ in shown)
        self.low, high = min(value for _, value in shown), max(value for _, value in shown)
        self.bottom, top = max(y for _, y in points), min(y for _, y in points)
        self.scale = (high - self.low) / (self.bottom - top) if self.bottom > top else 0.0

    def read(self, kind: str) -> set[tuple[int, float]]:
        """Months and values of all points of a kind, to six digits."""
        return {
            (self.month + round((x - self.first) / self.step), round(self.low + (self.bottom - y) * self.scale, 6))
            for found, drawn in self.strokes.items()
            if found.startswith(kind)
            for stroke in drawn
            for x, y in stroke
        }


def of_measure(public: dict[str, pl.DataFrame], country: str, code: str) -> pl.DataFrame:
    return public["shares"].filter(country=country, indicator=code, drug_class="all").sort("market", "month")


@pytest.mark.parametrize("country", COUNTRIES)
def test_what_is_drawn_of_shares_is_what_is_shown(country: str) -> None:
    """Points and values agree one to one; ribbons and whiskers end where intervals do."""
    public, _ = tables()
    html = report(public, country)
    drawn = [code for code in ("SH01", "SH03", "SH04") if of_measure(public, country, code)["value"].drop_nulls().len()]
    for code, picture in zip(drawn, pictures(html), strict=False):
        frame = of_measure(public, country, code)
        months = sorted(frame["month"].unique())
        shown, bounds = set(), set()
        for month, value, lower, upper in frame.select("month", "value", "lower", "upper").drop_nulls().iter_rows():
            shown.add((months.index(month), round(value, 6)))
            bounds |= {(months.index(month), round(bound, 6)) for bound in (lower, upper)}
        reader = Reader(picture, sorted(shown))
        if reader.scale == 0:
            continue
        points = reader.read("line2d")
        assert all(near(point, shown) for point in points) and all(near(value, points) for value in shown)
        whiskers, ribbons = reader.read("LineCollection"), reader.read("FillBetween")
        assert whiskers and all(near(point, bounds) for point in whiskers | ribbons)


def near(point: tuple[int, float], known: set[tuple[int, float]]) -> bool:
    return any(point[0] == month and abs(point[1] - value) < 1e-5 for month, value in known)


def test_no_line_crosses_a_hidden_month() -> None:
    """Of Dream's three months the middle one is hidden: no stroke leads from one of them to the next."""
    public, known = tables()
    for each, expected in ((public, 0), (known, 2)):
        lines = strokes(pictures(report(each, "BE"))[0])["line2d"]
        third = sorted({x for stroke in lines for x, _ in stroke})[1 + expected // 2]
        assert sum(after[0] <= third for stroke in lines for _, after in pairwise(stroke)) == expected


def test_no_axis_reaches_for_a_hidden_value() -> None:
    """The height of a shown month is the same whatever the hidden one is; with the value in the open it is not."""
    public, known = tables()
    rest = public["shares"].filter(~((pl.col("country") == "BE") & (pl.col("month") == HIDDEN)))
    without = public | {"shares": rest}
    heights = [
        sorted({y for stroke in strokes(pictures(report(each, "BE"))[0])["line2d"] for _, y in stroke})
        for each in (public, without, known)
    ]
    assert heights[0] == heights[1] != heights[2]


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_canary_is_nowhere(country: str) -> None:
    """Not as a number, a percentage, an attribute or a comment; in the open it would be found."""
    public, known = tables()
    printed = ("87.65", "0.8765", "0.877", "87.7", "8765")
    assert not any(text in report(public, country) for text in printed)
    assert country != "BE" or any(text in report(known, country) for text in printed)


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_report_holds_nothing_but_shown_numbers(country: str) -> None:
    """Every cell of the table by month is a shown value, or says c or –."""
    public, _ = tables()
    html = report(public, country)
    table = html[html.index("by month, percent") : html.index("</table>", html.index("by month, percent"))]
    shown = {
        f"{100 * value:.2f}"
        for row in public["shares"].filter(pl.col("country") == country).select("value", "lower", "upper").iter_rows()
        for value in row
        if value is not None
    }
    numbers = set(re.findall(r"\d+\.\d\d", table))
    assert numbers and numbers <= shown


def test_public_tables_show_the_graph_nothing_else() -> None:
    """Headline numbers, preview, plot and figure of a public table: without its hidden rows they are the same."""
    _, public = world(1, varied=True)
    for name, frame in public.items():
        if "conf_status" not in frame.columns:
            continue
        contract = contracts.load("indicators", name)
        counts = ("dagster/row_count", "values", "missing", "confidential", "low_coverage", "coverage")

        def told(rows: pl.DataFrame, contract: Any = contract, counts: tuple[str, ...] = counts) -> dict[str, str]:
            made = table_metadata(contract, rows, "BE")
            return {key: str(value) for key, value in made.items() if key not in counts}

        assert told(frame) == told(frame.filter(pl.col("conf_status") == "F")), name


def test_internal_tables_say_that_they_are() -> None:
    """What the graph shows of them leaves out one or two vendors, not what sums would tell."""
    internal, public = world(1)
    assert table_metadata(contracts.load("indicators", "shares"), internal["shares"], "BE")["audience"].startswith(
        "internal"
    )
    shown = table_metadata(contracts.load("indicators", "shares_public"), public["shares_public"], "BE")
    assert shown["audience"] == "public"
