"""Figures as SVG: contains the first kinds of Vega-Lite charts (others: more_charts.py), drawn without a network, and
their place in a page.

Marks differ by shape and dash as well as by shade, so that a figure says the same in grey. A figure is one picture to a
screen reader, named by its sentence; the numbers are in the table behind it. Gaps stay gaps: a month without a value is
a row without one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptodrug_assets.publishing.words import Words

Rows = Sequence[Mapping[str, Any]]
Spec = dict[str, Any]
_VERSION = "6.4"
# Dark to light with different lightness, told apart in grey and by people who see colours differently.
_SHADES = ["#0b3c5d", "#c0561b", "#4f9d8c", "#8a6bb1", "#6b6b6b"]
_SHAPES = ["circle", "square", "triangle-up", "diamond", "cross"]
_DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 3]]
WIDTH = 560
_ENLARGED = 1.15
_FINE = re.compile(r"-?\d+\.\d{3,}")
# Labels are not cut: to find where would take longer than all the rest. The font is the one that comes with the library.
_CONFIG: Spec = {
    "aria": False, "font": "sans-serif", "background": "#ffffff",
    "axis": {"labelColor": "#1c2733", "titleColor": "#1c2733", "gridColor": "#e3e9ef", "labelLimit": 0},
    "legend": {"symbolOpacity": 1, "columnPadding": 18, "labelColor": "#1c2733", "titleColor": "#1c2733", "symbolSize": 90, "labelLimit": 0},
    "view": {"stroke": None},
}  # fmt: skip


@dataclass(frozen=True)
class Drawing:
    """A figure that is no chart: what stands inside its SVG, and the size that it is drawn for."""

    width: float
    height: float
    inside: str


def series_apart(series: Sequence[str], *, columns: int | None = None) -> dict[str, Spec]:
    """Encodings that tell series apart, by the names of their channels."""
    legend = {"orient": "top"} | ({"columns": columns} if columns else {})
    field = {"field": "series", "type": "nominal", "sort": list(series), "title": None}
    ranges: dict[str, Sequence[Any]] = {"color": _SHADES, "shape": _SHAPES, "strokeDash": _DASHES}
    return {
        channel: {**field, "scale": {"domain": list(series), "range": list(values[: len(series)])}, "legend": legend}
        for channel, values in ranges.items()
    }


def months_axis(months: Sequence[str]) -> Spec:
    """The axis of months, in their order."""
    return {"field": "x", "type": "ordinal", "sort": list(months), "title": None, "axis": {"labelAngle": -45}}


def lines(rows: Rows, *, y: str, series: Sequence[str], months: Sequence[str]) -> Spec:
    """Values over months with a band a series. Rows: `x` (one of `months`), `series`, `value`, `lower`, `upper`."""
    apart, x = series_apart(series, columns=3), months_axis(months)
    colour = apart["color"]
    value = {"field": "value", "type": "quantitative", "title": y, "axis": {"format": ".1~%"}}
    return chart(
        rows,
        {
            "width": WIDTH, "height": 240, "encoding": {"x": x},
            "layer": [
                {"mark": {"type": "rule", "strokeWidth": 6, "opacity": 0.22},
                 "encoding": {"y": {**value, "field": "lower"}, "y2": {"field": "upper"}, "color": colour}},
                {"mark": {"type": "line", "strokeWidth": 2},
                 "encoding": {"y": value, "color": colour, "strokeDash": apart["strokeDash"]}},
                {"mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
                 "encoding": {"y": value, "color": colour, "shape": apart["shape"]}},
            ],
        },
    )  # fmt: skip


def dots(
    rows: Rows, *, x: str, order: Sequence[str], series: Sequence[str], form: str = ".1~%", log: bool = False,
    line: float | None = None,
) -> Spec:  # fmt: skip
    """Values with their intervals, a row a label. Rows: `label` (one of `order`), `series`, `value`, `lower`, `upper`.

    `line`: a value to compare with; `log`: the axis is logarithmic (values above zero alone).
    """
    apart = series_apart(series)
    y = {"field": "label", "type": "nominal", "sort": list(order), "title": None}
    offset = {"field": "series", "type": "nominal", "sort": list(series)}
    scale = {"type": "log"} if log else {"zero": True}
    value = {"field": "value", "type": "quantitative", "title": x, "scale": scale, "axis": {"format": form}}
    layers: list[Spec] = [
        {"mark": {"type": "rule", "strokeWidth": 2},
         "encoding": {"x": {**value, "field": "lower"}, "x2": {"field": "upper"}, "color": apart["color"]}},
        {"mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
         "encoding": {"x": value, "color": apart["color"], "shape": apart["shape"]}},
    ]  # fmt: skip
    if line is not None:
        mark = {"type": "rule", "strokeDash": [4, 4], "color": "#1c2733"}
        layers.insert(0, {"data": {"values": [{}]}, "mark": mark, "encoding": {"x": {"datum": line}}})
    height = max(60, len(order) * (12 + 14 * len(series)))
    encoding = {"y": y, "yOffset": offset} if len(series) > 1 else {"y": y}
    for layer in layers[-2:]:
        layer["encoding"] |= encoding
    return chart(rows, {"width": WIDTH - 140, "height": height, "layer": layers})


def bars(rows: Rows, *, y: str, series: Sequence[str], months: Sequence[str]) -> Spec:
    """Counts by month, the series upon each other. Rows: `x`, `series`, `value`; `rank` is the series' place."""
    return chart(
        rows,
        {
            "width": WIDTH, "height": 220,
            "mark": {"type": "bar", "stroke": "#ffffff", "strokeWidth": 1},
            "encoding": {
                "x": months_axis(months),
                "y": {"field": "value", "type": "quantitative", "title": y, "axis": {"format": ",.0f"}},
                "color": series_apart(series)["color"], "order": {"field": "rank", "type": "quantitative"},
            },
        },
    )  # fmt: skip


