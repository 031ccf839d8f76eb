"""Every statement of the study about markets, held against a world of indicators."""

import polars as pl

from cryptodrug_assets.replica.truth import true_statements
from cryptodrug_assets_tests.indicators.study import SEED

KEYS = ["market", "indicator", "country", "drug_class"]
# Estimates of a model, not counts: the planted change must lie in the interval, see below.
MODELLED = ("34",)
# The statements of methods.md that concern markets: kind M, and the others that a market figure answers.
ABOUT_MARKETS = {
    *("1", "4", "8", "9", "10", "11", "12", "13", "14", "15", "16", "18", "19", "20", "21", "22", "23", "24", "26"),
    *("27", "28", "29", "30", "31", "32", "33", "34", "35", "62a", "66", "72", "74", "75", "76"),
}


def all_reproduced(world: dict[str, pl.DataFrame]) -> None:
    """Every row of the scorecard, of every statement about markets, is reproduced."""
    card = world["study_scorecard"]
    missed = card.filter(pl.col("verdict") != "reproduced")
    assert missed.is_empty(), missed.select("statement", "market", "indicator", "value", "why").rows()
    assert set(card["statement"]) == ABOUT_MARKETS


def all_equal_the_truth(world: dict[str, pl.DataFrame], profile: str = "study") -> int:
    """Every value of the scorecard that is counted, not modelled, is that of the SQL over the world's facts.

    Of a smaller world values may be missing, which are left out; returns how many were compared.
    """
    truth = true_statements(profile, SEED).rename({"value": "truth"})
    assert not truth.select(KEYS).is_duplicated().any()
    card = world["study_scorecard"].filter(~pl.col("statement").is_in(MODELLED))
    # Of migration the world knows equal keys; links by likeness are an estimate.
    by_key = world["migration"].filter(pl.col("indicator") == "MG01_A:wall_street", pl.col("country") == "BE")
    compared = pl.concat(
        [
            card.filter(pl.col("statement") != "35").select(*KEYS, "value"),
            by_key.filter(pl.col("market") == "dream").select(*KEYS, "value"),
        ]
    ).join(truth, on=KEYS, how="left")
    if profile != "study":
        # Where a small world has no such sale there is nothing to compare, as the rank of a class that is not sold.
        compared = compared.drop_nulls(["value", "truth"])
    off = compared.filter(((pl.col("value") - pl.col("truth")).abs() > 1e-9).fill_null(value=True))
    assert off.is_empty(), off.rows()
    return compared.height
