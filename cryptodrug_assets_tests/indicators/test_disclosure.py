"""An attack on the public tables with everything they show: sums, windows, changes, classes, bounds.

It knows nothing of how they were protected.
"""

from datetime import date
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.study.public_tables import PUBLISHED, public_tables
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.indicators.attack import OPTIONS, Attack, world


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("indicator", ["LV01", "LV02", "LV03", "LV04"])
def test_the_attack_recovers_nothing(seed: int, indicator: str) -> None:
    attack = Attack(*world(seed), indicator)
    attacked = 0
    for number, (value, vendors) in enumerate(zip(attack.truth, attack.vendors, strict=True)):
        if vendors in (1, 2) and value > 0:
            attacked += 1
            low, high = attack.range_of(number)
            room = max(0.15 * value, 0.0 if indicator == "LV04" else 1.0)
            assert high >= value + room - 1e-3, attack.cells[number]
            assert low <= max(value - min(value, room), attack.floor(number)) + 1e-3, attack.cells[number]
    assert attacked > 5


def test_the_attack_would_find_what_is_not_protected() -> None:
    """With the internal tables in place of the public ones every cell is known: the attack is able."""
    internal, public = world(1)
    bare = public | {"activity_public": internal["activity"]}
    attack = Attack(internal, bare, "LV03")
    sensitive = [k for k, (v, n) in enumerate(zip(attack.truth, attack.vendors, strict=True)) if n in (1, 2) and v > 0]
    for number in sensitive[:5]:
        assert attack.range_of(number) == pytest.approx((attack.truth[number],) * 2, rel=1e-6)
    # One hidden month beside the window's pooled share is found, too.
    own = pl.col("country") == "NL"
    window = internal["shares_window"].with_columns(conf_status=pl.lit("F"))
    hole = internal["activity"].filter(~(own & (pl.col("month") == date(2018, 12, 1))))
    shares = internal["shares"].filter(~(own & (pl.col("month") == date(2018, 12, 1))))
    trends = public["trends_public"].clear()
    bare = public | {
        "activity_public": hole, "shares_public": shares, "shares_window_public": window, "trends_public": trends,
    }  # fmt: skip
    attack = Attack(internal, bare, "LV03")
    number = attack.place["dream", date(2018, 12, 1), "NL"]
    assert attack.range_of(number) == pytest.approx((attack.truth[number],) * 2, rel=1e-6)


