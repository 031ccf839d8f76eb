"""The study world's true figures against those the study published (tolerances of its rounding)."""

from collections import defaultdict

import numpy as np
import polars as pl
import pytest

from cryptodrug_assets.replica.facts import Listing, MarketWorld, World
from cryptodrug_assets.replica.study import sizes
from cryptodrug_assets.replica.truth import true_indicators
from cryptodrug_assets.replica.world import make_world

pytestmark = pytest.mark.slow
SEED = 1


@pytest.fixture(scope="module")
def world() -> World:
    return make_world("study", SEED)


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    return true_indicators("study", SEED)


def _belgian(market: MarketWorld) -> list[Listing]:
    return [item for item in market.listings if item.origin == "BE" and item.is_drug]


def test_sizes_of_belgian_sales(world: World) -> None:
    empire = world.markets["empire"]
    paid = np.array([float(sale.price) for sale in empire.sales if empire.listings[sale.listing].origin == "BE"])
    assert paid.mean() == pytest.approx(75, abs=0.5)
    assert 0.275 <= paid[paid >= 200].sum() / paid.sum() <= 0.325
    assert (paid < 200).mean() > 0.9
    assert paid.max() == 973
    # The same figures from the distribution itself, independent of any world.
    assert sizes(100_000).mean() == pytest.approx(75, abs=0.5)


def test_belgium_is_below_one_percent_on_average(truth: pl.DataFrame) -> None:
    shares = truth.filter((pl.col("country") == "BE") & pl.col("indicator").str.contains("^SH0[1-4]$"))
    means = shares.group_by("indicator").agg(pl.col("value").mean())
    assert means.height == 4
    assert ((means["value"] > 0.002) & (means["value"] < 0.01)).all()


def test_belgian_supply_grows_where_the_study_saw_it(truth: pl.DataFrame) -> None:
    cases = [(market, name) for market in ("dream", "wall_street") for name in ("LV01", "LV02", "LV03")]
    for market, name in [*cases, ("empire", "LV04")]:
        chosen = (pl.col("market") == market) & (pl.col("indicator") == name) & (pl.col("country") == "BE")
        values = truth.filter(chosen).sort("month")["value"].to_numpy()
        steps = [
            (later - earlier) / (j - i)
            for i, earlier in enumerate(np.log(values))
            for j, later in enumerate(np.log(values))
            if j > i
        ]
        assert np.median(steps) > 0, (market, name)
        assert sum(np.sign(steps)) > 0


@pytest.mark.parametrize(("market", "multi", "with_nl"), [("dream", 8, 7), ("wall_street", 11, 5), ("empire", 3, 2)])
def test_vendors_of_several_origins(world: World, market: str, multi: int, with_nl: int) -> None:
    origins: dict[int, set[str]] = defaultdict(set)
    for item in world.markets[market].listings:
        if item.is_drug:
            origins[item.vendor].add(item.origin)
    several = [places for places in origins.values() if "BE" in places and len(places) > 1]
    assert len(several) == multi
    assert sum("NL" in places for places in several) == with_nl


def test_origins_move_from_the_netherlands_and_to_germany(world: World) -> None:
    moves = []
    for market in world.markets.values():
        spans: dict[int, dict[str, list[Listing]]] = defaultdict(lambda: defaultdict(list))
        for item in market.listings:
            if item.is_drug:
                spans[item.vendor][item.origin].append(item)
        for places in spans.values():
            if "BE" in places and len(places) == 2:
                other = next(place for place in places if place != "BE")
                if max(item.last_month for item in places[other]) < min(item.first_month for item in places["BE"]):
                    moves.append((other, "BE"))
                if max(item.last_month for item in places["BE"]) < min(item.first_month for item in places[other]):
                    moves.append(("BE", other))
    assert moves.count(("NL", "BE")) >= 2
    assert moves.count(("BE", "DE")) >= 1


def test_belgian_offers_on_dream_and_wall_street_are_of_all_kinds_and_rich_in_synthetics(world: World) -> None:
    for market in ("dream", "wall_street"):
        facts = world.markets[market]
        for month in facts.months:
            live = [item for item in facts.listings if item.is_drug and item.first_month <= month <= item.last_month]
            own = [item.drug_class for item in live if item.origin == "BE"]
            whole = [item.drug_class for item in live]
            assert len(set(own)) / len(set(whole)) >= 0.8
            for name in ("mdma", "amphetamine"):
                assert own.count(name) / len(own) > whole.count(name) / len(whole)


def test_belgian_sales_on_empire_rank_as_in_the_study(world: World) -> None:
    empire = world.markets["empire"]
    euros: dict[str, float] = defaultdict(float)
    for sale in empire.sales:
        item = empire.listings[sale.listing]
        if item.origin == "BE" and item.is_drug:
            euros[item.drug_class] += float(sale.price)
    ranked = sorted(euros, key=euros.__getitem__, reverse=True)
    assert set(ranked[:2]) == {"cannabis", "cocaine"}
    assert set(ranked[2:4]) == {"heroin", "mdma"}


def test_wall_street_sells_more_after_the_notice(world: World) -> None:
    days: dict[str, int] = defaultdict(int)
    for sale in world.markets["wall_street"].sales:
        days[f"{sale.at:%m-%d}"] += 1
    before = np.mean([days[f"03-{day:02d}"] for day in range(5, 25)])
    after = np.mean([days[f"04-{day:02d}"] for day in range(5, 25)])
    assert after / before > 1.6


def test_belgian_vendors_exclude_countries_and_ship_abroad(world: World) -> None:
    facts = world.markets["wall_street"]
    names: dict[str, set[int]] = defaultdict(set)
    for item in _belgian(facts):
        for place in item.excluded:
            names[place].add(item.vendor)
    assert len(names["United States"] | names["United Kingdom"] | names["Australia"]) >= 2
    assert len(names["Netherlands"]) >= 2
    for market in world.markets.values():
        sellers = {item.vendor for item in _belgian(market)}
        abroad = {item.vendor for item in _belgian(market) if item.ships_to != ("Belgium",)}
        assert len(abroad) / len(sellers) > 0.5
