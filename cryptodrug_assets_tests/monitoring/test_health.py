"""The health report of a real home, as a run of its job and as a command; what changed since the last one."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cryptodrug_assets.capture.archive.journal import journal
from cryptodrug_assets.commands.app import app
from cryptodrug_assets.definitions import definitions_on
from cryptodrug_assets.monitoring.conditions import Situation
from cryptodrug_assets.monitoring.health import health_report
from cryptodrug_assets.monitoring.situation import last_verified, note_verified
from cryptodrug_assets.monitoring.versions import versions_file
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings


def test_the_weekly_run_writes_the_report_and_what_changed_since(tmp_path: Path) -> None:
    settings = Settings()
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with open_instance(settings) as instance:
        job = definitions_on(Platform.of(settings)).resolve_job_def("health")
        for _ in range(2):
            result = job.execute_in_process(
                instance=instance, run_config=quiet, resources={"platform": Platform.of(settings)}, raise_on_error=True
            )
            text = (settings.reports / "health.md").read_text("utf-8")
        assert result.success
    # The windows of the study: 5 of Dream, of which nothing is there.
    assert "| Dream Market | 5 | 0 | 2018-11 | – |" in text
    assert "Neither code nor parsers nor contracts." in text
    path = versions_file(settings.home)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"parser of dream": "0.1"}), "utf-8")
    printed = CliRunner().invoke(app, ["health"])
    assert printed.exit_code == 0, printed.output
    assert "- parser of dream: 0.1 → " in printed.output
    assert "## What is wrong\nNothing." in printed.output
    assert CliRunner().invoke(app, ["health", "--quiet"]).output == ""


def test_a_disk_nearly_full_is_an_exit_code_for_cron(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_instance(Settings()):
        pass
    monkeypatch.setenv("CRYPTODRUG_MIN_FREE_SHARE", "0.9999")
    result = CliRunner().invoke(app, ["health", "--quiet"])
    assert result.exit_code == 1
    assert "the disk of the home is nearly full" in result.output
    listed = CliRunner().invoke(app, ["alerts", "list"])
    assert (listed.exit_code, listed.output.startswith("Disk\n- the disk of the home is nearly full")) == (1, True)
    assert CliRunner().invoke(app, ["alerts", "send"]).output == "told through file\n"
    assert CliRunner().invoke(app, ["alerts", "send"]).output == "nothing new to tell\n"


def test_without_a_home_the_next_step_is_said() -> None:
    result = CliRunner().invoke(app, ["health"])
    assert "run `cryptodrug demo` or `cryptodrug backfill` first" in str(result.exception)


def test_an_archive_counts_from_its_verification_else_from_its_last_page() -> None:
    settings = Settings()
    with journal(settings.archive / "dream" / "2018-11") as opened:
        opened.begin("2018-11-20T0700", "live", synthetic=False)
    written = last_verified(settings)["dream", "2018-11"]
    assert abs((datetime.now(UTC) - written).total_seconds()) < 600
    when = datetime(2030, 1, 2, tzinfo=UTC)
    note_verified(settings.home, [("dream", "2018-11")], when)
    assert last_verified(settings) == {("dream", "2018-11"): when}


def test_files_that_were_imported_beside_the_months_are_no_months() -> None:
    settings = Settings()
    with journal(settings.archive / "dream" / "2018-11") as opened:
        opened.begin("2018-11-20T0700", "live", synthetic=False)
    table = settings.archive / "dream" / "data_sets" / "0.csv"
    table.parent.mkdir(parents=True)
    table.write_bytes(b"x" * 5_000_000)
    now = datetime(2030, 1, 2, tzinfo=UTC)
    situation = Situation(now, {}, [], [], [], {}, {}, 0.5, 0.7, 45, 0.1)
    report = health_report(settings, situation, [], {})
    [line] = [line for line in report.splitlines() if "market-months, " in line]
    months, _, size = line.removeprefix("- ").partition(" market-months, ")
    assert months == "1" and float(size.split()[0]) < 1
