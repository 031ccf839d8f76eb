"""`cryptodrug contracts`: lint the contracts, compare them with an earlier version, write the data dictionary."""

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.observation import CONTRACTS_DIR, UserError

if TYPE_CHECKING:
    from cryptodrug_assets.contracts import Contract

app = typer.Typer(help="The data contracts: lint, diff, docs.", no_args_is_help=True)
_DICTIONARY = CONTRACTS_DIR.parent / "docs" / "data-dictionary.md"


@app.command()
def lint() -> None:
    """Check all table contracts and market files: ODCS schema, house rules, rules that run."""
    from cryptodrug_assets import contracts
    from cryptodrug_assets.quality.lint import lint as find

    problems = find()
    for line in problems:
        print(line)
    if problems:
        print(f"{len(problems)} problems")
        raise typer.Exit(1)
    found = contracts.all_contracts()
    print(f"{len(found)} contracts, {sum(len(contract.columns) for contract in found)} columns: no problem")


@app.command()
def diff(
    base: Annotated[str | None, typer.Option(help="Git revision to compare with; default: the last tag.")] = None,
) -> None:
    """Compare the contracts with an earlier revision; fails when a change lacks the version step it needs."""
    from cryptodrug_assets import contracts
    from cryptodrug_assets.quality.changes import Change, changes, version_problems

    revision = base or _last_tag()
    old = {contract.name: contract for contract in _at(revision)}
    new = {contract.name: contract for contract in contracts.all_contracts()}
    found: list[Change] = []
    problems: list[str] = []
    for name in sorted(old.keys() - new.keys()):
        found.append(Change(name, "table removed", consumer=True, producer=True))
    for name in sorted(new.keys() - old.keys()):
        found.append(Change(name, "table added"))
    for name in sorted(old.keys() & new.keys()):
        differences = changes(old[name], new[name])
        found += differences
        problems += version_problems(old[name], new[name], differences)
    for change in found:
        whom = [who for who, broken in (("consumers", change.consumer), ("producers", change.producer)) if broken]
        print(f"{change.table}: {change.what}" + (f" [breaks {' and '.join(whom)}]" if whom else ""))
    for line in problems:
        print(f"problem: {line}")
    print(f"{len(found)} changes since {revision}, {len(problems)} without the version step they need")
    if problems:
        raise typer.Exit(1)


@app.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when the page is out of date.")] = False,
) -> None:
    """Write the data dictionary (docs/data-dictionary.md) from the contracts."""
    from cryptodrug_assets import contracts
    from cryptodrug_assets.quality.dictionary import dictionary

    text = dictionary(contracts.all_contracts())
    if check:
        if not _DICTIONARY.is_file() or _DICTIONARY.read_text("utf-8") != text:
            print("docs/data-dictionary.md is out of date; run `cryptodrug contracts docs`")
            raise typer.Exit(1)
        print("docs/data-dictionary.md is up to date")
        return
    _DICTIONARY.write_text(text, "utf-8")
    print(f"wrote docs/{_DICTIONARY.name}")


def _last_tag() -> str:
    tags = _git("tag", "--sort=-creatordate").split()
    if not tags:
        raise UserError("there is no tagged release yet to compare with; name a revision with --base")
    return tags[0]


def _at(revision: str) -> list["Contract"]:
    """The contracts as they were at a git revision."""
    import yaml

    from cryptodrug_assets.contracts import parse

    folder = "data_contracts/tables"
    names = _git("ls-tree", "-r", "--name-only", revision, "--", folder).split()
    return [
        parse(yaml.safe_load(_git("show", f"{revision}:{name}")), f"{revision}:{Path(name).name}")
        for name in names
        if name.endswith(".odcs.yaml")
    ]


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(CONTRACTS_DIR.parent), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise UserError(f"git {arguments[0]} failed: {result.stderr.strip().splitlines()[0]}")
    return result.stdout
