"""The joint display as one figure: a row a proposition, a panel a strand, N on every panel, nothing told by colour.

Survey: dot, 95% interval (thick) and missing bounds (thin). Markets: dot and interval. Interviews: tenths of those
asked, as the word says. The same numbers stand in the table behind it. Keep out: what strands mean
(buyers/triangulation), what of them is public (joint.py).
"""

import textwrap
from collections.abc import Sequence
from html import escape

from cryptodrug_assets.publishing.pages.charts import Drawing
from cryptodrug_assets.publishing.pages.joint_rows import (
    Judged,
    Number,
    counted,
    of_interviews,
    of_market,
    says,
    together,
)
from cryptodrug_assets.publishing.pages.observed import Observed

#: How many tenths of those asked a word says at least, and at most.
TENTHS = {"most": (5, 10), "some": (2, 5), "few or none": (0, 2)}
#: Left edge and width of the panels.
PANELS = {"survey": (270, 190), "interviews": (500, 150), "market": (710, 180)}
_WIDTH, _TOP, _ROW = 930, 84, 66
_DARK, _MIDDLE, _LIGHT, _SILENT, _SIDE = "#222", "#555", "#999", "#cfcfcf", "#efefef"
_WRAP, _LEGEND_WRAP, _LINE = 40, 150, 13


def joint_picture(at: Observed, rows: Sequence[Judged], interviews: int) -> Drawing:
    """The picture of one wave; `interviews` is their number."""
    words = at.words
    legend = words.say(
        "dot: value · thick line: 95% interval · thin line: had all who did not answer said no, or yes · dashes: the"
        " declared threshold · shaded: the side that speaks for the proposition · tiles: tenths of those asked, dark: at"
        " least, hatched: up to, as the word says · grey: silent"
    )
    lines = textwrap.wrap(legend, _LEGEND_WRAP)
    height = _TOP + _ROW * len(rows) + 6
    parts = [
        '<g font-family="sans-serif" font-size="11">'
        '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="5" height="5" fill="#fff"/><line y2="5" stroke="{_LIGHT}" stroke-width="2"/>'
        f'</pattern></defs><rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        _text(6, 16, *lines, size=10),
    ]  # fmt: skip
    heads = {"survey": words.say("Survey: share of answers"), "interviews": words.say("Interviews"),
             "market": words.say("Markets")}  # fmt: skip
    parts += [_text(left, _TOP - 10, heads[strand], bold=True) for strand, (left, _) in PANELS.items()]
    for number, one in enumerate(rows):
        parts += _row(at, one, _TOP + _ROW * number, interviews)
    return Drawing(_WIDTH, height, "".join(parts) + "</g>")


def _row(at: Observed, one: Judged, top: int, interviews: int) -> list[str]:
    lines = textwrap.wrap(one.label(at.words), _WRAP)[:3]
    parts = [f'<g data-proposition="{escape(one.row["proposition"])}">']
    parts.append(f'<line x1="6" x2="{_WIDTH - 6}" y1="{top}" y2="{top}" stroke="{_LIGHT}" stroke-width="0.5"/>')
    parts.append(_text(6, top + 16, *lines))
    told = together(at.words, one.row)
    if one.row["author_verdict"]:
        author = at.words.label("joint_verdict", one.row["author_verdict"])
        told += " · " + at.words.say("author: {verdict}", verdict=author)
    parts.append(_text(6, top + 18 + 13 * len(lines), told, bold=True, size=10))
    parts += _survey(at, one, top)
    parts += _tiles(at, one, top, interviews)
    parts += _market(at, one, top)
    return [*parts, "</g>"]


def _survey(at: Observed, one: Judged, top: int) -> list[str]:
    row, rule = one.row, one.rule.survey if one.rule is not None else None
    if row["survey_verdict"] == "silent":
        return _silent(at, "survey", top)
    # A comparison of two items in the same persons has its share among those who differ.
    side = None if rule is None else (rule.side, rule.threshold)
    scale = _Scale(at, "survey", 0, 1, percent=True)
    marks = []
    if row["survey_value"] is not None:
        bounds = (row["survey_bound_low"], row["survey_bound_high"])
        marks = scale.marks(top, row["survey_value"], (row["survey_lower"], row["survey_upper"]), bounds)
    return [*scale.ground(top, side), *marks, *_said(at, "survey", top, one, counted(at.words, row))]


def _market(at: Observed, one: Judged, top: int) -> list[str]:
    row, rule, public = one.row, one.rule.market if one.rule is not None else None, one.market
    if row["market_verdict"] == "silent":
        return _silent(at, "market", top)
    side = None if rule is None else (rule.side, rule.threshold)
    ends = [rule.threshold] if rule is not None else []
    known: list[float] = [] if public is None else [float(public[name]) for name in ("obs_value", *_BOUNDS)]
    least, most = min([0.0, *ends, *known]), max([1.0, *ends, *known])
    scale = _Scale(at, "market", least, most if most <= 1 else 1.1 * most, percent=False)
    marks = [] if public is None else scale.marks(top, known[0], known[1:], (None, None))
    return [*scale.ground(top, side), *marks, *_said(at, "market", top, one, of_market(at, public))]


