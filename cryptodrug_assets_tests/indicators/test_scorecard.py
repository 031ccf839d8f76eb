"""The scorecard: verdicts on planted values, reasons where nothing can be computed."""

import polars as pl

from cryptodrug_assets.indicators.scorecard import CHECKS, study_scorecard
from cryptodrug_assets_tests.frames import rows


def sizes(indicator: str, value: float | None, market: str = "empire") -> pl.DataFrame:
    given = {"market": market, "indicator": indicator, "country": "BE", "drug_class": "all", "value": value}
    return rows("indicators", "transaction_sizes_window", given | {"lower": value, "upper": value, "method": "m"})


def verdict(card: pl.DataFrame, statement: str, market: str) -> list[str]:
    return card.filter((pl.col("statement") == statement) & (pl.col("market") == market))["verdict"].to_list()


def test_verdicts_at_the_edges() -> None:
    for mean, expected in ((75.5, "reproduced"), (74.49, "not_reproduced"), (None, "not_computable")):
        card = study_scorecard({"transaction_sizes_window": sizes("TS03", mean)})
        assert verdict(card, "29", "empire") == [expected]
    for share, expected in ((0.0999, "reproduced"), (0.1, "not_reproduced")):
        assert verdict(study_scorecard({"transaction_sizes_window": sizes("TS01:200", share)}), "32", "empire") == [
            expected
        ]


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
    card = study_scorecard({"specialisation_window": mix}).filter(pl.col("indicator") == "rank of DM01_T")
    assert dict(card.select("drug_class", "value").iter_rows()) == {"cannabis": 1, "cocaine": 2, "heroin": 3, "mdma": 4}
    assert set(card["verdict"]) == {"reproduced"}


def test_a_shock_counts_only_when_its_interval_excludes_one() -> None:
    for lower, expected in ((1.2, "reproduced"), (0.9, "not_reproduced")):
        shock = {
            "market": "wall_street", "indicator": "SK01_level_T:dream_closure_notice", "country": "BE",
            "drug_class": "all", "value": 1.9, "lower": lower, "upper": 3.0,
        }  # fmt: skip
        card = study_scorecard({"shocks": rows("indicators", "shocks", shock)})
        level = card.filter(pl.col("indicator").str.starts_with("SK01"))
        assert level["verdict"].to_list() == [expected]


def test_drugs_among_all_offers() -> None:
    offers = rows(
        "clean", "listings", *({"market": "dream", "is_drug": k < 6, "drug_class": "mdma"} for k in range(10))
    )
    assert verdict(study_scorecard({"listings": offers}), "1", "dream") == ["reproduced"]
