"""The quality page of a release: which checks of which layer passed in which month, and what the others found.

One HTML file that needs no network. Its samples are those of the checks: capture ids and pseudonyms, never names. Rows
of single vendors are among them, so the page is internal and says so.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl
from jinja2 import Environment, select_autoescape

from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.indicators.seen import covered_months
from cryptodrug_assets.inert import shown_text
from cryptodrug_assets.layers import MONTHLY_LAYERS
from cryptodrug_assets.observation import market_configs, observed_cells
from cryptodrug_assets.quality.causes import grouped_by_cause, spans
from cryptodrug_assets.quality.outcomes import Cell, CheckState, Finding, RunFailure

_TEMPLATE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>CRYPTODRUG monitor: data quality</title>
<style>
body { font: 15px/1.5 "DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem; color: #1c2733; }
h1 { margin-bottom: .2rem; } h2 { margin-top: 2.4rem; border-bottom: 1px solid #d5dde5; }
table { border-collapse: separate; border-spacing: 3px 2px; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; text-align: left; white-space: nowrap; border-radius: 3px; }
thead th { color: #5a6b7b; font-weight: 600; } tbody th { font-weight: 400; }
tbody th.market { font-weight: 600; vertical-align: top; }
td a { color: inherit; }
.ok { background: #e2f2e4; } .warn { background: #fff1c9; } .failed { background: #f8d3cf; font-weight: 600; }
.none { color: #8793a0; } .note { color: #5a6b7b; font-size: 13px; }
.key span { padding: .1rem .5rem; border-radius: 3px; margin-right: .3rem; }
.bar { display: inline-block; width: 5rem; height: .55rem; background: #e3e9ef; border-radius: 3px; margin-right: .5rem;
  overflow: hidden; }
.bar i { display: block; height: 100%; background: #3b7ea1; } .bar i.low { background: #c0392b; }
.synthetic { background: #fff1c9; border: 1px solid #e2b93b; padding: .6rem 1rem; font-weight: 600; }
.finding { border-left: 5px solid #e2b93b; padding: .1rem 0 .1rem 1rem; margin: 1.2rem 0; overflow-x: auto; }
.finding.failed { border-color: #c0392b; background: none; font-weight: 400; }
.finding h3 { margin: .2rem 0; font-size: 15px; } .finding p { margin: .2rem 0; }
.finding table { margin-top: .4rem; font-size: 12px; } .finding td { background: #f3f6f8; }
.columns { columns: 2 24rem; } .columns table { width: 23rem; table-layout: fixed; }
.columns thead th + th { width: 6rem; } details { margin-top: .6rem; } summary { cursor: pointer; }
@media print { details > * { display: block; } td, .bar i { print-color-adjust: exact; } }
</style></head><body>
<h1>Data quality</h1>
<p class="note">CRYPTODRUG monitor · {{ total.ok + total.warn + total.failed }} check results ·
{{ total.failed }} failed · {{ total.warn }} with a warning</p>
<p class="note"><b>Internal, not for publication:</b> samples are rows under pseudonyms.</p>
{% if synthetic %}<p class="synthetic">SYNTHETIC: the data judged here are made from a made-up world.</p>{% endif %}
<p>{{ verdict }}</p>
<h2>Months and layers</h2>
<p class="note key"><span class="ok">44</span>checks passed, none did not
<span class="warn">2 warned</span>published, with a warning
<span class="failed">1 failed</span>not published: everything downstream keeps the version before</p>
<p class="note">Coverage: pages fetched among those the crawl enumerated.</p>
<table><thead><tr><th>market</th><th>month</th>{% for layer in layers %}<th>{{ layer }}</th>{% endfor %}
<th>coverage</th></tr></thead><tbody>
{% for row in rows %}<tr>{% if row.first %}<th class="market" rowspan="{{ row.first }}">{{ row.market }}</th>{% endif %}
<th>{{ row.month }}</th>
{%- for cell in row.cells %}<td class="{{ cell.state }}">
{%- if cell.found %}<a href="#{{ cell.found }}">{{ cell.text }}</a>{% else %}{{ cell.text }}{% endif %}</td>{% endfor %}
<td>{% if row.coverage == "unknown" %}unknown
{%- elif row.coverage is not none %}{% set percent = "%.1f" | format(100 * row.coverage) %}<span class="bar">
<i{% if row.coverage < 0.9 %} class="low"{% endif %} style="width: {{ percent }}%"></i></span>{{ percent }} %
{%- else %}–{% endif %}</td></tr>
{% endfor %}</tbody></table>
{% if groups %}<h2>Tables of all months</h2>
<p class="note">Reference tables, what is followed across months and markets, and the tables for publication are judged
whole.</p>
<div class="columns">{% for group in groups %}<table><thead><tr><th>{{ group.layer }}</th><th>checks</th></tr></thead>
<tbody>{% for table in group.tables %}<tr><th>{{ table.name }}</th><td class="{{ table.state }}">
{%- if table.found %}<a href="#{{ table.found }}">{{ table.text }}</a>{% else %}{{ table.text }}{% endif %}</td></tr>
{% endfor %}</tbody></table>{% endfor %}</div>{% endif %}
<h2>What was found</h2>
{% for item in failed %}<div class="finding failed">
{% for anchor in item.anchors %}<a id="{{ anchor }}"></a>{% endfor %}
<h3>{{ item.place }} · {{ item.layer }} · the run failed</h3><p>{{ item.cause }}</p></div>
{% endfor %}
{% for item in findings %}<div class="finding {{ item.state }}"{% if item.anchor %} id="{{ item.anchor }}"{% endif %}>
<h3>{{ item.place }} · {{ item.layer }}.{{ item.table }} · {{ item.check }}</h3>
{% for line in item.why.splitlines() %}<p>
{{- "blocks publication" if item.state == "failed" else "warning" }}: {{ line }}</p>
{% endfor %}<div class="note">contract {{ item.contract }}</div>
{% if item.sample %}<table><tr>{% for name in item.sample[0] %}<th>{{ name }}</th>{% endfor %}</tr>
{% for line in item.sample[1:] %}<tr>{% for value in line %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table>{% endif %}</div>
{% else %}{% if not failed %}<p>Every check passed.</p>{% endif %}{% endfor %}
{% if waived %}<h2>Waived</h2>
<p class="note">Rules that a person lets pass in a month; they warn, and what was published under them says so.</p>
<table><thead><tr><th>market</th><th>month</th><th>rule</th><th>waiver</th></tr></thead><tbody>
{% for item in waived %}<tr><td>{{ item.market }}</td><td>{{ item.month }}</td><td>{{ item.rule }}</td>
<td style="white-space: normal">{{ item }}</td></tr>{% endfor %}</tbody></table>{% endif %}
<h2>Contracts</h2>
<p class="note">What each table must fulfil, and the version it was judged by.</p>
<details><summary>{{ contracts | length }} tables</summary>
<table><thead><tr><th>table</th><th>version</th><th>columns</th><th>rules of its own</th></tr></thead><tbody>
{% for contract in contracts %}<tr><td>{{ contract.name }}</td><td>{{ contract.version }}</td>
<td>{{ contract.columns | length }}</td><td>{{ contract.quality | length }}</td></tr>
{% endfor %}</tbody></table></details>
</body></html>
"""


