"""A failed run is shown as failed wherever one looks, with its cause: crashed, cancelled or never started."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.run_failures import RunGraph, failures, last_runs
from cryptodrug_assets.commands.app import app
from cryptodrug_assets.definitions import defs
from cryptodrug_assets.publishing.quality_page import build_quality_page
from cryptodrug_assets.quality.causes import spans
from cryptodrug_assets.quality.outcomes import CheckState
from cryptodrug_assets.runs import backfill as module
from cryptodrug_assets.runs.backfill import CellRun, grouped, run_cells
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.runs.overview import matrix
from cryptodrug_assets.settings import Settings

CELL = ("empire", "2019-10")
GRAPH = RunGraph.of(defs)
PARTITION = {"dagster/partition": "|".join(CELL)}


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("CRYPTODRUG_SOURCE", "archive")
    with open_instance(Settings()) as opened:
        yield opened


def _backfill(instance: dg.DagsterInstance, cells: list[tuple[str, str]], select: str | None = None) -> list[CellRun]:
    return run_cells(instance, cells, select=select, tag="t", on_run=lambda *_: None)


def _asked(instance: dg.DagsterInstance, job: str, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    return instance.create_run_for_job(defs.resolve_job_def(job), tags=PARTITION, status=status)


def _page(instance: dg.DagsterInstance) -> str:
    coverage = contracts.empty(contracts.load("indicators", "coverage"))
    return build_quality_page({}, {}, [], coverage, [], synthetic=False, failed=failures(instance, GRAPH))


def test_one_cause_is_one_line_and_what_hangs_on_it_is_not_run(instance: dg.DagsterInstance) -> None:
    """Nothing was imported of three months: one line says so, and nothing asks to make what just failed."""
    cells = [("empire", "2019-09"), CELL, ("dream", "2018-11")]
    runs = _backfill(instance, cells)
    assert [(run.job, run.not_run) for run in runs] == [("capture", False)] * 3 + [("indicators", True)] * 3 + [
        ("publish", True)
    ]
    failed, left = grouped(runs)
    assert failed.startswith(
        "failed: capture empire 2019-09 to 2019-10; dream 2018-11 (3 months, the first:) nothing captured of"
        " empire 2019-09"
    )
    assert left == "not run because of that: indicators empire 2019-09 to 2019-10; dream 2018-11, publish"
    assert not re.search("materialise", failed + left)


def test_causes_that_differ_stay_apart() -> None:
    runs = [
        CellRun("capture", ("dream", "2018-11"), "a", success=False, error="no login for dream"),
        CellRun("capture", ("dream", "2018-12"), "b", success=False, error="2018-12 is full"),
        CellRun("capture", ("empire", "2019-04"), "c", success=False, error="no login for empire"),
        CellRun("publish", None, "d", success=False, error="no space"),
        CellRun("capture", ("empire", "2019-05"), "e", success=True, error=None),
    ]
    assert grouped(runs) == [
        "failed: capture dream 2018-11; empire 2019-04 (2 months, the first:) no login for dream",
        "failed: capture dream 2018-12: 2018-12 is full",
        "failed: publish: no space",
    ]


def test_months_in_a_row_are_a_span_over_the_year_and_others_are_not() -> None:
    cells = [("dream", "2019-01"), ("dream", "2018-12"), ("empire", "2019-04"), ("dream", "2019-03")]
    assert spans(cells) == "dream 2018-12 to 2019-01, 2019-03; empire 2019-04"


def test_a_month_that_succeeds_is_published_beside_one_that_fails(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fake(_: dg.DagsterInstance, step: module.Step, tag: str, definitions: object) -> CellRun:
        good = step.cell != CELL
        return CellRun(step.job, step.cell, tag, success=good, error=None if good else "broken")

    monkeypatch.setattr(module, "_run", fake)
    runs = _backfill(instance, [CELL, ("dream", "2018-11")])
    assert [(run.name, run.not_run) for run in runs if not run.success] == [
        ("capture empire 2019-10", False), ("indicators empire 2019-10", True),
    ]  # fmt: skip
    assert runs[-1].job == "publish" and runs[-1].success


def test_a_failed_first_layer_is_failed_and_those_behind_it_are_held(instance: dg.DagsterInstance) -> None:
    _backfill(instance, [CELL])
    states = matrix(instance)
    assert [states[(CELL[0], layer, CELL[1])] for layer in ("raw", "parsed", "clean", "indicators")] == [
        "failed", "held", "held", "held",
    ]  # fmt: skip
    [failure] = failures(instance, GRAPH)
    assert (failure.market, failure.month, failure.layer) == (*CELL, "raw")
    assert failure.cause.startswith(
        "nothing captured of empire 2019-10; import captures with `cryptodrug import-archive"
    )
    page = _page(instance)
    assert "Nothing is held back" not in page
    assert "Not published: Empire Market 2019-10 (raw)." in page
    assert "run failed" in page and "nothing captured of empire 2019-10" in page


def test_a_crash_is_told_with_its_own_words(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ZeroDivisionError("no month\nhas no days")

    monkeypatch.setattr("cryptodrug_assets.resources.platform.Platform.capture", crash)
    _backfill(instance, [CELL], "raw")
    [failure] = failures(instance, GRAPH)
    assert failure.cause.startswith("the step raw_captures crashed: ZeroDivisionError: no month has no days; ")
    assert matrix(instance)[CELL[0], "raw", CELL[1]] == "failed"


def test_cancelled_and_never_started_runs_are_failures(instance: dg.DagsterInstance) -> None:
    run = _asked(instance, "capture", dg.DagsterRunStatus.STARTED)
    assert matrix(instance)[CELL[0], "raw", CELL[1]] == "running"
    instance.report_run_canceled(run, message="The process of this run ended before the run did.")
    [failure] = failures(instance, GRAPH)
    assert failure.cause == "the run was cancelled: The process of this run ended before the run did."
    _asked(instance, "capture", dg.DagsterRunStatus.QUEUED)
    assert last_runs(instance, GRAPH)[(*CELL, "raw")].outcome == "running"
    later = datetime.now(UTC) + timedelta(hours=2)
    never = last_runs(instance, GRAPH, now=later)[(*CELL, "raw")]
    assert never.outcome == "failed" and "never started" in never.cause


def test_a_later_run_that_succeeds_takes_the_failure_away(instance: dg.DagsterInstance) -> None:
    _backfill(instance, [CELL], "raw")
    assert failures(instance, GRAPH)
    _asked(instance, "capture", dg.DagsterRunStatus.SUCCESS)
    assert failures(instance, GRAPH) == []


def test_the_command_and_status_say_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYPTODRUG_SOURCE", "archive")
    result = CliRunner().invoke(app, ["backfill", "--market", "empire", "--from", "2019-10", "--to", "2019-10"])
    assert result.exit_code == 1
    said = [line for line in result.stderr.splitlines() if not line.startswith("[")]
    assert len(said) == 2
    assert said[0].startswith("failed: capture empire 2019-10: nothing captured")
    assert said[1] == "not run because of that: indicators empire 2019-10, publish"
    counted, where = result.stdout.splitlines()
    assert counted == "0 runs succeeded, 1 failed, 2 not run"
    page = Path(where.removeprefix("what failed and why: "))
    assert "Not published: Empire Market 2019-10 (raw)." in page.read_text("utf-8")
    status = CliRunner().invoke(app, ["status"]).output
    assert "failed: raw empire 2019-10: nothing captured of empire 2019-10" in status
    assert "FAIL" in status and "held" in status


def test_unknown_coverage_is_called_unknown() -> None:
    from cryptodrug_assets_tests.frames import rows

    fact = {"market": CELL[0], "indicator": "COV01", "month": datetime(2019, 10, 1, tzinfo=UTC).date()}
    for value, shown in ((None, "<td>unknown"), (0.5, "50.0 %")):
        frame = rows("indicators", "coverage", {**fact, "value": value})
        counts: dict[tuple[str, str, str], Counter[CheckState]] = {(*CELL, "raw"): Counter({"ok": 1})}
        page = build_quality_page(counts, {}, [], frame, [], synthetic=False)
        assert shown in page
