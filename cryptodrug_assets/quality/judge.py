"""Judging frames by their contracts: rules, engine and samples brought together. No Dagster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb
import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.quality import sql
from cryptodrug_assets.quality.rules import Rule, RuleResult, check_names, partition_rule, rules
from cryptodrug_assets.quality.stage import staged

ENGINES = ("gx", "duckdb")


@dataclass(frozen=True)
class Verdict:
    """Outcome of one check of one table: its rules' results, and keys of offending rows (`sample_columns`)."""

    table: str
    check: str
    results: tuple[RuleResult, ...]
    sample_columns: tuple[str, ...] = ()
    samples: tuple[tuple[object, ...], ...] = ()
    rows: int = 0

    @property
    def passed(self) -> bool:
        """Whether all rules passed."""
        return all(result.passed for result in self.results)

    @property
    def failed(self) -> list[RuleResult]:
        """Results of the rules that did not pass."""
        return [result for result in self.results if not result.passed]

    @property
    def error(self) -> bool:
        """Whether a failed rule has severity error (else: a warning)."""
        return any(result.severity == "error" for result in self.failed)

    @property
    def blocks(self) -> bool:
        """Whether publication stops."""
        return any(result.blocks for result in self.failed)


def judge(
    frames: Mapping[str, pl.DataFrame],
    others: Mapping[str, pl.DataFrame] | None = None,
    engine: str = "gx",
) -> dict[str, list[Verdict]]:
    """Judge frames by their contracts: the verdict of each check, by table ("layer.table").

    `frames` are the tables to be judged, `others` what their rules may ask besides ("history.listings",
    "expected.cell"); `engine` is gx (Great Expectations) or duckdb (plain SQL), with the same verdicts. A frame that
    does not fit its contract fails `schema`, and its other checks count as not run. Raises UserError for an unknown
    engine.

    >>> from cryptodrug_assets.contracts import empty, load
    >>> verdicts = judge({"clean.vendors": empty(load("clean", "vendors"))}, engine="duckdb")
    >>> {verdict.check: verdict.passed for verdict in verdicts["clean.vendors"]}["schema"]
    True
    """
    if engine not in ENGINES:
        raise UserError(f"unknown engine '{engine}' (CRYPTODRUG_ENGINE); use {' or '.join(ENGINES)}")
    fitted: dict[str, pl.DataFrame] = {}
    misfits: dict[str, str] = {}
    for name, frame in frames.items():
        try:
            fitted[name] = contracts.fit(frame, _contract(name))
        except UserError as err:
            misfits[name] = str(err)
    applied = {name: _applied(_contract(name), others or {}) for name in fitted}
    texts = " ".join(rule.query or rule.condition for members in applied.values() for rule in members)
    asked = {name: frame for name, frame in (others or {}).items() if name in texts and name not in fitted}
    verdicts: dict[str, list[Verdict]] = {name: _misfit(_contract(name), text) for name, text in misfits.items()}
    with staged({**fitted, **asked}) as connection:
        for name, frame in fitted.items():
            verdicts[name] = _judge(connection, _contract(name), applied[name], engine, frame.height)
    return {name: verdicts[name] for name in frames}


def history_columns(contract: Contract) -> list[str]:
    """Columns of earlier months that the contract's rules read as history.<table>; empty when they read none."""
    return list(dict.fromkeys(column for rule in contract.quality for column in rule.history))


def _contract(name: str) -> Contract:
    layer, table = name.split(".")
    return contracts.load(layer, table)


def _applied(contract: Contract, others: Mapping[str, pl.DataFrame]) -> tuple[Rule, ...]:
    """The contract's rules; in a cell also that all rows belong to it (tables over all cells have none)."""
    if "expected.cell" in others and contract.partitioned:
        return (*rules(contract), partition_rule(contract))
    return rules(contract)


def _judge(
    connection: duckdb.DuckDBPyConnection, contract: Contract, applied: tuple[Rule, ...], engine: str, height: int
) -> list[Verdict]:
    # Of a table without rows every rule about rows holds; what is left are numbers, which plain SQL gives as well
    # and without seconds of start-up.
    if engine == "gx" and height:
        from cryptodrug_assets.quality import gx

        results = gx.run(connection, contract.name, applied)
    else:
        results = sql.run(connection, contract.name, applied)
    results = [_in_words(connection, contract.name, result) for result in results]
    keys = tuple(name for name in contract.primary_key if name not in ("market", "month")) or tuple(
        contract.primary_key
    )
    if contract.of_wave:
        # A response's id in the file of its platform leads to a person: whoever reads a check is not shown it.
        keys = tuple(name for name in keys if contract.column(name).classification != "restricted")
    verdicts = []
    for name in check_names(contract):
        members = tuple(result for result in results if result.rule.check == name)
        samples = _samples(connection, contract, members, keys)
        verdicts.append(Verdict(contract.name, name, members, keys, samples, height))
    return verdicts


def _in_words(connection: duckdb.DuckDBPyConnection, table: str, result: RuleResult) -> RuleResult:
    """A failed result with what the rule says it found."""
    if result.passed or result.error or result.detail:
        return result
    return replace(result, detail=sql.words(connection, table, result.rule))


def _samples(
    connection: duckdb.DuckDBPyConnection, contract: Contract, results: Sequence[RuleResult], keys: Sequence[str]
) -> tuple[tuple[object, ...], ...]:
    for result in results:
        if not result.passed and not result.error:
            samples = sql.sample(connection, contract.name, result.rule, list(keys))
            if samples:
                return tuple(samples)
    return ()


def _misfit(contract: Contract, text: str) -> list[Verdict]:
    def result(rule: Rule) -> RuleResult:
        if rule.check == "schema":
            return RuleResult(rule, passed=False, observed=None, detail=text)
        return RuleResult(rule, passed=False, observed=None, error="not run: the frame does not fit the contract")

    return [
        Verdict(contract.name, name, tuple(result(rule) for rule in rules(contract) if rule.check == name))
        for name in check_names(contract)
    ]
