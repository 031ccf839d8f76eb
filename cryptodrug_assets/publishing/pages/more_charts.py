"""More kinds of charts: contains bars of shares with n of N, stacks, heat maps, curves, small multiples and strips.

Like those of charts.py they say the same in grey: shades differ in lightness, and each cell or bar has its number.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from cryptodrug_assets.publishing.pages.charts import WIDTH, Rows, Spec, chart, months_axis, series_apart

# Of one hue, by lightness alone; the last is for what is left over.
_RAMP = ["#08263b", "#1f5a7d", "#5b8fb0", "#9fc3dc", "#d3e3ee", "#ffffff"]
_INK, _LINE = "#1c2733", "#6b7a88"
#: A figure taller than this is shown in parts.
MOST_BARS = 36
_STEP, _NARROW = 19, 250
_LETTERS, _LINE_HEIGHT = 50, 8
_PALE = 0.35


def counted_shares(rows: Rows, *, x: str) -> Spec:
    """Shares from 0 to 1, a line a row in their order, their counts as text behind them: a dot, a thick line for the
    interval, a thin one for what the missing leave open. Rows: `label`, `value`, `lower`, `upper`, `low`, `high`,
    `text`; without a value the text alone."""
    # A label may come twice, as "other" does: a row goes by its number, which the axis does not show.
    wrapped = ["\n".join(textwrap.wrap(str(row["label"]), _LETTERS)) for row in rows]
    step = _STEP + (_LINE_HEIGHT if any("\n" in label for label in wrapped) else 0)
    rows = [
        {**row, "label": label, "row": f"{number}|{label}"}
        for number, (row, label) in enumerate(zip(rows, wrapped, strict=True))
    ]
    shown = {"labelExpr": "split(slice(datum.label, indexof(datum.label, '|') + 1), '\\n')", "labelLineHeight": 10}
    y = {"field": "row", "type": "nominal", "sort": [row["row"] for row in rows], "title": None, "axis": shown}
    axis = {
        "field": "value",
        "type": "quantitative",
        "title": x,
        "scale": {"domain": [0, 1]},
        "axis": {"format": ".0%"},
    }
    layers: list[Spec] = [
        {"mark": {"type": "rule", "color": _LINE}, "encoding": {"x": {**axis, "field": "low"}, "x2": {"field": "high"}}},
        {"mark": {"type": "rule", "color": _LINE, "strokeWidth": 5},
         "encoding": {"x": {**axis, "field": "lower"}, "x2": {"field": "upper"}}},
        {"mark": {"type": "point", "filled": True, "size": 60, "opacity": 1, "color": _INK}, "encoding": {"x": axis}},
        {"mark": {"type": "text", "align": "left", "color": _INK},
         "encoding": {"text": {"field": "text"}, "x": {"value": _NARROW + 8}}},
    ]  # fmt: skip
    for layer in layers:
        layer["encoding"]["y"] = y
    return chart(rows, {"width": _NARROW, "height": max(40, step * len(rows)), "layer": layers})


def shares_stacked(rows: Rows, *, y: str, series: Sequence[str], months: Sequence[str], panels: Sequence[str]) -> Spec:
    """Parts of a whole by month, a panel a market. Rows: `panel`, `x`, `series`, `value` (0 to 1), `rank`."""
    shades = [*_RAMP[: len(series) - 1], _RAMP[-1]]
    spec = {
        "width": WIDTH, "height": 130,
        "mark": {"type": "bar", "stroke": _LINE, "strokeWidth": 0.6},
        "encoding": {
            "x": months_axis(months),
            "y": {"field": "value", "type": "quantitative", "title": y, "axis": {"format": ".0%"},
                  "scale": {"domain": [0, 1]}},
            "color": {"field": "series", "type": "nominal", "sort": list(series), "title": None,
                      "scale": {"domain": list(series), "range": shades},
                      "legend": {"orient": "top", "columns": 3, "symbolStrokeColor": _LINE}},
            "order": {"field": "rank", "type": "quantitative"},
        },
    }  # fmt: skip
    return _in_panels(rows, spec, panels)


def heat(rows: Rows, *, x: Sequence[str], y: Sequence[str], panels: Sequence[str], most: float = 1) -> Spec:
    """Shares as cells with their number in them, dark for much. Rows: `panel`, `x`, `y`, `value`, `text`; `most` is the
    share that is darkest. A cell without a value has its text alone."""
    encoding = {
        "x": {"field": "x", "type": "ordinal", "sort": list(x), "title": None, "axis": {"labelAngle": -45}},
        "y": {"field": "y", "type": "ordinal", "sort": list(y), "title": None},
    }
    # No legend: each cell has its number, and a printed legend is a gradient, whose colours are numbers of many digits.
    scale = {"domain": [0, most], "range": ["#ffffff", _RAMP[0]], "clamp": True}
    shade = {"field": "value", "type": "quantitative", "scale": scale, "legend": None}
    dark = {"condition": {"test": f"datum.value > {most * _PALE}", "value": "#ffffff"}, "value": _INK}
    layers = [
        {"transform": [{"filter": "isValid(datum.value)"}], "mark": {"type": "rect", "stroke": "#e3e9ef"},
         "encoding": {**encoding, "color": shade}},
        {"mark": {"type": "text", "fontSize": 10}, "encoding": {**encoding, "text": {"field": "text"}, "color": dark}},
    ]  # fmt: skip
    width = min(WIDTH - 60, 58 * len(x))
    return _in_panels(rows, {"width": width, "height": _STEP * len(y), "layer": layers}, panels)


def curves(
    rows: Rows, *, x: str, y: str, series: Sequence[str], form: str, log: bool = False, lines: Sequence[float] = (),
    diagonal: bool = False,
) -> Spec:  # fmt: skip
    """Lines through points of two numbers. Rows: `x`, `value` (0 to 1), `series`, and `low`, `high`: ends of x.

    `lines`: values of x that are marked; `diagonal`: the line on which all have the same.
    """
    apart = series_apart(series, columns=2)
    scale: Spec = {"type": "log", "nice": False} if log else {"domain": [0, 1]}
    across = {"field": "x", "type": "quantitative", "title": x, "scale": scale,
              "axis": {"format": form, **({"tickCount": 6} if log else {})}}  # fmt: skip
    up = {"field": "value", "type": "quantitative", "title": y, "scale": {"domain": [0, 1]}, "axis": {"format": ".0%"}}
    layers: list[Spec] = [_rule("x", at) for at in lines]
    if diagonal:
        layers.append({"data": {"values": [{"x": 0, "value": 0}, {"x": 1, "value": 1}]},
                       "mark": {"type": "line", "color": _LINE, "strokeDash": [2, 3]},
                       "encoding": {"x": across, "y": up}})  # fmt: skip
    layers += [
        {"mark": {"type": "rule", "strokeWidth": 4, "opacity": 0.35},
         "encoding": {"x": {**across, "field": "low"}, "x2": {"field": "high"}, "y": up, "color": apart["color"]}},
        {"mark": {"type": "line", "strokeWidth": 2},
         "encoding": {"x": across, "y": up, "color": apart["color"], "strokeDash": apart["strokeDash"]}},
        {"mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
         "encoding": {"x": across, "y": up, "color": apart["color"], "shape": apart["shape"]}},
    ]  # fmt: skip
    return chart(rows, {"width": WIDTH - 60, "height": 260, "layer": layers})


def weeks(rows: Rows, events: Rows, *, y: str, series: Sequence[str]) -> Spec:
    """Counts by week with the days of events. Rows: `x` (a day), `value`, `series`; events: `x`, `text`."""
    x = {"field": "x", "type": "temporal", "title": None, "axis": {"format": "%b %Y", "labelAngle": -45}}
    apart = series_apart(series)
    up = {"field": "value", "type": "quantitative", "title": y, "axis": {"format": ",.0f"}}
    layers: list[Spec] = [
        {"mark": {"type": "line", "point": {"filled": True, "size": 30}, "strokeWidth": 2},
         "encoding": {"x": x, "y": up, "color": apart["color"], "strokeDash": apart["strokeDash"]}},
        {"data": {"values": list(events)}, "mark": {"type": "rule", "strokeDash": [4, 4], "color": _INK},
         "encoding": {"x": x}},
        {"data": {"values": list(events)}, "mark": {"type": "text", "align": "left", "dx": 4, "dy": -6, "color": _INK},
         "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "text"}}},
    ]  # fmt: skip
    return chart(rows, {"width": WIDTH, "height": 220, "layer": layers})


def multiples(rows: Rows, *, series: Sequence[str], months: Sequence[str], panels: Sequence[str]) -> Spec:
    """Shares over months in small panels, each with an axis of its own. Rows: `panel`, `x`, `value`, `lower`, `upper`,
    `series`."""
    apart = series_apart(series)
    x = {**months_axis(months), "axis": {"labelAngle": -90, "labelOverlap": True, "labelFontSize": 8}}
    value = {"field": "value", "type": "quantitative", "title": None, "axis": {"format": ".1~%", "tickCount": 3}}
    layers = [
        {"mark": {"type": "rule", "strokeWidth": 4, "opacity": 0.25},
         "encoding": {"x": x, "y": {**value, "field": "lower"}, "y2": {"field": "upper"}, "color": apart["color"]}},
        {"mark": {"type": "point", "filled": True, "size": 26, "opacity": 1},
         "encoding": {"x": x, "y": value, "color": apart["color"], "shape": apart["shape"]}},
    ]  # fmt: skip
    return {
        **chart(rows, {}), "columns": 3, "spec": {"width": 148, "height": 80, "layer": layers},
        "facet": {"field": "panel", "type": "nominal", "sort": list(panels), "title": None,
                  "header": {"labelFontWeight": "bold"}},
        "resolve": {"scale": {"y": "independent"}},
    }  # fmt: skip


def tally(rows: Rows, *, order: Sequence[str], panels: Sequence[str]) -> Spec:
    """How many of each kind stand at a number, a panel a group. Rows: `panel`, `x`, `y` (one of `order`), `n`."""
    encoding = {
        "x": {
            "field": "x",
            "type": "ordinal",
            "sort": None,
            "title": None,
            "axis": {"labelAngle": 0, "labelFontSize": 8},
        },
        "y": {"field": "y", "type": "nominal", "sort": list(order), "scale": {"domain": list(order)}, "title": None},
    }
    layers = [
        {"mark": {"type": "rect", "stroke": "#ffffff", "color": "#d3e3ee"}, "encoding": encoding},
        {"mark": {"type": "text", "fontSize": 9, "color": _INK}, "encoding": {**encoding, "text": {"field": "n"}}},
    ]
    spec = {"width": {"step": 15}, "height": {"step": 16}, "layer": layers}
    return _in_panels(rows, spec, panels) | {"resolve": {"scale": {"x": "independent"}}}


def grouped_bars(rows: Rows, *, order: Sequence[str], series: Sequence[str], x: str) -> Spec:
    """Counts that hold each other, a row a label and series, with their number. Rows: `label`, `series`, `value`."""
    y = {"field": "label", "type": "nominal", "sort": list(order), "title": None}
    shades = {"field": "series", "type": "nominal", "sort": list(series), "title": None,
              "scale": {"domain": list(series), "range": [_RAMP[0], _RAMP[2], _RAMP[4]]},
              "legend": {"orient": "top", "columns": 1}}  # fmt: skip
    encoding = {"y": y, "yOffset": {"field": "series", "type": "nominal", "sort": list(series)},
                "x": {"field": "value", "type": "quantitative", "title": x, "axis": {"format": ",.0f"}}}  # fmt: skip
    layers = [
        {"mark": {"type": "bar", "stroke": _LINE, "strokeWidth": 0.6}, "encoding": {**encoding, "color": shades}},
        {"mark": {"type": "text", "align": "left", "dx": 4, "color": _INK},
         "encoding": {**encoding, "text": {"field": "value", "type": "quantitative", "format": ",.0f"}}},
    ]  # fmt: skip
    return chart(rows, {"width": _NARROW + 60, "height": len(order) * (14 + 14 * len(series)), "layer": layers})


def _rule(channel: str, at: float) -> Spec:
    mark = {"type": "rule", "strokeDash": [4, 4], "color": _INK}
    return {"data": {"values": [{}]}, "mark": mark, "encoding": {channel: {"datum": at}}}


def _in_panels(rows: Rows, spec: Mapping[str, Any], panels: Sequence[str]) -> Spec:
    """The chart, or one a panel below each other where there are several."""
    if len(panels) < 2:
        return chart(rows, dict(spec))
    header = {"labelAngle": 0, "labelAlign": "left", "labelOrient": "top", "labelFontWeight": "bold"}
    facet = {"row": {"field": "panel", "type": "nominal", "sort": list(panels), "title": None, "header": header}}
    return {**chart(rows, {}), "facet": facet, "spec": dict(spec)}
