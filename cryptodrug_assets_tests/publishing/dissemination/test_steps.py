"""Releases by their states: embargo by clock, corrections, withdrawal, what an earlier one tells, bad input."""

import json
import os
import re
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.dissemination import changes, states, steps
from cryptodrug_assets.publishing.dissemination.steps import Desk
from cryptodrug_assets.publishing.dissemination.tree import faults_of_seal
from cryptodrug_assets.versions import file_hash
from cryptodrug_assets_tests.publishing.dissemination.homes import VENDOR, captured, changed_shares, desk, opened, put

AT = datetime(2019, 6, 3, 8, tzinfo=UTC)
BEFORE = AT - timedelta(days=1)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with every table and no release."""
    home = tmp_path_factory.mktemp("fresh") / "home"
    desk(home)
    return home


@pytest.fixture(scope="module")
def with_release(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which 2019-05.1 is published."""
    home = tmp_path_factory.mktemp("published") / "home"
    shutil.copytree(fresh, home)
    published(opened(home), "2019-05.1")
    return home


@pytest.fixture
def work(fresh: Path, tmp_path: Path) -> Desk:
    shutil.copytree(fresh, tmp_path / "home")
    return opened(tmp_path / "home")


@pytest.fixture
def later(with_release: Path, tmp_path: Path) -> Desk:
    shutil.copytree(with_release, tmp_path / "later")
    return opened(tmp_path / "later")


def published(work: Desk, name: str, clock: datetime = AT) -> states.Release:
    if not work.folders.state(name).exists():
        steps.draft(work, name, at=AT, clock=BEFORE)
    found = [verdict for verdict in steps.check(work, name, clock=BEFORE) if not verdict.passed]
    assert found == []
    steps.approve(work, name, not_before=clock, role="head of unit", clock=BEFORE)
    return steps.publish(work, name, clock=clock)


def banded(folder: Path) -> set[str]:
    """The files of a tree that say that they are under embargo, of prints on every page."""
    said = set()
    for path in folder.rglob("*.*"):
        if path.suffix == ".pdf":
            pages = [page.extract_text() for page in PdfReader(path).pages]
            found = sum("EMBARGO" in text for text in pages)
            assert found in (0, len(pages)), path.name
        else:
            found = b"EMBARGO" in path.read_bytes()
        if found:
            said.add(path.name)
    return said


def test_publication_comes_after_check_approval_and_hour(work: Desk) -> None:
    steps.draft(work, "2019-05.1", at=AT, clock=BEFORE)
    with pytest.raises(UserError, match="is draft; it is published after"):
        steps.publish(work, "2019-05.1", clock=AT)
    with pytest.raises(UserError, match="is draft; `cryptodrug release check"):
        steps.approve(work, "2019-05.1", not_before=AT, role="head of unit")
    assert [verdict for verdict in steps.check(work, "2019-05.1") if not verdict.passed] == []
    with pytest.raises(UserError, match="who approves is not stated"):
        steps.approve(work, "2019-05.1", not_before=AT, role=" ")
    steps.approve(work, "2019-05.1", not_before=AT, role="head of unit", clock=BEFORE)
    # What is passed on says on each of its pages that it is under embargo; what will be published does not.
    assert banded(work.folders.final("2019-05.1")) == set()
    assert banded(work.folders.draft("2019-05.1")) == {
        *(f"{name}.{language}.html" for name in ("report", "explorer") for language in ("en", "nl", "fr")),
        *(f"{name}.{language}.pdf" for name in ("report", "2019-05") for language in ("en", "nl", "fr")), "index.html",
    }  # fmt: skip
    assert faults_of_seal(states.read_tree(work.folders.draft("2019-05.1"))) == []
    with pytest.raises(UserError, match="not to be published before 2019-06-03T08:00:00Z; it is 2019-06-03T07:59:59Z"):
        steps.publish(work, "2019-05.1", clock=AT - timedelta(seconds=1))
    assert not work.folders.public.exists()  # nothing of a draft is in a public folder


def test_a_published_release_is_a_whole_folder_and_an_archive(later: Desk) -> None:
    tree = states.read_tree(later.folders.public / "2019-05.1")
    assert states.read_release(later.folders, "2019-05.1").state == "published" and faults_of_seal(tree) == []
    told = json.loads(tree["release.json"])
    assert (told["status"], told["published_at"], told["approved_by"]) == (
        "published", "2019-06-03T08:00:00Z", "head of unit",
    )  # fmt: skip
    assert told["mark"] == "SYNTHETIC" and told["suppressed"] == 1
    # Who holds the manifest can tell that it is the one.
    assert told["manifest_sha256"] == file_hash(later.folders.root / "manifests" / "2019-05.1.json")
    with zipfile.ZipFile(later.folders.public / "2019-05.1.zip") as archive:
        assert {name.partition("/")[2]: archive.read(name) for name in archive.namelist()} == tree
    assert not later.folders.draft("2019-05.1").exists() and not later.folders.final("2019-05.1").exists()
    assert banded(later.folders.public / "2019-05.1") == set()
    linked = set(re.findall(r'href="([^"#]+)"', tree["index.html"].decode()))
    assert linked == tree.keys() - {"index.html"}
    assert (later.folders.root.stat().st_mode & 0o777) == 0o700
    with pytest.raises(UserError, match="is published; correct it with"):
        steps.draft(later, "2019-05.1", at=AT)


