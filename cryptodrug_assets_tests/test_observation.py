"""The study's observation windows: 19 market-months, taken from the market files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cryptodrug_assets import observation
from cryptodrug_assets.months import month_after
from cryptodrug_assets.observation import UserError, cell_of, is_observed, market_configs, observed_cells

# README of the study: Dream until March 2019, Wall Street until April 2019, Empire from April 2019.
STUDY = {
    "dream": ["2018-11", "2018-12", "2019-01", "2019-02", "2019-03"],
    "wall_street": ["2018-11", "2018-12", "2019-01", "2019-02", "2019-03", "2019-04"],
    "empire": ["2019-04", "2019-05", "2019-06", "2019-07", "2019-08", "2019-09", "2019-10", "2019-11"],
}


def test_the_study_has_exactly_nineteen_market_months() -> None:
    cells = observed_cells()
    assert sorted(cells) == sorted((market, month) for market, months in STUDY.items() for month in months)
    assert len(cells) == 19
    assert [month for _, month in cells] == sorted(month for _, month in cells)


@pytest.mark.parametrize(("month", "after"), [("2018-11", "2018-12"), ("2018-12", "2019-01"), ("2019-09", "2019-10")])
def test_month_after(month: str, after: str) -> None:
    assert month_after(month) == after


def test_range_of_cells() -> None:
    assert observed_cells("dream", "2019-02") == [("dream", "2019-02"), ("dream", "2019-03")]
    assert observed_cells(None, "2019-04", "2019-04") == [("wall_street", "2019-04"), ("empire", "2019-04")]
    assert observed_cells("dream", "2019-04") == []


def test_unknown_market_and_month_name_the_cause() -> None:
    with pytest.raises(UserError, match="unknown market 'silkroad'; known markets: dream, wall_street, empire"):
        is_observed("silkroad", "2018-11")
    with pytest.raises(UserError, match="'2018-13' is not a month"):
        observed_cells("dream", "2018-13")
    with pytest.raises(UserError, match=r"dream was not observed in 2019-04: its window is 2018-11 to 2019-03"):
        observation.require_observed("dream", "2019-04")


def test_partition_key() -> None:
    assert cell_of("empire|2019-10") == ("empire", "2019-10")


def test_an_open_window_ends_with_the_running_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (observation.CONTRACTS_DIR / "markets" / "empire.yaml").read_text("utf-8")
    (tmp_path / "empire.yaml").write_text(text.replace("end: 2019-11", "end: null"), "utf-8")
    configs = market_configs(tmp_path)
    assert configs["empire"].window.end is None
    monkeypatch.setattr(observation, "market_configs", lambda: configs)
    monkeypatch.setattr(observation, "MARKETS", ["empire"])
    assert observation.last_month() is None
    cells = observation.observed_cells(now=datetime(2019, 6, 15, tzinfo=UTC))
    assert cells == [("empire", "2019-04"), ("empire", "2019-05"), ("empire", "2019-06")]


def test_a_broken_market_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("name: odd\nwindow: {start: 2019-13, end: null}\n", "utf-8")
    with pytest.raises(UserError, match="odd.yaml is not valid"):
        market_configs(tmp_path)
