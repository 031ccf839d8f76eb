"""The scorecard: verdicts on planted values, reasons where nothing can be computed."""

import polars as pl
import pytest

from cryptodrug_assets.indicators.statistics.intervals import wilson
from cryptodrug_assets.study.scorecard import CHECKS, study_scorecard
from cryptodrug_assets_tests.frames import rows


def judged(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The scorecard of tables that enough was seen for: all pages, and twelve vendors of each market."""
    enough = rows(
        "clean", "listings",
        *({"market": m, "vendor_key": f"v{k}"} for m in ("dream", "wall_street", "empire") for k in range(12)),
    )  # fmt: skip
    seen = {"listings": enough, "coverage": covered(1.0)}
    return study_scorecard(seen | {name: frame.with_columns(coverage=1.0) for name, frame in tables.items()})


def covered(share: float | None) -> pl.DataFrame:
    """indicators.coverage of one month of Dream."""
    return rows("indicators", "coverage", {"indicator": "COV01", "country": "W", "value": share})


def sizes(indicator: str, value: float | None, market: str = "empire") -> pl.DataFrame:
    given = {"market": market, "indicator": indicator, "country": "BE", "drug_class": "all", "value": value}
    return rows("indicators", "transaction_sizes_window", given | {"lower": value, "upper": value, "method": "m"})


def verdict(card: pl.DataFrame, statement: str, market: str) -> list[str]:
    return card.filter((pl.col("statement") == statement) & (pl.col("market") == market))["verdict"].to_list()


def test_verdicts_at_the_edges() -> None:
    for mean, expected in ((75.5, "reproduced"), (74.49, "not_reproduced"), (None, "not_computable")):
        card = judged({"transaction_sizes_window": sizes("TS03", mean)})
        assert verdict(card, "29", "empire") == [expected]
    for share, expected in ((0.0999, "reproduced"), (0.1, "not_reproduced")):
        assert verdict(judged({"transaction_sizes_window": sizes("TS01:200", share)}), "32", "empire") == [expected]


def test_everything_has_a_verdict_and_a_reason() -> None:
    card = study_scorecard({})
    assert set(card["verdict"]) == {"not_computable"}
    assert card["why"].null_count() == 0
    assert {check.statement for check in CHECKS} == set(card["statement"])


def test_ranks_of_classes() -> None:
    shares = {"cannabis": 0.4, "cocaine": 0.3, "heroin": 0.15, "mdma": 0.1, "nps": 0.05}
    mix = rows(
        "indicators",
        "specialisation_window",
        *(
            {"market": "empire", "indicator": "DM01_T", "country": "BE", "drug_class": drug, "value": value}
            for drug, value in shares.items()
        ),
    )
    card = judged({"specialisation_window": mix}).filter(pl.col("indicator") == "rank of DM01_T")
    assert card["lower"].null_count() == card.height
    assert dict(card.select("drug_class", "value").iter_rows()) == {"cannabis": 1, "cocaine": 2, "heroin": 3, "mdma": 4}
    assert set(card["verdict"]) == {"reproduced"}


def test_ranks_are_as_open_as_the_intervals_of_the_shares() -> None:
    """Cannabis overlaps cocaine, heroin overlaps cocaine and mdma, mdma also nps: ranks 1–2, 1–3, 2–4 and 3–5."""
    shares = {
        "cannabis": (0.3, 0.4, 0.5), "cocaine": (0.2, 0.3, 0.35), "heroin": (0.1, 0.15, 0.22),
        "mdma": (0.05, 0.1, 0.12), "nps": (0.02, 0.05, 0.06),
    }  # fmt: skip
    mix = rows(
        "indicators",
        "specialisation_window",
        *(
            {
                "market": "empire", "indicator": "DM01_T", "country": "BE", "drug_class": drug, "value": value,
                "lower": lower, "upper": upper,
            }
            for drug, (lower, value, upper) in shares.items()
        ),
    )  # fmt: skip
    card = judged({"specialisation_window": mix}).filter(pl.col("indicator") == "rank of DM01_T")
    found = {drug: (low, high) for drug, low, high in card.select("drug_class", "lower", "upper").iter_rows()}
    assert found == {"cannabis": (1, 2), "cocaine": (1, 3), "heroin": (2, 4), "mdma": (3, 5)}


def test_a_shock_counts_only_when_its_interval_excludes_one() -> None:
    for lower, expected in ((1.2, "reproduced"), (0.9, "not_reproduced")):
        shock = {
            "market": "wall_street", "indicator": "SK01_level_T:dream_closure_notice", "country": "BE",
            "drug_class": "all", "value": 1.9, "lower": lower, "upper": 3.0,
        }  # fmt: skip
        card = judged({"shocks": rows("indicators", "shocks", shock)})
        level = card.filter(pl.col("indicator").str.starts_with("SK01"))
        assert level["verdict"].to_list() == [expected]


def test_drugs_among_all_offers() -> None:
    offers = rows(
        "clean", "listings",
        *({"market": "dream", "vendor_key": f"v{k}", "is_drug": k < 6, "drug_class": "mdma"} for k in range(10)),
    )  # fmt: skip
    assert verdict(study_scorecard({"listings": offers, "coverage": covered(1.0)}), "1", "dream") == ["reproduced"]


@pytest.mark.parametrize(
    ("vendors", "coverage", "why"),
    [(9, 1.0, "fewer than 10 vendors"), (10, 0.49, "less than 50%"), (10, None, "is unknown")],
)
def test_nothing_is_judged_by_too_little(vendors: int, coverage: float | None, why: str) -> None:
    """23 pages of an archive reproduced 8 of 14 statements, zeros among them."""
    offers = rows(
        "clean", "listings", *({"market": "dream", "vendor_key": f"v{k}", "is_drug": True} for k in range(vendors))
    )
    card = study_scorecard({"listings": offers, "coverage": covered(coverage)}).filter(statement="1", market="dream")
    assert card["verdict"].to_list() == ["not_enough_seen"]
    assert card["value"].to_list() == [1.0]
    assert why in card["why"].item()


def test_one_or_two_vendors_of_a_country_reproduce_nothing() -> None:
    window = sizes("TS03", 75.0)
    for vendors, expected in ((2, "not_enough_seen"), (3, "reproduced")):
        card = judged({"transaction_sizes_window": window.with_columns(n_vendors=pl.lit(vendors, pl.Int64))})
        assert verdict(card, "29", "empire") == [expected]


def test_interval_of_drugs_among_offers_is_that_of_vendors() -> None:
    """Ten of twenty vendors sell drugs alone: as a share of vendors, not of their forty offers."""
    split = rows(
        "clean", "listings",
        *({"market": "dream", "vendor_key": f"v{k // 2}", "is_drug": k < 20} for k in range(40)),
    )  # fmt: skip
    (apart,) = study_scorecard({"listings": split}).filter(statement="1", market="dream").rows(named=True)
    low, high = wilson(10, 20)
    assert apart["value"] == 0.5
    assert apart["lower"] == pytest.approx(low, abs=0.06)
    assert apart["upper"] == pytest.approx(high, abs=0.06)
