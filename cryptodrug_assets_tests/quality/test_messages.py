"""What a failed check says: found, expected, what to do or where the threshold stands; the places named are there."""

import ast
import re
import shlex
from typing import Any

import pytest
import typer

from cryptodrug_assets import contracts
from cryptodrug_assets.commands.app import app
from cryptodrug_assets.observation import CONTRACTS_DIR, market_configs
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.quality.messages import next_step, sentence
from cryptodrug_assets.quality.rules import RuleResult, rules
from cryptodrug_assets.settings import Settings
from cryptodrug_assets_tests.quality.conftest import CELL, Month


@pytest.mark.parametrize("engine", ["duckdb", "gx"])
def test_too_few_pages_name_the_setting_and_its_file(month: Month, engine: str) -> None:
    frame = month.frames["raw.captures"].head(5)
    verdicts = judge({"raw.captures": frame}, month.asked("raw.captures"), engine)["raw.captures"]
    result = next(r for verdict in verdicts for r in verdict.failed if r.rule.id == "pages_least")
    text = sentence(contracts.load("raw", "captures"), result, *CELL)
    assert "`cryptodrug backfill --market empire --from 2019-06 --to 2019-06 --select raw`" in text
    # The market file expects 20 pages, and five are there.
    assert text.startswith("pages_least: 5 pages, at least 20 expected (")
    assert "-15" not in text
    assert "lower expected.pages.min in data_contracts/markets/empire.yaml" in text


def test_without_a_remedy_the_place_of_the_threshold_is_named() -> None:
    contract = contracts.load("clean", "listings")
    kept = next(rule for rule in rules(contract) if rule.id == "converted")
    assert sentence(contract, RuleResult(kept, passed=False, observed=0.3245614)) == (
        "converted: found 0.324561, must be at least 0.95 (At least 95 % of the prices could be converted);"
        " the threshold stands in data_contracts/tables/clean/listings.odcs.yaml, quality rule converted"
    )
    implied = next(rule for rule in rules(contract) if rule.id == "enum_drug_class")
    assert next_step(contract, RuleResult(implied, passed=False, observed=2)).startswith("what columns may hold stands")
    broken = RuleResult(kept, passed=False, observed=None, error="no such column")
    assert "could not run: no such column" in sentence(contract, broken)
    assert "cryptodrug contracts lint" in sentence(contract, broken)


def _steps() -> list[tuple[str, str]]:
    """(rule, what to do) of every rule, in a cell."""
    return [
        (f"{contract.name}.{rule.id}", next_step(contract, RuleResult(rule, passed=False, observed=1), *CELL))
        for contract in contracts.all_contracts()
        for rule in rules(contract)
    ]


def test_every_place_that_a_message_names_is_there() -> None:
    named = set()
    for rule, step in _steps():
        found = re.findall(
            r"(?:data_contracts|cryptodrug_assets)/[a-z_/.]+\.(?:odcs\.yaml|yaml|csv|py)|cryptodrug_assets/markets/[a-z_]+/",
            step,
        )
        assert found or "`cryptodrug " in step or step.startswith("nothing to mend"), rule
        assert not re.search(r"[{}]|\bmaterialise\b", step), (rule, step)
        named |= set(found)
    assert [path for path in sorted(named) if not (CONTRACTS_DIR.parent / path).exists()] == []
    assert "data_contracts/markets/empire.yaml" in named


def test_every_setting_that_a_message_names_is_one() -> None:
    names = {name for _, step in _steps() for name in re.findall(r"CRYPTODRUG_([A-Z_]+)", step)}
    assert names <= {name.upper() for name in Settings.model_fields}
    bounds = {name for _, step in _steps() for name in re.findall(r"expected\.(\w+)\.(?:min|max)", step)}
    assert bounds == {"pages"} == set(market_configs()[CELL[0]].expected)


def test_every_command_that_a_rule_names_is_understood() -> None:
    """As the command line reads it, arguments and all: the command is only not carried out."""
    commands = {text for _, step in _steps() for text in re.findall(r"`(cryptodrug [^`]+)`", step)}
    assert len(commands) >= 6
    for text in commands:
        _understood(shlex.split(text)[1:])


def test_every_command_that_the_program_names_is_understood() -> None:
    """In any text of the source: names of commands and options; what stands for a value is not known there."""
    named: dict[str, str] = {}
    for path in sorted(CONTRACTS_DIR.parent.glob("cryptodrug_assets/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "VALUE" for part in node.values]
                text = "".join(str(part) for part in parts)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            named |= dict.fromkeys(re.findall(r"`(cryptodrug [^`\n]+)`", text), path.name)
    assert len(named) >= 20
    for text, place in named.items():
        _, command = _resolved(text.split()[1:])
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        given = set(re.findall(r"(?<=\s)--[a-z][a-z-]*", text))
        assert given <= known | {"--help"}, (place, text)


def _resolved(words: list[str]) -> tuple[list[str], Any]:
    """(what is left for the command, the command) that the words name."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words:
        assert words[0] in command.commands, (words, sorted(command.commands))
        command, words = command.commands[words[0]], words[1:]
    return words, command


def _understood(words: list[str]) -> None:
    left, command = _resolved(words)
    command.make_context(command.name, left)
