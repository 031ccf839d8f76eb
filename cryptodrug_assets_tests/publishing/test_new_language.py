"""How hard is it: a language. In a copied tree German is a line in languages.py and words, and nothing else.

What lacks words is told by name until all are there; then labels, sentences, numbers and the code book speak it.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.pofile import read_po, write_po

from cryptodrug_assets_tests.conftest import REPOSITORY

_LINE = '    "de": Language("German", "de_DE", "DEU"),\n}\n'
_FIRST = '    "fr": Language("French", "fr_BE", "FRA"),\n}\n'
_PROOF = """
import json
from cryptodrug_assets.checks.lint import lint
from cryptodrug_assets.publishing.package.facts import publisher
from cryptodrug_assets.publishing.words import Words
from cryptodrug_assets.quality.dictionary import dictionary
from cryptodrug_assets.indicators.catalogue import code_rows

words = Words("de")
print(json.dumps({
    "labels": [words.label("drug_class", "cocaine"), words.indicator("SH03"), words.label("ref_area", "NL")],
    "sentence": words.say("Contents"),
    "numbers": [words.number(1234567.5, 1), words.percent(0.5, 0), words.month("2019-03")],
    "keywords": publisher().keywords["de"],
    "lint": lint(),
    "codes": len({len(row) for rows in code_rows().values() for row in rows}),
}))
"""


def run(tree: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    where = {"PYTHONPATH": str(tree)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=tree, env=os.environ | where, capture_output=True, text=True, check=False
    )


def _speak(entry: Any) -> Any:
    """The entry with German beside each English text: the English, marked."""
    if isinstance(entry, dict):
        spoken = {name: _speak(value) for name, value in entry.items()}
        return spoken | {"de": _german(entry["en"])} if "en" in entry and "de" not in entry else spoken
    return [_speak(value) for value in entry] if isinstance(entry, list) else entry


def _german(entry: Any) -> Any:
    if isinstance(entry, dict):
        return {name: _german(value) for name, value in entry.items()}
    if isinstance(entry, list):
        return [_german(value) for value in entry]
    return f"de {entry}"


def _write_words(tree: Path) -> None:
    package = tree / "cryptodrug_assets"
    places = [
        *sorted((package / "indicators" / "metadata").glob("*.yaml")),
        *sorted((package / "publishing").rglob("*.yaml")),
        tree / "data_contracts" / "publisher.yaml",
    ]
    for path in places:
        content = _speak(yaml.safe_load(path.read_text("utf-8")))
        path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    locale = package / "publishing" / "words" / "locale"
    for source in sorted((locale / "nl" / "LC_MESSAGES").glob("*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale="nl")
        for message in catalogue:
            if message.id:
                several = isinstance(message.id, tuple | list)
                message.string = tuple(f"de {one}" for one in message.id) if several else f"de {message.id}"
        target = locale / "de" / "LC_MESSAGES" / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_po(file, catalogue)


@pytest.mark.timeout(900)
def test_a_language_is_a_line_and_its_words(tmp_path: Path) -> None:
    for name in ("cryptodrug_assets", "data_contracts"):
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    table = tmp_path / "cryptodrug_assets" / "languages.py"
    text = table.read_text("utf-8")
    assert text.count(_FIRST) == 1
    table.write_text(text.replace(_FIRST, _FIRST.removesuffix("}\n") + _LINE), "utf-8")
    command = ("-m", "cryptodrug_assets.cli", "labels", "missing")
    lacking = run(tmp_path, *command)
    assert lacking.returncode != 0 and "Traceback" not in lacking.stderr
    for told in (
        "drug_class cocaine has no label in de",
        "method WILSON has no sentence in de",
        "no de text of SH03",
        "units: ratio: no de",
    ):
        assert told in lacking.stdout, lacking.stdout[-2000:] + lacking.stderr[-2000:]
    _write_words(tmp_path)
    whole = run(tmp_path, *command)
    assert whole.returncode == 0, whole.stdout[-3000:] + whole.stderr[-3000:]
    assert "Dutch, French, German and English" in whole.stdout
    done = run(tmp_path, "-c", _PROOF)
    assert done.returncode == 0, done.stderr[-3000:]
    made = json.loads(done.stdout.splitlines()[-1])
    assert made["labels"] == ["de Cocaine", "De Share of transactions", "Niederlande"]
    assert made["sentence"] == "de Contents"
    assert made["numbers"] == ["1.234.567,5", "50\u00a0%", "März 2019"]
    assert made["keywords"][0] == "de cryptomarkets"
    assert (made["lint"], made["codes"]) == ([], 1)
