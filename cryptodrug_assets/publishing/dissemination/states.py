"""The states of releases and where their files lie: draft → checked → approved → published → corrected or withdrawn.

A state is a small JSON file in the home. Trees of drafts lie in a folder for their owner; the public folder holds what
was published and nothing else, and what was published keeps its bytes.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.publishing.dissemination.tree import SUMS, faults_of_seal, zipped
from cryptodrug_assets.storage.home import private_folder, write_atomically

DRAFT, CHECKED, APPROVED = "draft", "checked", "approved"
PUBLISHED, CORRECTED, WITHDRAWN = "published", "corrected", "withdrawn"
#: What was public once is known, whatever became of it.
EVER_PUBLIC = (PUBLISHED, CORRECTED, WITHDRAWN)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")
_NUMBERED = re.compile(r"(.*)\.(\d+)")


@dataclass(frozen=True)
class Step:
    """Something that was done to a release: what, when (UTC), by which function of a person, and why."""

    state: str
    at: str
    role: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Release:
    """A release: its name and state, what it corrects and why, the seal of its tree, and every step."""

    name: str
    state: str
    steps: tuple[Step, ...]
    seal: str
    not_before: str | None = None
    supersedes: str | None = None
    reason: str | None = None

    def with_step(self, step: Step, **changed: str | None) -> "Release":
        """The release after a step."""
        return replace(self, state=step.state, steps=(*self.steps, step), **changed)  # type: ignore[arg-type]

    def when(self, state: str) -> str | None:
        """The last time it got into a state."""
        return next((step.at for step in reversed(self.steps) if step.state == state), None)


@dataclass(frozen=True)
class Folders:
    """Where releases lie in a home."""

    home: Path

    @property
    def root(self) -> Path:
        """All of it, for its owner alone."""
        return self.home.resolve() / "dissemination"

    @property
    def public(self) -> Path:
        """What was published, to be copied to a server as it is."""
        return self.root / "public"

    def draft(self, name: str) -> Path:
        """The tree of a draft as it is passed on to those who check it: its pages say that it is one."""
        return self.root / "drafts" / name

    def final(self, name: str) -> Path:
        """The tree that is checked and, once approved, published byte for byte but for its state."""
        return self.root / "finals" / name

    def withdrawn(self, name: str) -> Path:
        """The tree of a withdrawn release."""
        return self.root / "withdrawn" / name

    def state(self, name: str) -> Path:
        """The state of a release."""
        return self.root / "states" / f"{name}.json"

    def tree(self, release: Release) -> Path:
        """Where the tree of a release lies in its state."""
        if release.state in (PUBLISHED, CORRECTED):
            return self.public / release.name
        return self.withdrawn(release.name) if release.state == WITHDRAWN else self.final(release.name)


def check_name(name: str) -> str:
    """The name, or UserError where it cannot be the name of a release and of its folder."""
    if not _NAME.fullmatch(name) or len(name) > 64:
        raise UserError(f"'{name}' is no name for a release; use letters, digits, dots, dashes, such as 2019-11.1")
    return name


def following(name: str) -> str:
    """The name of the release that corrects one.

    >>> following("2019-11.1"), following("november")
    ('2019-11.2', 'november.2')
    """
    matched = _NUMBERED.fullmatch(name)
    return f"{matched[1]}.{int(matched[2]) + 1}" if matched else f"{name}.2"


def read_release(folders: Folders, name: str) -> Release:
    """The release of a name; UserError when there is none or its state cannot be read."""
    path = folders.state(check_name(name))
    try:
        content = json.loads(path.read_text("utf-8"))
        return Release(**(content | {"steps": tuple(Step(**step) for step in content["steps"])}))
    except FileNotFoundError as err:
        raise UserError(f"no release {name}; `cryptodrug release draft {name}` makes one") from err
    except (OSError, ValueError, TypeError, KeyError) as err:
        raise UserError(f"the state of release {name} is damaged; restore {path.name} from a backup") from err


def releases(folders: Folders) -> list[Release]:
    """Every release, in the order in which they were drafted."""
    paths = (folders.root / "states").glob("*.json")
    found = [read_release(folders, path.stem) for path in paths]
    return sorted(found, key=lambda release: (release.steps[0].at, release.name))


def write_release(folders: Folders, release: Release) -> None:
    """Keep a release's state."""
    path = folders.state(release.name)
    private_folder(path.parent)
    write_atomically(path, json.dumps(asdict(release), indent=1, ensure_ascii=False) + "\n")


