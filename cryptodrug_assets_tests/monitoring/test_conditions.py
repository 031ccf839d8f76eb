"""What is wrong, worked out by hand from a situation; what is told of it, when, and to whom."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cryptodrug_assets.commands.app import app
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.monitoring.channels import alerts_file, channels_of, deliver
from cryptodrug_assets.monitoring.conditions import (
    Alert,
    FailedCheck,
    Failure,
    LiveMarket,
    Situation,
    alerts_of,
)
from cryptodrug_assets.monitoring.messages import Message, Told, message_of, told_after
from cryptodrug_assets.settings import Settings
from cryptodrug_assets_tests.monitoring.receivers import http_receiver, mail_server

NOW = datetime(2030, 3, 25, 12, tzinfo=UTC)
WELL = Situation(
    now=NOW, live={"one": LiveMarket(25, sweep_begun=True, sweep_ended=True)}, lost=(), failures=(), checks=(),
    coverage={("one", "2030-02"): 0.9, ("one", "2030-01"): None},
    verified={("one", "2030-02"): NOW - timedelta(days=45)},
    free_share=0.1, min_coverage=0.7, verify_days=45, min_free_share=0.1,
)  # fmt: skip
PAUSED = Failure("one", "2030-03", "raw", "run-1", "login", resumes=True)
BLOCKED = FailedCheck("one", "2030-02", "clean", "vendors", "values", blocking=True, drift=False)
DRIFT = FailedCheck("one", "2030-02", "parsed", "pages", "drift", blocking=False, drift=True)


def identities(situation: Situation) -> list[str]:
    return [alert.identity for alert in alerts_of(situation)]


def test_a_home_that_is_well_tells_nothing() -> None:
    assert alerts_of(WELL) == []


@pytest.mark.parametrize(
    ("wrong", "identity", "step"),
    [
        ({"failures": [PAUSED]}, "capture_paused one 2030-03", "cryptodrug login --market one"),
        ({"failures": [replace(PAUSED, wall=None)]}, "capture_paused one 2030-03", "each hour"),
        ({"failures": [replace(PAUSED, wall=None, resumes=False)]}, "capture_failed one 2030-03", "cryptodrug status"),
        ({"failures": [replace(PAUSED, layer="clean")]}, "run_failed one 2030-03 clean", "cryptodrug status"),
        ({"live": {"one": LiveMarket(25, False, False)}}, "month_late one 2030-03", "cryptodrug backfill --market one"),
        ({"lost": [("one", "2030-02")]}, "month_lost one 2030-02", "cryptodrug import-archive --market one"),
        ({"checks": [BLOCKED]}, "check_failed one 2030-02 clean.vendors values", "what to do"),
        ({"checks": [DRIFT]}, "parser_drift one 2030-02 parsed.pages drift", "parser_version"),
        ({"coverage": {("one", "2030-02"): 0.69}}, "low_coverage one 2030-02", "another sweep"),
        ({"damaged": ["indicators.coverage"]}, "table_damaged indicators.coverage", "cryptodrug repair"),
        ({"verify_days": 44}, "not_verified one 2030-02", "cryptodrug verify --market one --month 2030-02"),
        ({"free_share": 0.099}, "disk_full home", "docs/operate.md"),
    ],
)
def test_each_condition_names_what_is_wrong_and_a_next_step(wrong: dict[str, object], identity: str, step: str) -> None:
    [alert] = alerts_of(replace(WELL, **wrong))  # type: ignore[arg-type]
    assert alert.identity == identity
    assert step in alert.next_step
    assert alert.path.startswith("/")


def test_a_month_is_late_from_its_day_on() -> None:
    late = replace(WELL, live={"one": LiveMarket(25, sweep_begun=True, sweep_ended=False)})
    assert identities(late) == ["month_late one 2030-03"]
    assert identities(replace(late, now=NOW - timedelta(days=1))) == []


def test_a_run_that_a_check_stopped_is_told_by_the_check() -> None:
    stopped = replace(PAUSED, month="2030-02", layer="clean")
    assert identities(replace(WELL, failures=[stopped], checks=[BLOCKED])) == [
        "check_failed one 2030-02 clean.vendors values"
    ]


def test_a_thing_is_told_once_then_weekly_then_as_over() -> None:
    alerts = alerts_of(replace(WELL, failures=[PAUSED]))
    told, week = Told({}, {}), timedelta(days=7)
    first = message_of(alerts, told, NOW, week, "http://ui")
    assert first.subject == "CRYPTODRUG: 1 new"
    told = told_after(first, told, NOW)
    assert not message_of(alerts, told, NOW + week - timedelta(seconds=1), week, "")
    again = message_of(alerts, told, NOW + week, week, "")
    assert again.subject == "CRYPTODRUG: 1 standing"
    told = told_after(again, told, NOW + week)
    assert told.first["capture_paused one 2030-03"] == NOW
    over = message_of([], told, NOW + week, week, "")
    assert over.subject == "CRYPTODRUG: 1 over"
    assert told_after(over, told, NOW + week) == Told({}, {})


def test_many_alerts_are_grouped_and_the_rest_is_counted() -> None:
    checks = [replace(BLOCKED, month=f"20{year}-01") for year in range(10, 22)]
    message = message_of(
        alerts_of(replace(WELL, checks=checks, failures=[PAUSED])), Told({}, {}), NOW, timedelta(7), ""
    )
    assert message.text.count("Blocking checks that failed") == 1
    assert message.text.count("next:") == 11
    assert "- and 2 more; `cryptodrug health` lists all" in message.text
    assert len(message.as_json()["alerts"]) == 13


def test_a_mail_server_and_a_webhook_get_what_is_wrong(tmp_path: Path) -> None:
    alerts = alerts_of(replace(WELL, failures=[PAUSED]))
    with mail_server() as mail, http_receiver() as hook:
        settings = Settings(
            home=tmp_path, ui_url="https://monitor.example", alert_smtp=f"smtp://127.0.0.1:{mail.port}",
            alert_mail_from="monitor@institute.example", alert_mail_to="a@institute.example, b@institute.example",
            alert_webhook=f"http://127.0.0.1:{hook.port}/hook",
        )  # fmt: skip
        assert deliver(settings, alerts, NOW) == (["file", "mail", "webhook"], [])
        assert deliver(settings, alerts, NOW) == ([], [])
    letter = message_from_bytes(mail.messages[0], policy=default)
    assert len(mail.messages) == 1
    assert [line.partition(":")[2] for line in mail.envelopes[0]][1:] == [
        "<a@institute.example>",
        "<b@institute.example>",
    ]
    assert letter["Subject"] == "CRYPTODRUG: 1 new"
    text = letter.get_content()
    assert "one 2030-03: the capture paused, its login was lost" in text
    assert "next: cryptodrug login --market one" in text
    assert "https://monitor.example/runs/run-1" in text
    [posted] = [json.loads(body) for body in hook.messages]
    assert hook.envelopes == [["/hook", "application/json"]]
    assert posted["alerts"][0]["link"] == "https://monitor.example/runs/run-1"
    [line] = alerts_file(tmp_path).read_text("utf-8").splitlines()
    assert json.loads(line) == posted
    assert alerts_file(tmp_path).stat().st_mode & 0o077 == 0


def test_a_channel_that_fails_says_why_tells_later_and_holds_no_other_back(tmp_path: Path) -> None:
    alerts = alerts_of(replace(WELL, failures=[PAUSED]))
    with mail_server() as mail, http_receiver() as hook:
        mail.refuses, hook.status = True, 302
        settings = Settings(
            home=tmp_path, alert_smtp=f"smtp://127.0.0.1:{mail.port}", alert_mail_from="m@a.example",
            alert_mail_to="nobody@a.example", alert_webhook=f"http://127.0.0.1:{hook.port}/secret-token",
        )  # fmt: skip
        told_by, problems = deliver(settings, alerts, NOW)
        assert told_by == ["file"]
        assert [problem for problem in problems if "secret-token" in problem] == []
        assert "answered 302" in problems[1] and f"127.0.0.1:{mail.port}" in problems[0]
        assert len(hook.envelopes) == 1  # the redirect was not followed
        mail.refuses, hook.status = False, 200
        assert deliver(settings, alerts, NOW) == (["mail", "webhook"], [])
    [silent] = deliver(Settings(home=tmp_path, alert_webhook=settings.alert_webhook), [], NOW)[1]
    assert "cannot be reached" in silent


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"alert_smtp": "mail.example"}, "write it as smtp+starttls://host:587"),
        ({"alert_smtp": "smtp://u:secret@mail.example"}, "CRYPTODRUG_ALERT_SMTP_USER"),
        ({"alert_smtp": "smtp://127.0.0.1:1"}, "mail through 127.0.0.1:1 failed: Connection refused"),
        ({"alert_smtp": "smtp://x", "alert_mail_to": ""}, "mail needs a sender and receivers"),
    ],
)
def test_settings_that_cannot_be_say_what_to_write(tmp_path: Path, given: dict[str, str], said: str) -> None:
    values = {"alert_mail_from": "m@a.example", "alert_mail_to": "b@a.example"} | given
    message = Message([Alert("disk_full", "x", "x", "x")], [], [])
    with pytest.raises(UserError) as caught:
        channels_of(Settings(home=tmp_path, **values))["mail"](message, NOW)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_password_goes_over_tls_alone_and_its_file_is_private(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("x")
    secret.chmod(0o600)
    message = Message([Alert("disk_full", "x", "x", "x")], [], [])
    with mail_server() as mail:
        settings = Settings(
            home=tmp_path, alert_smtp=f"smtp://127.0.0.1:{mail.port}", alert_smtp_user="u",
            alert_smtp_password_file=secret, alert_mail_from="m@a.example", alert_mail_to="b@a.example",
        )  # fmt: skip
        with pytest.raises(UserError, match="over TLS only"):
            channels_of(settings)["mail"](message, NOW)
        assert mail.messages == []


def test_alerts_test_tries_every_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_receiver() as hook:
        monkeypatch.setenv("CRYPTODRUG_ALERT_WEBHOOK", f"http://127.0.0.1:{hook.port}/hook")
        result = CliRunner().invoke(app, ["alerts", "test"])
        assert (result.exit_code, result.output) == (0, "file: sent\nwebhook: sent\n")
        assert "a message of trial: nothing is wrong" in hook.messages[0].decode()
