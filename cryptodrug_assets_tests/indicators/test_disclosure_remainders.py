"""An attack on the public tables with what is not there: the world less the countries shown, rows that are missing or
say why they are, words of hidden rows, and shares of the largest vendors less each other.

It knows nothing of how they were protected.
"""

from collections import defaultdict
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets.indicators.families.transaction_sizes_window import transaction_sizes_window
from cryptodrug_assets.study.public_tables import public_tables
from cryptodrug_assets_tests.indicators.attack import OPTIONS, Attack, world

SEEDS = [1, 2, 3]
SIZES = {"TS01": (100, 200, 500, 1000), "TS04": (100, 200, 500)}
Key = tuple[Any, ...]


def shown_by_cell(frame: pl.DataFrame, keys: tuple[str, ...]) -> dict[Key, set[str]]:
    """For each cell that the world is shown of: the countries that are, too."""
    shown = frame.filter((pl.col("drug_class") == "all") & pl.col("value").is_not_null())
    found: dict[Key, set[str]] = defaultdict(set)
    for *cell, country in shown.select(*keys, "country").iter_rows():
        found[tuple(cell)].add(country)
    return {cell: countries - {"W"} for cell, countries in found.items() if "W" in countries}


def few(n: int) -> bool:
    return n in (1, 2)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_world_less_the_countries_shown_tells_no_small_proportion(seed: int) -> None:
    """Of vendors that exclude a country, or whose sales are rated, the rest is ten, three on either side, or none."""
    internal, public = world(seed, varied=True)
    attacked = 0
    for table in ("shipping", "shipping_window", "conduct"):
        own = internal[table].filter((pl.col("drug_class") == "all") & (pl.col("unit") == "ratio"))
        for (where, month, code), countries in shown_by_cell(
            public[f"{table}_public"], ("market", "month", "indicator")
        ).items():
            if code.startswith("RT05"):
                continue
            part = own.filter(market=where, month=month, indicator=code)
            counts = {
                country: (n, round(n * value))
                for country, value, n in part.select("country", "value", "n_vendors").iter_rows()
                if value is not None
            }
            rest = counts["W"][0] - sum(counts[country][0] for country in countries)
            attacked += 1
            assert rest <= 0 or rest >= 10, (table, where, month, code)
            if table != "conduct":
                did = counts["W"][1] - sum(counts[country][1] for country in countries)
                assert not few(did) and not few(rest - did), (table, where, month, code)
    assert attacked > 10


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("varied", [False, True])
def test_the_world_less_the_countries_shown_tells_no_small_sizes(seed: int, varied: bool) -> None:
    """Sales between two sizes whose countries are all hidden are of three vendors, or of none."""
    internal, public = world(seed, varied=varied)
    sales = (
        internal["transactions"].filter(pl.col("price_source") == "exact").with_columns(pl.col("price_eur").cast(float))
    )
    cells = shown_by_cell(public["transaction_sizes_window_public"], ("market", "indicator"))
    attacked = 0
    for code, sizes in SIZES.items():
        edges = (0, *sizes, float("inf"))
        for least, most in pairwise(edges):
            for edge in {least, most} - {0, float("inf")}:
                for where in {market for market, name in cells if name == f"{code}:{edge}"}:
                    shown = cells[where, f"{code}:{edge}"]
                    inside = sales.filter(
                        pl.lit(where == "all") | (pl.col("market") == where), pl.col("price_eur") > least,
                        pl.col("price_eur") <= most,
                    )  # fmt: skip
                    rest = inside.filter(~pl.col("origins").list.eval(pl.element().is_in(list(shown))).list.any())
                    attacked += 1
                    assert not few(rest["vendor_key"].n_unique()), (where, code, edge, least, most)
    assert attacked > 10


@pytest.mark.parametrize("seed", SEEDS)
def test_vendors_of_a_month_add_up_where_none_has_two_origins(seed: int) -> None:
    """Then the vendors of the only hidden country would be the world's less those shown."""
    internal, public = world(seed)
    attack = Attack(internal, public, "LV02")
    for cell, total in attack.world.items():
        attack._say({(*cell, country): 1.0 for *at, country in attack.cells if tuple(at) == cell}, total)
    attacked = 0
    for number, vendors in enumerate(attack.vendors):
        if few(vendors):
            attacked += 1
            low, high = attack.range_of(number)
            least = max(vendors - 1, attack.floor(number))
            assert high >= vendors + 1 - 1e-3 and low <= least + 1e-3, attack.cells[number]
    assert attacked > 5