def read_tree(folder: Path) -> dict[str, bytes]:
    """Every file of a tree by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def whole_tree(folders: Folders, release: Release) -> dict[str, bytes]:
    """The tree of a release, or UserError naming the first file that is not as it was sealed."""
    folder = folders.tree(release)
    files = read_tree(folder)
    faults = faults_of_seal(files)
    if not faults and seal_of(files) != release.seal:
        faults = [f"{SUMS} was changed"]
    if faults:
        again = (
            f"draft it again (`cryptodrug release draft {release.name}`)"
            if release.state not in EVER_PUBLIC
            else f"restore the folder from {release.name}.zip or a backup"
        )
        raise UserError(f"release {release.name} is not as it was made: {faults[0]} ({len(faults)} in all); {again}")
    return files


def seal_of(files: Mapping[str, bytes]) -> str:
    """The digest of a tree's sums, which is the digest of all of it."""
    return hashlib.sha256(files[SUMS]).hexdigest() if SUMS in files else ""


def write_tree(folder: Path, files: Mapping[str, bytes], mode: int = 0o600) -> None:
    """Put a tree in place whole: beside it first, then by rename."""
    private_folder(folder.parent)
    building, before = folder.with_name(f".{folder.name}.building"), folder.with_name(f".{folder.name}.before")
    for left in (building, before):
        shutil.rmtree(left, ignore_errors=True)
    try:
        for name, data in files.items():
            path = building / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(mode)
        for made in (building, *(path for path in building.rglob("*") if path.is_dir())):
            # Who may read the files may enter their folders, whatever the umask says.
            made.chmod(0o755 if mode & 0o044 else 0o700)
        if folder.exists():
            folder.rename(before)
        building.rename(folder)
    except OSError as err:
        if before.exists() and not folder.exists():
            before.rename(folder)
        raise _cannot_write(err) from err
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


def open_public(folders: Folders) -> None:
    """Make the public folder where there is none: others may read it, whatever the umask says."""
    private_folder(folders.public.parent)
    folders.public.mkdir(exist_ok=True)
    folders.public.chmod(0o755)


@contextmanager
def in_public(folders: Folders, name: str, files: Mapping[str, bytes]) -> Iterator[None]:
    """Put the tree of a release and its ZIP archive into the public folder; out again if what follows fails.

    Both are written among the drafts first and then moved, so that nothing half done is ever public.
    """
    aside, tree, archive = folders.root / "publishing", folders.public / name, folders.public / f"{name}.zip"
    try:
        write_tree(aside / name, files, 0o644)
        write_atomically(aside / archive.name, zipped(files, name))
        open_public(folders)
        shutil.rmtree(tree, ignore_errors=True)  # of a publication that was cut off
        (aside / name).rename(tree)
        (aside / archive.name).chmod(0o644)
        (aside / archive.name).replace(archive)
        yield
    except BaseException as err:
        archive.unlink(missing_ok=True)
        shutil.rmtree(tree, ignore_errors=True)
        if isinstance(err, OSError):
            raise _cannot_write(err) from err
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _cannot_write(err: OSError) -> UserError:
    return UserError(f"cannot write the release: {err.strerror}; free some space or check the folder's rights")


def moment(text: str) -> datetime:
    """A moment as people write it, in UTC; UserError where it has no zone or is none.

    >>> moment("2019-12-02T08:00Z").isoformat()
    '2019-12-02T08:00:00+00:00'
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError as err:
        raise UserError(f"'{text}' is no moment; write it like 2019-12-02T08:00Z") from err
    if given.tzinfo is None:
        raise UserError(f"'{text}' has no time zone; write it like 2019-12-02T08:00Z or 2019-12-02T09:00+01:00")
    return given.astimezone(UTC)


def stamp(at: datetime) -> str:
    """A moment as it is kept."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
