"""What a materialisation shows in the UI: rows, contract, preview, column lineage; of indicators numbers and a plot.

Only public columns, and no value that rests on one or two vendors (indicator rows of status C are left out).
"""

import base64
from typing import Any

import dagster as dg
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.lineage.columns import column_lineage
from cryptodrug_assets.report.plots import headlines, picture, showable

_PREVIEW_ROWS = 5
_INDICATOR = {"indicator", "value", "conf_status", "obs_status"}


def table_metadata(contract: Contract, frame: pl.DataFrame) -> dict[str, Any]:
    """The metadata of one table's materialisation."""
    found: dict[str, Any] = {
        "dagster/row_count": frame.height,
        "contract": contract.label,
        "preview": dg.MetadataValue.md(preview(contract, frame)),
    }
    lineage = column_lineage(contract.layer, contract.table)
    if lineage is not None:
        found["dagster/column_lineage"] = lineage
    if frame.columns and set(frame.columns) >= _INDICATOR:
        drawn = picture(contract.table, frame)
        if drawn is not None:
            image = base64.b64encode(drawn.encode()).decode()
            found["plot"] = dg.MetadataValue.md(f"![{contract.table}](data:image/svg+xml;base64,{image})")
        found |= headlines(contract.table, frame)
    elif "verdict" in frame.columns:
        found |= {str(name): int(count) for name, count in frame.group_by("verdict").len().sort("verdict").iter_rows()}
    return found


def preview(contract: Contract, frame: pl.DataFrame) -> str:
    """The first rows as Markdown: public columns alone, so no key, name or verbatim text."""
    columns = [column.name for column in contract.columns if column.classification == "public"]
    shown = contracts.conform(frame, contract)
    if set(frame.columns) >= _INDICATOR:
        shown = showable(shown)
    shown = shown.select(columns).head(_PREVIEW_ROWS)
    return markdown(shown.columns, shown.rows()) if shown.height else "no rows to show"


def markdown(heading: Any, rows: Any) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(heading) + " |", "|" + "-|" * len(heading)]
    lines += ["| " + " | ".join(cell_text(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def cell_text(value: object) -> str:
    """A value as the text of a table's cell, at most 80 characters."""
    text = "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return text[:80].replace("|", "/").replace("\n", " ")
