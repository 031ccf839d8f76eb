"""The report: self-contained, says SYNTHETIC, hides what few vendors stand behind, shows missing as missing."""

from datetime import date
from typing import Any

import polars as pl

from cryptodrug_assets.report.build import build_report
from cryptodrug_assets.report.figures import Line, interval_markdown, share_lines, sparkline
from cryptodrug_assets_tests.frames import rows


def share(month: int, indicator: str, value: float | None, status: str = "F", country: str = "BE") -> dict[str, Any]:
    bounds = {"lower": None if value is None else value / 2, "upper": None if value is None else value * 2}
    return {
        "market": "empire", "month": date(2019, month, 1), "indicator": indicator, "country": country, "value": value,
        "drug_class": "all", "conf_status": status, "n_vendors": 7,
    } | bounds  # fmt: skip


def report(*, synthetic: bool = True) -> str:
    shares = rows(
        "indicators",
        "shares",
        share(4, "SH01", 0.0123),
        share(5, "SH01", 0.0456),
        share(4, "SH02", 0.0789, "C"),
        share(4, "SH04", None),
        share(5, "SH01", 0.5, country="DE"),
    )
    coverage = rows(
        "indicators", "coverage", {"market": "empire", "indicator": "COV01", "value": 0.987, "country": "W"}
    )
    captures = rows("raw", "captures", {"market": "empire", "outcome": "done", "synthetic": synthetic})
    return build_report(shares, coverage, captures, country="BE")


def test_report_needs_no_network() -> None:
    html = report()
    for address in ("<script", "src=", "@import", "<link"):
        assert address not in html
    assert "<svg" in html


def test_synthetic_is_said_and_only_when_it_is() -> None:
    assert "SYNTHETIC" in report()
    assert "SYNTHETIC" not in report(synthetic=False)


def test_values_with_their_intervals() -> None:
    assert "1.23 (0.61–2.46)" in report() or "1.23 (0.62–2.46)" in report()
    assert "98.70" in report()


def test_values_of_few_vendors_are_not_in_the_report() -> None:
    html = report()
    assert "7.89" not in html
    assert "<td>c</td>" in html


def test_report_is_the_same_twice() -> None:
    assert report() == report()


def test_a_gap_in_a_line_stays_a_gap() -> None:
    whole = share_lines("t", [Line("m", ["2019-04", "2019-05", "2019-06"], [0.1, 0.2, 0.3], [0, 0, 0], [1, 1, 1])])
    broken = share_lines(
        "t", [Line("m", ["2019-04", "2019-05", "2019-06"], [0.1, None, 0.3], [0, None, 0], [1, None, 1])]
    )
    assert whole != broken
    assert whole.startswith("<svg")


def test_country_without_values() -> None:
    shares = pl.DataFrame(schema=rows("indicators", "shares").schema)
    empty = rows("raw", "captures", {"market": "empire", "outcome": "done", "synthetic": True})
    html = build_report(shares, rows("indicators", "coverage"), empty, country="XX")
    assert "XX" in html


def test_sparkline_and_small_plot() -> None:
    assert sparkline([0, 1, 2, None, 7]) == "▁▂▃·█"
    assert sparkline([None, 0]) == "·▁"
    shares = rows(
        "indicators",
        "shares",
        share(4, "SH01", 0.2),
        share(4, "SH01", 0.4, "C", "DE"),
        share(4, "SH01", 0.1, country="NL"),
    )
    text = interval_markdown(shares)
    assert "| SH01 | BE | 0.2 | 0.1 – 0.4 | " + "█" * 20 in text
    assert "| SH01 | NL | 0.1 | 0.05 – 0.2 | " + "█" * 10 in text
    assert "DE" not in text
