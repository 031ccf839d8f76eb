"""The report: self-contained, says SYNTHETIC, hides what few vendors stand behind, shows missing as missing."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.report.build import build_report
from cryptodrug_assets.report.figures import Line, interval_markdown, share_lines, sparkline
from cryptodrug_assets.report.sections import range_text
from cryptodrug_assets_tests.frames import rows


def share(month: int, indicator: str, value: float | None, status: str = "F", country: str = "BE") -> dict[str, Any]:
    bounds = {"lower": None if value is None else value / 2, "upper": None if value is None else value * 2}
    return {
        "market": "empire", "month": date(2019, month, 1), "indicator": indicator, "country": country, "value": value,
        "drug_class": "all", "conf_status": status, "n_vendors": 7,
    } | bounds  # fmt: skip


def public(*shares: dict[str, Any]) -> dict[str, pl.DataFrame]:
    """Every public table, empty but for shares, coverage, a scorecard row and a quotient."""
    contract = [c for c in contracts.all_contracts() if c.layer == "indicators" and c.table.endswith("_public")]
    made = {c.table.removesuffix("_public"): contracts.empty(c) for c in contract}
    quotient = {"market": "empire", "indicator": "SP02_L", "country": "BE", "drug_class": "mdma", "value": 1.5,
                "lower": 1.1, "upper": 2.0, "conf_status": "F"}  # fmt: skip
    statement = {"market": "empire", "statement": "29", "says": "mean 75 euros", "value": 75.0, "indicator": "TS03",
                 "expected_low": 74.5, "expected_high": 75.5, "verdict": "reproduced"}  # fmt: skip
    seen = {"market": "empire", "indicator": "COV01", "value": 0.987, "country": "W"}
    return made | {
        "shares": rows("indicators", "shares_public", *shares),
        "coverage": rows("indicators", "coverage_public", seen),
        "specialisation_window": rows("indicators", "specialisation_window_public", quotient),
        "study_scorecard": rows("indicators", "study_scorecard_public", statement),
    }


def report(*, synthetic: bool = True) -> str:
    tables = public(
        share(4, "SH01", 0.0123), share(5, "SH01", 0.0456), share(4, "SH02", None, "C"), share(4, "SH04", None),
        share(5, "SH01", 0.5, country="DE"),
    )  # fmt: skip
    return build_report(tables, country="BE", synthetic=synthetic, pages={"empire": 1234})


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
    assert "<td>c</td>" in report()


def test_statements_with_what_was_expected() -> None:
    html = report()
    assert "74.5 – 75.5" in html
    assert '<td class="words reproduced">reproduced</td>' in html
    assert "1 of 1" in html


def test_a_confidential_statement_is_counted_neither_way() -> None:
    tables = public()
    hidden = {"value": None, "verdict": "confidential", "indicator": "TS02", "statement": "28"}
    card = tables["study_scorecard"]
    tables["study_scorecard"] = pl.concat(
        [card, card.with_columns(pl.lit(v, card.schema[k]).alias(k) for k, v in hidden.items())]
    )
    html = build_report(tables, country="BE", synthetic=False, pages={})
    assert "1 of 1" in html
    assert '<td>c</td><td class="words">confidential</td>' in html


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (5e-324, 1, "above 0, to 1"), (5e-324, None, "> 0"), (0.0, 0.1, "< 0.1"),
        (2.0, None, "≥ 2"), (None, 3.0, "≤ 3"), (0.0, 0.0, "0"),
    ],
)  # fmt: skip
def test_ranges_as_a_reader_would_write_them(low: float | None, high: float | None, text: str) -> None:
    assert range_text({"expected_low": low, "expected_high": high}) == text


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
    assert "XX" in build_report(public(), country="XX", synthetic=True, pages={})


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
