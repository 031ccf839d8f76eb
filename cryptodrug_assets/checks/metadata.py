"""What a materialisation shows in the UI: rows, contract, preview, column lineage; of indicators numbers and a plot.

Only public columns, and no value that rests on one or two vendors (indicator rows of status C are left out). That makes
no internal table fit for publication: what sums and differences tell is hidden in the public ones alone. `audience`
says which a table is, and the picture of an internal one says so, too.
"""

import base64
from typing import Any

import dagster as dg
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.lineage.columns import column_lineage
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.inert import markdown
from cryptodrug_assets.publishing.plots import dots, headlines, leading, showable, strips
from cryptodrug_assets.publishing.wave_pictures import wave_pictures as drawn_of_wave

_PREVIEW_ROWS = 8
# Longer Markdown is shown by the UI on a click only.
_SHOWN_AT_ONCE = 1000
_PREVIEWED = ("indicator", "country", "drug_class", "value", "lower", "upper")
_LONG = ("method", "coverage", "obs_status", "conf_status")
_INTERNAL = "internal: not for publication (the public variant is)"
_INDICATOR = {"indicator", "value", "conf_status", "obs_status"}


def table_metadata(contract: Contract, frame: pl.DataFrame, country: str) -> dict[str, Any]:
    """The metadata of one table's materialisation; plots and headline numbers are about `country`."""
    found: dict[str, Any] = {"dagster/row_count": frame.height}
    if contract.layer == "indicators":
        found["audience"] = "public" if contract.table.endswith("_public") else _INTERNAL
    if set(frame.columns) >= _INDICATOR:
        found |= _plots(contract.table, frame, country)
        found |= headlines(contract.table, frame, country)
    elif "verdict" in frame.columns:
        found |= {str(name): int(count) for name, count in frame.group_by("verdict").len().sort("verdict").iter_rows()}
    found |= wave_pictures(contract.table, frame)
    found |= {"preview": dg.MetadataValue.md(preview(contract, frame)), "contract": contract.label}
    lineage = column_lineage(contract.layer, contract.table)
    if lineage is None:
        return found
    # The open-source UI keeps column lineage but does not draw it: the same as a table, shown on a click.
    return found | {"dagster/column_lineage": lineage, "column_lineage": dg.MetadataValue.md(_sources(lineage))}


def _sources(lineage: dg.TableColumnLineage) -> str:
    rows = []
    for column, deps in lineage.deps_by_column.items():
        tables: dict[str, list[str]] = {}
        for dep in deps:
            tables.setdefault(dep.asset_key.to_user_string(), []).append(dep.column_name)
        rows.append((column, "; ".join(f"{table}: {', '.join(names)}" for table, names in sorted(tables.items()))))
    lines = ["| column | computed from |", "|-|-|", *(f"| {column} | {text} |" for column, text in rows)]
    return "\n".join(lines)


def preview(contract: Contract, frame: pl.DataFrame) -> str:
    """The first rows as Markdown: public columns alone, so no key, name or verbatim text."""
    columns = [column.name for column in contract.columns if column.classification == "public"]
    shown = contracts.conform(frame, contract)
    if set(frame.columns) >= _INDICATOR:
        # What is the same in all rows is left out, or the table would not fit the page.
        shown = showable(shown)
        columns = [name for name in columns if name in _PREVIEWED or shown[name].n_unique() > 1]
        columns = [name for name in columns if name not in _LONG]
    shown = shown.select(columns).head(_PREVIEW_ROWS)
    if shown.is_empty():
        return "no rows to show"
    texts = (markdown(shown.columns, shown.head(rows).rows()) for rows in range(_PREVIEW_ROWS, 0, -1))
    return next((text for text in texts if len(text) < _SHOWN_AT_ONCE), markdown(shown.columns, shown.head(1).rows()))


def wave_pictures(table: str, frame: pl.DataFrame) -> dict[str, Any]:
    """`plot` and `figure` of a table of a survey's wave, where it has one."""
    drawn = drawn_of_wave(table, frame)
    if drawn is None:
        return {}
    text, picture = drawn
    image = base64.b64encode(picture.encode()).decode()
    return {
        "plot": dg.MetadataValue.md(text),
        "figure": dg.MetadataValue.md(f"![{table}](data:image/svg+xml;base64,{image})"),
    }


def _plots(table: str, frame: pl.DataFrame, focus: str) -> dict[str, Any]:
    """`plot` as characters, which the UI shows at once, and `figure` as an image, which it shows on a click."""
    found = leading(table, frame, focus)
    if found is None:
        return {}
    title, labels, values = found
    rows = list(zip(labels, (f"{value:.4g}" for value, _, _ in values), strips(values), strict=True))
    texts = (markdown([title.partition(" (")[0], "value", "95 % interval"], rows[:n]) for n in range(len(rows), 0, -1))
    mark = "" if table.endswith("_public") else "internal · "
    image = base64.b64encode(dots(mark + title, labels, values).encode()).decode()
    return {
        "plot": dg.MetadataValue.md(next(text for text in texts if len(text) < _SHOWN_AT_ONCE)),
        "figure": dg.MetadataValue.md(f"![{table}](data:image/svg+xml;base64,{image})"),
    }
