"""Schedule and sensors as the daemon asks them, over a real home: what one market needs, run by run, with the
reasons."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from cryptodrug_assets.assets import clean, indicators
from cryptodrug_assets.automation import schedules, state
from cryptodrug_assets.automation.decisions import CellState, Plan, Request, calculations_due, captures_due
from cryptodrug_assets.automation.requests import run_request
from cryptodrug_assets.automation.sensors import alerts, calculations
from cryptodrug_assets.automation.state import KEY_TAG, WHY_TAG, asked_for, close_lost_runs, read_state
from cryptodrug_assets.capture.archive.journal import journal
from cryptodrug_assets.checks.made_from import cleaned_of, content_of, measured_of, parsed_of
from cryptodrug_assets.checks.run_failures import RunGraph
from cryptodrug_assets.definitions import defs
from cryptodrug_assets.pipeline import clean as cleaning
from cryptodrug_assets.pipeline import measure, parse
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings
from cryptodrug_assets_tests.frames import rows

CELL = ("dream", "2018-11")
NOW = datetime(2018, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home whose market dream is made without hands, in a world that is still in 2018."""
    plan = Plan("2018-11", None, captures=True, sweep_days=(20,))
    for module in (state, schedules):
        monkeypatch.setattr(module, "plans_of", lambda *_: {"dream": plan})
    return Settings()


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings) as opened:
        yield opened


def due(settings: Settings, instance: dg.DagsterInstance, now: datetime = NOW) -> list[Request]:
    return calculations_due(read_state(settings, instance, now), now)


def write(settings: Settings, layer: str, tables: object, facts: dict[str, str], month: str = "2018-11") -> None:
    """Commit a row of each table, with what it was made from, as the assets do."""
    store = Platform.of(settings).store
    first = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    frames: dict[str, pl.DataFrame] = {table: rows(layer, table, {"month": first}) for table in tables}  # type: ignore[attr-defined]
    store.commit_all(layer, frames, "dream", month, facts)


