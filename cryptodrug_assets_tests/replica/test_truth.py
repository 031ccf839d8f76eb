"""The truth by SQL against the world counted by hand in Python, and what must hold in any world."""

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest

from cryptodrug_assets.replica.pages import units_per_euro
from cryptodrug_assets.replica.truth import true_indicators
from cryptodrug_assets.replica.world import make_world


@pytest.mark.parametrize("seed", [1, 2])
def test_truth_equals_a_count_of_the_world(seed: int) -> None:
    truth = true_indicators("tiny", seed)
    got = {(m, f"{d:%Y-%m}", i, c): v for m, d, i, c, v in truth.iter_rows()}
    for market, world in make_world("tiny", seed).markets.items():
        for month in world.months:
            live = [x for x in world.listings if x.is_drug and x.first_month <= month <= x.last_month]
            numbers = {x.number for x in live}
            sales = [s for s in world.sales if f"{s.at:%Y-%m}" == month]
            offers = Counter(x.origin or "_U" for x in live)
            for country, count in offers.items():
                assert got[market, month, "LV01", country] == count
                assert got[market, month, "SH01", country] == pytest.approx(count / len(live))
            assert got[market, month, "LV02", "W"] == len({x.vendor for x in live})
            if market == "dream":
                sellers = {x.vendor for x in live}
                assert got[market, month, "LV03", "W"] == sum(
                    world.listings[s.listing].vendor in sellers for s in sales
                )
            else:
                assert got[market, month, "LV03", "W"] == sum(s.listing in numbers for s in sales)
            if market == "empire":
                euros: dict[str, Decimal] = defaultdict(Decimal)
                for sale in sales:
                    if sale.listing in numbers:
                        euro = (sale.price / units_per_euro(sale.currency, sale.at.date())).quantize(
                            Decimal("0.01"), ROUND_HALF_UP
                        )
                        euros[world.listings[sale.listing].origin or "_U"] += euro
                for country, amount in euros.items():
                    assert got[market, month, "LV04", country] == float(amount)
            assert (market, month, "LV04", "W") in got or market != "empire"


def test_shares_of_a_world_sum_to_one_and_belgium_is_in_every_cell() -> None:
    truth = true_indicators("demo", 7)
    fractional = truth.filter(pl.col("indicator").is_in(["SH01", "SH03", "SH04"]))
    sums = fractional.group_by("market", "month", "indicator").agg(pl.col("value").sum())
    assert ((sums["value"] - 1).abs() < 1e-9).all()
    belgium = truth.filter((pl.col("country") == "BE") & pl.col("indicator").is_in(["SH01", "SH02", "SH03"]))
    assert belgium.height == 19 * 3
    assert (belgium["value"] > 0).all()