_BOUNDS = ("lower_bound", "upper_bound")


def _tiles(at: Observed, one: Judged, top: int, interviews: int) -> list[str]:
    row = one.row
    if row["interviews_verdict"] == "silent":
        return _silent(at, "interviews", top)
    left, width = PANELS["interviews"]
    least, most = TENTHS.get(row["interviews_wording"] or "", (0, 0))
    step = width / 10
    parts = []
    for tenth in range(10):
        fill = _MIDDLE if tenth < least else "url(#hatch)" if tenth < most else "#fff"
        kind = "at-least" if tenth < least else "up-to" if tenth < most else "none"
        parts.append(
            f'<rect data-tile="{kind}" x="{left + step * tenth:.1f}" y="{top + 10}" width="{step - 2:.1f}" height="14"'
            f' fill="{fill}" stroke="{_LIGHT}"/>'
        )
    return [*parts, *_said(at, "interviews", top, one, of_interviews(at.words, row, interviews))]


def _said(at: Observed, strand: str, top: int, one: Judged, numbers: str) -> list[str]:
    left = PANELS[strand][0]
    return [_text(left, top + 46, says(at.words, one.row, strand)), _text(left, top + 59, numbers, size=10)]


def _silent(at: Observed, strand: str, top: int) -> list[str]:
    left, width = PANELS[strand]
    return [
        f'<rect data-silent="{strand}" x="{left}" y="{top + 8}" width="{width}" height="18" fill="{_SILENT}"/>',
        _text(left, top + 46, at.words.say("silent: not asked, or no value")),
    ]


class _Scale:
    """An axis of a panel."""

    def __init__(self, at: Observed, strand: str, low: float, high: float, *, percent: bool) -> None:
        self.left, self.width = PANELS[strand]
        self.words, self.low, self.high, self.percent = at.words, low, high, percent

    def x(self, value: float) -> float:
        """Where a value stands."""
        return round(self.left + self.width * (value - self.low) / (self.high - self.low), 2)

    def ground(self, top: int, side: tuple[str, float] | None) -> list[str]:
        """Axis with its ends, threshold, and the side that speaks for the proposition."""
        parts = []
        y = top + 17
        if side is not None:
            at = self.x(side[1])
            first, last = (at, self.left + self.width) if side[0] == "above" else (self.left, at)
            parts.append(f'<rect x="{first}" y="{top + 8}" width="{last - first:.2f}" height="18" fill="{_SIDE}"/>')
            parts.append(
                f'<line data-threshold="{side[1]}" x1="{at}" x2="{at}" y1="{top + 6}" y2="{top + 27}" stroke="{_DARK}"'
                ' stroke-dasharray="3 2"/>'
            )
        parts.append(
            f'<line data-low="{self.low}" data-high="{self.high}" x1="{self.left}" x2="{self.left + self.width}"'
            f' y1="{y}" y2="{y}" stroke="{_LIGHT}" stroke-width="0.7"/>'
        )
        number = Number(self.words)
        low, high = (self.words.percent(end, 0) if self.percent else number.short(end) for end in (self.low, self.high))
        parts.append(_text(self.left, top + 34, low, size=8))
        parts.append(_text(self.left + self.width, top + 34, high, size=8, end=True))
        return parts

    def marks(
        self, top: int, value: float, interval: Sequence[float | None], bounds: Sequence[float | None]
    ) -> list[str]:
        """Bounds as a thin line with ends, the interval as a thick one, the value as a dot."""
        y = top + 17
        parts = []
        for kind, (low, high), thick in (("bounds", bounds, 1), ("interval", interval, 5)):
            if low is None or high is None:
                continue
            x1, x2 = self.x(low), self.x(high)
            parts.append(
                f'<line data-mark="{kind}" x1="{x1}" x2="{x2}" y1="{y}" y2="{y}" stroke="{_MIDDLE}"'
                f' stroke-width="{thick}"/>'
            )
            if kind == "bounds":
                parts += [f'<line x1="{x}" x2="{x}" y1="{y - 5}" y2="{y + 5}" stroke="{_MIDDLE}"/>' for x in (x1, x2)]
        parts.append(f'<circle data-mark="value" cx="{self.x(value)}" cy="{y}" r="5" fill="{_DARK}" stroke="#fff"/>')
        return parts


def _text(x: float, y: float, *lines: str, size: int = 0, bold: bool = False, end: bool = False) -> str:
    looks = [
        f'font-size="{size}"' if size else "",
        'font-weight="bold"' if bold else "",
        'text-anchor="end"' if end else "",
    ]
    inside = escape(lines[0]) if lines else ""
    inside += "".join(f'<tspan x="{x}" dy="{_LINE}"> {escape(line)}</tspan>' for line in lines[1:])
    return f'<text x="{x}" y="{y}" {" ".join(filter(None, looks))} fill="{_DARK}">{inside}</text>'
