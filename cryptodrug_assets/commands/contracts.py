"""`cryptodrug contracts`: lint the contracts, compare them with the last release, write the data dictionary."""

import subprocess
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import say
from cryptodrug_assets.installation import repository
from cryptodrug_assets.yaml_text import safe_load

if TYPE_CHECKING:
    from cryptodrug_assets.quality.releases import Comparison

app = typer.Typer(help="The data contracts: lint, diff, release, docs.", no_args_is_help=True)


@app.command()
def lint() -> None:
    """Check all table contracts and market files: ODCS schema, house rules, rules that run."""
    from cryptodrug_assets import contracts
    from cryptodrug_assets.checks.lint import lint as find

    problems = find()
    for line in problems:
        say(line)
    if problems:
        say("1 problem" if len(problems) == 1 else f"{len(problems)} problems")
        raise typer.Exit(1)
    tables = contracts.all_contracts()
    say(f"{len(tables)} contracts, {sum(len(contract.columns) for contract in tables)} columns: no problem")


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
        say(f"problem: {line}")
    say(f"{len(comparison.changes)} changes since {name}, {len(comparison.problems)} without their version step")
    if comparison.problems:
        raise typer.Exit(1)


@app.command()
def release(version: Annotated[str, typer.Argument(help="Version of the release, above the last one.")]) -> None:
    """Freeze the contracts as the release that later ones are compared with (data_contracts/released.json)."""
    from cryptodrug_assets.checks.lint import lint as find
    from cryptodrug_assets.quality import releases

    repository("contracts are released")
    if problems := find():
        raise UserError(f"not frozen: {problems[0]} (`cryptodrug contracts lint` lists all {len(problems)})")
    documents = releases.current()
    _show(releases.freeze(version, documents))
    say(f"froze {len(documents)} contracts as release {version}")


@app.command()
def generate() -> None:
    """Write the contracts of the indicator tables from the families and their metadata."""
    from cryptodrug_assets.indicators.contract_block import generated, text

    changed = 0
    for path, content in generated().items():
        made = text(content)
        if not path.is_file() or path.read_text("utf-8") != made:
            path.write_text(made, "utf-8")
            say(f"wrote {path.parent.name}/{path.name}")
            changed += 1
    say(f"{changed} contracts of indicators written, the others are up to date")


@app.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when the page is out of date.")] = False,
) -> None:
    """Write the data dictionary (docs/data-dictionary.md) from the contracts."""
    from cryptodrug_assets import contracts
    from cryptodrug_assets.indicators.catalogue import code_rows
    from cryptodrug_assets.quality.dictionary import dictionary

    path = repository("the data dictionary is written") / "docs" / "data-dictionary.md"
    text = dictionary(contracts.all_contracts(), code_rows())
    if check:
        if not path.is_file() or path.read_text("utf-8") != text:
            say("docs/data-dictionary.md is out of date; run `cryptodrug contracts docs`")
            raise typer.Exit(1)
        say("docs/data-dictionary.md is up to date")
        return
    path.write_text(text, "utf-8")
    say(f"wrote docs/{path.name}")


@app.command()
def lineage(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when the file is out of date.")] = False,
) -> None:
    """Find out which column depends on which (takes minutes) and write data_contracts/lineage.json."""
    from cryptodrug_assets.checks.lineage.columns import FILE
    from cryptodrug_assets.checks.lineage.record import Lineage, document, lineage_by_step

    repository("lineage is written")
    found: Lineage = {}
    for step, made in lineage_by_step():
        typer.echo(f"{step}: {len(made)} tables", err=True)
        found |= made
    text = document(found)
    if check:
        if not FILE.is_file() or FILE.read_text("utf-8") != text:
            say(f"data_contracts/{FILE.name} is out of date; run `cryptodrug contracts lineage`")
            raise typer.Exit(1)
        say(f"data_contracts/{FILE.name} is up to date")
        return
    FILE.write_text(text, "utf-8")
    say(f"wrote data_contracts/{FILE.name}")


def _show(comparison: "Comparison") -> None:
    for change in comparison.changes:
        whom = [who for who, broken in (("consumers", change.consumer), ("producers", change.producer)) if broken]
        say(f"{change.table}: {change.what}" + (f" [breaks {' and '.join(whom)}]" if whom else ""))


def _at(revision: str) -> dict[str, dict[str, Any]]:
    """The contracts as they were at a git revision, by qualified name."""

    names = _git("ls-tree", "-r", "--name-only", revision, "--", "data_contracts/tables").split()
    documents = [safe_load(_git("show", f"{revision}:{name}")) for name in names if name.endswith(".odcs.yaml")]
    return {document["name"]: document for document in documents}


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(repository("git revisions are compared")), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise UserError(f"git {arguments[0]} failed: {result.stderr.strip().splitlines()[0]}")
    return result.stdout
