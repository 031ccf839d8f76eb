"""Small pictures and headline numbers of an indicator table, for the metadata of a run: what a glance should show.

Whoever sees the graph sees these: values of one or two vendors (status C) and of single transactions are never shown.
Drawn by hand as SVG of a few kilobytes: a plotting library would cost more time than the month's indicators.
"""

from collections.abc import Sequence
from html import escape

import polars as pl

from cryptodrug_assets.indicators.catalogue import text_of
from cryptodrug_assets.indicators.code import parse_code
from cryptodrug_assets.indicators.family import Family, Lead
from cryptodrug_assets.indicators.registry import families
from cryptodrug_assets.indicators.rows import ALL, WORLD

# Value, lower and upper bound.
Value = tuple[float, float | None, float | None]
_CHARACTERS = 24
_MOST = 14
# Other ways of counting what a code counts.
_VARIANTS = ("full", "bound", "observed")
_KEY = ("market", "indicator", "country", "drug_class")
_ROW, _LEFT, _WIDTH, _RIGHT = 15, 190, 560, 70


def showable(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of an indicator table that may be shown to whoever sees the graph."""
    # Codes whose value is that of a single transaction.
    single = {name for family in families().values() for name in family.single}
    hidden = [code for code in frame["indicator"].unique() if parse_code(code).id in single]
    free = (pl.col("conf_status") == "F") & ~pl.col("indicator").is_in(hidden)
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
    found["coverage_unknown"] = int(frame["coverage"].is_null().sum())
    if (covered := frame["coverage"].drop_nulls()).len():
        found["coverage"] = float(covered.min())  # type: ignore[arg-type]
    family = families().get(table.removesuffix("_public"))
    lead = None if family is None else family.lead
    plain = [
        code
        for code in frame["indicator"].unique()
        if not (parse_code(code).parameter or parse_code(code).has(*_VARIANTS)) or (lead and code == lead.code)
    ]
    own = showable(frame).filter(
        (pl.col("drug_class") == ALL) & pl.col("indicator").is_in(plain) & pl.col("country").is_in([focus, WORLD])
    )
    for row in own.sort("market", "month", *_KEY[1:]).iter_rows(named=True):
        name = f"{row['country']} {row['indicator']}"
        if row["country"] == focus or (lead and lead.headline_world):
            found[name if own["market"].n_unique() == 1 else f"{row['market']} {name}"] = float(row["value"])
    return found


def _named(family: Family | None, chosen: pl.DataFrame, lead: Lead) -> str:
    """What the picture shows, by its code and, where it is one code, in words."""
    codes = chosen["indicator"].unique().to_list()
    if family is None or len(codes) != 1:
        return lead.code
    return f"{codes[0]} {text_of(family.table, codes[0]).label}"


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
    leaders = leading(table, frame, focus)
    return None if leaders is None else dots(*leaders)


def leading(table: str, frame: pl.DataFrame, focus: str) -> tuple[str, list[str], list[Value]] | None:
    """Title, labels and values of what a glance at the table should show: the largest values of its leading code, and
    the focus country always; None when no value may be shown."""
    family = families().get(table.removesuffix("_public"))
    free = showable(frame)
    first = free["indicator"].sort().first() if free.height else None
    lead = family.lead if family is not None and family.lead is not None else Lead(str(first))
    shown = [code for code in free["indicator"].unique() if lead.shows(code) and not parse_code(code).has(*_VARIANTS)]
    chosen = free.filter(pl.col("indicator").is_in(shown))
    if lead.by_class:
        chosen = chosen.filter((pl.col("country") == focus) & (pl.col("drug_class") != ALL))
    else:
        chosen = chosen.filter((pl.col("drug_class") == ALL) & (pl.lit(lead.world) | (pl.col("country") != WORLD)))
    if chosen.is_empty():
        return None
    of_focus = pl.col("country") == focus
    if chosen.height > _MOST:
        first_rows = chosen.filter(of_focus).head(_MOST)
        rest = (
            chosen.filter(~of_focus)
            .sort("value", *_KEY, descending=[True, *[False] * 4])
            .head(_MOST - first_rows.height)
        )
        chosen = pl.concat([first_rows, rest])
    months = chosen["month"].n_unique() > 1 and lead.in_order
    if not months:
        chosen = chosen.sort("value", *_KEY, descending=[True, *[False] * 4])
    varying = [name for name in _KEY if chosen[name].n_unique() > 1] or ["country"]
    labels = [" ".join(str(row[name]) for name in varying) for row in chosen.iter_rows(named=True)]
    fixed = [str(chosen[name][0]) for name in _KEY if name not in varying and chosen[name][0] != ALL]
    unit = ", ".join(chosen["unit"].unique().sort().to_list())
    whose = f" of {focus}" if lead.by_class else ""
    title = f"{_named(family, chosen, lead)}{whose} ({unit}): {', '.join(dict.fromkeys(fixed))}, {lead.spread}"
    return title, labels, list(chosen.select("value", "lower", "upper").iter_rows())
