"""Families across months on small histories worked out by hand, and shocks planted in simulated series."""

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
from scipy import stats

from cryptodrug_assets import contracts
from cryptodrug_assets.indicators.families.migration import migration
from cryptodrug_assets.indicators.families.multi_origin_window import multi_origin_window
from cryptodrug_assets.indicators.families.shares_window import shares_window
from cryptodrug_assets.indicators.families.shocks import change_points, interrupted, series, shocks
from cryptodrug_assets.indicators.families.survival import kaplan_meier, survival
from cryptodrug_assets.indicators.families.trends import slope_error, trends
from cryptodrug_assets.indicators.registry import ACROSS, ACROSS_INPUTS, MONTHLY, compute_across
from cryptodrug_assets.reference.benchmarks import BENCHMARKS
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.indicators.small_histories import MONTHS, daily, value, vendors
from cryptodrug_assets_tests.indicators.world import OPTIONS, clean_world


def listings(*offers: tuple[str, int, list[str]], market: str = "dream") -> pl.DataFrame:
    """clean.listings of (vendor, month number, origins)."""
    return rows(
        "clean",
        "listings",
        *(
            {
                "market": market,
                "month": MONTHS[number],
                "listing_key": f"{vendor}{number}{'-'.join(origins)}",
                "vendor_key": vendor,
                "is_drug": True,
                "drug_class": "mdma",
                "origins": origins,
                "n_origins": len(origins),
                "price_basis": "none",
            }
            for vendor, number, origins in offers
        ),
    )


def history(offers: pl.DataFrame) -> dict[str, pl.DataFrame]:
    empty = {name: contracts.load("clean", name).polars_schema for name in ("vendors", "transactions")}
    return {"listings": offers} | {name: pl.DataFrame(schema=schema) for name, schema in empty.items()}


def test_mean_and_pooled_share() -> None:
    """Belgium has 1 of 2 offers in November and 1 of 5 in December: mean .35, pooled 2 of 7."""
    offers = [("a", 0, ["BE"]), ("b", 0, ["DE"]), ("a", 1, ["BE"]), *((f"b{k}", 1, ["DE"]) for k in range(4))]
    frame = shares_window(history(listings(*offers)), options=OPTIONS)
    assert value(frame, "SH01_mean", "BE") == pytest.approx(0.35)
    assert value(frame, "SH01_pooled", "BE") == pytest.approx(2 / 7)
    assert value(frame, "SH01_mean", "BE", "all") == pytest.approx(0.35)
    assert value(frame, "SH04_mean", "BE") is None


def test_origins_over_the_window() -> None:
    """a moves NL→BE, b has BE and NL at once, c stays in BE, d moves BE→DE after a month away."""
    offers = listings(
        ("a", 0, ["NL"]), ("a", 1, ["BE"]), ("b", 0, ["BE", "NL"]), ("c", 0, ["BE"]), ("c", 1, ["BE"]),
        ("d", 0, ["BE"]), ("d", 3, ["DE"]),
    )  # fmt: skip
    frame = multi_origin_window(history(offers), options=OPTIONS)
    assert value(frame, "MO02", "BE") == 2
    assert value(frame, "MO03:BE", "NL") == 1
    assert value(frame, "MO03:DE", "BE") == 1
    assert value(frame, "MO04_n", "BE") == 3
    assert value(frame, "MO04:NL", "BE") == pytest.approx(2 / 3)
    assert value(frame, "MO03:NL", "BE") == 0


def activity(values: list[float], country: str = "BE", indicator: str = "LV03") -> pl.DataFrame:
    """indicators.activity of the country over months, beside a world of 100."""
    cells = [(country, amount) for amount in values]
    return rows(
        "indicators",
        "activity",
        *(
            {
                "month": MONTHS[number % len(values)],
                "indicator": indicator,
                "country": place,
                "drug_class": "all",
                "value": amount,
                "n_vendors": 5,
                "obs_status": "A",
                "conf_status": "F",
            }
            for number, (place, amount) in enumerate([*cells, *[("W", 100.0)] * len(values)])
        ),
    )


def test_trend_of_doubling() -> None:
    """10, 20, 40, 80: slope ln 2 a month, τ = 1, compound rate 1; the changes are all alike."""
    frame = trends(history(listings()) | {"activity": activity([10.0, 20.0, 40.0, 80.0])}, options=OPTIONS)
    assert value(frame, "GR01:LV03", "BE") == pytest.approx(np.log(2))
    assert value(frame, "GR01_tau:LV03", "BE") == pytest.approx(1)
    slope = frame.filter(pl.col("indicator") == "GR01:LV03", pl.col("country") == "BE")
    assert slope.select("lower", "upper").row(0) == pytest.approx((np.log(2), np.log(2)))
    assert value(frame, "GR03:LV03", "BE") == pytest.approx(1)
    changes = frame.filter((pl.col("indicator") == "GR02:LV03") & (pl.col("country") == "BE"))
    assert changes["value"].to_list() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("months", [5, 6, 8, 13])
