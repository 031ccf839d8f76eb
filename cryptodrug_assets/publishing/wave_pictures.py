"""Small pictures of a wave's tables for the metadata of a run: why answers are missing, answers on a scale, verdicts.

Internal tables show no cell of few respondents here either: a part of fewer than five is drawn with its neighbours as
"other". Greys alone; every picture has its numbers in words.
"""

from collections.abc import Sequence
from html import escape

import polars as pl

from cryptodrug_assets.inert import markdown

_FEW = 5
_GREYS = ("#3a3a3a", "#8a8a8a", "#bdbdbd", "#dedede", "#6a6a6a", "#a5a5a5", "#efefef", "#515151")
_OTHER = "other"
_CHARACTERS, _SIGNS = 30, "█▓▒░▚·▖▗"
_ROW, _LEFT, _BAR = 13, 200, 340
_MOST_ROWS = 12
Part = tuple[str, int]


def wave_pictures(table: str, frame: pl.DataFrame) -> tuple[str, str] | None:
    """Markdown and SVG of a table, or None for a table without a picture (or without rows)."""
    if frame.is_empty():
        return None
    if table == "survey_missing":
        ordered = frame.sort("position")
        bars = [(str(item), _parts(rows, "state")) for (item,), rows in _each(ordered, "item")]
        return _drawn("internal · why answers are missing, of all respondents", bars)
    if table == "survey_estimates":
        shares = frame.filter((pl.col("statistic") == "share") & ~pl.col("option").str.contains("+", literal=True))
        ordinal = frame.filter(pl.col("statistic") == "median")["item"].unique()
        scales = shares.filter(pl.col("item").is_in(ordinal.to_list())).rename({"k": "n"})
        if scales.is_empty():
            return None
        bars = [(str(item), _parts(rows.sort("option"), "option")) for (item,), rows in _each(scales, "item")]
        return _drawn("internal · answers on a scale, of valid answers", bars)
    if table == "joint_display_public":
        rows = [(row["proposition"].replace("_", " "), row["verdict"]) for row in frame.iter_rows(named=True)]
        parts = [(label, [(verdict, 1)]) for label, verdict in rows]
        return markdown(("proposition", "together"), rows), _svg("what the strands say together", parts)
    return None


def _each(frame: pl.DataFrame, name: str) -> list[tuple[tuple[object, ...], pl.DataFrame]]:
    return list(frame.group_by(name, maintain_order=True))


def _parts(rows: pl.DataFrame, name: str) -> list[Part]:
    """The parts of a bar; those of few respondents go together, with the smallest of the others if they are few still.

    No part where all of them are few: the width of a single one would tell their number.
    """
    parts: list[Part] = []
    other = 0
    for label, count in rows.select(name, "n").iter_rows():
        if 0 < count < _FEW:
            other += count
        elif count:
            parts.append((str(label), count))
    while 0 < other < _FEW and parts:
        smallest = min(parts, key=lambda part: part[1])
        parts.remove(smallest)
        other += smallest[1]
    if other < _FEW and not parts:
        return []
    return [*parts, (_OTHER, other)] if other else parts


def _drawn(title: str, bars: Sequence[tuple[str, list[Part]]]) -> tuple[str, str]:
    """The first bars as characters, all of them as a picture."""
    signs = {name: _SIGNS[at % len(_SIGNS)] for at, name in enumerate(_names(bars))}
    lines = [(label, _line(parts, signs)) for label, parts in bars[:_MOST_ROWS]]
    legend = ", ".join(f"{sign} {name}" for name, sign in signs.items())
    return markdown((title, legend), lines), _svg(title, bars)


def _names(bars: Sequence[tuple[str, list[Part]]]) -> list[str]:
    return list(dict.fromkeys(name for _, parts in bars for name, _ in parts))


def _line(parts: list[Part], signs: dict[str, str]) -> str:
    total = sum(count for _, count in parts)
    return "".join(signs[name] * round(_CHARACTERS * count / total) for name, count in parts) if total else ""


def _svg(title: str, bars: Sequence[tuple[str, list[Part]]]) -> str:
    colours = {name: _GREYS[at % len(_GREYS)] for at, name in enumerate(_names(bars))}
    height = 46 + _ROW * len(bars)
    legend = "   ".join(f"{at + 1}: {name}" for at, name in enumerate(colours))
    order = {name: str(at + 1) for at, name in enumerate(colours)}
    parts_of_picture = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _BAR + 20}" height="{height}"'
        f' font-family="sans-serif" font-size="10"><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="6" y="14" font-size="11" font-weight="bold" fill="#222">{escape(title)}</text>'
        f'<text x="6" y="29" fill="#222">{escape(legend)}</text>'
    ]
    for number, (label, parts) in enumerate(bars):
        y, x = 40 + _ROW * number, float(_LEFT)
        total = sum(count for _, count in parts) or 1
        parts_of_picture.append(
            f'<text x="{_LEFT - 6}" y="{y + 8}" text-anchor="end" fill="#222">{escape(label)}</text>'
        )
        for name, count in parts:
            width = _BAR * count / total
            dark = int(colours[name][1:3], 16) < 128
            parts_of_picture.append(
                f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_ROW - 3}" fill="{colours[name]}"/>'
                f'<text x="{x + 2:.1f}" y="{y + 8}" fill="{"#fff" if dark else "#222"}">{order[name]}</text>'
            )
            x += width
    return "".join(parts_of_picture) + "</svg>"
