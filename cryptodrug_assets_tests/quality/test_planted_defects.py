"""Known defects, planted one by one (defects.py): the check that must fire fires, at its severity, in its partition;
nothing is published when it blocks. The clean month is silent."""

from collections.abc import Iterator
from functools import lru_cache
from types import SimpleNamespace

import dagster as dg
import pytest

from cryptodrug_assets.assets.specs import asset_specs, layer_checks
from cryptodrug_assets.checks.layer import write_audit_publish
from cryptodrug_assets.observation import CONTRACTS_DIR
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.quality.conftest import CELL, Frames, Month
from cryptodrug_assets_tests.quality.defects import DEFECTS, Defect

Fired = set[tuple[str, str]]
# Whatever blocks goes through a run; of the warnings every fifth.
RUN = [d for d in DEFECTS if d.severity == "error"] + [d for d in DEFECTS if d.severity == "warning"][::5]


def _fired(month: Month, frames: Frames, table: str, engine: str) -> Fired:
    frame = (month.frames | frames)[table]
    verdicts = judge({table: frame}, month.asked(table, frames), engine)[table]
    return {(result.rule.id, result.severity) for verdict in verdicts for result in verdict.failed}


@pytest.mark.parametrize("engine", ["duckdb", "gx"])
def test_a_clean_month_is_silent(month: Month, engine: str) -> None:
    assert {table: fired for table in month.frames if (fired := _fired(month, {}, table, engine))} == {}


@pytest.mark.parametrize("defect", DEFECTS, ids=[f"{defect.table}: {defect.what}" for defect in DEFECTS])
def test_a_planted_defect_is_caught_by_both_engines(month: Month, defect: Defect) -> None:
    names = {defect.of or defect.table}
    base = month.asked(defect.table)
    frames = {name: frame for name, frame in defect.damaged(base | month.frames).items() if name in names}
    fired = _fired(month, frames, defect.table, "duckdb")
    assert (defect.rule, defect.severity) in fired
    assert _fired(month, frames, defect.table, "gx") == fired


@pytest.mark.parametrize("defect", RUN, ids=[f"{defect.table}: {defect.what}" for defect in RUN])
def test_what_blocks_is_not_published(
    month: Month, instance: dg.DagsterInstance, defect: Defect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a run: result in the partition, at its severity; after an error the store is as it was."""
    monkeypatch.setenv("CRYPTODRUG_ENGINE", "duckdb")
    layer, table = defect.table.split(".")
    damaged = defect.damaged(month.asked(defect.table) | month.frames)
    before = month.store.versions()
    result = _run(instance, layer, table, damaged, _Unwritten(month.store.root))
    events = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert {check.partition for check in events} == {"|".join(CELL)}
    check = next(check for check in events if defect.rule in str(check.metadata["failed_rules"].value))
    assert check.severity == (dg.AssetCheckSeverity.ERROR if defect.severity == "error" else check.severity)
    made = result.asset_materializations_for_node("judged")
    if defect.severity == "error":
        assert not result.success
        assert made == []
    # A defect may raise an error beside its warning; a warning alone is published.
    elif all(check.severity == dg.AssetCheckSeverity.WARN for check in events):
        assert result.success
        assert len(made) == 1
    assert month.store.versions() == before


class _Unwritten(TableStore):
    """The store of the session, which no test may change; what a run would commit is only hashed."""

    def commit_all(self, layer: str, frames: Frames, *_: object, **__: object) -> dict[str, str]:  # type: ignore[override]
        return {table: self.content_hash(frame) for table, frame in frames.items()}


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    """One instance for all runs: each reads its own results, and making one costs as much as a run."""
    with dg.DagsterInstance.ephemeral() as shared:
        yield shared


# What the asset of a table publishes in the run at hand: its definition is made once per table.
_PLANTED: dict[str, tuple[Frames, TableStore]] = {}


@lru_cache
def _asset(layer: str, table: str) -> dg.AssetsDefinition:
    name = f"{layer}.{table}"

    @dg.multi_asset(
        name="judged",
        specs=asset_specs(layer, {table: []}, kinds={"polars"}),
        check_specs=layer_checks(layer, [table]),
        can_subset=True,
    )
    def judged(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        frames, store = _PLANTED[name]
        extra = {other: frame for other, frame in frames.items() if other != name}
        yield from write_audit_publish(
            context, layer, {table: frames[name]}, CELL, SimpleNamespace(store=store, settings=Settings()), extra=extra
        )

    return judged


def _run(
    instance: dg.DagsterInstance, layer: str, table: str, frames: Frames, store: TableStore
) -> dg.ExecuteInProcessResult:
    _PLANTED[f"{layer}.{table}"] = frames, store
    return dg.materialize(
        [_asset(layer, table)],
        instance=instance,
        partition_key=dg.MultiPartitionKey({"market": CELL[0], "month": CELL[1]}),
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )


def test_there_are_at_least_forty_kinds_and_the_docs_hold_them_all() -> None:
    assert len({defect.what for defect in DEFECTS}) >= 40
    page = (CONTRACTS_DIR.parent / "docs" / "quality.md").read_text("utf-8")
    for defect in DEFECTS:
        assert f"| {defect.what} | `{defect.table}` | `{defect.rule}` | {defect.severity} |" in page