def build_quality_page(
    counts: Mapping[Cell, Counter[CheckState]],
    whole: Mapping[str, Counter[CheckState]],
    findings: Sequence[Finding],
    coverage: pl.DataFrame,
    contracts: Sequence[Contract],
    *,
    synthetic: bool,
    failed: Sequence[RunFailure] = (),
    waived: Sequence[object] = (),
) -> str:
    """The page's HTML.

    `counts` are results by state of each (market, month, layer), `whole` those of each table without months
    ("layer.table"); `coverage` is indicators.coverage of all months. `failed` are the runs that ended without making a
    layer, `waived` the waivers in force.
    """
    total: Counter[CheckState] = Counter()
    for states in (*counts.values(), *whole.values()):
        total.update(states)
    shown, anchors = _findings(findings)
    # A run that its checks stopped is told by them.
    failed = [item for item in failed if not counts.get((item.market, item.month, item.layer), Counter())["failed"]]
    broken = {(item.market, item.month, item.layer) for item in failed}
    rows = []
    order = list(market_configs())
    cells = sorted(observed_cells(), key=lambda cell: (order.index(cell[0]), cell[1]))
    months = Counter(market for market, _ in cells)
    for market, month in cells:
        rows.append(
            {
                "market": market_configs()[market].label,
                # The first month of a market carries its name, over all of them.
                "first": months.pop(market, 0),
                "month": month,
                "cells": [
                    _run_cell((market, month, layer))
                    if (market, month, layer) in broken
                    else _cell(counts.get((market, month, layer)), anchors.get((market, month, layer)))
                    for layer in MONTHLY_LAYERS
                ],
                "coverage": _coverage(coverage, market, month),
            }
        )
    environment = Environment(autoescape=select_autoescape(default=True))
    return environment.from_string(_TEMPLATE).render(
        total=total, verdict=_verdict(counts, whole, failed), rows=rows, layers=MONTHLY_LAYERS,
        groups=_groups(whole, anchors),
        findings=shown, contracts=contracts, synthetic=synthetic, waived=waived,
        failed=_broken(failed),
    )  # fmt: skip


