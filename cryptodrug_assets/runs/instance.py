"""The Dagster instance under CRYPTODRUG_HOME: created from the template, shared by the command line and the UI."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import psutil
import yaml

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.installation import INSTANCE_TEMPLATE, WORKSPACE
from cryptodrug_assets.private_dagster import CONFIGURATION_ERRORS, name_jobs_of_runs
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.home import private_folder, private_home

PID_TAG = "cryptodrug/pid"
_UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_HISTORY = "history/runs"


def prepare_home(settings: Settings) -> None:
    """Create the home folder and the instance's configuration; raises UserError when it cannot be written or read."""
    configuration = settings.dagster_home / "dagster.yaml"
    try:
        private_home(settings.home.resolve())
        private_folder(settings.dagster_home)
        if configuration.exists():
            _look_at_own_folder(configuration)
        else:
            configuration.write_text(INSTANCE_TEMPLATE.read_text("utf-8"), "utf-8")
    except OSError as err:
        raise UserError(
            f"cannot write to {settings.home}: {err.strerror}; free some space, or set CRYPTODRUG_HOME to a"
            " folder you may write to"
        ) from err
    # Dagster knows its instance by this variable alone: the event log of dagster.yaml (a relative folder), the UI, the
    # daemon and the processes of their runs all read it.
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)


def _look_at_own_folder(configuration: Path) -> None:
    """Make an absolute folder of the event log, as earlier versions wrote it, relative: a home that was copied or moved
    would otherwise write into the one it was made from."""
    try:
        text = configuration.read_text("utf-8")
        found = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as err:
        raise _unusable(configuration, str(err)) from err
    if not isinstance(found, dict):
        raise _unusable(configuration, "it holds no settings")
    storage = found.get("event_log_storage")
    folder = (storage.get("config") or {}).get("base_dir") if isinstance(storage, dict) else None
    if isinstance(folder, str) and folder.endswith(f"/{_HISTORY}"):
        configuration.write_text(re.sub(rf"""(["']?){re.escape(folder)}\1""", _HISTORY, text), "utf-8")


def _unusable(configuration: Path, why: str) -> UserError:
    return UserError(
        f"{configuration} cannot be used: {' '.join(why.split())[:300]}; mend it, or remove it and it is made anew"
    )


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance; runs whose process has died are closed first, so that the UI shows no ghost."""
    prepare_home(settings)
    try:
        opened = dg.DagsterInstance.get()
    except CONFIGURATION_ERRORS as err:
        raise _unusable(settings.dagster_home / "dagster.yaml", str(err)) from err
    with opened as instance:
        _close_dead_runs(instance)
        name_jobs_of_runs(instance, WORKSPACE)
        yield instance


def _close_dead_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs of killed command-line processes as cancelled."""
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)):
        # A re-execution from the UI carries its parent's tags and runs in another process.
        pid = None if run.parent_run_id else run.tags.get(PID_TAG)
        if pid and not psutil.pid_exists(int(pid)):
            instance.report_run_canceled(run, message="The process of this run ended before the run did.")
