"""Public tables: thresholds, and an attack with everything that is published."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.composition import composition_rows
from cryptodrug_assets.indicators.disclosure import (
    WHITELIST,
    dominated,
    public_month,
    public_plain,
    public_shares_window,
    public_specialisation_window,
)
from cryptodrug_assets.indicators.month import indicators_month
from cryptodrug_assets.indicators.rows import IndicatorOptions, indicator_frame
from cryptodrug_assets.indicators.suppression import PROTECTION, audit
from cryptodrug_assets.indicators.windows import shares_window
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.indicators.world import captures, clean_world

OPTIONS = IndicatorOptions(bootstrap=0)
COUNTRIES = ["BE", "NL", "DE", "GB", "US", "AU", "FR", "ES", "CN", "CA"]
CLASSES = ["cannabis", "cocaine", "mdma", "amphetamine", "heroin"]


def market(seed: int, month: date = date(2018, 11, 1)) -> dict[str, pl.DataFrame]:
    """A random market of 80 vendors, most of them in few countries, so that small cells abound."""
    rng = np.random.default_rng(seed)
    chance = 1 / np.arange(1, len(COUNTRIES) + 1) ** 1.6
    offers: list[dict[str, Any]] = []
    sales: list[dict[str, Any]] = []
    for vendor in range(80):
        country = str(rng.choice(COUNTRIES, p=chance / chance.sum()))
        for number in range(int(rng.integers(1, 5))):
            key = f"v{vendor}-{number}"
            common = {
                "month": month, "listing_key": key, "vendor_key": f"v{vendor}", "is_drug": True,
                "drug_class": str(rng.choice(CLASSES)), "origins": [country], "n_origins": 1,
            }  # fmt: skip
            offers.append(common | {"price_basis": "none"})
            for sale in range(rng.poisson(3)):
                paid = {"price_eur": Decimal(int(rng.integers(10, 300))), "price_source": "exact"}
                moment = {"dated_at": datetime(2018, 11, 5, tzinfo=UTC), "transaction_key": f"{key}-{sale}"}
                sales.append(common | paid | moment)
    return {
        "listings": rows("clean", "listings", *offers),
        "vendors": pl.DataFrame(schema=contracts.load("clean", "vendors").polars_schema),
        "transactions": rows("clean", "transactions", *sales),
    }


def published(
    clean: dict[str, pl.DataFrame], month: str = "2018-11"
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    empty = {
        name: pl.DataFrame(schema=contracts.load("parsed", name).polars_schema) for name in ("pages", "market_counters")
    }
    internal = indicators_month(
        clean, captures(), empty["pages"], empty["market_counters"], market="dream", month=month, options=OPTIONS
    )
    return internal, public_month(internal["activity"], internal["shares"], clean, options=OPTIONS)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("axis", ["country", "drug_class"])
def test_attack_by_sums_recovers_nothing(seed: int, axis: str) -> None:
    """An attacker subtracts what is published from the world, for every measure, and solves for what is left."""
    clean = market(seed)
    internal, public = published(clean)
    other, fixed, total = ("drug_class", "all", "W") if axis == "country" else ("country", "W", "all")
    attacked = 0
    for indicator in ("LV01", "LV03", "LV04"):
        of = (pl.col("indicator") == indicator) & (pl.col(other) == fixed) & (pl.col(axis) != total)
        truth = internal["activity"].filter(of).sort(axis)
        seen = public["activity_public"].filter(of).sort(axis)
        assert truth[axis].to_list() == seen[axis].to_list()
        cells = np.append(truth["value"].to_numpy(), truth["value"].sum())[:, None]
        hidden = np.append(seen["value"].is_null().to_numpy(), False)[:, None]
        few = np.append(truth["n_vendors"].is_between(1, 2).to_numpy(), False)[:, None]
        assert (hidden | ~few).all()
        low, high = audit(cells, hidden)
        for place in np.argwhere(few & (cells > 0)):
            attacked += 1
            assert high[tuple(place)] - cells[tuple(place)] >= PROTECTION * cells[tuple(place)]
            assert cells[tuple(place)] - low[tuple(place)] >= PROTECTION * cells[tuple(place)]
    if axis == "country":
        assert attacked > 0


@pytest.mark.parametrize("seed", range(3))
def test_a_cell_hidden_in_one_table_is_hidden_in_every_measure(seed: int) -> None:
    """Shares times the world, full counts and numbers of observations would tell what levels hide."""
    _, public = published(market(seed))
    cells = []
    for name in ("activity_public", "shares_public"):
        gone = public[name].filter(pl.col("conf_status") == "C")
        cells.append(set(gone.select("country", "drug_class").iter_rows()))
        left = public[name].join(gone.select("country", "drug_class").unique(), on=["country", "drug_class"])
        assert left["value"].drop_nulls().filter(left["value"].drop_nulls() > 0).is_empty()
        assert (
            public[name].filter(pl.col("country") != "W")["n"].null_count()
            == public[name].filter(pl.col("country") != "W").height
        )
    assert {cell for cell in cells[0] if cell[0] != "W"} == {cell for cell in cells[1] if cell[0] != "W"}


def test_no_country_is_published_by_class_in_a_month() -> None:
    _, public = published(market(1))
    for frame in public.values():
        assert frame.filter((pl.col("country") != "W") & (pl.col("drug_class") != "all")).is_empty()


def test_dominance() -> None:
    """Of the world's 2,000 euros the two largest vendors have 1,600 (80 %); of Belgium's 500, all of it."""
    found = set(dominated(clean_world()).iter_rows())
    assert ("W", "all") not in found
    assert ("BE", "all") in found


def test_missing_stays_missing_and_zero_stays_zero() -> None:
    clean = market(2)
    clean["transactions"] = clean["transactions"].with_columns(price_source=pl.lit("none"), price_eur=None)
    internal, public = published(clean)
    revenue = public["activity_public"].filter(pl.col("indicator") == "LV04")
    assert set(revenue["obs_status"]) == {"M"}
    zero = internal["activity"].filter((pl.col("value") == 0) & (pl.col("drug_class") == "all"))
    kept = public["activity_public"].join(zero, on=["indicator", "country", "drug_class"], how="semi")
    assert kept["value"].null_count() == 0


def test_the_mean_of_months_does_not_give_the_hidden_month_away() -> None:
    clean = [market(seed, date(2018, 10 + seed, 1)) for seed in (1, 2)]
    history = {name: pl.concat([part[name] for part in clean]) for name in clean[0]}
    window = shares_window(history, options=OPTIONS)
    months = pl.concat([published(clean[k], f"2018-{11 + k}")[1]["shares_public"] for k in (0, 1)])
    public = public_shares_window(window, months)
    gone = months.filter(pl.col("conf_status") == "C").select("country", "month").unique()
    for country, count in gone.group_by("country").len().iter_rows():
        own = public.filter(pl.col("country") == country)
        if count == 1:
            assert own["value"].null_count() == own.height


def test_classes_of_a_window_cannot_be_solved_for() -> None:
    rows_made = [
        made | {"market": "dream", "month": date(2018, 11, 1)} for made in composition_rows(market(4), OPTIONS)
    ]
    frame = indicator_frame("specialisation_window", rows_made, options=OPTIONS)
    public = public_specialisation_window(frame, options=OPTIONS)
    assert set(public["country"]) == {"W", "BE"}
    own = public.filter((pl.col("country") == "BE") & pl.col("indicator").str.starts_with("DM01_L"))
    hidden = own.filter(pl.col("conf_status") == "C").height
    assert hidden != 1
    if hidden:
        whole = public.filter((pl.col("country") == "BE") & pl.col("indicator").str.contains("^(SP03|DM02)"))
        assert whole["value"].null_count() == whole.height


def test_plain_tables_leave_out_what_describes_single_sales() -> None:
    cases = [
        ("empire", "TS02", "NL", 20),
        ("empire", "TS02", "BE", 20),
        ("empire", "TS03", "NL", 2),
        ("empire", "TS03", "DE", 20),
    ]
    names = ("market", "indicator", "country", "n_vendors")
    given = [dict(zip(names, case, strict=True)) | {"drug_class": "all", "value": 973.0} for case in cases]
    frame = public_plain("transaction_sizes_window", rows("indicators", "transaction_sizes_window", *given))
    largest = frame.filter(pl.col("indicator") == "TS02")
    assert largest["country"].to_list() == ["BE"]
    assert ("TS02", "BE", "empire") in WHITELIST
    means = frame.filter(pl.col("indicator") == "TS03").select("country", "value")
    assert dict(means.iter_rows()) == {"NL": None, "DE": 973.0}
