"""The backfill's plan, and its runs as the UI knows them."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from cryptodrug_assets.capture.progress import Progress
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.runs.backfill import planned, run_cells
from cryptodrug_assets.runs.instance import PID_TAG, open_instance
from cryptodrug_assets.settings import Settings

CELLS = [("dream", "2018-11"), ("empire", "2019-04")]


def test_everything_is_captured_before_anything_is_cleaned_and_published_once() -> None:
    assert [(step.job, step.cell) for step in planned(CELLS)] == [
        ("capture", CELLS[0]), ("capture", CELLS[1]), ("indicators", CELLS[0]), ("indicators", CELLS[1]),
        ("publish", None),
    ]  # fmt: skip


@pytest.mark.parametrize(("group", "runs"), [("parsed", 2), ("indicators", 2), ("reference", 1), ("publication", 1)])
def test_one_group_is_a_run_per_cell_or_one_run_without_cells(group: str, runs: int) -> None:
    steps = planned(CELLS, group)
    assert len(steps) == runs
    graph = dg.AssetSelection.groups(group)
    from cryptodrug_assets.definitions import defs

    assert {key for step in steps for key in step.keys} == graph.resolve(defs.resolve_asset_graph())


def test_an_unknown_group_names_those_there_are() -> None:
    with pytest.raises(UserError, match="unknown group 'clena'; groups: raw, parsed, clean"):
        planned(CELLS, "clena")


def test_runs_belong_to_the_workspace_the_ui_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The timeline, a job's history and re-execution find a run by the workspace's name of its job."""
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path))
    with open_instance(Settings()) as instance:
        assert [run.error for run in run_cells(instance, [], select="reference", tag="t", on_run=lambda *_: None)] == [
            None
        ]
        of_the_job = dg.RunsFilter(job_name="publish", tags={".dagster/repository": "__repository__@cryptodrug"})
        [run] = instance.get_runs(of_the_job)
        assert run.remote_job_origin is not None
        assert (run.remote_job_origin.location_name, run.remote_job_origin.job_name) == ("cryptodrug", "publish")


def test_runs_of_dead_processes_are_closed_but_not_their_re_executions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path))
    from cryptodrug_assets.definitions import defs

    process = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    tags = {PID_TAG: process.stdout.decode().strip()}
    job = defs.resolve_job_def("publish")
    with open_instance(Settings()) as instance:
        dead = instance.create_run_for_job(job, tags=tags, status=dg.DagsterRunStatus.STARTED)
        again = instance.create_run_for_job(
            job, tags=tags, status=dg.DagsterRunStatus.STARTED, parent_run_id=dead.run_id, root_run_id=dead.run_id
        )
    with open_instance(Settings()) as instance:
        states = [instance.get_run_by_id(run.run_id).status for run in (dead, again)]  # type: ignore[union-attr]
    assert states == [dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.STARTED]


def test_runs_are_given_a_platform_and_the_environment_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the command line knows reaches the asset, for a part of a job's assets, too."""
    heard: list[tuple[str, str, int]] = []

    def capture(platform: Platform, market: str, month: str, *, log: object) -> None:
        assert platform._progress is not None
        platform._progress(market, month, Progress(done=3))
        settings = platform.settings
        raise UserError(f"{settings.profile} from {settings.source} at {settings.replica_port}")

    monkeypatch.setattr(Platform, "capture", capture)
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    before = dict(os.environ)
    settings = Settings(profile="tiny", source="archive", replica_port=4321)
    platform = Platform.of(
        settings, progress=lambda market, month, progress: heard.append((market, month, progress.done))
    )
    with open_instance(settings) as instance:
        [run] = run_cells(
            instance, CELLS[:1], select="raw", tag="t", platform=platform, on_run=lambda *_: None
        )  # fmt: skip
    assert run.error == "tiny from archive at 4321"
    assert heard == [("dream", "2018-11", 3)]
    # What the commands of before it set in this process, they set no more.
    assert dict(os.environ) == before
