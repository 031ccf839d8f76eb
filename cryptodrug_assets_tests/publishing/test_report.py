"""The report: self-contained, says SYNTHETIC, hides what few vendors stand behind, shows missing as missing."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.publishing.figures import Line, share_lines
from cryptodrug_assets.publishing.report import build_report
from cryptodrug_assets.publishing.sections import range_text
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
    seen = {"market": "empire", "indicator": "COV01", "value": 0.987, "country": "W", "month": date(2019, 4, 1)}
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


def test_the_first_lines_say_what_was_and_was_not_seen() -> None:
    html = report()
    head = html[: html.index("Key figures")]
    assert "Dream Market: nothing was seen" in head
    assert "1 of 8 months" in head
    assert "2019-05 to 2019-11" in head
    assert "99 % or more" in head or "98.7 % or more" in head
    assert "1,234 pages" in head


def test_imported_pages_do_not_cover_everything() -> None:
    """No enumeration and no counters: unknown, in the first lines and in the table, and not 100 %."""
    tables = public(share(4, "SH01", 0.0123))
    unknown = {"market": "empire", "indicator": "COV01", "value": None, "country": "W", "month": date(2019, 4, 1)}
    attributed = unknown | {"indicator": "COV05", "value": 0.6, "n": 82}
    tables["coverage"] = rows("indicators", "coverage_public", unknown, attributed)
    html = build_report(tables, country="BE", synthetic=False, pages={"empire": 25})
    head = html[: html.index("Key figures")]
    assert "How much of the market that is, is unknown" in head
    assert "40 % of the sales" in head
    assert '<td class="words">unknown</td>' in html or "<td>unknown</td>" in html
    assert "100 %" not in head


def test_a_sum_over_hidden_cells_is_not_a_sum() -> None:
    """5 live drug offers in the world from hidden, hidden and 15: no such number is stated."""
    tables = public(share(4, "SH01", 0.0123))
    level = {"indicator": "LV01", "country": "W", "drug_class": "all"}
    tables["activity"] = rows(
        "indicators", "activity_public",
        level | {"market": "dream", "month": date(2019, 4, 1), "value": None, "conf_status": "C"},
        level | {"market": "empire", "month": date(2019, 4, 1), "value": 15.0},
        level | {"market": "empire", "month": date(2019, 5, 1), "value": 20.0},
    )  # fmt: skip
    html = build_report(tables, country="BE", synthetic=False, pages={})
    assert "<b>20</b>live drug offers captured, mean of months (1 of 2)" in html


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


def test_a_world_without_pages_claims_no_page() -> None:
    """A home whose tables come straight from a made-up world (`cryptodrug study`) says that nothing was captured."""
    straight = build_report(public(), country="BE", synthetic=True, pages={})
    assert "were captured" not in straight and "counted from captured pages" not in straight
    assert "No page was captured: everything is counted from tables of a made-up world." in straight
    assert "counted from captured pages" in build_report(public(), country="BE", synthetic=True, pages={"empire": 3})
