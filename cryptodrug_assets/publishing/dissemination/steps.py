"""What is done to a release, step by step: draft, check, approve, publish, correct, withdraw.

Every step says in one sentence why it cannot be done, and leaves everything as it was.
"""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from cryptodrug_assets.cleaning.options import CleaningOptions
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.indicators.rows import IndicatorOptions
from cryptodrug_assets.publishing.dissemination import states
from cryptodrug_assets.publishing.dissemination.announcements import write_announcements
from cryptodrug_assets.publishing.dissemination.changes import OBSERVATIONS, Comparison, changes_page, compare, reasons
from cryptodrug_assets.publishing.dissemination.needles import needles_of, own_words
from cryptodrug_assets.publishing.dissemination.states import Folders, Release, Step
from cryptodrug_assets.publishing.dissemination.tree import build_trees, sealed
from cryptodrug_assets.publishing.dissemination.verdicts import Verdict, verdict, verdicts
from cryptodrug_assets.publishing.exchange.codes import TOTAL
from cryptodrug_assets.publishing.exchange.observations import LAYER, TABLE, datasets, made_at, observations
from cryptodrug_assets.publishing.files import public_others
from cryptodrug_assets.publishing.package.facts import Facts, publisher
from cryptodrug_assets.publishing.releases import Manifest, Suppressed, make_manifest, manifest_text, read_manifest
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.home import private_folder, write_atomically
from cryptodrug_assets.storage.store import TableStore

_SUFFIX = "_public"
_MAKE_ANEW = "run `cryptodrug backfill --select dissemination`"


@dataclass(frozen=True)
class Desk:
    """What the steps work on: the settings of a home, its tables, and the options that its tables are made with."""

    settings: Settings
    cleaning: CleaningOptions
    options: IndicatorOptions

    @property
    def store(self) -> TableStore:
        """The tables of record."""
        return TableStore(self.settings.tables)

    @property
    def folders(self) -> Folders:
        """Where releases lie."""
        return Folders(self.settings.home)


def draft(desk: Desk, name: str, *, at: datetime | None = None, clock: datetime | None = None) -> Release:
    """Make the tree of a release from the tables there are; a draft of the name that was not published is replaced.

    `at` is the moment that the files tell, by default that of the tables. Raises UserError where there is nothing to
    publish, where pages are not licensed, and for a name that was published.
    """
    return _draft(desk, name, at=at, clock=clock or datetime.now(UTC))


def correct(
    desk: Desk, name: str, reason: str, *, at: datetime | None = None, clock: datetime | None = None
) -> Release:
    """Draft the release that corrects a published one, under the following number; that one keeps its bytes."""
    wrong = states.read_release(desk.folders, name)
    if wrong.state != states.PUBLISHED:
        raise UserError(
            f"release {name} is {wrong.state}, and only a published one is corrected; draft another release"
        )
    _stated(reason)
    return _draft(desk, states.following(name), at=at, clock=clock or datetime.now(UTC), corrects=(name, reason))


def _draft(
    desk: Desk, name: str, *, at: datetime | None, clock: datetime, corrects: tuple[str, str] | None = None
) -> Release:
    folders, store = desk.folders, desk.store
    if folders.state(states.check_name(name)).exists():
        before = states.read_release(folders, name)
        if before.state in states.EVER_PUBLIC:
            raise UserError(f"release {name} is {before.state}; correct it with `cryptodrug release correct {name}`")
        if corrects is None and before.supersedes:
            corrects = (before.supersedes, before.reason or "")
    observed = _observed(store)
    at = at or made_at(store)
    manifest = make_manifest(name, desk.settings, desk.cleaning, desk.options, made_at=at)
    who = publisher()
    if manifest["mark"] is None and who.is_example:
        raise UserError(
            "data_contracts/publisher.yaml still names example.org; state who publishes before real data leave"
        )
    wrong, reason = corrects or (None, None)
    months = observed["time_period"].sort()
    facts = Facts(
        name, at, manifest["mark"] is not None, who, str(months[0]), str(months[-1]),
        tuple(sorted(set(observed["market"]) - {TOTAL})), desk.settings.country, wrong, reason,
    )  # fmt: skip
    comparison = _since_last(desk, name, observed, manifest)
    about = {"manifest_sha256": hashlib.sha256(manifest_text(manifest).encode()).hexdigest(), "status": states.DRAFT}
    trees = build_trees(observed, public_others(store), facts, changes=changes_page(comparison, reason), about=about)
    whole = sealed(trees.final, {"status": states.DRAFT})
    private_folder(folders.root)
    states.write_tree(folders.final(name), whole)
    states.write_tree(folders.draft(name), sealed(trees.draft, {"status": states.DRAFT}))
    path = _manifest_path(folders, name)
    private_folder(path.parent)
    write_atomically(path, manifest_text(manifest))
    step = Step(states.DRAFT, states.stamp(clock), reason=reason)
    release = Release(name, states.DRAFT, (step,), states.seal_of(whole), supersedes=wrong, reason=reason)
    states.write_release(folders, release)
    return release


