"""The synthetic wave through real Dagster runs: rendered files, importers, all layers, what is public, what leaks."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from cryptodrug_assets.buyers.interviews import tables as interviews
from cryptodrug_assets.buyers.interviews.links import read_links
from cryptodrug_assets.buyers.synthetic import WAVE, bring_in, interview_file, interview_links
from cryptodrug_assets.commands.platform import compare_buyers
from cryptodrug_assets.definitions import defs
from cryptodrug_assets.publishing.releases import table_contents, unreadable
from cryptodrug_assets.runs.backfill import planned
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.buyers.wave_runs import JOBS, run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with the synthetic wave in all tables."""
    settings = Settings(home=tmp_path_factory.mktemp("buyers"), engine="duckdb")
    bring_in(settings.home, settings.archive)
    with open_instance(settings) as instance:
        for job in JOBS:
            result = run(settings, instance, job)
            assert result.success, [event.message for event in result.all_events if event.is_failure]
    return settings


def table(settings: Settings, name: str) -> pl.DataFrame:
    layer, short = name.split(".")
    return TableStore(settings.tables).read(layer, short, partition={"wave": WAVE})


def test_every_table_of_the_wave_is_made_with_its_checks(home: Settings) -> None:
    graph = defs.resolve_asset_graph()
    keys = [key for key in graph.materializable_asset_keys if graph.get(key).group_name in JOBS]
    assert len(keys) == 22
    with open_instance(home) as instance:
        for key in keys:
            assert instance.get_materialized_partitions(key) == {WAVE}, key
            event = instance.get_latest_materialization_event(key)
            assert event is not None and event.asset_materialization is not None
            shown = event.asset_materialization.metadata
            assert shown["dagster/row_count"].value == table(home, ".".join(key.path)).height


def test_the_scorecard_on_buyers(home: Settings) -> None:
    card = table(home, "indicators.study_scorecard_buyers")
    verdicts = {(row["statement"], row["strand"]): row["verdict"] for row in card.iter_rows(named=True)}
    assert verdicts["47", "survey"] == "contradictory_in_source"
    assert verdicts["53", "survey"] == "conditional"
    computed = card.filter(pl.col("strand").is_in(["survey", "interviews"]))
    others = computed.filter(~pl.col("verdict").is_in(["contradictory_in_source", "conditional"]))
    assert set(others["verdict"]) == {"reproduced"}, others.filter(pl.col("verdict") != "reproduced")


def test_every_statement_has_a_row(home: Settings) -> None:
    from cryptodrug_assets.study.statements import CHECKS

    told = {check.statement for check in CHECKS} | set(table(home, "indicators.study_scorecard_buyers")["statement"])
    assert {str(number) for number in range(1, 79)} <= told


def test_the_joint_display_without_markets(home: Settings) -> None:
    joint = table(home, "indicators.joint_display")
    verdicts = dict(joint.select("proposition", "verdict").iter_rows())
    assert verdicts["ecstasy_is_the_main_drug"] == "contradicts"
    assert verdicts["range_draws_buyers"] == "partial"
    assert set(joint["market_verdict"]) == {"silent"}
    assert joint["synthetic"].all()


def test_a_wave_that_nobody_imported_says_what_to_do(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, engine="duckdb")
    with open_instance(settings) as instance:
        for job in JOBS:
            result = run(settings, instance, job)
            assert result.success
            assert not [event for event in result.all_events if event.is_step_materialization]
            said = [entry.user_message for entry in instance.all_logs(result.run_id)]
            assert any("import FILE --wave" in message for message in said), job


def test_kept_bytes_that_were_changed_are_not_read(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, engine="duckdb")
    bring_in(settings.home, settings.archive)
    (kept,) = (tmp_path / "surveys" / WAVE).glob("*.lsa")
    kept.write_bytes(kept.read_bytes()[:-1])
    with open_instance(settings) as instance:
        result = run(settings, instance, "survey")
    assert not result.success
    assert any("import them again" in str(event) for event in result.all_events if event.is_step_failure)