def test_a_level_that_only_carries_over_shows_no_trend(months: int) -> None:
    """Random walks without drift: Sen's interval, which takes months as independent, finds a trend in 11–55 % of them
    by their length. Here in 5 % (1,500 walks, standard error 0.6 points); of independent months in fewer."""
    rng = np.random.default_rng(months)
    time, reach = np.arange(months), stats.t.ppf(0.975, months - 2)
    found = {"walk": 0, "independent": 0}
    for _ in range(1500):
        steps = rng.normal(0, 0.1, months)
        for name, logs in (("walk", np.cumsum(steps)), ("independent", steps)):
            slope, *_ = stats.theilslopes(logs, time)
            found[name] += abs(slope) > reach * slope_error(time, logs)
    assert 0.03 <= found["walk"] / 1500 <= 0.075
    assert found["independent"] / 1500 <= 0.02


def test_a_trend_over_an_unknown_month_is_missing() -> None:
    """A month whose sales are unknown is not a month of none, and no change leads to it."""
    given = activity([10.0, 20.0, 40.0, 80.0]).with_columns(
        value=pl.when(pl.col("month") == MONTHS[1]).then(None).otherwise("value")
    )
    frame = trends(history(listings()) | {"activity": given}, options=OPTIONS)
    assert frame.filter(pl.col("indicator") == "GR01:LV03", pl.col("country") == "BE")["obs_status"].to_list() == ["M"]
    assert frame.filter(pl.col("indicator") == "GR02:LV03").is_empty()


def test_trend_over_a_month_of_zero_is_missing() -> None:
    frame = trends(history(listings()) | {"activity": activity([10.0, 0.0, 40.0, 80.0])}, options=OPTIONS)
    missing = frame.filter((pl.col("indicator") == "GR01:LV03") & (pl.col("country") == "BE"))
    assert missing["obs_status"].to_list() == ["M"]


def test_kaplan_meier_worked_by_hand() -> None:
    """6 vendors; leave at 1, 2, 2, 4; censored at 2 and 5. S: 5/6, 5/6 × 3/5 = 1/2, then × 1/2 = 1/4."""
    curve = kaplan_meier([1, 2, 2, 2, 4, 5], [True, True, True, False, True, False])
    assert [(time, risk) for time, *_, risk in curve] == [(1, 6), (2, 5), (4, 2)]
    assert [point[1] for point in curve] == pytest.approx([5 / 6, 1 / 2, 1 / 4])
    # Greenwood at 1: 1 / (6 × 5); log-log interval 0.2731–0.9747 (as R's survival gives).
    assert curve[0][2:4] == pytest.approx((0.2731, 0.9747), abs=1e-4)


def test_survival_counts_entry_and_exit() -> None:
    frame = survival(
        {
            "vendors": vendors(
                ("dream", "a", 0, None), ("dream", "a", 1, None), ("dream", "b", 0, None), ("dream", "c", 1, None)
            )
        },
        options=OPTIONS,
    )
    assert value(frame, "SV02", "W") == 1
    assert value(frame, "SV03", "W") == 1
    assert value(frame, "SV01:1", "W") is None


def test_migration_by_class() -> None:
    """Dream closes on 26 March 2019: x (same key) and y (possible link) appear on Wall Street in April; z was there."""
    seen = vendors(
        ("dream", "x", 3, "kx"), ("dream", "y", 3, None), ("dream", "z", 3, "kz"), ("dream", "q", 3, "kq"),
        ("wall_street", "X", 5, "kx"), ("wall_street", "Y", 5, None), ("wall_street", "Z", 0, "kz"),
        ("wall_street", "Z", 5, "kz"), ("wall_street", "N", 5, "kn"),
    )  # fmt: skip
    links = pl.DataFrame(
        {
            "market": ["wall_street"],
            "vendor_key": ["Y"],
            "other_market": ["dream"],
            "other_vendor_key": ["y"],
            "link_class": ["C"],
            "probability": [0.6],
        }
    )
    sales = rows(
        "clean", "transactions", {"market": "wall_street", "vendor_key": "X", "is_drug": True, "drug_class": "mdma"}
    )
    frame = migration({"vendors": seen, "transactions": sales, "vendor_links": links}, options=OPTIONS)
    # New on Wall Street: X, Y, N. X alone sold, once.
    expected = {
        "MG01_A": 1, "MG01_AB": 1, "MG01_ABC": 2, "MG02_A": 2, "MG02_AB": 2, "MG02_ABC": 3, "MG01_sum_p": 1.6,
        "MG01_share_A": 1 / 3, "MG01_share_AB": 1 / 3, "MG01_share_ABC": 2 / 3, "MG03_T_A": 1, "MG03_T_AB": 1,
        "MG03_T_ABC": 1,
    }  # fmt: skip
    assert {code: value(frame, f"{code}:wall_street", "W") for code in expected} == pytest.approx(expected)
    assert value(frame, "MG01_ABC:wall_street", "BE") == 2