def test_a_home_goes_from_captured_to_measured_and_again_when_the_next_month_is_parsed(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    store = Platform.of(settings).store
    assert due(settings, instance) == []
    write(settings, "raw", ["captures"], {})
    assert [request.why for request in due(settings, instance)] == ["captured, not yet parsed"]
    write(settings, "parsed", parse.READS, parsed_of(store, CELL).as_metadata())
    assert [request.why for request in due(settings, instance)] == ["parsed, not yet measured"]
    write(settings, "clean", cleaning.READS, cleaned_of(store, CELL, clean.CODE, []).as_metadata())
    write(settings, "indicators", measure.READS, measured_of(store, CELL, indicators.CODE).as_metadata())
    assert due(settings, instance) == []
    # The same rows captured and parsed once more: nothing to do. Those of the next month: both.
    write(settings, "raw", ["captures"], {})
    assert due(settings, instance) == []
    write(settings, "raw", ["captures"], {}, "2018-12")
    write(settings, "parsed", parse.READS, parsed_of(store, ("dream", "2018-12")).as_metadata(), "2018-12")
    assert [(request.cell, request.why) for request in due(settings, instance, NOW + timedelta(days=30))] == [
        (CELL, "2018-12 was parsed (later feedback)"),
        (("dream", "2018-12"), "parsed, not yet measured"),
    ]


def test_another_parser_that_reads_the_same_makes_nothing_due_after_it() -> None:
    old = {"pages": rows("parsed", "pages", {"parser_version": "1.0.0"}), "vendors": rows("parsed", "vendors", {})}
    assert content_of(old) == content_of(old | {"pages": rows("parsed", "pages", {"parser_version": "1.0.1"})})
    assert content_of(old) != content_of(old | {"pages": rows("parsed", "pages", {}, {})})


def test_the_sensors_ask_and_tell_as_the_daemon_lets_them(settings: Settings, instance: dg.DagsterInstance) -> None:
    def tick(sensor: dg.SensorDefinition, **resources: object) -> tuple[list[dg.RunRequest], str | None]:
        context = dg.build_sensor_context(
            instance=instance,
            repository_def=defs.get_repository_def(),
            resources={"platform": Platform.of(settings), **resources},
        )
        evaluated = sensor.evaluate_tick(context)
        return list(evaluated.run_requests or []), evaluated.skip_message

    assert tick(calculations) == ([], "everything is as its data and code say")
    write(settings, "raw", ["captures"], {})
    [request], _ = tick(calculations)
    assert (request.job_name, request.partition_key) == ("capture", "dream|2018-11")
    assert {key.path[0] for key in request.asset_selection or []} == {"parsed"}
    assert request.tags[WHY_TAG] == "captured, not yet parsed"
    graph = RunGraph.of(defs)
    assert tick(alerts, run_graph=graph) == ([], "0 alerts stand; told now through no channel")


def test_the_schedule_asks_for_the_running_month_and_for_no_month_that_is_over(
    settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tick(moment: datetime) -> tuple[list[dg.RunRequest], str | None]:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=moment,
            repository_def=defs.get_repository_def(),
            resources={"platform": Platform.of(settings)},
        )
        evaluated = schedules.captures.evaluate_tick(context)
        return list(evaluated.run_requests or []), evaluated.skip_message

    assert tick(NOW) == ([], "2018-11 is over: only the running month can be captured")
    monkeypatch.setattr(schedules, "running_month", lambda: "2018-11")
    [request], _ = tick(NOW)
    assert request.partition_key == "dream|2018-11"
    assert request.tags[WHY_TAG] == "a sweep is due from day 20"
    assert tick(NOW.replace(day=19)) == ([], "no sweep is due")


def test_a_request_runs_with_its_assets_partition_and_reason(settings: Settings, instance: dg.DagsterInstance) -> None:
    """A run of nothing but the parsed tables, which says why; it fails for want of captures and is counted as a try."""
    request = Request("capture", CELL, "parse dream 2018-11 x", 0, "the parser changed to 9", groups=("parsed",))
    asked = run_request(request)
    result = defs.resolve_job_def("capture").execute_in_process(
        instance=instance,
        partition_key=asked.partition_key,
        asset_selection=asked.asset_selection,
        tags=dict(asked.tags),
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, **asked.run_config},
    )
    assert not result.success
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.tags[WHY_TAG] == "the parser changed to 9"
    now = datetime.now(UTC)
    found = asked_for(instance, now)[request.key]
    assert (found.tries, found.running, found.succeeded) == (1, False, False)
    assert found.ended is not None and timedelta(0) <= now - found.ended < timedelta(minutes=5)


def test_a_run_whose_process_is_gone_is_closed_after_hours_of_silence(instance: dg.DagsterInstance) -> None:
    job = defs.resolve_job_def("indicators")
    run = instance.create_run_for_job(job, tags={KEY_TAG: "measure x"}, status=dg.DagsterRunStatus.STARTED)
    by_hand = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    now = datetime.now(UTC)
    assert close_lost_runs(instance, now + timedelta(hours=2)) == []
    assert close_lost_runs(instance, now + timedelta(hours=4)) == [run.run_id]
    statuses = [instance.get_run_by_id(each.run_id).status for each in (run, by_hand)]  # type: ignore[union-attr]
    assert statuses == [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED]
    assert not asked_for(instance, now)["measure x"].running


def test_sweeps_are_read_from_the_journal(settings: Settings, instance: dg.DagsterInstance, tmp_path: Path) -> None:
    with journal(settings.archive / "dream" / "2018-11") as opened:
        opened.begin("2018-11-20T0700", "live", synthetic=False)
    there = read_state(settings, instance, NOW).cells[CELL]
    assert there != CellState()
    assert [sweep.complete for sweep in there.sweeps] == [False]


def test_where_no_market_is_made_without_hands_nothing_is_read(
    instance: dg.DagsterInstance, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(*_: object) -> None:
        raise AssertionError("read each minute, for nothing")

    monkeypatch.setattr(state, "plans_of", lambda *_: {})
    for name in ("TableStore", "sweep_times", "asked_for"):
        monkeypatch.setattr(state, name, unread)
    found = read_state(settings, instance, NOW)
    assert (calculations_due(found, NOW), captures_due(found, NOW)) == ([], [])
