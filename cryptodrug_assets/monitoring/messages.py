"""From alerts to one message: what is new, what stands for long, what is over; grouped by kind.

A thing that stays wrong is told once, and again after `repeat` days; that it is over is told, too. What was told is
kept in a file of the home.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.monitoring.conditions import Alert
from cryptodrug_assets.storage.home import private_folder, write_atomically

HEADINGS = {
    "capture_paused": "Captures that paused",
    "capture_failed": "Captures that failed",
    "month_late": "Months that are late",
    "month_lost": "Months that were lost",
    "check_failed": "Blocking checks that failed",
    "parser_drift": "Pages that are read less fully",
    "run_failed": "Runs that failed",
    "low_coverage": "Low coverage",
    "table_damaged": "Damaged tables",
    "not_verified": "Archives not verified for long",
    "disk_full": "Disk",
}
# Beyond this the rest is counted: a broken layout fails a check in every table of every month.
_LISTED = 10


@dataclass(frozen=True)
class Told:
    """What was told so far: by identity, when it was told first and last (UTC)."""

    first: Mapping[str, datetime]
    last: Mapping[str, datetime]


@dataclass(frozen=True)
class Message:
    """What is to be told now; empty when there is nothing to tell."""

    new: Sequence[Alert]
    standing: Sequence[Alert]
    over: Sequence[str]
    base_url: str = ""

    def __bool__(self) -> bool:
        return bool(self.new or self.standing or self.over)

    @property
    def subject(self) -> str:
        """One line."""
        parts = [(len(self.new), "new"), (len(self.standing), "standing"), (len(self.over), "over")]
        return "CRYPTODRUG: " + ", ".join(f"{count} {word}" for count, word in parts if count)

    @property
    def text(self) -> str:
        """The message as people read it: kinds, what is wrong, next step, link."""
        lines: list[str] = []
        for title, alerts in (("", self.new), ("Still wrong:", self.standing)):
            lines += [title, ""] if alerts and title else []
            for kind in dict.fromkeys(alert.kind for alert in alerts):
                of_kind = [alert for alert in alerts if alert.kind == kind]
                lines.append(HEADINGS[kind])
                for alert in of_kind[:_LISTED]:
                    lines += [f"- {alert.text}", f"  next: {alert.next_step}", f"  {self.base_url}{alert.path}"]
                if len(of_kind) > _LISTED:
                    lines.append(f"- and {len(of_kind) - _LISTED} more; `cryptodrug health` lists all")
                lines.append("")
        if self.over:
            lines += ["Over:", *(f"- {identity.replace('_', ' ', 1)}" for identity in self.over[:_LISTED])]
            lines += [f"- and {len(self.over) - _LISTED} more"] if len(self.over) > _LISTED else []
        return "\n".join(lines).strip() + "\n"

    def as_json(self) -> dict[str, Any]:
        """The message for other programs."""

        def entry(alert: Alert, state: str) -> dict[str, str]:
            return {
                "state": state, "kind": alert.kind, "subject": alert.subject, "text": alert.text,
                "next_step": alert.next_step, "link": f"{self.base_url}{alert.path}",
            }  # fmt: skip

        alerts = [entry(alert, "new") for alert in self.new] + [entry(alert, "standing") for alert in self.standing]
        return {"subject": self.subject, "text": self.text, "alerts": alerts, "over": list(self.over)}


def message_of(alerts: Sequence[Alert], told: Told, now: datetime, repeat: timedelta, base_url: str) -> Message:
    """What of the alerts is to be told at this moment."""
    standing = {alert.identity for alert in alerts}
    new = [alert for alert in alerts if alert.identity not in told.last]
    again = [alert for alert in alerts if alert.identity in told.last and now - told.last[alert.identity] >= repeat]
    return Message(new, again, sorted(set(told.last) - standing), base_url)


def told_after(message: Message, told: Told, now: datetime) -> Told:
    """What was told once the message has gone out."""
    sent = [alert.identity for alert in (*message.new, *message.standing)]
    first = {name: at for name, at in told.first.items() if name not in message.over}
    last = {name: at for name, at in told.last.items() if name not in message.over}
    return Told({**dict.fromkeys(sent, now), **first}, {**last, **dict.fromkeys(sent, now)})


def told_file(home: Path, channel: str) -> Path:
    """Where a home keeps what was told through a channel."""
    return home / "monitoring" / f"told-{channel}.json"


def read_told(path: Path) -> Told:
    """What was told; nothing where there is no file. UserError for a damaged one."""
    if not path.exists():
        return Told({}, {})
    try:
        found = json.loads(path.read_text("utf-8"))
        return Told(
            *({name: datetime.fromisoformat(at) for name, at in found[part].items()} for part in ("first", "last"))
        )
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        raise UserError(f"{path} cannot be read; remove it, and what is wrong is told once more") from err


def write_told(path: Path, told: Told) -> None:
    """Keep what was told."""
    private_folder(path.parent)
    parts = {"first": told.first, "last": told.last}
    text = {part: {name: at.isoformat() for name, at in sorted(of_part.items())} for part, of_part in parts.items()}
    write_atomically(path, json.dumps(text, indent=1) + "\n")
