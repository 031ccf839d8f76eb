"""The quality page of a release: which checks of which layer passed in which month, and what the others found.

One HTML file that needs no network. Its samples are those of the checks: capture ids and pseudonyms, never names.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl
from jinja2 import Environment, select_autoescape

from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.observation import market_configs, observed_cells

LAYERS = ("raw", "parsed", "clean", "indicators")
Cell = tuple[str, str, str]  # market, month, layer
CheckState = Literal["ok", "warn", "failed"]


@dataclass(frozen=True)
class Finding:
    """A check that did not pass in a month: where, how bad, why, and keys of offending rows as a Markdown table."""

    market: str
    month: str
    layer: str
    table: str
    check: str
    state: CheckState
    contract: str
    why: str
    sample: str


_TEMPLATE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>CRYPTODRUG monitor: data quality</title>
<style>
body { font: 15px/1.5 "DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif; max-width: 64rem; margin: 2rem auto;
  padding: 0 1rem; color: #1c2733; }
h1 { margin-bottom: .2rem; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #d5dde5; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .8rem; border-bottom: 1px solid #e3e9ef; text-align: left; white-space: nowrap; }
.ok { background: #e2f2e4; } .warn { background: #fff1c9; } .failed { background: #f8d3cf; font-weight: 600; }
.none { color: #8793a0; } .note { color: #5a6b7b; font-size: 13px; }
.synthetic { background: #fff1c9; border: 1px solid #e2b93b; padding: .6rem 1rem; font-weight: 600; }
.finding { border-left: 5px solid #e2b93b; padding: .1rem 0 .1rem 1rem; margin: 1.2rem 0; }
.finding.failed { border-color: #c0392b; background: none; font-weight: 400; }
.finding h3 { margin: .2rem 0; font-size: 15px; }
.finding table { margin-top: .4rem; font-size: 12px; }
</style></head><body>
<h1>Data quality</h1>
<p class="note">CRYPTODRUG monitor · {{ total.ok + total.warn + total.failed }} check results ·
{{ total.failed }} failed · {{ total.warn }} with a warning</p>
{% if synthetic %}<p class="synthetic">SYNTHETIC: the data judged here are made from a made-up world.</p>{% endif %}
<h2>Months and layers</h2>
<p class="note">Checks passed, and what did not: a failed check stopped publication, so that everything downstream
keeps the version before; a warning is published. Coverage: pages fetched among those the crawl enumerated.</p>
<table><tr><th>market</th><th>month</th>{% for layer in layers %}<th>{{ layer }}</th>{% endfor %}<th>coverage</th></tr>
{% for row in rows %}<tr><td>{{ row.market }}</td><td>{{ row.month }}</td>
{%- for cell in row.cells %}<td class="{{ cell.state }}">{{ cell.text }}</td>{% endfor %}
<td>{{ row.coverage }}</td></tr>
{% endfor %}</table>
<h2>What was found</h2>
{% for item in findings %}<div class="finding {{ item.state }}">
<h3>{{ item.label }} {{ item.month }} · {{ item.layer }}.{{ item.table }} · {{ item.check }}</h3>
<div>{{ "blocks publication" if item.state == "failed" else "warning" }}: {{ item.why }}</div>
<div class="note">contract {{ item.contract }}</div>
{% if item.sample %}<table><tr>{% for name in item.sample[0] %}<th>{{ name }}</th>{% endfor %}</tr>
{% for line in item.sample[1:] %}<tr>{% for value in line %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table>{% endif %}</div>
{% else %}<p>Every check passed.</p>{% endfor %}
<h2>Contracts</h2>
<table><tr><th>table</th><th>version</th><th>columns</th><th>rules of its own</th></tr>
{% for contract in contracts %}<tr><td>{{ contract.name }}</td><td>{{ contract.version }}</td>
<td>{{ contract.columns | length }}</td><td>{{ contract.quality | length }}</td></tr>
{% endfor %}</table>
</body></html>
"""


def build_quality_page(
    counts: Mapping[Cell, Counter[CheckState]],
    findings: Sequence[Finding],
    coverage: pl.DataFrame,
    contracts: Sequence[Contract],
    *,
    synthetic: bool,
) -> str:
    """The page's HTML.

    `counts` are results by state of each (market, month, layer); `coverage` is indicators.coverage of all months.
    """
    total: Counter[CheckState] = Counter()
    for states in counts.values():
        total.update(states)
    rows = []
    order = list(market_configs())
    for market, month in sorted(observed_cells(), key=lambda cell: (order.index(cell[0]), cell[1])):
        rows.append(
            {
                "market": market_configs()[market].label,
                "month": month,
                "cells": [_cell(counts.get((market, month, layer))) for layer in LAYERS],
                "coverage": _coverage(coverage, market, month),
            }
        )
    shown = [
        vars(item) | {"label": market_configs()[item.market].label, "sample": _lines(item.sample)} for item in findings
    ]
    environment = Environment(autoescape=select_autoescape(default=True))
    return environment.from_string(_TEMPLATE).render(
        total=total, rows=rows, layers=LAYERS, findings=shown, contracts=contracts, synthetic=synthetic
    )


def _cell(states: Counter[CheckState] | None) -> dict[str, str]:
    if not states:
        return {"state": "none", "text": "–"}
    worst = next(state for state in ("failed", "warn", "ok") if states[state])
    text = str(states["ok"])
    text += f" · {states['warn']} warned" if states["warn"] else ""
    text += f" · {states['failed']} failed" if states["failed"] else ""
    return {"state": worst, "text": text}


def _coverage(coverage: pl.DataFrame, market: str, month: str) -> str:
    rows = coverage.filter(
        (pl.col("market") == market)
        & (pl.col("month").dt.strftime("%Y-%m") == month)
        & (pl.col("indicator") == "COV01")
    )["value"].drop_nulls()
    return f"{100 * rows[0]:.1f} %" if len(rows) else "–"


def _lines(table: str) -> list[list[str]]:
    """Cells of a Markdown table, the rule below the heading left out."""
    lines = [line.strip("| ").split(" | ") for line in table.splitlines()]
    return lines[:1] + lines[2:]
