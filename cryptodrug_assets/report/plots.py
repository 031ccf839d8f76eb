"""Small pictures and headline numbers of an indicator table, for the metadata of a run: what a glance should show.

Whoever sees the graph sees these: values of one or two vendors (status C) and of single transactions are never shown.
Drawn by hand as SVG of a few kilobytes: a plotting library would cost more time than the month's indicators.
"""

from collections.abc import Sequence
from html import escape

import polars as pl

from cryptodrug_assets.indicators.rows import ALL, WORLD

# Value, lower and upper bound.
Value = tuple[float, float | None, float | None]
_CHARACTERS = 24
_MOST = 14
# What the picture of a table shows: code, and whether it is drawn over the classes of the focus country.
_LEAD: dict[str, tuple[str, bool]] = {
    "activity": ("LV03", False),
    "shares": ("SH03", False),
    "coverage": ("COV", False),
    "concentration": ("CN01_T", False),
    "drug_mix": ("DM01_L", True),
    "specialisation": ("SP02_L", True),
    "shipping": ("RT04:domestic", False),
    "multi_origin": ("MO01_share", False),
    "transaction_sizes": ("TS01:200", False),
    "shares_window": ("SH03_mean", False),
    "specialisation_window": ("SP02_L", True),
    "transaction_sizes_window": ("TS01:200", False),
    "multi_origin_window": ("MO04", False),
    "trends": ("GR01:LV03", False),
    "shocks": ("SK01_level", False),
    "migration": ("MG01_ABC", False),
    "survival": ("SV01", False),
    "literature_comparison": ("CMP01", False),
}
# Codes whose value is that of a single transaction.
_SINGLE = "^TS02"
# Other ways of counting what a code counts.
_VARIANTS = "_(full|bound|observed)$"
_KEY = ("market", "indicator", "country", "drug_class")
_ROW, _LEFT, _WIDTH, _RIGHT = 15, 190, 560, 70


def showable(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of an indicator table that may be shown to whoever sees the graph."""
    free = (pl.col("conf_status") == "F") & ~pl.col("indicator").str.contains(_SINGLE)
    return frame.filter(free & pl.col("value").is_not_null())


def headlines(table: str, frame: pl.DataFrame, focus: str) -> dict[str, float | int]:
    """Headline numbers by name: how many values there are, missing, confidential or of low coverage; and the focus
    country's values over all classes, of codes without a parameter. The names are the same for every partition."""
    found: dict[str, float | int] = {
        "values": int(frame["value"].is_not_null().sum()),
        "missing": int((frame["obs_status"] == "M").sum()),
        "confidential": int((frame["conf_status"] == "C").sum()),
        "low_coverage": int((frame["obs_status"] == "L").sum()),
    }
    if (covered := frame["coverage"].drop_nulls()).len():
        found["coverage"] = float(covered.min())  # type: ignore[arg-type]
    lead = _LEAD.get(table.removesuffix("_public"), ("", False))[0]
    code = pl.col("indicator")
    plain = (~code.str.contains(f":|{_VARIANTS}")) | (code == lead)
    own = showable(frame).filter((pl.col("drug_class") == ALL) & plain & pl.col("country").is_in([focus, WORLD]))
    for row in own.sort("market", "month", *_KEY[1:]).iter_rows(named=True):
        name = f"{row['country']} {row['indicator']}"
        if row["country"] == focus or table.startswith(("activity", "coverage")):
            found[name if own["market"].n_unique() == 1 else f"{row['market']} {name}"] = float(row["value"])
    return found


def dots(title: str, labels: Sequence[str], values: Sequence[Value]) -> str:
    """Values with their intervals as dots and whiskers, one line each, on an axis from zero (or the least bound)."""
    bounds = [bound for value in values for bound in value if bound is not None]
    low, high = min(0.0, *bounds), max(0.0, *bounds)
    span = (high - low) or 1.0
    height = 30 + _ROW * len(labels)

    def x(value: float) -> float:
        return round(_LEFT + (value - low) / span * (_WIDTH - _LEFT - _RIGHT), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" font-family="sans-serif"'
        f' font-size="10"><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="6" y="14" font-size="11" font-weight="bold" fill="#222">{escape(title)}</text>'
        f'<line x1="{x(0)}" x2="{x(0)}" y1="22" y2="{height - 4}" stroke="#bbb"/>'
    ]
    for number, (label, (value, lower, upper)) in enumerate(zip(labels, values, strict=True)):
        y = 32 + _ROW * number
        if lower is not None and upper is not None:
            parts.append(f'<line x1="{x(lower)}" x2="{x(upper)}" y1="{y}" y2="{y}" stroke="#7aa6d6" stroke-width="3"/>')
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 3}" text-anchor="end" fill="#222">{escape(label)}</text>'
            f'<circle cx="{x(value)}" cy="{y}" r="3.5" fill="#1f4e8c"/>'
            f'<text x="{_WIDTH - _RIGHT + 10}" y="{y + 3}" fill="#222">{value:.4g}</text>'
        )
    return "".join(parts) + "</svg>"


