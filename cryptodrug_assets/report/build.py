"""The report: windows and coverage, shares of a country with their uncertainty, what it rests on and its limits.

One HTML file that needs no network. Values that too few vendors stand behind are left out (marked c).
"""

from collections.abc import Mapping

import polars as pl
from jinja2 import Environment, select_autoescape

from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.report.figures import Line, share_lines

MEASURES = {"SH01": "listings", "SH02": "active vendors", "SH03": "transactions", "SH04": "revenue"}

_TEMPLATE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>CRYPTODRUG monitor: report</title>
<style>
body { font: 15px/1.5 "DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; color: #1c2733; }
h1 { margin-bottom: .2rem; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #d5dde5; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #e3e9ef; text-align: right; white-space: nowrap; }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
.synthetic { background: #fff1c9; border: 1px solid #e2b93b; padding: .6rem 1rem; font-weight: 600; }
.note { color: #5a6b7b; font-size: 13px; } svg { max-width: 100%; height: auto; }
</style></head><body>
<h1>Share of {{ country }} in the supply of three cryptomarkets</h1>
<p class="note">CRYPTODRUG monitor · {{ cells }} market-months · aggregate figures only</p>
{% if synthetic %}<p class="synthetic">SYNTHETIC: everything in this report is made from a made-up world. It shows what the
platform does, and says nothing about any real market.</p>{% endif %}
<h2>Key figures</h2>
<table><tr><th>market</th><th>measure</th><th>mean of months</th><th>lowest</th><th>highest</th><th>months</th></tr>
{% for row in key %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>
{% for figure in figures %}{{ figure | safe }}
{% endfor %}
<h2>Table 1. Observation windows and coverage</h2>
<table><tr><th>market</th><th>window</th><th>months done</th><th>pages</th><th>coverage, lowest</th><th>coverage, mean</th></tr>
{% for row in windows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>
<p class="note">Coverage: pages fetched among those the crawl enumerated. Outside its window a market was not observed, which is
neither zero nor missing.</p>
<h2>Table 2. Share of {{ country }}, percent with 95 % interval</h2>
<table><tr><th>market</th><th>month</th><th>listings</th><th>active vendors</th><th>transactions</th><th>revenue</th></tr>
{% for row in shares %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>
<p class="note">– missing (the market shows no exact price of sales) · c too few vendors stand behind the value.
Listings, transactions and revenue: bootstrap over vendors. Vendors: Wilson.</p>
<h2>Table 3. Origins of live drug offers, last observed month of each market</h2>
<table><tr><th>market</th><th>country</th><th>share, %</th><th>95 % interval</th><th>vendors</th></tr>
{% for row in origins %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table>
<h2>Limits</h2>
<ul>
<li>Transactions are de-duplicated feedback, a lower bound: not every sale leaves feedback, and feedback may be removed.</li>
<li>The origin is what a vendor states. Unknown origins stay in every denominator.</li>
<li>Dream's feedback names no product: its transactions are attributed to the origins of the vendor's drug offers, and its
prices are rounded, so no revenue is computed. Wall Street shows no prices of sales either, and its page layout is provisional.</li>
<li>Asking prices are not prices paid; postal revenue of Empire rests on the exact prices beside its feedback.</li>
</ul>
</body></html>
"""


def build_report(shares: pl.DataFrame, coverage: pl.DataFrame, captures: pl.DataFrame, *, country: str) -> str:
    """The report's HTML from indicators.shares, indicators.coverage and raw.captures of all months."""
    own = shares.filter(
        (pl.col("country") == country) & (pl.col("drug_class") == "all") & pl.col("indicator").is_in(list(MEASURES))
    ).sort("market", "month", "indicator")
    environment = Environment(autoescape=select_autoescape(default=True))
    return environment.from_string(_TEMPLATE).render(
        country="Belgium" if country == "BE" else country,
        cells=own.select("market", "month").unique().height,
        synthetic=bool(captures["synthetic"].any()),
        key=_key_figures(own),
        figures=[_figure(own, "SH01"), _figure(own, "SH03"), _figure(own, "SH04")],
        windows=_windows(coverage, captures),
        shares=_share_rows(own),
        origins=_origins(shares),
    )


def _label(market: str) -> str:
    return market_configs()[market].label


def _markets(frame: pl.DataFrame) -> list[str]:
    present = set(frame["market"])
    return [market for market in market_configs() if market in present]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _open(row: Mapping[str, object]) -> bool:
    return row["conf_status"] == "F"


def _key_figures(own: pl.DataFrame) -> list[list[str]]:
    rows = []
    for market in _markets(own):
        for indicator, name in MEASURES.items():
            values = own.filter(
                (pl.col("market") == market) & (pl.col("indicator") == indicator) & (pl.col("conf_status") == "F")
            )["value"].drop_nulls()
            if len(values):
                low, high = values.min(), values.max()
                cells = [_percent(v) for v in (values.mean(), low, high)]  # type: ignore[arg-type]
                rows.append([_label(market), name, *cells, str(len(values))])
    return rows


def _figure(own: pl.DataFrame, indicator: str) -> str:
    lines = []
    for market in _markets(own):
        part = own.filter((pl.col("market") == market) & (pl.col("indicator") == indicator))
        part = part.with_columns(
            pl.when(pl.col("conf_status") == "F").then(pl.col(name)).alias(name) for name in ("value", "lower", "upper")
        )
        if part["value"].drop_nulls().len():
            months = part["month"].dt.strftime("%Y-%m").to_list()
            value, lower, upper = (part[name].to_list() for name in ("value", "lower", "upper"))
            colour = list(market_configs()).index(market)
            lines.append(Line(_label(market), months, value, lower, upper, colour=colour))
    return share_lines(f"{indicator}: share of {MEASURES[indicator]}", lines) if lines else ""


def _windows(coverage: pl.DataFrame, captures: pl.DataFrame) -> list[list[str]]:
    rows = []
    for market, config in market_configs().items():
        values = coverage.filter((pl.col("market") == market) & (pl.col("indicator") == "COV01"))["value"]
        pages = captures.filter((pl.col("market") == market) & (pl.col("outcome") == "done")).height
        window = f"{config.window.start} – {config.window.end or 'now'}"
        low, mean = (values.min(), values.mean()) if len(values) else (None, None)
        cells = [_percent(low), _percent(mean)]  # type: ignore[arg-type]
        rows.append([config.label, window, str(len(values)), f"{pages:,}", *cells])
    return rows


def _share_rows(own: pl.DataFrame) -> list[list[str]]:
    rows = []
    for market in _markets(own):
        for month in own.filter(pl.col("market") == market)["month"].unique().sort():
            part = own.filter((pl.col("market") == market) & (pl.col("month") == month))
            values = {row["indicator"]: row for row in part.iter_rows(named=True)}
            cells = []
            for indicator in MEASURES:
                row = values.get(indicator)
                if row is None or row["value"] is None:
                    cells.append("–")
                elif not _open(row):
                    cells.append("c")
                else:
                    cells.append(f"{_percent(row['value'])} ({_percent(row['lower'])}–{_percent(row['upper'])})")
            rows.append([_label(market), month.strftime("%Y-%m"), *cells])
    return rows


def _origins(shares: pl.DataFrame) -> list[list[str]]:
    rows = []
    offers = shares.filter((pl.col("indicator") == "SH01") & (pl.col("drug_class") == "all"))
    for market in _markets(offers):
        part = offers.filter(pl.col("market") == market)
        part = part.filter(pl.col("month") == part["month"].max()).sort("value", "country", descending=[True, False])
        for row in part.iter_rows(named=True):
            if _open(row):
                interval = f"{_percent(row['lower'])}–{_percent(row['upper'])}"
                name = "unknown" if row["country"] == "_U" else row["country"]
                rows.append([_label(market), name, _percent(row["value"]), interval, str(row["n_vendors"])])
    return rows
