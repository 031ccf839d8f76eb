"""`cryptodrug release` with its steps from draft to withdrawal, and `cryptodrug calendar`."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from cryptodrug_assets.publishing.dissemination.states import Release
    from cryptodrug_assets.publishing.dissemination.steps import Desk

calendar = typer.Typer(no_args_is_help=True, help="Planned releases.")
_SHOWN = 20
_Name = Annotated[str, typer.Argument(help="Name of the release, such as 2019-11.1.")]
_At = Annotated[
    str | None, typer.Option("--at", help="Moment that the files tell, such as 2019-12-02T08:00Z; else the tables'.")
]
_Role = Annotated[str, typer.Option("--role", help="Function of who decides, such as 'head of unit'; never a name.")]


def draft(name: _Name, at: _At = None) -> None:
    """Make the files of a release from the public tables there are, for nobody but those who check them."""
    from cryptodrug_assets.publishing.dissemination import steps

    desk = _desk()
    _made(desk, steps.draft(desk, name, at=_moment(at)))


def correct(
    name: _Name,
    reason: Annotated[str, typer.Option("--reason", help="What was wrong, in a sentence that all may read.")] = "",
    at: _At = None,
) -> None:
    """Draft the release that corrects a published one, which keeps its bytes and is marked when this is published."""
    from cryptodrug_assets.publishing.dissemination import steps

    desk = _desk()
    _made(desk, steps.correct(desk, name, reason, at=_moment(at)))


def check(name: _Name) -> None:
    """Ask every check of a draft and list the verdicts; exit code 1 when one of them found something."""
    from cryptodrug_assets.publishing.dissemination import steps

    found = steps.check(_desk(), name)
    for verdict in found:
        say(f"{'passed' if verdict.passed else 'FAILED'}  {verdict.check}")
        for line in verdict.found[:_SHOWN]:
            say(f"        {line}")
        if len(verdict.found) > _SHOWN:
            say(f"        … and {len(verdict.found) - _SHOWN} more")
    failed = sum(not verdict.passed for verdict in found)
    if failed:
        raise UserError(f"release {name} stays a draft: {failed} of {len(found)} checks found something")
    say(f"release {name} is checked; `cryptodrug release approve {name} --not-before … --role …` comes next")


def approve(
    name: _Name,
    not_before: Annotated[str, typer.Option("--not-before", help="Moment of publication, such as 2019-12-02T08:00Z.")],
    role: _Role,
) -> None:
    """Let a checked release be published from a moment on."""
    from cryptodrug_assets.publishing.dissemination import states, steps

    release = steps.approve(_desk(), name, not_before=states.moment(not_before), role=role)
    say(f"release {name} is approved; `cryptodrug release publish {name}` from {release.not_before} on")


def publish(name: _Name) -> None:
    """Put an approved release into the public folder: not before its hour, and after every check once more."""
    from cryptodrug_assets.publishing.dissemination import steps

    desk = _desk()
    release = steps.publish(desk, name)
    say(f"release {name} is published: {desk.folders.public / name}, and {name}.zip beside it")
    say(f"  sha256 of SHA256SUMS: {release.seal}")


def withdraw(
    name: _Name,
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence that all may read.")] = "",
) -> None:
    """Take a published release out of the public folder; that it was there is told in the feed."""
    from cryptodrug_assets.publishing.dissemination import steps

    steps.withdraw(_desk(), name, reason)
    say(f"release {name} is withdrawn; whoever has copied it still has it")


def diff(
    earlier: Annotated[str, typer.Argument(help="Name of the earlier release.")],
    later: Annotated[str, typer.Argument(help="Name of the later release.")],
) -> None:
    """Show what changed in public values from one release to another, and why."""
    from collections import Counter

    from cryptodrug_assets.publishing.dissemination import steps

    found = steps.difference(_desk(), earlier, later)
    counts = Counter(change.kind for change in found.changes)
    say(f"{earlier} → {later}: {sum(counts.values())} of the public values differ")
    for kind, count in sorted(counts.items()):
        say(f"  {kind}: {count}")
    for line in found.reasons:
        say(f"  because of {line}")
    for change in found.changes[:_SHOWN]:
        # What is suppressed now is not said again.
        before = "…" if change.kind == "suppressed" else change.before
        say(f"{change.kind:<10} {' '.join(change.key)}: {before} → {change.after}")
    if len(found.changes) > _SHOWN:
        say(f"… and {len(found.changes) - _SHOWN} more")


def status() -> None:
    """List the releases with their states."""
    from cryptodrug_assets.publishing.dissemination import states

    found = states.releases(_desk().folders)
    if not found:
        raise UserError("no releases yet; `cryptodrug release draft NAME` makes one")
    for release in found:
        hour = f", not before {release.not_before}" if release.state == states.APPROVED else ""
        wrong = f", corrects {release.supersedes}" if release.supersedes else ""
        say(f"{release.name:<20} {release.state:<10} {release.steps[-1].at}{hour}{wrong}")


@calendar.command("list")
def listed() -> None:
    """Show the planned releases, in the time of Brussels."""
    from cryptodrug_assets.publishing.dissemination import announcements, states

    entries = announcements.planned(_desk().folders)
    if not entries:
        raise UserError("no release is planned; `cryptodrug calendar add` plans one")
    for one in entries:
        local = states.moment(one.at).astimezone(announcements.ZONE)
        early = "".join(f"; {role} {hours} h before" for role, hours in sorted(one.early_access.items()))
        say(f"{local:%Y-%m-%d %H:%M}  {one.id:<20} {one.product}, {one.period}{early}")


@calendar.command("add")
def add(
    name: _Name,
    at: Annotated[str, typer.Option("--at", help="When, in the time of Brussels unless it has a zone.")],
    product: Annotated[str, typer.Option("--product", help="What is released.")] = "data and report",
    period: Annotated[str, typer.Option("--period", help="Months it is about, such as 2019-11.")] = "",
    early: Annotated[
        list[str] | None, typer.Option("--early", help="Early access as 'function=hours', such as 'cabinet=2'.")
    ] = None,
) -> None:
    """Plan a release, or move one that is planned."""
    from cryptodrug_assets.publishing.dissemination import announcements, states

    access = {}
    for text in early or ():
        role, _, hours = text.partition("=")
        if not role or not hours.isdigit():
            raise UserError(f"'{text}' is no early access; write it like 'cabinet=2'")
        access[role] = int(hours)
    when = states.stamp(announcements.in_brussels(at))
    folders = _desk().folders
    announcements.plan(
        folders, announcements.Planned(name, product, period or name.rpartition(".")[0] or name, when, access)
    )
    say(f"{name} is planned for {when}")


@calendar.command("ics")
def ics() -> None:
    """Write calendar, feed and list of releases into the public folder."""
    from cryptodrug_assets.publishing.dissemination import announcements
    from cryptodrug_assets.publishing.package.facts import publisher

    for path in announcements.write_announcements(_desk().folders, publisher()):
        say(path)


def desk_of(settings: Settings) -> "Desk":
    """What the steps of a release work on; UserError where the extra `publish` is not installed."""
    from cryptodrug_assets.publishing.extra import require_publish

    require_publish()
    from cryptodrug_assets.publishing.dissemination.steps import Desk
    from cryptodrug_assets.resources.platform import Platform

    platform = Platform.of(settings)
    return Desk(settings, platform.cleaning_options, platform.indicator_options)


def _desk() -> "Desk":
    return desk_of(Settings())


def _moment(text: str | None) -> datetime | None:
    from cryptodrug_assets.publishing.dissemination.states import moment

    return None if text is None else moment(text)


def _made(desk: "Desk", release: "Release") -> None:
    say(f"{desk.folders.draft(release.name)}: draft of release {release.name}, its pages marked as under embargo")
    say(f"  `cryptodrug release check {release.name}` comes next")
