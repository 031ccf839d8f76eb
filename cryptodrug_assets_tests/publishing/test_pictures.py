"""An attack on what is seen: values read back from the report's pictures and numbers, and from those of the graph.

Every coordinate drawn must be that of a value that is shown, or of its interval; no line crosses a hidden month, no
axis reaches for a hidden value.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl
import pytest
from lxml import html as lxml_html

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.metadata import table_metadata
from cryptodrug_assets.publishing.exchange.observations import observations
from cryptodrug_assets.publishing.pages import charts
from cryptodrug_assets.publishing.pages.findings import share
from cryptodrug_assets.publishing.pages.observed import Observed
from cryptodrug_assets.publishing.pages.page import build_page, build_report
from cryptodrug_assets.publishing.words import Words
from cryptodrug_assets_tests.indicators.attack import world

COUNTRIES = ["BE", "NL", "DE", "US", "FR"]
# A value that nothing else in the world has, at a month in the middle that is hidden.
CANARY, HIDDEN = 0.87654321, date(2018, 12, 1)


@lru_cache(maxsize=1)
def tables() -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Public tables with intervals, and the same in which one more hidden value is far above all that are shown."""
    _, made = world(1, varied=True)
    public = {name.removesuffix("_public"): frame for name, frame in made.items()}
    shares = public["shares"].with_columns(lower=pl.col("value") * 0.9, upper=pl.col("value") * 1.1)
    spot = (pl.col("country") == "BE") & (pl.col("market") == "dream") & (pl.col("month") == HIDDEN)
    known = public | {"shares": shares.with_columns(
        *(pl.when(spot).then(CANARY).otherwise(name).alias(name) for name in ("value", "lower", "upper"))
    )}  # fmt: skip
    hidden = public | {"shares": shares.with_columns(
        *(pl.when(spot).then(None).otherwise(name).alias(name) for name in ("value", "lower", "upper")),
        conf_status=pl.when(spot).then(pl.lit("C")).otherwise("conf_status"),
        obs_status=pl.when(spot).then(pl.lit("C")).otherwise("obs_status"),
    )}  # fmt: skip
    return hidden, known


def drawn(public: dict[str, pl.DataFrame], country: str) -> list[tuple[Any, str]]:
    """The figures of the share of a country, each as its chart and as SVG."""
    at = Observed(observations(public), country, Words("en"))
    figures = [finding.figure for finding in share(at).findings if finding.figure is not None]
    return [(spec, charts.svg(spec, at.words, name, 1)) for name, spec in figures]


@lru_cache(maxsize=16)
def report(country: str, *, known: bool = False) -> str:
    """The page about a country; with what is hidden in the open where it is `known`."""
    observed = observations(tables()[int(known)])
    return build_page(build_report(observed, country=country, language="en", synthetic=True))


def numbers(rows: pl.DataFrame) -> set[float]:
    """Values and bounds of rows, to six digits."""
    return {
        round(number, 6)
        for row in rows.select("value", "lower", "upper").iter_rows()
        for number in row
        if number is not None
    }


@pytest.mark.parametrize("country", COUNTRIES)
def test_what_is_drawn_of_shares_is_what_is_shown(country: str) -> None:
    """Every number that a chart gets is a shown value or bound of the public table, and none that is hidden."""
    public, _ = tables()
    shown = numbers(pl.concat([public["shares"], public["shares_window"]]).filter(pl.col("conf_status") == "F"))
    for spec, _ in drawn(public, country):
        values = {
            round(row[name], 6)
            for row in spec["data"]["values"]
            for name in ("value", "lower", "upper")
            if row[name] is not None
        }
        assert values <= shown


def test_no_line_crosses_a_hidden_month() -> None:
    """Of Dream's three months the middle one is hidden: a line begins anew behind it; in the open not."""
    hidden, known = (
        next(svg for spec, svg in drawn(public, "BE") if _of_months(spec, "Dream Market") == 3) for public in tables()
    )
    first = re.compile(r'<path d="(M[^"]+)" stroke="[^"]+" stroke-width="2" stroke-dasharray="1,0"/>')
    assert [first.findall(svg)[0].count("L") for svg in (hidden, known)] == [0, 2]


def _of_months(spec: Any, market: str) -> int:
    return sum(row.get("series") == market for row in spec["data"]["values"])


def test_no_axis_reaches_for_a_hidden_value() -> None:
    """The axes with the month hidden are those without the month; in the open they are others."""
    public, known = tables()
    scales = [[re.findall(r">([\d.]+%)</text>", svg) for _, svg in drawn(each, "BE")] for each in (public, known)]
    assert scales[0] != scales[1]
    rest = public["shares"].filter(~((pl.col("country") == "BE") & (pl.col("month") == HIDDEN)))
    without = [re.findall(r">([\d.]+%)</text>", svg) for _, svg in drawn(public | {"shares": rest}, "BE")]
    assert scales[0] == without


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_canary_is_nowhere(country: str) -> None:
    """Not as a number, a percentage, an attribute or a comment; in the open it would be found."""
    printed = ("87.65", "0.8765", "0.877", "87.7", "8765")
    assert not any(text in report(country) for text in printed)
    assert country != "BE" or any(text in report(country, known=True) for text in printed)


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_report_holds_nothing_but_shown_numbers(country: str) -> None:
    """Every cell of a table of shares by month is a shown value with its interval, or says c or –."""
    public, _ = tables()
    tree = lxml_html.fromstring(report(country))
    found = [
        table for table in tree.xpath("//table") if "by month, with 95% intervals" in table.xpath("string(./caption)")
    ]
    shown = numbers(public["shares"].filter(country=country))
    cells = {
        (float(number), len(number.partition(".")[2]))
        for table in found
        for cell in table.xpath(".//td")
        for number in re.findall(r"(\d+\.\d+)%", cell.text_content())
    }
    assert found and cells
    for number, digits in cells:
        assert any(abs(number - 100 * known) < 0.51 * 10**-digits for known in shown), number


def test_public_tables_show_the_graph_nothing_else() -> None:
    """Headline numbers, preview, plot and figure of a public table: without its hidden rows they are the same."""
    _, public = world(1, varied=True)
    for name, frame in public.items():
        if "conf_status" not in frame.columns:
            continue
        contract = contracts.load("indicators", name)
        counts = ("dagster/row_count", "values", "missing", "confidential", "low_coverage", "coverage")

        def told(rows: pl.DataFrame, contract: Any = contract, counts: tuple[str, ...] = counts) -> dict[str, str]:
            made = table_metadata(contract, rows, "BE")
            return {key: str(value) for key, value in made.items() if key not in counts}

        assert told(frame) == told(frame.filter(pl.col("conf_status") == "F")), name


def test_internal_tables_say_that_they_are() -> None:
    """What the graph shows of them leaves out one or two vendors, not what sums would tell."""
    internal, public = world(1)
    assert table_metadata(contracts.load("indicators", "shares"), internal["shares"], "BE")["audience"].startswith(
        "internal"
    )
    shown = table_metadata(contracts.load("indicators", "shares_public"), public["shares_public"], "BE")
    assert shown["audience"] == "public"