def _shown(public: dict[str, pl.DataFrame], table: str) -> dict[tuple[Any, ...], float]:
    rows = public[f"{table}_public"].filter((pl.col("drug_class") == "all") & pl.col("value").is_not_null())
    keys = ("market", "month", "country", "indicator")
    return {tuple(row[key] for key in keys): row["value"] for row in rows.iter_rows(named=True)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_ways_of_counting_do_not_tell_of_a_few_vendors(seed: int) -> None:
    """Counted wholly less by fractions: vendors of several origins. All sales less the observed: the imputed ones."""
    internal, public = world(seed, varied=True)
    told = dict.fromkeys(("origins", "imputed"), 0)
    for table, prefix in (("activity", "LV"), ("shares", "SH")):
        shown = _shown(public, table)
        for (where, month, country, code), _ in shown.items():
            base = code.replace("_full", "").replace("_observed", "")
            if base == code or (where, month, country, base) not in shown:
                continue
            source = "listings" if base.startswith(f"{prefix}01") else "transactions"
            rows = internal[source].filter((pl.col("market") == where) & (pl.col("month") == month))
            if country != "W":
                rows = rows.filter(pl.col("origins").list.contains(country))
            kind = "origins" if code.endswith("_full") else "imputed"
            apart = (pl.col("n_origins") > 1) & (country != "W") if kind == "origins" else pl.col("status") == "imputed"
            told[kind] += 1
            assert rows.filter(apart)["vendor_key"].n_unique() not in (1, 2), (where, month, country, code)
    # Some are published, and the internal tables would tell of one or two vendors.
    assert min(told.values()) > 0
    few = internal["listings"].filter(pl.col("n_origins") > 1).explode("origins")
    counted = few.group_by("market", "month", "origins").agg(pl.col("vendor_key").n_unique())
    assert counted["vendor_key"].is_in([1, 2]).any()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_markets_less_those_shown_do_not_tell_a_hidden_one(seed: int) -> None:
    """Vendors are not linked across markets: of all, less those of shown markets, the hidden ones' remain."""
    internal, public = world(seed, varied=True)
    attacked = 0
    for table in ("shipping_window", "multi_origin_window"):
        shown = _shown(public, table)
        proportions = internal[table].filter(
            pl.col("indicator").str.contains("^(RT02|RT03:|RT04:|MO04:)") & (pl.col("market") != "all")
        )
        for row in internal[table].filter(pl.col("market") == "all").iter_rows(named=True):
            key = ("all", row["month"], row["country"], row["indicator"])
            if key not in shown:
                continue
            parts = proportions.filter(
                (pl.col("indicator") == row["indicator"]) & (pl.col("country") == row["country"])
            ).iter_rows(named=True)
            hidden = [p for p in parts if (p["market"], p["month"], p["country"], p["indicator"]) not in shown]
            attacked += 1
            assert len(hidden) != 1, key
            if hidden and not key[3].startswith("RT04"):
                vendors = sum(part["n_vendors"] for part in hidden)
                counted = sum(round(part["value"] * part["n_vendors"]) for part in hidden)
                assert not {counted, vendors - counted} & {1, 2}, key
    assert attacked > 0


def test_a_proportion_of_all_markets_is_hidden_with_the_one_it_would_tell() -> None:
    """Dream shows 12 of 20 vendors, Empire 8 of 12, all 20 of 32. With 8 of 9 Empire's is hidden (fewer than ten), and
    with it the 20 of 29 of all, from which it would follow."""
    for vendors, expected in ((12, set()), (9, {"empire", "all"})):
        parts = {"dream": (12, 20), "empire": (8, vendors), "all": (20, 20 + vendors)}
        window = rows(
            "indicators",
            "shipping_window",
            *(
                {"market": m, "indicator": "RT02", "country": "BE", "drug_class": "all", "value": x / n, "n_vendors": n}
                for m, (x, n) in parts.items()
            ),
        )
        internal, _ = world(1)
        shown = public_tables(internal | {"shipping_window": window}, options=OPTIONS)["shipping_window_public"]
        missing = {market for market, value in shown.select("market", "value").iter_rows() if value is None}
        assert missing == expected


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_means_times_counts_tell_no_hidden_revenue(seed: int) -> None:
    """Mean size × sales = revenue: where a market's sales or revenue over the window are hidden, its sizes are, and
    those of all markets, of which the other's could be taken away."""
    internal, public = world(seed)
    window, sizes = _shown(public, "shares_window"), _shown(public, "transaction_sizes_window")
    checked = 0
    for where, month, country in (
        internal["transaction_sizes_window"].select("market", "month", "country").unique().rows()
    ):
        if country in ("W", "_U"):
            continue
        markets = (where,) if where != "all" else ("all", "dream", "empire")
        last = {key[0]: key[1] for key in window}
        hidden = any(
            (name, last[name], country, f"{code}_pooled") not in window for name in markets for code in ("SH03", "SH04")
        )
        if hidden:
            checked += 1
            assert {key for key in sizes if key[:3] == (where, month, country)} == set()
    assert checked > 0


def test_small_counts_of_vendors_are_not_published() -> None:
    for seed in (1, 2, 3):
        _, public = world(seed, varied=True)
        for name, frame in public.items():
            if "unit" in frame.columns:
                counts = frame.filter((pl.col("unit") == "vendors") & pl.col("value").is_not_null())
                few = counts.filter(pl.col("value").is_between(0.5, 2.5))
                assert few.is_empty(), (name, few.rows()[:3])


@pytest.mark.parametrize("measure", ["L", "T", "R"])
def test_classes_of_belgium_cannot_be_solved_for(measure: str) -> None:
    """Mixes sum to one, markets add up to all, quotients times the world's mix are mixes."""
    internal, public = world(2)
    shown = public["specialisation_window_public"]
    mixes = internal["specialisation_window"].filter(
        (pl.col("indicator") == f"DM01_{measure}") & (pl.col("country") == "BE")
    )
    known: dict[tuple[str, str], float] = {}
    for row in shown.filter(pl.col("country") == "BE").drop_nulls("value").iter_rows(named=True):
        if row["indicator"] == f"DM01_{measure}":
            known[row["market"], row["drug_class"]] = row["value"]
    whole = {
        (m, k): v
        for m, k, v in shown.filter((pl.col("indicator") == f"DM01_{measure}") & (pl.col("country") == "W"))
        .select("market", "drug_class", "value")
        .iter_rows()
    }
    for row in shown.filter(pl.col("indicator") == f"SP02_{measure}").drop_nulls("value").iter_rows(named=True):
        place = row["market"], row["drug_class"]
        if whole.get(place) is not None:
            known.setdefault(place, row["value"] * whole[place])
    for where in ("dream", "empire", "all"):
        of_market = mixes.filter(pl.col("market") == where)
        hidden = [k for k in of_market["drug_class"].to_list() if (where, k) not in known]
        few = of_market.filter(pl.col("n_vendors").is_between(1, 2))["drug_class"].to_list()
        assert set(few) <= set(hidden)
        assert len(hidden) != 1
        if hidden:
            rest = shown.filter(
                (pl.col("market") == where) & (pl.col("country") == "BE")
                & pl.col("indicator").str.contains(f"^(SP03|DM02|SP01)_{measure}")
            )  # fmt: skip
            assert rest["value"].null_count() == rest.height


def test_what_is_shown_is_true_and_what_is_hidden_says_so() -> None:
    internal, public = world(3)
    keys = ["market", "month", "indicator", "country", "drug_class"]
    for name, frame in public.items():
        assert frame.schema == contracts.load("indicators", name).polars_schema
        if name == "study_scorecard_public":
            continue
        joined = frame.join(internal[name.removesuffix("_public")], on=keys, suffix="_true")
        assert joined.height == frame.height
        shown = joined.filter(pl.col("conf_status") == "F")
        assert shown["value"].equals(shown["value_true"].alias("value"), null_equal=True), name
        gone = joined.filter(pl.col("conf_status") == "C")
        assert gone["value"].null_count() == gone["lower"].null_count() == gone["upper"].null_count() == gone.height
        assert gone["value_true"].null_count() == 0
        # Who reads that the vendors are few knows how many there are at most.
        assert frame.filter((pl.col("country") != "W") & pl.col("method").str.contains("fewer than 10")).is_empty()
        if name != "coverage_public":
            apart = frame.filter(pl.col("country") != "W")
            assert apart["n"].null_count() == apart["n_vendors"].null_count() == apart.height, name


def test_no_country_is_published_by_class_in_a_month() -> None:
    _, public = world(1)
    for name in ("activity_public", "shares_public"):
        assert public[name].filter((pl.col("country") != "W") & (pl.col("drug_class") != "all")).is_empty()


def test_internal_figures_stay_out_save_those_the_study_published() -> None:
    _, public = world(1)
    for frame in public.values():
        codes = frame.filter(pl.col("indicator").str.contains("^(TS02|MO0[123]|RT01|RT03_n|RT04_n|CN04)"))
        if "value" in codes.columns and "statement" not in codes.columns:
            for *cell, value in codes.select("indicator", "country", "market", "value").iter_rows():
                low, high = PUBLISHED[tuple(cell)]
                assert low <= value <= high


def test_a_highest_sale_is_open_only_while_it_is_the_studys_own() -> None:
    """The study published 973 euros; in another world the same cell is one sale of one vendor."""
    internal, public = world(1)
    key = {"indicator": "TS02", "country": "BE", "market": "empire"}
    found = internal["transaction_sizes_window"].filter(**key)
    assert found.height == 1
    sizes = public["transaction_sizes_window_public"]
    assert not 972.5 <= found["value"][0] <= 973.5
    assert sizes.filter(**key).is_empty()
    changed = internal | {
        "transaction_sizes_window": internal["transaction_sizes_window"].with_columns(
            value=pl.when(indicator="TS02", country="BE", market="empire").then(973.2).otherwise("value")
        )
    }
    sizes = public_tables(changed, options=OPTIONS)["transaction_sizes_window_public"]
    assert sizes.filter(**key)["value"].to_list() == [973.2]


def test_a_hidden_value_of_the_scorecard_hides_its_verdict() -> None:
    """At least two vendors, said of a value hidden for being below three, would say that it is two."""
    hidden = 0
    for seed in (1, 2, 3):
        internal, public = world(seed)
        keys = ["statement", "market", "indicator", "country", "drug_class"]
        card = public["study_scorecard_public"].join(internal["study_scorecard"], on=keys, suffix="_true")
        gone = card.filter(pl.col("value").is_null() & pl.col("value_true").is_not_null())
        assert set(gone["verdict"]) <= {"confidential"}
        assert not gone["why"].str.contains("reproduced").any()
        rest = card.filter(pl.col("verdict") != "confidential")
        assert rest["verdict"].equals(rest["verdict_true"].alias("verdict"))
        hidden += gone.height
    assert hidden > 0


def test_a_share_of_the_largest_vendors_is_never_of_one_or_two() -> None:
    """Of 60 vendors the largest percent is one vendor, whose sales the share would tell."""
    _, public = world(1)
    tops = public["concentration_public"].filter(pl.col("indicator").str.contains("^CN03_.:1$"))
    assert tops.height > 0
    assert tops["value"].null_count() == tops.height
    tenth = public["concentration_public"].filter(
        pl.col("indicator").str.contains("^CN03_L:10$") & (pl.col("country") == "W")
    )
    assert tenth["value"].null_count() == 0


def test_missing_stays_missing_and_zero_stays_zero() -> None:
    internal, public = world(2)
    zero = internal["activity"].filter((pl.col("value") == 0) & (pl.col("drug_class") == "all"))
    kept = public["activity_public"].join(
        zero, on=["market", "month", "indicator", "country", "drug_class"], how="semi"
    )
    assert kept.height == zero.height
    assert kept["value"].null_count() == 0
    missing = internal["trends"].filter((pl.col("obs_status") == "M") & (pl.col("drug_class") == "all"))
    same = public["trends_public"].filter(pl.col("obs_status") == "M")
    assert same.height == missing.height > 0
