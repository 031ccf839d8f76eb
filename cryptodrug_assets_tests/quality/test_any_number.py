"""Rules and messages stand any number: zeros, nulls, infinities, NaN, huge values and empty tables give a verdict.

Expected here is never what a rule printed: a rule runs on whatever its columns may hold, its sentence is one a person
can read, and of months without sales beside others it is plain by hand what a jump is.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import dagster as dg
import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.context import cell, empty_context, expected_volumes
from cryptodrug_assets.checks.describe import check_result
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.quality.messages import number, sentence
from cryptodrug_assets.quality.rules import RuleResult, rules
from cryptodrug_assets_tests.frames import rows
from cryptodrug_assets_tests.quality.conftest import CELL

MONTH = date(2019, 6, 1)
MOMENT = datetime(2019, 6, 15, tzinfo=UTC)
EARLIER = (date(2019, 4, 1), date(2019, 5, 1))
INF, NAN = float("inf"), float("nan")
# Values by kind of column, one list a world; a world's rows take them in turn.
WORLDS: dict[str, dict[type[pl.DataType], list[Any]]] = {
    "zeros": {pl.Int64: [0], pl.Float64: [0.0], pl.Decimal: [Decimal(0)], pl.String: [""], pl.List: [[]]},
    "nulls": {},
    "infinite": {pl.Float64: [INF, -INF, INF], pl.Int64: [1], pl.Decimal: [Decimal(1)]},
    "nan": {pl.Float64: [NAN, 1.0, NAN], pl.Int64: [0, 1], pl.Decimal: [Decimal(0), Decimal(1)]},
    "huge": {
        pl.Float64: [1e308, -1e308, 1.7e308], pl.Int64: [2**63 - 1, -(2**63), 2**63 - 1],
        pl.Decimal: [Decimal(10**9)], pl.String: ["9" * 300],
    },
    "mixed": {
        pl.Float64: [0.0, NAN, INF, 5e-324, None], pl.Int64: [0, None, -1, 2**63 - 1],
        pl.Decimal: [Decimal(0), None, Decimal(-1)], pl.Boolean: [True, None, False],
        pl.Datetime: [MOMENT, None, MOMENT - timedelta(days=9_000)], pl.List: [["BE"], None, []],
    },
    "empty": {},
}  # fmt: skip
HEIGHT = 6
# What stands beside the table, as earlier months and other tables, is of the same world, or one of these.
BESIDE = ("zeros", "mixed")


def _frame(schema: dict[str, pl.DataType], world: str, contract: Contract, months: tuple[date, ...]) -> pl.DataFrame:
    """The world's rows of a table; texts of an enum take its values, so that conditions on them are met."""
    height = 0 if world == "empty" else HEIGHT
    columns: dict[str, list[Any]] = {}
    for name, dtype in schema.items():
        enum = contract.column(name).enum
        values = WORLDS[world].get(dtype.base_type(), [None])
        if isinstance(dtype, pl.List) and dtype.inner != pl.String:
            values = [[], None]
        if enum and world != "nulls":
            values = [*enum]
        elif name in ("indicator", "country", "drug_class") and world != "nulls":
            values = {"indicator": ["LV01", "LV02", "LV03", "LV04", "COV01", "SH01"], "country": ["W"]}.get(
                name, ["all"]
            )
        columns[name] = [values[row % len(values)] for row in range(height)]
    columns |= {"month": [months[row % len(months)] for row in range(height)]} if "month" in schema else {}
    columns |= {"market": [CELL[0]] * height} if "market" in schema else {}
    return pl.DataFrame(columns, schema=schema)


def _asked(contract: Contract, world: str) -> dict[str, pl.DataFrame]:
    """Everything the contract's rules may ask, as that world has it: other tables, earlier months, the market file."""
    found = empty_context([contract])
    for name, frame in found.items():
        if name.startswith("history."):
            found[name] = _frame(dict(frame.schema), world, contract, EARLIER)
    found |= {"expected.cell": cell(*CELL), "expected.volumes": expected_volumes(CELL[0])}
    return found | _others(world)


@lru_cache
def _others(world: str) -> dict[str, pl.DataFrame]:
    """Every table as that world has it."""
    return {
        other.name: _frame(dict(other.polars_schema), world, other, (MONTH,)) for other in contracts.all_contracts()
    }