def check(desk: Desk, name: str, *, clock: datetime | None = None) -> list[Verdict]:
    """Every check of a draft; without findings the release becomes checked, with findings a draft again."""
    release = states.read_release(desk.folders, name)
    if release.state in states.EVER_PUBLIC:
        raise UserError(f"release {name} is {release.state}; its tree is compared with `sha256sum -c SHA256SUMS`")
    found = _verdicts(desk, release)
    passed = all(verdict.passed for verdict in found)
    if release.state != states.APPROVED or not passed:
        step = Step(states.CHECKED if passed else states.DRAFT, states.stamp(clock or datetime.now(UTC)))
        states.write_release(desk.folders, release.with_step(step))
    return found


def approve(desk: Desk, name: str, *, not_before: datetime, role: str, clock: datetime | None = None) -> Release:
    """Let a checked release be published, from a moment on, on the word of a function (never a name)."""
    release = states.read_release(desk.folders, name)
    if release.state not in (states.CHECKED, states.APPROVED):
        raise UserError(f"release {name} is {release.state}; `cryptodrug release check {name}` comes before approval")
    if not role.strip():
        raise UserError("who approves is not stated; give the function with --role, such as 'head of unit'")
    files = states.whole_tree(desk.folders, release)
    hour = states.stamp(not_before)
    told = {"status": states.APPROVED, "not_before": hour, "approved_by": role}
    files = sealed(files, told)
    states.write_tree(desk.folders.final(name), files)
    step = Step(states.APPROVED, states.stamp(clock or datetime.now(UTC)), role=role)
    release = release.with_step(step, not_before=hour, seal=states.seal_of(files))
    states.write_release(desk.folders, release)
    return release


def publish(desk: Desk, name: str, *, clock: datetime | None = None) -> Release:
    """Put an approved release into the public folder, after its hour and after every check once more.

    Raises UserError before the hour, for a release that is not approved, and where a check finds anything.
    """
    now, folders = clock or datetime.now(UTC), desk.folders
    release = states.read_release(folders, name)
    if release.state != states.APPROVED or release.not_before is None:
        raise UserError(f"release {name} is {release.state}; it is published after `cryptodrug release approve {name}`")
    if now < states.moment(release.not_before):
        raise UserError(f"release {name} is not to be published before {release.not_before}; it is {states.stamp(now)}")
    failed = [verdict for verdict in _verdicts(desk, release) if not verdict.passed]
    if failed:
        raise UserError(
            f"release {name} is not published: {failed[0].check}: {failed[0].found[0]};"
            f" `cryptodrug release check {name}` lists everything"
        )
    files = sealed(states.whole_tree(folders, release), {"status": states.PUBLISHED, "published_at": states.stamp(now)})
    step = Step(states.PUBLISHED, states.stamp(now))
    published = release.with_step(step, seal=states.seal_of(files))
    with states.in_public(folders, name, files):
        states.write_release(folders, published)
    for folder in (folders.draft(name), folders.final(name)):
        shutil.rmtree(folder, ignore_errors=True)
    if release.supersedes:
        wrong = states.read_release(folders, release.supersedes)
        if wrong.state == states.PUBLISHED:
            step = Step(states.CORRECTED, states.stamp(now), reason=release.reason)
            states.write_release(folders, wrong.with_step(step))
    write_announcements(folders, publisher())
    return published


