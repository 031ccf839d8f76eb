"""Calendar and feed: in the time of Brussels, the same bytes each time, read back by their libraries."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.dissemination.announcements import (
    Planned,
    calendar_ics,
    feed_atom,
    in_brussels,
    plan,
    planned,
)
from cryptodrug_assets.publishing.dissemination.states import Folders, Release, Step
from cryptodrug_assets.publishing.package.facts import publisher


def test_summer_and_winter_of_brussels() -> None:
    assert in_brussels("2020-01-06T09:00") == datetime(2020, 1, 6, 8, tzinfo=UTC)
    assert in_brussels("2020-07-06T09:00") == datetime(2020, 7, 6, 7, tzinfo=UTC)
    assert in_brussels("2020-07-06T09:00Z") == datetime(2020, 7, 6, 9, tzinfo=UTC)
    with pytest.raises(UserError, match="'soon' is no moment"):
        in_brussels("soon")


def test_a_planned_release_can_move(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    plan(folders, Planned("2019-12.1", "data", "2019-12", "2020-01-06T08:00:00Z", {"cabinet": 2}))
    plan(folders, Planned("2019-11.1", "data", "2019-11", "2019-12-02T08:00:00Z"))
    plan(folders, Planned("2019-12.1", "data", "2019-12", "2020-01-13T08:00:00Z", {"cabinet": 2}))
    assert [(one.id, one.at) for one in planned(folders)] == [
        ("2019-11.1", "2019-12-02T08:00:00Z"), ("2019-12.1", "2020-01-13T08:00:00Z"),
    ]  # fmt: skip
    (tmp_path / "dissemination" / "calendar.json").write_text('[{"id": 1}]', "utf-8")
    with pytest.raises(UserError, match=r"calendar\.json is damaged"):
        planned(folders)


def test_the_calendar_reads_back_and_names_early_access() -> None:
    icalendar = pytest.importorskip("icalendar")
    entries = [Planned("2019-12.1", "data", "2019-12", "2020-01-06T08:00:00Z", {"cabinet": 2, "minister": 1})]
    data = calendar_ics(entries, publisher())
    assert calendar_ics(entries, publisher()) == data
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert event.decoded("dtstart") == datetime(2020, 1, 6, 8, tzinfo=UTC)
    assert str(event["description"]) == "Early access: cabinet 2 h, minister 1 h"


def test_the_feed_has_the_latest_first_and_says_why() -> None:
    published = Step("published", "2019-12-02T08:00:00Z")
    known = [
        Release("2019-11.1", "withdrawn", (published, Step("withdrawn", "2019-12-03T08:00:00Z", reason="<wrong>")), ""),
        Release("2019-10.1", "published", (published,), ""),
    ]
    root = etree.fromstring(feed_atom(known, publisher()))
    titles = root.xpath("//*[local-name()='entry']/*[local-name()='title']/text()")
    assert titles == ["2019-11.1: withdrawn", "2019-10.1: published"]
    summaries = root.xpath("//*[local-name()='entry']/*[local-name()='summary']/text()")
    assert summaries[0] == "<wrong>"
    assert root.xpath("string(*[local-name()='updated'])") == "2019-12-03T08:00:00Z"
