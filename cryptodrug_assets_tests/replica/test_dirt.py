"""Dirty tables and their log: clean minus what was lost plus what came twice is what is there."""

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.replica.dirt import Dirt, dirty_month
from cryptodrug_assets.replica.tables import parsed_month


@pytest.mark.parametrize(("market", "month"), [("dream", "2019-01"), ("wall_street", "2019-04"), ("empire", "2019-08")])
def test_the_log_accounts_for_every_row(market: str, month: str) -> None:
    clean = parsed_month("demo", 7, market, month)
    tables, log = dirty_month("demo", 7, market, month, Dirt(most_feedback=50))
    counts = {(what, table): n for what, table, n in log.group_by("what", "table").len().iter_rows()}
    for name in ("pages", "listings", "vendors", "feedback"):
        lost = counts.get(("page_missed", name), 0) + counts.get(("list_cut", name), 0)
        assert tables[name].height == clean[name].height - lost + counts.get(("page_twice", name), 0)
        assert tables[name].schema == contracts.load("parsed", name).polars_schema
    assert 0.08 < counts["page_missed", "pages"] / clean["pages"].height < 0.22
    assert counts["holding_price", "listings"] > 0
    assert not tables["pages"]["capture_id"].is_duplicated().any()


def test_the_noise_has_its_own_seed() -> None:
    first, _ = dirty_month("demo", 7, "empire", "2019-08")
    again, log = dirty_month("demo", 7, "empire", "2019-08")
    _, other = dirty_month("demo", 7, "empire", "2019-08", Dirt(seed=1))
    assert all(frame.equals(again[name]) for name, frame in first.items())
    assert not log.equals(other)


def test_without_noise_nothing_changes() -> None:
    tables, log = dirty_month("tiny", 3, "empire", "2019-06", Dirt(missed=0, twice=0, held=0))
    assert log.is_empty()
    for name, frame in parsed_month("tiny", 3, "empire", "2019-06").items():
        assert tables[name].sort(pl.all()).equals(frame.sort(pl.all())) if name != "listings" else frame.height
