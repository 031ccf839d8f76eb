"""What tells of releases: calendar (iCalendar, JSON), feed (Atom) and list, in the public folder.

Planned releases are in a file of the home; those with early access name its function and its hours, as the Code of
Practice for statistics wants: equal access, and exceptions that are public.
"""

import json
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.dissemination import states
from cryptodrug_assets.publishing.dissemination.states import Folders, Release
from cryptodrug_assets.publishing.package.facts import Publisher, json_bytes
from cryptodrug_assets.storage.home import private_folder, write_atomically

#: The time zone that people read the calendar in.
ZONE = ZoneInfo("Europe/Brussels")
_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Planned:
    """A release to come: what of which months, when (UTC), and who gets it how many hours before."""

    id: str
    product: str
    period: str
    at: str
    early_access: dict[str, int] = field(default_factory=dict)


def planned(folders: Folders) -> list[Planned]:
    """The planned releases by their moment; UserError when the file is damaged."""
    path = _file(folders)
    if not path.exists():
        return []
    try:
        found = [Planned(**entry) for entry in json.loads(path.read_text("utf-8"))]
    except (ValueError, TypeError) as err:
        raise UserError(f"{path.name} is damaged ({err}); restore it from a backup") from err
    return sorted(found, key=lambda one: (one.at, one.id))


def plan(folders: Folders, entry: Planned) -> None:
    """Add a planned release; one with the same id is replaced, for dates move."""
    states.check_name(entry.id)
    states.moment(entry.at)
    entries = {one.id: one for one in planned(folders)} | {entry.id: entry}
    private_folder(folders.root)
    content = [asdict(one) for one in sorted(entries.values(), key=lambda one: (one.at, one.id))]
    write_atomically(_file(folders), json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _file(folders: Folders) -> Path:
    return folders.root / "calendar.json"


def write_announcements(folders: Folders, who: Publisher) -> list[Path]:
    """calendar.ics, calendar.json, feed.atom and releases.json in the public folder; their paths."""
    states.open_public(folders)
    known = [release for release in states.releases(folders) if release.state in states.EVER_PUBLIC]
    entries = planned(folders)
    files = {
        "calendar.ics": calendar_ics(entries, who),
        "calendar.json": json_bytes([asdict(one) for one in entries]),
        "feed.atom": feed_atom(known, who),
        "releases.json": json_bytes([_listed(release) for release in known]),
    }
    for name, text in files.items():
        write_atomically(folders.public / name, text, 0o644)
    return [folders.public / name for name in files]


def _listed(release: Release) -> dict[str, str | None]:
    return {
        "name": release.name, "state": release.state, "published_at": release.when(states.PUBLISHED),
        "changed_at": release.steps[-1].at, "supersedes": release.supersedes,
        "reason": release.steps[-1].reason or release.reason, "sha256sums_sha256": release.seal,
    }  # fmt: skip


def calendar_ics(entries: list[Planned], who: Publisher) -> bytes:
    """The calendar as iCalendar (RFC 5545), the same bytes for the same entries."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", f"-//{who.name['en']}//release calendar//EN")
    calendar.add("version", "2.0")
    for one in entries:
        at = states.moment(one.at)
        event = Event()
        event.add("uid", f"{one.id}@{who.contact.email.rpartition('@')[2]}")
        event.add("dtstamp", at)
        event.add("dtstart", at)
        event.add("dtend", at + timedelta(minutes=30))
        event.add("summary", f"{who.title['en']}: {one.product}, {one.period}")
        if one.early_access:
            early = ", ".join(f"{role} {hours} h" for role, hours in sorted(one.early_access.items()))
            event.add("description", f"Early access: {early}")
        calendar.add_component(event)
    out: bytes = calendar.to_ical()
    return out


def feed_atom(known: list[Release], who: Publisher) -> bytes:
    """The releases as an Atom feed, the latest first."""
    from lxml import etree

    def add(parent: "etree._Element", name: str, text: str = "", **attributes: str) -> "etree._Element":
        element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
        element.text = text or None
        return element

    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    add(feed, "id", f"{who.base}/feed")
    add(feed, "title", who.title["en"])
    add(feed, "updated", max((release.steps[-1].at for release in known), default="1970-01-01T00:00:00Z"))
    add(add(feed, "author"), "name", who.name["en"])
    for release in sorted(known, key=lambda one: (one.steps[-1].at, one.name), reverse=True):
        entry = add(feed, "entry")
        add(entry, "id", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{who.base}/{release.name}')}")
        add(entry, "title", f"{release.name}: {release.state}")
        add(entry, "updated", release.steps[-1].at)
        add(entry, "link", href=f"{who.base}/{release.name}/")
        add(entry, "summary", release.steps[-1].reason or f"{who.title['en']}, {release.state}")
    out: bytes = etree.tostring(feed, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return out


def in_brussels(text: str) -> datetime:
    """A moment of the calendar as people write it, in UTC: without a zone it is meant in Brussels.

    >>> in_brussels("2019-12-02T09:00").isoformat()
    '2019-12-02T08:00:00+00:00'
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError as err:
        raise UserError(f"'{text}' is no moment; write it like 2019-12-02T09:00") from err
    return (given if given.tzinfo else given.replace(tzinfo=ZONE)).astimezone(UTC)
