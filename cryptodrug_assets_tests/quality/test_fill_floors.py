"""Floors of fill rates and counters that never count: warnings, counted by hand."""

import re
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.context import empty_context, fill_floors
from cryptodrug_assets.checks.lint import RECORDS, floor_problems
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import ParsedPage
from cryptodrug_assets.observation import CONTRACTS_DIR, FillFloor, MarketConfig, market_configs
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.quality.messages import sentence
from cryptodrug_assets.quality.rules import RuleResult
from cryptodrug_assets_tests.cleaning.site import month_end, sweep
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.quality.conftest import CELL

FLOORS = fill_floors("empire").clear()
MONTHS = {"dream": "2018-12", "wall_street": "2019-01", "empire": "2019-06"}
OTHERS = market_configs(CONTRACTS_DIR / "markets" / "more")


def _results(table: str, records: list[dict[str, object]], floors: list[FillFloor]) -> dict[str, RuleResult]:
    """Verdicts on records, one a page, each page with the layout its record names."""
    contract = contracts.load("parsed", table)
    layouts = [record.pop("layout", "2019") for record in records]
    made = [{"capture_id": f"c{n}", "page_kind": "listing", **record} for n, record in enumerate(records)]
    pages = [{"capture_id": f"c{n}", "layout": layout} for n, layout in enumerate(layouts)]
    found = empty_context([contract]) | {other.name: contracts.empty(other) for other in contracts.all_contracts()}
    found["parsed.pages"] = rows("parsed", "pages", *pages)
    lines = [(one.records, one.page_kind, one.field, one.layout, one.at_least) for one in floors]
    found["expected.fill"] = pl.DataFrame(lines, schema=FLOORS.schema, orient="row")
    verdicts = judge({contract.name: rows("parsed", table, *made)}, found, "duckdb")[contract.name]
    return {result.rule.id: result for verdict in verdicts for result in verdict.results}


def _floor(field: str, share: float, layout: str | None = None) -> FillFloor:
    return FillFloor(records="listings", page_kind="listing", field=field, at_least=share, layout=layout)


def _offers(filled: int, count: int, **values: object) -> list[dict[str, object]]:
    return [{**({"ships_from": "Belgium"} if n < filled else {}), **values} for n in range(count)]


@pytest.mark.parametrize(("filled", "count", "passes"), [
    (16, 20, True), (15, 20, False), (1, 30, False),
    (0, 19, True),  # too few to say anything
])  # fmt: skip
def test_a_field_below_its_floor(filled: int, count: int, passes: bool) -> None:
    result = _results("listings", _offers(filled, count), [_floor("ships_from", 0.8)])["filled"]
    assert result.passed is passes
    assert result.rule.severity == "warning"
    if not passes:
        text = sentence(contracts.load("parsed", "listings"), result, CELL[0])
        assert f"ships_from on listing: {filled} of {count}" in text


def test_without_a_floor_nothing_is_expected() -> None:
    assert _results("listings", _offers(0, 30), [])["filled"].passed
    assert _results("listings", _offers(0, 30), [_floor("ships_from", 0.8, layout="2018")])["filled"].passed
    assert not _results("listings", _offers(0, 30), [_floor("ships_from", 0.8, layout="2019")])["filled"].passed


def test_layouts_are_counted_apart() -> None:
    """A new layout that reads nothing shows beside an old one that reads all."""
    records = _offers(60, 60, layout="2018") + _offers(0, 20, layout="2019")
    assert not _results("listings", records, [_floor("ships_from", 0.5)])["filled"].passed


def test_an_empty_list_is_not_filled() -> None:
    for value, passes in (([], False), (["Belgium"], True)):
        offers: list[dict[str, object]] = [{"ships_to": value} for _ in range(20)]
        assert _results("listings", offers, [_floor("ships_to", 0.5)])["filled"].passed is passes


@pytest.mark.parametrize(("counts", "passes"), [
    ([0] * 50, False), ([0] * 49, True), ([0] * 49 + [1], True), ([None] * 60, True), ([0] * 50 + [None] * 9, False),
])  # fmt: skip
def test_a_counter_that_never_counts(counts: list[int | None], passes: bool) -> None:
    result = _results("listings", [{"views": count} for count in counts], [])["counters_count"]
    assert result.passed is passes


@pytest.mark.parametrize("table", ["listings", "vendors", "feedback"])
def test_the_rule_knows_every_field(table: str) -> None:
    """A field that is added to the records belongs into the rule: a floor on it would never fail."""
    rule = next(rule for rule in contracts.load("parsed", table).quality if rule.id == "filled")
    named = set(re.findall(r"'(\w+)'", rule.query.partition("AS field")[0]))
    columns = {column.name for column in contracts.load("parsed", table).columns}
    assert named == {"", *RECORDS[table]} & columns


def test_floors_are_linted() -> None:
    wrong = [
        FillFloor(records="vendors", page_kind="vendor", field="shoe_size", at_least=0.5),
        FillFloor(records="vendors", page_kind="shop", field="sales", at_least=0.5),
    ]
    config = market_configs()["empire"].model_copy(update={"fill": wrong})
    assert isinstance(config, MarketConfig)
    texts = list(floor_problems(config))
    assert len(texts) == 2
    assert "no field 'shoe_size'" in texts[0]
    assert "no kind of page 'shop'" in texts[1]


def test_the_files_of_the_markets_are_clean() -> None:
    assert [text for config in market_configs().values() for text in floor_problems(config)] == []
    assert fill_floors("empire").height == len(market_configs()["empire"].fill) > 0


def _shares(floors: Iterable[FillFloor], pages: list[ParsedPage]) -> list[tuple[FillFloor, float | None]]:
    """Of each floor the share of records that have the field, counted one by one; None where there is no record."""
    shares: list[tuple[FillFloor, float | None]] = []
    for floor in floors:
        shown = [page for page in pages if page.page_kind == floor.page_kind and floor.layout in (None, page.layout)]
        filled = [
            record.get(floor.field) not in (None, []) for page in shown for record in getattr(page, floor.records)
        ]
        shares.append((floor, sum(filled) / len(filled) if filled else None))
    return shares


@pytest.mark.parametrize("market", MONTHS)
def test_the_synthetic_markets_keep_every_floor(market: str) -> None:
    pages = [
        get_market(market).parse(page.body, url=page.url, captured_at=page.captured_at)
        for page in sweep("tiny", 3, market, month_end(MONTHS[market]))
    ]
    shares = _shares(market_configs()[market].fill, pages)
    assert len(shares) >= 6
    # A floor that no record is under would say nothing.
    assert [floor for floor, share in shares if share is None or share < floor.at_least] == []


@pytest.mark.parametrize("market", ["dream", "empire", *OTHERS])
def test_archived_pages_keep_the_floors(real_pages: Path, market: str) -> None:
    """A handful of pages of each kind: too few for the rule, and enough to show a floor that is set too high."""
    config = (market_configs() | OTHERS)[market]
    pages = [
        get_market(market).parse(path.read_bytes(), url="http://saved.page/", captured_at=None)
        for path in sorted((real_pages / market).glob("*.html"))
    ]
    shares = _shares(config.fill, pages)
    assert [share for _, share in shares if share is not None]
    assert [floor for floor, share in shares if share is not None and share < floor.at_least] == []
