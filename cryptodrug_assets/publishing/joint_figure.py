"""The joint display as one figure: a row a proposition, a panel a strand, N on every panel, nothing told by colour.

Survey: dot, 95 % interval (thick) and missing bounds (thin). Markets: dot and interval. Interviews: tenths of those
asked, as the word says. Made of public tables alone; the same numbers stand in the table below it. Keep out: what
strands mean (buyers/triangulation).
"""

import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import polars as pl

from cryptodrug_assets.buyers.triangulation.display import market_row
from cryptodrug_assets.buyers.triangulation.propositions import JointDisplay, MarketRule, Proposition

Row = dict[str, Any]
HIDDEN = "c"
SAYS = {"supports": "for it", "contradicts": "against it", "open": "open", "silent": "silent"}
#: How many tenths of those asked a word says at least, and at most.
TENTHS = {"most": (5, 10), "some": (2, 5), "few": (0, 2), "none": (0, 0)}
#: Left edge and width of the panels.
PANELS = {"survey": (276, 200), "interviews": (536, 160), "market": (756, 180)}
_WIDTH, _TOP, _ROW = 960, 80, 62
_HEADS = {"survey": "Survey: share of answers", "interviews": "Interviews", "market": "Markets"}
_DARK, _MIDDLE, _LIGHT, _SILENT, _SIDE = "#222", "#555", "#999", "#cfcfcf", "#efefef"
_WRAP = 42


def joint_figure(
    joint: pl.DataFrame, display: JointDisplay | None, interviews: int, markets: Mapping[str, pl.DataFrame]
) -> str:
    """SVG of one wave from indicators.joint_display_public; `interviews` is their number.

    `display` holds the declared thresholds (null: none are drawn), `markets` the markets' public tables by plain name.
    """
    wave = str(joint["wave"][0])
    rules = {} if display is None else {one.proposition: one for one in display.propositions}
    rows = list(joint.iter_rows(named=True))
    found = [(row, rules.get(row["proposition"])) for row in rows]
    height = _TOP + _ROW * len(rows) + 6
    told = " ".join(_sentence(row, rule, interviews, markets) for row, rule in found)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        f' font-family="sans-serif" font-size="11" role="img" aria-labelledby="joint-{wave} joint-{wave}-said">'
        f'<title id="joint-{wave}">What survey, interviews and markets say together, wave {escape(wave)}</title>'
        f'<desc id="joint-{wave}-said">{escape(told)}</desc>'
        '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="5" height="5" fill="#fff"/><line y2="5" stroke="{_LIGHT}" stroke-width="2"/>'
        '</pattern></defs><rect width="100%" height="100%" fill="#fff"/>',
        _text(6, 16, "What they say together", size=13, bold=True),
        _text(6, 32, "dot: value · thick line: 95 % interval · thin line: had all who did not answer said no, or yes"
              " · dashes: the declared threshold · shaded: the side that speaks for the proposition"),
        _text(6, 47, "tiles: tenths of those asked, dark: at least, hatched: up to, as the word says · grey: silent"),
    ]  # fmt: skip
    parts += [_text(left, _TOP - 10, _HEADS[strand], bold=True) for strand, (left, _) in PANELS.items()]
    for number, (row, rule) in enumerate(found):
        parts += _row(row, rule, _TOP + _ROW * number, interviews, markets)
    return f'<figure class="joint">{"".join(parts)}</svg></figure>'


def _row(
    row: Row, rule: Proposition | None, top: int, interviews: int, markets: Mapping[str, pl.DataFrame]
) -> list[str]:
    lines = textwrap.wrap(row["label_en"], _WRAP)[:2]
    parts = [f'<g data-proposition="{escape(row["proposition"])}">']
    parts.append(f'<line x1="6" x2="{_WIDTH - 6}" y1="{top}" y2="{top}" stroke="{_LIGHT}" stroke-width="0.5"/>')
    parts += [_text(6, top + 16 + 13 * at, line) for at, line in enumerate(lines)]
    words = [together(row)] + ([f"author: {row['author_verdict']}"] if row["author_verdict"] else [])
    parts += [_text(6, top + 20 + 13 * (len(lines) + at), text, bold=True) for at, text in enumerate(words)]
    parts += _survey(row, rule, top)
    parts += _tiles(row, top, interviews)
    parts += _market(row, rule, top, markets)
    return [*parts, "</g>"]


