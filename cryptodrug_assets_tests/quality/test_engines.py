"""Both engines: the same verdict on random data; one import of Great Expectations a process, none for the definitions.

A rule that cannot run is an error, whatever its severity.
"""

import dataclasses
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.context import empty_context
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.quality import gx, rules, sql
from cryptodrug_assets.quality.rules import Rule
from cryptodrug_assets.quality.stage import staged

CONTRACT = contracts.load("clean", "transactions")
_MOMENT = datetime(2019, 6, 15, tzinfo=UTC)


def _values(contract: Contract, name: str) -> st.SearchStrategy[object]:
    """Values of a column, good ones and bad ones: outside enums and bounds, NaN, infinite, null, repeated keys."""
    column = contract.column(name)
    kinds: dict[str, st.SearchStrategy[object]] = {
        "VARCHAR": st.sampled_from([*(column.enum or ("a", "b")), "zz", "", "it's"]),
        "BIGINT": st.sampled_from([-3, 0, 1, 2, 10**9]),
        "DOUBLE": st.sampled_from([-1.0, 0.0, 0.5, 5.0, 1e9, float("nan"), float("inf")]),
        "BOOLEAN": st.booleans(),
        "DATE": st.sampled_from([_MOMENT.date(), _MOMENT.date().replace(day=1)]),
        "TIMESTAMPTZ": st.integers(-40, 40).map(lambda days: _MOMENT + timedelta(days=days)),
        "VARCHAR[]": st.sampled_from([[], ["BE"], ["BE", "NL"], ["not a place"]]),
    }
    made = kinds.get(column.physical_type, st.sampled_from([Decimal("-1.00"), Decimal("0.00"), Decimal("9.50")]))
    return st.one_of(made, made, made, st.none())


@st.composite
def _frames(draw: st.DrawFn) -> pl.DataFrame:
    rows = draw(
        st.lists(st.fixed_dictionaries({name: _values(CONTRACT, name) for name in CONTRACT.polars_schema}), max_size=6)
    )
    return pl.DataFrame(rows, schema=CONTRACT.polars_schema)


def _outcomes(frame: pl.DataFrame, applied: tuple[Rule, ...], engine: str) -> dict[str, tuple[bool, object, bool]]:
    others = {c.name: contracts.empty(c) for c in contracts.all_contracts() if c.layer == "clean"}
    with staged(others | empty_context([CONTRACT]) | {CONTRACT.name: frame}) as connection:
        run = gx.run if engine == "gx" else sql.run
        return {
            result.rule.id: (result.passed, result.severity, result.error is not None)
            for result in run(connection, CONTRACT.name, applied)
        }


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(frame=_frames())
def test_the_engines_agree_on_random_data(frame: pl.DataFrame) -> None:
    applied = rules.rules(CONTRACT)
    assert _outcomes(frame, applied, "gx") == _outcomes(frame, applied, "duckdb")


@pytest.mark.parametrize("engine", ["gx", "duckdb"])
@pytest.mark.parametrize(("key", "unique"), [("t1", False), (None, True)])
def test_a_key_with_a_null_part_is_missing_not_repeated(engine: str, key: str | None, *, unique: bool) -> None:
    one = {"market": "dream", "month": _MOMENT.date().replace(day=1), "transaction_key": key}
    found = _outcomes(pl.DataFrame([one, one], schema=CONTRACT.polars_schema), rules.rules(CONTRACT), engine)
    assert found["pk_unique"][0] is unique
    assert not found["required"][0]


@pytest.mark.parametrize("engine", ["gx", "duckdb"])
def test_a_rule_that_cannot_run_is_an_error_and_spares_the_others(engine: str) -> None:
    warning = next(rule for rule in rules.rules(CONTRACT) if rule.severity == "warning")
    broken = dataclasses.replace(warning, id="broken", query="SELECT nothing FROM {object}")
    no_table = dataclasses.replace(warning, id="no_table", query="SELECT count(*) FROM clean.no_such_table")
    bad_column = dataclasses.replace(
        warning, id="bad_column", kind="rows", query="", parts=(("odd", "no_such_column > 0"),)
    )
    applied = (*rules.rules(CONTRACT), broken, no_table, bad_column)
    frame = contracts.empty(CONTRACT)
    found = _outcomes(frame, applied, engine)
    for name in ("broken", "no_table", "bad_column"):
        assert found[name] == (False, "error", True)
    assert {name: outcome for name, outcome in found.items() if name not in ("broken", "no_table", "bad_column")} == (
        _outcomes(frame, rules.rules(CONTRACT), engine)
    )


def test_definitions_load_quickly_and_without_great_expectations() -> None:
    """CPU of a fresh interpreter: at most 4 s; twice that here, since other tests run beside it."""
    code = (
        "import sys, time, cryptodrug_assets.definitions as d; d.defs.resolve_asset_graph();"
        "assert 'great_expectations' not in sys.modules and 'pandas' not in sys.modules;"
        "print(time.process_time())"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert float(result.stdout) < 8


def test_great_expectations_is_imported_and_set_up_once() -> None:
    code = (
        "import builtins, sys\n"
        "real, count = builtins.__import__, 0\n"
        "def spy(name, *a, **k):\n"
        "    global count\n"
        "    count += name == 'great_expectations' and 'great_expectations' not in sys.modules\n"
        "    return real(name, *a, **k)\n"
        "builtins.__import__ = spy\n"
        "from cryptodrug_assets import contracts\n"
        "from cryptodrug_assets_tests.frames import rows\n"
        "from cryptodrug_assets.quality.judge import judge\n"
        "from cryptodrug_assets.quality.private_great_expectations import library\n"
        "empty = {'clean.decisions': contracts.empty(contracts.load('clean', 'decisions'))}\n"
        "frame = {'clean.decisions': rows('clean', 'decisions', {})}\n"
        # Nothing has to be asked of a table without rows that needs the library.
        "judge(empty, {}, 'gx')\n"
        "assert 'great_expectations' not in sys.modules\n"
        "for _ in range(3):\n"
        "    judge(frame, {}, 'gx')\n"
        "print(count, library.cache_info().misses)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.stdout.split() == ["1", "1"], result.stderr
