"""Mail over TLS to a server with a certificate of its own, and channels that are set half or wrong."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cryptodrug_assets.monitoring.channels import deliver
from cryptodrug_assets.monitoring.conditions import Alert
from cryptodrug_assets.settings import Settings
from cryptodrug_assets_tests.monitoring.receivers import Certificate, certificate_for, http_receiver, mail_server

NOW = datetime(2030, 3, 25, 12, tzinfo=UTC)
ALERTS = [Alert("disk_full", "home", "the disk is nearly full", "free some space")]
FULL = {"alert_mail_from": "monitor@institute.example", "alert_mail_to": "a@institute.example"}
BOTH = pytest.mark.parametrize(("scheme", "at_once"), [("smtp+starttls", False), ("smtps", True)])


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return certificate_for("localhost", tmp_path)


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.touch(0o600)
    path.write_text("pässword\n", "utf-8")
    return path


@BOTH
def test_a_mail_and_its_login_go_encrypted(
    scheme: str,
    at_once: bool,
    certificate: Certificate,
    password: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    password.write_text("secret\n", "utf-8")
    with mail_server(certificate, at_once=at_once) as mail:
        settings = Settings(
            home=tmp_path / "home", alert_smtp=f"{scheme}://localhost:{mail.port}", alert_smtp_user="monitor",
            alert_smtp_password_file=password, **FULL,
        )  # fmt: skip
        assert deliver(settings, ALERTS, NOW) == (["file", "mail"], [])
    assert (mail.encrypted, mail.logins, len(mail.messages)) == (1, [b"\0monitor\0secret"], 1)
    assert b"the disk is nearly full" in mail.messages[0]


@BOTH
@pytest.mark.parametrize(
    ("host", "trusted", "said"),
    [("localhost", False, "self-signed certificate"), ("127.0.0.1", True, "IP address mismatch")],
)
def test_to_a_server_whose_certificate_is_not_trusted_nothing_is_told(
    *, scheme: str, at_once: bool, host: str, trusted: bool, said: str,
    certificate: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with mail_server(certificate, at_once=at_once) as mail:
        settings = Settings(home=tmp_path / "home", alert_smtp=f"{scheme}://{host}:{mail.port}", **FULL)
        told_by, [problem] = deliver(settings, ALERTS, NOW)
    assert (told_by, mail.messages) == (["file"], [])
    assert problem.startswith(f"mail through {host}:{mail.port} failed: its certificate is not trusted, ")
    assert said in problem and "\n" not in problem


def test_a_server_that_offers_no_encryption_gets_nothing(tmp_path: Path) -> None:
    with mail_server() as mail:
        settings = Settings(home=tmp_path, alert_smtp=f"smtp+starttls://127.0.0.1:{mail.port}", **FULL)
        told_by, [problem] = deliver(settings, ALERTS, NOW)
    assert (told_by, mail.messages) == (["file"], [])
    assert "STARTTLS extension not supported" in problem


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"alert_mail_to": ""}, "CRYPTODRUG_ALERT_MAIL_TO"),
        ({"alert_mail_from": ""}, "CRYPTODRUG_ALERT_MAIL_FROM"),
        ({"alert_mail_from": "a@b.example\nBcc: c@d.example"}, "mail through localhost:"),
        ({"alert_smtp": "localhost"}, "CRYPTODRUG_ALERT_SMTP cannot be"),
        ({"alert_smtp": f"smtps://{'x' * 64}.example"}, "failed: "),
        ({"alert_smtp_user": "u"}, "CRYPTODRUG_ALERT_SMTP_PASSWORD_FILE"),
        ({"alert_smtp_user": "u", "alert_smtp_password_file": Path("/nowhere/password")}, "cannot be read"),
        ({"alert_smtp_user": "u", "alert_smtp_password_file": "password"}, "mail through localhost:"),
    ],
)
def test_a_mail_that_is_set_half_holds_no_other_channel_back(
    given: dict[str, object], said: str,
    certificate: Certificate, password: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    if given.get("alert_smtp_password_file") == "password":
        given = given | {"alert_smtp_password_file": password}
    with mail_server(certificate, at_once=True) as mail, http_receiver() as hook:
        values = {"alert_smtp": f"smtps://localhost:{mail.port}", **FULL, **given}
        settings = Settings(home=tmp_path / "home", alert_webhook=f"http://127.0.0.1:{hook.port}/hook", **values)
        told_by, [problem] = deliver(settings, ALERTS, NOW)
    assert (told_by, len(hook.messages), mail.messages) == (["file", "webhook"], 1, [])
    assert said in problem and "\n" not in problem and "pässword" not in problem