def test_an_interviewee_who_did_not_answer_the_survey_stops_the_run(home: Settings, tmp_path: Path) -> None:
    """Planted: one of ten interviews of somebody the survey does not know. Nothing is published, nobody is named."""
    shutil.copytree(home.home, tmp_path / "home")
    settings = Settings(home=tmp_path / "home", engine="duckdb")
    pairs = [(interview, "R500" if not at else who) for at, (interview, who) in enumerate(interview_links().pairs)]
    text = "\n".join(["interview,respondent", *(",".join(pair) for pair in pairs)])
    links = read_links(text.encode(), "who.csv")
    when = datetime(2019, 12, 2, tzinfo=UTC)
    interviews.keep_files(settings.archive, WAVE, [interview_file()], now=when, links=links)
    before = TableStore(settings.tables).versions()
    with open_instance(settings) as instance:
        result = run(settings, instance, "interviews")
        assert not result.success
        checks = {(one.asset_key.path[-1], one.check_name): one for one in result.get_asset_check_evaluations()}
        said = str([entry.user_message for entry in instance.all_logs(result.run_id)])
    failed = checks["interview_links", "interviewees"]
    assert not failed.passed and failed.severity == dg.AssetCheckSeverity.ERROR
    assert "respondents_in_survey" in str(failed.description) and "--link LIST" in str(failed.description)
    assert "R500" not in str(checks) + said and "R500" in text
    # What is judged and published before it is there; the links and all that comes later are as they were.
    after = TableStore(settings.tables).versions()
    assert {name for name in after if after[name] != before[name]} <= {"raw.interview_files"}


def test_the_command_and_the_assets_make_the_same_tables(home: Settings, tmp_path: Path) -> None:
    (kept,) = (home.home / "surveys" / WAVE).glob("*.lsa")
    other = Settings(home=tmp_path / "home", engine="duckdb")
    other.home.mkdir(mode=0o700)
    other.keys.mkdir(mode=0o700)
    for key in home.keys.iterdir():
        (other.keys / key.name).write_bytes(key.read_bytes())
        (other.keys / key.name).chmod(0o600)
    command = [str(Path(sys.executable).with_name("cryptodrug")), "survey", "import", str(kept), "--wave", WAVE]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, env={"CRYPTODRUG_HOME": str(other.home)}
    )
    assert done.returncode == 0, done.stderr
    for name in ("raw.survey_files", "parsed.survey_answers", "clean.answers", "indicators.survey_estimates"):
        assert table(other, name).equals(table(home, name)), name


def test_the_demo_compares_the_wave_with_another_platform(
    home: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compare_buyers(home)
    assert "beside qualtrics: 99 respondents in both" in capsys.readouterr().out
    # Of a wave that somebody else imported, nothing is said.
    compare_buyers(Settings(home=tmp_path, engine="duckdb"))
    assert capsys.readouterr().out == ""


def test_a_release_names_the_waves_and_reads_them_again(home: Settings) -> None:
    store = TableStore(home.tables)
    contents = table_contents(store)
    assert set(contents["clean.answers"]["partitions"]) == {WAVE}
    assert unreadable({"tables": contents}, store) == []
    contents["clean.answers"]["partitions"][WAVE]["content_hash"] = "0" * 32
    (found,) = unreadable({"tables": contents}, store)
    assert "clean.answers" in str(found) and WAVE in str(found)


def test_the_restricted_zone_is_its_owners_alone(home: Settings) -> None:
    for folder in (home.home / "surveys" / WAVE, home.archive / "interviews" / WAVE):
        assert folder.stat().st_mode & 0o077 == 0
        for path in folder.iterdir():
            assert path.stat().st_mode & 0o077 == 0, path


def test_the_backfill_makes_waves_before_what_tells_of_them() -> None:
    steps = planned([("dream", "2018-11")], waves=[WAVE])
    assert [(step.job, step.cell, step.wave) for step in steps] == [
        ("capture", ("dream", "2018-11"), None),
        ("indicators", ("dream", "2018-11"), None),
        ("survey", None, WAVE),
        ("interviews", None, WAVE),
        ("publish", None, None),
        ("triangulation", None, WAVE),
        ("publish", None, None),
    ]
    assert {key.path[0] for key in steps[-1].keys} == {"publication"}
    # Without a wave nothing changes.
    assert [step.job for step in planned([("dream", "2018-11")])] == ["capture", "indicators", "publish"]
    assert [step.job for step in planned([], "survey", waves=[WAVE])] == ["survey"]
