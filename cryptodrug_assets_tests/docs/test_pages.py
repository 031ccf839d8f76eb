"""Pages made from code are up to date, and what pages tell people to type can be typed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from cryptodrug_assets.commands.app import app
from cryptodrug_assets.commands.docs import commands, pages
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.languages import LANGUAGES
from cryptodrug_assets.publishing.glossary import GLOSSARY_FILE, glossary
from cryptodrug_assets.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
WRITTEN = sorted(
    [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *DOCS.glob("*.md"), *DOCS.glob("methods/*.md")]
)


@pytest.mark.parametrize("name", ["commands.md", "settings.md", "glossary.md"])
def test_generated_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == pages()[name], "run `make docs`"


def test_every_command_of_the_help_is_documented() -> None:
    text = (DOCS / "commands.md").read_text("utf-8")
    top = CliRunner().invoke(app, ["--help"], terminal_width=200).output
    named = set(re.findall(r"^[^\w-]*([a-z][a-z-]+) {2,}\S", top, re.MULTILINE))
    assert {"demo", "backfill", "parse", "release", "try"} <= named
    for name in named:
        assert re.search(rf"^## cryptodrug {name}( |$)", text, re.MULTILINE), name
    for path, command in commands():
        for option in (opt for parameter in command.params for opt in parameter.opts if opt.startswith("--")):
            assert option in text.split(f"## cryptodrug {path}\n")[1].split("\n## ")[0]


def test_settings_command_prints_the_page() -> None:
    printed = CliRunner().invoke(app, ["settings"]).output
    assert printed == (DOCS / "settings.md").read_text("utf-8")
    for name in Settings.model_fields:
        assert f"`CRYPTODRUG_{name.upper()}`" in printed


def test_docs_command_writes_and_checks(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["docs", "--check", "--out", str(tmp_path)]).exit_code == 1
    assert CliRunner().invoke(app, ["docs", "--out", str(tmp_path)]).exit_code == 0
    assert CliRunner().invoke(app, ["docs", "--check", "--out", str(tmp_path)]).exit_code == 0
    (tmp_path / "settings.md").write_text("old")
    again = CliRunner().invoke(app, ["docs", "--check", "--out", str(tmp_path)])
    assert again.exit_code == 1 and "settings.md is out of date" in again.output


def quoted(text: str) -> Iterator[str]:
    """Command lines of a page: lines of code blocks, and code within sentences, which may go over a line's end."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for block in blocks:
        yield from block.replace("\\\n", " ").splitlines()
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from (code.replace("\n", " ") for code in re.findall(r"`([^`]+)`", rest))


def fault_of(line: str) -> str | None:
    """What is wrong with a command line that begins with cryptodrug; None when all of it can be typed."""
    words = shlex.split(line, comments=True)[1:]
    command: Any = typer.main.get_command(app)
    while getattr(command, "commands", None) and words and not words[0].startswith("-"):
        # "release make|list" names two of them; a sentence may end after the group.
        name, *_ = words.pop(0).split("|")
        if name not in command.commands:
            return f"no command {name}"
        command = command.commands[name]
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    for word in words:
        option = re.match(r"\[?(--[a-z][a-z-]*)", word)
        if option and option[1] not in options:
            return f"no option {option[1]}"
        if word in ("|", ">", "&&", ";"):
            break
    return None


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_quoted_command_lines_parse(path: Path) -> None:
    faults = []
    for code in quoted(path.read_text("utf-8")):
        line = code.strip().removeprefix("$ ").removeprefix(".venv/bin/")
        if re.match(r"cryptodrug [a-z]", line) and (fault := fault_of(line)):
            faults.append(f"{fault}: {line}")
    assert faults == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("cryptodrug backfill --market dream --from 2019-01", None),
        ("cryptodrug release make 2019-11.1 # a manifest", None),
        ("cryptodrug backfil", "no command backfil"),
        ("cryptodrug release undo 1", "no command undo"),
        ("cryptodrug backfill --since 2019-01", "no option --since"),
    ],
)
def test_wrong_command_lines_are_seen(line: str, fault: str | None) -> None:
    assert fault_of(line) == fault


def test_glossary_has_every_word_in_three_languages() -> None:
    terms = {term.id: term for term in glossary()}
    assert {"cryptomarket", "listing", "vendor", "feedback", "escrow", "holding_price", "market_month", "coverage",
            "suppression"} <= terms.keys()  # fmt: skip
    for term in terms.values():
        assert set(term.words) == set(term.meanings) == set(LANGUAGES)
    assert terms["cryptomarket"].words == {"en": "cryptomarket", "nl": "cryptomarkt", "fr": "cryptomarché"}
    # A meaning left in English would be the same text.
    assert all(len(set(term.meanings.values())) == 3 for term in terms.values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda part: part["terms"][0].pop("fr"), "needs term and means"),
        (lambda part: part["terms"][0]["nl"].pop("means"), "needs term and means"),
        (lambda part: part.update(section="elsewhere"), "section 'elsewhere'"),
        (lambda part: part["terms"].append(part["terms"][0]), "stands twice"),
    ],
)
def test_damaged_glossary_is_named(tmp_path: Path, change: Any, said: str) -> None:
    document = yaml.safe_load(GLOSSARY_FILE.read_text("utf-8"))
    change(document[0])
    path = tmp_path / "glossary.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    with pytest.raises(UserError, match=said):
        glossary(path)
