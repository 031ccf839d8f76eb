"""`cryptodrug contracts`: lint the contracts, compare them with the last release, write the data dictionary."""

import subprocess
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cryptodrug_assets.observation import CONTRACTS_DIR, UserError

if TYPE_CHECKING:
    from cryptodrug_assets.quality.releases import Comparison

app = typer.Typer(help="The data contracts: lint, diff, release, docs.", no_args_is_help=True)
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
        print("1 problem" if len(problems) == 1 else f"{len(problems)} problems")
        raise typer.Exit(1)
    found = contracts.all_contracts()
    print(f"{len(found)} contracts, {sum(len(contract.columns) for contract in found)} columns: no problem")


@app.command()
def diff(
    base: Annotated[str | None, typer.Option(help="Git revision to compare with; default: the last release.")] = None,
) -> None:
    """Compare the contracts with the last release; fails when a change lacks the version step it needs."""
    from cryptodrug_assets.quality import releases

    if base is None:
        version, old = releases.released()
        name = f"release {version}"
    else:
        name, old = base, _at(base)
    comparison = releases.compare(old, releases.current())
    _show(comparison)
    for line in comparison.problems:
        print(f"problem: {line}")
    print(f"{len(comparison.changes)} changes since {name}, {len(comparison.problems)} without their version step")
    if comparison.problems:
        raise typer.Exit(1)


@app.command()
def release(version: Annotated[str, typer.Argument(help="Version of the release, above the last one.")]) -> None:
    """Freeze the contracts as the release that later ones are compared with (data_contracts/released.json)."""
    from cryptodrug_assets.quality import releases
    from cryptodrug_assets.quality.lint import lint as find

    if problems := find():
        raise UserError(f"not frozen: {problems[0]} (`cryptodrug contracts lint` lists all {len(problems)})")
    documents = releases.current()
    _show(releases.freeze(version, documents))
    print(f"froze {len(documents)} contracts as release {version}")


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


@app.command()
def lineage(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when the file is out of date.")] = False,
) -> None:
    """Find out which column depends on which (takes minutes) and write data_contracts/lineage.json."""
    from cryptodrug_assets.lineage.columns import FILE
    from cryptodrug_assets.lineage.record import Lineage, document, lineage_by_step

    found: Lineage = {}
    for step, made in lineage_by_step():
        typer.echo(f"{step}: {len(made)} tables", err=True)
        found |= made
    text = document(found)
    if check:
        if not FILE.is_file() or FILE.read_text("utf-8") != text:
            print(f"data_contracts/{FILE.name} is out of date; run `cryptodrug contracts lineage`")
            raise typer.Exit(1)
        print(f"data_contracts/{FILE.name} is up to date")
        return
    FILE.write_text(text, "utf-8")
    print(f"wrote data_contracts/{FILE.name}")


def _show(comparison: "Comparison") -> None:
    for change in comparison.changes:
        whom = [who for who, broken in (("consumers", change.consumer), ("producers", change.producer)) if broken]
        print(f"{change.table}: {change.what}" + (f" [breaks {' and '.join(whom)}]" if whom else ""))


def _at(revision: str) -> dict[str, dict[str, Any]]:
    """The contracts as they were at a git revision, by qualified name."""
    import yaml

    names = _git("ls-tree", "-r", "--name-only", revision, "--", "data_contracts/tables").split()
    found = [yaml.safe_load(_git("show", f"{revision}:{name}")) for name in names if name.endswith(".odcs.yaml")]
    return {document["name"]: document for document in found}


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(CONTRACTS_DIR.parent), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise UserError(f"git {arguments[0]} failed: {result.stderr.strip().splitlines()[0]}")
    return result.stdout