def together(row: Row) -> str:
    """What the strands say together: verdict, side, how stable."""
    text = str(row["verdict"])
    if row["direction"] in ("for", "against") and text != "silent":
        text += f" ({row['direction']})"
    return text + (f", {row['stability']} stability" if row["stability"] else "")


def counted(row: Row) -> str:
    """The survey's n of N with its share; its base where only that is open."""
    if row["survey_k"] is not None and row["survey_value"] is not None:
        return f"{row['survey_k']} of {row['survey_n']} ({100 * row['survey_value']:.0f} %)"
    return f"N = {row['survey_n']}" if row["survey_n"] is not None else f"N and value hidden ({HIDDEN})"


def of_interviews(row: Row, interviews: int) -> str:
    """How common the theme was, of how many interviews."""
    return f"{row['interviews_wording'] or HIDDEN} of those asked, N = {interviews}"


def of_market(row: Row, rule: MarketRule | None, markets: Mapping[str, pl.DataFrame]) -> tuple[Row | None, str]:
    """The market's public row of the month that was judged, and its value with N; none where it is not public."""
    found = None
    if rule is not None and (table := markets.get(rule.table)) is not None:
        public = table.filter(pl.col("conf_status") == "F")
        if row["market_period"]:
            public = public.filter(pl.col("month").dt.strftime("%Y-%m") == row["market_period"])
        found = market_row(public, rule)
    if found is None:
        return None, f"N and value hidden ({HIDDEN})"
    number = f"N = {found['n']:,}" if found["n"] is not None else f"N hidden ({HIDDEN})"
    return found, f"{found['value']:.3g}, {number}"


def _survey(row: Row, rule: Proposition | None, top: int) -> list[str]:
    if row["survey_verdict"] == "silent":
        return _silent("survey", top)
    declared = rule.survey if rule is not None else None
    # A comparison of two items in the same persons has its share among those who differ.
    side = None if declared is None else (declared.side, declared.threshold)
    scale = _Scale("survey", 0, 1, percent=True)
    marks = []
    if row["survey_value"] is not None:
        bounds = (row["survey_bound_low"], row["survey_bound_high"])
        marks = scale.marks(top, row["survey_value"], (row["survey_lower"], row["survey_upper"]), bounds)
    return [*scale.ground(top, side), *marks, *_said("survey", top, SAYS[row["survey_verdict"]], counted(row))]


def _market(row: Row, rule: Proposition | None, top: int, markets: Mapping[str, pl.DataFrame]) -> list[str]:
    if row["market_verdict"] == "silent":
        return _silent("market", top)
    declared = rule.market if rule is not None else None
    found, text = of_market(row, declared, markets)
    side = None if declared is None else (declared.side, declared.threshold)
    known = [declared.threshold] if declared is not None else []
    known += [found[name] for name in ("value", "lower", "upper")] if found else []
    least, most = min([0.0, *known]), max([1.0, *known])
    scale = _Scale("market", least, most if most <= 1 else 1.1 * most, percent=False)
    marks = scale.marks(top, found["value"], (found["lower"], found["upper"]), (None, None)) if found else []
    return [*scale.ground(top, side), *marks, *_said("market", top, SAYS[row["market_verdict"]], text)]


def _tiles(row: Row, top: int, interviews: int) -> list[str]:
    if row["interviews_verdict"] == "silent":
        return _silent("interviews", top)
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
    return [*parts, *_said("interviews", top, SAYS[row["interviews_verdict"]], of_interviews(row, interviews))]


def _said(strand: str, top: int, verdict: str, numbers: str) -> list[str]:
    left = PANELS[strand][0]
    return [_text(left, top + 47, f"{verdict}: {numbers}")]


def _silent(strand: str, top: int) -> list[str]:
    left, width = PANELS[strand]
    return [
        f'<rect data-silent="{strand}" x="{left}" y="{top + 8}" width="{width}" height="18" fill="{_SILENT}"/>',
        _text(left, top + 47, "silent: not asked, or no value"),
    ]


