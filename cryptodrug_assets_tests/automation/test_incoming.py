"""The sensor on the incoming folder: what it asks for and when, and the runs that it asks for."""

from pathlib import Path

import dagster as dg
import pytest

from cryptodrug_assets.assets.waves import INCOMING_TAG
from cryptodrug_assets.automation.incoming import incoming_waves
from cryptodrug_assets.buyers.incoming import incoming, take_survey
from cryptodrug_assets.buyers.survey.kept_wave import kept_import
from cryptodrug_assets.buyers.synthetic import WAVE, interview_file, interview_links, survey_files
from cryptodrug_assets.definitions import defs
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CRYPTODRUG_ENGINE", "duckdb")
    return Settings()


def lay(home: Settings, kind: str, name: str, data: bytes, wave: str = WAVE) -> None:
    folder = home.home / "incoming" / wave / kind
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def look(instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs)
    result = incoming_waves(context, platform=Platform())
    assert isinstance(result, dg.SensorResult)
    return result


def asked(result: dg.SensorResult) -> list[tuple[str | None, str | None]]:
    return [(request.job_name, request.partition_key) for request in result.run_requests or []]


def run(request: dg.RunRequest, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    assert request.job_name is not None
    return defs.resolve_job_def(request.job_name).execute_in_process(
        instance=instance,
        partition_key=request.partition_key,
        tags=dict(request.tags),
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )


def test_the_sensor_is_off_until_somebody_starts_it() -> None:
    assert incoming_waves.default_status == dg.DefaultSensorStatus.STOPPED
    assert "incoming_waves" in {sensor.name for sensor in defs.get_repository_def().sensor_defs}


def test_files_are_asked_for_once_they_rest_and_once(home: Settings) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        empty = look(instance, None)
        assert asked(empty) == [] and "nothing lies in incoming" in str(empty.skip_reason)
        lay(home, "survey", "survey.lsa", b"half of")
        lay(home, "survey", ".hidden", b"x")
        lay(home, "survey", "other.lsa", b"x", wave="2031")
        first = look(instance, empty.cursor)
        assert asked(first) == [] and "came or changed" in str(first.skip_reason)
        assert "incoming/2031 is of no declared wave" in str(first.skip_reason)
        lay(home, "survey", "survey.lsa", b"half of a file")
        second = look(instance, first.cursor)
        assert asked(second) == []
        third = look(instance, second.cursor)
        assert asked(third) == [("survey", WAVE)]
        (request,) = third.run_requests or []
        found = incoming(home.home, WAVE, "survey")
        assert found is not None and request.tags[INCOMING_TAG] == found.digest and found.digest in str(request.run_key)
        assert [path.name for path in found.paths] == ["survey.lsa"]
        fourth = look(instance, third.cursor)
        assert asked(fourth) == [] and "was asked for" in str(fourth.skip_reason)
        # Another file, and the interviews beside: both are asked for once they rest.
        lay(home, "survey", "more.csv", b"y")
        lay(home, "interviews", "SYNTHETIC.qdpx", interview_file().data)
        fifth = look(instance, fourth.cursor)
        assert asked(fifth) == []
        assert asked(look(instance, fifth.cursor)) == [("survey", WAVE), ("interviews", WAVE)]


def test_the_runs_import_or_fail_in_one_line(home: Settings) -> None:
    """Interviews come in with their list; a torn survey archive is refused, and nothing of it is kept."""
    lay(home, "interviews", "SYNTHETIC.qdpx", interview_file().data)
    lay(home, "interviews", "who.csv", interview_links().data)
    lay(home, "survey", "survey.lsa", survey_files()[0].data[:5000])
    with open_instance(home) as instance:
        result = look(instance, look(instance, None).cursor)
        torn, coded = result.run_requests or []
        failed = run(torn, instance)
        assert not failed.success
        (said,) = [event.step_failure_data.error for event in failed.all_events if event.is_step_failure]
        assert "survey.lsa is a torn archive" in str(said) and "export it again" in str(said)
        assert not (home.home / "surveys").exists() and not (home.tables / "raw").exists()
        assert run(coded, instance).success
        links = TableStore(home.tables).read("parsed", "interview_links", partition={"wave": WAVE})
        assert links["respondent"].n_unique() == 10
        # A second run with the same files changes nothing; files that came since are not those it was asked for.
        lay(home, "interviews", "more.qdpx", b"x")
        assert not run(coded, instance).success


def test_a_survey_is_taken_whole_and_never_replaced(home: Settings) -> None:
    (file,) = survey_files()
    lay(home, "survey", file.name, file.data)
    found = incoming(home.home, WAVE, "survey")
    assert found is not None
    with pytest.raises(UserError, match="are not those that the run was asked for"):
        take_survey(home.home, WAVE, "0" * 64)
    assert kept_import(home.home, WAVE) is None
    take_survey(home.home, WAVE, found.digest)
    held = kept_import(home.home, WAVE)
    assert held is not None and [kept.data for kept in held.files] == [file.data]
    take_survey(home.home, WAVE, found.digest)
    (home.home / "incoming" / WAVE / "survey" / file.name).unlink()
    for other in survey_files("qualtrics_qsf"):
        lay(home, "survey", other.name, other.data)
    another = incoming(home.home, WAVE, "survey")
    assert another is not None
    with pytest.raises(UserError, match="two exports of one wave are not put together") as caught:
        take_survey(home.home, WAVE, another.digest)
    assert "\n" not in str(caught.value) and "--replace" in str(caught.value)
    assert kept_import(home.home, WAVE) == held