def withdraw(desk: Desk, name: str, reason: str, *, clock: datetime | None = None) -> Release:
    """Take a release out of the public folder; its bytes are kept, and that it was there is told."""
    _stated(reason)
    folders = desk.folders
    release = states.read_release(folders, name)
    if release.state == states.WITHDRAWN:
        raise UserError(f"release {name} is withdrawn already")
    if release.state not in states.EVER_PUBLIC:
        raise UserError(f"release {name} is {release.state} and not public; draft it again or leave it")
    tree = folders.tree(release)
    private_folder(folders.withdrawn(name).parent)
    tree.rename(folders.withdrawn(name))
    (folders.public / f"{name}.zip").unlink(missing_ok=True)
    step = Step(states.WITHDRAWN, states.stamp(clock or datetime.now(UTC)), reason=reason)
    states.write_release(folders, release.with_step(step))
    write_announcements(folders, publisher())
    return release.with_step(step)


def difference(desk: Desk, earlier: str, later: str) -> Comparison:
    """What changed in public values from one release to another, and why."""
    both = [states.read_release(desk.folders, name) for name in (earlier, later)]
    data = [states.whole_tree(desk.folders, release)[OBSERVATIONS] for release in both]
    manifests = [read_manifest(_manifest_path(desk.folders, name)) for name in (earlier, later)]
    return compare((earlier, data[0]), (later, data[1]), reasons(*manifests))


def _verdicts(desk: Desk, release: Release) -> list[Verdict]:
    folders, store = desk.folders, desk.store
    observed = _observed(store)
    needles = needles_of(store, desk.settings.home, own_words())
    files = states.read_tree(folders.tree(release))
    sealed_as = [] if states.seal_of(files) == release.seal else ["the tree is not the one drafted"]
    return [
        *verdicts(files, observed, needles),
        verdict("draft", lambda: sealed_as),
        verdict("tables", lambda: _moved_on(desk, release)),
        verdict("earlier releases", lambda: _told_beside_earlier(desk, release, files)),
    ]


def _moved_on(desk: Desk, release: Release) -> list[str]:
    """The tables are those that the draft was made of."""
    versions = desk.store.versions()
    manifest = read_manifest(_manifest_path(desk.folders, release.name))
    return [
        f"{name} was made anew since the draft; draft it again"
        for name, table in manifest["tables"].items()
        if name.startswith(("indicators.", "exchange.", "clean.")) and versions.get(name) != table["version"]
    ]


def _told_beside_earlier(desk: Desk, release: Release, files: dict[str, bytes]) -> list[str]:
    """Every release that ever was public is whole, and tells no value that this one suppresses."""
    found, suppressed = [], Suppressed(desk.store, desk.options)
    for other in states.releases(desk.folders):
        if other.state not in states.EVER_PUBLIC:
            continue
        try:
            before = states.whole_tree(desk.folders, other)
            manifest = read_manifest(_manifest_path(desk.folders, other.name))
            told = suppressed.told_by(manifest)
        except UserError as err:
            found.append(str(err))
            continue
        sums = sum(len(cells) for cells in told.values())
        shown = compare((other.name, before[OBSERVATIONS]), (release.name, files[OBSERVATIONS])).told
        if sums or shown:
            found.append(
                f"beside release {other.name} {max(sums, len(shown))} suppressed values are told; do not publish both"
            )
    return found


def _since_last(desk: Desk, name: str, observed: pl.DataFrame, manifest: Manifest) -> Comparison | None:
    """What changed since the release published last; None for the first."""
    from cryptodrug_assets.publishing.exchange.sdmx import sdmx_csv

    public = [one for one in states.releases(desk.folders) if one.state in (states.PUBLISHED, states.CORRECTED)]
    if not public:
        return None
    last = max(public, key=lambda release: release.when(states.PUBLISHED) or "")
    before = states.whole_tree(desk.folders, last)[OBSERVATIONS]
    why = reasons(read_manifest(_manifest_path(desk.folders, last.name)), manifest)
    return compare((last.name, before), (name, sdmx_csv(observed)), why)


def _observed(store: TableStore) -> pl.DataFrame:
    """exchange.observations, which has to be that of the public tables there are."""
    if not store.exists(LAYER, TABLE):
        raise UserError(f"nothing to publish yet; {_MAKE_ANEW}")
    observed = store.read(LAYER, TABLE)
    public = {name: store.read("indicators", f"{name}{_SUFFIX}") for name in datasets()}
    if not observations(public).equals(observed):
        raise UserError(f"exchange.observations is not that of the public tables there are; {_MAKE_ANEW}")
    return observed


def _manifest_path(folders: Folders, name: str) -> Path:
    return folders.root / "manifests" / f"{name}.json"


def _stated(reason: str) -> None:
    if not reason.strip():
        raise UserError("no reason is stated; give one with --reason, in a sentence that may be read by all")
