# ruff: noqa: E501 - a table of defects reads better whole
"""Defects of the reference tables, planted one by one: each is caught by both engines, and what blocks stays out."""

from datetime import date, timedelta

import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.observation import CONTRACTS_DIR
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.reference.tables import reference_tables
from cryptodrug_assets_tests.quality.defects import FIRST, Defect, Frames, changed

SOME_DAY = pl.col("date") == date(2018, 11, 1)
USD = pl.col("currency") == "USD"
AUTUMN = pl.col("date").is_between(date(2018, 11, 5), date(2018, 11, 13))
DEFECTS = [
    Defect("rate of zero", "reference.exchange_rates", changed(FIRST, units_per_eur=0), "bounds", "error"),
    Defect("currency of no code", "reference.exchange_rates", changed(FIRST, currency="dollar"), "bounds", "error"),
    Defect("a week of rates missing", "reference.exchange_rates", lambda f: f.filter(~AUTUMN), "no_gap", "error"),
    Defect("a day's rate of one currency missing", "reference.exchange_rates", lambda f: f.filter(~(SOME_DAY & USD)), "every_currency", "error"),
    Defect("rate of a Sunday", "reference.exchange_rates", changed(SOME_DAY, date=date(2018, 11, 4)), "working_days", "error"),
    Defect("decimal point of a rate shifted", "reference.exchange_rates", changed(SOME_DAY & USD, units_per_eur=pl.col("units_per_eur") * 10), "jump_most", "error"),
    Defect("digits of a rate swapped", "reference.exchange_rates", changed(SOME_DAY & USD, units_per_eur=pl.lit(1.3193)), "jump", "warning"),
    Defect("table of rates empty", "reference.exchange_rates", lambda f: f.clear(), "not_empty", "error"),
    Defect("rate stated twice", "reference.exchange_rates", lambda f: pl.concat([f, f.head(1)]), "pk_unique", "error"),
    Defect("class without a row of its own", "reference.drug_taxonomy", lambda f: f.filter(~((pl.col("drug_class") == "mdma") & (pl.col("drug_subclass") == "all"))), "whole_class", "error"),
    Defect("drug group without a code", "reference.drug_taxonomy", changed(FIRST, unodc_code=None), "coded", "error"),
    Defect("code under two drug groups", "reference.drug_taxonomy", changed(pl.col("unodc_code") == "CAN-HERB", unodc_group="Opioids"), "one_group", "error"),
    Defect("class without a source", "reference.drug_taxonomy", changed(FIRST, source=" "), "source_stated", "error"),
    Defect("category of a class that is not in the taxonomy", "reference.category_map", changed(FIRST, drug_class="herbal_tea"), "known_class", "error"),
    Defect("class taken out of the taxonomy while categories use it", "reference.category_map", lambda f: f.filter(pl.col("drug_class") != "mdma"), "known_class", "error", of="reference.drug_taxonomy"),
    Defect("category path twice, in other letters", "reference.category_map", lambda f: pl.concat([f, f.head(1).with_columns(pl.col("path").str.to_uppercase())]), "one_class", "error"),
    Defect("category path with a blank step", "reference.category_map", changed(FIRST, path="Drugs /  / Pills"), "whole_path", "error"),
    Defect("category known before there was a market", "reference.category_map", changed(FIRST, valid_from=date(1918, 11, 1)), "valid_from", "error"),
    Defect("name of two countries", "reference.places", lambda f: pl.concat([f, f.filter(pl.col("name") == "belgie").with_columns(code=pl.lit("NL"))]), "one_meaning", "error"),
    Defect("city named like another country", "reference.places", changed(pl.col("name") == "gent", name="holland"), "same_meaning", "warning"),
    Defect("group of one country", "reference.places", lambda f: f.filter(~((pl.col("name") == "british isles") & (pl.col("code") == "IE"))), "members", "error"),
    Defect("city coded as a region", "reference.places", changed(pl.col("name") == "gent", code="EUROPE"), "no_region", "error"),
    Defect("place name not folded", "reference.places", changed(FIRST, name="Küste"), "bounds", "error"),
    Defect("event of the future", "reference.events", changed(FIRST, date=pl.col("date") + timedelta(days=365_000)), "date_valid", "error"),
    Defect("event dated before the first market", "reference.events", changed(FIRST, date=date(1919, 3, 26)), "date_valid", "error"),
    Defect("month alone known, day made up", "reference.events", changed(FIRST, precision="month"), "first_of_month", "error"),
    Defect("event of an unknown market", "reference.events", changed(FIRST, market="silk_road"), "known_market", "error"),
    Defect("event of no stated evidence", "reference.events", changed(FIRST, mark="X"), "enum_mark", "error"),
    Defect("figure of the literature without its year", "reference.benchmarks", changed(FIRST, source="somebody"), "source_stated", "error"),
    Defect("range of the literature upside down", "reference.benchmarks", changed(FIRST, lower=0.9), "range", "error"),
    Defect("percent of the literature taken for a proportion", "reference.benchmarks", changed(FIRST, upper=1.3), "proportion", "error"),
]  # fmt: skip


@pytest.fixture(scope="module")
def clean() -> Frames:
    return {f"reference.{table}": frame for table, frame in reference_tables().items()}


def _fired(frames: Frames, table: str, engine: str) -> set[tuple[str, str]]:
    verdicts = judge({table: frames[table]}, frames, engine)[table]
    assert [result.error for verdict in verdicts for result in verdict.failed if result.error] == []
    return {(result.rule.id, result.severity) for verdict in verdicts for result in verdict.failed}


@pytest.mark.parametrize("engine", ["duckdb", "gx"])
def test_the_tables_of_this_checkout_are_silent(clean: Frames, engine: str) -> None:
    assert {table: fired for table in clean if (fired := _fired(clean, table, engine))} == {}


@pytest.mark.parametrize("defect", DEFECTS, ids=[f"{defect.table}: {defect.what}" for defect in DEFECTS])
def test_a_planted_defect_is_caught_by_both_engines(clean: Frames, defect: Defect) -> None:
    frames = defect.damaged(clean)
    fired = _fired(frames, defect.table, "duckdb")
    assert (defect.rule, defect.severity) in fired
    assert _fired(frames, defect.table, "gx") == fired


def test_every_explicit_rule_of_the_layer_has_a_defect_and_the_docs_hold_them_all() -> None:
    planted = {(defect.table, defect.rule) for defect in DEFECTS}
    for contract in contracts.all_contracts():
        if contract.layer == "reference":
            own = {rule.id for rule in contract.quality if not rule.metric}
            assert {rule for rule in own if (contract.name, rule) not in planted} == set(), contract.name
    page = (CONTRACTS_DIR.parent / "docs" / "quality.md").read_text("utf-8")
    for defect in DEFECTS:
        assert f"| {defect.what} | `{defect.table}` | `{defect.rule}` | {defect.severity} |" in page
