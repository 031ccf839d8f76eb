"""Observations for the report's pages: the tables of every shape, and a window worked out by hand."""

from datetime import date
from typing import Any

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.publishing.exchange.observations import observations
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.publishing.public import HIDDEN, MAY, POOLED, public_tables, value


def observed() -> pl.DataFrame:
    """The tables of every shape, and a window of shares, classes and events worked out by hand."""
    window = [
        value("SH03_mean", "BE", 0.125, (0.1, 0.15), market="all", month=MAY),
        value("SH03_mean", "NL", 0.25, (0.2, 0.3), market="all", month=MAY),
        value("SH01_mean", "BE", None, market="all", month=MAY, obs_status="C", method=HIDDEN),
    ]
    classes = [
        value("DM01_L", "BE", 0.6, (0.5, 0.7), market="all", month=MAY, drug_class="mdma"),
        value("DM01_L", "W", 0.2, market="all", month=MAY, drug_class="mdma"),
        value("SP02_L", "BE", 3.0, (2.5, 3.5), market="all", month=MAY, drug_class="mdma"),
    ]
    harm = [
        value("HR01", "W", 0.0875, (0.05, 0.12), method=POOLED),
        value("HR01", "W", 0.1, (0.05, 0.15), month=MAY, method=POOLED),
    ]
    sizes = [
        value(
            "TS03_q:50",
            "BE",
            60.0,
            (40.0, 80.0),
            month=MAY,
            unit="EUR",
            method="percentile; Woodruff interval over vendors, 95 %",
        ),
        value(
            "TS03_q:90", "BE", 300.0, month=MAY, unit="EUR", method="percentile; Woodruff interval over vendors, 95 %"
        ),
        value("TS01:200", "BE", 0.15, month=MAY, method=POOLED),
        value("TS01:1000", "BE", 0.0, month=MAY, method=POOLED),
    ]
    moved = [
        value(
            f"MG01_{links}:empire",
            "W",
            number,
            market="dream",
            unit="vendors",
            method="vendors linked by class; lower A, upper A+B+C",
        )
        for links, number in (("A", 1.0), ("ABC", 5.0))
    ]
    spread = [value("CN03_T:10", "W", 0.4, method=POOLED), value("CN03_T:5", "W", 0.3, method=POOLED)]
    mix = [
        value(
            "LV01",
            "W",
            number,
            unit="listings",
            drug_class=name,
            method="count of what was captured; how much was not seen is unknown",
        )
        for name, number in (("all", 200.0), ("cannabis", 120.0), ("mdma", 50.0))
    ]
    ends = [
        value(f"RT04:{zone}", place, share, market="all", month=MAY, n=n, method="proportion of vendors; Wilson 95 %")
        for place, n, shares in (("BE", 40, (0.25, 0.25, 0.25, 0.25)), ("NL", 90, (0.1, 0.2, 0.3, 0.4)))
        for zone, share in zip(("domestic", "eu", "europe", "world"), shares, strict=True)
    ]
    more = {
        "shares_window": window,
        "specialisation_window": classes,
        "conduct": harm,
        "concentration": spread,
    }
    for name, frame in {
        "transaction_sizes_window": sizes,
        "migration": moved,
        "activity": mix,
        "shipping_window": ends,
    }.items():
        kept = public_tables()[name].to_dicts()
        more[name] = [row for row in kept if row["indicator"] not in {one["indicator"] for one in frame}] + frame
    tables = public_tables() | {name: rows("indicators", f"{name}_public", *made) for name, made in more.items()}
    return observations(tables)


WAVE = "2019"