def spans(rows: Rows, events: Rows, *, order: Sequence[str], months: Sequence[str], marks: Sequence[str]) -> Spec:
    """Months that were observed, a row a market, and what happened. Rows: `label`, `x`, `kind` (one of `marks`: with
    figures, without); events: `label`, `x`, `text`."""
    y = {"field": "label", "type": "nominal", "sort": list(order), "title": None}
    kind = {"field": "kind", "type": "nominal", "title": None, "sort": list(marks), "legend": {"orient": "top"}}
    layers: list[Spec] = [
        {"mark": {"type": "rect", "stroke": "#0b3c5d", "strokeWidth": 1},
         "encoding": {"color": {**kind, "scale": {"domain": list(marks), "range": ["#9fc3dc", "#ffffff"]}}}},
        {"data": {"values": list(events)},
         "mark": {"type": "text", "align": "center", "baseline": "middle", "fontSize": 11, "fontWeight": "bold"},
         "encoding": {"text": {"field": "text"}}},
    ]  # fmt: skip
    x = {**months_axis(months), "scale": {"domain": list(months)}}
    return chart(rows, {"width": WIDTH, "height": 34 * len(order), "encoding": {"x": x, "y": y}, "layer": layers})


def chart(rows: Rows, body: Spec) -> Spec:
    """A specification with its rows and the look that all have."""
    # A reader's own font may be wider than that which was measured: more so the longer a label is.
    longest = max(
        (len(line) for row in rows for name in ("label", "y") for line in str(row.get(name, "")).split("\n")), default=0
    )
    padding = {"left": 14 + longest, "right": 26, "top": 5, "bottom": 5}
    return {"data": {"values": [dict(row) for row in rows]}, "config": _CONFIG, "padding": padding, **body}


def svg(figure: Spec | Drawing, words: Words, title: str, number: int) -> str:
    """The drawn figure as one element of a page, named by `title`; the same text for the same arguments."""
    from markupsafe import escape

    if isinstance(figure, Drawing):
        box, inside = f"0 0 {figure.width:g} {figure.height:g}", figure.inside
    else:
        box, inside = _drawn(figure, words)
    # Identifiers are the same in every figure, or counted on from figure to figure.
    names = list(dict.fromkeys(re.findall(r'\bid="([\w-]+)"', inside)))
    for at, name in enumerate(names):
        inside = re.sub(rf'(\bid="|url\(#){re.escape(name)}(?=["\)])', rf"\g<1>f{number}-{at}", inside)
    width = round(float(box.split()[2]) * _ENLARGED)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{width}" role="img" aria-labelledby="figure-{number}-name">'
        f'<title id="figure-{number}-name">{escape(title)}</title><g aria-hidden="true">{inside}</g></svg>'
    )


def _drawn(spec: Spec, words: Words) -> tuple[str, str]:
    """View box and inside of a chart."""
    drawn = _converted(json.dumps(spec), json.dumps(_numbers(words)), json.dumps(_times(words)))
    found = re.fullmatch(r"\s*<svg\s[^>]*?viewBox=\"([^\"]+)\"[^>]*>(.*)</svg>\s*", drawn, re.DOTALL)
    if found is None:
        raise ValueError("the drawn figure is no single SVG")
    box, inside = found.groups()
    # The whole is one picture with one name; panels bring names of their own along.
    inside = re.sub(r' (?:aria-[a-z]+|role)="[^"]*"', "", inside)
    # A hundredth of a pixel is enough; more digits would differ between machines.
    return box, re.sub(r"<[^>]+>", lambda tag: _FINE.sub(lambda number: f"{float(number[0]):.2f}", tag[0]), inside)


@lru_cache(maxsize=256)
def _converted(spec: str, numbers: str, times: str) -> str:
    """A draft and what is published of it have the same figures: each is drawn once."""
    import vl_convert

    return str(
        vl_convert.vegalite_to_svg(
            spec, vl_version=_VERSION, format_locale=json.loads(numbers), time_format_locale=json.loads(times)
        )
    )


def _numbers(words: Words) -> dict[str, Any]:
    """How numbers are written in the language, as D3 wants to know it."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    decimal, thousands = get_decimal_symbol(words.locale), get_group_symbol(words.locale)
    return {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["€\u00a0", ""]}


def _times(words: Words) -> dict[str, Any]:
    """Names of days and months in the language, as D3 wants to know them."""
    from babel.dates import get_day_names, get_month_names

    days = {width: get_day_names(width, locale=words.locale) for width in ("wide", "abbreviated")}
    months = {width: get_month_names(width, locale=words.locale) for width in ("wide", "abbreviated")}
    week = (6, 0, 1, 2, 3, 4, 5)
    return {
        "dateTime": "%x %X", "date": "%d/%m/%Y", "time": "%H:%M:%S", "periods": ["", ""],
        "days": [days["wide"][day] for day in week], "shortDays": [days["abbreviated"][day] for day in week],
        "months": [months["wide"][month] for month in range(1, 13)],
        "shortMonths": [months["abbreviated"][month] for month in range(1, 13)],
    }  # fmt: skip