@pytest.mark.parametrize("broken", ["zipped", "write_tree"])
def test_a_publication_that_fails_leaves_nothing_in_public(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    folders, files = states.Folders(tmp_path), {"a.txt": b"1\n", "data/b.csv": b"2\n"}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(states, broken, full)
        with (
            pytest.raises(UserError, match="cannot write the release: No space left on device; free some space"),
            states.in_public(folders, "2019-05.1", files),
        ):
            pass
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    # What follows may fail as well: the state that says that it is public.
    with pytest.raises(UserError, match="cannot write"), states.in_public(folders, "2019-05.1", files):
        full()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with states.in_public(folders, "2019-05.1", files):
        pass
    assert states.read_tree(folders.public / "2019-05.1") == files
    assert (folders.public / "2019-05.1.zip").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in folders.root.iterdir()] == ["public"]


def test_others_may_enter_what_is_public_whatever_the_umask(tmp_path: Path) -> None:
    folders, before = states.Folders(tmp_path), os.umask(0o077)
    try:
        with states.in_public(folders, "2019-05.1", {"a.txt": b"1\n", "data/b.csv": b"2\n"}):
            pass
        states.write_tree(folders.draft("2019-06.1"), {"data/b.csv": b"2\n"})
    finally:
        os.umask(before)
    tree = folders.public / "2019-05.1"
    modes = [path.stat().st_mode & 0o777 for path in (folders.public, tree, tree / "data", tree / "data" / "b.csv")]
    assert modes == [0o755, 0o755, 0o755, 0o644]
    assert (folders.draft("2019-06.1") / "data").stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_a_broken_draft_beside_an_earlier_release_is_a_finding(later: Desk) -> None:
    steps.correct(later, "2019-05.1", "a rate was read wrongly", at=AT, clock=AT)
    for damage in (b"no,table\n1", None):
        path = later.folders.final("2019-05.2") / changes.OBSERVATIONS
        path.unlink() if damage is None else path.write_bytes(damage)
        failed = {verdict.check: verdict.found for verdict in steps.check(later, "2019-05.2") if not verdict.passed}
        assert failed["earlier releases"][0].startswith("cannot be checked: ")


@pytest.mark.slow
def test_two_builds_are_the_same_bytes(work: Desk, later: Desk) -> None:
    published(work, "2019-05.1")
    one, two = (states.read_tree(one.folders.public) for one in (work, later))
    assert one.keys() == two.keys() and len(one) > 40
    assert [name for name in one if one[name] != two[name]] == []


@pytest.mark.slow
def test_a_correction_keeps_the_old_bytes_and_says_what_changed(later: Desk) -> None:
    old = states.read_tree(later.folders.public / "2019-05.1")
    put(later, shares=changed_shares("SH03", "BE", value=0.34))
    with pytest.raises(UserError, match="no reason is stated"):
        steps.correct(later, "2019-05.1", " ")
    steps.correct(later, "2019-05.1", "a rate was read wrongly", at=AT, clock=AT)
    published(later, "2019-05.2", AT + timedelta(days=1))
    assert states.read_tree(later.folders.public / "2019-05.1") == old
    assert states.read_release(later.folders, "2019-05.1").state == "corrected"
    told = (later.folders.public / "2019-05.2" / "CHANGES.md").read_text("utf-8")
    assert "Compared with release 2019-05.1." in told and "Reason: a rate was read wrongly" in told
    assert "- gewijzigd: 1\n" in told
    assert "0.3333333333333333 | 0.34 |" in told
    comparison = steps.difference(later, "2019-05.1", "2019-05.2")
    (change,) = comparison.changes
    assert (change.kind, change.before, change.after) == ("changed", "0.3333333333333333", "0.34")
    assert change.key == ("M", "BE", "empire", "SH03", "_T", "_T", "2019-04")
    assert comparison.reasons == ["data: tables were computed anew"]
    feed = (later.folders.public / "feed.atom").read_text("utf-8")
    assert feed.index("2019-05.2: published") and "2019-05.1: corrected" in feed


