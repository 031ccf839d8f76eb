"""Where messages go: a file of the home always, a mail server and a webhook where the settings name them."""

import json
import smtplib
import ssl
import urllib.request
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.monitoring.conditions import Alert
from cryptodrug_assets.monitoring.messages import Message, message_of, read_told, told_after, told_file, write_told
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.home import append_line, private_folder

_TIMEOUT_S = 30
Channel = Callable[[Message, datetime], None]


def channels_of(settings: Settings) -> dict[str, Channel]:
    """The channels by name; each raises UserError, in one line, when a message did not get through."""
    found: dict[str, Channel] = {"file": lambda message, now: to_file(alerts_file(settings.home), message, now)}
    if settings.alert_smtp:
        found["mail"] = lambda message, now: to_mail(settings, message, now)
    if settings.alert_webhook:
        url = settings.alert_webhook
        found["webhook"] = lambda message, now: to_webhook(url, message, now)
    return found


def deliver(settings: Settings, alerts: Sequence[Alert], now: datetime) -> tuple[list[str], list[str]]:
    """Tell through each channel what it has not told yet: the channels that told something, and what went wrong.

    A channel that fails tells the same at the next attempt and holds no other one back.
    """
    told_by, problems = [], []
    for name, send in channels_of(settings).items():
        path = told_file(settings.home, name)
        try:
            told = read_told(path)
            message = message_of(alerts, told, now, timedelta(days=settings.alert_repeat_days), settings.ui_url)
            if message:
                send(message, now)
                write_told(path, told_after(message, told, now))
                told_by.append(name)
        except UserError as err:
            problems.append(str(err))
    return told_by, problems


def alerts_file(home: Path) -> Path:
    """The file of all messages, one JSON object per line."""
    return home / "monitoring" / "alerts.jsonl"


def to_file(path: Path, message: Message, now: datetime) -> None:
    """Append the message to the file."""
    try:
        private_folder(path.parent)
        append_line(path, {"at": now.isoformat(), **message.as_json()})
    except OSError as err:
        raise UserError(f"cannot write {path}: {err.strerror}; free some space or check its rights") from err


def to_mail(settings: Settings, message: Message, now: datetime) -> None:
    """Send the message as plain text; the server's certificate is checked wherever TLS is used."""
    if not (settings.alert_mail_from and settings.alert_mail_to):
        raise UserError(
            "mail needs a sender and receivers; set CRYPTODRUG_ALERT_MAIL_FROM and CRYPTODRUG_ALERT_MAIL_TO"
        )
    host, port, scheme = _server(str(settings.alert_smtp))
    try:
        mail = EmailMessage()
        mail["From"], mail["To"] = settings.alert_mail_from, settings.alert_mail_to
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = make_msgid(domain=settings.alert_mail_from.rpartition("@")[2] or "localhost")
        mail.set_content(message.text)
        if scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=_TIMEOUT_S, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
        with server:
            if scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.alert_smtp_user:
                if scheme == "smtp":
                    raise UserError(
                        "a password goes over TLS only; write CRYPTODRUG_ALERT_SMTP as smtps:// or smtp+starttls://"
                    )
                server.login(settings.alert_smtp_user, _password(settings.alert_smtp_password_file))
            server.send_message(mail)
    except (OSError, smtplib.SMTPException, ValueError) as err:
        # ValueError: an address or a host that cannot be written into a mail or a name of the network.
        raise UserError(f"mail through {host}:{port} failed: {_said(err)}; try `cryptodrug alerts test`") from err


def to_webhook(url: str, message: Message, now: datetime) -> None:
    """POST the message as JSON. Redirects are refused: what was configured is where it goes."""
    body = json.dumps({"at": now.isoformat(), **message.as_json()}, ensure_ascii=False).encode()
    # A token may stand in the path: only the host is named.
    host = urlsplit(url).netloc.rpartition("@")[2]
    try:
        request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")  # noqa: S310
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=_TIMEOUT_S) as answer:
            answer.read(1024)
    except HTTPError as err:
        raise UserError(f"the webhook at {host} answered {err.code}; check CRYPTODRUG_ALERT_WEBHOOK") from err
    except (URLError, OSError, HTTPException, ValueError) as err:
        raise UserError(
            f"the webhook at {host} cannot be reached: {_said(err)}; check CRYPTODRUG_ALERT_WEBHOOK"
        ) from err


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """None: the redirect is an error."""
        return


def _server(address: str) -> tuple[str, int, str]:
    parts = urlsplit(address)
    ports = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
    try:
        port = parts.port
    except ValueError as err:
        raise _no_server(address) from err
    if parts.scheme not in ports or not parts.hostname or parts.username:
        raise _no_server(address)
    return parts.hostname, port or ports[parts.scheme], parts.scheme


def _no_server(address: str) -> UserError:
    return UserError(
        f"CRYPTODRUG_ALERT_SMTP cannot be {address.rpartition('@')[2]!r}; write it as"
        " smtp+starttls://host:587, smtps://host or"
        " smtp://host, and the user in CRYPTODRUG_ALERT_SMTP_USER"
    )


def _password(path: Path | None) -> str:
    if path is None:
        raise UserError(
            "a mail user needs a password; put it into a file (mode 600) named by CRYPTODRUG_ALERT_SMTP_PASSWORD_FILE"
        )
    try:
        if path.stat().st_mode & 0o077:
            raise UserError(f"the mail password ({path}) can be read by others; run `chmod 600 {path}`")
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as err:
        why = err.strerror if isinstance(err, OSError) else "it is not UTF-8"
        raise UserError(f"the mail password ({path}) cannot be read: {why}") from err


def _said(err: BaseException) -> str:
    """What a server or the system said, in a line."""
    if isinstance(err, smtplib.SMTPResponseException):
        said = err.smtp_error.decode("utf-8", "replace") if isinstance(err.smtp_error, bytes) else err.smtp_error
        return f"{err.smtp_code} {' '.join(said.split())}"
    if isinstance(err, ssl.SSLCertVerificationError):
        why = err.verify_message.rstrip(".")
        return f"its certificate is not trusted, {why} (SSL_CERT_FILE names an authority of your own)"
    reason = getattr(err, "reason", None) or err
    return str(getattr(reason, "strerror", None) or reason)