def test_the_only_country_with_two_large_sellers_is_not_what_the_world_has_more_than_the_others() -> None:
    """Above 500 euros sell two vendors of Germany and six of Belgium: Germany's share is hidden, and Belgium's with it,
    or it would be the world's sales less Belgium's."""
    internal, _ = world(1)
    homes = internal["transactions"].select("vendor_key", pl.col("origins").list.first()).unique().sort("vendor_key")
    large = [
        key
        for country, n in (("DE", 2), ("BE", 6))
        for key in homes.filter((pl.col("origins") == country) & pl.col("vendor_key").str.starts_with("empire"))[
            "vendor_key"
        ].head(n)
    ]
    assert len(large) == 8
    dear = pl.col("vendor_key").is_in(large)
    price = pl.when(dear).then(pl.lit(700).cast(internal["transactions"].schema["price_eur"])).otherwise("price_eur")
    clean = internal | {"transactions": internal["transactions"].with_columns(price.alias("price_eur"))}
    sizes = transaction_sizes_window(clean, options=OPTIONS)
    public = public_tables(clean | {"transaction_sizes_window": sizes}, options=OPTIONS)
    shown = public["transaction_sizes_window_public"].filter(indicator="TS01:500", market="empire").drop_nulls("value")
    value = dict(sizes.filter(indicator="TS01:500", market="empire").select("country", "value").iter_rows())
    assert value["DE"] > 0 and value["BE"] > 0
    assert set(shown["country"]) & {"BE", "DE"} == set()
    assert "W" in set(shown["country"])


def test_a_row_that_is_there_only_when_somebody_does_it_says_so() -> None:
    """Canada's one vendor excludes the United States: a confidential row beside none of Germany would tell."""
    for seed in SEEDS:
        internal, public = world(seed, varied=True)
        for table, codes in (
            ("shipping", "^RT03:[A-Z]{2}$"), ("shipping_window", "^RT0(3:|5:RT03:)[A-Z]{2}$"),
            ("multi_origin_window", "^MO04:"),
        ):  # fmt: skip
            hidden = public[f"{table}_public"].filter(
                pl.col("indicator").str.contains(codes) & (pl.col("conf_status") == "C")
            )
            per_country = internal[table].filter(pl.col("indicator").str.contains(codes))
            always = {
                code
                for (code,), part in per_country.partition_by("indicator", as_dict=True).items()
                if part["country"].n_unique() == internal[table]["country"].n_unique()
            }
            assert set(hidden["indicator"]) <= always, table


def test_hidden_rows_have_no_words_of_their_own() -> None:
    """That 4 of the 5 classes are offered is the hidden number itself; fewer than 10 observations bound it."""
    for seed in SEEDS:
        _, public = world(seed, varied=True)
        for name, frame in public.items():
            if "method" in frame.columns:
                assert frame.filter(conf_status="C")["method"].n_unique() <= 1, name
        assert public["specialisation_window_public"].filter(pl.col("method").str.contains(r"\d of the \d")).is_empty()


def test_a_quotient_of_too_few_observations_is_as_hidden_as_any_other() -> None:
    """A focus country of one vendor with three offers: its quotients are missing, which says fewer than ten."""
    internal, _ = world(1)
    mixed = internal["specialisation_window"]
    missing = (pl.col("country") == "BE") & pl.col("indicator").str.starts_with("SP02_L")
    belgian = pl.col("origins").list.contains("BE")
    first = internal["listings"].filter(belgian, market="dream")["vendor_key"].min()
    one = internal["listings"].filter(~belgian | (pl.col("vendor_key") == first))
    sales = internal["transactions"].filter(pl.col("listing_key").is_in(one["listing_key"].implode()))
    blank = [pl.when(missing).then(None).otherwise(pl.col(n)).alias(n) for n in ("value", "lower", "upper")]
    why = pl.when(missing).then(pl.lit("not computable: fewer than 10 observations")).otherwise("method")
    tables = internal | {
        "listings": one, "transactions": sales,
        "specialisation_window": mixed.with_columns(*blank, why.alias("method")),
    }  # fmt: skip
    shown = public_tables(tables, options=OPTIONS)["specialisation_window_public"]
    # Empire has no vendor of the country, which is no secret.
    quotients = shown.filter(pl.col("market").is_in(["dream", "all"]), country="BE", indicator="SP02_L")
    assert quotients.height and quotients["obs_status"].unique().to_list() == ["C"]


@pytest.mark.parametrize(
    ("vendors", "shown"), [(60, {"5", "10"}), (41, {"5"}), (21, {"10"}), (300, {"1", "5", "10"}), (9, set())]
)
def test_two_shares_of_the_largest_differ_by_none_or_three_vendors(vendors: int, shown: set[str]) -> None:
    """Of 41 vendors the largest 5 % are three, the largest 10 % five: the difference is of two."""
    internal, _ = world(1)
    frame = internal["concentration"]
    frame = frame.with_columns(n_vendors=pl.lit(vendors, frame.schema["n_vendors"]))
    public = public_tables(internal | {"concentration": frame}, options=OPTIONS)["concentration_public"]
    world_rows = public.filter((pl.col("country") == "W") & pl.col("indicator").str.starts_with("CN03_L:"))
    assert {code.split(":")[1] for code in world_rows.drop_nulls("value")["indicator"]} == shown
