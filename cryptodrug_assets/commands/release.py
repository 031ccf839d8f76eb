"""`cryptodrug release`: write a manifest of the present state, list the releases, compare the state with one."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from cryptodrug_assets.publishing.releases import Manifest

app = typer.Typer(no_args_is_help=True, help="Reproducible releases: manifests of code, archive and tables.")
_SHOWN = 20


@app.command("make")
def make(
    name: Annotated[str, typer.Argument(help="Name of the release, such as 2019-11.1.")],
) -> None:
    """Write the manifest of what there is: code, contracts, references, options, archive digests, table hashes.

    Refuses captures that are neither synthetic nor licensed, and never overwrites a release. Warns of hidden values
    that the public tables tell beside those of an earlier release.
    """
    from cryptodrug_assets.publishing.releases import Suppressed, make_manifest, manifest_text, read_manifest
    from cryptodrug_assets.resources.platform import Platform
    from cryptodrug_assets.storage.home import private_folder, write_atomically
    from cryptodrug_assets.storage.store import TableStore
    from cryptodrug_assets.versions import file_hash

    settings, platform = Settings(), Platform()
    path = _folder(settings) / f"{name}.json"
    if path.exists():
        raise UserError(f"release {name} exists already; a release is never changed, choose another name")
    earlier = [read_manifest(other) for other in sorted(path.parent.glob("*.json"))]
    manifest = make_manifest(name, settings, platform.cleaning_options, platform.indicator_options)
    private_folder(path.parent)
    write_atomically(path, manifest_text(manifest))
    say(f"{path}{': SYNTHETIC data' if manifest['mark'] else ''}")
    say(f"  {_numbers(manifest)}")
    suppressed = Suppressed(TableStore(settings.tables), platform.indicator_options)
    for other in earlier:
        for measure, cells in suppressed.told_by(other).items():
            where = ", ".join(str(part) for part in cells[0][1:])
            say(
                f"warning: beside release {other['release']} the public tables tell {len(cells)} hidden values of"
                f" measure {measure}, such as {where}; do not publish both",
                file=sys.stderr,
            )
    say(f"  internal; cite it as release {name}, sha256 {file_hash(path)}")


@app.command("list")
def show() -> None:
    """The releases there are."""
    from cryptodrug_assets.publishing.releases import read_manifest

    paths = sorted(_folder(Settings()).glob("*.json"))
    if not paths:
        raise UserError("no releases yet; `cryptodrug release make NAME` writes one")
    for path in paths:
        manifest = read_manifest(path)
        mark = f" {manifest['mark']}" if manifest["mark"] else ""
        say(f"{manifest['release']:<20} {manifest['made_at']}{mark}: {_numbers(manifest)}")


@app.command("verify")
def verify(
    name: Annotated[str, typer.Argument(help="Name of a release, or path of its manifest.")],
    contents: Annotated[
        bool, typer.Option("--contents", help="Compare archive and tables alone, not code and options.")
    ] = False,
) -> None:
    """Compare the present state with a release; exit code 1 and a line per difference when it is another.

    Also reads the released version of every table again: a release stays readable after the tables have moved on.
    """
    from cryptodrug_assets.publishing.releases import differences, present_state, read_manifest, unreadable
    from cryptodrug_assets.resources.platform import Platform
    from cryptodrug_assets.storage.store import TableStore

    settings, platform = Settings(), Platform()
    path = Path(name)
    in_home = not path.is_file()
    manifest = read_manifest(_folder(settings) / f"{name}.json" if in_home else path)
    store = TableStore(settings.tables)
    state = present_state(settings, store, platform.cleaning_options, platform.indicator_options)
    problems = differences(manifest, state, contents_only=contents)
    for item in problems[:_SHOWN]:
        say(f"{item.part}: {item.what}")
    if len(problems) > _SHOWN:
        say(f"… and {len(problems) - _SHOWN} more differences")
    lost = unreadable(manifest, store) if in_home else []
    for item in lost:
        say(f"{item.part}: {item.what}")
    if in_home and not lost:
        say(f"every table of release {manifest['release']} can be read at its version and holds the rows released")
    if problems or lost:
        say(f"the present state is not release {manifest['release']}: {len(problems) + len(lost)} differences")
        raise typer.Exit(1)
    say(f"the present state is release {manifest['release']}: {_numbers(manifest)}")


def _folder(settings: Settings) -> Path:
    return settings.home.resolve() / "releases"


def _numbers(manifest: "Manifest") -> str:
    tables = manifest["tables"].values()
    partitions = sum(len(table["partitions"]) for table in tables)
    segments = sum(len(files) for files in manifest["archive"].values())
    code = manifest["code"]["version"]
    return f"{len(tables)} tables, {partitions} partitions, {segments} archive segments, code {code}"
