"""Cleaned months of the synthetic markets against the truth their world states, counted by SQL apart from this code."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.months import month_after
from cryptodrug_assets.observation import is_observed
from cryptodrug_assets.replica.truth import true_indicators
from cryptodrug_assets_tests.cleaning.site import parsed_month

CELLS = [("dream", "2018-12"), ("wall_street", "2019-01"), ("empire", "2019-06"), ("dream", "2019-03")]


def cleaned(profile: str, seed: int, market: str, month: str, keys: Path, following: bool) -> dict[str, pl.DataFrame]:
    parsed = parsed_month(profile, seed, market, month)
    after = month_after(month)
    later = parsed_month(profile, seed, market, after) if following and is_observed(market, after) else None
    return clean_month(
        parsed, later, market=market, month=month, pseudonyms=Pseudonyms.load(keys), options=CleaningOptions()
    )


def world_levels(tables: dict[str, pl.DataFrame]) -> dict[str, float]:
    """L, V, T and R of the whole market."""
    sales = tables["transactions"].filter("is_drug")
    found: dict[str, float] = {
        "LV01": tables["listings"].filter("is_drug").height,
        "LV02": tables["vendors"].filter("is_active").height,
        "LV03": sales.height,
    }
    revenue = sales["price_eur"].drop_nulls()
    return found | ({"LV04": float(sum(revenue, Decimal(0)))} if len(revenue) else {})


def belgian_levels(tables: dict[str, pl.DataFrame]) -> dict[str, float]:
    """The same for Belgium, offers and sales with several origins counted by their part."""
    here = pl.col("origins").list.contains("BE")
    listings = tables["listings"].filter(pl.col("is_drug") & here)
    sales = tables["transactions"].filter(pl.col("is_drug") & here)
    return {
        "LV01": float((1 / listings["n_origins"]).sum()),
        "LV02": tables["vendors"].filter(pl.col("is_active") & here).height,
        "LV03": float((1 / sales["n_origins"]).sum()),
    }


@pytest.mark.parametrize("following", [False, True])
@pytest.mark.parametrize(("market", "month"), CELLS)
def test_levels_equal_the_truth(market: str, month: str, following: bool, tmp_path: Path) -> None:
    tables = cleaned("tiny", 3, market, month, tmp_path / "keys", following)
    truth = true_indicators("tiny", 3).filter(
        (pl.col("market") == market) & (pl.col("month") == date.fromisoformat(f"{month}-01"))
    )
    for country, levels in (("W", world_levels(tables)), ("BE", belgian_levels(tables))):
        expected = dict(truth.filter(pl.col("country") == country).select("indicator", "value").iter_rows())
        for indicator, value in levels.items():
            assert value == pytest.approx(expected[indicator], abs=1e-9), (country, indicator)
    assert ("LV04" in world_levels(tables)) == (market == "empire")


@pytest.mark.parametrize(("market", "month"), CELLS)
def test_frames_fit_their_contracts_and_name_no_one(market: str, month: str, tmp_path: Path) -> None:
    tables = cleaned("tiny", 3, market, month, tmp_path / "keys", following=False)
    parsed = parsed_month("tiny", 3, market, month)
    names = set(parsed["vendors"]["vendor_name"]) | set(parsed["listings"]["listing_id"].drop_nulls())
    for name, frame in tables.items():
        contract = contracts.load("clean", name)
        assert frame.schema == contract.polars_schema
        assert frame.select(contract.primary_key).is_duplicated().sum() == 0
        for column in contract.columns:
            assert not (column.required and frame[column.name].null_count()), (name, column.name)
        text = frame.write_json()
        assert not [secret for secret in names if f'"{secret}"' in text]


def test_the_same_input_gives_the_same_tables(tmp_path: Path) -> None:
    first = cleaned("tiny", 3, "empire", "2019-06", tmp_path / "keys", following=True)
    second = cleaned("tiny", 3, "empire", "2019-06", tmp_path / "keys", following=True)
    for name, frame in first.items():
        assert frame.equals(second[name]), name