def test_what_an_earlier_release_tells_cannot_be_published(later: Desk) -> None:
    hidden = {"value": None, "lower": None, "upper": None, "obs_status": "C", "conf_status": "C"}
    method = "confidential: of few vendors, or it would tell of few"
    put(later, shares=changed_shares("SH03", "BE", **hidden, method=method))
    steps.draft(later, "2019-05.2", at=AT)
    failed = {verdict.check: verdict.found for verdict in steps.check(later, "2019-05.2") if not verdict.passed}
    assert failed == {
        "earlier releases": ("beside release 2019-05.1 1 suppressed values are told; do not publish both",)
    }
    with pytest.raises(UserError, match="is draft"):
        steps.approve(later, "2019-05.2", not_before=AT, role="head of unit")
    steps.withdraw(later, "2019-05.1", "a value was shown that is of few")
    # Whoever has seen it still knows.
    assert not steps.check(later, "2019-05.2")[-1].passed
    assert "…" not in (later.folders.draft("2019-05.2") / "CHANGES.md").read_text("utf-8")
    assert "0.3333333333333333" not in (later.folders.draft("2019-05.2") / "CHANGES.md").read_text("utf-8")


def test_a_withdrawn_release_leaves_the_public_folder_and_is_told_of(later: Desk) -> None:
    tree = states.read_tree(later.folders.public / "2019-05.1")
    steps.withdraw(later, "2019-05.1", "a market was named wrongly", clock=AT)
    assert states.read_tree(later.folders.withdrawn("2019-05.1")) == tree
    assert sorted(path.name for path in later.folders.public.iterdir()) == [
        "calendar.ics", "calendar.json", "feed.atom", "releases.json",
    ]  # fmt: skip
    listed = json.loads((later.folders.public / "releases.json").read_text("utf-8"))
    assert (listed[0]["state"], listed[0]["reason"]) == ("withdrawn", "a market was named wrongly")
    with pytest.raises(UserError, match="is withdrawn already"):
        steps.withdraw(later, "2019-05.1", "again")


def test_a_tree_that_was_edited_by_hand_is_refused(work: Desk) -> None:
    steps.draft(work, "2019-05.1", at=AT)
    steps.check(work, "2019-05.1")
    path = work.folders.final("2019-05.1") / "data" / "shares.csv"
    path.write_text(path.read_text("utf-8").replace("0.25", "0.26"), "utf-8")
    notes = work.folders.final("2019-05.1") / "README.md"
    notes.write_text(f"{notes.read_text('utf-8')}\nmost by {VENDOR}\n", "utf-8")
    with pytest.raises(UserError, match=r"is not as it was made: README\.md was changed \(2 in all\); draft it again"):
        steps.approve(work, "2019-05.1", not_before=AT, role="head of unit")
    failed = {verdict.check for verdict in steps.check(work, "2019-05.1") if not verdict.passed}
    for name in ("sdmx/structure.xml", "dcat/catalogue.ttl", "data/cryptodrug.nl.xlsx", "data/shares.parquet"):
        broken = work.folders.final("2019-05.1") / name
        broken.write_bytes(broken.read_bytes()[:100])
    again = {verdict.check: verdict.found for verdict in steps.check(work, "2019-05.1") if not verdict.passed}
    assert all(again[check] for check in ("sdmx structure", "catalogue", "leak scan", "formats agree"))
    assert {"seal", "formats agree", "data package", "catalogue", "leak scan"} <= failed
    assert states.read_release(work.folders, "2019-05.1").state == "draft"


@pytest.mark.slow
def test_an_edit_after_approval_keeps_it_from_the_public(work: Desk) -> None:
    steps.draft(work, "2019-05.1", at=AT)
    steps.check(work, "2019-05.1")
    steps.approve(work, "2019-05.1", not_before=AT, role="head of unit")
    (work.folders.final("2019-05.1") / "note.txt").write_text("by hand", "utf-8")
    with pytest.raises(UserError, match=r"is not published: seal: note\.txt is not in SHA256SUMS"):
        steps.publish(work, "2019-05.1", clock=AT)
    assert not work.folders.public.exists()


def test_an_earlier_release_that_is_damaged_stops_the_next(later: Desk) -> None:
    (later.folders.public / "2019-05.1" / "README.md").unlink()
    with pytest.raises(UserError, match=r"release 2019-05\.1 is not as it was made: README\.md is gone .*restore"):
        steps.draft(later, "2019-06.1", at=AT)


@pytest.mark.slow
def test_tables_that_moved_on_want_a_new_draft(work: Desk) -> None:
    steps.draft(work, "2019-05.1", at=AT)
    put(work, shares=changed_shares("SH03", "BE", value=0.34))
    failed = {verdict.check for verdict in steps.check(work, "2019-05.1") if not verdict.passed}
    assert {"tables", "formats agree"} <= failed


def test_names_and_real_data_without_a_publisher_are_refused(work: Desk) -> None:
    for name in ("../up", "", "a b", ".hidden"):
        with pytest.raises(UserError, match="is no name for a release"):
            steps.draft(work, name)
    captured(work, synthetic=False)
    with pytest.raises(UserError, match="still names example.org; state who publishes"):
        steps.draft(work, "2019-05.1", at=AT)
    assert not work.folders.root.exists()
