"""What a failed check says: found, expected, what to do or where the threshold stands; the places named are there."""

import re

import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.observation import CONTRACTS_DIR
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.quality.messages import next_step, sentence
from cryptodrug_assets.quality.rules import RuleResult, rules
from cryptodrug_assets_tests.quality.conftest import CELL, Month


@pytest.mark.parametrize("engine", ["duckdb", "gx"])
def test_too_few_pages_name_the_setting_and_its_file(month: Month, engine: str) -> None:
    frame = month.frames["raw.captures"].head(5)
    verdicts = judge({"raw.captures": frame}, month.asked("raw.captures"), engine)["raw.captures"]
    result = next(r for verdict in verdicts for r in verdict.failed if r.rule.id == "pages_least")
    text = sentence(contracts.load("raw", "captures"), result, CELL[0])
    # The market file expects 20 pages, and five are there.
    assert "found -15, must be at least 0" in text
    assert "lower expected.pages.min in data_contracts/markets/empire.yaml" in text


def test_without_a_remedy_the_place_of_the_threshold_is_named() -> None:
    contract = contracts.load("clean", "listings")
    kept = next(rule for rule in rules(contract) if rule.id == "kept")
    assert sentence(contract, RuleResult(kept, passed=False, observed=0.3245614)) == (
        "kept: found 0.324561, must be at least 0.9 (At least nine tenths of the offers that were read were kept);"
        " the threshold stands in data_contracts/tables/clean/listings.odcs.yaml, quality rule kept"
    )
    implied = next(rule for rule in rules(contract) if rule.id == "enum_drug_class")
    assert next_step(contract, RuleResult(implied, passed=False, observed=2)).startswith("what columns may hold stands")
    broken = RuleResult(kept, passed=False, observed=None, error="no such column")
    assert "could not run: no such column" in sentence(contract, broken)
    assert "cryptodrug contracts lint" in sentence(contract, broken)


def test_every_place_that_a_message_names_is_there() -> None:
    named = set()
    for contract in contracts.all_contracts():
        for rule in rules(contract):
            step = next_step(contract, RuleResult(rule, passed=False, observed=1), "empire")
            found = re.findall(r"(?:data_contracts|cryptodrug_assets)/[a-z_/.]+\.(?:odcs\.yaml|yaml|csv|py)", step)
            assert found or "materialise" in step or "cryptodrug " in step, (contract.name, rule.id)
            named |= set(found)
    assert [path for path in sorted(named) if not (CONTRACTS_DIR.parent / path).is_file()] == []
    assert "data_contracts/markets/empire.yaml" in named