@pytest.mark.parametrize("contract", contracts.all_contracts(), ids=lambda contract: contract.name)
def test_every_rule_gives_a_verdict_on_any_table(contract: Contract) -> None:
    frames = {world: _frame(dict(contract.polars_schema), world, contract, (MONTH,)) for world in WORLDS}
    for beside in WORLDS:
        asked = _asked(contract, beside)
        for world, frame in frames.items():
            if beside not in (world, *BESIDE):
                continue
            for verdict in judge({contract.name: frame}, asked, "duckdb")[contract.name]:
                for result in verdict.results:
                    where = (world, beside, result.rule.id)
                    assert result.error is None, (*where, result.error)
                    text = sentence(contract, result, CELL[0])
                    assert len(text) < 1500 and "\n" not in text, where
                    assert not {"inf", "nan", "-inf", "None"} & set(text.replace(",", "").split()), (*where, text)
                made = check_result(contract, verdict, CELL[0])
                numbers = [m.value for m in made.metadata.values() if isinstance(m, dg.FloatMetadataValue)]
                assert all(value is None or abs(value) < INF for value in numbers), (world, beside, verdict.check)


@pytest.mark.parametrize("world", WORLDS)
def test_great_expectations_says_the_same_of_the_tables_with_earlier_months(world: str) -> None:
    for contract in contracts.all_contracts():
        if not any(rule.history for rule in contract.quality):
            continue
        frame = _frame(dict(contract.polars_schema), world, contract, (MONTH,))
        asked = _asked(contract, "zeros")
        said = {
            engine: [
                (result.rule.id, result.passed, result.error)
                for verdict in judge({contract.name: frame}, asked, engine)[contract.name]
                for result in verdict.results
            ]
            for engine in ("duckdb", "gx")
        }
        assert said["gx"] == said["duckdb"]


def _sales(now: float | None, before: float | None, engine: str) -> RuleResult:
    """The rule `jump` of a month with so many sales after one with so many."""
    fact = {"indicator": "LV03", "country": "W", "drug_class": "all", "market": CELL[0]}
    frame = rows("indicators", "activity", {**fact, "month": MONTH, "value": now})
    past = rows("indicators", "activity", {**fact, "month": EARLIER[1], "value": before})
    contract = contracts.load("indicators", "activity")
    asked = _asked(contract, "empty")
    asked["history.activity"] = past.select(asked["history.activity"].columns)
    verdicts = judge({"indicators.activity": frame}, asked, engine)["indicators.activity"]
    return next(r for verdict in verdicts for r in verdict.results if r.rule.id == "jump")


@pytest.mark.parametrize("engine", ["duckdb", "gx"])
@pytest.mark.parametrize(
    ("now", "before", "jumps"),
    [
        (0, 0, False), (0, 1, False), (1, 0, False), (None, 30, False), (30, None, False), (60, 30, False),
        (0, 30, True), (30, 0, True), (100, 30, True), (9, 30, True), (0, 1e300, True), (INF, 30, True),
    ],
)  # fmt: skip
def test_sales_beside_no_sales(now: float | None, before: float | None, engine: str, *, jumps: bool) -> None:
    """More than three times, one added to both: 31/1, 101/31 and 31/10 are, 61/31, 2/1 and 1/1 are not."""
    result = _sales(now, before, engine)
    assert result.passed is not jumps
    assert result.severity == "warning" and not result.blocks
    if (now, before) in ((0, 30), (30, 0)):
        assert "found 31, must be at most 3" in sentence(contracts.load("indicators", "activity"), result)


def test_numbers_as_a_reader_writes_them() -> None:
    written = {0.0: "0", -13.0: "-13", 1234.0: "1,234", 0.3245614: "0.324561", 1e308: "1e+308", 2.0**63: "9.22337e+18"}
    assert {value: number(value) for value in written} == written
    assert [number(value) for value in (INF, -INF, NAN)] == ["infinity", "minus infinity", "no number"]


def test_a_result_of_any_number_has_a_sentence() -> None:
    contract = contracts.load("indicators", "activity")
    for rule in rules(contract):
        for value in (INF, -INF, NAN, 0, 1e300, 2**63, None):
            assert sentence(contract, RuleResult(rule, passed=False, observed=value))