def others() -> dict[str, pl.DataFrame]:
    """The public tables of a wave and of the study's statements, a few rows of each by hand."""
    share: dict[str, Any] = {
        "statistic": "share",
        "base": "valid answers",
        "conf_status": "F",
        "method": "Wilson",
        "n_all": 99,
        "quoted": False,
    }
    estimates = [
        share
        | {
            "item": "reason",
            "option": "range",
            "k": 37,
            "n": 62,
            "value": 37 / 62,
            "lower": 0.4725,
            "upper": 0.7098,
            "bound_low": 37 / 99,
            "bound_high": 74 / 99,
            "quoted": True,
        },
        share
        | {
            "item": "harm_info",
            "option": "1",
            "k": 41,
            "n": 64,
            "value": 41 / 64,
            "lower": 0.518,
            "upper": 0.747,
            "bound_low": 41 / 99,
            "bound_high": 76 / 99,
        },
        share | {"item": "gender", "option": "1", "value": 1.0, "quoted": True, "base": "none"},
        share | {"item": "gender", "option": "2", "value": None, "base": "none", "conf_status": "C"},
        share | {"item": "n_new", "option": "", "statistic": "mean", "n": 86, "value": 2.65},
        share
        | {"item": "freq_cannabis", "option": "6", "k": 22, "n": 74, "value": 22 / 74, "lower": 0.2, "upper": 0.4},
        share
        | {
            "item": "eval_offline=4+5",
            "option": "eval_crypto=4+5",
            "statistic": "paired_difference",
            "base": "none",
            "method": "the second more often than the first; exact McNemar, p < 0.05",
        },
    ]
    missing = [
        {
            "item": "gender",
            "position": 3,
            "block": "profile",
            "label_en": "Gender",
            "n_valid": None,
            "conf_status": "C",
        },
        {
            "item": "freq_cannabis",
            "position": 21,
            "block": "use",
            "label_en": "Frequency of use: cannabis",
            "n_valid": 74,
            "routed": True,
        },
        {
            "item": "harm_info",
            "position": 45,
            "block": "fora",
            "label_en": "Harm-reduction information from fora",
            "n_valid": 64,
        },
    ]
    themes = [
        {"code": "not_inclined_to_resell", "statement": "51", "wording": "9 of 10", "quoted": True},
        {"code": "use_ecstasy", "statement": "42", "wording": "most", "quoted": False},
        {"code": "use_cannabis", "statement": "42", "wording": "some", "quoted": False},
    ]
    proposition = {
        "proposition": "range_draws_buyers",
        "label_en": "The range of drugs draws buyers",
        "rules_dated": date(2026, 11, 29),
        "label_nl": "Het gamma trekt kopers aan",
        "label_fr": "La gamme attire les acheteurs",
        "verdict": "partial",
        "direction": "for",
        "stability": "middle",
        "survey_verdict": "open",
        "survey_facet": "motive",
        "survey_k": 37,
        "survey_n": 62,
        "survey_value": 37 / 62,
        "survey_lower": 0.4725,
        "survey_upper": 0.7098,
        "survey_bound_low": 37 / 99,
        "survey_bound_high": 74 / 99,
        "interviews_verdict": "supports",
        "interviews_facet": "availability",
        "interviews_wording": "some",
        "market_verdict": "silent",
    }
    buyers = [
        {"statement": "59", "strand": "survey", "says": "Range as the reason", "verdict": "reproduced"},
        {
            "statement": "72",
            "strand": "design_duty",
            "says": "Partnerships with post and parcel services",
            "verdict": "design_duty",
        },
    ]
    tests = {
        "statement": "29",
        "market": "empire",
        "indicator": "TS03",
        "country": "BE",
        "drug_class": "all",
        "says": "mean 75 euros",
        "expected_low": 74.5,
        "expected_high": 75.5,
        "value": 75.04,
        "verdict": "reproduced",
    }
    hidden = tests | {
        "statement": "28",
        "indicator": "TS02",
        "says": "highest Belgian transaction 973 euros",
        "expected_low": 972.5,
        "expected_high": 973.5,
        "value": None,
        "verdict": "confidential",
    }
    of_wave = {
        "survey_estimates": estimates,
        "survey_missing": [{"n_all": 99, "routed": False, "conf_status": "F"} | row for row in missing],
        "interview_themes": [row | {"interviews_n": 10, "synthetic": True} for row in themes],
        "joint_display": [proposition | {"synthetic": True}],
        "study_scorecard_buyers": [row | {"synthetic": True} for row in buyers],
    }
    made = {name: framed(name, [{"wave": WAVE} | row for row in listed]) for name, listed in of_wave.items()}
    return made | {"study_scorecard": framed("study_scorecard", [tests, hidden])}


def framed(name: str, listed: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows of a public table; columns that are not given are null."""
    schema = contracts.load("indicators", f"{name}_public").polars_schema
    return pl.DataFrame([dict.fromkeys(schema.names()) | row for row in listed], schema=schema)