def strips(values: Sequence[Value]) -> list[str]:
    """Each value and its interval as a line of characters on the axis of `dots`: ─ the interval, ● the value."""
    bounds = [bound for value in values for bound in value if bound is not None]
    low, high = min(0.0, *bounds), max(0.0, *bounds)
    scale = (_CHARACTERS - 1) / ((high - low) or 1.0)
    drawn = []
    for value, lower, upper in values:
        first, last = (round(((value if bound is None else bound) - low) * scale) for bound in (lower, upper))
        line = ["·"] * first + ["─"] * (last - first + 1) + ["·"] * (_CHARACTERS - 1 - last)
        line[round((value - low) * scale)] = "●"
        drawn.append("".join(line))
    return drawn


def picture(table: str, frame: pl.DataFrame, focus: str) -> str | None:
    """SVG of the table's leading values with intervals; None when no value may be shown."""
    found = leading(table, frame, focus)
    return None if found is None else dots(*found)


def leading(table: str, frame: pl.DataFrame, focus: str) -> tuple[str, list[str], list[Value]] | None:
    """Title, labels and values of what a glance at the table should show: the largest values of its leading code, and
    the focus country always; None when no value may be shown."""
    base = table.removesuffix("_public")
    free = showable(frame)
    first = free["indicator"].sort().first() if free.height else None
    lead, classes = _LEAD.get(base, (str(first), False))
    variant = pl.col("indicator").str.contains(_VARIANTS)
    chosen = free.filter(pl.col("indicator").str.starts_with(lead) & ~variant)
    if classes:
        chosen = chosen.filter((pl.col("country") == focus) & (pl.col("drug_class") != ALL))
    elif base != "activity":
        chosen = chosen.filter(pl.col("drug_class") == ALL)
    else:
        chosen = chosen.filter(
            (pl.col("drug_class") == ALL) & (pl.col("country") != WORLD) & (pl.col("indicator") == lead)
        )
    if chosen.is_empty():
        return None
    own = pl.col("country") == focus
    if chosen.height > _MOST:
        first_rows = chosen.filter(own).head(_MOST)
        rest = chosen.filter(~own).sort("value", *_KEY, descending=[True, *[False] * 4]).head(_MOST - first_rows.height)
        chosen = pl.concat([first_rows, rest])
    months = chosen["month"].n_unique() > 1 and base == "survival"
    if not months:
        chosen = chosen.sort("value", *_KEY, descending=[True, *[False] * 4])
    varying = [name for name in _KEY if chosen[name].n_unique() > 1] or ["country"]
    labels = [" ".join(str(row[name]) for name in varying) for row in chosen.iter_rows(named=True)]
    fixed = [str(chosen[name][0]) for name in _KEY if name not in varying and chosen[name][0] != ALL]
    unit = ", ".join(chosen["unit"].unique().sort().to_list())
    title = f"{lead}{' of ' + focus if classes else ''} ({unit}): {', '.join(dict.fromkeys(fixed))}, 95 % intervals"
    return title, labels, list(chosen.select("value", "lower", "upper").iter_rows())