def test_interrupted_series_finds_a_planted_level() -> None:
    """Poisson days of mean 20, then 38 (ratio 1.9); and none planted in 200 series: false alarms near 5 %."""
    rng = np.random.default_rng(5)
    counts = np.asarray(rng.poisson(np.r_[np.full(140, 20.0), np.full(28, 38.0)]), float)
    _, low, high = interrupted(counts, 140, 1)["level"]
    assert low < 1.9 < high
    assert low > 1.3
    alarms = 0
    for _ in range(200):
        _, low, high = interrupted(rng.poisson(20, 168).astype(float), 140, 1)["level"]
        alarms += not low <= 1 <= high
    assert alarms / 200 <= 0.08


def test_change_point_is_found_under_a_trend_and_not_made_by_it() -> None:
    rng = np.random.default_rng(6)
    mean = 20 * np.exp(0.01 * np.arange(168))
    assert change_points(rng.poisson(mean).astype(float), 140) == []
    shifted = mean * np.where(np.arange(168) >= 140, 1.9, 1)
    assert min(abs(point) for point in change_points(rng.poisson(shifted).astype(float), 140)) <= 2


def test_series_counts_whole_steps_around_the_event() -> None:
    day = date(2019, 3, 26)
    at = [
        datetime(2019, 3, 25, 23, 59, tzinfo=UTC),
        datetime(2019, 3, 26, tzinfo=UTC),
        datetime(2019, 4, 3, tzinfo=UTC),
    ]
    sales = rows("clean", "transactions", *({"vendor_key": "v", "dated_at": moment} for moment in at))
    weekly, before = series(sales, date(2019, 3, 1), day, date(2019, 4, 10), 7)
    assert before == 3
    assert weekly.tolist() == [0, 0, 1, 1, 1]


def test_shock_of_another_market_is_measured() -> None:
    """Wall Street sells twice as much from the day Dream announces its closure; measured until its own exit scam."""
    rng = np.random.default_rng(7)
    sold = daily(lambda age: int(rng.poisson(30 if age >= 0 else 15)))
    frame = shocks({"transactions": sold}, options=OPTIONS)
    level = frame.filter((pl.col("indicator") == "SK01_level_T:dream_closure_notice") & (pl.col("country") == "BE"))
    assert level["lower"].item() < 2 < level["upper"].item()
    assert level["lower"].item() > 1
    nearest = frame.filter((pl.col("indicator") == "SK02_T:dream_closure_notice") & (pl.col("country") == "BE"))
    assert abs(nearest["value"].item()) <= 2


def test_registry_computes_every_family() -> None:
    clean = clean_world()
    level = activity([10.0])
    made = compute_across(
        clean | {"activity": level, "shipping": contracts.empty(contracts.load("indicators", "shipping"))},
        options=OPTIONS,
    )
    assert list(made) == list(ACROSS) == list(ACROSS_INPUTS)
    for table, frame in made.items():
        assert frame.schema == contracts.load("indicators", table).polars_schema
    for table in MONTHLY:
        assert contracts.load("indicators", table).columns
    literature = made["literature_comparison"]
    crypto = literature.filter(pl.col("indicator") == "LIT_CRYPTO_SHARE")
    # 170M of 652bn and 300M of 426bn dollars: 0.026 % and 0.070 %.
    assert crypto["lower"].item() == pytest.approx(0.00026, abs=5e-6)
    assert crypto["upper"].item() == pytest.approx(0.00070, abs=5e-6)
    assert len(BENCHMARKS) == literature.filter(pl.col("indicator").str.starts_with("LIT")).height


def test_low_coverage_is_flagged_across_months_too() -> None:
    """Two fifths of Wall Street's pages are missing in one month: what is computed of it says so, the rest not."""
    fetched = rows(
        "indicators",
        "coverage",
        *(
            {"market": market, "month": MONTHS[number], "indicator": "COV01", "country": "W", "value": value}
            for market, number, value in (("dream", 0, 1.0), ("wall_street", 0, 0.6), ("wall_street", 1, 1.0))
        ),
    )
    seen = vendors(("dream", "a", 0, "k"), ("dream", "a", 1, "k"), ("wall_street", "b", 0, None))
    frame = survival({"vendors": seen, "coverage": fetched}, options=OPTIONS).drop_nulls("value")
    flags = set(frame.select("market", "coverage", "obs_status").iter_rows())
    assert flags == {("dream", 1.0, "A")}
    gone = survival(
        {"vendors": vendors(("wall_street", "b", 0, None), ("wall_street", "c", 1, None)), "coverage": fetched},
        options=OPTIONS,
    ).drop_nulls("value")
    assert set(gone.select("coverage", "obs_status").iter_rows()) == {(0.6, "L")}
    both = {
        "vendors": vendors(("dream", "x", 3, "k"), ("wall_street", "X", 5, "k"), ("wall_street", "Z", 0, None)),
        "coverage": fetched,
        "transactions": contracts.empty(contracts.load("clean", "transactions")),
    }
    moved = migration(both, options=OPTIONS)
    assert moved.height > 0
    assert set(moved.select("coverage", "obs_status").iter_rows()) == {(0.6, "L")}
