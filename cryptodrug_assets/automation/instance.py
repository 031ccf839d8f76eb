"""The Dagster instance under CRYPTODRUG_HOME: created from the template, shared by the command line and the UI."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import dagster as dg
import psutil
from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.workspace.load import location_origins_from_yaml_paths

from cryptodrug_assets.observation import CONTRACTS_DIR, UserError
from cryptodrug_assets.settings import Settings

TEMPLATE = CONTRACTS_DIR.parent / "dagster.yaml"
WORKSPACE = CONTRACTS_DIR.parent / "workspace.yaml"
PID_TAG = "cryptodrug/pid"


def prepare_home(settings: Settings) -> None:
    """Create the home folder and the instance's configuration; raises UserError when it cannot be written."""
    try:
        settings.dagster_home.mkdir(parents=True, exist_ok=True)
        configuration = settings.dagster_home / "dagster.yaml"
        if not configuration.exists():
            text = TEMPLATE.read_text("utf-8").replace("@DAGSTER_HOME@", str(settings.dagster_home))
            configuration.write_text(text, "utf-8")
    except OSError as err:
        raise UserError(
            f"cannot write to {settings.home}: {err.strerror}; set CRYPTODRUG_HOME to a folder you may write to"
        ) from err
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance; runs whose process has died are closed first, so that the UI shows no ghost."""
    prepare_home(settings)
    with dg.DagsterInstance.get() as instance:
        _close_dead_runs(instance)
        _known_to_the_ui(instance)
        yield instance


def _known_to_the_ui(instance: dg.DagsterInstance) -> None:
    """Let runs of this process name the workspace's job they are runs of.

    Without that name a run is missing from the UI's timeline and from its job's history and cannot be re-executed;
    Dagster's own in-process execution does not fill it in.
    """
    create = instance.create_run_for_job

    def create_with_origin(job_def: dg.JobDefinition, **others: Any) -> dg.DagsterRun:
        return create(job_def, **{"remote_job_origin": RemoteJobOrigin(_repository(), job_def.name)} | others)

    instance.create_run_for_job = create_with_origin  # type: ignore[method-assign,assignment]


@cache
def _repository() -> RemoteRepositoryOrigin:
    """The definitions of workspace.yaml as the UI names them."""
    [location] = location_origins_from_yaml_paths([str(WORKSPACE)])
    return RemoteRepositoryOrigin(location, "__repository__")


def _close_dead_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs of killed command-line processes as cancelled."""
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])):
        # A re-execution from the UI carries its parent's tags and runs in another process.
        pid = None if run.parent_run_id else run.tags.get(PID_TAG)
        if pid and not psutil.pid_exists(int(pid)):
            instance.report_run_canceled(run, message="The process of this run ended before the run did.")