def _verdict(
    counts: Mapping[Cell, Counter[CheckState]],
    whole: Mapping[str, Counter[CheckState]],
    failed: Sequence[RunFailure],
) -> str:
    """The page in a sentence: how many months are whole, and what is held back."""
    judged = {(market, month) for market, month, _ in counts}
    held = {cell for cell, states in counts.items() if states["failed"]}
    held |= {(item.market, item.month, item.layer) for item in failed if item.market}
    bad = []
    for layer in MONTHLY_LAYERS:
        cells = [(market_configs()[market].label, month) for market, month, of in sorted(held) if of == layer]
        if cells:
            bad.append(f"{spans(cells)} ({layer})")
    bad += [name for name, states in sorted(whole.items()) if states["failed"]]
    bad += [f"{item.layer} (the run failed)" for item in failed if not item.market]
    text = f"{len(judged)} of {len(observed_cells())} observed market-months were judged. "
    return text + (f"Not published: {'; '.join(bad)}." if bad else "Nothing is held back.")


def _broken(failed: Sequence[RunFailure]) -> list[dict[str, object]]:
    """The failed runs as shown: those of the same cause once, with all their months."""
    shown: list[dict[str, object]] = []
    for group in grouped_by_cause((i.layer, (i.market, i.month) if i.market else None, i.cause) for i in failed):
        layer, _, cause = group[0]
        cells = [cell for _, cell, _ in group if cell]
        anchors = [_run_anchor((*cell, layer)) for cell in cells]
        place = spans([(market_configs()[market].label, month) for market, month in cells]) or "all months"
        shown.append({"place": place, "layer": layer, "cause": cause, "anchors": anchors})
    return shown


def _run_anchor(at: Cell) -> str:
    return f"run-{'-'.join(at)}"


def _run_cell(at: Cell) -> dict[str, str | None]:
    return {"state": "failed", "text": "run failed", "found": _run_anchor(at)}


def _findings(findings: Sequence[Finding]) -> tuple[list[dict[str, object]], dict[Cell, str]]:
    """The findings as shown, and the anchor of each cell's (or, without months, each table's) first one."""
    anchors: dict[Cell, str] = {}
    shown: list[dict[str, object]] = []
    for item in findings:
        at = (item.market, item.month, item.layer) if item.market else ("", "", f"{item.layer}.{item.table}")
        anchor = "-".join(part for part in at if part).replace(".", "-")
        first = at not in anchors
        anchors.setdefault(at, anchor)
        place = f"{market_configs()[item.market].label} {item.month}" if item.market else "all months"
        shown.append(vars(item) | {"place": place, "sample": _lines(item.sample), "anchor": anchor if first else ""})
    return shown, anchors


def _groups(whole: Mapping[str, Counter[CheckState]], anchors: Mapping[Cell, str]) -> list[dict[str, object]]:
    """Tables without months by layer, reference first."""
    layers = list(dict.fromkeys(name.split(".")[0] for name in sorted(whole)))
    layers.sort(key=lambda layer: (MONTHLY_LAYERS.index(layer) if layer in MONTHLY_LAYERS else -1, layer))
    return [
        {
            "layer": layer,
            "tables": [
                {"name": name.split(".")[1], **_cell(whole[name], anchors.get(("", "", name)))}
                for name in sorted(whole)
                if name.startswith(f"{layer}.")
            ],
        }
        for layer in layers
    ]


def _cell(states: Counter[CheckState] | None, found: str | None = None) -> dict[str, str | None]:
    if not states:
        return {"state": "none", "text": "–", "found": None}
    worst = next(state for state in ("failed", "warn", "ok") if states[state])
    text = str(states["ok"])
    text += f" · {states['warn']} warned" if states["warn"] else ""
    text += f" · {states['failed']} failed" if states["failed"] else ""
    return {"state": worst, "text": text, "found": found}


def _coverage(coverage: pl.DataFrame, market: str, month: str) -> float | str | None:
    """The month's coverage; "unknown" where it was computed and cannot be known, None where nothing was computed."""
    months = covered_months(coverage.filter(pl.col("market") == market))
    rows = months.filter(pl.col("month").dt.strftime("%Y-%m") == month)["covered"]
    if rows.is_empty():
        return None
    return "unknown" if rows[0] is None else float(rows[0])


def _lines(table: str) -> list[list[str]]:
    """Cells of a Markdown table, the rule below the heading left out."""
    lines = [[shown_text(cell) for cell in line.strip("| ").split(" | ")] for line in table.splitlines()]
    return lines[:1] + lines[2:]
