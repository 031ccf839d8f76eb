"""The report: key figures, figures and tables about a country, from the public indicator tables alone.

One HTML file that needs no network. What few vendors stand behind is not in the tables it is made of (marked c).
"""

from collections.abc import Mapping
from datetime import date

import polars as pl
from jinja2 import Environment, select_autoescape
from markupsafe import Markup

from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.publishing.buyers import buyers_section
from cryptodrug_assets.publishing.countries import country_name
from cryptodrug_assets.publishing.figures import Line, quotient_dots, share_lines
from cryptodrug_assets.publishing.observed import coverage_sentences
from cryptodrug_assets.publishing.sections import ALL, MEASURES, Public, Table, label, markets, pick, tables, value_text

_LONG = 40

_TEMPLATE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>CRYPTODRUG monitor: report</title>
<style>
body { font: 15px/1.5 "DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif; max-width: 66rem; margin: 2rem auto;
  padding: 0 1rem; color: #1c2733; }
h1 { margin-bottom: .2rem; line-height: 1.2; } h2 { margin-top: 2.2rem; border-bottom: 1px solid #d5dde5; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #e3e9ef; text-align: right; white-space: nowrap; }
.words { text-align: left; } .told { text-align: left; white-space: normal; vertical-align: top; }
figure { margin: 1rem 0; } .long { white-space: normal; min-width: 14rem; }
.synthetic { background: #fff1c9; border: 1px solid #e2b93b; padding: .6rem 1rem; font-weight: 600; }
.note { color: #5a6b7b; font-size: 13px; } svg { max-width: 100%; height: auto; }
.key { display: flex; flex-wrap: wrap; gap: .8rem; padding: 0; margin: 1rem 0; list-style: none; }
.key li { flex: 1 1 13rem; background: #eef4f9; border-left: 4px solid #2f6f9f; padding: .6rem .9rem; }
.key b { display: block; font-size: 1.45rem; font-variant-numeric: tabular-nums; }
.reproduced { color: #1d6b3a; } .not.reproduced { color: #a33327; }
</style></head><body>
<h1>Share of {{ name }} in the supply of cryptomarkets</h1>
<p class="note">CRYPTODRUG monitor · {{ cells }} market-months · aggregate figures for publication only</p>
{% if synthetic %}<p class="synthetic">SYNTHETIC: everything in this report is made from a made-up world. It shows what the
platform does, and says nothing about any real market.</p>{% endif %}
<h2>What was seen, and what was not</h2>
<ul>{% for line in seen %}<li>{{ line }}</li>
{% endfor %}</ul>
<p class="note">What was not seen is not zero. Values of unknown or low coverage are marked °; where most of what a value
would need is unknown, there is none (–).</p>
<h2>Key figures</h2>
<ul class="key">{% for value, what in key %}<li><b>{{ value }}</b>{{ what }}</li>
{% endfor %}</ul>
{% for figure in figures %}{{ figure | safe }}
{% endfor %}
{% for table in tables %}<h2>{{ table.title }}</h2>
<div class="wide"><table><tr>{% for cell in table.head %}<th{{ looks(table, loop.index0) }}>{{ cell }}</th>{% endfor %}</tr>
{% for row in table.rows %}<tr>{% for cell in row %}<td{{ looks(table, loop.index0, cell) }}>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table></div>
{% if table.note %}<p class="note">{{ table.note }}</p>{% endif %}
{% endfor %}
{{ buyers | safe }}
<h2>Method</h2>
<ul>
{% if captured or not synthetic %}<li>Everything is counted from captured pages; each figure can be followed to the bytes of the pages
behind it (<code>cryptodrug explain</code>).</li>
{% else %}<li>No page was captured: everything is counted from tables of a made-up world.</li>
{% endif %}<li>Values are of what was captured. Counts have bounds for what was not seen, and are never below what was.</li>
<li>Intervals of shares and means are of a wider set of vendors from which those of the market come: the sales and offers
of one vendor are not independent, so the vendor is the unit, and few vendors borrow the variance of their whole market
(pooled; proportions: Wilson with the effective number of observations). Of markets of fewer than ten vendors there are
none. Trends: Theil–Sen, with an interval that knows that levels carry over from month to month. Events: negative
binomial regression per day of observed sales.</li>
<li>Offers and sales with several origins count by their part in each; vendors wholly.</li>
<li>Values of one or two vendors, values two vendors dominate (85 %), and what would give such values away through sums,
windows, changes or bounds are confidential.</li>
</ul>
<h2>Limits</h2>
<ul>
<li>Transactions are de-duplicated feedback, a lower bound: not every sale leaves feedback, and feedback may be removed.</li>
<li>The origin is what a vendor states. Unknown origins stay in every denominator.</li>
<li>Where feedback names no product, transactions are attributed to the origins of the vendor's drug offers. Where it shows
no exact price, there is no revenue.</li>
<li>Asking prices are not prices paid; revenue rests on exact prices beside feedback.</li>
<li>Windows of 5 to 8 months carry little trend.</li>
</ul>
</body></html>
"""


def build_report(
    public: Public,
    *,
    country: str,
    synthetic: bool,
    pages: Mapping[str, int],
    until: str | None = None,
    buyers: Public | None = None,
) -> str:
    """The report's HTML from the public tables (by plain name, such as `shares`) and the pages captured per market.

    `buyers`: the public tables of survey, interviews and joint display, as far as there are any.
    `until`: the last month that a market still observed could have; that of the tables where it is not given.
    """
    last = public["coverage"]["month"].max()
    until = until or (f"{last:%Y-%m}" if isinstance(last, date) else "")
    shares = public["shares"].filter(
        (pl.col("country") == country) & (pl.col("drug_class") == ALL) & pl.col("indicator").is_in(list(MEASURES))
    ).sort("market", "month", "indicator")  # fmt: skip
    name = country_name(country)
    found: list[Table] = list(tables(public, pages, country, name, synthetic=synthetic))
    environment = Environment(autoescape=select_autoescape(default=True))
    environment.globals["looks"] = _looks
    return environment.from_string(_TEMPLATE).render(
        name=name,
        cells=shares.select("market", "month").unique().height,
        captured=any(pages.values()),
        synthetic=synthetic,
        seen=coverage_sentences(public, pages, until=until),
        key=_key_figures(public, country, name),
        figures=[
            _figure(shares, "SH01"),
            _figure(shares, "SH03"),
            _figure(shares, "SH04"),
            _quotients(public, country),
        ],
        tables=found,
        buyers=buyers_section(buyers or {}, public),
    )


def _looks(table: Table, column: int, cell: str = "") -> Markup:
    """The class attribute of a cell: words flush left, long ones broken, verdicts in colour."""
    names = ["words"] if column in table.words else []
    names += ["long"] if len(cell) > _LONG else []
    names += [cell] if cell in ("reproduced", "not reproduced") else []
    return Markup(' class="{}"').format(" ".join(names)) if names else Markup()


def _key_figures(public: Public, country: str, name: str) -> list[tuple[str, str]]:
    window, card = public["shares_window"], public["study_scorecard"]
    key = []
    for code, what in MEASURES.items():
        row = pick(window, market=ALL, country=country, indicator=f"{code}_mean")
        if row is not None and row["value"] is not None:
            interval = value_text(row).partition(" ")[2].strip("() °")
            low = " °" if row["obs_status"] == "L" else ""
            key.append(
                (
                    f"{value_text(row, interval=False).removesuffix(' °')} %{low}",
                    f"of {what} ({interval}), mean of months, all markets",
                )
            )
    for indicator, what in (("LV01", "live drug offers"), ("LV03", "transactions")):
        levels = public["activity"].filter(
            (pl.col("indicator") == indicator) & (pl.col("country") == "W") & (pl.col("drug_class") == ALL)
        )
        # A sum of which a part is hidden or unknown is no number of the world.
        whole = levels.group_by("month").agg(pl.col("value").sum(), unknown=pl.col("value").null_count())
        shown_months = whole.filter(unknown=0)["value"]
        if shown_months.len():
            of = "" if shown_months.len() == whole.height else f" ({shown_months.len()} of {whole.height})"
            key.append((f"{float(shown_months.mean()):,.0f}", f"{what} captured, mean of months{of}"))  # type: ignore[arg-type]
    if card.height:
        told = card.filter(pl.col("verdict").is_in(["reproduced", "not_reproduced"]))
        done = told.filter(pl.col("verdict") == "reproduced").height
        little = card.filter(pl.col("verdict") == "not_enough_seen").height
        rest = f"; {little} not judged, not enough was seen" if little else ""
        key.append((f"{done} of {told.height}", f"public tests of the study's statements reproduced{rest}"))
    return key


def _figure(shares: pl.DataFrame, indicator: str) -> str:
    lines = []
    for market in markets(shares):
        part = shares.filter((pl.col("market") == market) & (pl.col("indicator") == indicator))
        if part["value"].drop_nulls().len():
            months = part["month"].dt.strftime("%Y-%m").to_list()
            value, lower, upper = (part[name].to_list() for name in ("value", "lower", "upper"))
            colour = list(market_configs()).index(market)
            lines.append(Line(label(market), months, value, lower, upper, colour=colour))
    return share_lines(f"{indicator}: share of {MEASURES[indicator]}", lines) if lines else ""


def _quotients(public: Public, country: str) -> str:
    frame = public["specialisation_window"].filter(
        (pl.col("country") == country) & (pl.col("indicator") == "SP02_L") & pl.col("value").is_not_null()
    )
    points = {
        label(market): [
            (row["drug_class"].replace("_", " "), row["value"], row["lower"], row["upper"])
            for row in frame.filter(pl.col("market") == market).sort("drug_class").iter_rows(named=True)
            if row["value"] > 0
        ]
        for market in markets(frame)
        if market != ALL
    }
    return quotient_dots("SP02: location quotients", points) if points else ""
