"""The quality page: every observed month and layer has its cell, what failed is said with its sample, no network."""

from collections import Counter

from cryptodrug_assets import contracts
from cryptodrug_assets.observation import observed_cells
from cryptodrug_assets.publishing.quality_page import build_quality_page
from cryptodrug_assets.quality.outcomes import Cell, CheckState, Finding
from cryptodrug_assets_tests.frames import rows

FINDING = Finding(
    "empire", "2019-05", "clean", "listings", "kept", "failed", "clean.listings 1.0.0", "kept (found 0.2)",
    "| capture_id | rule |\n|-|-|\n| 00ff | kept |",
)  # fmt: skip


def page(*findings: Finding) -> str:
    counts: dict[Cell, Counter[CheckState]] = {
        ("empire", "2019-05", "clean"): Counter({"ok": 12, "failed": 1}),
        ("dream", "2018-11", "raw"): Counter({"ok": 4}),
    }
    whole: dict[str, Counter[CheckState]] = {
        "reference.places": Counter({"ok": 7}),
        "indicators.trends": Counter({"ok": 5, "warn": 1}),
    }
    coverage = rows("indicators", "coverage", {"market": "dream", "indicator": "COV01", "value": 0.987, "country": "W"})
    return build_quality_page(counts, whole, findings, coverage, contracts.all_contracts(), synthetic=True)


def test_every_month_and_layer_has_its_cell() -> None:
    html = page()
    assert html.count('<td class="') == 4 * len(observed_cells()) + 2
    assert '<td class="failed">12 · 1 failed</td>' in html
    assert html.count('<td class="ok">4</td>') == 1
    assert "Every check passed" in html


def test_what_failed_is_said_with_its_sample() -> None:
    html = page(FINDING)
    assert "Empire Market 2019-05 · clean.listings · kept" in html
    assert "blocks publication: kept (found 0.2)" in html
    assert "<td>00ff</td><td>kept</td>" in html
    assert "<td>-</td>" not in html


def test_it_needs_no_network_and_names_the_contracts() -> None:
    html = page(FINDING)
    assert not any(mark in html for mark in ("<script", "src=", "@import", "<link", "http"))
    assert all(f"<td>{contract.name}</td>" in html for contract in contracts.all_contracts())
    assert "SYNTHETIC" in html


def test_tables_without_months_have_theirs_and_what_they_found_is_linked() -> None:
    found = Finding("", "", "indicators", "trends", "jump", "warn", "indicators.trends@1.0.0", "jump: found 4", "")
    html = page(found, FINDING)
    assert '<th>places</th><td class="ok">7</td>' in html
    assert '<td class="warn"><a href="#indicators-trends">5 · 1 warned</a></td>' in html
    assert 'id="indicators-trends"' in html
    assert "all months · indicators.trends · jump" in html
    assert '<a href="#empire-2019-05-clean">12 · 1 failed</a>' in html
    assert html.index(">reference<") < html.index(">indicators</th><th>checks")


def test_the_page_says_in_a_sentence_what_is_held_back() -> None:
    html = page(FINDING)
    assert f"2 of {len(observed_cells())} observed market-months were judged." in html
    assert "Not published: Empire Market 2019-05 (clean)." in html
    assert "98.7 %" in html


def test_what_is_to_leave_the_house_and_fails_its_check_is_said() -> None:
    """The layer `exchange` has no months: its checks stand among those of whole tables."""
    found = Finding(
        "", "", "exchange", "observations", "codes", "failed", "exchange.observations@1.0.0", "geo: found 3", ""
    )
    counts: dict[Cell, Counter[CheckState]] = {}
    whole: dict[str, Counter[CheckState]] = {"exchange.observations": Counter({"ok": 9, "failed": 1})}
    coverage = rows("indicators", "coverage", {"market": "dream", "indicator": "COV01", "value": 0.9, "country": "W"})
    html = build_quality_page(counts, whole, [found], coverage, contracts.all_contracts(), synthetic=False)
    assert '<td class="failed"><a href="#exchange-observations">9 · 1 failed</a></td>' in html
    assert 'id="exchange-observations"' in html
    assert "all months · exchange.observations · codes" in html
    assert "blocks publication: geo: found 3" in html
    assert "Every check passed" not in html