class _Scale:
    """An axis of a panel."""

    def __init__(self, strand: str, low: float, high: float, *, percent: bool) -> None:
        self.left, self.width = PANELS[strand]
        self.strand, self.low, self.high, self.percent = strand, low, high, percent

    def x(self, value: float) -> float:
        """Where a value stands."""
        return round(self.left + self.width * (value - self.low) / (self.high - self.low), 2)

    def ground(self, top: int, side: tuple[str, float] | None) -> list[str]:
        """Axis with its ends, threshold, and the side that speaks for the proposition."""
        parts = []
        y = top + 18
        if side is not None:
            at = self.x(side[1])
            first, last = (at, self.left + self.width) if side[0] == "above" else (self.left, at)
            parts.append(f'<rect x="{first}" y="{top + 8}" width="{last - first:.2f}" height="18" fill="{_SIDE}"/>')
            parts.append(
                f'<line data-threshold="{side[1]}" x1="{at}" x2="{at}" y1="{top + 6}" y2="{top + 28}" stroke="{_DARK}"'
                ' stroke-dasharray="3 2"/>'
            )
        parts.append(
            f'<line data-low="{self.low}" data-high="{self.high}" x1="{self.left}" x2="{self.left + self.width}"'
            f' y1="{y}" y2="{y}" stroke="{_LIGHT}" stroke-width="0.7"/>'
        )
        ends = (f"{100 * end:.0f} %" if self.percent else f"{end:.3g}" for end in (self.low, self.high))
        low, high = ends
        parts.append(_text(self.left, top + 34, low, size=8))
        parts.append(_text(self.left + self.width, top + 34, high, size=8, end=True))
        return parts

    def marks(
        self, top: int, value: float, interval: Sequence[float | None], bounds: Sequence[float | None]
    ) -> list[str]:
        """Bounds as a thin line with ends, the interval as a thick one, the value as a dot."""
        y = top + 18
        parts = []
        for kind, (low, high), stroke, thick in (
            ("bounds", bounds, _MIDDLE, 1), ("interval", interval, _MIDDLE, 5),
        ):  # fmt: skip
            if low is None or high is None:
                continue
            x1, x2 = self.x(low), self.x(high)
            parts.append(
                f'<line data-mark="{kind}" x1="{x1}" x2="{x2}" y1="{y}" y2="{y}" stroke="{stroke}"'
                f' stroke-width="{thick}"/>'
            )
            if kind == "bounds":
                parts += [f'<line x1="{x}" x2="{x}" y1="{y - 5}" y2="{y + 5}" stroke="{stroke}"/>' for x in (x1, x2)]
        parts.append(f'<circle data-mark="value" cx="{self.x(value)}" cy="{y}" r="5" fill="{_DARK}" stroke="#fff"/>')
        return parts


def _sentence(row: Row, rule: Proposition | None, interviews: int, markets: Mapping[str, pl.DataFrame]) -> str:
    """A row in words, for who does not see it."""
    said = {
        "survey": counted(row),
        "interviews": of_interviews(row, interviews),
        "market": of_market(row, rule.market if rule else None, markets)[1],
    }
    strands = [
        f"{_HEADS[strand].partition(':')[0].lower()} {SAYS[row[f'{strand}_verdict']]}"
        + ("" if row[f"{strand}_verdict"] == "silent" else f" ({text})")
        for strand, text in said.items()
    ]
    author = f", author: {row['author_verdict']}" if row["author_verdict"] else ""
    return f"{row['label_en']}: {together(row)}{author}; {', '.join(strands)}."


def _text(x: float, y: float, text: str, *, size: int = 0, bold: bool = False, end: bool = False) -> str:
    looks = [
        f'font-size="{size}"' if size else "",
        'font-weight="bold"' if bold else "",
        'text-anchor="end"' if end else "",
    ]
    return f'<text x="{x}" y="{y}" {" ".join(filter(None, looks))} fill="{_DARK}">{escape(text)}</text>'
